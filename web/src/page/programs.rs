//! The choice of the program that is edited, where a document has several.

use leptos::prelude::*;

use super::{
    session::{Session, StepDraft},
    text::foreign,
};
use crate::{form::Target, words::program as words};

/// The choice; nothing where there is but one.
#[component]
pub(crate) fn Programs() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    let names = Memo::new(move |_| draft.programs());
    view! {
        <Show when=move || { names.with(|names| names.len() > 1) }>
            <div class="field">
                <label for="f-program">{words::PROGRAM_THAT_IS_EDITED}</label>
                <select
                    id="f-program"
                    prop:value=move || draft.name.get()
                    on:change:target=move |event| session.edit_program(&event.target().value())
                >
                    {move || {
                        names
                            .get()
                            .into_iter()
                            .map(|name| {
                                let (shown, this) = (foreign(&name), name.clone());
                                view! {
                                    <option value=name selected=move || draft.name.with(|edited| *edited == this)>{shown}</option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </div>
        </Show>
    }
}

/// The program that a step runs, where it is not the one that is edited, and the way to it.
#[component]
pub(crate) fn StepProgram(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let other = move || step.other_program().filter(|_| step.target.get() != Target::Create);
    move || {
        other().map(|name| {
            let words = words::step_runs(foreign(&name));
            view! {
                <p class="note">
                    {words}
                    <button class="link" on:click=move |_| session.edit_program(&name)>{words::EDIT_IT}</button>
                </p>
            }
        })
    }
}
