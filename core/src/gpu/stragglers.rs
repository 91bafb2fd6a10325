//! When the last lanes of a shard are handed to the CPU: by what they have cost so far and what the CPU is measured to do.
//! It decides and measures nothing itself.

/// Few lanes keep a device from using its width. So many lanes or fewer, left for so many seconds, are looked at: the
/// fewer, the sooner.
const FEW: [(u64, f64); 2] = [(8, 0.5), (256, 3.0)];

/// What a hand-over costs besides the lanes' own steps, in seconds.
const OVERHEAD: f64 = 0.001;

/// Steps a second of the CPU engine before anything was measured.
const FIRST_GUESS: f64 = if cfg!(target_arch = "wasm32") { 40e6 } else { 150e6 };

/// A run of fewer steps says nothing of the rate: what it took is mostly what calls cost before their first step.
const LEAST_STEPS: u64 = 100_000_000;

/// How fast the fallback engine is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    steps_per_second: f64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { steps_per_second: FIRST_GUESS }
    }
}

impl Rate {
    /// Learns from a run of the fallback.
    pub(crate) fn learn(&mut self, steps: u64, seconds: f64) {
        if steps >= LEAST_STEPS && seconds > 0.0 {
            self.steps_per_second = self.steps_per_second.midpoint(steps as f64 / seconds);
        }
    }

    /// Seconds the fallback is predicted to need for lanes that have taken so many steps together: it begins from the
    /// start, and they are taken to be half through.
    fn seconds(&self, steps: u64) -> f64 {
        OVERHEAD + 2.0 * steps as f64 / self.steps_per_second
    }
}

/// Watches the lanes that are left of a shard.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stragglers {
    /// When each bound of [`FEW`] was first met.
    since: [Option<f64>; 2],
    /// No look before this time.
    next_look: f64,
}

impl Stragglers {
    /// Whether the lanes left are few for long enough to be looked at: the seconds they have been few.
    pub(crate) fn look(&mut self, active: u64, now: f64) -> Option<f64> {
        let mut waited = None;
        for ((few, seconds), since) in FEW.into_iter().zip(&mut self.since) {
            if active > few {
                continue;
            }
            let so_far = now - *since.get_or_insert(now);
            if so_far > seconds && now >= self.next_look {
                waited = Some(waited.unwrap_or(0.0_f64).max(so_far));
            }
        }
        // A lane that has gone on for so long may go on for as long again: then it is looked at again.
        if let Some(waited) = waited {
            self.next_look = now + waited;
        }
        waited
    }

    /// Whether the CPU is predicted to end them sooner: what has lasted so long is expected to last as long again.
    pub(crate) fn go(waited: f64, steps: u64, rate: Rate) -> bool {
        rate.seconds(steps) < waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lanes_are_never_stragglers() {
        let mut stragglers = Stragglers::default();
        assert_eq!(stragglers.look(257, 0.0), None);
        assert_eq!(stragglers.look(257, 1e6), None);
    }

    #[test]
    fn few_lanes_are_looked_at_when_they_last() {
        let mut stragglers = Stragglers::default();
        assert_eq!(stragglers.look(8, 10.0), None);
        assert_eq!(stragglers.look(8, 10.4), None);
        assert_eq!(stragglers.look(8, 11.0), Some(1.0));
        assert_eq!(stragglers.look(8, 11.5), None, "just looked at");
        assert_eq!(stragglers.look(8, 12.0), Some(2.0));
    }

    #[test]
    fn more_lanes_are_given_more_time() {
        let mut stragglers = Stragglers::default();
        assert_eq!(stragglers.look(200, 0.0), None);
        assert_eq!(stragglers.look(200, 2.9), None);
        assert_eq!(stragglers.look(200, 4.0), Some(4.0));
    }

    /// A fast device keeps its lanes, a slow one gives them away.
    #[test]
    fn the_prediction_weighs_steps_against_time() {
        let mut rate = Rate::default();
        for _ in 0..30 {
            rate.learn(200_000_000, 2.0);
        }
        assert!((rate.steps_per_second / 100e6 - 1.0).abs() < 0.01);
        assert!(Stragglers::go(1.0, 10_000_000, rate));
        assert!(!Stragglers::go(1.0, 1_000_000_000, rate));
        rate.learn(10, 5.0);
        assert!(rate.steps_per_second > 99e6, "ten steps say nothing");
    }
}
