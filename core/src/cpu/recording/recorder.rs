//! The watcher that writes a recording: for each step what it changed, now and then a frame's whole stack and memory. It
//! keeps within a bound of bytes; at the step that would pass it, it stops.

use std::{collections::HashMap, ops::Range};

use alloy_primitives::{Address, B256, U256, keccak256};
use lanevm_shaders::facts;
use revm::{
    handler::FrameResult,
    interpreter::{
        CallInput, FrameInput, Interpreter,
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, Jumps, LegacyBytecode, MemoryTr, ReturnData},
    },
};

use super::{
    Frame, Recording,
    record::{AccountRecord, FrameRecord, Keyframe, SlotFacts, StepFacts, Touch, Write},
    state::RecordedLog,
};
use crate::{
    batch::Batch,
    cpu::{lane::Context, watch::Watch},
};

/// Items that each instruction needs on the stack.
pub(super) static POPS: [u8; 256] = {
    let mut pops = [0; 256];
    let mut index = 0;
    while index < facts::INSTRUCTIONS.len() {
        let instruction = facts::INSTRUCTIONS[index];
        pops[instruction.byte as usize] = instruction.pops;
        index += 1;
    }
    pops
};

/// Steps of a frame between two keyframes, at least: more where the frame holds much and changes little.
const STRIDE: u32 = 512;

/// Most items of the stack that any instruction but DUP and SWAP looks at.
const OPERANDS: usize = 7;

type Place = (u32, bool, U256);

/// Writes a recording.
pub(super) struct Recorder<'a> {
    batch: &'a Batch,
    world: u32,
    most_bytes: usize,
    pub(super) recording: Recording,
    /// Whether the bound is reached: nothing more is written.
    pub(super) full: bool,
    /// Frames that are open, the first first.
    open: Vec<u32>,
    /// Bytes of keyframes and of what is counted beside the vectors of the recording.
    held: usize,
    /// The operands of the step under way, the top first.
    operands: [U256; OPERANDS],
    /// Accounts by address.
    numbers: HashMap<Address, u32>,
    /// What slots hold, whether they are written, and their number.
    now: HashMap<Place, (U256, bool, u32)>,
    /// Writes to take back when a frame fails: the place, its value and whether it was written before.
    journal: Vec<(Place, U256, bool)>,
    /// What a slot that is written for the first time held.
    old: U256,
}

const fn is_call(op: u8) -> bool {
    matches!(op, 0xf0 | 0xf1 | 0xf2 | 0xf4 | 0xf5 | 0xfa)
}

/// The memory that an instruction writes: where its offset and its length stand among the operands.
const fn writes(op: u8) -> Option<(usize, Option<usize>)> {
    match op {
        // MSTORE and MSTORE8 say no length.
        0x52 | 0x53 => Some((0, None)),
        0x37 | 0x39 | 0x3e | 0x5e => Some((0, Some(2))),
        0x3c => Some((1, Some(3))),
        0xf1 | 0xf2 => Some((5, Some(6))),
        0xf4 | 0xfa => Some((4, Some(5))),
        _ => None,
    }
}

impl<'a> Recorder<'a> {
    /// A recorder of a call of a batch, which begins with this frame.
    pub(super) fn new(batch: &'a Batch, world: u32, first: Frame, most_bytes: usize) -> Self {
        let recording = Recording { frames: vec![FrameRecord::new(first)], ..Recording::default() };
        Self {
            batch,
            world,
            most_bytes,
            recording,
            full: false,
            open: vec![0],
            held: 0,
            operands: [U256::ZERO; OPERANDS],
            numbers: HashMap::new(),
            now: HashMap::new(),
            journal: Vec::new(),
            old: U256::ZERO,
        }
    }

    /// Bytes that the recording holds, more or less.
    fn size(&self) -> usize {
        let recording = &self.recording;
        self.held
            + recording.bytes.len()
            + recording.words.len()
            + recording.steps.len() * size_of::<StepFacts>()
            + recording.frames.len() * size_of::<FrameRecord>()
            + recording.slots.len() * (size_of::<SlotFacts>() + 160)
            + self.journal.len() * 112
    }

    fn step(&self) -> u32 {
        self.recording.steps.len() as u32 - 1
    }

    fn frame(&mut self) -> Option<&mut FrameRecord> {
        let open = *self.open.last()?;
        self.recording.frames.get_mut(open as usize)
    }

    /// Copies bytes, where there is room for them.
    fn copy(&mut self, bytes: &[u8]) -> Option<Range<u32>> {
        if self.size() + bytes.len() > self.most_bytes {
            self.full = true;
            return None;
        }
        let start = self.recording.bytes.len();
        self.recording.bytes.extend_from_slice(bytes);
        Some(start as u32..self.recording.bytes.len() as u32)
    }

    /// The first instruction of a frame: what only then is known of it.
    fn begin(&mut self, interpreter: &Interpreter<EthInterpreter>, context: &Context<'_>) {
        let address = interpreter.input.target_address();
        let accounts = &mut self.recording.accounts;
        let account = *self.numbers.entry(address).or_insert_with(|| {
            accounts.push(AccountRecord { address, touches: Vec::new() });
            accounts.len() as u32 - 1
        });
        let hash = interpreter.bytecode.hash().unwrap_or_else(|| keccak256(interpreter.bytecode.bytecode_slice()));
        let selector = selector(interpreter.input.input(), context);
        let (first, gas) = (self.recording.steps.len() as u32, interpreter.gas.limit());
        if let Some(record) = self.frame() {
            record.account = Some(account);
            let frame = &mut record.facts;
            frame.address = Some(address);
            frame.code_hash = Some(hash);
            frame.gas = gas;
            (frame.first, frame.end) = (first, first + 1);
            if frame.code_address.is_some() {
                frame.selector = selector;
            }
        }
    }

    /// Writes down what the frame's step before did, which is known now: what it left on the stack, and what a call
    /// returned.
    fn finish(&mut self, interpreter: &Interpreter<EthInterpreter>) {
        let Some(step) = self.frame().and_then(|frame| frame.last) else { return };
        let (op, height) = {
            let facts = &self.recording.steps[step as usize];
            (facts.op, usize::from(facts.height))
        };
        let stack = interpreter.stack.data();
        let copies = matches!(op, 0x80..=0x9f);
        let left = height.saturating_sub(usize::from(POPS[usize::from(op)]));
        if !copies
            && stack.len() > left
            && let Some(top) = stack.last()
        {
            let bytes: [u8; 32] = top.to_be_bytes();
            let zeros = top.leading_zeros() / 8;
            self.recording.steps[step as usize].pushed = self.recording.words.len() as u32;
            self.recording.words.push(32 - zeros as u8);
            self.recording.words.extend_from_slice(&bytes[zeros..]);
        }
        if is_call(op) {
            let returned = interpreter.return_data.buffer().clone();
            let Some(range) = self.copy(&returned) else { return };
            let place = self.frame().and_then(|frame| frame.pending.take());
            if let Some(frame) = self.frame() {
                frame.returned.push((step, range));
            }
            if let Some((at, len)) = place {
                self.wrote(interpreter, step, at, len.min(returned.len()));
            }
        }
    }

    /// Writes down bytes of memory that a step wrote.
    fn wrote(&mut self, interpreter: &Interpreter<EthInterpreter>, step: u32, at: usize, len: usize) {
        if len == 0 || at.checked_add(len).is_none_or(|end| end > interpreter.memory.size()) {
            return;
        }
        let range = {
            let bytes = interpreter.memory.slice(at..at + len);
            self.copy(&bytes)
        };
        let Some(Range { start, .. }) = range else { return };
        self.held += size_of::<Write>();
        if let Some(frame) = self.frame() {
            frame.since += len + size_of::<Write>();
            frame.writes.push(Write { step, at: at as u32, len: len as u32, bytes: start });
        }
    }

    /// Writes down all that the frame holds, where enough changed since it was last done.
    fn keyframe(&mut self, interpreter: &Interpreter<EthInterpreter>) {
        let step = self.recording.steps.len() as u32;
        let (stack, memory) = (interpreter.stack.data(), interpreter.memory.size());
        let size = size_of_val(stack) + memory + size_of::<Keyframe>();
        let Some(frame) = self.frame() else { return };
        frame.steps += 1;
        // So keyframes never take more than what they save from being walked.
        if frame.steps < STRIDE || frame.since + 64 * (frame.steps as usize) < size {
            return;
        }
        (frame.steps, frame.since) = (0, 0);
        let memory = interpreter.memory.slice(0..memory).to_vec();
        frame.keyframes.push(Keyframe { step, stack: stack.to_vec(), memory });
        self.held += size;
    }

    /// Where the operand and the next say memory, as numbers that fit.
    fn memory_operands(&self, op: u8) -> Option<(usize, usize)> {
        let (at, len) = writes(op)?;
        let len = match len {
            Some(len) => usize::try_from(self.operands[len]).ok()?,
            None if op == 0x52 => 32,
            None => 1,
        };
        (len > 0).then_some(())?;
        Some((usize::try_from(self.operands[at]).ok()?, len))
    }

    /// What a slot holds before the lane touches it.
    fn held_before(&self, place: Place, context: &Context<'_>) -> U256 {
        let (account, transient, slot) = place;
        let address = self.recording.accounts[account as usize].address;
        let journal = &context.journaled_state;
        if transient {
            let held = journal.inner.transient_storage.get(&address);
            return held.and_then(|slots| slots.get(&slot)).copied().unwrap_or_default();
        }
        let loaded = journal.state.get(&address);
        if let Some(value) = loaded.and_then(|account| account.storage.get(&slot)) {
            return value.present_value;
        }
        if loaded.is_some_and(|account| account.is_created()) {
            return U256::ZERO;
        }
        self.batch.storage(self.world, &address, &slot).unwrap_or_default()
    }

    /// Writes down that a step read or wrote a slot.
    fn touch(&mut self, place: Place, value: U256, writes: bool) {
        let step = self.step();
        let original = if writes { self.old } else { value };
        let slots = &mut self.recording.slots;
        let entry = self.now.entry(place).or_insert_with(|| {
            slots.push(SlotFacts { slot: place.2, transient: place.1, original });
            (original, false, slots.len() as u32 - 1)
        });
        if writes {
            self.journal.push((place, entry.0, entry.1));
            (entry.0, entry.1) = (value, true);
        }
        let touch = Touch { step, slot: entry.2, value: entry.0, written: entry.1 };
        self.recording.accounts[place.0 as usize].touches.push(touch);
        self.held += size_of::<Touch>();
    }

    /// Takes back what a frame wrote and logged.
    fn undo(&mut self, writes: usize, logs: usize) {
        let step = self.recording.steps.len() as u32;
        for (place, value, written) in self.journal.drain(writes.min(self.journal.len())..).rev() {
            let Some(entry) = self.now.get_mut(&place) else { continue };
            (entry.0, entry.1) = (value, written);
            let touch = Touch { step: step.saturating_sub(1), slot: entry.2, value, written };
            self.recording.accounts[place.0 as usize].touches.push(touch);
            self.held += size_of::<Touch>();
        }
        for log in self.recording.logs.iter_mut().skip(logs) {
            log.undone.get_or_insert(step);
        }
    }

    /// The slot that a storage instruction names.
    fn place(&mut self, op: u8) -> Option<Place> {
        let account = self.frame()?.account?;
        matches!(op, 0x54 | 0x55 | 0x5c | 0x5d).then(|| (account, op >= 0x5c, self.operands[0]))
    }

    fn log(&mut self, op: u8, interpreter: &Interpreter<EthInterpreter>) {
        let (at, len) = (usize::try_from(self.operands[0]), usize::try_from(self.operands[1]));
        let len = len.unwrap_or_default();
        // Where nothing is logged, the offset may be anything.
        let at = if len == 0 { 0 } else { at.unwrap_or_default() };
        if at.checked_add(len).is_none_or(|end| end > interpreter.memory.size()) {
            return;
        }
        if self.size() + len > self.most_bytes {
            self.full = true;
            return;
        }
        let data = interpreter.memory.slice(at..at + len).to_vec().into();
        let topics = self.operands[2..].iter().take(usize::from(op - 0xa0)).map(|topic| B256::from(*topic)).collect();
        let address = interpreter.input.target_address();
        let step = self.step();
        self.held += len + size_of::<RecordedLog>() + 160;
        self.recording.logs.push(RecordedLog { step, address, topics, data, kept: None, undone: None });
    }

    /// The recording, whatever is still open closed.
    pub(super) fn into_recording(mut self) -> Recording {
        let steps = self.recording.steps.len() as u32;
        for open in self.open {
            self.recording.frames[open as usize].facts.end = steps;
        }
        self.recording
    }
}

fn selector(input: &CallInput, context: &Context<'_>) -> Vec<u8> {
    let bytes = input.as_bytes(context);
    bytes[..bytes.len().min(4)].to_vec()
}

impl Watch for Recorder<'_> {
    const SEES: bool = true;

    fn before(&mut self, interpreter: &Interpreter<EthInterpreter>, depth: usize, context: &Context<'_>) {
        if self.full {
            return;
        }
        debug_assert_eq!(self.open.len(), depth + 1, "frames open and close as the watcher hears");
        if self.frame().is_some_and(|frame| frame.account.is_none()) {
            self.begin(interpreter, context);
        }
        self.finish(interpreter);
        if self.full || self.size() > self.most_bytes {
            self.full = true;
            return;
        }
        self.keyframe(interpreter);
        let op = interpreter.bytecode.opcode();
        let stack = interpreter.stack.data();
        if !matches!(op, 0x5f..=0x9f) {
            for (operand, item) in
                self.operands.iter_mut().zip(stack.iter().rev().chain(std::iter::repeat(&U256::ZERO)))
            {
                *operand = *item;
            }
        }
        if let Some(place) = self.place(op)
            && matches!(op, 0x55 | 0x5d)
            && !self.now.contains_key(&place)
        {
            self.old = self.held_before(place, context);
        }
        let pending = if is_call(op) { self.memory_operands(op) } else { None };
        let step = self.recording.steps.len() as u32;
        let frame = self.open.last().copied().unwrap_or_default();
        if let Some(record) = self.frame() {
            record.last = Some(step);
            record.pending = pending;
            record.facts.end = step + 1;
        }
        self.recording.steps.push(StepFacts {
            pc: interpreter.bytecode.pc() as u32,
            frame,
            gas: interpreter.gas.remaining(),
            cost: 0,
            refund: interpreter.gas.refunded(),
            memory: interpreter.memory.size() as u32,
            pushed: u32::MAX,
            height: stack.len() as u16,
            op,
            failed: false,
        });
    }

    fn after(&mut self, interpreter: &Interpreter<EthInterpreter>, failed: Option<String>) {
        if self.full {
            return;
        }
        let Some(facts) = self.recording.steps.last_mut() else { return };
        facts.cost = facts.gas.saturating_sub(interpreter.gas.remaining());
        facts.failed = failed.is_some();
        let op = facts.op;
        if facts.failed {
            return;
        }
        if !is_call(op)
            && let Some((at, len)) = self.memory_operands(op)
        {
            let step = self.step();
            self.wrote(interpreter, step, at, len);
        }
        if let Some(place) = self.place(op) {
            let writes = matches!(op, 0x55 | 0x5d);
            let value = if writes { Some(self.operands[1]) } else { interpreter.stack.data().last().copied() };
            self.touch(place, value.unwrap_or_default(), writes);
        }
        if matches!(op, 0xa0..=0xa4) {
            self.log(op, interpreter);
        }
    }

    fn opens(&mut self, input: &FrameInput, context: &Context<'_>) {
        if self.full {
            return;
        }
        let steps = self.recording.steps.len() as u32;
        let mut facts = Frame {
            parent: self.open.last().copied(),
            made_by: steps.checked_sub(1),
            depth: self.open.len() as u32 + 1,
            first: steps,
            end: steps,
            ..Frame::opening(input)
        };
        if let FrameInput::Call(inputs) = input {
            facts.selector = selector(&inputs.input, context);
        }
        let (writes, logs) = (self.journal.len(), self.recording.logs.len());
        self.recording.frames.push(FrameRecord { writes_before: writes, logs_before: logs, ..FrameRecord::new(facts) });
        self.open.push(self.recording.frames.len() as u32 - 1);
    }

    fn closes(&mut self, result: &FrameResult) {
        if self.full {
            return;
        }
        let Some(frame) = self.open.pop() else { return };
        let steps = self.recording.steps.len() as u32;
        let record = &mut self.recording.frames[frame as usize];
        let stands = record.facts.close(result, steps);
        let (writes, logs) = (record.writes_before, record.logs_before);
        if !stands {
            self.undo(writes, logs);
        }
    }
}
