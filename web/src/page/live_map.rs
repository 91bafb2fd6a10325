//! The lane map while a run is under way: it fills as lanes end. It selects nothing; the map of the run that has ended does.

use leptos::{html, prelude::*};
use leptos_use::use_media_query;

use crate::words::figures as words;

use super::{
    lane_map::{Shape, pixels},
    session::{Live, Session},
    text::{grouped, status_kind, status_words},
};

/// Pixels drawn at a time: a frame stays short.
const PART: usize = 1 << 16;

/// Pixels of a picture of rows: more are not seen at its size, and each picture costs what it is large.
const PIXELS: usize = 1 << 16;

/// Largest plane that is drawn as one while it fills.
const PLANE: usize = 1 << 18;

/// Milliseconds between two pictures where motion is not wanted.
const STILL: f64 = 500.0;

/// Milliseconds between two pictures else: eyes do not follow more.
const MOVING: f64 = 100.0;

fn shape_of(live: &Live) -> Shape {
    let lanes = live.codes.len();
    match live.columns {
        Some(columns) if lanes <= PLANE => Shape::plane_of(lanes, columns, lanes / columns.max(1)),
        _ => Shape::rows_within(lanes, PIXELS),
    }
}

/// The map.
#[component]
pub(crate) fn LiveMap() -> impl IntoView {
    let session = expect_context::<Session>();
    let canvas = NodeRef::<html::Canvas>::new();
    let still = use_media_query("(prefers-reduced-motion: reduce)");
    let shape = Memo::new(move |_| session.live.with(|live| live.as_ref().map(shape_of).unwrap_or_default()));
    // A picture is asked for once, and drawn in parts.
    let asked = StoredValue::new(false);
    let last = StoredValue::new(0.0_f64);
    let sized = StoredValue::new(Shape::default());
    let draw = move || {
        let Some(canvas) = canvas.get_untracked() else { return false };
        let shape = shape.get_untracked();
        if sized.get_value() != shape {
            sized.set_value(shape);
            crate::browser::pixels::resize(&canvas, shape.columns as u32, shape.rows as u32);
        }
        // What is drawn is no news to anyone else.
        session.live.try_update_untracked(|live| {
            let Some(live) = live else { return false };
            let Some((first, end)) = live.take_news(PART * shape.each) else { return false };
            let row = (shape.columns * shape.each).max(1);
            let (top, bottom) = (first / row, end.div_ceil(row).min(shape.rows));
            let lanes = &live.codes[top * row..(bottom * row).min(live.codes.len())];
            let part = Shape { rows: bottom - top, lanes: lanes.len(), ..shape };
            crate::browser::pixels::draw_part(
                &canvas,
                shape.columns as u32,
                top as u32,
                &pixels(part, lanes, None, None),
            );
            live.has_news()
        }) == Some(true)
    };
    Effect::new(move |_| {
        session.live.track();
        canvas.track();
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        let rest = if still.get_untracked() { STILL } else { MOVING };
        leptos::task::spawn_local(async move {
            let wait = last.get_value() + rest - crate::browser::clock::now();
            if wait > 0.0 {
                crate::browser::turn::after(wait as i32).await;
            }
            // The view may be gone after each wait.
            while asked.try_get_value() == Some(true) {
                crate::browser::turn::frame().await;
                if asked.try_get_value().is_none() {
                    return;
                }
                if !draw() {
                    break;
                }
            }
            if asked.try_get_value().is_some() {
                last.set_value(crate::browser::clock::now());
                asked.set_value(false);
            }
        });
    });
    let counts = Memo::new(move |_| session.live.with(|live| live.as_ref().map(Live::ended).unwrap_or_default()));
    let lanes = Memo::new(move |_| session.live.with(|live| live.as_ref().map_or(0, |live| live.codes.len())));
    let ended = move || counts.with(|counts| counts.iter().map(|(_, lanes)| u64::from(*lanes)).sum::<u64>());
    view! {
        <figure class="map live" data-plane=move || shape.get().plane.to_string()>
            <div class="map-picture">
                <canvas
                    node_ref=canvas
                    role="img"
                    aria-label=move || words::map_filling(grouped(ended()), grouped(lanes.get()))
                ></canvas>
            </div>
            <figcaption>
                <span class="live-counts" role="group" aria-label=words::LANES_SO_FAR>
                    {move || {
                        counts
                            .get()
                            .into_iter()
                            .map(|(code, lanes)| {
                                view! {
                                    <span class="status" data-kind=status_kind(code)>
                                        <b>{grouped(lanes)}</b>
                                        " "
                                        {status_words(code)}
                                    </span>
                                }
                            })
                            .collect_view()
                    }}
                </span>
                <span class="hint">{words::RUN_UNDER_WAY}</span>
            </figcaption>
        </figure>
    }
}
