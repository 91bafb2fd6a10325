//! What every lane should be, and the lanes that are not; and this run held to the one before.

use leptos::prelude::*;

use super::{
    expression::Expression,
    session::Session,
    text::{grouped, status_word},
};
use crate::{
    protocol::{CompareView, ExpectView},
    words::compare as words,
};

/// The expectation.
#[component]
pub(crate) fn Expectation() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    view! {
        <div class="shown expectation">
            <p class="hint">{words::EXPECTATION_NOTE}</p>
            <Expression
                id="expectation"
                label=words::EXPECT
                placeholder=words::EXPECTATION_EXAMPLE
                text=looking.expectation
                wrong=Signal::derive(move || looking.expected.get().and_then(Result::err))
                on_input=move |text| looking.expectation.set(text)
                on_enter=move || session.expect()
            >
                <button on:click=move |_| session.expect()>{words::CHECK}</button>
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
        let words = words::all_as_expected(grouped(view.of));
        return view! { <p class="verdict" role="status">{words}</p> }.into_any();
    }
    let unknown = match view.unknown {
        0 => String::new(),
        unknown => words::lack_what_is_asked(grouped(unknown)),
    };
    let words = words::not_as_expected(grouped(view.failing), grouped(view.of), unknown);
    let same = view.first.as_ref().map(|(lane, _)| *lane) == view.smallest.as_ref().map(|(lane, _)| *lane);
    let example = |heading: &'static str, found: Option<(usize, String)>| {
        found.map(|(lane, inputs)| {
            view! {
                <p class="example">
                    <span class="hint">{heading}</span>
                    <button class="link" on:click=move |_| session.visit(lane)>{words::lane(grouped(lane))}</button>
                    <code>{inputs}</code>
                </p>
            }
        })
    };
    let heading = if same { words::SMALLEST_AND_FIRST } else { words::SMALLEST_BY_INPUTS };
    let first = if same { None } else { view.first };
    let shown = view.failing > view.unknown;
    view! {
        <p class="verdict wrong" role="status">{words}</p>
        {example(heading, view.smallest)}
        {example(words::FIRST_LANE, first)}
        {shown
            .then(|| {
                view! {
                    <button on:click=move |_| {
                        let text = session.looking.expectation.get_untracked();
                        session.set_filter(&format!("not ({text})"));
                    }>{words::SHOW_FALSE}</button>
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
                None => view! { <p class="hint" role="status">{words::COMPARING}</p> }.into_any(),
                Some(Err(why)) => view! { <p class="none">{words::NOTHING_TO_COMPARE}{why}"."</p> }.into_any(),
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
        None if view.gas_difference == "0" => words::THE_SAME.to_owned(),
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
                <button class="link" on:click=move |_| session.visit(lane)>{words::lane(grouped(lane))}</button>
                <span>{format!("{} → {}", status_word(statuses[0]), status_word(statuses[1]))}</span>
                <span class="mono">
                    {words::gas_change(grouped(gas[0]), grouped(gas[1]), sign, grouped(difference))}
                </span>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <p class="verdict" role="status">
            {if view.differ == 0 {
                words::all_the_same(grouped(view.lanes), with)
            } else {
                words::differ(grouped(view.differ), grouped(view.lanes), with)
            }}
        </p>
        <dl class="facts">
            {fact(words::OTHER_STATUS, grouped(view.status))}
            {fact(words::OTHER_RETURN_DATA, grouped(view.output))}
            {fact(words::OTHER_GAS, grouped(view.gas))}
            {fact(words::OTHER_LOGS_OR_STATE, grouped(view.left))}
            {fact(words::GAS_OF_ALL_LANES, total)}
        </dl>
        {(view.differ > 0)
            .then(|| {
                view! {
                    <div class="choices">
                        <button on:click=move |_| session.set_filter("differs")>{words::SHOW_THE_LANES_THAT_DIFFER}</button>
                        <button class="quiet" on:click=move |_| session.paint_by(Some("gas_delta".into()))>
                            {words::COLOUR_BY_GAS_DELTA}
                        </button>
                    </div>
                }
            })}
        <ul class="group-rows">{rows}</ul>
        {more.then(|| view! { <p class="hint">{words::ONLY_THE_FIRST_ARE_LISTED}</p> })}
    }
}
