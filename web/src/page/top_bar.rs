//! The bar above: example, fork, engine, and what the engine runs on; and the bar with Run, which narrow pages keep at
//! the lower edge.

use lanevm_core::Fork;
use leptos::prelude::*;

use super::{
    field::{ErrorNote, TextField},
    keep::DocumentMenu,
    session::{RunState, Session},
    text::{grouped, time},
};
use crate::{browser::page_events::set_root_attribute, protocol::EngineChoice};

/// The bar above.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let titles: Vec<(usize, String)> = session
        .examples
        .with_value(|examples| examples.iter().map(|example| example.title.to_owned()).enumerate().collect());
    view! {
        <header class="top">
            <h1>"lanevm"</h1>
            <label class="inline">
                "Example"
                <select
                    prop:value=move || session.example.get().to_string()
                    on:change:target=move |event| {
                        if let Ok(index) = event.target().value().parse() {
                            session.load_example(index);
                        }
                    }
                >
                    {titles
                        .into_iter()
                        .map(|(index, title)| view! { <option value=index.to_string()>{title}</option> })
                        .collect_view()}
                </select>
            </label>
            <label class="inline">
                "Fork"
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
    let choices = [(EngineChoice::Auto, "auto"), (EngineChoice::Gpu, "GPU"), (EngineChoice::Cpu, "CPU")];
    view! {
        <div class="engine">
            <fieldset class="switch">
                <legend>"Engine"</legend>
                {choices
                    .into_iter()
                    .map(|(choice, word)| {
                        view! {
                            <label>
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
            return view! { <span class="chip">"starting the engines…"</span> }.into_any();
        };
        match engines.gpu {
            Some(Ok(adapter)) => {
                let facts = adapter.details.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
                let software = if adapter.software { " · software" } else { "" };
                view! {
                    <span class="chip" title=facts.join("\n")>
                        <b>"GPU"</b>
                        " · "
                        {adapter.name}
                        {software}
                    </span>
                }
                .into_any()
            }
            _ => view! { <span class="chip"><b>"CPU"</b>" · "{engines.cpu}</span> }.into_any(),
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
                <b>"No WebGPU: "</b>
                {move || why.get()}
                ". Calls run on the CPU engine; every answer is the same, only slower."
            </p>
        </Show>
    }
}

/// Switches between light and dark; without a choice the page follows the system.
#[component]
fn Scheme() -> impl IntoView {
    let dark = leptos_use::use_media_query("(prefers-color-scheme: dark)");
    let chosen = RwSignal::new(None::<bool>);
    let switch = move |_| {
        let now = !chosen.get_untracked().unwrap_or_else(|| dark.get_untracked());
        chosen.set(Some(now));
        set_root_attribute("data-scheme", Some(if now { "dark" } else { "light" }));
    };
    view! {
        <button class="quiet scheme" on:click=switch aria-label="Switch between light and dark" title="Light or dark">
            "◐"
        </button>
    }
}

/// Number of calls, Run or Cancel, and how far the run is.
#[component]
pub(crate) fn RunBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let busy = Memo::new(move |_| session.state.with(RunState::is_busy));
    view! {
        <footer class="run">
            <TextField label="Calls" name="count" text=session.draft.count />
            <Show
                when=move || busy.get()
                fallback=move || {
                    view! {
                        <button class="primary" title="Ctrl+Enter or ⌘+Enter" on:click=move |_| session.run()>
                            "Run"
                        </button>
                    }
                }
            >
                <button class="primary stop" on:click=move |_| session.cancel()>"Cancel"</button>
            </Show>
            <RunNews />
        </footer>
    }
}

#[component]
fn RunNews() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="news" role="status" aria-live="polite">
            {move || match session.state.get() {
                RunState::Idle => view! { <span>"Ready."</span> }.into_any(),
                RunState::Preparing => view! { <progress></progress><span>"Preparing the calls…"</span> }.into_any(),
                RunState::Running { adapter, at } => {
                    let words = if at.lanes == 0 {
                        format!("Running on {adapter}…")
                    } else {
                        let more = match (at.submits, at.steps) {
                            (0, steps) => format!("{} instructions", grouped(steps)),
                            (submits, _) => format!("{} submits", grouped(submits)),
                        };
                        format!(
                            "{} of {} lanes ended · {more} · {} · {adapter}",
                            grouped(at.done),
                            grouped(at.lanes),
                            time(at.milliseconds),
                        )
                    };
                    view! {
                        <progress max=at.lanes.max(1).to_string() prop:value=at.done as f64></progress>
                        <span>{words}</span>
                    }
                    .into_any()
                }
                RunState::Done => view! { <span>"Done. Change anything and run again."</span> }.into_any(),
                RunState::Cancelled => {
                    view! { <span>"Cancelled. Lanes that had ended keep their outcome."</span> }.into_any()
                }
                RunState::Failed(why) => view! { <span class="failed">{why}</span> }.into_any(),
            }}
        </div>
    }
}
