//! The edges between panes: dragged, moved with arrow keys, and a button at each that hides its pane.

use leptos::prelude::*;

use super::arrangement::{Arrangement, Edge};
use crate::{
    browser::{choices, pointer},
    words::page as words,
};

/// The name under which the arrangement is kept.
const KEPT: &str = "panes";

/// How far an arrow key moves an edge.
const STRIDE: f64 = 0.02;

/// The arrangement as it was kept.
pub(crate) fn kept() -> RwSignal<Arrangement> {
    RwSignal::new(choices::read(KEPT).map_or_else(Arrangement::default, |text| Arrangement::read(&text)))
}

/// The edges.
#[component]
pub(crate) fn Splitters(
    /// What they change.
    arrangement: RwSignal<Arrangement>,
) -> impl IntoView {
    Edge::ALL.into_iter().map(|edge| view! { <Splitter edge=edge arrangement=arrangement /> }).collect_view()
}

const fn name(edge: Edge) -> &'static str {
    match edge {
        Edge::Program => words::PROGRAM,
        Edge::Calls => words::CALLS,
        Edge::Lane => words::LANE,
    }
}

#[component]
fn Splitter(
    /// Which.
    edge: Edge,
    /// What it changes.
    arrangement: RwSignal<Arrangement>,
) -> impl IntoView {
    let change = move |how: &dyn Fn(&mut Arrangement)| {
        arrangement.update(|arrangement| how(arrangement));
        choices::write(KEPT, &arrangement.with_untracked(Arrangement::text));
    };
    let hidden = Memo::new(move |_| arrangement.with(|arrangement| arrangement.is_hidden(edge)));
    let percent = move |part: f64| ((part * 100.0).round() as i64).to_string();
    let lane = edge == Edge::Lane;
    let key = move |event: leptos::ev::KeyboardEvent| {
        let now = arrangement.get_untracked();
        let (least, most) = now.range(edge);
        let part = match event.key().as_str() {
            "ArrowRight" if !lane => now.part(edge) + STRIDE,
            "ArrowLeft" if !lane => now.part(edge) - STRIDE,
            "ArrowUp" if lane => now.part(edge) + STRIDE,
            "ArrowDown" if lane => now.part(edge) - STRIDE,
            "Home" => least,
            "End" => most,
            "Enter" => {
                event.prevent_default();
                return change(&|arrangement| arrangement.toggle(edge));
            }
            _ => return,
        };
        event.prevent_default();
        change(&|arrangement| arrangement.resize(edge, part));
    };
    let drag = move |event: leptos::ev::PointerEvent| {
        if !pointer::is_held(&event) {
            return;
        }
        if let Some(place) = pointer::place_in_parent(&event) {
            arrangement.update(|arrangement| {
                let part = arrangement.part_at(edge, place);
                arrangement.resize(edge, part);
            });
        }
    };
    view! {
        <div
            class="splitter"
            data-edge=edge.pane().word()
            role="separator"
            tabindex="0"
            aria-label=words::size_of(name(edge))
            aria-orientation=if lane { "horizontal" } else { "vertical" }
            aria-valuenow=move || {
                arrangement.with(|now| percent(if now.is_hidden(edge) { 0.0 } else { now.part(edge) }))
            }
            aria-valuemin="0"
            aria-valuemax=move || arrangement.with(|now| percent(now.range(edge).1))
            on:keydown=key
            on:dblclick=move |_| change(&|arrangement| arrangement.toggle(edge))
            on:pointerdown=move |event| pointer::hold(&event)
            on:pointermove=drag
            on:pointerup=move |_| change(&|_| ())
        ></div>
        <button
            class="collapse"
            data-edge=edge.pane().word()
            aria-expanded=move || (!hidden.get()).to_string()
            aria-label=move || words::show_or_hide(name(edge), hidden.get())
            title=move || words::show_or_hide(name(edge), hidden.get())
            on:click=move |_| change(&|arrangement| arrangement.toggle(edge))
        >
            {move || match (lane, hidden.get()) {
                (false, false) => "‹",
                (false, true) => "›",
                (true, false) => "⌄",
                (true, true) => "⌃",
            }}
        </button>
    }
}
