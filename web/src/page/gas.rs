//! The gas histogram: a bar is a button that shows its lanes.

use leptos::prelude::*;

use crate::words::figures as words;

use super::{session::Session, text::grouped};

/// The histogram.
#[component]
pub(crate) fn Gas() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="shown gas">
            {move || {
                let bars = session.looking.overview.with(|overview| overview.as_ref().map(|it| it.gas.clone()));
                match bars {
                    None => view! { <p class="hint" role="status">{words::COUNTING_GAS}</p> }.into_any(),
                    Some(bars) if bars.is_empty() => view! { <p class="none">{words::NO_LANE_ENDED}</p> }.into_any(),
                    Some(bars) => histogram(session, bars).into_any(),
                }
            }}
        </div>
    }
}

fn words(from: u64, to: u64) -> String {
    if from == to { grouped(from) } else { words::from_to(grouped(from), grouped(to)) }
}

fn histogram(session: Session, bars: Vec<(u64, u64, u64)>) -> impl IntoView {
    let most = bars.iter().map(|(.., lanes)| *lanes).max().unwrap_or(1).max(1);
    let first = bars.first().map_or(0, |(from, ..)| *from);
    let middle = bars.get(bars.len() / 2).map_or(0, |(from, ..)| *from);
    let last = bars.last().map_or(0, |(_, to, _)| *to);
    let width = |bar: &(u64, u64, u64)| bar.1 - bar.0;
    let even = bars.first().map(width) == bars.last().map(width);
    let note = if even { "" } else { words::BARS_WIDEN };
    let shown = RwSignal::new(String::new());
    let each = bars.into_iter().map(|(from, to, lanes)| {
        let label = words::gas_bar(words(from, to), grouped(lanes));
        let (hover, focus) = (label.clone(), label.clone());
        let filter = if from == to { format!("gas == {from}") } else { format!("gas >= {from} and gas <= {to}") };
        let set = filter.clone();
        // A bar of one lane among a million is still to be seen.
        let height = if lanes == 0 { 0.0 } else { (lanes as f64 * 100.0 / most as f64).max(1.5) };
        view! {
            <li>
                <button
                    class="bar"
                    aria-label=label
                    disabled=lanes == 0
                    aria-pressed=move || (session.looking.filter.get() == filter).to_string()
                    on:click=move |_| session.set_filter(&set)
                    on:mouseenter=move |_| shown.set(hover.clone())
                    on:focus=move |_| shown.set(focus.clone())
                >
                    <i style:height=format!("{height:.2}%")></i>
                </button>
            </li>
        }
    });
    let each = each.collect_view();
    view! {
        <p class="axis-words">
            <span>{words::BAR_MOST_BEFORE}{grouped(most)}{words::BAR_MOST_AFTER}</span>
            <span class="mono" aria-hidden="true">{move || shown.get()}</span>
        </p>
        <ol class="bars" aria-label=words::LANES_BY_GAS_USED>{each}</ol>
        <p class="axis-words mono">
            <span>{grouped(first)}</span>
            <span>{grouped(middle)}</span>
            <span>{grouped(last)}</span>
        </p>
        <p class="hint">{words::GAS_NOTE}{note}</p>
    }
}
