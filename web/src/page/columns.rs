//! What generators go along: axes of a grid, and columns of values from a table.

use std::sync::Arc;

use leptos::{ev, prelude::*};

use lanevm_core::document::columns_from_csv;

use crate::words::varying as words;

use super::{
    field::TextField,
    session::Session,
    text::{foreign, grouped},
};

/// Axes and columns.
#[component]
pub(crate) fn Columns() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <div class="rows axes" role="group" aria-label=words::AXES>
            <Show when=move || draft.axes.with(|axes| !axes.is_empty())>
                <p class="note">{words::AXES_NOTE}</p>
            </Show>
            <For each=move || draft.axes.get() key=|row| row.key let:row>
                <div class="rows-row">
                    <TextField bare=true label=words::AXIS name=format!("axes.{}.name", row.key) text=row.name />
                    <TextField bare=true label=words::POINTS name=format!("axes.{}.length", row.key) text=row.length />
                    <button
                        class="quiet remove"
                        aria-label=move || words::remove_axis(row.name.get())
                        on:click=move |_| {
                            draft.axes.update(|rows| rows.retain(|other| other.key != row.key));
                            session.check();
                        }
                    >
                        "×"
                    </button>
                </div>
            </For>
            <button
                class="quiet"
                on:click=move |_| {
                    draft.add_axis();
                    session.check();
                }
            >
                {words::ADD_AN_AXIS}
            </button>
        </div>
        <Tables />
    }
}

#[component]
fn Tables() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    let (open, wrong) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let typed = RwSignal::new(String::new());
    let take = move |text: String| match columns_from_csv(&text) {
        Ok(columns) => {
            wrong.set(None);
            open.set(false);
            typed.set(String::new());
            draft.columns.update(|known| Arc::make_mut(known).extend(columns));
            session.check();
        }
        Err(error) => {
            wrong.set(Some(words::found_expected(error.path, foreign(&error.found), error.expected)));
            if text.len() < 100_000 {
                typed.set(text);
            }
            open.set(true);
        }
    };
    let drop_file = move |event: ev::DragEvent| {
        if crate::browser::dropped::text(&event, move |_, text| match text {
            Ok(text) => take(text),
            Err(why) => wrong.set(Some(why)),
        }) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="tables" role="group" aria-label=words::COLUMNS on:dragover=move |event| event.prevent_default() on:drop=drop_file>
            <For each=move || draft.columns.with(|columns| columns.iter().map(|(name, values)| (name.clone(), values.len())).collect::<Vec<_>>()) key=Clone::clone let:column>
                {
                    let (name, rows) = column;
                    let word = foreign(&name);
                    let gone = word.clone();
                    view! {
                        <div class="table-row">
                            <span><b>{word}</b>" "{grouped(rows)}{words::VALUES}</span>
                            <button
                                class="quiet remove"
                                aria-label=words::remove_column(gone)
                                on:click=move |_| {
                                    draft.columns.update(|columns| drop(Arc::make_mut(columns).remove(&name)));
                                    session.check();
                                }
                            >
                                "×"
                            </button>
                        </div>
                    }
                }
            </For>
            <button class="quiet" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                {words::COLUMNS_FROM_CSV}
            </button>
            <Show when=move || open.get()>
                <div class="field" class:wrong=move || wrong.with(Option::is_some)>
                    <label for="f-csv">{words::CSV_FIELD}</label>
                    <textarea
                        id="f-csv"
                        class="mono lines"
                        rows="4"
                        spellcheck="false"
                        prop:value=move || typed.get()
                        on:input:target=move |event| typed.set(event.target().value())
                    ></textarea>
                    <button class="quiet" on:click=move |_| take(typed.get_untracked())>{words::TAKE_THESE_COLUMNS}</button>
                </div>
            </Show>
            <Show when=move || wrong.with(Option::is_some)>
                <p class="error" role="alert">{move || wrong.get()}</p>
            </Show>
        </div>
    }
}
