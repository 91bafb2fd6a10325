//! A lane's recording, stepped through: the buttons, the line of gas, and what holds at the step. It asks the session; it
//! computes nothing of the EVM.

mod calls;
mod here;
mod holds;
mod line;
mod listing;

use leptos::prelude::*;

pub(super) use self::{calls::Calls, here::Here};
use self::{
    holds::{Memory, Stack, Storage},
    line::Line,
    listing::Listing,
};
use super::{
    session::{Session, TraceState},
    text::grouped,
};
use crate::{browser::focus, protocol::WalkView, words::trace as words};

/// The field for a place in the code, by its id.
const PLACE: &str = "trace-pc";

/// What a key does while the lane's pane has the focus and nothing is typed.
pub(super) fn key(session: Session, event: &leptos::ev::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || focus::is_writing() {
        return;
    }
    match event.key().as_str() {
        "j" => session.trace_by(1),
        "k" => session.trace_by(-1),
        "g" => focus::move_to(PLACE),
        _ => return,
    }
    event.prevent_default();
}

/// What is to be said of the recording.
fn words(state: &TraceState) -> String {
    match state {
        TraceState::None => String::new(),
        TraceState::Loading => words::REPLAYING.into(),
        TraceState::Failed(why) => words::no_trace(why),
        TraceState::Here(trace) => match &trace.cut {
            Some(why) => words::first_instructions(grouped(trace.steps), why),
            None if trace.steps == 0 => words::NO_INSTRUCTION_RAN.into(),
            None => String::new(),
        },
    }
}

/// The view.
#[component]
pub(crate) fn Trace() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    let steps = Memo::new(move |_| trace.steps());
    let first = move || steps.get() == 0 || trace.at.get() == 0;
    let last = move || trace.at.get() + 1 >= steps.get();
    let inner = move || trace.here.with(|here| here.as_ref().is_some_and(|here| here.facts.parent.is_some()));
    let button = move |name: &'static str, sign: &'static str, off: Signal<bool>, press: fn(Session)| {
        // Not `disabled`: a button that is pressed to the end keeps the focus, and with it the keys.
        view! {
            <button
                class="quiet"
                aria-label=name
                title=name
                aria-disabled=move || off.get().to_string()
                on:click=move |_| {
                    if !off.get_untracked() {
                        press(session);
                    }
                }
            >
                {sign}
            </button>
        }
    };
    let (first, last, inner) = (Signal::derive(first), Signal::derive(last), Signal::derive(move || !inner()));
    view! {
        <section class="trace" aria-label=words::TRACE>
            <div class="trace-head">
                <div class="trace-buttons" role="group" aria-label=words::STEPS>
                    {button(words::FIRST_STEP, "|◁", first, |session| session.trace_to(0))}
                    {button(words::STEP_BACK, "◁", first, |session| session.trace_by(-1))}
                    {button(words::STEP_FORWARD, "▷", last, |session| session.trace_by(1))}
                    {button(words::LAST_STEP, "▷|", last, |session| session.trace_to(usize::MAX))}
                    {button(words::BACK_OVER_THE_CALL, "↶", first, |session| session.trace_walk(WalkView::BackOver))}
                    {button(words::OVER_THE_CALL, "↷", last, |session| session.trace_walk(WalkView::Over))}
                    {button(words::OUT_TO_THE_CALLER, "↥", inner, |session| session.trace_walk(WalkView::Out))}
                </div>
                <Line />
                <Place />
                <button class="quiet" on:click=move |_| session.save_trace()>{words::SAVE_EIP_3155}</button>
            </div>
            <p class="trace-words note">
                <span>{move || trace.state.with(words)}</span>
                <span role="status">{move || trace.note.get()} {move || trace.file_note.get()}</span>
            </p>
            <div class="trace-columns">
                <Listing />
                <Stack />
                <Memory />
                <Storage />
            </div>
        </section>
    }
}

/// A place in the code as it is typed: hex, as the list writes it.
fn place(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// The field that goes to a place in the code.
#[component]
fn Place() -> impl IntoView {
    let session = expect_context::<Session>();
    let text = RwSignal::new(String::new());
    let wrong = RwSignal::new(false);
    let go = move || match place(&text.get_untracked()) {
        Some(pc) => session.trace_walk(WalkView::To(pc)),
        None => wrong.set(!text.with_untracked(|text| text.trim().is_empty())),
    };
    view! {
        <label class="trace-place" title=words::GO_TO_PC_NOTE>
            {words::GO_TO_PC}
            <input
                id=PLACE
                type="text"
                inputmode="text"
                autocomplete="off"
                spellcheck="false"
                aria-label=words::GO_TO_PC_NAME
                aria-invalid=move || wrong.get().to_string()
                prop:value=move || text.get()
                on:input:target=move |event| {
                    wrong.set(false);
                    text.set(event.target().value());
                }
                on:keydown=move |event| {
                    if event.key() == "Enter" && !event.ctrl_key() && !event.meta_key() {
                        event.prevent_default();
                        go();
                    }
                }
            />
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_hex() {
        assert_eq!((place("0x1F"), place(" 0001f "), place("10")), (Some(31), Some(31), Some(16)));
        assert_eq!((place(""), place("xyz"), place("0x100000000")), (None, None, None));
    }
}
