//! The program's pane: bytecode, its disassembly, and the example's source.

use leptos::{ev, prelude::*};

use lanevm_core::{Fork, assembly::Problem};

use super::{
    disassembly::Disassembly,
    field::{HexArea, TextField},
    intake::IntakeCard,
    programs::Programs,
    session::Session,
    text::grouped,
};
use crate::form::program::{NoCode, Source, is_json, read};

/// Text longer than this is not read at every keystroke.
const READ_HERE: usize = 400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Code,
    Abi,
    Disassembly,
    Source,
}

/// The pane.
#[component]
pub(crate) fn ProgramPane() -> impl IntoView {
    let session = expect_context::<Session>();
    let tab = RwSignal::new(Tab::Code);
    let example = move |read: fn(&lanevm_core::Example) -> String| {
        session.examples.with_value(|examples| examples.get(session.example.get()).map(read).unwrap_or_default())
    };
    let caret = RwSignal::new(None);
    let drop_file = move |event: ev::DragEvent| {
        if crate::browser::dropped::text(&event, move |name, text| took(session, &name, text)) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let is_example = Memo::new(move |_| {
        let code = example(|example| example.code.clone());
        session.draft.code.with(|typed| typed.trim() == code)
    });
    view! {
        <section
            class="pane program"
            aria-label="Program"
            on:dragover=move |event| event.prevent_default()
            on:drop=drop_file
        >
            <div class="pane-head">
                <h2>"Program"</h2>
                <div class="segments" role="tablist" aria-label="Views of the program">
                    {[(Tab::Code, "Code"), (Tab::Abi, "ABI"), (Tab::Disassembly, "Disassembly"), (Tab::Source, "Source")]
                        .into_iter()
                        .map(|(this, word)| {
                            view! {
                                <button
                                    role="tab"
                                    aria-selected=move || (tab.get() == this).to_string()
                                    on:click=move |_| tab.set(this)
                                >
                                    {word}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
                <label class="file">
                    "Open a file"
                    <input
                        type="file"
                        aria-label="Open a program file"
                        on:change:target=move |event| {
                            crate::browser::dropped::chosen(&event.target(), move |name, text| took(session, &name, text));
                        }
                    />
                </label>
            </div>
            <div class="pane-body">
                {move || match tab.get() {
                    Tab::Code => {
                        view! {
                            <Show
                                when=move || is_example.get()
                                fallback=|| view! { <p class="about">"Bytecode of your own, run as the contract’s code."</p> }
                            >
                                <p class="about">
                                    <b>{move || example(|example| example.function.to_owned())}</b>
                                    " — "
                                    {move || example(|example| example.summary.to_owned())}
                                </p>
                            </Show>
                            <Programs />
                            <HexArea
                                label="Code: hex, assembly or an artifact"
                                name="code"
                                text=session.draft.code
                                rows=14
                                lines=true
                                caret=caret
                            />
                            <SourceNotes caret=caret />
                            <IntakeCard />
                            <TextField label="Contract address" name="to" text=session.draft.to />
                        }
                        .into_any()
                    }
                    Tab::Abi => view! { <AbiTab /> }.into_any(),
                    Tab::Disassembly => view! { <Disassembly /> }.into_any(),
                    Tab::Source => {
                        view! {
                            <p class="about">
                                <Show
                                    when=move || is_example.get()
                                    fallback=|| {
                                        "The source of the example chosen above; the bytecode has been changed since."
                                    }
                                >
                                    {move || format!("Solidity, compiled by solc {}.", example(|example| example.compiler.clone()))}
                                </Show>
                            </p>
                            <pre class="source mono" tabindex="0">{move || example(|example| example.source.to_owned())}</pre>
                        }
                        .into_any()
                    }
                }}
            </div>
        </section>
    }
}

fn took(session: Session, name: &str, text: Result<String, String>) {
    match text {
        Ok(text) => session.read_file(name, &text),
        Err(why) => session.intake.wrong.set(Some(why)),
    }
}

/// What the code is, and what is wrong with it, place by place.
#[component]
fn SourceNotes(
    /// Where the field's caret shall go.
    caret: RwSignal<Option<(u32, u32, u32)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let fork = Memo::new(move |_| Fork::parse(&session.draft.fork.get()).unwrap_or(Fork::LATEST));
    let source = Memo::new(move |_| {
        session.draft.code.with(|text| (text.len() <= READ_HERE && !is_json(text)).then(|| read(text, fork.get())))
    });
    let words = move || {
        let origin = session.intake.origin.get();
        if !origin.words.is_empty() && session.draft.code.with(|code| *code == origin.code) {
            return origin.words;
        }
        source.with(|source| match source {
            Some(Ok(Source::Hex(bytes))) => format!("Hex: {} bytes of runtime code.", grouped(bytes.len())),
            Some(Ok(Source::Assembly(bytes, _))) => {
                format!("EVM assembly: {} bytes of runtime code.", grouped(bytes.len()))
            }
            Some(Err(NoCode::Assembly(problems))) => format!("EVM assembly with {} to mend.", count(problems.len())),
            _ => String::new(),
        })
    };
    let problems = move || {
        source.with(|source| match source {
            Some(Ok(Source::Assembly(_, problems)) | Err(NoCode::Assembly(problems))) => problems.clone(),
            _ => Vec::new(),
        })
    };
    view! {
        <p class="note kind" role="status" aria-label="What the code is">
            {words}
            <Show when=move || session.intake.before.with(Option::is_some)>
                " "
                <button class="link" on:click=move |_| session.put_back()>"Put back what was there"</button>
            </Show>
        </p>
        {move || {
            let problems = problems();
            (!problems.is_empty()).then(|| view! {
                <ul class="problems" aria-label="Problems of the assembly">
                    {problems.into_iter().map(|problem| view! { <ProblemRow problem=problem caret=caret /> }).collect_view()}
                </ul>
            })
        }}
    }
}

fn count(problems: usize) -> String {
    if problems == 1 { "one problem".into() } else { format!("{problems} problems") }
}

#[component]
fn ProblemRow(
    /// It.
    problem: Problem,
    /// Where the field's caret shall go.
    caret: RwSignal<Option<(u32, u32, u32)>>,
) -> impl IntoView {
    let place = (problem.line, problem.columns.start, problem.columns.end);
    view! {
        <li>
            <button class="link" on:click=move |_| caret.set(Some(place))>
                {format!("line {}, column {}", place.0, place.1)}
            </button>
            " "
            {problem.kind.to_string()}
        </li>
    }
}

/// The program's ABI.
#[component]
fn AbiTab() -> impl IntoView {
    let session = expect_context::<Session>();
    let words = move || {
        session.abi.with(|abi| match abi {
            Ok(abi) => {
                format!("{} functions, {} events, {} errors.", abi.functions.len(), abi.events.len(), abi.errors.len())
            }
            Err(why) => why.clone(),
        })
    };
    view! {
        <p class="about">
            "What the compiler wrote as JSON, or lines such as "
            <code>"function transfer(address to, uint256 amount) returns (bool)"</code>
            ". With it, calls are made by function and arguments."
        </p>
        <HexArea label="ABI" name="abi" text=session.draft.abi rows=18 lines=true />
        <p class="note" role="status">{words}</p>
    }
}
