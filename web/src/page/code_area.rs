//! A field for code and interfaces: a plain text area at first, and the editor in its place once that is there. It knows neither
//! assembly nor ABIs; what a text is and what is wrong with it, it is told.

use lanevm_core::{Fork, assembly};
use leptos::{html, prelude::*};

use super::{
    field::{ErrorNote, HexArea, SHOWN},
    session::Session,
};
use crate::{
    browser::{
        chunk,
        editor::{self, Editor, Mark, Said},
    },
    words::{opcodes, program as words},
};

/// How the load of the editor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Load {
    /// Nobody needs it yet.
    Idle,
    /// On its way.
    Coming,
    /// Here.
    Here,
    /// It did not come.
    Failed,
}

/// A field for code.
#[component]
pub(crate) fn CodeArea(
    /// Label.
    label: &'static str,
    /// The name errors use.
    name: &'static str,
    /// What is typed.
    text: RwSignal<String>,
    /// Lines.
    rows: u32,
    /// What the text is, as the editor calls it.
    #[prop(into)]
    language: Signal<&'static str>,
    /// What is wrong in it.
    #[prop(into)]
    marks: Signal<Vec<Mark>>,
    /// Where the caret is put, when it changes: a line and the columns of something in it, from 1.
    #[prop(optional, into)]
    caret: Option<Signal<Option<(u32, u32, u32)>>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let load = RwSignal::new(if editor::is_loaded() { Load::Here } else { Load::Idle });
    let around = NodeRef::<html::Div>::new();
    // What the text area had selected as the editor took its place.
    let selected = StoredValue::new(None::<(u32, u32)>);
    let fetch = move || {
        if load.get_untracked() != Load::Idle {
            return;
        }
        load.set(Load::Coming);
        leptos::task::spawn_local(async move {
            let loaded = editor::load().await;
            // The field may be gone.
            let Some(around) = around.try_get_untracked() else { return };
            selected.try_set_value(around.and_then(|around| editor::selected_within(&around)));
            let _gone = load.try_set(if loaded.is_ok() { Load::Here } else { Load::Failed });
        });
    };
    // After the first result, and not before somebody sees the field.
    Effect::new(move |_| {
        if let Some(around) = around.get()
            && session.summary.with(Option::is_some)
            && load.get_untracked() == Load::Idle
        {
            leptos::task::spawn_local(async move {
                chunk::in_sight(&around).await;
                if load.try_get_untracked().is_some() {
                    fetch();
                }
            });
        }
    });
    let short = Memo::new(move |_| text.with(|text| text.len() <= SHOWN));
    let edited = move || load.get() == Load::Here && short.get();
    view! {
        <div class="code-area" node_ref=around on:focusin=move |_| fetch()>
            <Show
                when=edited
                fallback=move || match caret {
                    Some(caret) => view! { <HexArea label=label name=name text=text rows=rows lines=true caret=caret /> }.into_any(),
                    None => view! { <HexArea label=label name=name text=text rows=rows lines=true /> }.into_any(),
                }
            >
                <EditorField label=label name=name text=text rows=rows language=language marks=marks caret=caret selected=selected />
            </Show>
            <Show when=move || load.get() == Load::Failed>
                <p class="note" role="status">{words::NO_EDITOR}</p>
            </Show>
        </div>
    }
}

/// The editor, with its label and its error.
#[component]
fn EditorField(
    label: &'static str,
    name: &'static str,
    text: RwSignal<String>,
    rows: u32,
    language: Signal<&'static str>,
    marks: Signal<Vec<Mark>>,
    caret: Option<Signal<Option<(u32, u32, u32)>>>,
    selected: StoredValue<Option<(u32, u32)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let error = Memo::new(move |_| session.errors.with(|errors| errors.get(name).cloned()));
    let fork = Memo::new(move |_| Fork::parse(&session.draft.fork.get()).unwrap_or(Fork::LATEST));
    let host = NodeRef::<html::Div>::new();
    let made = StoredValue::new_local(None::<Editor>);
    // Counts up when there is an editor to be told things.
    let there = RwSignal::new(false);
    let tell = move |what: &dyn Fn(&Editor)| made.with_value(|editor| editor.iter().for_each(what));
    let hear = move |said: Said| match said {
        Said::Typed(typed) => {
            text.set(typed);
            session.edited(name);
        }
        Said::Left => session.check(),
        Said::Flood(pasted) => {
            text.set(pasted);
            session.edited(name);
            session.check();
        }
    };
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let about = move |word: &str| known(word, fork.get_untracked());
        // Without a page there is nobody to tell.
        let Ok(editor) = Editor::new(&host, label, hear, about) else { return };
        editor.set_text(&text.get_untracked());
        // A field that is shown again later has not had the focus.
        if let Some(selected) = selected.try_update_value(Option::take).flatten() {
            editor.take_over(selected);
        }
        made.set_value(Some(editor));
        there.set(true);
    });
    Effect::new(move |_| {
        if there.get() {
            text.with(|text| tell(&|editor| editor.set_text(text)));
        }
    });
    Effect::new(move |_| {
        if there.get() {
            let language = language.get();
            tell(&|editor| editor.set_language(language));
        }
    });
    Effect::new(move |_| {
        if there.get() {
            fork.track();
            tell(&Editor::forget);
        }
    });
    Effect::new(move |_| {
        if there.get() {
            // The marks are those of a text that must be there first.
            text.track();
            marks.with(|marks| tell(&|editor| editor.set_marks(marks)));
        }
    });
    Effect::new(move |_| {
        if there.get() {
            let words = error.get().unwrap_or_default();
            tell(&|editor| editor.set_wrong(&words));
        }
    });
    Effect::new(move |_| {
        if let Some((line, from, to)) = caret.and_then(|caret| caret.get())
            && there.get_untracked()
        {
            tell(&|editor| editor.mark(line, from, to));
        }
    });
    on_cleanup(move || drop(made.try_update_value(Option::take)));
    let id = format!("f-{name}-error");
    view! {
        <div class="field" class:wrong=move || error.with(Option::is_some)>
            <label on:click=move |_| tell(&Editor::focus)>{label}</label>
            <div class="editor" node_ref=host style:--rows=rows.to_string()></div>
            <ErrorNote id=id error=error />
        </div>
    }
}

/// What is known of a word of assembly, in the page's words.
fn known(word: &str, fork: Fork) -> Option<String> {
    let instruction = assembly::mnemonic(word)?;
    let name = instruction.name;
    let about = opcodes::about(name);
    if instruction.since > fork {
        return Some(words::instruction_to_come(name, about, instruction.since, fork));
    }
    let gas = instruction.gas_in(fork);
    Some(words::instruction_known(name, instruction.byte, gas, fork, about))
}

#[cfg(test)]
mod tests {
    use lanevm_core::Fork;

    use super::known;

    #[test]
    fn words_are_told_by_fork() {
        assert_eq!(known("LOOP", Fork::LATEST), None);
        assert!(known("SLOAD", Fork::LATEST).unwrap().contains("gas 100 in"));
        assert!(known("SLOAD", Fork::Istanbul).unwrap().contains("gas 800 in Istanbul"));
        assert!(known("PUSH0", Fork::London).unwrap().contains("Since Shanghai; London does not know it"));
    }
}
