//! The document as a whole: its name, link and file, what was kept earlier, and what the page has to say of these. What they
//! do is the session's.

use leptos::{ev, prelude::*};
use leptos_use::{use_document, use_event_listener, use_window};

use super::{
    menu::Menu,
    session::{Entry, Notice, Offer, Session},
    text::foreign,
};
use crate::{
    browser::{
        clock,
        file::{self, Chosen},
    },
    words::keep as words,
};

/// Hears what happens to the whole page: typing, dropped files, another address, the end.
pub(crate) fn listen(session: Session) {
    let _input = use_event_listener(use_window(), ev::input, move |_| session.touched());
    let _change = use_event_listener(use_window(), ev::change, move |_| session.touched());
    let _address = use_event_listener(use_window(), ev::hashchange, move |_| session.address_changed());
    let _end = use_event_listener(use_window(), ev::pagehide, move |_| session.keep_at_once());
    let _hidden = use_event_listener(use_document(), ev::visibilitychange, move |_| session.keep_at_once());
    let _over = use_event_listener(use_window(), ev::dragover, move |event: ev::DragEvent| {
        if file::is_dragged(&event) {
            event.prevent_default();
        }
    });
    let _drop = use_event_listener(use_window(), ev::drop, move |event: ev::DragEvent| {
        // A pane that takes files of its own kind has taken this one.
        if !event.default_prevented()
            && let Some(chosen) = Chosen::of_drop(&event)
        {
            event.prevent_default();
            session.open_file(chosen);
        }
    });
}

/// “Share”, and the menu of what else can be done with the document.
#[component]
pub(crate) fn DocumentMenu() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    view! {
        <button class="quiet" title=words::SHARE_NOTE on:click=move |_| session.share()>
            {words::SHARE}
        </button>
        <Menu word=words::DOCUMENT panel="document-menu" open=open>
            <DocumentPanel close=move || open.set(false) />
        </Menu>
    }
}

#[component]
fn DocumentPanel(
    /// Closes the menu.
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let keep = session.keep;
    let chooser = NodeRef::<leptos::html::Input>::new();
    let choose = move |_| {
        if let Some(chooser) = chooser.get_untracked() {
            chooser.click();
        }
    };
    view! {
        <section class="menu-panel" id="document-menu" aria-label=words::DOCUMENT>
            <div class="field">
                <label for="document-name">{words::NAME}</label>
                <input
                    id="document-name"
                    type="text"
                    autocomplete="off"
                    maxlength="100"
                    prop:value=move || keep.title.get()
                    on:input:target=move |event| keep.title.set(event.target().value())
                />
            </div>
            <div class="menu-buttons">
                <button on:click=move |_| { session.save_file(); close(); }>{words::SAVE_AS_A_FILE}</button>
                <button on:click=choose>{words::OPEN_A_FILE}</button>
                <button disabled=move || !keep.steps.get().0 on:click=move |_| session.undo()>{words::UNDO}</button>
                <button disabled=move || !keep.steps.get().1 on:click=move |_| session.redo()>{words::REDO}</button>
            </div>
            <input
                node_ref=chooser
                type="file"
                class="hidden"
                tabindex="-1"
                accept=".json,application/json"
                aria-label=words::A_DOCUMENTS_FILE
                on:change:target=move |event| {
                    if let Some(chosen) = Chosen::of_input(&event.target()) {
                        session.open_file(chosen);
                        close();
                    }
                }
            />
            <h3 id="earlier-head">{words::EARLIER}</h3>
            <ul class="earlier" aria-labelledby="earlier-head">
                <For each=move || keep.earlier.get() key=|entry| (entry.name.clone(), entry.held, entry.time as u64) let:entry>
                    <EarlierRow entry=entry close=close />
                </For>
            </ul>
            <Show when=move || keep.earlier.with(Vec::is_empty)>
                <p class="note">{words::EARLIER_NOTE}</p>
            </Show>
        </section>
    }
}

#[component]
fn EarlierRow(
    /// What is kept.
    entry: Entry,
    /// Closes the menu.
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let title = if entry.title.trim().is_empty() { words::NO_NAME.to_owned() } else { foreign(&entry.title) };
    let held = entry.held;
    let name = entry.name.clone();
    let time = clock::words(entry.time);
    let label = words::open_of(&title, &time);
    let remove = words::remove_of(&title, &time);
    view! {
        <li class="earlier-row">
            <button
                class="link"
                aria-label=label
                on:click=move |_| {
                    session.open_earlier(entry.clone());
                    close();
                }
            >
                {title}
            </button>
            <span class="note">{time}{held.then_some(words::IN_ANOTHER_TAB)}</span>
            <Show when=move || !held>
                <button
                    class="quiet remove"
                    aria-label=remove.clone()
                    on:click={
                        let name = name.clone();
                        move |_| session.forget(name.clone())
                    }
                >
                    "×"
                </button>
            </Show>
        </li>
    }
}

/// What there is to say of the document, with the way on.
#[component]
pub(crate) fn KeepNotice() -> impl IntoView {
    let session = expect_context::<Session>();
    let notice = session.keep.notice;
    let offered = move |offer: Offer| match offer {
        Offer::Undo => {
            view! { <button class="link" on:click=move |_| session.undo()>{words::UNDO}</button> }.into_any()
        }
        Offer::Redo => {
            view! { <button class="link" on:click=move |_| session.redo()>{words::REDO}</button> }.into_any()
        }
        Offer::File => {
            view! { <button class="link" on:click=move |_| session.save_file()>{words::SAVE_AS_A_FILE}</button> }
                .into_any()
        }
        Offer::Text(text) => {
            view! { <input type="text" readonly=true aria-label=words::LINK prop:value=text /> }.into_any()
        }
    };
    view! {
        <div role="status" aria-live="polite" class="notices">
            {move || {
                notice.get().map(|Notice { words, wrong, offer, .. }| {
                    view! {
                        <p class="banner notice" class:wrong=wrong data-note="document">
                            <span>{words}</span>
                            {offer.map(offered)}
                            <button class="quiet remove" aria-label=words::DISMISS on:click=move |_| notice.set(None)>"×"</button>
                        </p>
                    }
                })
            }}
        </div>
    }
}
