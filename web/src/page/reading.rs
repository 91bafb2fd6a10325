//! What is being read, and the choice that a file of state tests leaves.

use leptos::prelude::*;

use super::{
    session::Session,
    text::{foreign, grouped},
};

/// Most choices that are listed.
const LISTED: usize = 5_000;

/// Bytes in words: “10 MB”.
fn size(bytes: usize) -> String {
    match bytes {
        0 => String::new(),
        bytes if bytes < 1_000_000 => format!(" ({} kB)", bytes.div_ceil(1_000)),
        bytes => format!(" ({:.1} MB)", bytes as f64 / 1e6),
    }
}

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
                        <span>{format!("Reading {}{}…", foreign(&now.name), size(now.bytes))}</span>
                        <button class="link" aria-label="Cancel reading" on:click=move |_| session.stop_reading()>"Cancel"</button>
                    </p>
                })
            }}
        </div>
        {move || {
            reader.tests.get().map(|found| {
                let open = found.choices.iter().filter(|choice| choice.refused.is_none()).count();
                let about = format!(
                    "{}: {} that can be opened of {} in the file. Each takes the place of the whole document, as transactions.",
                    foreign(&found.name),
                    if open == 1 { "one test".into() } else { format!("{} tests", grouped(open)) },
                    grouped(found.choices.len()),
                );
                let options = found
                    .choices
                    .iter()
                    .take(LISTED)
                    .enumerate()
                    .map(|(index, choice)| {
                        let name = if choice.test.is_empty() { "the test".into() } else { foreign(&choice.test) };
                        let cases = if choice.lanes == 1 { "1 case".into() } else { format!("{} cases", grouped(choice.lanes)) };
                        let words = format!("{} · {} · {name}", foreign(&choice.fork), cases);
                        let refused = choice.refused.is_some();
                        view! {
                            <option value=index selected=move || reader.chosen.get() == index>
                                {words}
                                {refused.then_some(" · cannot be opened")}
                            </option>
                        }
                    })
                    .collect_view();
                let why = {
                    let found = found.clone();
                    Memo::new(move |_| found.choices.get(reader.chosen.get()).and_then(|choice| choice.refused.clone()))
                };
                view! {
                    <section class="found tests-found" aria-label="State tests that were found">
                        <p>{about}</p>
                        <div class="field">
                            <label for="f-test">"Test"</label>
                            <select
                                id="f-test"
                                on:change:target=move |event| reader.chosen.set(event.target().value().parse().unwrap_or(0))
                            >
                                {options}
                            </select>
                        </div>
                        <Show when=move || why.with(Option::is_some)>
                            <p class="error" role="alert">{move || why.get().map(|why| format!("It cannot be opened: {}.", foreign(&why)))}</p>
                        </Show>
                        <div class="buttons">
                            <button
                                disabled=move || why.with(Option::is_some) || reader.now.with(Option::is_some)
                                on:click=move |_| session.open_test(reader.chosen.get_untracked())
                            >
                                "Open it"
                            </button>
                            <button class="quiet" on:click=move |_| session.stop_reading()>"Leave it"</button>
                        </div>
                    </section>
                }
            })
        }}
    }
}
