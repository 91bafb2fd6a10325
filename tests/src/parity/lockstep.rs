//! One lane on both engines, step by step: where they part, or that they do not. It compares and puts into words; what is
//! right is not its to say.

use std::fmt;

use lanevm_core::{
    Batch, Executor, Outcome, Reason, Status, U256,
    cpu::{self, CpuEngine, StepRecord},
    facts,
    gpu::{GpuEngine, lockstep::LaneState},
};

use super::{run, several_faults};

/// Steps of a lane that are looked at unless told otherwise.
pub const MOST_STEPS: usize = 200_000;

/// Items of a stack that are shown.
const SHOWN: usize = 8;

/// What came of the comparison.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Both engines say the same.
    Agree {
        /// What they say.
        outcome: Box<Outcome>,
    },
    /// The lane left the device, and the CPU engine answered it. What the device did before is the same.
    Left {
        /// Why.
        reason: Reason,
        /// The last step that the device was seen to have reached, with the instruction before which the lane left; `None`
        /// where it never ran there.
        at: Option<(usize, Box<StepRecord>)>,
        /// Why the device shows no states, where it does not.
        note: Option<String>,
    },
    /// The engines part.
    Differ(Box<Difference>),
}

/// Where and how the engines part.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The first step after which they differ, its number, and the record of before it; `None` where no step shows a
    /// difference, but the ends do.
    pub step: Option<(usize, StepRecord)>,
    /// The CPU engine before the next instruction; `None` at the end.
    pub on_cpu: Option<StepRecord>,
    /// The device at the same place.
    pub on_gpu: Option<LaneState>,
    /// The ends: the CPU's, the GPU's.
    pub ends: (Outcome, Outcome),
    /// What could not be looked at.
    pub note: Option<String>,
}

/// Whether the device stands where the CPU engine stands.
fn agrees(found: &LaneState, expected: &StepRecord) -> bool {
    found.pc == expected.pc
        && found.gas == expected.gas
        // The CPU engine counts the frames that are open, the device those around.
        && found.depth + 1 == expected.depth as u64
        && found.stack == expected.stack
        && found.memory_size == expected.memory_size
}

/// Whether two engines' outcomes are the same. Who answered does not count; nor does which of several faults of one class
/// is named, nor the words in which a transaction is refused.
pub fn same(on_gpu: &Outcome, on_cpu: &Outcome) -> bool {
    let mut a = on_gpu.clone();
    (a.executor, a.reason) = (on_cpu.executor, on_cpu.reason);
    if several_faults(a.status, on_cpu.status) {
        a.status = on_cpu.status;
    }
    if a.status == Some(Status::Rejected) {
        a.detail.clone_from(&on_cpu.detail);
    }
    a == *on_cpu
}

/// Runs one lane on both engines and compares.
///
/// # Errors
/// In words: a batch that cannot be run, or a device that fails.
pub async fn compare(gpu: &mut GpuEngine, batch: &Batch, index: usize, most: usize) -> Result<Verdict, String> {
    batch.validate().map_err(|error| error.to_string())?;
    if index >= batch.len() {
        return Err(format!("the batch has {} lanes, and lane {index} is not one of them", batch.len()));
    }
    let one = batch.subset(&[index]);
    let on_gpu = run(gpu, &one).await.row(0);
    let on_cpu = run(&mut CpuEngine::new(1), &one).await.row(0);
    let ended_alike = same(&on_gpu, &on_cpu);
    if ended_alike && on_gpu.executor == Executor::Gpu {
        return Ok(Verdict::Agree { outcome: Box::new(on_gpu) });
    }
    let records = cpu::steps(&one, 0, most).map_err(|error| error.to_string())?;
    let found = search(gpu, &one, &records).await;
    let difference = Difference { step: None, on_cpu: None, on_gpu: None, ends: (on_cpu, on_gpu.clone()), note: None };
    Ok(match found {
        Found::Parted(at, state) => Verdict::Differ(Box::new(Difference {
            step: at.checked_sub(1).map(|before| (before, records[before].clone())),
            on_cpu: Some(records[at].clone()),
            on_gpu: Some(state),
            ..difference
        })),
        Found::Left(_) | Found::Unseen(_) if ended_alike => {
            let (at, note) = match found {
                Found::Left(at) => (at.checked_sub(1).map(|last| (last, Box::new(records[last].clone()))), None),
                Found::Unseen(note) => (None, Some(note)),
                _ => (None, None),
            };
            Verdict::Left { reason: on_gpu.reason, at, note }
        }
        Found::Left(at) => {
            let note = format!("the lane left the device at step {at} or before");
            Verdict::Differ(Box::new(Difference { note: Some(note), ..difference }))
        }
        Found::Unseen(note) => Verdict::Differ(Box::new(Difference { note: Some(note), ..difference })),
        Found::Nothing if ended_alike => Verdict::Left { reason: on_gpu.reason, at: None, note: None },
        Found::Nothing => {
            let note = (records.len() == most).then(|| format!("only {most} steps were looked at"));
            Verdict::Differ(Box::new(Difference { note, ..difference }))
        }
    })
}

enum Found {
    /// Before this step the device stands elsewhere.
    Parted(usize, LaneState),
    /// Before this step it has given the lane up.
    Left(usize),
    /// The device shows no states, and why.
    Unseen(String),
    /// Every step is the same.
    Nothing,
}

/// The first step before which the device does not stand where the CPU engine stands, by halving: states agree up to some
/// step and differ from there on. Where they should meet again later, it is still a step at which they part.
async fn search(gpu: &mut GpuEngine, batch: &Batch, records: &[StepRecord]) -> Found {
    let (mut same, mut different) = (0, records.len());
    let mut found = Found::Nothing;
    while same < different {
        let middle = same.midpoint(different);
        let state = match gpu.lane_after(batch, 0, middle as u64).await {
            Ok(state) => state,
            Err(error) => return Found::Unseen(error.to_string()),
        };
        if state.status == Some(Status::StepLimit) && agrees(&state, &records[middle]) {
            same = middle + 1;
        } else {
            different = middle;
            found = if state.status.is_none() { Found::Left(middle) } else { Found::Parted(middle, state) };
        }
    }
    found
}

fn stack(f: &mut fmt::Formatter<'_>, stack: &[U256]) -> fmt::Result {
    writeln!(f, "    stack   {} items, the top first", stack.len())?;
    for item in stack.iter().rev().take(SHOWN) {
        writeln!(f, "            {item:#x}")?;
    }
    if stack.len() > SHOWN {
        writeln!(f, "            ...")?;
    }
    Ok(())
}

fn record(f: &mut fmt::Formatter<'_>, who: &str, record: &StepRecord) -> fmt::Result {
    writeln!(
        f,
        "  {who}: pc {} ({}), gas {}, depth {}, memory {} bytes, refund {}",
        record.pc,
        facts::name(record.op),
        record.gas,
        record.depth,
        record.memory_size,
        record.refund
    )?;
    stack(f, &record.stack)
}

fn state(f: &mut fmt::Formatter<'_>, state: &LaneState) -> fmt::Result {
    let how = match state.status {
        Some(Status::StepLimit) => String::new(),
        Some(status) => format!("ended as {status:?} after {} steps; ", state.steps),
        None => format!("left the device after {} steps; ", state.steps),
    };
    writeln!(
        f,
        "  gpu: {how}pc {}, gas {}, depth {}, memory {} bytes, refund {}",
        state.pc,
        state.gas,
        state.depth + 1,
        state.memory_size,
        state.refund
    )?;
    stack(f, &state.stack)
}

fn end(f: &mut fmt::Formatter<'_>, who: &str, outcome: &Outcome) -> fmt::Result {
    let status = outcome.status.map_or("unfinished", Status::name);
    write!(f, "  {who}: {status}, gas {}, {} steps", outcome.gas_used, outcome.steps)?;
    write!(f, ", refund {}, {} logs", outcome.refund, outcome.logs.len())?;
    match &outcome.detail {
        Some(detail) => writeln!(f, " ({detail})"),
        None => writeln!(f),
    }
}

/// What of two outcomes differs, by name.
fn parts(a: &Outcome, b: &Outcome) -> Vec<&'static str> {
    let different = [
        ("status", a.status != b.status && !several_faults(a.status, b.status)),
        ("gas used", a.gas_used != b.gas_used),
        ("refund", a.refund != b.refund),
        ("refund granted", a.refund_granted != b.refund_granted),
        ("steps", a.steps != b.steps),
        ("output", a.output != b.output),
        ("logs", a.logs != b.logs),
        ("state changes", a.changes != b.changes),
        ("created address", a.created != b.created),
        ("detail", a.detail != b.detail && a.status != Some(Status::Rejected)),
    ];
    different.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some((number, before)) => {
                writeln!(f, "the engines part at step {number}, {}:", facts::name(before.op))?;
                record(f, "before", before)?;
                writeln!(f, "  after it:")?;
            }
            None if self.on_cpu.is_some() => writeln!(f, "the engines part before the first step:")?,
            None => writeln!(f, "no step that was looked at differs; the ends do:")?,
        }
        if let Some(expected) = &self.on_cpu {
            record(f, "cpu", expected)?;
        }
        if let Some(found) = &self.on_gpu {
            state(f, found)?;
        }
        let (on_cpu, on_gpu) = &self.ends;
        let parts = parts(on_cpu, on_gpu);
        let which =
            if parts.is_empty() { "are the same".to_owned() } else { format!("differ in {}", parts.join(", ")) };
        writeln!(f, "the ends {which}:")?;
        end(f, "cpu", on_cpu)?;
        end(f, "gpu", on_gpu)?;
        for (address, change) in &on_cpu.changes {
            if on_gpu.changes.get(address) != Some(change) {
                writeln!(f, "  cpu changes {address}: {change:?}")?;
            }
        }
        for (address, change) in &on_gpu.changes {
            if on_cpu.changes.get(address) != Some(change) {
                writeln!(f, "  gpu changes {address}: {change:?}")?;
            }
        }
        if let Some(note) = &self.note {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agree { outcome } => {
                writeln!(f, "the engines agree:")?;
                end(f, "both", outcome)
            }
            Self::Left { reason, at: None, note } => {
                writeln!(f, "the device did not end the lane ({}); the CPU engine answered it", reason.label())?;
                note.as_ref().map_or(Ok(()), |note| writeln!(f, "note: {note}"))
            }
            Self::Left { reason, at: Some((number, before)), .. } => {
                let reason = reason.label();
                writeln!(
                    f,
                    "the lane left the device ({reason}); the CPU engine answered it. The engines agree up to"
                )?;
                record(f, &format!("step {number}"), before)
            }
            Self::Differ(difference) => difference.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_step_instruction_and_stacks() {
        let before =
            StepRecord { pc: 4, op: 0x01, gas: 90, depth: 2, stack: vec![U256::from(2); 2], ..StepRecord::default() };
        let after = StepRecord { pc: 5, op: 0x00, gas: 87, stack: vec![U256::from(4)], ..before.clone() };
        let found = LaneState {
            status: Some(Status::StepLimit),
            pc: 5,
            gas: 87,
            depth: 1,
            stack: vec![U256::from(5)],
            memory_size: 0,
            refund: 0,
            steps: 3,
        };
        let agreeing = LaneState { stack: vec![U256::from(4)], ..found.clone() };
        assert!(!agrees(&found, &after));
        assert!(agrees(&agreeing, &after));
        let on_cpu = Outcome { status: Some(Status::Stop), gas_used: 13, ..Outcome::default() };
        let on_gpu = Outcome { gas_used: 14, ..on_cpu.clone() };
        let difference = Difference {
            step: Some((2, before)),
            on_cpu: Some(after),
            on_gpu: Some(found),
            ends: (on_cpu, on_gpu),
            note: None,
        };
        let text = difference.to_string();
        for part in ["step 2, ADD", "depth 2", "0x4", "0x5", "differ in gas used", "cpu: stop, gas 13"] {
            assert!(text.contains(part), "no `{part}` in\n{text}");
        }
    }

    #[test]
    fn one_of_several_faults_may_have_another_name() {
        let outcome = |status| Outcome { status: Some(status), gas_used: 7, ..Outcome::default() };
        assert!(same(&outcome(Status::OutOfGas), &outcome(Status::StackUnderflow)));
        assert!(!same(&outcome(Status::OutOfGas), &outcome(Status::Revert)));
        assert!(!same(&outcome(Status::Stop), &Outcome { gas_used: 8, ..outcome(Status::Stop) }));
    }
}
