//! The lane's pane: what one lane was given, what it answered, logged and changed, and its instructions.

use leptos::prelude::*;

use super::{
    case::SaveCase,
    session::Session,
    text::{grouped, short, status_kind, status_word},
    trace::{Calls, Here, Trace},
};
use crate::{
    protocol::{ChangeView, HexView, LaneView, LogView},
    words::lane as words,
};

/// What stands at the side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    /// What came of the lane.
    #[default]
    Result,
    /// The tree of its frames.
    Calls,
    /// The frame at the step.
    Here,
}

impl Side {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Result, words::RESULT), (Self::Calls, words::CALLS), (Self::Here, words::FRAME)];
}

/// The pane.
#[component]
pub(crate) fn LanePane() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = Memo::new(move |_| session.lane.with(Option::is_some));
    let side = RwSignal::new(Side::default());
    view! {
        <section
            class="pane lane"
            aria-label=words::LANE
            tabindex="-1"
            on:keydown=move |event| super::trace::key(session, &event)
        >
            {move || head(session)}
            <Show
                when=move || open.get()
                fallback=|| {
                    view! {
                        <div class="empty">
                            <p>{words::NO_LANE_OPEN}</p>
                        </div>
                    }
                }
            >
                <div class="lane-body">
                    <Trace />
                    <div class="lane-side">
                        <div class="segments" role="tablist" aria-label=words::ABOUT_THE_LANE>
                            {Side::ALL
                                .into_iter()
                                .map(|(each, word)| {
                                    view! {
                                        <button
                                            role="tab"
                                            aria-selected=move || (side.get() == each).to_string()
                                            on:click=move |_| side.set(each)
                                        >
                                            {word}
                                        </button>
                                    }
                                })
                                .collect_view()}
                        </div>
                        <div class="lane-facts" tabindex="0" role="group" aria-label=words::ABOUT_THE_LANE>
                            {move || match side.get() {
                                Side::Result => {
                                    view! { <SaveCase /> {move || session.lane.get().map(facts)} }.into_any()
                                }
                                Side::Calls => view! { <Calls /> }.into_any(),
                                Side::Here => view! { <Here /> }.into_any(),
                            }}
                        </div>
                    </div>
                </div>
            </Show>
        </section>
    }
}

fn head(session: Session) -> impl IntoView {
    let go = move |by: isize| {
        let lanes = session.statuses.with_untracked(Vec::len);
        let now = session.lane.with_untracked(|lane| lane.as_ref().map(|lane| lane.row.lane));
        if let Some(next) = now.and_then(|now| now.checked_add_signed(by)).filter(|next| *next < lanes) {
            session.open(next);
        }
    };
    session.lane.with(|lane| {
        let Some(lane) = lane else {
            return view! {
                <div class="pane-head">
                    <h2>{words::LANE}</h2>
                </div>
            }
            .into_any();
        };
        view! {
            <div class="pane-head">
                <h2>{words::LANE_BEFORE_NUMBER}{grouped(lane.row.lane)}</h2>
                <span class="badge" data-kind=status_kind(lane.row.status)>{status_word(lane.row.status)}</span>
                <span class="hint">
                    {words::used(grouped(&lane.row.gas), grouped(&lane.gas_limit), grouped(&lane.row.steps), by(lane))}
                </span>
                <span class="spread"></span>
                <button class="quiet" aria-label=words::LANE_BEFORE title=words::LANE_BEFORE on:click=move |_| go(-1)>"◁"</button>
                <button class="quiet" aria-label=words::NEXT_LANE title=words::NEXT_LANE on:click=move |_| go(1)>"▷"</button>
            </div>
        }
        .into_any()
    })
}

fn by(lane: &LaneView) -> String {
    match (&lane.reason, lane.row.on_gpu) {
        (_, true) => words::BY_GPU.into(),
        (Some(reason), false) => words::by_cpu(reason),
        (None, false) => words::BY_CPU.into(),
    }
}

/// Bytes in rows of 32, and a way to copy them.
pub(super) fn bytes(view: &HexView) -> impl IntoView + use<> {
    let copied = view.hex.clone();
    let shown = view.hex.len().saturating_sub(2) / 2;
    if view.len == 0 {
        return view! { <span class="none">{words::NONE}</span> }.into_any();
    }
    let note = if shown < view.len {
        words::bytes_shown(grouped(view.len), grouped(shown))
    } else {
        words::bytes(grouped(view.len))
    };
    view! {
        <div class="bytes">
            <code>{words(&view.hex)}</code>
            <small>
                {note} " " <button class="link" on:click=move |_| crate::browser::clipboard::copy(&copied)>{words::COPY}</button>
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
        <section aria-label=words::RETURN_DATA>
            <h3>{words::RETURN_DATA}</h3>
            {lane.row.meaning.clone().map(|meaning| view! { <p class="meaning">{meaning}</p> })}
            {lane.detail.clone().map(|detail| view! { <p class="meaning">{detail}</p> })}
            {named(&lane.returned)}
            {bytes(&lane.output)}
        </section>
        <section aria-label=words::LOGS>
            <h3>{words::LOGS_BEFORE_COUNT}<small>{grouped(lane.logs_total)}</small></h3>
            {(lane.logs_total == 0).then(|| view! { <span class="none">{words::NONE}</span> })} {logs}
            {more_logs.then(|| view! { <p class="note">{words::ONLY_FIRST_SHOWN}</p> })}
        </section>
        <section aria-label=words::STATE_CHANGES>
            <h3>{words::STATE_CHANGES_BEFORE_COUNT}<small>{grouped(lane.changes_total)}</small></h3>
            {(lane.changes_total == 0).then(|| view! { <span class="none">{words::NONE}</span> })} {changes}
            {more_changes.then(|| view! { <p class="note">{words::ONLY_FIRST_SHOWN}</p> })}
        </section>
        <section aria-label=words::CALL>
            <h3>{words::CALL}</h3>
            <dl class="pairs">
                <dt>{words::CALLER}</dt>
                <dd class="mono">{lane.caller.clone()}</dd>
                <dt>{words::TO}</dt>
                <dd class="mono">{lane.to.clone()}</dd>
                <dt>{words::VALUE}</dt>
                <dd class="mono">{grouped(&lane.value)}{words::WEI}</dd>
                <dt>{words::REFUND_COUNTER}</dt>
                <dd class="mono">{grouped(&lane.refund)}</dd>
                {lane
                    .function
                    .clone()
                    .map(|function| {
                        view! {
                            <dt>{words::FUNCTION}</dt>
                            <dd class="mono">{function} {named(&lane.arguments)}</dd>
                        }
                    })}
                <dt>{words::CALL_DATA}</dt>
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

/// A log.
pub(super) fn log(log: &LogView) -> impl IntoView + use<> {
    let topics = log
        .topics
        .iter()
        .enumerate()
        .map(|(index, topic)| {
            view! {
                <dt>{words::TOPIC}{index}</dt>
                <dd class="mono">{topic.clone()}</dd>
            }
        })
        .collect_view();
    let event = log.event.as_ref().map(|(signature, inputs)| {
        view! {
            <dt>{words::EVENT}</dt>
            <dd class="mono">{signature.clone()} {named(inputs)}</dd>
        }
    });
    view! {
        <dl class="pairs log">
            <dt>{words::BY}</dt>
            <dd class="mono">{log.address.clone()}</dd>
            {event}
            {topics}
            <dt>{words::DATA}</dt>
            <dd>{bytes(&log.data)}</dd>
        </dl>
    }
}

fn change(change: &ChangeView) -> impl IntoView + use<> {
    let slot = change.what.starts_with("0x");
    let kind = if slot { words::SLOT } else { "" };
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
