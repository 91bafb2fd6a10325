//! The table of lanes: the rows in sight, fetched from the worker as they come into sight. Its order and columns are the
//! session's.

use leptos::prelude::*;

use super::{
    session::Session,
    text::{foreign, grouped, narrow, short, status_kind, status_word},
    virtual_rows::VirtualRows,
};
use crate::{protocol::Row, words::results as words};

/// Pixels a row; the style sheet says the same of `.lane-row`.
const ROW: f64 = 26.0;

/// Rows that a page key goes.
const PAGE: isize = 16;

/// A head that sorts by its column.
#[component]
fn Head(
    /// The column, as the filter language writes it.
    #[prop(into)]
    column: String,
    /// Its words.
    #[prop(into)]
    words: String,
    /// Whether it stands to the right.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let text = column.clone();
    let order = Memo::new(move |_| {
        session.looking.sort.with(|sort| sort.as_ref().filter(|by| by.column == text).map(|by| by.descending))
    });
    let title = words.clone();
    view! {
        <span
            role="columnheader"
            class:number=number
            aria-sort=move || match order.get() {
                None => "none",
                Some(false) => "ascending",
                Some(true) => "descending",
            }
        >
            <button class="head" title=title on:click=move |_| session.sort_by(&column)>
                {words}
                {move || match order.get() {
                    None => "",
                    Some(false) => " ▴",
                    Some(true) => " ▾",
                }}
            </button>
        </span>
    }
}

/// The table.
#[component]
pub(crate) fn Table() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let open = Memo::new(move |_| session.lane.with(|lane| lane.as_ref().map(|lane| lane.row.lane)));
    // The row that the keyboard came to is opened as soon as it is here.
    Effect::new(move |_| {
        let Some(cursor) = looking.cursor.get() else { return };
        let lane = session
            .window
            .with(|window| cursor.checked_sub(window.from).and_then(|at| window.rows.get(at)).map(|row| row.lane));
        if let Some(lane) = lane.filter(|lane| open.get_untracked() != Some(*lane)) {
            session.open(lane);
        }
    });
    let go = move |by: isize| {
        let rows = session.total.get_untracked();
        if rows > 0 {
            let next = match looking.cursor.get_untracked() {
                Some(now) => now.saturating_add_signed(by),
                None if by > 0 => by.unsigned_abs() - usize::from(looking.view.get_untracked() != 0),
                None => 0,
            };
            looking.cursor.set(Some(next.min(rows - 1)));
        }
    };
    let extra = Memo::new(move |_| looking.columns.get());
    let tracks = move || {
        let more = extra.with(Vec::len);
        // More of them are narrower, so that the last stays in sight.
        let each = if more > 2 { "minmax(44px, 1.2fr) " } else { "minmax(80px, 1.2fr) " };
        format!("68px minmax(84px, 1.1fr) 76px minmax(72px, 1.3fr) {} 36px", each.repeat(more))
    };
    view! {
        <div
            class="table"
            role="grid"
            aria-label=words::LANES
            aria-rowcount=move || (session.total.get() + 1).to_string()
            aria-colcount=move || (extra.with(Vec::len) + 5).to_string()
            style:--tracks=tracks
            on:keydown=move |event| {
                let end = isize::MAX;
                match event.key().as_str() {
                    "ArrowDown" | "j" => go(1),
                    "ArrowUp" | "k" => go(-1),
                    "PageDown" => go(PAGE),
                    "PageUp" => go(-PAGE),
                    "Home" => go(-end),
                    "End" => go(end),
                    "Enter" => match open.get_untracked() {
                        Some(_) => session.pane.set(super::Pane::Lane),
                        None => return,
                    },
                    _ => return,
                }
                event.prevent_default();
            }
        >
            <div class="lane-row lane-head" role="row">
                <Head column="lane" words=words::LANE number=true />
                <Head column="status" words=words::STATUS />
                <Head column="gas" words=words::GAS_USED number=true />
                <Head column="ret" words=words::RETURN_DATA />
                <For each=move || extra.get() key=Clone::clone let:column>
                    <Head column=column.clone() words=foreign(&column) />
                </For>
                <Head column="executed_on" words=words::BY />
            </div>
            <VirtualRows
                total=session.total
                row_height=ROW
                label=words::LANES
                target=looking.cursor
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
                                                    <span class="number" role="gridcell">"…"</span>
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
            <Show when=move || session.total.get() == 0>
                <p class="empty">{words::NO_LANE_PASSES_THE_FILTER}</p>
            </Show>
        </div>
    }
}

/// What a row says was returned.
pub(crate) fn returned(row: &Row) -> String {
    match (&row.meaning, row.output_len) {
        (Some(meaning), _) => meaning.clone(),
        (None, 0) => words::NONE.into(),
        (None, len) if len > 32 => words::with_bytes(short(&row.output), grouped(len)),
        // A word is shown without the zeros before it.
        (None, 32) => {
            let digits = row.output.trim_start_matches("0x").trim_start_matches('0');
            short(&format!("0x{}", if digits.is_empty() { "0" } else { digits }))
        }
        (None, _) => short(&row.output),
    }
}

fn lane_row(session: Session, open: Memo<Option<usize>>, index: usize, row: &Row) -> impl IntoView + use<> {
    let lane = row.lane;
    let cells = row.cells.iter().map(|cell| match cell {
        Some(value) => {
            view! { <span class="mono" role="gridcell" title=value.clone()>{narrow(value)}</span> }.into_any()
        }
        None => view! { <span class="none" role="gridcell">"–"</span> }.into_any(),
    });
    let cells = cells.collect_view();
    view! {
        <div
            class="lane-row"
            role="row"
            aria-rowindex=(index + 2).to_string()
            aria-selected=move || (open.get() == Some(lane)).to_string()
            on:click=move |_| {
                session.visit(lane);
                session.looking.cursor.set(Some(index));
            }
        >
            <span class="number" role="gridcell">{grouped(lane)}</span>
            <span role="gridcell">
                <i class="mark" data-kind=status_kind(row.status)></i>
                {status_word(row.status)}
            </span>
            <span class="number mono" role="gridcell">{grouped(&row.gas)}</span>
            <span class="mono" role="gridcell" title=row.output.clone()>{returned(row)}</span>
            {cells}
            <span role="gridcell">{if row.on_gpu { words::GPU } else { words::CPU }}</span>
        </div>
    }
}
