//! The filter's line: one text of the filter language, what is wrong with it, and what it can say.

use leptos::{html, prelude::*};

use super::{
    expression::Expression,
    session::Session,
    text::{grouped, time},
};
use crate::{protocol::QueryWrong, words::results as words};

/// A message with its end.
pub(crate) fn sentence(message: &str) -> String {
    if message.ends_with(['.', '?', '!']) { message.to_owned() } else { format!("{message}.") }
}

/// What is wrong with a text of the filter language: the message, and the text with the place marked.
#[component]
pub(crate) fn Mistake(
    /// The text.
    text: String,
    /// What is wrong.
    wrong: QueryWrong,
    /// What the field names it by.
    id: &'static str,
) -> impl IntoView {
    let part = |from: usize, to: usize| {
        text.chars().skip(from.saturating_sub(1)).take(to.saturating_sub(from)).collect::<String>()
    };
    // Of a long text the neighbourhood is shown.
    let begin = wrong.from.saturating_sub(40).max(1);
    let before = part(begin, wrong.from);
    let marked = part(wrong.from, wrong.to.min(wrong.from + 60));
    let after = part(wrong.to, wrong.to + 20);
    let marked = if marked.is_empty() { "⎵".to_owned() } else { marked };
    view! {
        <p class="error" id=id role="alert">
            {words::wrong_at(wrong.from, sentence(&wrong.message))}
            <code>{before}<mark>{marked}</mark>{after}</code>
        </p>
    }
}

/// The line.
#[component]
pub(crate) fn FilterLine() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let field = NodeRef::<html::Input>::new();
    let counted = move || {
        let (passing, lanes) = (session.total.get(), session.statuses.with(Vec::len));
        match looking.took.get() {
            _ if looking.wrong.with(Option::is_some) => String::new(),
            None if looking.view.get() == 0 && looking.filter.with(String::is_empty) => {
                words::all_lanes(grouped(lanes))
            }
            None => words::LOOKING.into(),
            Some(took) if looking.passing.with(Option::is_some) => {
                words::passing(grouped(passing), grouped(lanes), time(took))
            }
            Some(took) => words::took_all(grouped(lanes), time(took)),
        }
    };
    let names = move || {
        looking.overview.with(|overview| {
            overview.iter().flat_map(|it| &it.columns).map(|column| column.text.clone()).collect::<Vec<_>>()
        })
    };
    let add = move |text: &str| {
        let now = looking.filter.get_untracked();
        let gap = if now.is_empty() || now.ends_with(' ') { "" } else { " " };
        session.type_filter(format!("{now}{gap}{text}"));
        if let Some(field) = field.get_untracked() {
            drop(field.focus());
        }
    };
    view! {
        <div class="filter">
            <Expression
                id="filter"
                label=words::FILTER
                placeholder=words::FILTER_EXAMPLE
                text=looking.filter
                wrong=looking.wrong
                field=field
                described="filter-count"
                on_input=move |text| session.type_filter(text)
                on_enter=move || session.set_filter(&looking.filter.get_untracked())
                on_escape=Callback::new(move |()| session.set_filter(""))
            >
                <button
                    class="quiet"
                    disabled=move || looking.filter.with(String::is_empty)
                    on:click=move |_| session.set_filter("")
                >
                    {words::CLEAR}
                </button>
                <span class="hint" id="filter-count" role="status" data-passing=move || session.total.get().to_string()>
                    {counted}
                </span>
            <details class="filter-help">
                <summary aria-label=words::WHAT_A_FILTER_CAN_SAY>{words::HELP}</summary>
                <div class="popup">
                <p class="hint">
                    {words::FILTER_HELP_WORDS}
                    {words::FILTER_HELP_LACKS}
                    {words::FILTER_HELP_RUN_BEFORE}
                </p>
                <div class="words" role="group" aria-label=words::COLUMNS_TO_FILTER_BY>
                    {move || {
                        names()
                            .into_iter()
                            .map(|name| {
                                let text = name.clone();
                                view! { <button class="word mono" on:click=move |_| add(&text)>{name}</button> }
                            })
                            .collect_view()
                    }}
                </div>
                </div>
            </details>
            </Expression>
        </div>
    }
}
