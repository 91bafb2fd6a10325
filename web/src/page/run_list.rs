//! The runs so far: what each came to, which one later runs are compared with, and the way to run one again.

use leptos::prelude::*;

use super::{
    session::{Ended, Session},
    text::{foreign, grouped, short, status_word, time},
};
use crate::browser::clock;

/// The list.
#[component]
pub(crate) fn RunList() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="shown runs">
            <p class="hint">
                "Runs since the page was opened, the newest first. Later runs are compared with the pinned one, or else each with the run before it."
            </p>
            <ol class="run-list" aria-label="Runs">
                <For
                    each=move || session.runs.ended.get()
                    key=|ended| ended.run
                    children=move |ended| view! { <OneRun ended=ended /> }
                />
            </ol>
        </div>
    }
}

/// How many lanes ended how, the most first, in a line.
fn statuses(ended: &Ended) -> String {
    let mut counts = ended.summary.statuses.clone();
    counts.sort_by_key(|status| std::cmp::Reverse(status.lanes));
    let words = counts.iter().map(|status| format!("{} {}", grouped(status.lanes), status_word(status.code)));
    words.collect::<Vec<_>>().join(" · ")
}

#[component]
fn OneRun(
    /// The run.
    ended: Ended,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let run = ended.run;
    let summary = ended.summary.clone();
    let held = Memo::new(move |_| session.holds_run(run));
    let pinned = Memo::new(move |_| session.runs.pinned.get() == Some(run));
    let shown = Memo::new(move |_| session.shown_run.get() == run);
    let title = if ended.title.is_empty() { "Untitled".to_owned() } else { foreign(&ended.title) };
    let cancelled = if summary.cancelled { " · cancelled" } else { "" };
    let came = format!("{}{cancelled}", statuses(&ended));
    let took = format!("{} on {}, {}", time(summary.milliseconds), summary.adapter, clock::words(ended.time));
    let (opened, again) = (ended.clone(), ended);
    view! {
        <li aria-current=move || shown.get().then_some("true")>
            <p class="run-name">
                <strong>{format!("Run {run}")}</strong>
                <span>{title}</span>
                {move || shown.get().then(|| view! { <small>"shown"</small> })}
                {move || pinned.get().then(|| view! { <small>"pinned"</small> })}
            </p>
            <p>{format!("{} lanes: {came}", grouped(summary.lanes))}</p>
            <p class="hint">
                {took} " · digest " <code title=summary.digest.clone()>{short(&summary.digest)}</code>
            </p>
            <div class="choices">
                <button
                    class="quiet"
                    aria-pressed=move || pinned.get().to_string()
                    aria-label=format!("Pin run {run}")
                    disabled=move || !held.get()
                    title=move || {
                        if held.get() {
                            "Later runs are compared with this one"
                        } else {
                            "The lanes of this run are gone: run it again to compare with it"
                        }
                    }
                    on:click=move |_| session.pin((!pinned.get_untracked()).then_some(run))
                >
                    {move || if pinned.get() { "Unpin" } else { "Pin" }}
                </button>
                <button class="quiet" aria-label=format!("Open run {run}") on:click=move |_| session.open_run(&opened)>
                    "Open"
                </button>
                <button
                    class="quiet"
                    aria-label=format!("Run run {run} again")
                    on:click=move |_| session.run_again(&again)
                >
                    "Run again"
                </button>
            </div>
        </li>
    }
}
