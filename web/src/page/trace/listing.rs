//! The list of a lane's instructions, which follows the step that is looked at.

use lanevm_core::facts;
use leptos::prelude::*;

use crate::{
    page::{session::Session, text::grouped, virtual_rows::VirtualRows},
    words::trace as words,
};

/// Pixels by which a frame's instructions stand to the right of its caller's, up to some frames.
const INDENT: u32 = 8;

const REVERT: u8 = 0xfd;

/// The view.
#[component]
pub(super) fn Listing() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    let total = Signal::derive(move || trace.steps());
    let target = Signal::derive(move || (trace.steps() > 0).then(|| trace.at.get()));
    view! {
        <section class="held" aria-label=words::INSTRUCTIONS>
            <h3>
                {move || match total.get() {
                    0 => words::INSTRUCTIONS.to_owned(),
                    steps => words::instructions(grouped(steps)),
                }}
            </h3>
        <div class="trace-table mono" role="table" aria-label=words::INSTRUCTIONS>
            <div class="step step-head" role="row">
                <span role="columnheader" class="number">"#"</span>
                <span role="columnheader">{words::PC}</span>
                <span role="columnheader">{words::OP}</span>
                <span role="columnheader" class="number">{words::GAS_LEFT}</span>
            </div>
            <VirtualRows
                total=total
                row_height=20.0
                label=words::INSTRUCTIONS
                target=target
                on_sight=move |sight| {
                    // A list that has become longer is to be filled too.
                    trace.state.track();
                    session.trace_list(sight.first, sight.count);
                }
                rows=move |sight| {
                    let (from, window) = trace.window.get();
                    (sight.first..sight.first + sight.count)
                        .map(|index| {
                            let step = index.checked_sub(from).and_then(|place| window.get(place)).cloned();
                            let Some(step) = step else {
                                return view! { <div class="step" role="row"><span role="cell" class="number">{grouped(index)}</span></div> }
                                    .into_any();
                            };
                            let right = format!("{}px", (step.depth.saturating_sub(1)).min(6) * INDENT);
                            let left = step.pushed.as_ref().map(words::leaves).unwrap_or_default();
                            let title = words::instruction_title(step.depth, grouped(step.cost), left);
                            view! {
                                <div
                                    class="step"
                                    role="row"
                                    title=title
                                    aria-current=move || (trace.at.get() == index).then_some("step")
                                    on:click=move |_| session.trace_to(index)
                                >
                                    <span role="cell" class="number">{grouped(index)}</span>
                                    <span role="cell" class="pc">{format!("{:05x}", step.pc)}</span>
                                    <span role="cell" class="op" class:failed=step.failed style:padding-left=right>
                                        {facts::name(step.op)}
                                        {(step.failed && step.op != REVERT).then_some(words::HALTS)}
                                    </span>
                                    <span role="cell" class="number">{grouped(step.gas)}</span>
                                </div>
                            }
                                .into_any()
                        })
                        .collect::<Vec<_>>()
                }
            />
        </div>
        </section>
    }
}
