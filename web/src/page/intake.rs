//! What was found in a file of programs, and the choices it leaves: which contract, with which libraries, deployed by its
//! constructor or as bare runtime code.

use leptos::prelude::*;

use lanevm_core::{
    abi::{Abi, Param},
    reading::FoundProgram,
};

use super::{
    field::TextField,
    session::{DeployState, Session},
    text::foreign,
};
use crate::{form::program::first_value, words::artifact as words};

/// The card; nothing where no file waits.
#[component]
pub(crate) fn IntakeCard() -> impl IntoView {
    let session = expect_context::<Session>();
    let intake = session.intake;
    view! {
        <Show when=move || intake.wrong.with(Option::is_some)>
            <p class="error" role="alert">{move || intake.wrong.get()}</p>
        </Show>
        {move || {
            intake.file.get().map(|file| {
                let several = file.found.programs.len() > 1;
                let names: Vec<String> = file.found.programs.iter().map(title).collect();
                let format = file.found.format.name();
                let about = words::about_file(&foreign(&file.name), format, names.len());
                let chosen = {
                    let file = file.clone();
                    move || file.found.programs.get(intake.chosen.get()).cloned()
                };
                view! {
                    <section class="found" aria-label=words::WHAT_WAS_FOUND>
                        <p>{about}</p>
                        {several.then(|| view! { <Contracts names=names /> })}
                        {move || chosen().map(|program| view! { <Program program=program /> })}
                    </section>
                }
            })
        }}
    }
}

fn title(program: &FoundProgram) -> String {
    match &program.source {
        Some(source) => format!("{} ({})", foreign(&program.name), foreign(source)),
        None => foreign(&program.name),
    }
}

#[component]
fn Contracts(
    /// Their names.
    names: Vec<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let chosen = session.intake.chosen;
    view! {
        <div class="field">
            <label for="f-contract">{words::CONTRACT}</label>
            <select
                id="f-contract"
                on:change:target=move |event| {
                    session.intake.wrong.set(None);
                    chosen.set(event.target().value().parse().unwrap_or(0));
                }
            >
                {names
                    .into_iter()
                    .enumerate()
                    .map(|(index, name)| view! { <option value=index selected=move || chosen.get() == index>{name}</option> })
                    .collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Program(
    /// The contract chosen.
    program: FoundProgram,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let intake = session.intake;
    let abi = program.abi.as_deref().and_then(|text| Abi::parse(text).ok()).unwrap_or_default();
    let size = |code: &Option<lanevm_core::reading::Code>, words: fn(usize) -> String| {
        code.as_ref().map(|code| words(code.len()))
    };
    let mut parts: Vec<String> =
        [size(&program.runtime, words::runtime_code), size(&program.creation, words::creation_code)]
            .into_iter()
            .flatten()
            .collect();
    if program.abi.is_some() {
        parts.push(words::abi_of(abi.functions.len()));
    }
    let mut libraries: Vec<String> = [&program.creation, &program.runtime]
        .into_iter()
        .flatten()
        .flat_map(|code| code.links().iter().map(|link| link.library.clone()))
        .collect();
    libraries.sort();
    libraries.dedup();
    let libraries: Vec<(String, RwSignal<String>)> =
        libraries.into_iter().map(|library| (library, RwSignal::new(String::new()))).collect();
    let params: Vec<Param> =
        abi.constructor.as_ref().map(|constructor| constructor.inputs.fields().to_vec()).unwrap_or_default();
    let arguments: Vec<RwSignal<String>> = params.iter().map(|param| RwSignal::new(first_value(&param.ty))).collect();
    let (can_deploy, can_run) = (program.creation.is_some(), program.runtime.is_some());
    let immutables = program.immutables.len();
    let linked = {
        let libraries = libraries.clone();
        move || libraries.iter().map(|(name, typed)| (name.clone(), typed.get_untracked())).collect::<Vec<_>>()
    };
    let linked_bare = linked.clone();
    let typed = arguments.clone();
    view! {
        <p class="note">{format!("{}: {}.", title(&program), parts.join(", "))}</p>
        {(immutables > 0).then(|| view! {
            <p class="note">
                {words::constructor_puts(immutables)}
            </p>
        })}
        {libraries
            .iter()
            .enumerate()
            .map(|(index, (library, typed))| view! {
                <TextField label=words::address_of_library(foreign(library)) name=format!("intake.library.{index}") text=*typed placeholder="0x…" />
            })
            .collect_view()}
        {params
            .iter()
            .zip(&arguments)
            .enumerate()
            .map(|(index, (param, typed))| {
                let name = if param.name.is_empty() { format!("{}", index + 1) } else { foreign(&param.name) };
                view! {
                    <TextField
                        label=words::constructor_argument(name, foreign(&param.ty.to_string()))
                        name=format!("intake.argument.{index}")
                        text=*typed
                    />
                }
            })
            .collect_view()}
        <div class="buttons">
            {can_deploy.then(|| view! {
                <button
                    disabled=move || intake.deploy.get() == DeployState::Running
                    on:click=move |_| {
                        let typed: Vec<String> = typed.iter().map(|typed| typed.get_untracked()).collect();
                        session.deploy(&linked(), &typed);
                    }
                >
                    {words::DEPLOY_IT}
                </button>
            })}
            {can_run.then(|| view! {
                <button on:click=move |_| session.take_bare(&linked_bare())>{words::RUN_BARE_CODE}</button>
            })}
            {program.abi.is_some().then(|| view! {
                <button class="quiet" on:click=move |_| session.take_abi()>{words::TAKE_ONLY_THE_ABI}</button>
            })}
            <button class="quiet" on:click=move |_| session.leave_file()>{words::LEAVE_IT}</button>
        </div>
        {move || match intake.deploy.get() {
            DeployState::None => None,
            DeployState::Running => Some(view! { <p class="note" role="status">{words::THE_CONSTRUCTOR_RUNS}</p> }.into_any()),
            DeployState::Failed(why) => Some(view! { <p class="error" role="alert">{why}</p> }.into_any()),
        }}
    }
}
