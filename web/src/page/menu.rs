//! A button that opens a panel: it closes by Escape, which gives the button the focus again, and by a press anywhere else. What
//! is in the panel is its user's.

use leptos::{ev, prelude::*};
use leptos_use::{use_event_listener, use_window};

use crate::browser::page_events;

/// The button and its panel.
#[component]
pub(crate) fn Menu(
    /// The button's word.
    word: &'static str,
    /// The id of the panel.
    panel: &'static str,
    /// The classes around both.
    #[prop(default = "menu")]
    class: &'static str,
    /// Whether the panel is open.
    open: RwSignal<bool>,
    /// The panel.
    children: ChildrenFn,
) -> impl IntoView {
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
    let children = StoredValue::new(children);
    view! {
        <div class=class node_ref=menu on:keydown=close_by_key>
            <button
                class="quiet"
                node_ref=button
                aria-expanded=move || open.get().to_string()
                aria-controls=panel
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {word}
            </button>
            <Show when=move || open.get()>{children.with_value(|children| children())}</Show>
        </div>
    }
}
