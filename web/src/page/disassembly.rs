//! The program's instructions, from the table of instruction facts.

use lanevm_core::{Fork, facts};
use leptos::prelude::*;

use super::{session::Session, virtual_rows::VirtualRows};

/// Most bytes disassembled here.
const MOST: usize = 1 << 20;

/// One line: where, the instruction, its immediate bytes.
fn line(code: &[u8], pc: usize, fork: Fork) -> (String, String, String) {
    let byte = code[pc];
    let place = format!("{pc:05x}");
    let Some(instruction) = facts::instruction(byte, fork) else {
        return (place, format!("0x{byte:02x} (undefined)"), String::new());
    };
    let end = pc + 1 + usize::from(instruction.immediate);
    let mut immediate: String = code[pc + 1..end.min(code.len())].iter().map(|byte| format!("{byte:02x}")).collect();
    if !immediate.is_empty() {
        immediate.insert_str(0, "0x");
    }
    if end > code.len() {
        immediate.push_str(" (cut off: zeros follow)");
    }
    (place, instruction.name.to_owned(), immediate)
}

/// Where instructions begin.
fn starts(code: &[u8], fork: Fork) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut pc = 0;
    while pc < code.len() {
        starts.push(pc as u32);
        pc += 1 + facts::instruction(code[pc], fork).map_or(0, |instruction| usize::from(instruction.immediate));
    }
    starts
}

/// The view.
#[component]
pub(crate) fn Disassembly() -> impl IntoView {
    let session = expect_context::<Session>();
    let fork = Memo::new(move |_| Fork::parse(&session.draft.fork.get()).unwrap_or(Fork::LATEST));
    let code = Memo::new(move |_| {
        session.draft.code.with(|text| {
            if text.len() > MOST * 2 + 2 {
                return Err(format!("The code is longer than the {MOST} bytes that are disassembled here."));
            }
            let read = crate::form::program::read(text, fork.get());
            read.map(|source| source.bytes().to_vec()).map_err(|why| format!("No disassembly: {}.", why.message()))
        })
    });
    let begins =
        Memo::new(move |_| code.with(|code| code.as_ref().map(|code| starts(code, fork.get())).unwrap_or_default()));
    let total = Signal::derive(move || begins.with(Vec::len));
    view! {
        <p class="about">
            {move || code.with(|code| match code {
                Ok(code) => {
                    format!(
                        "{} bytes, {} instructions, named as {} knows them.",
                        super::text::grouped(code.len()),
                        super::text::grouped(total.get()),
                        fork.get(),
                    )
                }
                Err(why) => why.clone(),
            })}
        </p>
        <div class="disassembly mono" role="table" aria-label="Disassembly">
            <VirtualRows
                total=total
                row_height=20.0
                label="Instructions"
                on_sight=|_| {}
                rows=move |sight| {
                    code.with(|code| {
                        let Ok(code) = code else { return Vec::new() };
                        begins.with(|begins| {
                            begins
                                .iter()
                                .skip(sight.first)
                                .take(sight.count)
                                .map(|pc| {
                                    let (place, name, immediate) = line(code, *pc as usize, fork.get());
                                    view! {
                                        <div class="instruction" role="row">
                                            <span class="pc" role="cell">{place}</span>
                                            <span class="op" role="cell">{name}</span>
                                            <span class="immediate" role="cell">{immediate}</span>
                                        </div>
                                    }
                                })
                                .collect::<Vec<_>>()
                        })
                    })
                }
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_pushes_are_said() {
        let code = [0x60, 0x01, 0x5b, 0x7f, 0xaa];
        assert_eq!(starts(&code, Fork::LATEST), [0, 2, 3]);
        assert_eq!(line(&code, 3, Fork::LATEST).2, "0xaa (cut off: zeros follow)");
        assert_eq!(line(&[0x7f], 0, Fork::LATEST).2, " (cut off: zeros follow)");
        // PUSH0 is Shanghai's.
        assert_eq!(line(&[0x5f], 0, Fork::London).1, "0x5f (undefined)");
    }
}
