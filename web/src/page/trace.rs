//! A lane's instructions with the top of the stack, and their file.

use lanevm_core::facts;
use leptos::prelude::*;

use super::{
    session::{Session, TraceState},
    text::{grouped, short},
    virtual_rows::VirtualRows,
};

/// The view.
#[component]
pub(crate) fn Trace() -> impl IntoView {
    let session = expect_context::<Session>();
    let total = Signal::derive(move || {
        session.trace.with(|trace| match trace {
            TraceState::Here(trace) => trace.steps.len(),
            _ => 0,
        })
    });
    let words = move || {
        session.trace.with(|trace| match trace {
            TraceState::None => String::new(),
            TraceState::Loading => "Replaying the lane on the CPU engine…".into(),
            TraceState::Failed(why) => format!("No trace: {why}."),
            TraceState::Here(trace) if trace.cut => {
                format!("The first {} instructions; the file has up to a million.", grouped(trace.steps.len()))
            }
            TraceState::Here(trace) => format!("{} instructions.", grouped(trace.steps.len())),
        })
    };
    view! {
        <section class="trace" aria-label="Trace">
            <div class="trace-head">
                <h3>"Trace"</h3>
                <span class="hint">{words}</span>
                <button class="quiet" on:click=move |_| session.save_trace()>"Save EIP-3155 ⤓"</button>
            </div>
            {move || session.file_note.get().map(|note| view! { <p class="note" role="status">{note}</p> })}
            <div class="trace-table mono" role="table" aria-label="Instructions">
                <div class="step step-head" role="row">
                    <span role="columnheader" class="number">"#"</span>
                    <span role="columnheader">"pc"</span>
                    <span role="columnheader">"op"</span>
                    <span role="columnheader" class="number">"gas left"</span>
                    <span role="columnheader">"stack, top first"</span>
                </div>
                <VirtualRows
                    total=total
                    row_height=20.0
                    label="Instructions"
                    on_sight=|_| {}
                    rows=move |sight| {
                        session
                            .trace
                            .with(|trace| {
                                let TraceState::Here(trace) = trace else { return Vec::new() };
                                trace
                                    .steps
                                    .iter()
                                    .enumerate()
                                    .skip(sight.first)
                                    .take(sight.count)
                                    .map(|(index, step)| {
                                        let stack: Vec<String> = step.stack.iter().map(|item| short(item)).collect();
                                        let mut shown = stack.join("  ");
                                        if step.height > step.stack.len() {
                                            shown.push_str(&format!("  +{}", step.height - step.stack.len()));
                                        }
                                        let place = format!("depth {}, memory {} bytes", step.depth, step.memory);
                                        view! {
                                            <div class="step" role="row" title=place>
                                                <span role="cell" class="number">{index}</span>
                                                <span role="cell" class="pc">{format!("{:05x}", step.pc)}</span>
                                                <span role="cell" class="op">{facts::name(step.op)}</span>
                                                <span role="cell" class="number">{grouped(step.gas)}</span>
                                                <span role="cell" class="stack">{shown}</span>
                                            </div>
                                        }
                                    })
                                    .collect::<Vec<_>>()
                            })
                    }
                />
            </div>
        </section>
    }
}
