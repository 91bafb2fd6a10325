//! How fast a run is and how long it will take, in words that do not jump. It reads no clock: times come with the news.

use super::text::{grouped, rate};
use crate::{protocol::ProgressView, words::run as words};

/// Words are made anew this often, in milliseconds.
const RENEWED: f64 = 1_000.0;

/// News that is older counts for less than half, in milliseconds.
const REMEMBERED: f64 = 2_000.0;

/// A run's pace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pace {
    /// The last news: milliseconds and lanes.
    last: (f64, u64),
    /// Lanes a millisecond.
    rate: Option<f64>,
    /// When the words were made, and the words.
    words: Option<(f64, String)>,
}

impl Pace {
    /// Takes news; the words after it.
    pub(crate) fn hear(&mut self, at: &ProgressView) -> String {
        let (time, done) = self.last;
        // Another engine may begin at nothing again.
        if at.done < done || at.milliseconds < time {
            *self = Self::default();
        }
        let (time, done) = self.last;
        let passed = at.milliseconds - time;
        if passed > 0.0 {
            let now = (at.done - done) as f64 / passed;
            let weight = 1.0 - (-passed / REMEMBERED).exp();
            let known = self.rate.map_or(at.done as f64 / at.milliseconds, |known| known + weight * (now - known));
            self.rate = (known > 0.0).then_some(known);
            self.last = (at.milliseconds, at.done);
        }
        match &self.words {
            Some((made, words)) if at.milliseconds - made < RENEWED => words.clone(),
            _ => {
                let words = self.words(at);
                self.words = Some((at.milliseconds, words.clone()));
                words
            }
        }
    }

    fn words(&self, at: &ProgressView) -> String {
        let lanes = words::lanes_ended(grouped(at.done), grouped(at.lanes));
        match self.rate {
            Some(known) => {
                let left = at.lanes.saturating_sub(at.done) as f64 / known;
                words::calls_a_second(lanes, rate((known * 1e6) as u64, 1e6), left_words(left))
            }
            None => words::left_unknown(lanes),
        }
    }
}

/// A time left, no finer than it can be known.
fn left_words(milliseconds: f64) -> String {
    let seconds = (milliseconds / 1e3).ceil();
    match seconds {
        _ if seconds <= 1.0 => words::A_MOMENT_LEFT.into(),
        _ if seconds <= 10.0 => words::seconds_left(seconds),
        _ if seconds <= 90.0 => words::seconds_left((seconds / 5.0).ceil() * 5.0),
        _ if seconds <= 5_400.0 => words::minutes_left((seconds / 60.0).ceil()),
        _ if seconds <= 360_000.0 => words::hours_left((seconds / 3_600.0).ceil()),
        _ => words::VERY_LONG_LEFT.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(milliseconds: f64, done: u64) -> ProgressView {
        ProgressView { lanes: 100_000, done, milliseconds, ..ProgressView::default() }
    }

    #[test]
    fn words_stay_for_a_second() {
        let mut pace = Pace::default();
        let first = pace.hear(&news(100.0, 1_000));
        assert_eq!(first, "1,000 of 100,000 lanes ended · 10.0 k calls/s · about 10 s left");
        for step in 2..10 {
            assert_eq!(pace.hear(&news(f64::from(step) * 100.0, u64::from(step as u32) * 1_500)), first);
        }
        assert_ne!(pace.hear(&news(1_200.0, 20_000)), first);
    }

    #[test]
    fn nothing_ended_is_no_rate() {
        let mut pace = Pace::default();
        assert_eq!(pace.hear(&news(100.0, 0)), "0 of 100,000 lanes ended · time left not known yet");
    }

    #[test]
    fn a_pause_or_a_second_run_divides_by_nothing() {
        let mut pace = Pace::default();
        pace.hear(&news(5_000.0, 50_000));
        pace.hear(&news(5_000.0, 50_000));
        assert!(pace.hear(&news(100.0, 0)).contains("not known"));
    }

    #[test]
    fn times_left_are_round() {
        for (milliseconds, words) in [
            (200.0, "a moment left"),
            (3_100.0, "about 4 s left"),
            (31_000.0, "about 35 s left"),
            (100_000.0, "about 2 min left"),
            (7_200_000.0, "about 2 h left"),
            (f64::INFINITY, "more than 100 h left"),
        ] {
            assert_eq!(left_words(milliseconds), words);
        }
    }
}
