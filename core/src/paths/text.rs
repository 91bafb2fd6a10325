//! A way as text, for people who look at what became of their code. Nothing reads it.

use std::fmt::{Display, Formatter, Result};

use super::ssa::{Item, Op, V, Way};

impl Display for V {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "v{}", self.0)
    }
}

fn list(values: &[V]) -> String {
    values.iter().map(V::to_string).collect::<Vec<_>>().join(", ")
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Constant(value) => write!(f, "{value:#x}"),
            Self::Input(input) => write!(f, "{input:?}"),
            Self::Unary(op, a) => write!(f, "{op:?} {a}"),
            Self::Binary(op, a, b) => write!(f, "{op:?} {a}, {b}"),
            Self::Ternary(op, a, b, c) => write!(f, "{op:?} {a}, {b}, {c}"),
            Self::Keccak(words, bytes) => write!(f, "Keccak {} ({bytes} bytes)", list(words)),
            Self::Stored(account, key) => write!(f, "Stored account {account}, slot {key}"),
            Self::Looked(look, account, word) => write!(f, "{look:?} of account {account}, {word}"),
            Self::Variable(number, at) => write!(f, "Variable {at} of loop {number}"),
        }
    }
}

impl Display for Way {
    /// Values, then what is done in order, then the end.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "code {} under {}", self.code, self.fork)?;
        for (at, visited) in self.accounts.iter().enumerate() {
            write!(f, "account {at}: {} with code {}", visited.address, visited.code)?;
            writeln!(f, "{}", visited.by.map_or_else(String::new, |by| format!(", or any at {by}")))?;
        }
        for (at, op) in self.ops.iter().enumerate() {
            writeln!(f, "v{at} = {op}")?;
        }
        self.write_items(f, &self.items, "")?;
        let end = &self.end;
        writeln!(f, "end {} gas {} refund {} steps {}", end.status, end.gas_used, end.refund, end.steps)?;
        writeln!(f, "output {} ({} bytes)", list(&end.output), end.output_bytes)?;
        for slot in &end.slots {
            writeln!(f, "slot {} of account {}: {} becomes {}", slot.key, slot.account, slot.original, slot.current)?;
        }
        for touched in &end.touched {
            writeln!(f, "account {} touched: it has {}", touched.account, touched.balance)?;
        }
        for log in &end.logs {
            writeln!(
                f,
                "log of account {}: {}; {} ({} bytes)",
                log.account,
                list(&log.topics),
                list(&log.data),
                log.bytes
            )?;
        }
        Ok(())
    }
}

impl Way {
    fn write_items(&self, f: &mut Formatter<'_>, items: &[Item], indent: &str) -> Result {
        for item in items {
            match item {
                Item::Guard(v) => writeln!(f, "{indent}guard {v}")?,
                Item::Loop(number) => {
                    let turned = &self.loops[*number as usize];
                    let deeper = format!("{indent}  ");
                    writeln!(f, "{indent}loop {number}, at most {} turns", turned.most)?;
                    for variable in &turned.variables {
                        writeln!(f, "{deeper}{} = {}, then {}", variable.value, variable.first, variable.next)?;
                    }
                    self.write_items(f, &turned.before, &deeper)?;
                    if let Some(leave) = turned.leave {
                        writeln!(f, "{deeper}leave if {leave}")?;
                    }
                    self.write_items(f, &turned.after, &deeper)?;
                }
            }
        }
        Ok(())
    }
}
