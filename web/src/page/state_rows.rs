//! The state every call starts from: rows that can be edited, what is too much for rows, and states of files.

use leptos::{ev, prelude::*};

use lanevm_core::{Absent, reading::StateNamed};

use crate::words::state as words;

use super::{
    field::{Choice, TextField},
    session::Session,
    text::{foreign, grouped},
};

/// What stands outside the state, in words.
const ABSENT: [(Absent, &str); 2] = [(Absent::Empty, words::IS_EMPTY), (Absent::Unknown, words::IS_UNKNOWN)];

/// The state.
#[component]
pub(crate) fn StateRows() -> impl IntoView {
    let session = expect_context::<Session>();
    let drop_file = move |event: ev::DragEvent| {
        if crate::browser::dropped::text(&event, move |name, text| took(session, &name, text)) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="state" role="group" aria-label=words::STATE on:dragover=move |event| event.prevent_default() on:drop=drop_file>
            <Bulk />
            <Accounts />
            <Slots />
            <label class="inline">
                {words::WHAT_DOES_NOT_STAND_HERE}
                <Choice label=words::WHAT_DOES_NOT_STAND_HERE all=&ABSENT chosen=session.draft.absent />
            </label>
            <Import />
            <CastLine />
        </div>
    }
}

fn took(session: Session, name: &str, text: Result<String, String>) {
    match text {
        Ok(text) => session.read_state_file(name, &text),
        Err(why) => session.import.wrong.set(Some(why)),
    }
}

/// What is too much for rows, in numbers.
#[component]
fn Bulk() -> impl IntoView {
    let session = expect_context::<Session>();
    let bulk = session.draft.bulk;
    let words = move || {
        bulk.with(|bulk| {
            let slots: usize = bulk.values().map(|account| account.storage.len()).sum();
            let codes = bulk.values().filter(|account| !account.code.is_empty() || account.program.is_some()).count();
            words::kept_whole(grouped(bulk.len()), grouped(codes), grouped(slots))
        })
    };
    view! {
        <Show when=move || bulk.with(|bulk| !bulk.is_empty())>
            <p class="note" role="status" aria-label=words::ACCOUNTS_KEPT_WHOLE>
                {words}
                <button class="link" on:click=move |_| {
                    session.import.before.set(Some(std::sync::Arc::new(session.draft.state())));
                    session.import.done.set(Some(words::THEY_WERE_REMOVED.into()));
                    bulk.set(Default::default());
                    session.check();
                }>{words::REMOVE_THEM}</button>
            </p>
        </Show>
    }
}

/// Balances, nonces and codes.
#[component]
fn Accounts() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <div class="rows accounts" role="group" aria-label=words::ACCOUNTS>
            <div class="rows-head" aria-hidden="true">
                <span>{words::ACCOUNT}</span>
                <span>{words::BALANCE_WEI}</span>
                <span>{words::NONCE}</span>
                <span>{words::CODE}</span>
            </div>
            <For each=move || draft.accounts.get() key=|row| row.key let:row>
                <div class="rows-row">
                    <TextField bare=true label=words::ACCOUNT name=format!("accounts.{}.address", row.key) text=row.address placeholder="0x…" />
                    <TextField bare=true label=words::BALANCE_WEI name=format!("accounts.{}.balance", row.key) text=row.balance />
                    <TextField bare=true label=words::NONCE name=format!("accounts.{}.nonce", row.key) text=row.nonce />
                    {move || {
                        let own = draft.to.with(|to| to.trim().eq_ignore_ascii_case(row.address.get().trim()));
                        if own {
                            view! { <span class="own">{words::THE_PROGRAM}</span> }.into_any()
                        } else {
                            view! {
                                <TextField bare=true label=words::CODE name=format!("accounts.{}.code", row.key) text=row.code placeholder=words::NONE />
                            }
                            .into_any()
                        }
                    }}
                    <button
                        class="quiet remove"
                        aria-label=move || words::remove_account(row.address.get())
                        on:click=move |_| {
                            session.removing(&words::removed_account(row.address.get_untracked()));
                            draft.accounts.update(|rows| rows.retain(|other| other.key != row.key));
                            session.check();
                        }
                    >
                        "×"
                    </button>
                </div>
            </For>
            <button class="quiet" on:click=move |_| draft.add_account()>{words::ADD_AN_ACCOUNT}</button>
        </div>
    }
}

/// Storage.
#[component]
fn Slots() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <div class="rows slots" role="group" aria-label=words::STORAGE>
            <div class="rows-head" aria-hidden="true">
                <span>{words::STORAGE_SLOT}</span>
                <span>{words::VALUE}</span>
                <span>{words::OF_ACCOUNT}</span>
            </div>
            <For each=move || draft.slots.get() key=|row| row.key let:row>
                <div class="rows-row">
                    <TextField bare=true label=words::STORAGE_SLOT name=format!("slots.{}.slot", row.key) text=row.slot />
                    <TextField bare=true label=words::VALUE name=format!("slots.{}.value", row.key) text=row.value />
                    <TextField bare=true label=words::OF_ACCOUNT name=format!("slots.{}.address", row.key) text=row.address placeholder=words::THE_CONTRACT />
                    <button
                        class="quiet remove"
                        aria-label=move || words::remove_slot(row.slot.get())
                        on:click=move |_| {
                            session.removing(&words::removed_slot(row.slot.get_untracked()));
                            draft.slots.update(|rows| rows.retain(|other| other.key != row.key));
                            session.check();
                        }
                    >
                        "×"
                    </button>
                </div>
            </For>
            <button class="quiet" on:click=move |_| draft.add_slot()>{words::ADD_A_SLOT}</button>
        </div>
    }
}

/// States of files.
#[component]
fn Import() -> impl IntoView {
    let session = expect_context::<Session>();
    let import = session.import;
    let (open, typed) = (RwSignal::new(false), RwSignal::new(String::new()));
    // Long texts are read where they are pasted, and never laid out.
    let paste = move |event: ev::ClipboardEvent| {
        if let Some(text) = crate::browser::clipboard::pasted(&event) {
            event.prevent_default();
            session.read_state_file(words::THE_PASTED_TEXT, &text);
            typed.set(if text.len() < 20_000 { text } else { String::new() });
        }
    };
    view! {
        <div class="buttons">
            <button class="quiet" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                {words::IMPORT_A_STATE}
            </button>
            <label class="file">
                {words::OPEN_A_FILE}
                <input
                    type="file"
                    aria-label=words::OPEN_A_STATE_FILE
                    on:change:target=move |event| {
                        crate::browser::dropped::chosen(&event.target(), move |name, text| took(session, &name, text));
                    }
                />
            </label>
        </div>
        <Show when=move || open.get()>
            <div class="field">
                <label for="f-state">
                    {words::STATE_FIELD}
                </label>
                <textarea
                    id="f-state"
                    class="mono lines"
                    rows="4"
                    spellcheck="false"
                    prop:value=move || typed.get()
                    on:paste=paste
                    on:input:target=move |event| typed.set(event.target().value())
                    on:change=move |_| {
                        let text = typed.get_untracked();
                        if !text.trim().is_empty() {
                            session.read_state_file(words::THE_TEXT, &text);
                        }
                    }
                ></textarea>
            </div>
        </Show>
        <Show when=move || import.wrong.with(Option::is_some)>
            <p class="error" role="alert">{move || import.wrong.get()}</p>
        </Show>
        {move || {
            import.found.get().map(|found| {
                let (name, state) = (foreign(&found.0), found.1.clone());
                let about = format!("{name}: {}.", state.format.name());
                let several = state.states.len() > 1;
                view! {
                    <section class="found" aria-label=words::STATE_THAT_WAS_FOUND>
                        <p>{about}</p>
                        {(!several).then(|| state.states.first().map(words))}
                        {several.then(|| view! {
                            <div class="field">
                                <label for="f-state-chosen">{words::STATE}</label>
                                <select
                                    id="f-state-chosen"
                                    on:change:target=move |event| import.chosen.set(event.target().value().parse().unwrap_or(0))
                                >
                                    {state
                                        .states
                                        .iter()
                                        .take(10_000)
                                        .enumerate()
                                        .map(|(index, one)| view! { <option value=index>{words(one)}</option> })
                                        .collect_view()}
                                </select>
                            </div>
                        })}
                        <div class="buttons">
                            <button on:click=move |_| session.take_state(false)>{words::LAY_IT_OVER_THE_STATE}</button>
                            <button on:click=move |_| session.take_state(true)>{words::REPLACE_THE_STATE}</button>
                            <button class="quiet" on:click=move |_| import.found.set(None)>{words::LEAVE_IT}</button>
                        </div>
                    </section>
                }
            })
        }}
        <Show when=move || import.before.with(Option::is_some)>
            <p class="note" role="status" aria-label=words::WHAT_WAS_IMPORTED>
                {move || import.done.get()}
                " "
                <button class="link" on:click=move |_| session.undo_state()>{words::UNDO}</button>
            </p>
        </Show>
    }
}

fn words(state: &StateNamed) -> String {
    let slots: usize = state.accounts.values().map(|account| account.storage.len()).sum();
    let codes = state.accounts.values().filter(|account| !account.code.is_empty()).count();
    let name = state.name.as_deref().map(|name| format!("{}: ", foreign(name))).unwrap_or_default();
    words::choice(&name, state.accounts.len(), codes, slots, state.cases.len())
}

/// The line that fetches a state.
#[component]
fn CastLine() -> impl IntoView {
    let session = expect_context::<Session>();
    let line = session.preview.line;
    view! {
        <div class="buttons">
            <button class="quiet" on:click=move |_| session.make_line()>{words::HOW_TO_FETCH_THIS_STATE}</button>
        </div>
        {move || match line.get() {
            None => None,
            Some(Err(why)) => Some(view! { <p class="note">{why}</p> }.into_any()),
            Some(Ok(text)) => {
                let copied = text.clone();
                Some(
                    view! {
                        <div class="cast">
                            <p class="note">
                                {words::FETCH_NOTE}
                            </p>
                            <pre class="mono" tabindex="0" aria-label=words::LINE_THAT_FETCHES_THE_STATE>{text}</pre>
                            <button class="quiet" on:click=move |_| crate::browser::clipboard::copy(&copied)>{words::COPY_THE_LINE}</button>
                        </div>
                    }
                    .into_any(),
                )
            }
        }}
    }
}
