//! The frame at the step: who called it with what, what its last call returned, and the logs so far.

use leptos::prelude::*;

use crate::{
    page::{
        lane::{bytes, log},
        session::Session,
        text::{grouped, status_word},
    },
    protocol::{FrameView, StepView},
    words::trace as words,
};

/// The view.
#[component]
pub(crate) fn Here() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    view! {
        {move || {
            trace
                .here
                .get()
                .map_or_else(
                    || view! { <p class="none">{words::NO_STEP}</p> }.into_any(),
                    |here| all(session, &here).into_any(),
                )
        }}
    }
}

fn all(session: Session, here: &StepView) -> impl IntoView + use<> {
    // Logs that the lane keeps are known by their event, as the lane's own list has them.
    let logs = session.lane.with_untracked(|lane| {
        let known = |place: usize| lane.as_ref().and_then(|lane| lane.logs.get(place).cloned());
        let each = here.logs.iter().map(|made| {
            let taken_back = made.kept.is_none();
            let shown = made.kept.and_then(known);
            let note = taken_back.then(|| view! { <p class="note">{words::TAKEN_BACK}</p> });
            view! { {log(&shown.unwrap_or_else(|| made.log.clone()))} {note} }
        });
        each.collect_view()
    });
    view! {
        <section aria-label=words::FRAME>
            <h3>{words::FRAME_BEFORE_DEPTH}<small>{words::depth(here.facts.depth)}</small></h3>
            {frame(&here.facts)}
        </section>
        <section aria-label=words::RETURNED_TO_THE_FRAME>
            <h3>{words::RETURN_DATA_OF_ITS_LAST_CALL}</h3>
            {bytes(&here.returned)}
        </section>
        <section aria-label=words::LOGS_SO_FAR>
            <h3>{words::LOGS_BEFORE_COUNT}<small>{grouped(here.logs_total)}</small></h3>
            {(here.logs_total == 0).then(|| view! { <span class="none">{words::NONE}</span> })} {logs}
            {(here.logs_total > here.logs.len()).then(|| view! { <p class="note">{words::ONLY_LAST_SHOWN}</p> })}
        </section>
    }
}

fn frame(frame: &FrameView) -> impl IntoView + use<> {
    let ended = frame.ended.map_or_else(|| words::NOT_IN_THIS_RECORDING.to_owned(), status_word);
    let pairs = [
        (words::MADE_BY, frame.kind.clone()),
        (words::ACCOUNT, frame.address.clone()),
        (words::CODE_OF, if frame.code.is_empty() { words::CREATION_CODE.into() } else { frame.code.clone() }),
        (words::CALLER, frame.caller.clone()),
        (words::VALUE, words::wei(grouped(&frame.value))),
        (words::CALL_DATA, words::call_data(grouped(frame.input_len), &frame.selector)),
        (words::GAS_GIVEN, grouped(frame.gas)),
        (words::GAS_USED, grouped(frame.gas_used)),
        (words::ENDS_WITH, words::ended_with(ended, grouped(frame.output_len))),
    ];
    let pairs = pairs.into_iter().map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd class="mono">{value}</dd>
        }
    });
    view! { <dl class="pairs">{pairs.collect_view()}</dl> }
}
