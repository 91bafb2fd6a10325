//! One field: label, input, and the error that stands at it; and the field whose value varies.

use leptos::{ev, html, prelude::*};

use super::{
    picture::PictureView,
    session::{Session, VaryingDraft},
};
use crate::{
    form::{By, Kind},
    words::varying as words,
};

/// Text longer than this is kept out of the document: laying it out would freeze the page.
pub(crate) const SHOWN: usize = 100_000;

/// A one-line field.
#[component]
pub(crate) fn TextField(
    /// What the field is called; hidden labels are read out only.
    #[prop(into)]
    label: String,
    /// The name errors use.
    #[prop(into)]
    name: String,
    /// What is typed.
    text: RwSignal<String>,
    /// Whether the label is only read out.
    #[prop(optional)]
    bare: bool,
    /// Shown while empty.
    #[prop(optional, into)]
    placeholder: String,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = format!("f-{}", name.replace('.', "-"));
    let error_id = format!("{id}-error");
    let error = {
        let name = name.clone();
        Memo::new(move |_| session.errors.with(|errors| errors.get(&name).cloned()))
    };
    let described = {
        let error_id = error_id.clone();
        move || error.with(Option::is_some).then(|| error_id.clone())
    };
    view! {
        <div class="field" class:wrong=move || error.with(Option::is_some)>
            <label for=id.clone() class:hidden=bare>{label}</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                prop:value=move || text.get()
                aria-invalid=move || error.with(Option::is_some).to_string()
                aria-describedby=described
                on:input:target=move |event| {
                    text.set(event.target().value());
                    session.edited(&name);
                }
                on:change=move |_| session.check()
            />
            <ErrorNote id=error_id error=error />
        </div>
    }
}

/// What is wrong with a field, in words.
#[component]
pub(crate) fn ErrorNote(
    /// The note's id.
    id: String,
    /// The error.
    error: Memo<Option<String>>,
) -> impl IntoView {
    view! {
        <Show when=move || error.with(Option::is_some)>
            <p class="error" id=id.clone() role="alert">{move || error.get()}</p>
        </Show>
    }
}

/// A field for long hex. A huge paste is kept beside the document, and said to be.
#[component]
pub(crate) fn HexArea(
    /// Label.
    label: &'static str,
    /// The name errors use.
    #[prop(into)]
    name: String,
    /// What is typed.
    text: RwSignal<String>,
    /// Lines.
    rows: u32,
    /// Whether lines are kept whole: text, and not hex.
    #[prop(optional)]
    lines: bool,
    /// Where the caret is put, when it changes: a line and the columns of something in it, from 1.
    #[prop(optional, into)]
    caret: Option<Signal<Option<(u32, u32, u32)>>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let error = {
        let name = name.clone();
        Memo::new(move |_| session.errors.with(|errors| errors.get(&name).cloned()))
    };
    let long = Memo::new(move |_| text.with(|text| (text.len() > SHOWN).then_some(text.len())));
    let id = format!("f-{}", name.replace('.', "-"));
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let name = StoredValue::new(name);
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let (Some((line, from, to)), Some(area)) = (caret.and_then(|caret| caret.get()), area.get()) {
            crate::browser::caret::select(&area, line, from, to);
        }
    });
    let paste = move |event: ev::ClipboardEvent| {
        if let Some(pasted) = crate::browser::clipboard::pasted(&event)
            && pasted.len() > SHOWN
        {
            event.prevent_default();
            text.set(pasted);
            name.with_value(|name| session.edited(name));
            session.check();
        }
    };
    view! {
        <div class="field" class:wrong=move || error.with(Option::is_some)>
            <label for=id.clone()>{label}</label>
            <textarea
                id=id
                rows=rows
                spellcheck="false"
                autocomplete="off"
                class="mono"
                class:lines=lines
                node_ref=area
                aria-invalid=move || error.with(Option::is_some).to_string()
                aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
                prop:value=move || {
                    text.with(|text| {
                        if text.len() > SHOWN { text.chars().take(2_000).chain(['…']).collect() } else { text.clone() }
                    })
                }
                prop:readOnly=move || long.with(Option::is_some)
                on:paste=paste
                on:input:target=move |event| {
                    text.set(event.target().value());
                    name.with_value(|name| session.edited(name));
                }
                on:change=move |_| session.check()
            ></textarea>
            <Show when=move || long.with(Option::is_some)>
                <p class="note">
                    {move || {
                        words::too_long_to_edit(super::text::grouped(long.get().unwrap_or_default()))
                    }} <button
                        class="link"
                        on:click=move |_| {
                            session.removing(&words::cleared(label));
                            text.set(String::new());
                        }
                    >
                        {words::CLEAR_THE_FIELD}
                    </button>
                </p>
            </Show>
            <ErrorNote id=error_id error=error />
        </div>
    }
}

/// A field whose value is fixed or varies from lane to lane.
#[component]
pub(crate) fn VaryingField(
    /// Label; hidden where the row already says it.
    #[prop(into)]
    label: String,
    /// The name errors use.
    #[prop(into)]
    name: String,
    /// What is typed.
    draft: VaryingDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let picture = {
        let name = name.clone();
        Memo::new(move |_| session.preview.pictures.with(|pictures| pictures.get(&name).cloned()))
    };
    let part = move |part: &str| format!("{name}.{part}");
    let axis_label = StoredValue::new(words::along_axis_of(&label));
    let picture_label = StoredValue::new(label.clone());
    let with_axis = move || {
        draft.kind.get() != Kind::Fixed
            && (session.draft.axes.with(|axes| !axes.is_empty()) || draft.axis.with(|axis| !axis.is_empty()))
    };
    let kind_label = words::how_it_varies(&label);
    let shown = label.clone();
    let inputs = {
        let label = label.clone();
        move || {
            let input = |word: &str, key: &str, text: RwSignal<String>, bare: bool| {
                let label = if bare { label.clone() } else { word.to_owned() };
                view! { <TextField label=label name=part(key) text=text bare=bare /> }
            };
            match draft.kind.get() {
                Kind::Fixed => input("", "fixed", draft.fixed, true).into_any(),
                Kind::Range => view! {
                    {input(words::FROM, "from", draft.from, false)}
                    {input(words::TO, "to", draft.to, false)}
                    <Choice
                        label=words::step_or_number_of_values(&label)
                        all=&By::ALL
                        chosen=draft.by
                    />
                    {input(words::BY, "amount", draft.amount, false)}
                }
                .into_any(),
                Kind::List | Kind::Pick => {
                    let word = if draft.kind.get() == Kind::List { words::IN_TURN } else { words::AT_RANDOM };
                    input(word, "list", draft.list, false).into_any()
                }
                Kind::Column if session.draft.columns.with(|columns| columns.is_empty()) => {
                    input(words::COLUMN, "column", draft.column, false).into_any()
                }
                Kind::Column => {
                    let names = move || session.draft.columns.with(|columns| columns.keys().cloned().collect());
                    view! { <Named label=words::column_of(&label) name=part("column") names=Signal::derive(names) chosen=draft.column /> }
                        .into_any()
                }
                Kind::Random => view! {
                    {input(words::LEAST, "min", draft.min, false)}
                    {input(words::GREATEST, "max", draft.max, false)}
                    <Choice
                        label=words::how_random_spreads(&label)
                        all=&[(false, words::EVERY_VALUE_ALIKE), (true, words::EVERY_LENGTH_ALIKE)]
                        chosen=draft.log
                    />
                }
                .into_any(),
            }
        }
    };
    view! {
        <div class="varying" role="group" aria-label=label>
            <span class="varying-name">{shown}</span>
            <Choice label=kind_label all=&Kind::ALL chosen=draft.kind />
            <div class="varying-inputs">
                {inputs}
                <Show when=with_axis>
                    <Axis label=axis_label.get_value() chosen=draft.axis />
                </Show>
                {move || {
                    picture.get().map(|picture| view! { <PictureView label=picture_label.get_value() picture=picture /> })
                }}
            </div>
        </div>
    }
}

/// The axis along which a value varies.
#[component]
fn Axis(
    /// What is chosen, read out.
    label: String,
    /// The axis chosen; empty is lane by lane.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let names = move || {
        let mut names: Vec<String> = vec![String::new()];
        names.extend(session.draft.axes.get().iter().map(|axis| axis.name.get().trim().to_owned()));
        names.extend(Some(chosen.get()).filter(|chosen| !names.contains(chosen)));
        names
    };
    let word = |name: &str| if name.is_empty() { words::LANE_BY_LANE.to_owned() } else { words::along(name) };
    view! { <Names label=label names=names word=word chosen=chosen /> }
}

/// A list of names, of which one is chosen.
#[component]
fn Names(
    /// What is chosen, read out.
    label: String,
    /// The names, the one chosen among them.
    names: impl Fn() -> Vec<String> + Send + Sync + 'static,
    /// The words for a name.
    word: fn(&str) -> String,
    /// The one chosen.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <select
            aria-label=label
            prop:value=move || chosen.get()
            on:change:target=move |event| {
                chosen.set(event.target().value());
                session.check();
            }
        >
            {move || {
                names()
                    .into_iter()
                    .map(|name| {
                        let word = word(&name);
                        let this = name.clone();
                        view! { <option value=name selected=move || chosen.with(|chosen| *chosen == this)>{word}</option> }
                    })
                    .collect_view()
            }}
        </select>
    }
}

/// One of names that the user gave.
#[component]
fn Named(
    /// What is chosen, read out.
    label: String,
    /// The name errors use.
    name: String,
    /// The names.
    names: Signal<Vec<String>>,
    /// The one chosen.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let error_id = format!("f-{}-error", name.replace('.', "-"));
    let error = Memo::new(move |_| session.errors.with(|errors| errors.get(&name).cloned()));
    let all = move || {
        let mut names = names.get();
        let now = chosen.get();
        if !names.contains(&now) {
            names.insert(0, now);
        }
        names
    };
    let word =
        |name: &str| if name.is_empty() { words::CHOOSE_A_COLUMN.to_owned() } else { super::text::foreign(name) };
    view! {
        <div class="field" class:wrong=move || error.with(Option::is_some)>
            <Names label=label names=all word=word chosen=chosen />
            <ErrorNote id=error_id error=error />
        </div>
    }
}

/// One of a few words.
#[component]
pub(crate) fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    /// What is chosen, read out.
    #[prop(into)]
    label: String,
    /// The choices, with their words.
    all: &'static [(T, &'static str)],
    /// The one chosen.
    chosen: RwSignal<T>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <select
            aria-label=label
            prop:value=move || all.iter().find(|(one, _)| *one == chosen.get()).map_or("", |(_, word)| *word)
            on:change:target=move |event| {
                let word = event.target().value();
                if let Some((one, _)) = all.iter().find(|(_, known)| *known == word) {
                    chosen.set(*one);
                    session.check();
                }
            }
        >
            {all.iter()
                .map(|(one, word)| {
                    let one = *one;
                    view! { <option value=*word selected=move || chosen.get() == one>{*word}</option> }
                })
                .collect_view()}
        </select>
    }
}
