//! What is being read, and the choice that a file of state tests leaves.

use leptos::prelude::*;

use crate::words::reading as words;

use super::{session::Session, text::foreign};

/// Most choices that are listed.
const LISTED: usize = 5_000;

/// The note of what is being read, and the card of a file of state tests.
#[component]
pub(crate) fn ReadingNotice() -> impl IntoView {
    let session = expect_context::<Session>();
    let reader = session.reader;
    view! {
        <div role="status" aria-live="polite" class="notices">
            {move || {
                reader.now.get().map(|now| view! {
                    <p class="banner notice" data-note="reading">
                        <span>{words::reading(&foreign(&now.name), now.bytes)}</span>
                        <button class="link" aria-label=words::CANCEL_READING on:click=move |_| session.stop_reading()>{words::CANCEL}</button>
                    </p>
                })
            }}
        </div>
        {move || {
            reader.tests.get().map(|found| {
                let open = found.choices.iter().filter(|choice| choice.refused.is_none()).count();
                let about = words::can_be_opened(&foreign(&found.name), open, found.choices.len());
                let options = found
                    .choices
                    .iter()
                    .take(LISTED)
                    .enumerate()
                    .map(|(index, choice)| {
                        let name = if choice.test.is_empty() { words::THE_TEST.into() } else { foreign(&choice.test) };
                        let cases = words::cases(choice.lanes);
                        let words = format!("{} · {} · {name}", foreign(&choice.fork), cases);
                        let refused = choice.refused.is_some();
                        view! {
                            <option value=index selected=move || reader.chosen.get() == index>
                                {words}
                                {refused.then_some(words::CANNOT_BE_OPENED)}
                            </option>
                        }
                    })
                    .collect_view();
                let why = {
                    let found = found.clone();
                    Memo::new(move |_| found.choices.get(reader.chosen.get()).and_then(|choice| choice.refused.clone()))
                };
                view! {
                    <section class="found tests-found" aria-label=words::TESTS_FOUND>
                        <p>{about}</p>
                        <div class="field">
                            <label for="f-test">{words::TEST}</label>
                            <select
                                id="f-test"
                                on:change:target=move |event| reader.chosen.set(event.target().value().parse().unwrap_or(0))
                            >
                                {options}
                            </select>
                        </div>
                        <Show when=move || why.with(Option::is_some)>
                            <p class="error" role="alert">{move || why.get().map(|why| words::cannot_be_opened(foreign(&why)))}</p>
                        </Show>
                        <div class="buttons">
                            <button
                                disabled=move || why.with(Option::is_some) || reader.now.with(Option::is_some)
                                on:click=move |_| session.open_test(reader.chosen.get_untracked())
                            >
                                {words::OPEN_IT}
                            </button>
                            <button class="quiet" on:click=move |_| session.stop_reading()>{words::LEAVE_IT}</button>
                        </div>
                    </section>
                }
            })
        }}
    }
}
