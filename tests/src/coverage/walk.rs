//! A lane's records with what they imply: the frame each step runs in, whose account it is, what the instruction left
//! behind, who was destroyed before. It judges nothing.

use lanevm_core::{Address, Batch, CallRef, Class, Outcome, U256, cpu::StepRecord};

/// One step.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The record.
    pub record: &'a StepRecord,
    /// The account it runs as; `None` for a create whose address never came out.
    pub account: Option<Address>,
    /// Whether the frame is static (EIP-214).
    pub is_static: bool,
    /// Whether the frame runs init code.
    pub creates: bool,
    /// Whether the frame ended with it, and badly: a halt, not a revert.
    pub halts: bool,
    /// The record after it in the same frame.
    pub after: Option<&'a StepRecord>,
    /// Whether it opened a frame in which an instruction ran.
    pub enters: bool,
    /// The account its first operand names was destroyed before, in this lane, and that stands so far.
    pub names_destroyed: bool,
    /// The running account was created in this lane.
    pub created_here: bool,
}

impl Step<'_> {
    /// An operand, the top of the stack being 0; zero where there is none.
    pub fn operand(&self, at: usize) -> U256 {
        let stack = &self.record.stack;
        stack.len().checked_sub(at + 1).map(|at| stack[at]).unwrap_or_default()
    }

    /// An operand as an address.
    pub fn address(&self, at: usize) -> Address {
        Address::from_word(self.operand(at).into())
    }

    /// What it left on the stack's top, where its frame went on.
    pub fn result(&self) -> Option<U256> {
        self.after.and_then(|after| after.stack.last().copied())
    }

    /// Whether its frame went on after it.
    pub const fn goes_on(&self) -> bool {
        self.after.is_some()
    }
}

/// A lane that ran.
#[derive(Debug)]
pub struct Lane<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// The call.
    pub call: CallRef<'a>,
    /// The steps.
    pub steps: Vec<Step<'a>>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A frame while it is walked through.
struct Frame {
    account: Option<Address>,
    is_static: bool,
    creates: bool,
    /// How much had been destroyed and created when it began.
    destroyed: usize,
    created: usize,
}

/// For each record, the next one of the same frame.
fn followers(records: &[StepRecord]) -> Vec<Option<usize>> {
    let mut after = vec![None; records.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        while open.last().is_some_and(|&last| records[last].depth > record.depth) {
            open.pop();
        }
        if let Some(&last) = open.last().filter(|&&last| records[last].depth == record.depth) {
            after[last] = Some(index);
            open.pop();
        }
        open.push(index);
    }
    after
}

impl<'a> Lane<'a> {
    /// Walks through the records of a call.
    pub fn new(batch: &'a Batch, index: usize, records: &'a [StepRecord], outcome: Outcome) -> Self {
        let call = batch.call(index);
        let after = followers(records);
        let succeeded = outcome.status.is_some_and(|status| status.class() == Class::Success);
        let top = |at: usize| records[at].stack.last().copied().unwrap_or_default();
        let mut frames = vec![Frame {
            account: call.to.or(outcome.created),
            is_static: false,
            creates: call.to.is_none(),
            destroyed: 0,
            created: 0,
        }];
        let (mut destroyed, mut created): (Vec<Address>, Vec<Address>) = (Vec::new(), Vec::new());
        created.extend(outcome.created);
        let mut callers: Vec<usize> = Vec::new();
        let mut steps = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            // Frames that have ended: what they did stands where their caller was told so.
            while frames.len() > record.depth {
                let ended = frames.pop();
                let result = callers.pop().and_then(|caller| after[caller]).map(top);
                if let Some(ended) = ended {
                    if result.is_none_or(|result| result.is_zero()) {
                        destroyed.truncate(ended.destroyed);
                        created.truncate(ended.created);
                    } else if ended.creates {
                        created.extend(ended.account);
                    }
                }
            }
            let Some(frame) = frames.last() else { break };
            let enters = records.get(index + 1).is_some_and(|next| next.depth > record.depth);
            let ends = after[index].is_none() && !enters;
            let good = matches!(record.op, 0x00 | 0xf3 | 0xfd | 0xff);
            let frame_result = callers.last().map(|&caller| after[caller].map(top));
            let frame_failed = match frame_result {
                None => !succeeded,
                Some(result) => result.is_none_or(|result| result.is_zero()),
            };
            let step = Step {
                record,
                account: frame.account,
                is_static: frame.is_static,
                creates: frame.creates,
                halts: ends && frame_failed && (!good || record.op == 0xff),
                after: after[index].map(|at| &records[at]),
                enters,
                names_destroyed: record
                    .stack
                    .last()
                    .is_some_and(|top| destroyed.contains(&Address::from_word((*top).into()))),
                created_here: frame.account.is_some_and(|account| created.contains(&account) || frame.creates),
            };
            if record.op == 0xff && !frame_failed {
                destroyed.extend(frame.account);
            }
            if enters {
                let target = step.address(1);
                let inner = match record.op {
                    0xf0 | 0xf5 => {
                        step.result().map(|word| Address::from_word(word.into())).filter(|address| !address.is_zero())
                    }
                    0xf1 | 0xfa => Some(target),
                    _ => frame.account,
                };
                let inner = Frame {
                    account: inner,
                    is_static: frame.is_static || record.op == 0xfa,
                    creates: matches!(record.op, 0xf0 | 0xf5),
                    destroyed: destroyed.len(),
                    created: created.len(),
                };
                frames.push(inner);
                callers.push(index);
            }
            steps.push(step);
        }
        Self { batch, call, steps, outcome }
    }

    /// Whether any step is so.
    pub fn any(&self, holds: impl Fn(&Step<'a>) -> bool) -> bool {
        self.steps.iter().any(holds)
    }
}
