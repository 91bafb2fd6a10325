//! The lane map: a pixel a lane, coloured by how it ended or by a column. A click opens the lane under it, a brush selects
//! lanes; what does not pass the filter is dimmed.

mod shape;

use leptos::{html, prelude::*};

use crate::words::figures as words;

pub(crate) use self::shape::Shape;
use super::{
    session::Session,
    text::{grouped, status_kind, status_word},
};

/// Colours of the kinds, which the style sheet repeats as words' marks.
pub(crate) fn colour(code: u8) -> [u8; 4] {
    match status_kind(code) {
        "success" => [0x2f, 0x8f, 0x9d, 0xff],
        "revert" => [0xe0, 0x9f, 0x1f, 0xff],
        "gas" => [0xb2, 0x3a, 0x6f, 0xff],
        "unfinished" => [0x9a, 0xa0, 0xa6, 0xff],
        _ => [0x6b, 0x4f, 0xa8, 0xff],
    }
}

/// The colour of a sixteenth of a column's values: from dark blue over green to yellow, which eyes of all kinds tell apart;
/// grey without a value. The style sheet's `.ramp` goes through the same.
fn shade(sixteenth: u8) -> [u8; 4] {
    const STOPS: [[u8; 3]; 4] = [[0x35, 0x3a, 0x7a], [0x26, 0x7f, 0x8e], [0x5d, 0xb4, 0x5f], [0xf2, 0xdc, 0x3c]];
    if sixteenth > 15 {
        return [0x9a, 0xa0, 0xa6, 0x60];
    }
    let (stop, within) = (usize::from(sixteenth) / 5, u32::from(sixteenth % 5));
    let (from, to) = (STOPS[stop], STOPS[(stop + 1).min(3)]);
    let mix = |at: usize| ((u32::from(from[at]) * (5 - within) + u32::from(to[at]) * within) / 5) as u8;
    [mix(0), mix(1), mix(2), 0xff]
}

/// Opacity of a lane that does not pass.
const DIMMED: u8 = 0x28;

/// The picture's pixels.
pub(crate) fn pixels(shape: Shape, statuses: &[u8], paint: Option<&[u8]>, passing: Option<&[u8]>) -> Vec<u8> {
    let mut pixels = vec![0; shape.columns * shape.rows * 4];
    // A million lanes are looked up, not asked about one by one.
    let colours: [[u8; 4]; 256] = std::array::from_fn(|code| match paint {
        Some(_) => shade(code as u8),
        None => colour(code as u8),
    });
    let codes = paint.filter(|paint| paint.len() == statuses.len()).unwrap_or(statuses);
    let passes =
        |lane: usize| passing.is_none_or(|bits| bits.get(lane / 8).is_some_and(|byte| byte >> (lane % 8) & 1 == 1));
    for (pixel, first) in pixels.chunks_exact_mut(4).zip((0..statuses.len()).step_by(shape.each)) {
        let mut of = colours[usize::from(codes[first])];
        if passing.is_some() && !(first..(first + shape.each).min(statuses.len())).any(passes) {
            of[3] = DIMMED;
        }
        pixel.copy_from_slice(&of);
    }
    pixels
}

/// The map.
#[component]
pub(crate) fn LaneMap() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let canvas = NodeRef::<html::Canvas>::new();
    let plane = Memo::new(move |_| session.summary.with(|summary| summary.as_ref().and_then(|it| it.plane.clone())));
    let shape = Memo::new(move |_| {
        let lanes = session.statuses.with(Vec::len);
        match plane.get() {
            Some(plane) => Shape::plane_of(lanes, plane.columns, plane.rows),
            None => Shape::rows_of(lanes),
        }
    });
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let shape = shape.get();
        let (paint, passing) = (looking.paint.get(), looking.passing.get());
        session.statuses.with(|statuses| {
            let paint = paint.as_ref().map(|(_, bytes)| bytes.as_slice());
            let pixels = pixels(shape, statuses, paint, passing.as_ref().map(|bits| bits.as_slice()));
            crate::browser::pixels::draw(&canvas, shape.columns as u32, &pixels);
        });
    });
    let open = Memo::new(move |_| session.lane.with(|lane| lane.as_ref().map(|lane| lane.row.lane)));
    let cell_at = move |event: &leptos::ev::PointerEvent| {
        let canvas = canvas.get_untracked()?;
        let share = |at: i32, size: i32| f64::from(at) / f64::from(size.max(1));
        let right = share(event.offset_x(), canvas.client_width());
        Some(shape.get_untracked().cell(right, share(event.offset_y(), canvas.client_height())))
    };
    // The brush, from the cell where it began to the one where it is.
    let brush = RwSignal::new(None::<((usize, usize), (usize, usize))>);
    let finish = move |event: leptos::ev::PointerEvent| {
        let Some((begun, _)) = brush.get_untracked() else { return };
        brush.set(None);
        let Some(end) = cell_at(&event) else { return };
        let shape = shape.get_untracked();
        if begun != end {
            session.set_filter(&shape.between(begun, end));
        } else if let Some(lane) = shape.lane(end) {
            session.visit(lane);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let shape = shape.get_untracked();
        let Some(last) = shape.lanes.checked_sub(1) else { return };
        let now = open.get_untracked().unwrap_or(0);
        let row = shape.columns * shape.each;
        let next = match event.key().as_str() {
            "ArrowRight" => now + shape.each,
            "ArrowLeft" => now.saturating_sub(shape.each),
            "ArrowDown" => now + row,
            "ArrowUp" => now.saturating_sub(row),
            "Home" => 0,
            "End" => last,
            "Enter" => return session.visit(now),
            _ => return,
        };
        event.prevent_default();
        if next.min(last) != now {
            session.open(next.min(last));
        }
    };
    let said = move || {
        let lane = open.get().unwrap_or(0);
        let status = session.statuses.with(|statuses| statuses.get(lane).copied());
        let words = words::lane_status(grouped(lane), status.map_or_else(String::new, status_word));
        match (plane.get(), shape.get()) {
            (Some(plane), shape) if shape.plane => {
                let (column, row) = shape.cell_of(lane);
                words::at_points(words, &plane.x[0], column + 1, &plane.y[0], row + 1)
            }
            _ => words,
        }
    };
    let words = move || {
        let shape = shape.get();
        if shape.plane {
            words::PIXEL_A_LANE.to_owned()
        } else if shape.each > 1 {
            words::pixel_of_lanes(shape.each, grouped(shape.columns))
        } else {
            words::pixel_a_lane_in_rows(grouped(shape.columns))
        }
    };
    // Marks stand over the picture in shares of it.
    let share = |part: usize, all: usize| part as f64 * 100.0 / all.max(1) as f64;
    let mark = move || {
        let shape = shape.get();
        let (column, row) = open.get().filter(|_| shape.columns > 0).map(|lane| shape.cell_of(lane))?;
        Some((share(2 * column + 1, 2 * shape.columns), share(2 * row + 1, 2 * shape.rows)))
    };
    let brushed = move || {
        let shape = shape.get();
        let (a, b) = brush.get()?;
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1) + 1);
        let (left, right) =
            if shape.plane || top + 1 == bottom { (a.0.min(b.0), a.0.max(b.0) + 1) } else { (0, shape.columns) };
        Some([
            share(left, shape.columns),
            share(top, shape.rows),
            share(right - left, shape.columns),
            share(bottom - top, shape.rows),
        ])
    };
    view! {
        <figure class="map" data-plane=move || shape.get().plane.to_string()>
            {move || {
                plane
                    .get()
                    .filter(|_| shape.get().plane)
                    .map(|plane| {
                        let [name, first, last] = plane.y;
                        view! {
                            <p class="axis-words mono">
                                <span>{words::rows_from_to(name, first, last)}</span>
                            </p>
                        }
                    })
            }}
            <div class="map-picture">
                <canvas
                    node_ref=canvas
                    tabindex="0"
                    role="slider"
                    aria-label=words::LANE_MAP
                    aria-valuemin="0"
                    aria-valuemax=move || session.statuses.with(Vec::len).saturating_sub(1).to_string()
                    aria-valuenow=move || open.get().unwrap_or(0).to_string()
                    aria-valuetext=said
                    on:keydown=key
                    on:pointerdown=move |event| {
                        if let Some(cell) = cell_at(&event) {
                            brush.set(Some((cell, cell)));
                        }
                    }
                    on:pointermove=move |event| {
                        if let (Some((begun, _)), Some(cell)) = (brush.get_untracked(), cell_at(&event)) {
                            brush.set(Some((begun, cell)));
                        }
                    }
                    on:pointerup=finish
                    on:pointerleave=finish
                ></canvas>
                <i
                    class="map-mark"
                    aria-hidden="true"
                    hidden=move || mark().is_none()
                    style:left=move || format!("{:.3}%", mark().unwrap_or_default().0)
                    style:top=move || format!("{:.3}%", mark().unwrap_or_default().1)
                ></i>
                <i
                    class="map-brush"
                    aria-hidden="true"
                    hidden=move || brushed().is_none()
                    style:left=move || format!("{:.3}%", brushed().unwrap_or_default()[0])
                    style:top=move || format!("{:.3}%", brushed().unwrap_or_default()[1])
                    style:width=move || format!("{:.3}%", brushed().unwrap_or_default()[2])
                    style:height=move || format!("{:.3}%", brushed().unwrap_or_default()[3])
                ></i>
            </div>
            {move || {
                plane
                    .get()
                    .filter(|_| shape.get().plane)
                    .map(|plane| {
                        let [name, first, last] = plane.x;
                        view! {
                            <p class="axis-words mono">
                                <span>{first}</span>
                                <span>{format!("{name} →")}</span>
                                <span>{last}</span>
                            </p>
                        }
                    })
            }}
            <figcaption>
                <Legend />
                <span class="hint">{words}</span>
            </figcaption>
        </figure>
    }
}

/// What colours mean, and the choice of what they mean.
#[component]
fn Legend() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let names = move || {
        let mut names: Vec<String> = looking.overview.with(|overview| {
            let columns = overview.iter().flat_map(|it| &it.columns).filter(|column| column.number);
            columns.map(|column| column.text.clone()).collect()
        });
        let chosen = looking.columns.get().into_iter().chain(looking.painted_by.get());
        for name in chosen {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    view! {
        <span class="legend">
            <label class="inline">
                {words::COLOUR}
                <select aria-label=words::COLOUR on:change:target=move |event| {
                    let value = event.target().value();
                    session.paint_by(Some(value).filter(|value| !value.is_empty()));
                }>
                    <option value="" selected=move || looking.painted_by.with(Option::is_none)>{words::STATUS}</option>
                    {move || {
                        names()
                            .into_iter()
                            .map(|name| {
                                let value = name.clone();
                                let selected = looking.painted_by.get_untracked().as_ref() == Some(&name);
                                view! { <option value=value selected=selected>{name}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
            {move || {
                looking
                    .paint
                    .get()
                    .map(|(paint, _)| {
                        view! {
                            <span class="mono">{paint.least}</span>
                            <i class="ramp" aria-hidden="true"></i>
                            <span class="mono">{paint.greatest}</span>
                            <span class="hint">{words::MEDIAN}{paint.median}</span>
                        }
                    })
            }}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_do_not_pass_are_dimmed() {
        let shape = Shape::rows_of(9);
        let drawn = pixels(shape, &[1; 9], None, Some(&[0b10, 1]));
        let alphas: Vec<u8> = drawn.chunks(4).take(9).map(|pixel| pixel[3]).collect();
        assert_eq!(alphas, [DIMMED, 0xff, DIMMED, DIMMED, DIMMED, DIMMED, DIMMED, DIMMED, 0xff]);
    }

    #[test]
    fn every_sixteenth_has_a_shade_of_its_own() {
        let shades: std::collections::BTreeSet<_> = (0..16).map(shade).collect();
        assert_eq!(shades.len(), 16);
        assert_eq!(shade(15)[..3], [0xf2, 0xdc, 0x3c]);
    }
}
