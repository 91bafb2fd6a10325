//! The editor of code, a custom element that a chunk defines: loading it, and one of it in the page. It takes as little from the
//! page as a text area; dropping it takes it away.

use std::cell::Cell;

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{CustomEvent, Element, Event, HtmlElement, HtmlTextAreaElement};

use crate::words::browser as words;

use super::chunk;

/// The element's name.
const NAME: &str = "lanevm-editor";

thread_local! {
    /// Whether the chunk has been loaded.
    static LOADED: Cell<bool> = const { Cell::new(false) };
}

#[wasm_bindgen]
extern "C" {
    /// The element, as the chunk defines it.
    #[wasm_bindgen(extends = HtmlElement)]
    type CodeEditor;

    #[wasm_bindgen(method, getter)]
    fn value(this: &CodeEditor) -> String;

    #[wasm_bindgen(method, js_name = setSelectionRange)]
    fn set_selection_range(this: &CodeEditor, from: u32, to: u32);

    #[wasm_bindgen(method)]
    fn mark(this: &CodeEditor, line: u32, from: u32, to: u32);
}

/// What the editor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The text is another.
    Typed(String),
    /// The field was left after a change.
    Left,
    /// Text was pasted that is too long for it; it has not taken it.
    Flood(String),
}

/// Something wrong in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its line, from 1.
    pub line: u32,
    /// Its first column, in characters from 1.
    pub from: u32,
    /// The column behind it; 0 where it is the word's end.
    pub to: u32,
    /// What is wrong.
    pub words: String,
    /// Whether it is an error, and not a warning.
    pub error: bool,
}

/// Whether the editor can be made.
pub fn is_loaded() -> bool {
    LOADED.get()
}

/// Loads the editor, once.
///
/// # Errors
/// It could not be loaded.
pub async fn load() -> Result<(), String> {
    if !is_loaded() {
        chunk::module(&chunk::address("editor")?).await?;
        LOADED.set(true);
    }
    Ok(())
}

/// An editor in the page.
pub struct Editor {
    element: CodeEditor,
    hearing: Closure<dyn FnMut(Event)>,
    telling: Closure<dyn FnMut(String) -> JsValue>,
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor").finish_non_exhaustive()
    }
}

impl Editor {
    /// Puts an editor into an element. `about` says what is known of a word, in capitals.
    ///
    /// # Errors
    /// The page takes no element; that is, there is no page.
    pub fn new(
        parent: &Element,
        label: &str,
        mut hear: impl FnMut(Said) + 'static,
        mut about: impl FnMut(&str) -> Option<String> + 'static,
    ) -> Result<Self, String> {
        let page = parent.owner_document().ok_or(words::NO_PAGE)?;
        let element: CodeEditor = page.create_element(NAME).map_err(|_| words::NO_ELEMENT)?.unchecked_into();
        let speaking = element.clone();
        let hearing = Closure::<dyn FnMut(Event)>::new(move |event: Event| match event.type_().as_str() {
            "input" => hear(Said::Typed(CodeEditor::value(speaking.unchecked_ref()))),
            "change" => hear(Said::Left),
            _ => {
                let text = event.dyn_ref::<CustomEvent>().and_then(|event| event.detail().as_string());
                hear(Said::Flood(text.unwrap_or_default()));
            }
        });
        for kind in ["input", "change", "flood"] {
            // It fails for no kind of event.
            drop(element.add_event_listener_with_callback(kind, hearing.as_ref().unchecked_ref()));
        }
        let telling = Closure::<dyn FnMut(String) -> JsValue>::new(move |word: String| {
            about(&word).map_or(JsValue::UNDEFINED, JsValue::from)
        });
        let editor = Self { element, hearing, telling };
        editor.set("label", &label.into());
        editor.forget();
        parent.append_child(&editor.element).map_err(|_| words::NO_ELEMENT)?;
        Ok(editor)
    }

    fn set(&self, property: &str, value: &JsValue) {
        // Setters of the element do not throw.
        drop(Reflect::set(&self.element, &property.into(), value));
    }

    /// What is known of words may have changed.
    pub fn forget(&self) {
        self.set("about", self.telling.as_ref());
    }

    /// Puts in a text. What was typed before cannot be undone into it.
    pub fn set_text(&self, text: &str) {
        self.set("value", &text.into());
    }

    /// What the text is: `assembly`, `json`, `lines`, or anything else for what has no lines.
    pub fn set_language(&self, language: &str) {
        self.set("language", &language.into());
    }

    /// Marks what is wrong in the text.
    pub fn set_marks(&self, marks: &[Mark]) {
        let list = Array::new();
        for Mark { line, from, to, words, error } in marks {
            let items: [JsValue; 5] = [(*line).into(), (*from).into(), (*to).into(), words.into(), (*error).into()];
            list.push(&items.iter().collect::<Array>());
        }
        self.set("problems", &list);
    }

    /// Says what is wrong with the field as a whole; nothing where nothing is.
    pub fn set_wrong(&self, words: &str) {
        self.set("wrong", &words.into());
    }

    /// Selects from column to column of a line, all from 1, and has the focus.
    pub fn mark(&self, line: u32, from: u32, to: u32) {
        self.element.mark(line, from, to);
    }

    /// Has the focus, with what a text area had selected.
    pub fn take_over(&self, selected: (u32, u32)) {
        self.focus();
        self.element.set_selection_range(selected.0, selected.1);
    }

    /// Has the focus.
    pub fn focus(&self) {
        drop(self.element.focus());
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        for kind in ["input", "change", "flood"] {
            drop(self.element.remove_event_listener_with_callback(kind, self.hearing.as_ref().unchecked_ref()));
        }
        self.set("about", &JsValue::UNDEFINED);
        self.element.remove();
    }
}

/// What is selected in the text area within an element, where that has the focus.
pub fn selected_within(element: &Element) -> Option<(u32, u32)> {
    let focused = element.owner_document()?.active_element().filter(|focused| element.contains(Some(focused)))?;
    let area = focused.dyn_into::<HtmlTextAreaElement>().ok()?;
    Some((area.selection_start().ok()??, area.selection_end().ok()??))
}
