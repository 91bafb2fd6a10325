//! Lanes in groups: by status, by what a revert says, by return value, by who answered. Each is a row with a way to its lanes;
//! together they are the lane map in words.

use leptos::prelude::*;

use super::{
    session::Session,
    text::{grouped, status_kind},
};
use crate::{
    protocol::{Group, Overview},
    words::figures as words,
};

/// The groups.
#[component]
pub(crate) fn Groups() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="shown groups">
            {move || match session.looking.overview.get() {
                None => view! { <p class="hint" role="status">{words::COUNTING_LANES}</p> }.into_any(),
                Some(overview) => all(overview).into_any(),
            }}
        </div>
    }
}

fn all(overview: Overview) -> impl IntoView {
    let Overview { lanes, statuses, reasons, other_reasons, values, other_values, answered, function, .. } = overview;
    let by_value = function.map_or_else(|| words::BY_RETURN_VALUE.to_owned(), words::by_return_value_of);
    view! {
        <Listed heading=words::BY_STATUS groups=statuses lanes=lanes />
        <Listed heading=words::BY_REVERT_REASON groups=reasons lanes=lanes other=other_reasons none=words::NO_LANE_REVERTED />
        <Listed heading=by_value groups=values lanes=lanes other=other_values none=words::NO_LANE_RETURNED />
        <Listed heading=words::BY_WHO_ANSWERED groups=answered lanes=lanes />
    }
}

#[component]
fn Listed(
    #[prop(into)] heading: String,
    groups: Vec<Group>,
    lanes: usize,
    /// Lanes of groups that are not listed, and how many groups those are.
    #[prop(default = (0, 0))]
    other: (u64, u64),
    #[prop(default = words::NONE)] none: &'static str,
) -> impl IntoView {
    let empty = groups.is_empty();
    let rows = groups.into_iter().map(|group| row(group, lanes)).collect_view();
    let (rest, kinds) = other;
    let rest = (kinds > 0).then(|| {
        let words = words::other_groups(grouped(kinds));
        row(Group { words, lanes: rest, filter: None, status: None }, lanes)
    });
    let label = heading.clone();
    view! {
        <section aria-label=label>
            <h3>{heading}</h3>
            {empty.then(|| view! { <p class="none">{none}</p> })}
            <ul class="group-rows">{rows} {rest}</ul>
        </section>
    }
}

/// A share in words: never 0 % of what there is, nor 100 % of what is not all.
fn share(part: u64, all: usize) -> String {
    let share = part as f64 * 100.0 / (all as f64).max(1.0);
    match share {
        _ if part as usize == all => "100 %".into(),
        share if share < 0.1 => "< 0.1 %".into(),
        share if share > 99.9 => "> 99.9 %".into(),
        share => format!("{share:.1} %"),
    }
}

fn row(group: Group, lanes: usize) -> impl IntoView {
    let session = expect_context::<Session>();
    let percent = group.lanes as f64 * 100.0 / (lanes as f64).max(1.0);
    let kind = group.status.map_or("", status_kind);
    let title = group.words.clone();
    let words = group.words.clone();
    let said = match group.filter.clone() {
        Some(filter) => {
            let set = filter.clone();
            view! {
                <button
                    class="group-words link"
                    title=words::show_only(title)
                    aria-pressed=move || (session.looking.filter.get() == filter).to_string()
                    on:click=move |_| session.set_filter(&set)
                >
                    {words}
                </button>
            }
            .into_any()
        }
        None => view! { <span class="group-words" title=title>{words}</span> }.into_any(),
    };
    view! {
        <li class="group-row">
            {said} <span class="number">{grouped(group.lanes)}</span> <span class="number hint">{share(group.lanes, lanes)}</span>
            <span class="share" aria-hidden="true">
                <i data-kind=kind style:width=format!("{:.2}%", percent.max(0.4))></i>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_do_not_round_to_all_or_nothing() {
        assert_eq!(share(1, 1_000_000), "< 0.1 %");
        assert_eq!(share(999_999, 1_000_000), "> 99.9 %");
        assert_eq!(share(7, 7), "100 %");
        assert_eq!(share(1, 2), "50.0 %");
    }
}
