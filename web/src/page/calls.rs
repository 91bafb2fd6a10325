//! The calls' pane: what every lane sends, and what varies.

use leptos::prelude::*;

use lanevm_core::{Level, document::Mode};

use super::{
    block::Block,
    columns::Columns,
    field::{Choice, TextField, VaryingField},
    function::{CallData, NotPayable},
    programs::StepProgram,
    session::{Session, StepDraft},
    state_rows::StateRows,
};
use crate::form::Target;

/// What surrounds a call, with its words.
const LEVELS: [(Level, &str); 3] = [
    (Level::Frame, "message calls"),
    (Level::Call, "calls as eth_call makes them"),
    (Level::Transaction, "transactions"),
];

/// How steps stand to one another, with words.
const MODES: [(Mode, &str); 2] =
    [(Mode::Sequence, "one after the other"), (Mode::Independent, "each on the state below")];

/// The pane.
#[component]
pub(crate) fn CallsPane() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <section class="pane calls" aria-label="Calls">
            <div class="pane-head">
                <h2>"Calls"</h2>
                <Choice label="What a call is" all=&LEVELS chosen=draft.level />
            </div>
            <div class="pane-body">
                <Steps />
                {move || draft.edited().map(|step| view! { <StepFields step=step /> })}
                <h3>"State before every call"</h3>
                <StateRows />
                <h3>"Block"</h3>
                <Block />
                <h3>"Lanes"</h3>
                <div class="columns">
                    <TextField label="Seed of random values" name="seed" text=draft.seed />
                    <TextField
                        label="Step limit a lane"
                        name="max_steps"
                        text=draft.max_steps
                        placeholder="none but gas"
                    />
                </div>
                <Columns />
            </div>
        </section>
    }
}

/// The list of steps.
#[component]
fn Steps() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    let several = move || draft.steps.with(|steps| steps.len() > 1);
    let rows = move || draft.steps.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <div class="steps" role="group" aria-label="Steps">
            <Show when=several>
                <div class="steps-mode">
                    <span>"Steps run"</span>
                    <Choice label="How steps follow" all=&MODES chosen=draft.mode />
                </div>
                <ol>
                    <For
                        each=rows
                        key=|(index, step)| (*index, step.key)
                        children=move |(index, step)| view! { <StepRow step=step index=index /> }
                    />
                </ol>
            </Show>
            <div class="buttons">
                <button
                    class="quiet"
                    on:click=move |_| {
                        draft.add_step(None);
                        session.check();
                    }
                >
                    "Add a step"
                </button>
            </div>
        </div>
    }
}

#[component]
fn StepRow(
    /// The step.
    step: StepDraft,
    /// Its place, from 0.
    index: usize,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    let number = index + 1;
    let current = move || draft.edited().is_some_and(|edited| edited.key == step.key);
    let wrong = move || {
        let prefix = format!("steps.{}.", step.key);
        session.errors.with(|errors| errors.keys().any(|field| field.starts_with(&prefix)))
    };
    let words = move || {
        let call = step.function.with(|function| {
            if function.is_empty() { "raw call data".to_owned() } else { super::text::foreign(function) }
        });
        match step.target.get() {
            Target::Contract => call,
            Target::Account => format!("{call}, to an account"),
            Target::Create => "create".into(),
        }
    };
    view! {
        <li>
            <button
                class="step-name"
                aria-pressed=move || current().to_string()
                on:click=move |_| draft.step.set(step.key)
            >
                <b>{number}</b>
                " "
                {words}
                {move || wrong().then_some(" · needs a correction")}
            </button>
            <button
                class="quiet remove"
                aria-label=format!("Move step {number} up")
                disabled=index == 0
                on:click=move |_| {
                    draft.move_step(step.key, false);
                    session.check();
                }
            >
                "↑"
            </button>
            <button
                class="quiet remove"
                aria-label=format!("Move step {number} down")
                disabled=move || draft.steps.with(|steps| index + 1 >= steps.len())
                on:click=move |_| {
                    draft.move_step(step.key, true);
                    session.check();
                }
            >
                "↓"
            </button>
            <button
                class="quiet remove"
                aria-label=format!("Duplicate step {number}")
                on:click=move |_| {
                    draft.add_step(Some(step));
                    session.check();
                }
            >
                "⧉"
            </button>
            <button
                class="quiet remove"
                aria-label=format!("Remove step {number}")
                on:click=move |_| {
                    draft.remove_step(step.key);
                    session.check();
                }
            >
                "×"
            </button>
        </li>
    }
}

#[component]
fn StepFields(
    /// The step that is edited.
    step: StepDraft,
) -> impl IntoView {
    let at = move |part: &str| format!("steps.{}.{part}", step.key);
    view! {
        <div class="varying">
            <span class="varying-name">"To"</span>
            <Choice label="Whom the step calls" all=&Target::ALL chosen=step.target />
            <span></span>
        </div>
        <Show when=move || step.target.get() == Target::Account>
            <VaryingField label="Account" name=at("to") draft=step.to />
        </Show>
        <StepProgram step=step />
        <CallData step=step />
        <VaryingField label="Caller" name=at("caller") draft=step.caller />
        <VaryingField label="Value, wei" name=at("value") draft=step.value />
        <NotPayable step=step />
        <VaryingField label="Gas limit" name=at("gas") draft=step.gas />
    }
}
