//! One column against another, a point a lane. The points are the worker's; a click opens the lane nearest to it.

use std::sync::Arc;

use leptos::{html, prelude::*};
use leptos_use::use_element_size;

use crate::words::figures as words;

use super::{
    filter::sentence,
    lane_map::colour,
    session::{Points, Session},
    text::grouped,
};

/// Pixels of the picture, upwards.
const HEIGHT: usize = 200;

/// Bytes of a point.
const POINT: usize = 24;

/// A click finds a point this many pixels away.
const REACH: f64 = 8.0;

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
    lane: u32,
    status: u8,
}

fn points(bytes: &[u8]) -> impl Iterator<Item = Point> + '_ {
    let float = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
    bytes.chunks_exact(POINT).map(move |bytes| Point {
        x: float(&bytes[..8]),
        y: float(&bytes[8..16]),
        lane: u32::from_le_bytes(bytes[16..20].try_into().unwrap_or_default()),
        status: bytes[20],
    })
}

/// Where values stand along a side: 0 to 1.
#[derive(Clone, Copy, Debug)]
struct Scale {
    least: f64,
    most: f64,
    log: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>, log: bool) -> Self {
        let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), it| (least.min(it), most.max(it)));
        Self { least, most, log }
    }

    fn bend(self, value: f64) -> f64 {
        // Zero and less have no logarithm: what matters is order and that all stay in the picture.
        if self.log { value.signum() * value.abs().ln_1p() } else { value }
    }

    fn place(self, value: f64) -> f64 {
        let (least, most) = (self.bend(self.least), self.bend(self.most));
        if most > least { (self.bend(value) - least) / (most - least) } else { 0.5 }
    }
}

struct Picture {
    width: usize,
    x: Scale,
    y: Scale,
}

impl Picture {
    fn new(bytes: &[u8], width: usize, log: (bool, bool)) -> Self {
        let x = Scale::of(points(bytes).map(|point| point.x), log.0);
        let y = Scale::of(points(bytes).map(|point| point.y), log.1);
        Self { width, x, y }
    }

    fn place(&self, point: Point) -> (f64, f64) {
        let right = 3.0 + self.x.place(point.x) * (self.width as f64 - 6.0);
        let down = 3.0 + (1.0 - self.y.place(point.y)) * (HEIGHT as f64 - 6.0);
        (right, down)
    }

    fn pixels(&self, bytes: &[u8]) -> Vec<u8> {
        let mut pixels = vec![0; self.width * HEIGHT * 4];
        let wide = bytes.len() / POINT < 4_000;
        let reach: isize = if wide { 1 } else { 0 };
        let colours: [[u8; 4]; 256] = std::array::from_fn(|code| colour(code as u8));
        for point in points(bytes) {
            let (right, down) = self.place(point);
            let colour = colours[usize::from(point.status)];
            for (dx, dy) in (-reach..=1).flat_map(|dx| (-reach..=1).map(move |dy| (dx, dy))) {
                let x = (right as usize).saturating_add_signed(dx).min(self.width - 1);
                let y = (down as usize).saturating_add_signed(dy).min(HEIGHT - 1);
                let at = (y * self.width + x) * 4;
                pixels[at..at + 4].copy_from_slice(&colour);
            }
        }
        pixels
    }
}

/// The plot with its two choices.
#[component]
pub(crate) fn Scatter() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let (log_x, log_y) = (RwSignal::new(false), RwSignal::new(false));
    let axis = move |vertical: bool| {
        let set = move |text: String| {
            let (x, y) = looking.axes.get_untracked();
            if vertical { session.plot(x, text) } else { session.plot(text, y) }
        };
        let chosen = Memo::new(move |_| {
            let (x, y) = looking.axes.get();
            if vertical { y } else { x }
        });
        let log = if vertical { log_y } else { log_x };
        let word = if vertical { words::UPWARDS } else { words::TO_THE_RIGHT };
        view! {
            <label class="inline">
                {word}
                <select aria-label=word on:change:target=move |event| set(event.target().value())>
                    {move || {
                        numbers(session, &chosen.get())
                            .into_iter()
                            .map(|name| {
                                let value = name.clone();
                                let selected = name == chosen.get_untracked();
                                view! { <option value=value selected=selected>{name}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
            <label class="inline">
                <input
                    type="checkbox"
                    aria-label=words::logarithmic(word)
                    prop:checked=move || log.get()
                    on:change:target=move |event| log.set(event.target().checked())
                />
                {words::LOG}
            </label>
        }
    };
    view! {
        <div class="shown scatter">
            <div class="choices">{axis(false)} {axis(true)}</div>
            {move || match looking.points.get() {
                None => view! { <p class="hint" role="status">{words::READING_VALUES}</p> }.into_any(),
                Some(Err(wrong)) => {
                    let side = if wrong.vertical { words::UPWARDS } else { words::TO_THE_RIGHT };
                    view! { <p class="error" role="alert">{format!("{side}: {}", sentence(&wrong.wrong.message))}</p> }.into_any()
                }
                Some(Ok((view, _))) if view.points == 0 => {
                    view! { <p class="none">{words::NO_LANE_HAS_BOTH}</p> }.into_any()
                }
                Some(Ok(points)) => view! { <Plot points=points log_x=log_x log_y=log_y /> }.into_any(),
            }}
        </div>
    }
}

/// Columns of numbers, and the chosen one.
fn numbers(session: Session, chosen: &str) -> Vec<String> {
    let mut names: Vec<String> = session.looking.overview.with(|overview| {
        let columns = overview.iter().flat_map(|it| &it.columns).filter(|column| column.number);
        columns.map(|column| column.text.clone()).collect()
    });
    let shown = session.looking.columns.get();
    for name in shown.iter().map(String::as_str).chain([chosen]) {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[component]
fn Plot(points: Points, log_x: RwSignal<bool>, log_y: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let (view, bytes) = points;
    let canvas = NodeRef::<html::Canvas>::new();
    let size = use_element_size(canvas);
    let width = Memo::new(move |_| (size.width.get() as usize).clamp(120, 2_000));
    let drawn = Arc::clone(&bytes);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let picture = Picture::new(&drawn, width.get(), (log_x.get(), log_y.get()));
        crate::browser::pixels::draw(&canvas, picture.width as u32, &picture.pixels(&drawn));
    });
    let open = move |event: leptos::ev::MouseEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let picture = Picture::new(&bytes, width.get_untracked(), (log_x.get_untracked(), log_y.get_untracked()));
        let scale = picture.width as f64 / f64::from(canvas.client_width().max(1));
        let (x, y) = (f64::from(event.offset_x()) * scale, f64::from(event.offset_y()));
        let far = |point: Point| {
            let (right, down) = picture.place(point);
            (right - x).hypot(down - y)
        };
        let nearest = self::points(&bytes).map(|point| (far(point), point.lane)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, lane)) = nearest.filter(|(far, _)| *far <= REACH) {
            session.visit(lane as usize);
        }
    };
    let (x, y) = session.looking.axes.get_untracked();
    let label = words::scatter(&y, &x, grouped(view.points), &view.x[0], &view.x[1], &view.y[0], &view.y[1]);
    let note = match view.each {
        1 => words::lanes(grouped(view.points)),
        each => words::points_of(grouped(view.points), each, grouped(view.of)),
    };
    view! {
        <figure class="plot">
            <p class="axis-words mono">
                <span>{y}": "{view.y[0].clone()}{words::TO}{view.y[1].clone()}" ↑"</span>
            </p>
            <canvas node_ref=canvas role="img" aria-label=label on:click=open></canvas>
            <p class="axis-words mono">
                <span>{view.x[0].clone()}</span>
                <span>{x}" →"</span>
                <span>{view.x[1].clone()}</span>
            </p>
            <figcaption class="hint">{note}{words::SCATTER_NOTE}</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_place_in_the_picture() {
        for values in [vec![0.0], vec![-5.0, 0.0, 7.0], vec![0.0, 1.2e77], vec![3.0, 3.0]] {
            for log in [false, true] {
                let scale = Scale::of(values.iter().copied(), log);
                for value in &values {
                    let place = scale.place(*value);
                    assert!((0.0..=1.0).contains(&place), "{values:?} {log}: {place}");
                }
            }
        }
    }
}
