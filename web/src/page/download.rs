//! The menu that saves lanes as a file. What is written is the worker's.

use leptos::{ev, prelude::*};
use leptos_use::{use_event_listener, use_window};

use super::{
    session::Session,
    text::{grouped, status_word},
};
use crate::{browser::page_events, protocol::LanesFile};

/// “Download”, with the formats there are.
#[component]
pub(crate) fn DownloadMenu() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    let menu = NodeRef::<leptos::html::Div>::new();
    let button = NodeRef::<leptos::html::Button>::new();
    let _stop = use_event_listener(use_window(), ev::pointerdown, move |event| {
        if menu.get_untracked().is_some_and(|menu| !page_events::is_within(&event, &menu)) {
            open.set(false);
        }
    });
    let close_by_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            open.set(false);
            if let Some(button) = button.get_untracked() {
                button.focus().ok();
            }
        }
    };
    let lanes = move || {
        let total = grouped(session.total.get());
        match session.filter.get() {
            Some(code) => format!("The {total} lanes shown, “{}”.", status_word(code)),
            None => format!("All {total} lanes."),
        }
    };
    view! {
        <div class="menu download" node_ref=menu on:keydown=close_by_key>
            <button
                class="quiet"
                node_ref=button
                aria-expanded=move || open.get().to_string()
                aria-controls="download-menu"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                "Download"
            </button>
            <Show when=move || open.get()>
                <section class="menu-panel" id="download-menu" aria-label="Download">
                    <p class="note">{lanes}</p>
                    <div class="menu-buttons">
                        {[LanesFile::Csv, LanesFile::Ndjson]
                            .into_iter()
                            .map(|file| {
                                view! {
                                    <button
                                        disabled=move || session.saving.busy.get()
                                        on:click=move |_| session.save_lanes(file)
                                    >
                                        {file.name()}
                                    </button>
                                }
                            })
                            .collect_view()}
                    </div>
                    <p class="note" role="status">{move || session.saving.note.get()}</p>
                </section>
            </Show>
        </div>
    }
}
