//! The runs so far: what each came to, which one later runs are compared with, and the way to run one again.

use leptos::prelude::*;

use super::{
    session::{Ended, Session},
    text::{foreign, grouped, short, status_word, time},
};
use crate::{browser::clock, words::compare as words};

/// The list.
#[component]
pub(crate) fn RunList() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="shown runs">
            <p class="hint">
                {words::RUNS_NOTE}
            </p>
            <ol class="run-list" aria-label=words::RUNS>
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
    let title = if ended.title.is_empty() { words::UNTITLED.to_owned() } else { foreign(&ended.title) };
    let cancelled = if summary.cancelled { words::CANCELLED } else { "" };
    let came = format!("{}{cancelled}", statuses(&ended));
    let took = words::took_on(time(summary.milliseconds), &summary.adapter, clock::words(ended.time));
    let (opened, again) = (ended.clone(), ended);
    view! {
        <li aria-current=move || shown.get().then_some("true")>
            <p class="run-name">
                <strong>{words::run(run)}</strong>
                <span>{title}</span>
                {move || shown.get().then(|| view! { <small>{words::SHOWN}</small> })}
                {move || pinned.get().then(|| view! { <small>{words::PINNED}</small> })}
            </p>
            <p>{words::lanes_came(grouped(summary.lanes), came)}</p>
            <p class="hint">
                {took} {words::DIGEST} <code title=summary.digest.clone()>{short(&summary.digest)}</code>
            </p>
            <div class="choices">
                <button
                    class="quiet"
                    aria-pressed=move || pinned.get().to_string()
                    aria-label=words::pin_run(run)
                    disabled=move || !held.get()
                    title=move || {
                        if held.get() {
                            words::PIN_NOTE
                        } else {
                            words::LANES_GONE
                        }
                    }
                    on:click=move |_| session.pin((!pinned.get_untracked()).then_some(run))
                >
                    {move || if pinned.get() { words::UNPIN } else { words::PIN }}
                </button>
                <button class="quiet" aria-label=words::open_run(run) on:click=move |_| session.open_run(&opened)>
                    {words::OPEN}
                </button>
                <button
                    class="quiet"
                    aria-label=words::run_again(run)
                    on:click=move |_| session.run_again(&again)
                >
                    {words::RUN_AGAIN}
                </button>
            </div>
        </li>
    }
}
