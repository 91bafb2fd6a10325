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
use crate::{form::Target, words::calls as words};

/// What surrounds a call, with its words.
const LEVELS: [(Level, &str); 3] =
    [(Level::Frame, words::MESSAGE_CALLS), (Level::Call, words::ETH_CALLS), (Level::Transaction, words::TRANSACTIONS)];

/// How steps stand to one another, with words.
const MODES: [(Mode, &str); 2] =
    [(Mode::Sequence, words::ONE_AFTER_THE_OTHER), (Mode::Independent, words::EACH_ON_THE_STATE_BELOW)];

/// The pane.
#[component]
pub(crate) fn CallsPane() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <section class="pane calls" aria-label=words::CALLS>
            <div class="pane-head">
                <h2>{words::CALLS}</h2>
                <Choice label=words::WHAT_A_CALL_IS all=&LEVELS chosen=draft.level />
            </div>
            <div class="pane-body">
                <Steps />
                {move || draft.edited().map(|step| view! { <StepFields step=step /> })}
                <h3>{words::STATE_BEFORE_EVERY_CALL}</h3>
                <StateRows />
                <h3>{words::BLOCK}</h3>
                <Block />
                <h3>{words::LANES}</h3>
                <div class="columns">
                    <TextField label=words::SEED_OF_RANDOM_VALUES name="seed" text=draft.seed />
                    <TextField
                        label=words::STEP_LIMIT_A_LANE
                        name="max_steps"
                        text=draft.max_steps
                        placeholder=words::NONE_BUT_GAS
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
        <div class="steps" role="group" aria-label=words::STEPS>
            <Show when=several>
                <div class="steps-mode">
                    <span>{words::STEPS_RUN}</span>
                    <Choice label=words::HOW_STEPS_FOLLOW all=&MODES chosen=draft.mode />
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
                    {words::ADD_A_STEP}
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
            if function.is_empty() { words::RAW_CALL_DATA.to_owned() } else { super::text::foreign(function) }
        });
        match step.target.get() {
            Target::Contract => call,
            Target::Account => words::to_an_account(call),
            Target::Create => words::CREATE.into(),
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
                {move || wrong().then_some(words::NEEDS_A_CORRECTION)}
            </button>
            <button
                class="quiet remove"
                aria-label=words::move_step_up(number)
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
                aria-label=words::move_step_down(number)
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
                aria-label=words::duplicate_step(number)
                on:click=move |_| {
                    draft.add_step(Some(step));
                    session.check();
                }
            >
                "⧉"
            </button>
            <button
                class="quiet remove"
                aria-label=words::remove_step(number)
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
            <span class="varying-name">{words::TO}</span>
            <Choice label=words::WHOM_THE_STEP_CALLS all=&Target::ALL chosen=step.target />
            <span></span>
        </div>
        <Show when=move || step.target.get() == Target::Account>
            <VaryingField label=words::ACCOUNT name=at("to") draft=step.to />
        </Show>
        <StepProgram step=step />
        <CallData step=step />
        <VaryingField label=words::CALLER name=at("caller") draft=step.caller />
        <VaryingField label=words::VALUE_WEI name=at("value") draft=step.value />
        <NotPayable step=step />
        <VaryingField label=words::GAS_LIMIT name=at("gas") draft=step.gas />
    }
}
