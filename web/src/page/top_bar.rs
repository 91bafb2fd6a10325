//! The bar above: example, fork, engine, and what the engine runs on.

use lanevm_core::Fork;
use leptos::prelude::*;

use super::{field::ErrorNote, keep::DocumentMenu, session::Session, text::foreign};
use crate::{
    browser::{choices, page_events::set_root_attribute},
    protocol::EngineChoice,
    words::page as words,
};

/// The name under which the colour scheme chosen is kept.
const SCHEME: &str = "scheme";

/// The bar above.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let keep = session.keep;
    let titles: Vec<(usize, String)> = session
        .examples
        .with_value(|examples| examples.iter().map(|example| example.title.to_owned()).enumerate().collect());
    view! {
        <header class="top">
            <h1>{words::LANEVM}</h1>
            <label class="inline">
                {words::EXAMPLE}
                <select
                    prop:value=move || if keep.own.get() { String::from("own") } else { session.example.get().to_string() }
                    on:change:target=move |event| {
                        if let Ok(index) = event.target().value().parse() {
                            session.load_example(index);
                        }
                    }
                >
                    <Show when=move || keep.own.get()>
                        <option value="own" selected=true>{move || words::yours(foreign(&keep.title.get()))}</option>
                    </Show>
                    {titles
                        .into_iter()
                        .map(|(index, title)| view! { <option value=index.to_string()>{title}</option> })
                        .collect_view()}
                </select>
            </label>
            <label class="inline">
                {words::FORK}
                <select
                    prop:value=move || session.draft.fork.get()
                    on:change:target=move |event| session.draft.fork.set(event.target().value())
                >
                    {Fork::ALL
                        .into_iter()
                        .rev()
                        .map(|fork| {
                            view! {
                                <option value=fork.name() selected=move || session.draft.fork.get() == fork.name()>
                                    {fork.name()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </label>
            <EngineSwitch />
            <AdapterChip />
            <DocumentMenu />
            <Scheme />
        </header>
        <NoGpu />
    }
}

#[component]
fn EngineSwitch() -> impl IntoView {
    let session = expect_context::<Session>();
    let error = Memo::new(move |_| session.errors.with(|errors| errors.get("engine").cloned()));
    let choices = [
        (EngineChoice::Auto, words::AUTO, words::AUTO_NOTE),
        (EngineChoice::Gpu, words::GPU, words::GPU_NOTE),
        (EngineChoice::Cpu, words::CPU, words::CPU_NOTE),
        (EngineChoice::Both, words::BOTH, words::BOTH_NOTE),
    ];
    view! {
        <div class="engine">
            <fieldset class="switch">
                <legend>{words::ENGINE}</legend>
                {choices
                    .into_iter()
                    .map(|(choice, word, title)| {
                        view! {
                            <label title=title>
                                <input
                                    type="radio"
                                    name="engine"
                                    prop:checked=move || session.choice.get() == choice
                                    on:change=move |_| {
                                        session.choice.set(choice);
                                        session.edited("engine");
                                    }
                                />
                                <span>{word}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            <ErrorNote id="f-engine-error".to_owned() error=error />
        </div>
    }
}

#[component]
fn AdapterChip() -> impl IntoView {
    let session = expect_context::<Session>();
    move || {
        let Some(engines) = session.engines.get() else {
            return view! { <span class="chip">{words::STARTING_THE_ENGINES}</span> }.into_any();
        };
        match engines.gpu {
            Some(Ok(adapter)) => {
                let facts = adapter.details.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
                let software = if adapter.software { words::SOFTWARE } else { "" };
                view! {
                    <span class="chip" title=facts.join("\n")>
                        <b>{words::GPU}</b>
                        " · "
                        {adapter.name}
                        {software}
                    </span>
                }
                .into_any()
            }
            None => view! { <span class="chip"><b>{words::CPU}</b>{words::KERNELS_BEING_BUILT}</span> }.into_any(),
            Some(Err(_)) => view! { <span class="chip"><b>{words::CPU}</b>" · "{engines.cpu}</span> }.into_any(),
        }
    }
}

/// Says that there is no GPU, and why.
#[component]
fn NoGpu() -> impl IntoView {
    let session = expect_context::<Session>();
    let why = Memo::new(move |_| {
        session.engines.with(|engines| engines.as_ref().and_then(|engines| engines.gpu.clone()?.err()))
    });
    view! {
        <Show when=move || why.with(Option::is_some)>
            <p class="banner" role="status" data-note="no-gpu">
                <b>{words::NO_WEBGPU}</b>
                {move || why.get()}
                {words::RUNS_ON_CPU}
            </p>
        </Show>
    }
}

/// Switches between light and dark, and keeps the choice; without one the page follows the system.
#[component]
fn Scheme() -> impl IntoView {
    let dark = leptos_use::use_media_query("(prefers-color-scheme: dark)");
    let chosen = RwSignal::new(choices::read(SCHEME).map(|scheme| scheme == "dark"));
    let word = |dark: bool| if dark { "dark" } else { "light" };
    if let Some(chosen) = chosen.get_untracked() {
        set_root_attribute("data-scheme", Some(word(chosen)));
    }
    let switch = move |_| {
        let now = !chosen.get_untracked().unwrap_or_else(|| dark.get_untracked());
        chosen.set(Some(now));
        choices::write(SCHEME, word(now));
        set_root_attribute("data-scheme", Some(word(now)));
    };
    view! {
        <button class="quiet scheme" on:click=switch aria-label=words::SWITCH_SCHEME title=words::LIGHT_OR_DARK>
            "◐"
        </button>
    }
}
