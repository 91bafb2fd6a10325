//! How much work one submit carries, and how many are under way: steps a lane may take in a dispatch and rounds in a submit
//! are steered towards a wished time, with at most two submits in flight. It is told the time and asks no clock.

use std::collections::VecDeque;

/// The most fuel of one dispatch.
const MOST_FUEL: u32 = 50_000;
/// On software adapters, which run 60,000 turns of all loops for a vector of up to eight lanes: a step is up to 22 of them, and a
/// lane zeroes one limb of memory in a turn for one of its fuel, while others of the vector do not.
const MOST_FUEL_SOFTWARE: u32 = 60_000 / (22 + 8);
const LEAST_FUEL: u32 = 32;
const MOST_ROUNDS: u32 = 24;
const LEAST_ROUNDS: u32 = 2;

/// Wished time of a submit, in milliseconds.
const TARGET_GPU_MS: f64 = 50.0;
const TARGET_SOFTWARE_MS: f64 = 100.0;

/// Most submits in flight. The second hides the way from the device to the host and back, which a software adapter does not
/// have.
pub(crate) const MOST_IN_FLIGHT: usize = 2;

/// The size of the next submit, and those under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pace {
    target_ms: f64,
    /// Steps a lane may take in a dispatch.
    fuel: u32,
    /// Rounds in a submit.
    rounds: u32,
    most_in_flight: usize,
    most_fuel: u32,
    /// When each submit under way was handed in, in milliseconds; the oldest first.
    in_flight: VecDeque<f64>,
    /// When the last one ended.
    ended: f64,
}

/// What one submit carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) fuel: u32,
    pub(crate) rounds: u32,
}

impl Pace {
    /// Small first: a submit must not be long on an adapter that nothing is known of.
    pub(crate) fn new(software: bool, in_flight: Option<u32>) -> Self {
        Self {
            target_ms: if software { TARGET_SOFTWARE_MS } else { TARGET_GPU_MS },
            fuel: 64,
            most_fuel: if software { MOST_FUEL_SOFTWARE } else { MOST_FUEL },
            rounds: LEAST_ROUNDS,
            most_in_flight: in_flight
                .map_or(if software { 1 } else { MOST_IN_FLIGHT }, |most| (most as usize).clamp(1, MOST_IN_FLIGHT)),
            in_flight: VecDeque::new(),
            ended: 0.0,
        }
    }

    /// Small again: kernels join whose work nothing is known of.
    pub(crate) fn begin_anew(&mut self) {
        self.fuel = self.fuel.min(64);
        self.rounds = LEAST_ROUNDS;
    }

    /// Steps a lane may take in a dispatch.
    pub(crate) const fn fuel(&self) -> u32 {
        self.fuel
    }

    /// The most that they may ever be.
    pub(crate) const fn most_fuel(&self) -> u32 {
        self.most_fuel
    }

    /// Whether one more submit may be handed in.
    pub(crate) fn has_room(&self) -> bool {
        self.in_flight.len() < self.most_in_flight
    }

    /// Forgets what was under way, at the begin of a shard, with which time begins at zero again.
    pub(crate) fn begin(&mut self) {
        self.in_flight.clear();
        self.ended = 0.0;
    }

    /// What the next submit carries; it is under way from now on.
    pub(crate) fn submit(&mut self, now_ms: f64) -> Work {
        self.in_flight.push_back(now_ms);
        Work { fuel: self.fuel, rounds: self.rounds }
    }

    /// The oldest submit has ended; gives the milliseconds that the device took for it. `learn`: its time says something of the
    /// next one's, as that of a shard's first submit, which may compile kernels, does not.
    pub(crate) fn end(&mut self, now_ms: f64, learn: bool) -> f64 {
        let Some(begun) = self.in_flight.pop_front() else { return 0.0 };
        // The device begins with a submit when it is through with the one before.
        let elapsed = now_ms - begun.max(self.ended);
        self.ended = now_ms;
        if learn {
            self.learn(elapsed);
        }
        elapsed
    }

    /// Work grows or shrinks by at most a factor of two.
    fn learn(&mut self, elapsed_ms: f64) {
        let factor = (self.target_ms / elapsed_ms.max(0.1)).clamp(0.5, 2.0);
        let scale = |value: u32, least: u32, most: u32| ((f64::from(value) * factor) as u32).clamp(least, most);
        if factor > 1.0 {
            // Lanes that yield often gain by rounds, lanes that never yield by fuel.
            if self.rounds < MOST_ROUNDS {
                self.rounds = scale(self.rounds, LEAST_ROUNDS, MOST_ROUNDS);
            } else {
                self.fuel = scale(self.fuel, LEAST_FUEL, self.most_fuel);
            }
        } else if self.fuel > 256 {
            self.fuel = scale(self.fuel, LEAST_FUEL, self.most_fuel);
        } else if self.rounds > LEAST_ROUNDS {
            self.rounds = scale(self.rounds, LEAST_ROUNDS, MOST_ROUNDS);
        } else {
            self.fuel = scale(self.fuel, LEAST_FUEL, self.most_fuel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with a clock of its own: it runs one submit after the other, and the host hears of an end some time later.
    struct Device {
        now: f64,
        free: f64,
        steps_per_ms: f64,
        fixed_ms: f64,
        latency_ms: f64,
        ends: VecDeque<f64>,
    }

    impl Device {
        fn new(steps_per_ms: f64) -> Self {
            Self { now: 0.0, free: 0.0, steps_per_ms, fixed_ms: 1.0, latency_ms: 2.0, ends: VecDeque::new() }
        }

        /// Lets so many submits end; gives the milliseconds the device spent on each, and how many were in flight at most.
        fn run(&mut self, pace: &mut Pace, submits: usize) -> (Vec<f64>, usize) {
            let mut spent = Vec::new();
            let mut most = 0;
            for _ in 0..submits {
                while pace.has_room() {
                    let Work { fuel, rounds } = pace.submit(self.now);
                    let took = self.fixed_ms + f64::from(fuel * rounds) * 16.0 / self.steps_per_ms;
                    self.free = self.free.max(self.now) + took;
                    spent.push(took);
                    self.ends.push_back(self.free);
                }
                most = most.max(self.ends.len());
                self.now = self.now.max(self.ends.pop_front().expect("a submit under way") + self.latency_ms);
                pace.end(self.now, true);
            }
            (spent, most)
        }
    }

    fn is_capped(pace: &Pace) -> bool {
        pace.fuel == pace.most_fuel || (pace.fuel == LEAST_FUEL && pace.rounds == LEAST_ROUNDS)
    }

    #[test]
    fn submits_settle_near_the_target() {
        for software in [true, false] {
            for in_flight in [1, 2] {
                for steps_per_ms in [50.0, 2_000.0, 200_000.0] {
                    let mut pace = Pace::new(software, Some(in_flight));
                    let (spent, most) = Device::new(steps_per_ms).run(&mut pace, 60);
                    assert!(most <= in_flight as usize);
                    let target = pace.target_ms;
                    for took in &spent[50..] {
                        let near = (target / 4.0..=target * 2.5).contains(took);
                        assert!(near || is_capped(&pace), "{steps_per_ms}, {in_flight}: {took} ms with {pace:?}");
                    }
                }
            }
        }
    }

    /// A device that becomes ten times slower, as one that gets hot or is shared: a few long submits, then short ones again.
    #[test]
    fn a_slowed_device_gets_less_within_a_few_submits() {
        for in_flight in [1, 2] {
            let mut pace = Pace::new(false, Some(in_flight));
            let mut device = Device::new(20_000.0);
            device.run(&mut pace, 60);
            device.steps_per_ms /= 10.0;
            let (spent, _) = device.run(&mut pace, 12);
            let late = &spent[8..];
            assert!(late.iter().all(|took| *took < 150.0), "{in_flight}: {spent:?}");
            device.steps_per_ms *= 10.0;
            let (spent, _) = device.run(&mut pace, 30);
            assert!(spent[25..].iter().all(|took| *took > 12.0), "{in_flight}: {spent:?}");
        }
    }

    /// The second submit hides the latency: the device is never idle.
    #[test]
    fn two_in_flight_keep_the_device_busy() {
        let idle = |in_flight: u32| {
            let mut pace = Pace::new(false, Some(in_flight));
            let mut device = Device::new(20_000.0);
            device.latency_ms = 20.0;
            device.run(&mut pace, 40);
            let (begun, free) = (device.now, device.free);
            let (spent, _) = device.run(&mut pace, 40);
            1.0 - spent.iter().sum::<f64>() / (device.free.max(device.now) - begun.min(free))
        };
        assert!(idle(1) > 0.2, "{}", idle(1));
        assert!(idle(2) < 0.05, "{}", idle(2));
    }

    /// Each shard counts its time from its own begin: what an earlier one took is not taken for the next one's.
    #[test]
    fn a_later_shard_learns_from_its_own_time() {
        let mut pace = Pace::new(true, None);
        Device::new(2_000.0).run(&mut pace, 60);
        let settled = (pace.fuel, pace.rounds);
        pace.begin();
        let (spent, _) = Device::new(2_000.0).run(&mut pace, 20);
        assert!(spent.iter().all(|took| *took < 250.0), "{spent:?} after {settled:?}");
    }

    #[test]
    fn the_first_submit_teaches_nothing() {
        let mut pace = Pace::new(false, None);
        let before = pace.submit(0.0);
        pace.end(5_000.0, false);
        assert_eq!(pace.submit(5_000.0), before);
    }
}
