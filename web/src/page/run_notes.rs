//! What is to be said of a finished run besides its numbers: where it began, what was begun again, what was read outside the
//! given state, and how two engines compare.

use lanevm_core::Status;
use leptos::prelude::*;

use super::{
    session::Session,
    text::{grouped, short, status_word},
};
use crate::{
    protocol::{Comparison, Difference, RunSummary},
    words::run as words,
};

/// The notes; nothing where there is nothing to say.
#[component]
pub(crate) fn RunNotes() -> impl IntoView {
    let session = expect_context::<Session>();
    let notes = Memo::new(move |_| session.summary.with(|summary| summary.as_ref().map(sentences).unwrap_or_default()));
    let comparison = Memo::new(move |_| {
        session.summary.with(|summary| summary.as_ref().and_then(|summary| summary.notes.comparison.clone()))
    });
    view! {
        <Show when=move || notes.with(|notes| !notes.is_empty()) || comparison.with(Option::is_some)>
            <section class="run-notes" aria-label=words::ABOUT_THIS_RUN>
                {move || notes.get().into_iter().map(|note| view! { <p>{note}</p> }).collect_view()}
                {move || comparison.get().map(|comparison| view! { <Compared comparison=comparison /> })}
            </section>
        </Show>
    }
}

fn sentences(summary: &RunSummary) -> Vec<String> {
    let mut notes = Vec::new();
    match summary.notes.handed {
        Some([ended, 0]) => notes.push(words::cpu_before_gpu(ended)),
        Some([ended, handed]) => notes.push(words::cpu_while_gpu(ended, handed)),
        None => {}
    }
    if summary.notes.repeated > 0 {
        notes.push(words::gpu_lost(summary.notes.repeated));
    }
    if summary.notes.wrong_ways > 0 {
        notes.push(words::wrong_ways(summary.notes.wrong_ways));
    }
    let by_device = summary.on_cpu.iter().find(|(reason, _)| reason == "device").map_or(0, |(_, lanes)| *lanes);
    if by_device > 0 {
        notes.push(words::gpu_failed(by_device));
    }
    let outside = summary.statuses.iter().find(|status| status.code == Status::MissingState as u8);
    if let Some(outside) = outside {
        notes.push(words::read_outside(outside.lanes));
    }
    notes
}

#[component]
fn Compared(
    /// How the engines compare.
    comparison: Comparison,
) -> impl IntoView {
    let Comparison { compared, differ, first, cpu_milliseconds, gpu_milliseconds } = comparison;
    let verdict = match (compared, differ) {
        (0, _) => words::NONE_ON_BOTH.to_owned(),
        (_, 0) => words::equal(compared),
        _ => words::differ(differ, compared),
    };
    let times = words::times(gpu_milliseconds, cpu_milliseconds);
    let left_out = differ.saturating_sub(first.len() as u64);
    view! {
        <p class:failed=move || { differ > 0 } data-compared=differ.to_string()>
            {verdict}
            " "
            {times}
        </p>
        {(!first.is_empty())
            .then(|| {
                view! {
                    <ol class="differences" aria-label=words::LANES_THAT_DIFFER>
                        {first.into_iter().map(difference).collect_view()}
                    </ol>
                    {(left_out > 0).then(|| view! { <p>{words::more_differ(grouped(left_out))}</p> })}
                }
            })}
    }
}

fn difference(found: Difference) -> impl IntoView {
    let session = expect_context::<Session>();
    let Difference { step, lane, gpu, cpu } = found;
    let words = |name: &str, side: &crate::protocol::Side| {
        words::side(name, status_word(side.status), grouped(&side.gas), short(&side.digest))
    };
    view! {
        <li>
            <button class="link" on:click=move |_| session.visit(lane)>
                {if step > 0 { words::lane_step(grouped(lane), step + 1) } else { words::lane(grouped(lane)) }}
            </button>
            " "
            <span class="mono">{words(words::GPU, &gpu)}" · "{words(words::CPU, &cpu)}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{self, StatusCount};

    #[test]
    fn what_happened_is_said_in_words() {
        assert!(sentences(&RunSummary::default()).is_empty());
        let summary = RunSummary {
            statuses: vec![StatusCount { code: Status::MissingState as u8, lanes: 3 }],
            on_cpu: vec![("device".into(), 1)],
            notes: protocol::RunNotes { handed: Some([1, 2_000]), repeated: 4_096, wrong_ways: 2, comparison: None },
            ..RunSummary::default()
        };
        let said = sentences(&summary);
        assert_eq!(said[0], "The CPU ended 1 lane while the GPU got ready; 2,000 lanes went on there.");
        assert_eq!(said[1], "The GPU was lost and asked for again; 4,096 lanes were begun again.");
        assert!(said[2].starts_with("A compiled path answered 2 lanes wrongly"));
        assert_eq!(said[3], "The GPU failed; 1 lane was answered by the CPU instead.");
        assert!(said[4].starts_with("3 lanes read outside the given state"));
    }
}
