//! How lanes ended while a run is under way, until the page is told. It runs nothing.

use std::{
    cell::{Cell, RefCell},
    ops::Range,
    rc::Rc,
};

use lanevm_core::{Status, engine::OnEnded};

/// A status code a lane. Clones are the same one.
#[derive(Clone)]
pub(super) struct Filling(Rc<State>);

struct State {
    codes: RefCell<Vec<u8>>,
    /// Lanes of which the page has not heard.
    news: Cell<Option<(usize, usize)>>,
    step: Cell<usize>,
}

impl Filling {
    /// Lanes of which none has ended.
    pub(super) fn of(lanes: usize) -> Self {
        Self(Rc::new(State {
            codes: RefCell::new(vec![Status::Unfinished as u8; lanes]),
            news: Cell::new(None),
            step: Cell::new(0),
        }))
    }

    /// Who hears how lanes end.
    pub(super) fn ear(&self) -> OnEnded {
        let state = Rc::clone(&self.0);
        Rc::new(move |calls| {
            for (lane, status) in calls {
                state.note(lane, status as u8);
            }
        })
    }

    /// Lanes there are.
    pub(super) fn lanes(&self) -> usize {
        self.0.codes.borrow().len()
    }

    /// What the page has not heard: the step, the first lane and the codes from there on.
    pub(super) fn news(&self) -> Option<(usize, usize, Vec<u8>)> {
        let (first, end) = self.0.news.take()?;
        let range: Range<usize> = first..end;
        Some((self.0.step.get(), first, self.0.codes.borrow()[range].to_vec()))
    }
}

impl State {
    fn note(&self, lane: usize, code: u8) {
        let mut codes = self.codes.borrow_mut();
        let lanes = codes.len();
        let Some(place) = codes.get_mut(lane) else { return };
        if *place == Status::Unfinished as u8 {
            *place = code;
            let (first, end) = self.news.get().unwrap_or((lane, lane));
            self.news.set(Some((first.min(lane), end.max(lane + 1))));
            return;
        }
        // A lane ends once a step: another has begun, or another engine's turn.
        codes.fill(Status::Unfinished as u8);
        codes[lane] = code;
        self.step.set(self.step.get() + 1);
        self.news.set(Some((0, lanes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_what_has_ended_since() {
        let filling = Filling::of(10);
        let ear = filling.ear();
        assert_eq!(filling.news(), None);
        ear(&mut [(4, Status::Return), (2, Status::Revert)].into_iter());
        let unfinished = Status::Unfinished as u8;
        assert_eq!(filling.news(), Some((0, 2, vec![Status::Revert as u8, unfinished, Status::Return as u8])));
        assert_eq!(filling.news(), None);
        // Lane 2 again: a second step has begun.
        ear(&mut [(2, Status::Stop)].into_iter());
        let (step, first, codes) = filling.news().unwrap();
        assert_eq!((step, first, codes.len()), (1, 0, 10));
        assert_eq!(codes.iter().filter(|code| **code != unfinished).count(), 1);
    }
}
