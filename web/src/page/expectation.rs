//! What every lane should be, and the lanes that are not; and this run held to the one before.

use leptos::prelude::*;

use super::{
    expression::Expression,
    session::Session,
    text::{grouped, status_word},
};
use crate::protocol::{CompareView, ExpectView};

/// The expectation.
#[component]
pub(crate) fn Expectation() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    view! {
        <div class="shown expectation">
            <p class="hint">"What every lane should be, in the words of a filter. It is kept with the document and checked after every run."</p>
            <Expression
                id="expectation"
                label="Expect"
                placeholder="status == success and gas < 60000"
                text=looking.expectation
                wrong=Signal::derive(move || looking.expected.get().and_then(Result::err))
                on_input=move |text| looking.expectation.set(text)
                on_enter=move || session.expect()
            >
                <button on:click=move |_| session.expect()>"Check"</button>
            </Expression>
            {move || match looking.expected.get() {
                None | Some(Err(_)) => ().into_any(),
                Some(Ok(view)) => came_of(session, view).into_any(),
            }}
        </div>
    }
}

fn came_of(session: Session, view: ExpectView) -> impl IntoView {
    if view.failing == 0 {
        let words = format!("All {} lanes are as expected.", grouped(view.of));
        return view! { <p class="verdict" role="status">{words}</p> }.into_any();
    }
    let unknown = match view.unknown {
        0 => String::new(),
        unknown => format!(" {} of them lack what is asked for.", grouped(unknown)),
    };
    let words = format!("{} of {} lanes are not as expected.{unknown}", grouped(view.failing), grouped(view.of));
    let same = view.first.as_ref().map(|(lane, _)| *lane) == view.smallest.as_ref().map(|(lane, _)| *lane);
    let example = |heading: &'static str, found: Option<(usize, String)>| {
        found.map(|(lane, inputs)| {
            view! {
                <p class="example">
                    <span class="hint">{heading}</span>
                    <button class="link" on:click=move |_| session.visit(lane)>{format!("Lane {}", grouped(lane))}</button>
                    <code>{inputs}</code>
                </p>
            }
        })
    };
    let heading = if same { "Smallest counterexample, and first" } else { "Smallest counterexample, by inputs" };
    let first = if same { None } else { view.first };
    let shown = view.failing > view.unknown;
    view! {
        <p class="verdict wrong" role="status">{words}</p>
        {example(heading, view.smallest)}
        {example("First lane", first)}
        {shown
            .then(|| {
                view! {
                    <button on:click=move |_| {
                        let text = session.looking.expectation.get_untracked();
                        session.set_filter(&format!("not ({text})"));
                    }>"Show the lanes where it is false"</button>
                }
            })}
    }
    .into_any()
}

/// This run and the one before.
#[component]
pub(crate) fn Compare() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="shown compare">
            {move || match session.looking.compared.get() {
                None => view! { <p class="hint" role="status">"Comparing…"</p> }.into_any(),
                Some(Err(why)) => view! { <p class="none">"Nothing to compare: "{why}"."</p> }.into_any(),
                Some(Ok(view)) => compared(session, view).into_any(),
            }}
        </div>
    }
}

fn compared(session: Session, view: CompareView) -> impl IntoView {
    let fact = |name: &'static str, value: String| {
        view! {
            <div class="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let total = match view.gas_difference.strip_prefix('-') {
        None if view.gas_difference == "0" => "the same".to_owned(),
        None => format!("+{}", grouped(&view.gas_difference)),
        Some(_) => grouped(&view.gas_difference),
    };
    let more = view.differ > view.some.len();
    let with = session.compared_words();
    let rows = view.some.iter().map(|(lane, statuses, gas)| {
        let lane = *lane;
        let difference = i128::from(gas[1]) - i128::from(gas[0]);
        let sign = if difference > 0 { "+" } else { "" };
        view! {
            <li class="example">
                <button class="link" on:click=move |_| session.visit(lane)>{format!("Lane {}", grouped(lane))}</button>
                <span>{format!("{} → {}", status_word(statuses[0]), status_word(statuses[1]))}</span>
                <span class="mono">
                    {format!("{} → {} gas ({sign}{})", grouped(gas[0]), grouped(gas[1]), grouped(difference))}
                </span>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <p class="verdict" role="status">
            {if view.differ == 0 {
                format!("All {} lanes came out as in {with}.", grouped(view.lanes))
            } else {
                format!("{} of {} lanes differ from {with}.", grouped(view.differ), grouped(view.lanes))
            }}
        </p>
        <dl class="facts">
            {fact("Other status", grouped(view.status))}
            {fact("Other return data", grouped(view.output))}
            {fact("Other gas", grouped(view.gas))}
            {fact("Other logs or state", grouped(view.left))}
            {fact("Gas of all lanes", total)}
        </dl>
        {(view.differ > 0)
            .then(|| {
                view! {
                    <div class="choices">
                        <button on:click=move |_| session.set_filter("differs")>"Show the lanes that differ"</button>
                        <button class="quiet" on:click=move |_| session.paint_by(Some("gas_delta".into()))>
                            "Colour the map by gas_delta"
                        </button>
                    </div>
                }
            })}
        <ul class="group-rows">{rows}</ul>
        {more.then(|| view! { <p class="hint">"Only the first are listed."</p> })}
    }
}
