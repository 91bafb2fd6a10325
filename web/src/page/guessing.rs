//! The button that guesses a program's functions, and what came of it. It stands where an ABI is missed.

use leptos::prelude::*;

use crate::words::program as words;

use super::session::{Guessed, Session};

/// “Guess functions”, where there is code and no ABI.
#[component]
pub(crate) fn GuessFunctions(
    /// Whether what came of it is only shown, since it is read out elsewhere.
    #[prop(optional)]
    silent: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = session.guessing.state;
    let looking = Memo::new(move |_| state.with(|state| *state == Guessed::Looking));
    let missing = Memo::new(move |_| {
        session.draft.abi.with(|abi| abi.trim().is_empty()) && session.draft.code.with(|code| !code.trim().is_empty())
    });
    let words = move || {
        state.with(|state| match state {
            Guessed::Nothing => String::new(),
            Guessed::Looking => words::LOOKING_FOR_FUNCTIONS.into(),
            Guessed::Said(words) => words.clone(),
        })
    };
    view! {
        <div class="guessing">
            <Show when=move || missing.get() && !looking.get()>
                <button class="quiet" on:click=move |_| session.guess_functions()>{words::GUESS_FUNCTIONS}</button>
            </Show>
            <Show when=move || looking.get()>
                <button class="quiet" on:click=move |_| session.stop_guessing()>{words::STOP}</button>
            </Show>
            <p class="note" role=(!silent).then_some("status") aria-label=(!silent).then_some(words::GUESSED_FUNCTIONS)>{words}</p>
        </div>
    }
}
