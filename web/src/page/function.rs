//! What a step sends: a function of the ABI with typed arguments, or raw call data with parts laid over it.

use leptos::prelude::*;

use lanevm_core::abi::{Abi, Mutability};

use super::{
    field::{ErrorNote, HexArea, TextField, VaryingField},
    guessing::GuessFunctions,
    session::{ArgDraft, FieldDraft, Session, StepDraft},
    text::foreign,
};
use crate::{
    form::{Kind, Target, number},
    words::calls as words,
};

/// The function, and what it takes.
#[component]
pub(crate) fn CallData(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    view! {
        <FunctionChoice step=step />
        <Show
            when=move || !step.function.with(String::is_empty)
            fallback=move || view! { <RawData step=step /> }
        >
            <Arguments step=step />
        </Show>
    }
}

#[component]
fn FunctionChoice(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let abi = session.abi;
    let name = format!("steps.{}.function", step.key);
    let id = format!("f-steps-{}-function", step.key);
    let error_id = format!("{id}-error");
    let error = Memo::new(move |_| session.errors.with(|errors| errors.get(&name).cloned()));
    // The choice is the signature that the name stands for.
    let chosen = Memo::new(move |_| {
        let typed = step.function.get();
        abi.with(|abi| {
            let found = abi.as_ref().ok().and_then(|abi| abi.function(&typed).ok());
            found.map_or_else(|| typed.clone(), lanevm_core::abi::Function::signature)
        })
    });
    let options = move || {
        let mut all = abi.with(|abi| abi.as_ref().map(signatures).unwrap_or_default());
        let now = chosen.get();
        if !now.is_empty() && all.iter().all(|(signature, _)| *signature != now) {
            all.push((now.clone(), words::not_in_the_abi(now)));
        }
        all
    };
    view! {
        <div class="field function" class:wrong=move || error.with(Option::is_some)>
            <label for=id.clone()>{words::FUNCTION}</label>
            <select
                id=id.clone()
                prop:value=move || chosen.get()
                aria-invalid=move || error.with(Option::is_some).to_string()
                on:change:target=move |event| {
                    let signature = event.target().value();
                    if signature.is_empty() {
                        step.function.set(String::new());
                    } else {
                        abi.with_untracked(|abi| {
                            if let Some(function) = abi.as_ref().ok().and_then(|abi| abi.function(&signature).ok()) {
                                step.call(session.draft, function);
                            }
                        });
                    }
                    session.check();
                }
            >
                <option value="" selected=move || chosen.with(String::is_empty)>{words::RAW_CALL_DATA}</option>
                {move || {
                    options()
                        .into_iter()
                        .map(|(signature, words)| {
                            let this = signature.clone();
                            view! {
                                <option value=signature selected=move || chosen.with(|chosen| *chosen == this)>
                                    {words}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
            <ErrorNote id=error_id error=error />
            <Show when=move || abi.with(|abi| abi.as_ref().is_ok_and(|abi| abi.functions.is_empty()))>
                <p class="note">{words::ABI_GIVES_FUNCTIONS}</p>
            </Show>
            <GuessFunctions />
        </div>
    }
}

/// The functions of an ABI with their words, those that change something first.
fn signatures(abi: &Abi) -> Vec<(String, String)> {
    let reads = |mutability: Mutability| matches!(mutability, Mutability::Pure | Mutability::View);
    let mut all: Vec<_> = abi.functions.iter().collect();
    all.sort_by_key(|function| reads(function.mutability));
    let words = |function: &&lanevm_core::abi::Function| {
        let kind = match function.mutability {
            Mutability::Pure => words::PURE,
            Mutability::View => words::VIEW,
            Mutability::NonPayable => "",
            Mutability::Payable => words::PAYABLE,
        };
        let guessed = if function.guessed { words::GUESSED } else { "" };
        (function.signature(), format!("{}{kind}{guessed}", foreign(&function.signature())))
    };
    let mut all: Vec<(String, String)> = all.iter().map(words).collect();
    all.dedup();
    all
}

/// Says that the function chosen takes no value, where one is sent.
#[component]
pub(crate) fn NotPayable(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let refuses = Memo::new(move |_| {
        let nothing = step.value.kind.get() == Kind::Fixed
            && step.value.fixed.with(|text| number::parse(text).map_or(true, |value| value.is_zero()));
        if nothing || step.target.get() == Target::Create {
            return None;
        }
        let signature = step.function.get();
        session.abi.with(|abi| {
            let function = abi.as_ref().ok()?.function(&signature).ok()?;
            (function.mutability != Mutability::Payable).then(|| function.signature())
        })
    });
    move || {
        refuses.get().map(|signature| {
            let words = words::not_payable(foreign(&signature));
            view! { <p class="note" role="note" aria-label=words::VALUE>{words}</p> }
        })
    }
}

#[component]
fn Arguments(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    let rows = move || step.args.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <div class="arguments" role="group" aria-label=words::ARGUMENTS>
            {move || {
                let rows = rows();
                if rows.is_empty() {
                    return view! { <p class="note">{words::NO_ARGUMENTS}</p> }.into_any();
                }
                rows.into_iter()
                    .map(|(index, arg)| {
                        let name = format!("steps.{}.args.{index}", step.key);
                        view! { <Argument name=name index=index arg=arg /> }
                    })
                    .collect_view()
                    .into_any()
            }}
        </div>
    }
}

#[component]
fn Argument(
    /// The name errors use.
    name: String,
    /// Which one, from 0.
    index: usize,
    /// It.
    arg: ArgDraft,
) -> impl IntoView {
    let word = arg.name.with_value(|name| if name.is_empty() { words::argument(index + 1) } else { foreign(name) });
    let ty = arg.ty.with_value(|ty| foreign(ty));
    if arg.word {
        view! {
            <div class="argument">
                <VaryingField label=word name=name draft=arg.value />
                <span class="type mono">{ty}</span>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="argument">
                <TextField label=words::as_json(word) name=name text=arg.json />
                <span class="type mono">{ty}</span>
            </div>
        }
        .into_any()
    }
}

#[component]
fn RawData(
    /// The step.
    step: StepDraft,
) -> impl IntoView {
    let draft = expect_context::<Session>().draft;
    view! {
        <HexArea label=words::CALL_DATA_HEX name=format!("steps.{}.data", step.key) text=step.data rows=3 />
        <For each=move || step.fields.get() key=|row| row.key let:row>
            <FieldRow step=step row=row />
        </For>
        <button class="quiet" on:click=move |_| step.add_field(draft)>{words::ADD_A_VARYING_PART}</button>
    }
}

#[component]
fn FieldRow(
    /// The step.
    step: StepDraft,
    /// The row.
    row: FieldDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let key = row.key;
    let at = move |part: &str| format!("steps.{}.fields.{key}.{part}", step.key);
    view! {
        <div class="part">
            <div class="part-place">
                <TextField label=words::NAME name=at("name") text=row.name />
                <TextField label=words::AT_BYTE name=at("offset") text=row.offset />
                <TextField label=words::BYTES name=at("width") text=row.width />
                <button
                    class="quiet remove"
                    aria-label=move || words::remove(row.name.get())
                    on:click=move |_| {
                        step.fields.update(|rows| rows.retain(|other| other.key != key));
                        session.check();
                    }
                >
                    "×"
                </button>
            </div>
            <VaryingField label=words::VALUE name=at("value") draft=row.value />
        </div>
    }
}
