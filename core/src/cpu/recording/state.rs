//! What a recorded lane holds at a step: stack, memory, slots, return data, logs. It is made from the last keyframe of
//! the step's frame and the differences since; nothing is run again.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{Frame, Recording, recorder::POPS};

/// A log that stands at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedLog {
    /// The step that made it.
    pub step: u32,
    /// Who logged.
    pub address: Address,
    /// Topics.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
    /// Its place among the logs of the lane's outcome; none where the outcome has it not.
    pub kept: Option<u32>,
    /// From which step on it no longer stands, because its frame, or one that made that, failed.
    pub undone: Option<u32>,
}

/// A slot of the frame's account that the lane has touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAt {
    /// The slot.
    pub slot: U256,
    /// Whether it is transient (EIP-1153).
    pub transient: bool,
    /// What it held when the lane first touched it.
    pub original: U256,
    /// What it holds.
    pub value: U256,
    /// Whether it was written; writes of frames that failed do not count.
    pub written: bool,
    /// The step that touched it last: that read it, wrote it, or ended a frame that had written it.
    pub touched: u32,
}

/// A lane as it stands before a step.
#[derive(Clone, Debug)]
pub struct StateAt<'a> {
    /// The step.
    pub step: usize,
    /// The step of the same frame before it.
    pub before: Option<usize>,
    /// The frame.
    pub frame: &'a Frame,
    /// The frame's number.
    pub frame_index: usize,
    /// The stack, its top last.
    pub stack: Vec<U256>,
    /// Places of the stack, counted from its bottom, that the frame's step before wrote.
    pub stack_changed: Vec<usize>,
    /// All of the frame's memory.
    pub memory: Vec<u8>,
    /// Bytes of memory that the frame's step before wrote.
    pub memory_changed: Range<usize>,
    /// What the frame's last call returned.
    pub return_data: Cow<'a, [u8]>,
}

impl Recording {
    /// The lane as it stands before a step; none where there is no such step.
    pub fn state(&self, step: usize) -> Option<StateAt<'_>> {
        let facts = self.steps.get(step)?;
        let record = &self.frames[facts.frame as usize];
        let at = step as u32;
        // A keyframe at the step itself would not say what the step before changed.
        let earlier = record.keyframes.partition_point(|key| key.step < at);
        let key = earlier.checked_sub(1).map(|index| &record.keyframes[index]);
        let (mut now, mut stack, mut memory) = match key {
            Some(key) => (key.step as usize, key.stack.clone(), key.memory.clone()),
            None => (record.facts.first as usize, Vec::new(), Vec::new()),
        };
        let mut before = None;
        let mut old = Vec::new();
        let from = now as u32;
        while now < step {
            let Some(next) = self.next_in_frame(now).filter(|next| *next <= step) else { break };
            if next == step {
                old.clone_from(&stack);
            }
            self.change_stack(&mut stack, now, next);
            before = Some(now);
            now = next;
        }
        memory.resize(facts.memory as usize, 0);
        let writes = &record.writes[record.writes.partition_point(|write| write.step < from)..];
        let mut memory_changed = 0..0;
        for write in writes.iter().take_while(|write| write.step < at) {
            let range = write.at as usize..write.at as usize + write.len as usize;
            let bytes = &self.bytes[write.bytes as usize..write.bytes as usize + write.len as usize];
            if let Some(place) = memory.get_mut(range.clone()) {
                place.copy_from_slice(bytes);
            }
            if before == Some(write.step as usize) {
                memory_changed = range;
            }
        }
        let stack_changed = match before {
            Some(_) => (0..stack.len()).filter(|place| old.get(*place) != stack.get(*place)).collect(),
            None => Vec::new(),
        };
        Some(StateAt {
            step,
            before,
            frame: &record.facts,
            frame_index: facts.frame as usize,
            stack,
            stack_changed,
            memory,
            memory_changed,
            return_data: self.return_data(facts.frame as usize, at),
        })
    }

    /// Does to a stack what a step did, up to the frame's next step.
    fn change_stack(&self, stack: &mut Vec<U256>, step: usize, next: usize) {
        let op = self.steps[step].op;
        match op {
            0x80..=0x8f => {
                let below = usize::from(op - 0x7f);
                if let Some(item) = stack.len().checked_sub(below).map(|place| stack[place]) {
                    stack.push(item);
                }
            }
            0x90..=0x9f => {
                let top = stack.len().saturating_sub(1);
                if let Some(other) = top.checked_sub(usize::from(op - 0x8f)) {
                    stack.swap(top, other);
                }
            }
            _ => {
                stack.truncate(stack.len().saturating_sub(usize::from(POPS[usize::from(op)])));
                if stack.len() < usize::from(self.steps[next].height) {
                    stack.push(self.pushed(step).unwrap_or_default());
                }
            }
        }
    }

    fn return_data(&self, frame: usize, step: u32) -> Cow<'_, [u8]> {
        let returned = &self.frames[frame].returned;
        let last = returned.partition_point(|(since, _)| *since < step).checked_sub(1);
        Cow::Borrowed(last.map_or(&[], |index| {
            let Range { start, end } = returned[index].1;
            &self.bytes[start as usize..end as usize]
        }))
    }

    /// Slots, of storage and transient, of a step's account that the lane touched before the step, in the order in which
    /// it first touched them.
    pub fn slots(&self, step: usize) -> Vec<SlotAt> {
        let account = self.steps.get(step).and_then(|facts| self.frames[facts.frame as usize].account);
        let Some(touches) = account.map(|account| &self.accounts[account as usize].touches) else { return Vec::new() };
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut slots: Vec<SlotAt> = Vec::new();
        for touch in touches.iter().take_while(|touch| (touch.step as usize) < step) {
            let facts = &self.slots[touch.slot as usize];
            let place = *places.entry(touch.slot).or_insert_with(|| {
                slots.push(SlotAt {
                    slot: facts.slot,
                    transient: facts.transient,
                    original: facts.original,
                    value: facts.original,
                    written: false,
                    touched: touch.step,
                });
                slots.len() - 1
            });
            let slot = &mut slots[place];
            (slot.value, slot.written, slot.touched) = (touch.value, touch.written, touch.step);
        }
        slots
    }

    /// The logs that stand at a step, oldest first.
    pub fn logs(&self, step: usize) -> impl Iterator<Item = &RecordedLog> {
        let made = self.logs.iter().take_while(move |log| (log.step as usize) < step);
        made.filter(move |log| log.undone.is_none_or(|undone| undone as usize > step))
    }
}
