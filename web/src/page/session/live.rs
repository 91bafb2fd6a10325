//! The lanes of the run under way, as far as they have ended. They are looked at, not worked with: what is filtered and sorted
//! is a run that has ended.

use leptos::prelude::*;

use super::Session;

/// A status code a lane, and what of them changed since they were drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Live {
    run: u32,
    step: usize,
    /// Points to the right, where lanes fill a plane.
    pub(crate) columns: Option<usize>,
    pub(crate) codes: Vec<u8>,
    /// Lanes by code.
    counts: Vec<u32>,
    /// First lane that was not drawn as it is, and the first behind them.
    news: Option<(usize, usize)>,
}

impl Live {
    fn new(run: u32, step: usize, lanes: usize, columns: Option<usize>) -> Self {
        let mut counts = vec![0; 256];
        counts[0] = lanes as u32;
        Self { run, step, columns, codes: vec![0; lanes], counts, news: Some((0, lanes)) }
    }

    fn take(&mut self, from: usize, codes: &[u8]) {
        let end = from.saturating_add(codes.len()).min(self.codes.len());
        let Some(places) = self.codes.get_mut(from..end) else { return };
        for (place, code) in places.iter_mut().zip(codes) {
            if place != code {
                self.counts[usize::from(*place)] -= 1;
                self.counts[usize::from(*code)] += 1;
                *place = *code;
            }
        }
        let (first, last) = self.news.unwrap_or((from, end));
        self.news = Some((first.min(from), last.max(end)));
    }

    /// Lanes that have ended, by status code.
    pub(crate) fn ended(&self) -> Vec<(u8, u32)> {
        let each = self.counts.iter().enumerate().skip(1).filter(|(_, lanes)| **lanes > 0);
        each.map(|(code, lanes)| (code as u8, *lanes)).collect()
    }

    /// The lanes to be drawn, at most about so many; the others stay to be drawn.
    pub(crate) fn take_news(&mut self, most: usize) -> Option<(usize, usize)> {
        let (first, end) = self.news.take()?;
        let now = end.min(first.saturating_add(most.max(1)));
        self.news = (now < end).then_some((now, end));
        Some((first, now))
    }

    /// Whether something is to be drawn.
    pub(crate) const fn has_news(&self) -> bool {
        self.news.is_some()
    }
}

impl Session {
    /// Lanes have ended.
    pub(super) fn hear_ended(
        self,
        run: u32,
        (step, lanes): (usize, usize),
        from: usize,
        columns: Option<usize>,
        codes: &[u8],
    ) {
        self.live.update(|live| {
            let same = live.as_ref().is_some_and(|it| (it.run, it.step, it.codes.len()) == (run, step, lanes));
            if !same {
                *live = Some(Live::new(run, step, lanes, columns));
            }
            if let Some(live) = live {
                live.take(from, codes);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_drawn_in_parts() {
        let mut live = Live::new(1, 0, 100, None);
        assert_eq!(live.take_news(1_000), Some((0, 100)));
        assert_eq!(live.take_news(1_000), None);
        live.take(10, &[1, 1, 2]);
        live.take(50, &[1]);
        assert_eq!(live.ended(), [(1, 3), (2, 1)]);
        assert_eq!((live.take_news(30), live.has_news()), (Some((10, 40)), true));
        assert_eq!((live.take_news(30), live.has_news()), (Some((40, 51)), false));
        // More than there are lanes is cut.
        live.take(99, &[1, 1, 1]);
        assert_eq!(live.take_news(30), Some((99, 100)));
        live.take(200, &[1]);
        assert_eq!(live.ended(), [(1, 4), (2, 1)]);
    }
}
