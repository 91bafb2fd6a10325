//! How much work one submit carries: steps a lane may take in a dispatch, and rounds in a submit, steered towards a wished
//! time. It measures nothing itself.

/// The most fuel of one dispatch: under the 60,000 loop iterations that software adapters run, with room for what one step
/// loops over by itself.
const MOST_FUEL: u32 = 50_000;
const LEAST_FUEL: u32 = 32;
const MOST_ROUNDS: u32 = 24;
const LEAST_ROUNDS: u32 = 2;

/// The size of the next submit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Wished time of a submit, in milliseconds.
    target_ms: f64,
    /// Steps a lane may take in a dispatch.
    pub(crate) fuel: u32,
    /// Rounds in a submit.
    pub(crate) rounds: u32,
}

impl Pace {
    /// Small first: a submit must not be long on an adapter that nothing is known of.
    pub(crate) const fn new(software: bool) -> Self {
        Self { target_ms: if software { 100.0 } else { 50.0 }, fuel: 64, rounds: LEAST_ROUNDS }
    }

    /// Small again: kernels join whose work nothing is known of.
    pub(crate) fn begin_anew(&mut self) {
        self.fuel = self.fuel.min(64);
        self.rounds = LEAST_ROUNDS;
    }

    /// Learns from a submit that took this long. Work grows or shrinks by at most a factor of two.
    pub(crate) fn learn(&mut self, elapsed_ms: f64) {
        let factor = (self.target_ms / elapsed_ms.max(0.1)).clamp(0.5, 2.0);
        let scale = |value: u32, least: u32, most: u32| ((f64::from(value) * factor) as u32).clamp(least, most);
        if factor > 1.0 {
            // Lanes that yield often gain by rounds, lanes that never yield by fuel.
            if self.rounds < MOST_ROUNDS {
                self.rounds = scale(self.rounds, LEAST_ROUNDS, MOST_ROUNDS);
            } else {
                self.fuel = scale(self.fuel, LEAST_FUEL, MOST_FUEL);
            }
        } else if self.fuel > 256 {
            self.fuel = scale(self.fuel, LEAST_FUEL, MOST_FUEL);
        } else if self.rounds > LEAST_ROUNDS {
            self.rounds = scale(self.rounds, LEAST_ROUNDS, MOST_ROUNDS);
        } else {
            self.fuel = scale(self.fuel, LEAST_FUEL, MOST_FUEL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An adapter that runs so many steps a millisecond: the submits come to the wished time and stay near it.
    #[test]
    fn settles_near_the_target() {
        for steps_per_ms in [50.0, 2_000.0, 200_000.0] {
            let mut pace = Pace::new(true);
            let mut elapsed = 0.0;
            for _ in 0..40 {
                elapsed = 1.0 + f64::from(pace.fuel * pace.rounds) * 16.0 / steps_per_ms;
                pace.learn(elapsed);
            }
            let capped = pace.fuel == MOST_FUEL || (pace.fuel == LEAST_FUEL && pace.rounds == LEAST_ROUNDS);
            assert!((25.0..=250.0).contains(&elapsed) || capped, "{steps_per_ms}: {elapsed} ms with {pace:?}");
        }
    }
}
