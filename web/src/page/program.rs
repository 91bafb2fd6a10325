//! The program's pane: bytecode, its disassembly, and the example's source.

use leptos::{ev, prelude::*};

use lanevm_core::{
    Fork,
    assembly::{self, Problem, Severity},
};

use super::{
    code_area::CodeArea, disassembly::Disassembly, field::TextField, guessing::GuessFunctions, intake::IntakeCard,
    programs::Programs, session::Session, text::grouped,
};
use crate::{
    browser::editor::Mark,
    form::program::{NoCode, Source, is_json, read},
    words::program as words,
};

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
    let source = source(session);
    let marks =
        Memo::new(move |_| source.with(|source| problems(source.as_ref()).iter().map(mark).collect::<Vec<_>>()));
    let language = Memo::new(move |_| session.draft.code.with(|text| language(text)));
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
            aria-label=words::PROGRAM
            on:dragover=move |event| event.prevent_default()
            on:drop=drop_file
        >
            <div class="pane-head">
                <h2>{words::PROGRAM}</h2>
                <div class="segments" role="tablist" aria-label=words::VIEWS_OF_THE_PROGRAM>
                    {[(Tab::Code, words::CODE), (Tab::Abi, words::ABI), (Tab::Disassembly, words::DISASSEMBLY), (Tab::Source, words::SOURCE)]
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
                    {words::OPEN_A_FILE}
                    <input
                        type="file"
                        aria-label=words::OPEN_A_PROGRAM_FILE
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
                                fallback=|| view! { <p class="about">{words::OWN_BYTECODE}</p> }
                            >
                                <p class="about">
                                    <b>{move || example(|example| example.function.to_owned())}</b>
                                    " — "
                                    {move || example(|example| example.summary.to_owned())}
                                </p>
                            </Show>
                            <Programs />
                            <CodeArea
                                label=words::CODE_FIELD
                                name="code"
                                text=session.draft.code
                                rows=14
                                language=language
                                marks=marks
                                caret=caret
                            />
                            <SourceNotes source=source caret=caret />
                            <IntakeCard />
                            <TextField label=words::CONTRACT_ADDRESS name="to" text=session.draft.to />
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
                                        words::SOURCE_OF_BEFORE
                                    }
                                >
                                    {move || words::compiled_by(example(|example| example.compiler.clone()))}
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

/// What was read of the program's text.
type Read = Option<Result<Source, NoCode>>;

/// The program's text, read where that is quick.
fn source(session: Session) -> Memo<Read> {
    let fork = Memo::new(move |_| Fork::parse(&session.draft.fork.get()).unwrap_or(Fork::LATEST));
    Memo::new(move |_| {
        session.draft.code.with(|text| (text.len() <= READ_HERE && !is_json(text)).then(|| read(text, fork.get())))
    })
}

/// What a program's text is to the editor.
fn language(text: &str) -> &'static str {
    if is_json(text) {
        "json"
    } else if text.len() <= READ_HERE && assembly::looks_like_assembly(text) {
        "assembly"
    } else {
        "hex"
    }
}

fn problems(source: Option<&Result<Source, NoCode>>) -> &[Problem] {
    match source {
        Some(Ok(Source::Assembly(_, problems)) | Err(NoCode::Assembly(problems))) => problems,
        _ => &[],
    }
}

fn mark(problem: &Problem) -> Mark {
    Mark {
        line: problem.line,
        from: problem.columns.start,
        to: problem.columns.end,
        words: problem.kind.to_string(),
        error: problem.severity() == Severity::Error,
    }
}

/// What the code is, and what is wrong with it, place by place.
#[component]
fn SourceNotes(
    /// What was read.
    source: Memo<Read>,
    /// Where the field's caret shall go.
    caret: RwSignal<Option<(u32, u32, u32)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let words = move || {
        let origin = session.intake.origin.get();
        if !origin.words.is_empty() && session.draft.code.with(|code| *code == origin.code) {
            return origin.words;
        }
        source.with(|source| match source {
            Some(Ok(Source::Hex(bytes))) => words::is_hex(grouped(bytes.len())),
            Some(Ok(Source::Assembly(bytes, _))) => words::is_assembly(grouped(bytes.len())),
            Some(Err(NoCode::Assembly(problems))) => words::to_mend(problems.len()),
            _ => String::new(),
        })
    };
    let problems = move || source.with(|source| problems(source.as_ref()).to_vec());
    view! {
        <p class="note kind" role="status" aria-label=words::CODE_KIND>
            {words}
            <Show when=move || session.intake.before.with(Option::is_some)>
                " "
                <button class="link" on:click=move |_| session.put_back()>{words::PUT_BACK_WHAT_WAS_THERE}</button>
            </Show>
        </p>
        {move || {
            let problems = problems();
            (!problems.is_empty()).then(|| view! {
                <ul class="problems" aria-label=words::PROBLEMS_OF_THE_ASSEMBLY>
                    {problems.into_iter().map(|problem| view! { <ProblemRow problem=problem caret=caret /> }).collect_view()}
                </ul>
            })
        }}
    }
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
            // The field keeps the focus: losing it shows what is wrong with the field, which would move the button from under
            // the pointer.
            <button class="link" on:mousedown=|press| press.prevent_default() on:click=move |_| caret.set(Some(place))>
                {words::place(place.0, place.1)}
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
                let guessed = abi.functions.iter().filter(|function| function.guessed).count();
                let (functions, events, errors) = (abi.functions.len(), abi.events.len(), abi.errors.len());
                words::about_abi(functions, guessed, events, errors)
            }
            Err(why) => why.clone(),
        })
    };
    let language = Memo::new(move |_| session.draft.abi.with(|text| if is_json(text) { "json" } else { "lines" }));
    let marks = Memo::new(move |_| {
        session.abi.with(|abi| abi.as_ref().err().and_then(|why| mark_of(why)).into_iter().collect::<Vec<_>>())
    });
    view! {
        <p class="about">
            {words::ABI_FORMS}
            <code>{words::ABI_LINE}</code>
            {words::ABI_USE}
        </p>
        <CodeArea label=words::ABI name="abi" text=session.draft.abi rows=18 language=language marks=marks />
        <p class="note" role="status">{words}</p>
        <GuessFunctions silent=true />
    }
}

/// The mark of a mistake in an interface, where its words begin with a place in the text: `line 3, column 9: …`.
fn mark_of(why: &str) -> Option<Mark> {
    let (line, rest) = why.strip_prefix("line ")?.split_once(", column ")?;
    let (column, words) = rest.split_once(": ")?;
    Some(Mark { line: line.parse().ok()?, from: column.parse().ok()?, to: 0, words: words.to_owned(), error: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_an_interface_has_a_place() {
        let of = |text: &str| mark_of(&crate::form::program::read_abi(text).unwrap_err());
        let mark = of("function f()\nfunction nothing(").unwrap();
        assert_eq!((mark.line, mark.to, mark.error), (2, 0, true));
        assert!(of("[{]").is_some());
        // What stands at no place of the text has no mark.
        assert_eq!(of("[{\"type\": \"sideways\"}]"), None);
    }

    #[test]
    fn the_text_says_its_language() {
        assert_eq!(
            ["[]", "PUSH1 1", "; a\nloop: ADD", "0x60", ""].map(language),
            ["json", "assembly", "assembly", "hex", "hex"]
        );
    }
}
