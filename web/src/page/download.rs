//! The menu that saves lanes as a file. What is written is the worker's.

use leptos::prelude::*;

use super::{menu::Menu, session::Session};
use crate::{protocol::LanesFile, words::results as words};

/// “Download”, with the formats there are.
#[component]
pub(crate) fn DownloadMenu() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    let lanes = move || words::to_save(session.total.get(), session.looking.passing.with(Option::is_some));
    view! {
        <Menu word=words::DOWNLOAD panel="download-menu" class="menu download" open=open>
                <section class="menu-panel" id="download-menu" aria-label=words::DOWNLOAD>
                    <p class="note">{lanes}</p>
                    <div class="menu-buttons">
                        {[LanesFile::Csv, LanesFile::Ndjson, LanesFile::Parquet]
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
                        <Show when=move || session.saving.busy.get()>
                            <button on:click=move |_| session.stop_saving()>{words::STOP}</button>
                        </Show>
                    </div>
                    <p class="note" role="status">{move || session.saving.note.get()}</p>
                </section>
        </Menu>
    }
}
