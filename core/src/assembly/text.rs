//! Disassembly as assembly text that gives the same bytes again.

use std::fmt::Write;

use super::Disassembly;

impl Disassembly {
    /// Assembly text of the code: assembled for the same fork, or any other, it gives the same bytes.
    ///
    /// JUMPDESTs that a jump of known target leads to get labels, and the pushes right before those jumps name them. Bytes
    /// that are no instruction, and a PUSH that the code's end cuts off, are written as `.data`.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let rows = self.rows();
        for (index, row) in rows.iter().enumerate() {
            let immediate = self.immediate(row);
            let Some(instruction) = self.instruction(row).filter(|_| self.lacking(row) == 0) else {
                text.push_str("    .data 0x");
                let _ = write!(text, "{:02x}", row.byte);
                hex(&mut text, immediate);
                text.push('\n');
                continue;
            };
            if self.is_jumpdest(row) && self.is_known_target(row) {
                if row.pc > 0 {
                    text.push('\n');
                }
                let _ = writeln!(text, "L{:04x}:", row.pc);
                continue;
            }
            text.push_str("    ");
            text.push_str(instruction.name);
            if !immediate.is_empty() {
                let jumps = rows.get(index + 1).is_some_and(|next| matches!(next.byte, 0x56 | 0x57));
                match value(immediate).filter(|target| jumps && self.has_target(*target)) {
                    Some(target) => {
                        let _ = write!(text, " @L{target:04x}");
                    }
                    None => {
                        text.push_str(" 0x");
                        hex(&mut text, immediate);
                    }
                }
            }
            text.push('\n');
        }
        text
    }
}

fn hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
}

/// The immediate as an offset, where it can be one.
fn value(immediate: &[u8]) -> Option<u32> {
    let zeros = immediate.len().saturating_sub(4);
    immediate[..zeros]
        .iter()
        .all(|byte| *byte == 0)
        .then(|| immediate[zeros..].iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}
