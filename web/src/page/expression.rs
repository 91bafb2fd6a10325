//! The one field for texts of the filter language: what is typed, what is wrong with it and where, and names of columns that
//! begin as the word being typed. It asks nobody; whose text it is does.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{filter::Mistake, session::Session};
use crate::{protocol::QueryWrong, words::results as words};

/// Most names that are offered.
const OFFERED: usize = 8;

/// Characters of names, as far as they go without brackets.
const fn in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$' | '.')
}

/// The word that ends at the end of a text.
fn word(text: &str) -> &str {
    let begin = text.char_indices().rev().take_while(|(_, character)| in_name(*character)).last();
    begin.map_or("", |(at, _)| &text[at..])
}

/// The names that go on where the text ends; none where the word is one already.
fn offers(text: &str, names: &[String]) -> Vec<String> {
    let word = word(text);
    // Within quotes a text stands, and no name.
    let quoted = ['"', '\''].iter().any(|quote| text.matches(*quote).count() % 2 == 1);
    if word.is_empty() || quoted || names.iter().any(|name| name == word) {
        return Vec::new();
    }
    let lower = word.to_ascii_lowercase();
    let fits = |name: &&String| name.to_ascii_lowercase().starts_with(&lower);
    names.iter().filter(fits).take(OFFERED).cloned().collect()
}

/// The text with its last word completed.
fn completed(text: &str, name: &str) -> String {
    format!("{}{name}", &text[..text.len() - word(text).len()])
}

/// Words of the language and columns that every run has.
const WORDS: [&str; 14] = [
    "and",
    "balance(",
    "balance_change(",
    "contains",
    "gas_limit",
    "has(",
    "mapping(",
    "nonce(",
    "not",
    "slot(",
    "caller",
    "value",
    "success",
    "revert",
];

/// Names that can be written.
fn names(session: Session) -> Vec<String> {
    let columns = session.looking.overview.with(|overview| {
        overview.iter().flat_map(|it| &it.columns).map(|column| column.text.clone()).collect::<Vec<_>>()
    });
    columns.into_iter().chain(WORDS.map(str::to_owned)).collect()
}

/// The field.
#[component]
pub(crate) fn Expression(
    /// Its id; what is wrong and what is offered are named after it.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// What it shows while it is empty.
    placeholder: &'static str,
    /// The text.
    text: RwSignal<String>,
    /// What is wrong with it.
    #[prop(into)]
    wrong: Signal<Option<QueryWrong>>,
    /// Hears the text as it is typed.
    on_input: impl Fn(String) + Copy + Send + Sync + 'static,
    /// Hears Enter.
    on_enter: impl Fn() + Copy + Send + Sync + 'static,
    /// Hears Escape, where nothing is offered.
    #[prop(optional)]
    on_escape: Option<Callback<()>>,
    /// The element, for who moves the focus there.
    #[prop(optional)]
    field: NodeRef<html::Input>,
    /// What else describes it, by id.
    #[prop(optional)]
    described: &'static str,
    /// What stands behind it in its line.
    children: Children,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let typing = RwSignal::new(false);
    let offered =
        Memo::new(move |_| if typing.get() { text.with(|text| offers(text, &names(session))) } else { Vec::new() });
    // The offer that the arrow keys are at.
    let at = RwSignal::new(None::<usize>);
    let take = move |name: &str| {
        let now = text.with_untracked(|text| completed(text, name));
        at.set(None);
        on_input(now);
        if let Some(field) = field.get_untracked() {
            drop(field.focus());
        }
    };
    let key = move |event: KeyboardEvent| {
        let offers = offered.get_untracked();
        let last = offers.len().saturating_sub(1);
        match (event.key().as_str(), at.get_untracked()) {
            ("ArrowDown", now) if !offers.is_empty() => at.set(Some(now.map_or(0, |now| (now + 1).min(last)))),
            ("ArrowUp", Some(now)) => at.set(now.checked_sub(1)),
            ("Enter" | "Tab", Some(now)) => match offers.get(now) {
                Some(name) => take(name),
                None => return,
            },
            ("Enter", None) => {
                typing.set(false);
                on_enter();
                return;
            }
            ("Escape", _) if !offers.is_empty() => {
                typing.set(false);
                at.set(None);
            }
            ("Escape", _) => {
                if let Some(hear) = on_escape {
                    hear.run(());
                }
                return;
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list = format!("{id}-names");
    let mistake: &'static str = match id {
        "filter" => "filter-wrong",
        "expectation" => "expectation-wrong",
        _ => "own-column-wrong",
    };
    let option = move |place: usize| format!("{id}-name-{place}");
    view! {
        <div class="filter-line expression">
            <label for=id>{label}</label>
            <input
                id=id
                type="text"
                role="combobox"
                node_ref=field
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder=placeholder
                aria-autocomplete="list"
                aria-expanded=move || (!offered.with(Vec::is_empty)).to_string()
                aria-controls=list.clone()
                aria-activedescendant=move || at.get().map(option)
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                aria-describedby=format!("{mistake} {described}")
                prop:value=move || text.get()
                on:input:target=move |event| {
                    typing.set(true);
                    at.set(None);
                    on_input(event.target().value());
                }
                on:blur=move |_| {
                    typing.set(false);
                    at.set(None);
                }
                on:keydown=key
            />
            <ul class="offers mono" role="listbox" id=list aria-label=words::NAMES hidden=move || offered.with(Vec::is_empty)>
                {move || {
                    offered
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(place, name)| {
                            let taken = name.clone();
                            view! {
                                <li
                                    role="option"
                                    id=option(place)
                                    aria-selected=move || (at.get() == Some(place)).to_string()
                                    // Before the field loses the focus, and the list with it.
                                    on:pointerdown=move |event| {
                                        event.prevent_default();
                                        take(&taken);
                                    }
                                >
                                    {name}
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            {children()}
        </div>
        {move || wrong.get().map(|wrong| view! { <Mistake text=text.get_untracked() wrong=wrong id=mistake /> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_on_where_the_text_ends() {
        let names: Vec<String> = ["gas", "gas_delta", "ret.amountOut", "ret[0]", "other.gas"].map(String::from).into();
        assert_eq!(offers("lane < 5 and ga", &names), ["gas", "gas_delta"]);
        assert_eq!(offers("ret.AM", &names), ["ret.amountOut"]);
        assert_eq!(offers("gas", &names), [""; 0]);
        assert_eq!(offers("gas ", &names), [""; 0]);
        assert_eq!(offers("reason == 'ga", &names), [""; 0]);
        assert_eq!(completed("ä < ret.am", "ret.amountOut"), "ä < ret.amountOut");
    }
}
