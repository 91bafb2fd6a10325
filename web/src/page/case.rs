//! The button that saves the open lane as a state test, and what it came to.

use leptos::prelude::*;

use crate::words::lane as words;

use super::session::Session;

/// The button, and the note.
#[component]
pub(crate) fn SaveCase() -> impl IntoView {
    let session = expect_context::<Session>();
    let note = session.case_note;
    view! {
        <div class="save-case">
            <button
                class="quiet"
                title=words::STATE_TEST_NOTE
                on:click=move |_| session.save_case()
            >
                {words::SAVE_AS_A_STATE_TEST}
            </button>
            {move || note.get().map(|note| view! { <p class="note" role="status" aria-label=words::STATE_TEST>{note}</p> })}
        </div>
    }
}
