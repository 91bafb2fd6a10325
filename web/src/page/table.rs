//! The table of lanes: the rows in sight, fetched from the worker as they come into sight.

use leptos::prelude::*;

use super::{
    session::Session,
    text::{grouped, narrow, short, status_kind, status_word},
    virtual_rows::VirtualRows,
};
use crate::protocol::Row;

/// Pixels a row; the style sheet says the same of `.lane-row`.
const ROW: f64 = 26.0;

/// The table.
#[component]
pub(crate) fn Table() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = Memo::new(move |_| session.lane.with(|lane| lane.as_ref().map(|lane| lane.row.lane)));
    let inputs = Memo::new(move |_| {
        session.summary.with(|summary| summary.as_ref().map(|summary| summary.inputs.clone()).unwrap_or_default())
    });
    // Two of the varying inputs are shown beside the outcome; a lane's own pane has them all.
    let heads = move || {
        inputs.get().into_iter().take(2).map(|name| view! { <span role="columnheader">{name}</span> }).collect_view()
    };
    let target = Signal::derive(move || open.get().filter(|_| session.filter.get_untracked().is_none()));
    let step = move |by: isize| {
        let lanes = session.statuses.with_untracked(Vec::len);
        let now = open.get_untracked().unwrap_or(0);
        let next = now.saturating_add_signed(by).min(lanes.saturating_sub(1));
        if session.filter.get_untracked().is_none() && lanes > 0 {
            session.open(next);
        }
    };
    view! {
        <div
            class="table"
            role="table"
            aria-label="Lanes"
            aria-rowcount=move || (session.total.get() + 1).to_string()
            data-inputs=move || inputs.with(|inputs| inputs.len().min(2)).to_string()
            on:keydown=move |event| {
                match event.key().as_str() {
                    "ArrowDown" | "j" => step(1),
                    "ArrowUp" | "k" => step(-1),
                    _ => return,
                }
                event.prevent_default();
            }
        >
            <div class="lane-row lane-head" role="row">
                <span role="columnheader" class="number">"Lane"</span>
                <span role="columnheader">"Status"</span>
                <span role="columnheader" class="number">"Gas used"</span>
                <span role="columnheader">"Return data"</span>
                {heads}
                <span role="columnheader">"By"</span>
            </div>
            <VirtualRows
                total=session.total
                row_height=ROW
                label="Lanes"
                target=target
                on_sight=move |sight| session.show_rows(sight.first, sight.count)
                rows=move |sight| {
                    session
                        .window
                        .with(|window| {
                            (sight.first..sight.first + sight.count)
                                .map(|index| {
                                    let row = index.checked_sub(window.from).and_then(|at| window.rows.get(at));
                                    match row {
                                        Some(row) => lane_row(session, open, index, row).into_any(),
                                        None => {
                                            view! {
                                                <div class="lane-row" role="row" aria-rowindex=(index + 2).to_string()>
                                                    <span class="number" role="cell">"…"</span>
                                                </div>
                                            }
                                                .into_any()
                                        }
                                    }
                                })
                                .collect::<Vec<_>>()
                        })
                }
            />
        </div>
    }
}

fn lane_row(session: Session, open: Memo<Option<usize>>, index: usize, row: &Row) -> impl IntoView + use<> {
    let lane = row.lane;
    let output = match (&row.meaning, row.output_len) {
        (Some(meaning), _) => meaning.clone(),
        (None, 0) => "none".into(),
        (None, len) if len > 32 => format!("{} ({} bytes)", short(&row.output), grouped(len)),
        // A word is shown without the zeros before it.
        (None, 32) => {
            let digits = row.output.trim_start_matches("0x").trim_start_matches('0');
            short(&format!("0x{}", if digits.is_empty() { "0" } else { digits }))
        }
        (None, _) => short(&row.output),
    };
    let inputs = row.inputs.iter().take(2).map(|value| {
        view! { <span class="mono" role="cell" title=value.clone()>{narrow(value)}</span> }
    });
    let inputs = inputs.collect_view();
    view! {
        <div
            class="lane-row"
            role="row"
            aria-rowindex=(index + 2).to_string()
            aria-selected=move || (open.get() == Some(lane)).to_string()
            on:click=move |_| session.visit(lane)
        >
            <span class="number" role="cell">{grouped(lane)}</span>
            <span role="cell"><i class="mark" data-kind=status_kind(row.status)></i>{status_word(row.status)}</span>
            <span class="number mono" role="cell">{grouped(&row.gas)}</span>
            <span class="mono" role="cell" title=row.output.clone()>{output}</span>
            {inputs}
            <span role="cell">{if row.on_gpu { "GPU" } else { "CPU" }}</span>
        </div>
    }
}
