//! The button that saves the open lane as a state test, and what it came to.

use leptos::prelude::*;

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
                title="A file that other clients run: the lane’s state, block and transaction, and the state root and logs they must come to"
                on:click=move |_| session.save_case()
            >
                "Save as a state test ⤓"
            </button>
            {move || note.get().map(|note| view! { <p class="note" role="status" aria-label="State test">{note}</p> })}
        </div>
    }
}
