//! The program's instructions: where, in which block, what they do and cost in the fork, and where jumps lead.

use std::sync::Arc;

use lanevm_core::{
    Fork,
    assembly::{self, Block, End, Reach, Row},
};
use leptos::prelude::*;

use crate::words::{disassembly as words, opcodes::about};

use super::{
    heat::{Heat, why_not},
    session::Session,
    text::grouped,
    virtual_rows::VirtualRows,
};

/// Longest text that is disassembled here.
const MOST: usize = 2 << 20;

/// Code taken apart; equal where the code and the fork are.
#[derive(Clone)]
struct Listing(Arc<assembly::Disassembly>);

impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        self.0.fork() == other.0.fork() && self.0.code() == other.0.code()
    }
}

/// What stands beside an instruction: its immediate, what it lacks, where it leads.
fn immediate(listing: &assembly::Disassembly, row: &Row) -> String {
    let bytes = listing.immediate(row);
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if !text.is_empty() {
        text.insert_str(0, "0x");
    }
    match listing.lacking(row) {
        0 => {}
        lacking => text.push_str(&words::cut_off(lacking)),
    }
    text
}

/// Where a block's end leads, for its last row.
fn leads(listing: &assembly::Disassembly, row: &Row) -> String {
    let block = &listing.blocks()[row.block as usize];
    let last = block.first_row + block.rows - 1;
    if listing.row_at(row.pc) != Some(last as usize) {
        return String::new();
    }
    let at = |block: u32| listing.blocks().get(block as usize).map_or(0, |block: &Block| block.start);
    match block.end {
        End::Jump(target) => format!("→ {:05x}", at(target)),
        End::Branch { taken, .. } => words::goes_or_on(at(taken)),
        End::Unknown { next: Some(_) } => words::GOES_SOMEWHERE_OR_ON.into(),
        End::Unknown { next: None } => "→ ?".into(),
        End::Nowhere { .. } => words::GOES_NOWHERE.into(),
        End::Next(_) | End::Stop | End::CodeEnd => String::new(),
    }
}

/// What is known of an instruction, in a line.
fn reference(listing: &assembly::Disassembly, row: &Row) -> String {
    let Some(instruction) = listing.instruction(row) else {
        return words::no_instruction(row.pc, row.byte, listing.fork());
    };
    let gas = listing.gas(row).unwrap_or_default();
    let block = &listing.blocks()[row.block as usize];
    let reach = match listing.reach(row) {
        Reach::Reached => "",
        Reach::Unreached => words::NO_PATH_HERE,
        Reach::Data => words::IS_DATA,
    };
    let words = words::about_instruction(
        instruction.name,
        row.byte,
        instruction.since,
        gas,
        listing.fork(),
        about(instruction.name),
    );
    words + &words::in_block(row.block, block.start, grouped(block.gas)) + reach
}

/// The view.
#[component]
pub(crate) fn Disassembly() -> impl IntoView {
    let session = expect_context::<Session>();
    let listing = Memo::new(move |_| {
        let fork = Fork::parse(&session.draft.fork.get()).unwrap_or(Fork::LATEST);
        session.draft.code.with(|text| {
            if text.len() > MOST {
                return Err(words::longer_than(grouped(MOST / 2)));
            }
            let source = crate::form::program::read(text, fork);
            let source = source.map_err(|why| words::no_disassembly(why.message()))?;
            Ok(Listing(Arc::new(assembly::Disassembly::new(source.bytes().to_vec(), fork))))
        })
    });
    // Where the lane that is looked at stands, if it runs this code.
    let hash = Memo::new(move |_| {
        let code = |listing: &Listing| format!("{:#x}", lanevm_core::alloy_primitives::keccak256(listing.0.code()));
        listing.with(|listing| listing.as_ref().ok().map(code))
    });
    let stands = Memo::new(move |_| {
        session.trace.here.with(|here| {
            let here = here.as_ref()?;
            hash.with(|hash| hash.as_ref() == Some(&here.facts.code_hash)).then_some(here.now.pc)
        })
    });
    let total =
        Signal::derive(move || listing.with(|listing| listing.as_ref().map_or(0, |listing| listing.0.rows().len())));
    let shown = RwSignal::new(0_usize);
    // Only the keyboard moves the list: under the pointer it would run away.
    let wanted = RwSignal::new(None::<usize>);
    let words = move || {
        listing.with(|listing| match listing {
            Ok(Listing(listing)) => words::about_code(
                grouped(listing.code().len()),
                grouped(total.get()),
                grouped(listing.blocks().len()),
                listing.fork(),
            ),
            Err(why) => why.clone(),
        })
    };
    let heat = session.looking.heat;
    let told = move || {
        listing.with(|listing| {
            let listing = &listing.as_ref().ok()?.0;
            let row = listing.rows().get(shown.get())?;
            let begin = listing.blocks()[row.block as usize].start;
            let lanes = heat.with(|heat| {
                let heat = heat.as_ref()?.as_ref().ok()?;
                let parts = [heat.of_block(begin), heat.of_branch(row.pc)];
                Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
            });
            Some(format!("{} {}", reference(listing, row), lanes.unwrap_or_default()))
        })
    };
    // While this is in sight, its blocks are counted.
    Effect::new(move |_| {
        let hash = listing.with(|listing| {
            let listing = listing.as_ref().ok()?;
            Some(lanevm_core::Program::new(listing.0.code().to_vec()).hash().to_string())
        });
        session.look_at_blocks(hash);
    });
    on_cleanup(move || session.look_at_blocks(None));
    let counted = move || {
        if session.summary.with(Option::is_none) {
            return String::new();
        }
        heat.with(|heat| match heat {
            None => words::COUNTING_LANES_BY_BLOCK.to_owned(),
            Some(Ok(heat)) => heat.words(session.looking.passing.with(Option::is_some)),
            Some(Err(why)) => why_not(*why).to_owned(),
        })
    };
    let step = move |event: leptos::ev::KeyboardEvent| {
        let last = total.get_untracked().saturating_sub(1);
        let next = match event.key().as_str() {
            "j" | "ArrowDown" => (shown.get_untracked() + 1).min(last),
            "k" | "ArrowUp" => shown.get_untracked().saturating_sub(1),
            _ => return,
        };
        event.prevent_default();
        shown.set(next);
        wanted.set(Some(next));
    };
    view! {
        <p class="about">{words}</p>
        <p class="note heat-words" role="status" aria-label=words::LANES_BY_BLOCK>{counted}</p>
        <label class="inline heat-choice">
            <input
                type="checkbox"
                prop:checked=move || session.counts_blocks.get()
                on:change:target=move |event| session.counts_blocks.set(event.target().checked())
            />
            {words::COUNT_EVERY_LANE}
        </label>
        <p class="note reference" role="status" aria-label=words::INSTRUCTION>{told}</p>
        <div class="disassembly mono" role="table" aria-label=words::DISASSEMBLY on:keydown=step>
            <VirtualRows
                total=total
                row_height=20.0
                label=words::INSTRUCTIONS
                on_sight=|_| {}
                target=Signal::derive(move || wanted.get())
                rows=move |sight| {
                    listing.with(|listing| {
                        let Ok(Listing(listing)) = listing else { return Vec::new() };
                        let rows = listing.rows().iter().enumerate().skip(sight.first).take(sight.count);
                        rows.map(|(index, row)| view! { <Line listing=Listing(Arc::clone(listing)) row=*row index=index shown=shown stands=stands /> })
                            .collect::<Vec<_>>()
                    })
                }
            />
        </div>
    }
}

#[component]
fn Line(
    /// The code.
    listing: Listing,
    /// The row.
    row: Row,
    /// Its place.
    index: usize,
    /// The row that is told about.
    shown: RwSignal<usize>,
    /// The place where the open lane stands.
    stands: Memo<Option<u32>>,
) -> impl IntoView {
    let listing = listing.0;
    let begins = listing.blocks()[row.block as usize].start == row.pc;
    let kind = match listing.reach(&row) {
        Reach::Reached => "reached",
        Reach::Unreached => "unreached",
        Reach::Data => "data",
    };
    let block = if begins { format!("b{}", row.block) } else { String::new() };
    let name =
        if listing.instruction(&row).is_some() { listing.name(&row) } else { words::undefined(listing.name(&row)) };
    let gas = listing.gas(&row).map(|gas| gas.to_string()).unwrap_or_default();
    let target = if listing.is_known_target(&row) { "◂ " } else { "" };
    let (text, leads) = (immediate(&listing, &row), leads(&listing, &row));
    let session = expect_context::<Session>();
    let begin = listing.blocks()[row.block as usize].start;
    let of_heat = move |what: fn(&Heat, u32) -> Option<String>| {
        session.looking.heat.with(|heat| heat.as_ref().and_then(|heat| what(heat.as_ref().ok()?, begin)))
    };
    let tone = move || of_heat(|heat, begin| heat.tone(begin).map(|tone| tone.to_string()));
    view! {
        <div
            class="instruction"
            class:begins=begins
            class:stands=move || stands.get() == Some(row.pc)
            role="row"
            data-reach=kind
            aria-current=move || (shown.get() == index).to_string()
            on:mouseenter=move |_| shown.set(index)
            on:click=move |_| shown.set(index)
        >
            <span class="heat" role="cell" data-tone=tone title=move || of_heat(Heat::of_block)>
                {move || if begins { of_heat(Heat::short).unwrap_or_default() } else { String::new() }}
            </span>
            <span class="pc" role="cell">
                {format!("{:05x}", row.pc)}
                {move || (stands.get() == Some(row.pc)).then(|| view! { <span class="hidden">{words::LANE_STANDS_HERE}</span> })}
            </span>
            <span class="block" role="cell">{block}</span>
            <span class="op" role="cell">{name}</span>
            <span class="gas" role="cell">{gas}</span>
            <span class="immediate" role="cell">{target}{text}" "{leads}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(code: &[u8], fork: Fork) -> Vec<(u32, String, String)> {
        let listing = assembly::Disassembly::new(code.to_vec(), fork);
        let row = |row: &Row| (row.pc, listing.name(row), immediate(&listing, row));
        listing.rows().iter().map(row).collect()
    }

    #[test]
    fn truncated_pushes_are_said() {
        let all = lines(&[0x60, 0x01, 0x5b, 0x7f, 0xaa], Fork::LATEST);
        assert_eq!(all[2], (3, "PUSH32".into(), "0xaa (cut off: 31 zero bytes follow)".into()));
        // PUSH0 is Shanghai's.
        let listing = assembly::Disassembly::new(vec![0x5f], Fork::London);
        assert!(reference(&listing, &listing.rows()[0]).contains("no instruction in London"));
    }

    #[test]
    fn jumps_say_where_they_lead() {
        let listing = assembly::Disassembly::new(vec![0x5b, 0x60, 0x00, 0x56], Fork::LATEST);
        assert_eq!(leads(&listing, &listing.rows()[2]), "→ 00000");
        assert!(reference(&listing, &listing.rows()[2]).starts_with("JUMP (0x56"));
    }
}
