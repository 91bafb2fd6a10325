//! Two engines' answers to the same calls, compared lane by lane. It runs nothing.

use lanevm_core::{Outcomes, Status, digest};
use web_time::{Duration, Instant};

use crate::{
    browser::turn::turn,
    protocol::{Comparison, Difference, Side},
};

/// Most lanes that differ that are listed.
const LISTED: usize = 20;

/// How long is computed before the event loop gets its turn.
const SLICE: Duration = Duration::from_millis(30);

fn side(outcomes: &Outcomes, lane: usize) -> Side {
    Side {
        status: outcomes.status(lane) as u8,
        gas: outcomes.gas_used(lane).to_string(),
        digest: digest::leaf(outcomes, lane).to_string(),
    }
}

/// How a lane's two answers differ, if they do: in status, gas or the digest of all that the lane left.
fn difference(step: usize, lane: usize, gpu: &Outcomes, cpu: &Outcomes) -> Option<Difference> {
    let (on_gpu, on_cpu) = (side(gpu, lane), side(cpu, lane));
    (on_gpu != on_cpu).then_some(Difference { step, lane, gpu: on_gpu, cpu: on_cpu })
}

/// Compares every lane of every step that ended on both, with turns of the event loop between.
pub(super) async fn compare(gpu: &[Outcomes], cpu: &[Outcomes]) -> Comparison {
    let mut found = Comparison::default();
    let mut begun = Instant::now();
    for (step, (gpu, cpu)) in gpu.iter().zip(cpu).enumerate() {
        for lane in 0..gpu.len().min(cpu.len()) {
            if [gpu, cpu].iter().any(|outcomes| outcomes.status(lane) == Status::Unfinished) {
                continue;
            }
            found.compared += 1;
            if let Some(difference) = difference(step, lane, gpu, cpu) {
                found.differ += 1;
                if found.first.len() < LISTED {
                    found.first.push(difference);
                }
            }
            if lane % 256 == 255 && begun.elapsed() > SLICE {
                turn().await;
                begun = Instant::now();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanevm_core::Outcome;

    fn answers(gas: u64, output: &[u8]) -> Outcomes {
        let mut outcomes = Outcomes::unfinished(1);
        let outcome = Outcome {
            status: Some(Status::Return),
            gas_used: gas,
            output: output.to_vec().into(),
            ..Outcome::default()
        };
        outcomes.set(0, &outcome);
        outcomes
    }

    #[test]
    fn equal_answers_do_not_differ() {
        assert_eq!(difference(0, 0, &answers(7, b"a"), &answers(7, b"a")), None);
    }

    #[test]
    fn gas_and_what_is_left_behind_are_told_apart() {
        let found = difference(1, 0, &answers(7, b"a"), &answers(8, b"a")).unwrap();
        assert_eq!((found.step, found.lane), (1, 0));
        assert_eq!((found.gpu.gas.as_str(), found.cpu.gas.as_str()), ("7", "8"));
        let found = difference(0, 0, &answers(7, b"a"), &answers(7, b"b")).unwrap();
        assert_eq!(found.gpu.gas, found.cpu.gas);
        assert_ne!(found.gpu.digest, found.cpu.digest);
    }
}
