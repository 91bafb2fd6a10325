//! The results' pane: the summary, the lane map and the table.

use leptos::prelude::*;

use super::{
    lane_map::LaneMap,
    run_notes::RunNotes,
    session::Session,
    table::Table,
    text::{grouped, rate, status_kind, status_words, time},
};
use crate::protocol::RunSummary;

/// The pane.
#[component]
pub(crate) fn ResultsPane() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <section class="pane results" aria-label="Results">
            <div class="pane-head">
                <h2>"Results"</h2>
                {move || session.summary.get().map(|summary| view! { <Statuses summary=summary /> })}
            </div>
            {move || match session.summary.get() {
                None => {
                    view! {
                        <div class="empty">
                            <p>"No run has ended yet."</p>
                            <p>"Every call becomes a lane: a row here, with its status, gas and return data."</p>
                        </div>
                    }
                    .into_any()
                }
                Some(summary) => view! { <Summary summary=summary /> }.into_any(),
            }}
            <RunNotes />
            <Show when=move || session.summary.with(Option::is_some)>
                <LaneMap />
                <Table />
            </Show>
        </section>
    }
}

/// How many lanes ended how; pressing one shows only those.
#[component]
fn Statuses(
    /// The summary.
    summary: RunSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let statuses = summary.statuses.clone();
    view! {
        <div class="statuses" role="group" aria-label="Statuses">
            {statuses
                .into_iter()
                .map(|status| {
                    let code = status.code;
                    let toggle = move |_| {
                        let same = session.filter.get_untracked() == Some(code);
                        session.set_filter((!same).then_some(code));
                    };
                    view! {
                        <button
                            class="status"
                            data-kind=status_kind(code)
                            aria-pressed=move || (session.filter.get() == Some(code)).to_string()
                            title="Show only these lanes"
                            on:click=toggle
                        >
                            <b>{grouped(status.lanes)}</b>
                            " "
                            {status_words(code)}
                        </button>
                    }
                })
                .collect_view()}
            <Show when=move || summary.cancelled>
                <span class="cancelled">
                    {format!("cancelled after {} of {} lanes", grouped(summary.finished), grouped(summary.lanes))}
                </span>
            </Show>
        </div>
    }
}

#[component]
fn Summary(
    /// The summary.
    summary: RunSummary,
) -> impl IntoView {
    let run = expect_context::<Session>().shown_run.get_untracked();
    let on_cpu: u64 = summary.on_cpu.iter().map(|(_, lanes)| lanes).sum();
    let why = summary
        .on_cpu
        .iter()
        .filter(|(reason, _)| reason != "none")
        .map(|(reason, lanes)| format!("{reason}: {}", grouped(*lanes)))
        .collect::<Vec<_>>()
        .join(", ");
    let by_cpu = match (summary.engine.as_str(), why.is_empty()) {
        (_, false) => format!("{} — {why}", grouped(on_cpu)),
        ("gpu", true) => grouped(on_cpu),
        (_, true) if summary.notes.handed.is_some() => grouped(on_cpu),
        (_, true) => format!("{} — the engine asked for", grouped(on_cpu)),
    };
    let by_cpu = match &summary.instead {
        Some(_) => format!("{} — no WebGPU", grouped(on_cpu)),
        None => by_cpu,
    };
    let software = if summary.software && summary.engine == "gpu" { ", software" } else { "" };
    let adapter = format!("{} ({}{software})", summary.adapter, summary.engine.to_uppercase());
    let speed =
        format!("{} calls/s on the {}", rate(summary.finished, summary.milliseconds), summary.engine.to_uppercase(),);
    let gas = summary.gas.map_or_else(
        || "no lane ended".to_owned(),
        |[min, median, max]| format!("{} · {} · {}", grouped(min), grouped(median), grouped(max)),
    );
    let services = summary
        .host_services
        .iter()
        .map(|(number, calls)| format!("precompile 0x{number:02x}: {}", grouped(*calls)))
        .collect::<Vec<_>>()
        .join(", ");
    let escalated = summary
        .escalated
        .iter()
        .map(|(reason, lanes)| format!("{reason}: {}", grouped(*lanes)))
        .collect::<Vec<_>>()
        .join(", ");
    let digest = summary.digest.clone();
    let copied = digest.clone();
    let fact = |name: &'static str, value: String| {
        view! {
            <div class="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <div class="summary" data-summary="run" data-run=run.to_string()>
            <dl class="facts">
                {fact("Gas: least · median · most", gas)}
                {fact("Speed, this run", speed)}
                {fact(
                    "Time · instructions",
                    format!("{} · {}", time(summary.milliseconds), grouped(summary.steps_total.clone())),
                )}
                <div class="fact double">
                    <dt>"Adapter"</dt>
                    <dd>{adapter}</dd>
                </div> {fact("Answered by the CPU", by_cpu)}
                {(!services.is_empty()).then(|| fact("Answered by the host for the GPU", services.clone()))}
                {(!escalated.is_empty()).then(|| fact("Moved to a larger tier", escalated.clone()))}
                <div class="fact wide">
                    <dt>"Digest of all outcomes"</dt>
                    <dd>
                        <code class="digest" data-digest=digest.clone()>{digest.clone()}</code>
                        <button class="link" on:click=move |_| crate::browser::clipboard::copy(&copied)>"copy"</button>
                    </dd>
                </div>
            </dl>
        </div>
    }
}
