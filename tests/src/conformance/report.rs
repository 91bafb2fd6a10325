//! What a conformance run found: counts and failures, as people and as programs read them.

use std::collections::BTreeMap;

use lanevm_core::{
    Status,
    outcome::{Executor, Outcomes, Reason},
};
use serde::Serialize;

/// A case that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `file:test:fork:d:g:v`.
    pub case: String,
    /// What differs.
    pub reason: String,
}

/// The findings of one run. `rejected` and `no_frame` are among the cases that passed or failed, `skipped` are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The suite.
    pub suite: String,
    /// The engine asked for.
    pub engine: String,
    /// What it ran on.
    pub adapter: String,
    /// Cases taken: passed, failed and skipped.
    pub cases: u64,
    /// Cases that came out as they must.
    pub passed: u64,
    /// Cases that did not.
    pub failed: u64,
    /// Cases refused before execution, rightly.
    pub rejected: u64,
    /// Cases executed in which no code ran.
    pub no_frame: u64,
    /// Cases in which every frame ran on the device.
    pub on_gpu: u64,
    /// Those among them without a precompile answered by the host.
    pub on_gpu_alone: u64,
    /// Precompile calls answered by the host for lanes on the device.
    pub host_services: BTreeMap<String, u64>,
    /// Cases the device did not answer, by reason.
    pub escalated: BTreeMap<String, u64>,
    /// Cases not judged, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// What an engine of ways did: cases that a way answered, and the others by why there was none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ways: BTreeMap<String, String>,
    /// Seconds from the first case to the last.
    pub seconds: f64,
    /// The failures.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Counts a case that is not judged.
    pub fn skip(&mut self, reason: impl Into<String>) {
        self.cases += 1;
        *self.skipped.entry(reason.into()).or_default() += 1;
    }

    /// Counts a judged case.
    pub fn judge(&mut self, case: impl Into<String>, verdict: Result<(), String>) -> bool {
        self.cases += 1;
        match verdict {
            Ok(()) => {
                self.passed += 1;
                true
            }
            Err(reason) => {
                self.failed += 1;
                self.failures.push(Failure { case: case.into(), reason });
                false
            }
        }
    }

    /// Counts what became of a row that is judged, whatever the verdict.
    pub fn count_row(&mut self, outcomes: &Outcomes, row: usize, passed: bool) {
        if outcomes.status(row) == Status::Rejected {
            self.rejected += u64::from(passed);
            return;
        }
        if outcomes.steps(row) == 0 {
            self.no_frame += 1;
        }
        match (outcomes.executor(row), outcomes.reason(row)) {
            (Executor::Gpu, _) => {
                self.on_gpu += 1;
                self.on_gpu_alone += u64::from(!outcomes.host_served(row));
            }
            (Executor::Cpu, Reason::None) => {}
            (Executor::Cpu, reason) => *self.escalated.entry(reason.label()).or_default() += 1,
        }
    }

    /// Counts what the host did for a whole batch.
    pub fn count_services(&mut self, outcomes: &Outcomes) {
        for (number, count) in &outcomes.host_services {
            *self.host_services.entry(format!("0x{number:02x}")).or_default() += count;
        }
    }

    /// The report for people: a line of counts, then reasons, then the first failures.
    pub fn text(&self) -> String {
        use std::fmt::Write;
        let mut text = format!(
            "{} on {} ({}): {} cases, {} passed, {} failed, {} rejected, {} without a frame, {:.1} s\n",
            self.suite,
            self.engine,
            self.adapter,
            self.cases,
            self.passed,
            self.failed,
            self.rejected,
            self.no_frame,
            self.seconds
        );
        if self.engine == "gpu" {
            let _ = writeln!(text, "  on the device: {}; without host services: {}", self.on_gpu, self.on_gpu_alone);
        }
        for (title, counts) in
            [("host services", &self.host_services), ("not on the device", &self.escalated), ("skipped", &self.skipped)]
        {
            for (reason, count) in counts {
                let _ = writeln!(text, "  {title}: {count} x {reason}");
            }
        }
        // The most frequent first.
        let mut ways: Vec<_> = self.ways.iter().collect();
        ways.sort_by_key(|(_, count)| std::cmp::Reverse(count.parse::<u64>().unwrap_or_default()));
        for (what, count) in ways {
            let _ = writeln!(text, "  ways: {count} x {what}");
        }
        const SHOWN: usize = 20;
        for failure in self.failures.iter().take(SHOWN) {
            let _ = writeln!(text, "  FAILED {}\n    {}", failure.case, failure.reason);
        }
        if self.failures.len() > SHOWN {
            let _ = writeln!(text, "  and {} more failures; --json lists them all", self.failures.len() - SHOWN);
        }
        text
    }
}
