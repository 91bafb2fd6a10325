//! The tree of a lane's frames, and the way to each.

use std::collections::BTreeSet;

use leptos::{attr::custom::custom_attribute, prelude::*};

use crate::{
    browser::focus,
    page::{
        session::{Session, TraceState},
        text::{grouped, short, status_kind, status_word},
    },
    protocol::{FrameView, TraceView},
    words::trace as words,
};

/// Most frames listed.
const MOST: usize = 500;

/// A frame's element, by its id.
fn id(frame: usize) -> String {
    format!("trace-frame-{frame}")
}

/// The frames in sight: those of which nothing above is closed. Frames come in the order in which they opened, so that a
/// frame's own follow it.
fn sight(view: &TraceView, closed: &BTreeSet<usize>) -> Vec<usize> {
    let mut hidden = vec![false; view.frames.len()];
    let mut out = Vec::new();
    for (index, frame) in view.frames.iter().enumerate() {
        hidden[index] = frame.parent.is_some_and(|parent| hidden[parent] || closed.contains(&parent));
        if !hidden[index] {
            out.push(index);
        }
    }
    out
}

/// The tree.
#[component]
pub(crate) fn Calls() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    let closed = RwSignal::new(BTreeSet::<usize>::new());
    // The item that the keyboard is at.
    let cursor = RwSignal::new(0_usize);
    let view = Memo::new(move |_| {
        trace.state.with(|state| if let TraceState::Here(view) = state { Some(view.clone()) } else { None })
    });
    Effect::new(move |_| {
        view.track();
        closed.set(BTreeSet::new());
        cursor.set(0);
    });
    let makes = Memo::new(move |_| {
        let frames = view.get();
        let parents = frames.iter().flat_map(|view| view.frames.iter().filter_map(|frame| frame.parent));
        parents.collect::<BTreeSet<usize>>()
    });
    let shown = Memo::new(move |_| {
        view.with(|view| view.as_ref().map_or_else(Vec::new, |view| closed.with(|closed| sight(view, closed))))
    });
    let current = Memo::new(move |_| trace.here.with(|here| here.as_ref().map(|here| here.frame)));
    let go = move |frame: usize| {
        let entry = view.with_untracked(|view| view.as_ref()?.frames.get(frame)?.entry());
        if let Some(step) = entry {
            session.trace_to(step);
        }
    };
    let close = move |frame: usize, shut: bool| {
        closed.update(|closed| {
            if shut {
                closed.insert(frame);
            } else {
                closed.remove(&frame);
            }
        });
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let at = cursor.get_untracked();
        let items = shown.get_untracked();
        let items = &items[..items.partition_point(|frame| *frame < MOST)];
        let place = items.iter().position(|frame| *frame == at).unwrap_or(0);
        let is_closed = closed.with_untracked(|closed| closed.contains(&at));
        let parent = view.with_untracked(|view| view.as_ref()?.frames.get(at)?.parent);
        let opens = makes.with_untracked(|makes| makes.contains(&at));
        let next = match event.key().as_str() {
            "ArrowDown" => items.get(place + 1).copied(),
            "ArrowUp" => place.checked_sub(1).map(|place| items[place]),
            "Home" => items.first().copied(),
            "End" => items.last().copied(),
            "ArrowRight" if opens && is_closed => {
                close(at, false);
                None
            }
            "ArrowRight" if opens => items.get(place + 1).copied(),
            "ArrowLeft" if opens && !is_closed => {
                close(at, true);
                None
            }
            "ArrowLeft" => parent,
            "Enter" | " " => {
                go(at);
                None
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(next) = next {
            cursor.set(next);
            focus::move_to(&id(next));
        }
    };
    let more = move || {
        let total = view.with(|view| view.as_ref().map_or(0, |view| view.frames_total));
        (total > MOST).then(|| words::frames_listed(grouped(total), MOST))
    };
    view! {
        <div class="calls-tree" role="tree" aria-label=words::FRAMES on:keydown=key>
            {move || {
                view.with(|view| {
                    let frames = view.iter().flat_map(|view| view.frames.iter().take(MOST).enumerate());
                    let makes = makes.get();
                    frames
                        .map(|(index, frame)| {
                            let fold = Fold { opens: makes.contains(&index), closed, shown };
                            item(frame, index, fold, current, cursor, go)
                        })
                        .collect::<Vec<_>>()
                })
            }}
        </div>
        {move || more().map(|words| view! { <p class="note">{words}</p> })}
    }
}

/// How a frame folds.
#[derive(Clone, Copy)]
struct Fold {
    /// Whether it has frames below it.
    opens: bool,
    closed: RwSignal<BTreeSet<usize>>,
    shown: Memo<Vec<usize>>,
}

fn item<Go>(
    frame: &FrameView,
    index: usize,
    fold: Fold,
    current: Memo<Option<usize>>,
    cursor: RwSignal<usize>,
    go: Go,
) -> impl IntoView + use<Go>
where
    Go: Fn(usize) + Copy + Send + 'static,
{
    let Fold { opens, closed, shown } = fold;
    let (kind, word) = match frame.ended {
        Some(code) => (status_kind(code), status_word(code)),
        None => ("unfinished", words::NOT_ENDED.into()),
    };
    let to = if frame.address.is_empty() { words::NO_ADDRESS.to_owned() } else { short(&frame.address) };
    let right = format!("{}px", 4 + (frame.depth.saturating_sub(1)).min(12) * 14);
    let name = words::frame(&frame.kind, &to, &word, grouped(frame.gas_used));
    let selector = frame.selector.clone();
    let open = move || closed.with(|closed| !closed.contains(&index));
    let level = custom_attribute("aria-level", frame.depth.to_string());
    view! {
        <div
            class="call-item"
            id=id(index)
            role="treeitem"
            {..level}
            aria-expanded=move || opens.then(|| open().to_string())
            aria-selected=move || (current.get() == Some(index)).to_string()
            aria-label=name
            tabindex=move || if cursor.get() == index { "0" } else { "-1" }
            hidden=move || shown.with(|shown| shown.binary_search(&index).is_err())
            style:padding-left=right
            title=frame.address.clone()
            on:focus=move |_| cursor.set(index)
            on:click=move |_| go(index)
        >
            <span
                class="call-fold"
                aria-hidden="true"
                on:click=move |event| {
                    if opens {
                        event.stop_propagation();
                        closed
                            .update(|closed| {
                                if !closed.remove(&index) {
                                    closed.insert(index);
                                }
                            });
                    }
                }
            >
                {move || opens.then(|| if open() { "▾" } else { "▸" })}
            </span>
            <i class="mark" data-kind=kind aria-hidden="true"></i>
            <b>{frame.kind.clone()}</b>
            <span class="mono">{to}</span>
            <span class="mono pc">{selector}</span>
            <span class="call-end">{word}</span>
            <span class="number">{grouped(frame.gas_used)}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_a_closed_frame_is_out_of_sight() {
        let frame = |parent| FrameView { parent, ..FrameView::default() };
        let frames = vec![frame(None), frame(Some(0)), frame(Some(1)), frame(Some(2)), frame(Some(0))];
        let view = TraceView { frames, ..TraceView::default() };
        assert_eq!(sight(&view, &BTreeSet::new()), [0, 1, 2, 3, 4]);
        assert_eq!(sight(&view, &BTreeSet::from([1])), [0, 1, 4]);
        assert_eq!(sight(&view, &BTreeSet::from([2, 0])), [0]);
    }
}
