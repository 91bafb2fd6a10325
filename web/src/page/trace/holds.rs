//! What a frame holds at the step: its stack, its memory in rows of 32 bytes, the slots of its account. What the step before
//! changed is marked, by more than colour.

use leptos::prelude::*;
use leptos_use::use_media_query;

use crate::{
    page::{
        session::Session,
        text::{grouped, narrow},
        virtual_rows::VirtualRows,
    },
    protocol::{SlotView, StepView},
    words::trace as words,
};

/// Pages on which a row of memory takes two lines; the style sheet says the same.
const NARROW: &str = "(max-width: 1419px)";

fn head(name: &'static str, count: impl Fn() -> String + Send + 'static) -> impl IntoView {
    view! {
        <h3>
            {name} " " <small>{count}</small>
        </h3>
    }
}

/// The mark of what the step before changed; the room for it where nothing did.
fn mark(changed: bool) -> impl IntoView {
    view! {
        <span class="changed-mark" role="cell">
            {changed.then(|| view! { "●" <span class="hidden">{words::CHANGED}</span> })}
        </span>
    }
}

/// The stack, its top first.
#[component]
pub(super) fn Stack() -> impl IntoView {
    let trace = expect_context::<Session>().trace;
    let total = Memo::new(move |_| trace.here.with(|here| here.as_ref().map_or(0, |here| here.stack.len())));
    view! {
        <section class="held" aria-label=words::STACK>
            {head(words::STACK, move || grouped(total.get()))}
            <div class="trace-table mono" role="table" aria-label=words::STACK_TOP_FIRST>
                <VirtualRows
                    total=total
                    row_height=20.0
                    label=words::STACK_ITEMS
                    on_sight=|_| {}
                    rows=move |sight| {
                        trace
                            .here
                            .with(|here| {
                                let Some(here) = here else { return Vec::new() };
                                let items = here.stack.iter().enumerate().skip(sight.first).take(sight.count);
                                items
                                    .map(|(place, item)| {
                                        let changed = here.stack_changed.contains(&place);
                                        view! {
                                            <div class="item" role="row" data-changed=changed.to_string()>
                                                {mark(changed)} <span role="cell" class="number pc">{place}</span>
                                                <span role="cell" class="stack" title=item.clone()>
                                                    {narrow(item)}
                                                </span>
                                            </div>
                                        }
                                    })
                                    .collect()
                            })
                    }
                />
            </div>
        </section>
    }
}

/// A row of memory in groups of eight bytes.
fn groups(row: &str) -> impl IntoView + use<> {
    let digits: Vec<String> =
        row.as_bytes().chunks(16).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    digits
        .into_iter()
        .map(|part| {
            let empty = part.bytes().all(|digit| digit == b'0');
            view! { <span class:zero=empty>{part}</span> }
        })
        .collect_view()
}

/// Memory.
#[component]
pub(super) fn Memory() -> impl IntoView {
    let session = expect_context::<Session>();
    let trace = session.trace;
    let total = Memo::new(move |_| trace.here.with(|here| here.as_ref().map_or(0, |here| here.memory)));
    let narrow = use_media_query(NARROW);
    // What was written comes into sight.
    let target = Memo::new(move |_| {
        trace.here.with(|here| here.as_ref().and_then(|here| here.written_at.map(|_| here.memory_changed.0)))
    });
    view! {
        <section class="held memory" aria-label=words::MEMORY>
            {head(words::MEMORY, move || words::bytes(grouped(total.get() * 32)))}
            <div class="trace-table mono" role="table" aria-label=words::MEMORY_IN_ROWS>
                {move || {
                    view! {
                            <VirtualRows
                                total=total
                                row_height=if narrow.get() { 40.0 } else { 20.0 }
                                label=words::MEMORY_ROWS
                                target=target
                                on_sight=move |sight| {
                                    trace.here.track();
                                    session.trace_memory(sight.first, sight.count);
                                }
                                rows=move |sight| {
                                    trace
                                        .here
                                        .with(|here| {
                                            let Some(here) = here else { return Vec::new() };
                                            (sight.first..sight.first + sight.count).map(|row| memory_row(here, row)).collect()
                                        })
                                }
                            />
                    }
                }}
            </div>
        </section>
    }
}

fn memory_row(here: &StepView, row: usize) -> impl IntoView + use<> {
    let (from, until) = here.memory_changed;
    let changed = here.written_at.is_some() && (from..until).contains(&row);
    let bytes = row.checked_sub(here.row).and_then(|place| here.rows.get(place));
    view! {
        <div class="item" role="row" data-changed=changed.to_string()>
            {mark(changed)} <span role="cell" class="pc">{format!("{:04x}", row * 32)}</span>
            <span role="cell" class="memory-row">{bytes.map(|bytes| groups(bytes))}</span>
        </div>
    }
}

/// Slots of storage, and transient ones.
#[component]
pub(super) fn Storage() -> impl IntoView {
    let trace = expect_context::<Session>().trace;
    let slots = Memo::new(move |_| {
        trace
            .here
            .with(|here| here.as_ref().map_or_else(Default::default, |here| (here.slots.clone(), here.slots_total)))
    });
    let table = move |transient: bool| {
        slots.with(|(slots, _)| {
            slots.iter().filter(|slot| slot.transient == transient).map(slot_row).collect::<Vec<_>>()
        })
    };
    let none = move |transient: bool| slots.with(|(slots, _)| slots.iter().all(|slot| slot.transient != transient));
    view! {
        <section class="held" aria-label=words::STORAGE>
            {head(words::STORAGE, move || slots.with(|(slots, total)| {
                let here = slots.iter().filter(|slot| !slot.transient).count();
                if *total > slots.len() {
                    words::touched(grouped(*total), grouped(slots.len()))
                } else {
                    grouped(here)
                }
            }))}
            <div class="trace-table scrolls mono" tabindex="0" role="group" aria-label=words::SLOTS_TOUCHED>
                <Show when=move || none(false)>
                    <p class="none">{words::NO_SLOT_TOUCHED}</p>
                </Show>
                <div role="list" aria-label=words::STORAGE_SLOTS>{move || table(false)}</div>
                <Show when=move || !none(true)>
                    <h4>{words::TRANSIENT}</h4>
                </Show>
                <div role="list" aria-label=words::TRANSIENT_SLOTS>{move || table(true)}</div>
            </div>
        </section>
    }
}

fn slot_row(slot: &SlotView) -> impl IntoView + use<> {
    let was = (slot.written && slot.value != slot.original).then(|| {
        view! { <small class="slot-was" title=slot.original.clone()>{words::WAS}{narrow(&slot.original)}</small> }
    });
    let what = if slot.written { words::WRITTEN } else { words::READ };
    view! {
        <div class="slot" role="listitem" data-changed=slot.touched.to_string() data-written=slot.written.to_string()>
            <span class="changed-mark">
                {slot.touched.then(|| view! { "●" <span class="hidden">{words::TOUCHED_BEFORE}</span> })}
            </span>
            <span class="pc" title=slot.slot.clone()>{narrow(&slot.slot)}</span>
            <small>{what}</small>
            <span class="slot-value" title=slot.value.clone()>{narrow(&slot.value)}</span>
            {was}
        </div>
    }
}
