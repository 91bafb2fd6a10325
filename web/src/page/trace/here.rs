//! The frame at the step: who called it with what, what its last call returned, and the logs so far.

use leptos::prelude::*;

use crate::{
    page::{
        lane::{bytes, log},
        session::Session,
        text::{grouped, status_word},
    },
    protocol::{FrameView, StepView},
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
                    || view! { <p class="none">"No step is looked at."</p> }.into_any(),
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
            let note = taken_back.then(|| view! { <p class="note">"A later failure takes it back."</p> });
            view! { {log(&shown.unwrap_or_else(|| made.log.clone()))} {note} }
        });
        each.collect_view()
    });
    view! {
        <section aria-label="Frame">
            <h3>"Frame "<small>{format!("depth {}", here.facts.depth)}</small></h3>
            {frame(&here.facts)}
        </section>
        <section aria-label="Returned to the frame">
            <h3>"Return data of its last call"</h3>
            {bytes(&here.returned)}
        </section>
        <section aria-label="Logs so far">
            <h3>"Logs so far "<small>{grouped(here.logs_total)}</small></h3>
            {(here.logs_total == 0).then(|| view! { <span class="none">"none"</span> })} {logs}
            {(here.logs_total > here.logs.len()).then(|| view! { <p class="note">"Only the last are shown."</p> })}
        </section>
    }
}

fn frame(frame: &FrameView) -> impl IntoView + use<> {
    let ended = frame.ended.map_or_else(|| "not in this recording".to_owned(), status_word);
    let pairs = [
        ("made by", frame.kind.clone()),
        ("account", frame.address.clone()),
        ("code of", if frame.code.is_empty() { "creation code".into() } else { frame.code.clone() }),
        ("caller", frame.caller.clone()),
        ("value", format!("{} wei", grouped(&frame.value))),
        ("call data", format!("{} bytes {}", grouped(frame.input_len), frame.selector)),
        ("gas given", grouped(frame.gas)),
        ("gas used", grouped(frame.gas_used)),
        ("ends with", format!("{ended}, {} bytes", grouped(frame.output_len))),
    ];
    let pairs = pairs.into_iter().map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd class="mono">{value}</dd>
        }
    });
    view! { <dl class="pairs">{pairs.collect_view()}</dl> }
}
