//! Where things come to stand: offsets of labels, the least widths of their pushes, and the bytes.

use super::{
    Assembled, Place,
    error::{ProblemKind, Problems, cut},
    parser::{Content, PUSH0, Parsed},
};
use crate::{nearest::nearest, program::MAX_CODE};

/// Rounds in which pushes may grow one after the other. A text that needs more was made to: its pushes then get the width
/// that any offset of the code fits in.
const ROUNDS: usize = 32;

/// Bytes that an offset needs; a push of a label always has one, so that widths only ever grow.
const fn width_of(offset: u32) -> u8 {
    match offset {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// Offsets of all labels with these widths of pushes, and the length of the code.
fn offsets(parsed: &Parsed<'_>, widths: &[u8], offsets: &mut [u32]) -> u64 {
    let mut at = 0u64;
    let mut pushes = widths.iter();
    for item in &parsed.items {
        at += match &item.content {
            Content::Bytes(range) => u64::from(range.end - range.start),
            Content::PushLabel { .. } => 1 + u64::from(*pushes.next().unwrap_or(&0)),
            Content::Label { label, jumpdest } => {
                offsets[*label as usize] = u32::try_from(at).unwrap_or(u32::MAX);
                u64::from(*jumpdest)
            }
        };
    }
    at
}

/// The code of a parsed text. Where problems are found the code means nothing.
pub(super) fn lay_out(parsed: &Parsed<'_>, problems: &mut Problems) -> Assembled {
    labels(parsed, problems);
    let pushes = || {
        parsed.items.iter().filter_map(|item| match item.content {
            Content::PushLabel { width, label } => Some((width, label as usize)),
            _ => None,
        })
    };
    let mut widths: Vec<u8> = pushes().map(|(width, _)| width.unwrap_or(1)).collect();
    let mut at = vec![0; parsed.labels.len()];
    let mut length = offsets(parsed, &widths, &mut at);
    for round in 0..=ROUNDS {
        let mut grown = false;
        let widest = width_of(u32::try_from(length + 3 * widths.len() as u64).unwrap_or(u32::MAX));
        for ((fixed, label), width) in pushes().zip(&mut widths) {
            let needed = if round < ROUNDS { width_of(at[label]) } else { widest };
            if fixed.is_none() && needed > *width {
                *width = needed;
                grown = true;
            }
        }
        if !grown {
            break;
        }
        length = offsets(parsed, &widths, &mut at);
    }
    let mut assembled = Assembled::default();
    if length > MAX_CODE as u64 {
        problems.add(parsed.items.last().map_or(1, |item| item.line), 1..2, ProblemKind::CodeTooLong);
        return assembled;
    }
    assembled.code.reserve(length as usize);
    let mut widths = widths.iter();
    for item in &parsed.items {
        let pc = assembled.code.len() as u32;
        match &item.content {
            Content::Bytes(range) => {
                assembled.code.extend_from_slice(&parsed.bytes[range.start as usize..range.end as usize]);
            }
            Content::PushLabel { label, .. } => {
                let width = *widths.next().unwrap_or(&1);
                let needed = usize::from(width_of(at[*label as usize]));
                if needed > usize::from(width) {
                    let kind =
                        ProblemKind::TooWide { mnemonic: format!("PUSH{width}"), needed, held: usize::from(width) };
                    problems.add(item.line, item.columns.clone(), kind);
                }
                assembled.code.push(PUSH0 + width);
                let mut word = [0; 32];
                word[28..].copy_from_slice(&at[*label as usize].to_be_bytes());
                assembled.code.extend_from_slice(&word[32 - usize::from(width)..]);
            }
            Content::Label { label, jumpdest } => {
                assembled.labels.push((parsed.labels[*label as usize].name.to_owned(), pc));
                if *jumpdest {
                    assembled.code.push(0x5b);
                }
            }
        }
        if assembled.code.len() as u32 > pc {
            assembled.places.push(Place { pc, line: item.line });
        }
    }
    assembled
}

/// Labels that stand nowhere, and labels that nothing pushes.
fn labels(parsed: &Parsed<'_>, problems: &mut Problems) {
    for item in &parsed.items {
        let Content::PushLabel { label, .. } = item.content else { continue };
        let name = parsed.labels[label as usize].name;
        if parsed.labels[label as usize].stands.is_none() {
            if problems.is_full() {
                return;
            }
            let standing = parsed.labels.iter().filter(|label| label.stands.is_some()).map(|label| label.name);
            let kind = ProblemKind::MissingLabel { name: cut(name), suggestion: nearest(name, standing) };
            problems.add(item.line, item.columns.clone(), kind);
        }
    }
    for label in parsed.labels.iter().filter(|label| !label.used && label.jumpdest) {
        if let Some((line, columns)) = &label.stands {
            if problems.is_full() {
                return;
            }
            problems.add(*line, columns.clone(), ProblemKind::UnusedLabel { name: cut(label.name) });
        }
    }
}
