//! The time-line: gas left over the lane's steps, frames as bands below it, and the step that is looked at. A slider.

use std::fmt::Write;

use lanevm_core::facts;
use leptos::{html, prelude::*};

use crate::{
    browser::pointer,
    page::{
        session::{Session, TraceState},
        text::grouped,
    },
    protocol::{LinePart, TraceView},
    words::trace as words,
};

/// Units of the picture: parts to the right, and downwards gas, then bands.
const GAS: f64 = 26.0;
const HIGH: f64 = 40.0;

/// Most bands; deeper frames share the last.
const BANDS: u32 = 7;

/// The gas left, as the outline of an area.
fn area(line: &[LinePart]) -> String {
    let most = line.iter().map(|part| part.gas).max().unwrap_or(0) as f64;
    let least = line.iter().map(|part| part.gas).min().unwrap_or(0) as f64;
    // Where little of much is used, the little is what there is to see.
    let floor = if least > 0.5 * most { least - 0.1 * (most - least) } else { 0.0 };
    let height = |gas: u64| GAS - (gas as f64 - floor) / (most - floor).max(1.0) * (GAS - 2.0);
    let mut path = format!("M0 {GAS}");
    for (index, part) in line.iter().enumerate() {
        let y = height(part.gas);
        // Writing to a string does not fail.
        let _ = write!(path, "L{index} {y:.1}H{}", index + 1);
    }
    let _ = write!(path, "V{GAS}Z");
    path
}

/// The frame at a depth above a part's deepest; none where the frames told of do not say.
fn ancestor(view: &TraceView, part: &LinePart, depth: u32) -> Option<usize> {
    let mut frame = part.frame;
    for _ in depth..part.depth {
        frame = view.frames.get(frame)?.parent?;
    }
    Some(frame)
}

/// The bands, those of every other frame apart, so that neighbours can be told from one another.
fn bands(view: &TraceView) -> [String; 2] {
    let deepest = view.line.iter().map(|part| part.depth).max().unwrap_or(1).clamp(1, BANDS);
    let high = (HIGH - GAS) / f64::from(deepest);
    let mut paths = [String::new(), String::new()];
    for depth in 1..=deepest {
        let frame_of = |part: &LinePart| (part.depth >= depth).then(|| ancestor(view, part, depth));
        let mut index = 0;
        while index < view.line.len() {
            let frame = frame_of(&view.line[index]);
            let until =
                (index..view.line.len()).find(|at| frame_of(&view.line[*at]) != frame).unwrap_or(view.line.len());
            if let Some(frame) = frame {
                let y = GAS + f64::from(depth - 1) * high + 1.0;
                let which = (frame.unwrap_or(0) + depth as usize) % 2;
                let _ = write!(paths[which], "M{index} {y:.1}H{until}V{:.1}H{index}Z", y + high - 1.0);
            }
            index = until;
        }
    }
    paths
}

/// The view.
#[component]
pub(super) fn Line() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    let slider = NodeRef::<html::Div>::new();
    let steps = Memo::new(move |_| trace.steps());
    let picture = move || {
        trace.state.with(|state| {
            let TraceState::Here(view) = state else { return None };
            let [even, odd] = bands(view);
            Some((view.line.len(), area(&view.line), even, odd))
        })
    };
    let said = move || {
        let at = trace.at.get();
        let words = words::step_of(grouped(at + 1), grouped(steps.get()));
        let here = trace.here.with(|here| {
            let here = here.as_ref().filter(|here| here.step == at)?;
            let op = facts::name(here.now.op);
            Some(words::step_words(&words, op, grouped(here.now.gas), here.now.depth))
        });
        if steps.get() == 0 { words::NO_STEPS.to_owned() } else { here.unwrap_or(words) }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let leap = (untrack(|| steps.get()) / 20).max(10) as isize;
        match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => session.trace_by(1),
            "ArrowLeft" | "ArrowDown" => session.trace_by(-1),
            "PageUp" => session.trace_by(leap),
            "PageDown" => session.trace_by(-leap),
            "Home" => session.trace_to(0),
            "End" => session.trace_to(usize::MAX),
            _ => return,
        }
        event.prevent_default();
    };
    let go = move |event: &leptos::ev::PointerEvent| {
        if let Some((right, _)) = pointer::place_in_self(event) {
            let steps = steps.get_untracked();
            session.trace_to((right.clamp(0.0, 1.0) * steps as f64) as usize);
        }
    };
    let place = move || {
        let steps = steps.get();
        format!("{:.3}%", (trace.at.get() as f64 + 0.5) / steps.max(1) as f64 * 100.0)
    };
    view! {
        <div
            class="trace-line"
            node_ref=slider
            role="slider"
            tabindex="0"
            aria-label=words::TIME_LINE
            aria-valuemin="1"
            aria-valuemax=move || steps.get().max(1).to_string()
            aria-valuenow=move || (trace.at.get() + 1).to_string()
            aria-valuetext=said
            title=said
            on:keydown=key
            on:pointerdown=move |event| {
                pointer::hold(&event);
                go(&event);
            }
            on:pointermove=move |event| {
                if pointer::is_held(&event) {
                    go(&event);
                }
            }
        >
            {move || {
                picture()
                    .map(|(parts, area, even, odd)| {
                        view! {
                            <svg
                                aria-hidden="true"
                                viewBox=format!("0 0 {} {HIGH}", parts.max(1))
                                preserveAspectRatio="none"
                            >
                                <path class="line-gas" d=area></path>
                                <path class="line-frames" d=even></path>
                                <path class="line-frames other" d=odd></path>
                            </svg>
                        }
                    })
            }}
            <i class="line-mark" aria-hidden="true" hidden=move || steps.get() == 0 style:left=place></i>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::FrameView;

    fn view() -> TraceView {
        let part = |step, gas, depth, frame| LinePart { step, gas, depth, frame };
        TraceView {
            steps: 5,
            line: vec![part(0, 100, 1, 0), part(1, 50, 2, 1), part(2, 40, 2, 1), part(3, 45, 2, 2), part(4, 60, 1, 0)],
            frames: vec![
                FrameView::default(),
                FrameView { parent: Some(0), ..FrameView::default() },
                FrameView { parent: Some(0), ..FrameView::default() },
            ],
            ..TraceView::default()
        }
    }

    #[test]
    fn neighbouring_frames_are_in_different_bands() {
        let [one, other] = bands(&view());
        // The first frame over all parts, its two calls one beside the other.
        assert_eq!((one.matches('M').count(), other.matches('M').count()), (1, 2));
        assert!(other.starts_with("M0 27.0H5V33.0"), "{other}");
        assert!(one.starts_with("M3 34.0H4V40.0"), "{one}");
        assert!(other.contains("M1 34.0H3V40.0"), "{other}");
    }

    #[test]
    fn gas_goes_from_the_most_to_none() {
        assert_eq!(area(&view().line[..2]), "M0 26L0 2.0H1L1 14.0H2V26Z");
        assert_eq!(area(&[]), "M0 26V26Z");
        // A little of much fills the height as well.
        let part = |gas| LinePart { gas, ..LinePart::default() };
        assert_eq!(area(&[part(1_000_100), part(1_000_000)]), "M0 26L0 2.0H1L1 23.8H2V26Z");
    }
}
