//! The lane's pane: what one lane was given, what it answered, logged and changed, and its instructions.

use leptos::prelude::*;

use super::{
    case::SaveCase,
    session::Session,
    text::{grouped, short, status_kind, status_word},
    trace::Trace,
};
use crate::protocol::{ChangeView, HexView, LaneView, LogView};

/// The pane.
#[component]
pub(crate) fn LanePane() -> impl IntoView {
    let session = expect_context::<Session>();
    let go = move |by: isize| {
        let lanes = session.statuses.with_untracked(Vec::len);
        let now = session.lane.with_untracked(|lane| lane.as_ref().map(|lane| lane.row.lane));
        if let Some(next) = now.and_then(|now| now.checked_add_signed(by)).filter(|next| *next < lanes) {
            session.open(next);
        }
    };
    view! {
        <section class="pane lane" aria-label="Lane">
            {move || match session.lane.get() {
                None => {
                    view! {
                        <div class="pane-head">
                            <h2>"Lane"</h2>
                        </div>
                        <div class="empty">
                            <p>"Open a lane of the table to see its return data, logs, state changes and trace."</p>
                        </div>
                    }
                    .into_any()
                }
                Some(lane) => {
                    view! {
                        <div class="pane-head">
                            <h2>"Lane "{grouped(lane.row.lane)}</h2>
                            <span class="badge" data-kind=status_kind(lane.row.status)>{status_word(lane.row.status)}</span>
                            <span class="hint">
                                {format!(
                                    "{} gas used of {} · {} instructions · {}",
                                    grouped(&lane.row.gas),
                                    grouped(&lane.gas_limit),
                                    grouped(&lane.row.steps),
                                    by(&lane),
                                )}
                            </span>
                            <span class="spread"></span>
                            <button class="quiet" aria-label="Lane before" on:click=move |_| go(-1)>"◁"</button>
                            <button class="quiet" aria-label="Next lane" on:click=move |_| go(1)>"▷"</button>
                        </div>
                        <div class="lane-body">
                            <Trace />
                            <div class="lane-facts"><SaveCase />{facts(lane)}</div>
                        </div>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}

fn by(lane: &LaneView) -> String {
    match (&lane.reason, lane.row.on_gpu) {
        (_, true) => "answered by the GPU".into(),
        (Some(reason), false) => format!("answered by the CPU: {reason}"),
        (None, false) => "answered by the CPU".into(),
    }
}

fn bytes(view: &HexView) -> impl IntoView + use<> {
    let copied = view.hex.clone();
    let shown = view.hex.len().saturating_sub(2) / 2;
    if view.len == 0 {
        return view! { <span class="none">"none"</span> }.into_any();
    }
    let note = if shown < view.len {
        format!("{} bytes; the first {} are shown", grouped(view.len), grouped(shown))
    } else {
        format!("{} bytes", grouped(view.len))
    };
    view! {
        <div class="bytes">
            <code>{words(&view.hex)}</code>
            <small>
                {note} " " <button class="link" on:click=move |_| crate::browser::clipboard::copy(&copied)>"copy"</button>
            </small>
        </div>
    }
    .into_any()
}

/// Hex in lines of 32 bytes; four bytes before them where the rest is whole words, as in call data.
fn words(hex: &str) -> String {
    let digits = hex.trim_start_matches("0x");
    let first = if digits.len() % 64 == 8 { 8 } else { 0 };
    let mut lines = Vec::new();
    if first > 0 {
        lines.push(&digits[..first]);
    }
    let mut rest = &digits[first..];
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        lines.push(line);
        rest = after;
    }
    lines.join("\n")
}

fn facts(lane: LaneView) -> impl IntoView {
    let logs = lane.logs.iter().map(log).collect_view();
    let changes = lane.changes.iter().map(change).collect_view();
    let more_logs = lane.logs_total > lane.logs.len();
    let more_changes = lane.changes_total > lane.changes.len();
    view! {
        <section aria-label="Return data">
            <h3>"Return data"</h3>
            {lane.row.meaning.clone().map(|meaning| view! { <p class="meaning">{meaning}</p> })}
            {lane.detail.clone().map(|detail| view! { <p class="meaning">{detail}</p> })}
            {named(&lane.returned)}
            {bytes(&lane.output)}
        </section>
        <section aria-label="Logs">
            <h3>"Logs "<small>{grouped(lane.logs_total)}</small></h3>
            {(lane.logs_total == 0).then(|| view! { <span class="none">"none"</span> })} {logs}
            {more_logs.then(|| view! { <p class="note">"Only the first are shown."</p> })}
        </section>
        <section aria-label="State changes">
            <h3>"State changes "<small>{grouped(lane.changes_total)}</small></h3>
            {(lane.changes_total == 0).then(|| view! { <span class="none">"none"</span> })} {changes}
            {more_changes.then(|| view! { <p class="note">"Only the first are shown."</p> })}
        </section>
        <section aria-label="Call">
            <h3>"Call"</h3>
            <dl class="pairs">
                <dt>"caller"</dt>
                <dd class="mono">{lane.caller.clone()}</dd>
                <dt>"to"</dt>
                <dd class="mono">{lane.to.clone()}</dd>
                <dt>"value"</dt>
                <dd class="mono">{grouped(&lane.value)}" wei"</dd>
                <dt>"refund counter"</dt>
                <dd class="mono">{grouped(&lane.refund)}</dd>
                {lane
                    .function
                    .clone()
                    .map(|function| {
                        view! {
                            <dt>"function"</dt>
                            <dd class="mono">{function} {named(&lane.arguments)}</dd>
                        }
                    })}
                <dt>"call data"</dt>
                <dd>{bytes(&lane.data)}</dd>
            </dl>
        </section>
    }
}

/// Names and values, as the interface has them.
fn named(values: &[(String, String)]) -> impl IntoView + use<> {
    let each = values.iter().map(|(name, value)| {
        view! {
            <dt>{name.clone()}</dt>
            <dd class="mono">{value.clone()}</dd>
        }
    });
    let each = each.collect_view();
    (!values.is_empty()).then(|| view! { <dl class="pairs decoded">{each}</dl> })
}

fn log(log: &LogView) -> impl IntoView + use<> {
    let topics = log
        .topics
        .iter()
        .enumerate()
        .map(|(index, topic)| {
            view! {
                <dt>"topic "{index}</dt>
                <dd class="mono">{topic.clone()}</dd>
            }
        })
        .collect_view();
    let event = log.event.as_ref().map(|(signature, inputs)| {
        view! {
            <dt>"event"</dt>
            <dd class="mono">{signature.clone()} {named(inputs)}</dd>
        }
    });
    view! {
        <dl class="pairs log">
            <dt>"by"</dt>
            <dd class="mono">{log.address.clone()}</dd>
            {event}
            {topics}
            <dt>"data"</dt>
            <dd>{bytes(&log.data)}</dd>
        </dl>
    }
}

fn change(change: &ChangeView) -> impl IntoView + use<> {
    let slot = change.what.starts_with("0x");
    let kind = if slot { "slot " } else { "" };
    view! {
        <div class="change mono">
            <span title=change.address.clone()>{short(&change.address)}</span>
            <span title=change.what.clone()>{kind}{short(&change.what)}</span>
            <span class="before" title=change.before.clone()>{short(&change.before)}</span>
            <span aria-hidden="true">"→"</span>
            <span title=change.after.clone()>{short(&change.after)}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_data_is_broken_at_words() {
        let data = format!("0xa9059cbb{}{}", "1".repeat(64), "2".repeat(64));
        assert_eq!(words(&data).lines().map(str::len).collect::<Vec<_>>(), [8, 64, 64]);
        assert_eq!(words("0x1234"), "1234");
        assert_eq!(words("0x"), "");
    }
}
