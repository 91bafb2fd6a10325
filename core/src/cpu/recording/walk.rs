//! Walking through a recorded lane: from step to step of one frame, out of it, to a place in its code; and the lane as a
//! line of gas. It says which step; what holds there is said elsewhere.

use super::Recording;

/// Where to go from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// To the next step of the frame, over the frames that this one makes; after its last, out of it.
    Over,
    /// To the frame's step before, over frames; from its first to the step that made it.
    BackOver,
    /// To where the caller goes on.
    Out,
    /// To the next step at this place of the frame's code, in any frame that runs it; after the last one, to the first.
    To(u32),
}

/// A part of the line of gas: some steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinePoint {
    /// The first.
    pub step: usize,
    /// Gas that its frame has left.
    pub gas: u64,
    /// The most frames open in any of them.
    pub depth: u32,
    /// The frame of one where so many are open.
    pub frame: u32,
}

impl Recording {
    /// The next step of a step's frame; none after its last.
    pub(super) fn next_in_frame(&self, step: usize) -> Option<usize> {
        let frame = self.steps.get(step)?.frame;
        let next = self.steps.get(step + 1)?;
        if next.frame == frame {
            return Some(step + 1);
        }
        let inner = &self.frames[next.frame as usize].facts;
        if inner.parent != Some(frame) {
            return None;
        }
        let after = inner.end as usize;
        // A recording that is cut may end inside.
        (self.steps.get(after)?.frame == frame).then_some(after)
    }

    fn before_in_frame(&self, step: usize) -> Option<usize> {
        let frame = self.steps.get(step)?.frame;
        let before = step.checked_sub(1)?;
        let mut inner = self.steps[before].frame;
        if inner == frame {
            return Some(before);
        }
        while let Some(parent) = self.frames[inner as usize].facts.parent {
            if parent == frame {
                return self.frames[inner as usize].facts.made_by.map(|step| step as usize);
            }
            inner = parent;
        }
        None
    }

    /// The step that lies this way; none where there is none, or nothing of this kind was recorded.
    pub fn walk(&self, step: usize, walk: Walk) -> Option<usize> {
        let facts = self.steps.get(step)?;
        let frame = &self.frames[facts.frame as usize].facts;
        match walk {
            Walk::Over => self.next_in_frame(step).or_else(|| self.walk(step, Walk::Out)),
            Walk::BackOver => self.before_in_frame(step).or_else(|| frame.made_by.map(|step| step as usize)),
            Walk::Out => {
                // Where the caller's call was its last step, as where it is out of gas, its own caller goes on.
                let out = frame.end as usize;
                (frame.parent.is_some() && out < self.steps.len()).then_some(out)
            }
            Walk::To(pc) => {
                let code = frame.code_hash;
                let there = |at: &usize| {
                    let facts = &self.steps[*at];
                    facts.pc == pc && self.frames[facts.frame as usize].facts.code_hash == code
                };
                (step + 1..self.steps.len()).find(there).or_else(|| (0..=step).find(there))
            }
        }
    }

    /// The lane in at most so many parts of equal numbers of steps.
    pub fn line(&self, most: usize) -> Vec<LinePoint> {
        let each = self.steps.len().div_ceil(most.max(1)).max(1);
        let part = |(index, steps): (usize, &[super::StepFacts])| {
            let depth = |frame: u32| self.frames[frame as usize].facts.depth;
            let deepest = steps.iter().map(|facts| facts.frame).max_by_key(|frame| depth(*frame)).unwrap_or_default();
            let gas = steps.first().map_or(0, |facts| facts.gas);
            LinePoint { step: index * each, gas, depth: depth(deepest), frame: deepest }
        };
        self.steps.chunks(each).enumerate().map(part).collect()
    }
}
