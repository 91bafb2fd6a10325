//! The bar with Run, which narrow pages keep at the lower edge: number of calls, Run or Pause and Cancel, and how far the
//! run is.

use leptos::prelude::*;

use crate::words::run as words;

use super::{
    field::TextField,
    pace::Pace,
    session::{RunState, Session},
};

/// Parts of a run at whose ends those who listen are told of it.
const PARTS: u64 = 4;

/// The least time between two such, in milliseconds.
const APART: f64 = 1_000.0;

/// The bar.
#[component]
pub(crate) fn RunBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let busy = Memo::new(move |_| session.state.with(RunState::is_busy));
    let paused = Memo::new(move |_| session.state.with(RunState::is_paused));
    view! {
        <footer class="run">
            <TextField label=words::CALLS name="count" text=session.draft.count />
            <Show
                when=move || busy.get()
                fallback=move || {
                    view! {
                        <button class="primary" title=words::RUN_KEYS on:click=move |_| session.run()>
                            {words::RUN}
                        </button>
                    }
                }
            >
                <button class="primary stop" on:click=move |_| session.cancel()>{words::CANCEL}</button>
                <button class="hold" on:click=move |_| session.pause(!paused.get_untracked())>
                    {move || if paused.get() { words::RESUME } else { words::PAUSE }}
                </button>
            </Show>
            <RunNews />
        </footer>
    }
}

#[component]
fn RunNews() -> impl IntoView {
    let session = expect_context::<Session>();
    let pace = StoredValue::new(Pace::default());
    let words = Memo::new(move |_| {
        session.state.with(|state| match state {
            RunState::Running { at, .. } if at.lanes > 0 => {
                let mut words = String::new();
                pace.update_value(|pace| words = pace.hear(at));
                words
            }
            RunState::Running { .. } => words::STARTING.to_owned(),
            _ => {
                pace.set_value(Pace::default());
                String::new()
            }
        })
    });
    let adapter = Memo::new(move |_| {
        session.state.with(|state| match state {
            RunState::Running { adapter, .. } => adapter.clone(),
            _ => String::new(),
        })
    });
    let paused = Memo::new(move |_| session.state.with(RunState::is_paused));
    let at = Memo::new(move |_| {
        session.state.with(|state| match state {
            RunState::Running { at, .. } => (at.lanes.max(1), at.done),
            _ => (1, 0),
        })
    });
    // What is under way is one view, so that its bar is not made anew with every number.
    let kind = Memo::new(move |_| {
        session.state.with(|state| match state {
            RunState::Running { .. } => None,
            other => Some(other.clone()),
        })
    });
    view! {
        <div class="news">
            {move || match kind.get() {
                None => {
                    view! {
                        <progress
                            aria-label=words::LANES_ENDED
                            max=move || at.get().0.to_string()
                            prop:value=move || at.get().1 as f64
                        ></progress>
                        <span class="pace">
                            {move || if paused.get() { words::PAUSED_BEFORE_PACE } else { "" }} {move || words.get()} " · "
                            {move || adapter.get()}
                        </span>
                    }
                        .into_any()
                }
                Some(RunState::Preparing) => {
                    view! {
                        <progress aria-label=words::PREPARING></progress>
                        <span>{words::PREPARING_THE_CALLS}</span>
                    }
                        .into_any()
                }
                Some(RunState::Failed(why)) => view! { <span class="failed">{why}</span> }.into_any(),
                Some(state) => view! { <span>{state_words(&state)}</span> }.into_any(),
            }}
        </div>
        <Announced />
    }
}

/// What a state that lasts says.
fn state_words(state: &RunState) -> String {
    match state {
        RunState::Idle => words::READY.into(),
        RunState::Done => words::DONE.into(),
        RunState::Cancelled => words::CANCELLED.into(),
        RunState::Failed(why) => why.clone(),
        RunState::Preparing | RunState::Running { .. } => String::new(),
    }
}

/// The same for who listens rather than looks: where a run stands, and each quarter of it.
#[component]
fn Announced() -> impl IntoView {
    let session = expect_context::<Session>();
    let said = StoredValue::new(0.0);
    let words = Memo::new(move |before: Option<&String>| {
        session.state.with(|state| match state {
            RunState::Running { at, .. } if at.paused => words::PAUSED.into(),
            RunState::Running { at, .. } => {
                let part = at.done * PARTS / at.lanes.max(1);
                let words = match part {
                    0 => words::RUNNING.to_owned(),
                    part => words::part_ended(part * 100 / PARTS),
                };
                let last = said.get_value();
                match before.filter(|before| **before != words && at.milliseconds - last < APART) {
                    Some(before) if before.ends_with(words::PART_ENDED_END) || before.as_str() == words::RUNNING => {
                        before.clone()
                    }
                    _ => {
                        if before != Some(&words) {
                            said.set_value(at.milliseconds);
                        }
                        words
                    }
                }
            }
            other => {
                said.set_value(0.0);
                if other.is_busy() { words::RUNNING.into() } else { state_words(other) }
            }
        })
    });
    view! {
        <p class="hidden" role="status" aria-live="polite" aria-label=words::RUN>
            {move || words.get()}
        </p>
    }
}
