//! The program's pane: bytecode, its disassembly, and the example's source.

use leptos::prelude::*;

use super::{
    disassembly::Disassembly,
    field::{HexArea, TextField},
    session::Session,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Code,
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
    let is_example = Memo::new(move |_| {
        let code = example(|example| example.code.clone());
        session.draft.code.with(|typed| *typed == code)
    });
    view! {
        <section class="pane program" aria-label="Program">
            <div class="pane-head">
                <h2>"Program"</h2>
                <div class="segments" role="tablist" aria-label="Views of the program">
                    {[(Tab::Code, "Bytecode"), (Tab::Disassembly, "Disassembly"), (Tab::Source, "Source")]
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
                            <HexArea label="Runtime bytecode, hex" name="code" text=session.draft.code rows=14 />
                            <TextField label="Contract address" name="to" text=session.draft.to />
                        }
                        .into_any()
                    }
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
