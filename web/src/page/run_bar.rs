//! The bar with Run, which narrow pages keep at the lower edge: number of calls, Run or Pause and Cancel, and how far the
//! run is.

use leptos::prelude::*;

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
            <TextField label="Calls" name="count" text=session.draft.count />
            <Show
                when=move || busy.get()
                fallback=move || {
                    view! {
                        <button class="primary" title="Ctrl+Enter or ⌘+Enter" on:click=move |_| session.run()>
                            "Run"
                        </button>
                    }
                }
            >
                <button class="primary stop" on:click=move |_| session.cancel()>"Cancel"</button>
                <button class="hold" on:click=move |_| session.pause(!paused.get_untracked())>
                    {move || if paused.get() { "Resume" } else { "Pause" }}
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
            RunState::Running { .. } => "Starting…".to_owned(),
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
                            aria-label="Lanes ended"
                            max=move || at.get().0.to_string()
                            prop:value=move || at.get().1 as f64
                        ></progress>
                        <span class="pace">
                            {move || if paused.get() { "Paused · " } else { "" }} {move || words.get()} " · "
                            {move || adapter.get()}
                        </span>
                    }
                        .into_any()
                }
                Some(RunState::Preparing) => {
                    view! {
                        <progress aria-label="Preparing"></progress>
                        <span>"Preparing the calls…"</span>
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
        RunState::Idle => "Ready.".into(),
        RunState::Done => "Done. Change anything and run again.".into(),
        RunState::Cancelled => "Cancelled. Lanes that had ended keep their outcome.".into(),
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
            RunState::Running { at, .. } if at.paused => "Paused.".into(),
            RunState::Running { at, .. } => {
                let part = at.done * PARTS / at.lanes.max(1);
                let words = match part {
                    0 => "Running.".to_owned(),
                    part => format!("{} % of lanes ended.", part * 100 / PARTS),
                };
                let last = said.get_value();
                match before.filter(|before| **before != words && at.milliseconds - last < APART) {
                    Some(before) if before.ends_with("lanes ended.") || before.as_str() == "Running." => before.clone(),
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
                if other.is_busy() { "Running.".into() } else { state_words(other) }
            }
        })
    });
    view! {
        <p class="hidden" role="status" aria-live="polite" aria-label="Run">
            {move || words.get()}
        </p>
    }
}
