//! Whether the run came to what the document's state test expects.

use leptos::prelude::*;

use super::{
    session::Session,
    text::{foreign, grouped},
};
use crate::{
    protocol::{NotTested, TestedView},
    words::verdict as words,
};

/// The verdict; nothing where the document has no state test.
#[component]
pub(crate) fn Verdict() -> impl IntoView {
    let session = expect_context::<Session>();
    let tested = session.looking.tested;
    let expects = Memo::new(move |_| session.summary.with(|summary| summary.as_ref().is_some_and(|it| it.expects)));
    view! {
        <Show when=move || expects.get()>
            <section class="run-notes" aria-label=words::STATE_TEST data-tested=move || state(tested.get().as_ref())>
                {move || match tested.get() {
                    None => view! { <p role="status">{words::LOOKING}</p> }.into_any(),
                    Some(Err(why)) => view! { <p role="status">{why_not(why)}" "<Forget /></p> }.into_any(),
                    Some(Ok(view)) => came_of(session, view).into_any(),
                }}
            </section>
        </Show>
    }
}

const fn state(tested: Option<&Result<TestedView, NotTested>>) -> &'static str {
    match tested {
        None => "coming",
        Some(Ok(view)) if view.missed > 0 => "failed",
        Some(Ok(view)) if view.met > 0 && view.met + view.silent == view.of => "passed",
        Some(_) => "open",
    }
}

fn why_not(why: NotTested) -> String {
    match why {
        NotTested::Nothing => words::NOTHING_COMPARED.into(),
        NotTested::Calls => words::NO_TRANSACTIONS.into(),
        NotTested::Lanes { expected, lanes } => words::other_lanes(expected, lanes),
    }
}

/// What is to be said, sentence by sentence.
fn sentences(view: &TestedView) -> Vec<String> {
    let mut said = Vec::new();
    match (view.missed, view.met) {
        (0, 0) => said.push(words::NOTHING_COMPARED.to_owned()),
        (0, met) => said.push(words::passed(met, view.of, view.refused)),
        (missed, _) => said.push(words::failed(missed, view.of)),
    }
    if let (count, Some((found, named))) = &view.otherwise {
        said.push(words::otherwise(*count, found, foreign(named)));
    }
    if view.open > 0 {
        said.push(words::not_ended(view.open));
    }
    if view.silent > 0 {
        said.push(words::nothing_expected(view.silent));
    }
    said
}

fn came_of(session: Session, view: TestedView) -> impl IntoView {
    let said = sentences(&view).join(" ");
    let more = view.missed - view.some.len();
    let failed = view.missed > 0;
    let row = move |(lane, why): (usize, String)| {
        view! {
            <li>
                <button class="link" on:click=move |_| session.visit(lane)>{words::lane(grouped(lane))}</button>
                ": "
                {foreign(&why)}
            </li>
        }
    };
    view! {
        <p role="status" class:failed=failed>
            {said}
            " "
            <Forget />
        </p>
        {failed
            .then(|| {
                view! {
                    <ol class="differences" aria-label=words::FAILING_LANES>
                        {view.some.into_iter().map(row).collect_view()}
                    </ol>
                    {(more > 0).then(|| view! { <p>{words::more_fail(more)}</p> })}
                }
            })}
    }
}

/// Takes what is expected out of the document.
#[component]
fn Forget() -> impl IntoView {
    let session = expect_context::<Session>();
    view! { <button class="link" on:click=move |_| session.forget_test()>{words::FORGET}</button> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_test_is_said_in_words() {
        let passed = TestedView { of: 3, met: 3, refused: 1, ..TestedView::default() };
        assert_eq!(
            sentences(&passed),
            ["State test passed: all 3 lanes come to the state root and logs that it expects. 1 had to be rejected."]
        );
        assert_eq!(state(Some(&Ok(passed))), "passed");
        let failed = TestedView { of: 3, met: 1, missed: 1, open: 1, ..TestedView::default() };
        let said = sentences(&failed).join(" ");
        assert!(said.starts_with("State test failed: 1 of 3 lanes comes to something else"), "{said}");
        assert!(said.ends_with("Lanes that had not ended were not compared: 1."), "{said}");
        assert_eq!(state(Some(&Ok(failed))), "failed");
        let open = TestedView { of: 3, met: 2, open: 1, ..TestedView::default() };
        assert_eq!(state(Some(&Ok(open))), "open");
        let silent = TestedView { of: 1, silent: 1, ..TestedView::default() };
        assert_eq!(state(Some(&Ok(silent.clone()))), "open");
        assert!(sentences(&silent)[0].contains("nothing could be compared"));
        let otherwise = (1, Some(("TransactionException.A".to_owned(), "TransactionException.B".to_owned())));
        let said = sentences(&TestedView { of: 1, met: 1, refused: 1, otherwise, ..TestedView::default() }).join(" ");
        assert!(said.contains("its one lane comes to"), "{said}");
        assert!(said.contains("One lane was rejected for another reason than the test names: A in place of"), "{said}");
    }
}
