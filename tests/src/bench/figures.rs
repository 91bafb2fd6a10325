//! What was measured: medians, ratios, and where the GPU loses. It measures nothing.

use std::{collections::BTreeMap, fmt::Write};

use serde::Serialize;

/// Where a batch ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The GPU engine's interpreter, from the batch to outcomes that can be read.
    Gpu,
    /// The same runs, the device's part alone: inputs have arrived, and outputs stay there.
    GpuResident,
    /// The GPU engine by ways (compiled paths), from the batch to outcomes that can be read.
    Ways,
    /// The same runs, the device's part alone.
    WaysResident,
    /// The GPU engine, noting paths.
    GpuPath,
    /// The GPU engine, noting coverage.
    GpuCoverage,
    /// The CPU engine on one core.
    OneCore,
    /// The CPU engine on all cores.
    AllCores,
    /// The CPU engine as wasm in Node, one worker.
    Wasm,
    /// @ethereumjs/evm in Node.
    Ethereumjs,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 10] = [
        Self::Gpu,
        Self::GpuResident,
        Self::Ways,
        Self::WaysResident,
        Self::GpuPath,
        Self::GpuCoverage,
        Self::OneCore,
        Self::AllCores,
        Self::Wasm,
        Self::Ethereumjs,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gpu => "interpreter, delivered",
            Self::GpuResident => "interpreter, resident",
            Self::Ways => "ways, delivered",
            Self::WaysResident => "ways, resident",
            Self::GpuPath => "interpreter, noting paths",
            Self::GpuCoverage => "interpreter, coverage",
            Self::OneCore => "CPU, one core",
            Self::AllCores => "CPU, all cores",
            Self::Wasm => "CPU wasm in Node",
            Self::Ethereumjs => "@ethereumjs/evm",
        }
    }
}

/// The median of values; zero where there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// What one side did with one workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Calls of a turn: those of the batch, or as many of them as there was time for.
    pub calls: usize,
    /// Gas of a call, on average.
    #[serde(skip)]
    pub gas: f64,
    /// Seconds of each repetition.
    pub seconds: Vec<f64>,
    /// Calls a second, of the median.
    pub calls_per_second: f64,
    /// Gas a second, of the median.
    pub gas_per_second: f64,
}

impl Measured {
    /// The figures of turns of so many calls, of so much gas each.
    pub const fn new(calls: usize, gas: f64) -> Self {
        Self { calls, gas, seconds: Vec::new(), calls_per_second: 0.0, gas_per_second: 0.0 }
    }

    /// Adds a turn's seconds.
    pub fn note(&mut self, seconds: f64) {
        self.seconds.push(seconds);
        self.calls_per_second = self.calls as f64 / median(&self.seconds).max(f64::MIN_POSITIVE);
        self.gas_per_second = self.calls_per_second * self.gas;
    }
}

/// One workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Calls in a batch.
    pub calls: usize,
    /// Gas used by a call, on average.
    pub gas_per_call: f64,
    /// Lanes that the device answered.
    pub lanes_on_gpu: u64,
    /// Lanes that the CPU engine answered for it, by reason.
    pub lanes_on_cpu: BTreeMap<String, u64>,
    /// What ways did.
    pub ways: Option<Compiled>,
    /// By side.
    pub sides: BTreeMap<Side, Measured>,
}

/// The ways of a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compiled {
    /// Ways, those of workloads before it among them.
    pub ways: usize,
    /// Lanes of a batch that went one; where there are none, the engine by ways is the interpreter, and is not measured.
    pub lanes: u64,
    /// Milliseconds that looking for them took.
    pub search_ms: f64,
    /// Milliseconds until their kernels were ready.
    pub kernels_ms: f64,
    /// Why there are none, or not more.
    pub without: Vec<String>,
}

impl Row {
    /// How many times as fast `a` is as `b`.
    pub fn ratio(&self, a: Side, b: Side) -> Option<f64> {
        Some(self.sides.get(&a)?.calls_per_second / self.sides.get(&b)?.calls_per_second)
    }

    /// Calls from which on looking for ways and building their kernels has paid, device-resident, against the CPU on all
    /// cores; `None` where it never does.
    pub fn break_even(&self) -> Option<f64> {
        let compiled = self.ways.as_ref().filter(|compiled| compiled.lanes > 0)?;
        let seconds = |side| Some(1.0 / self.sides.get(&side)?.calls_per_second);
        let won = seconds(Side::AllCores)? - seconds(Side::WaysResident)?;
        (won > 0.0).then(|| (compiled.search_ms + compiled.kernels_ms) / 1e3 / won)
    }
}

/// All figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Where the workloads come from.
    pub source: String,
    /// The adapter and its API.
    pub adapter: Option<String>,
    /// Whether the adapter is software, or there is none.
    pub software: bool,
    /// Threads of the side with all cores.
    pub cores: usize,
    /// Repetitions, of which medians are taken.
    pub repetitions: usize,
    /// Sides not measured, and why.
    pub skipped: BTreeMap<&'static str, String>,
    /// Workloads not measured, and why.
    pub left_out: Vec<String>,
    /// By workload.
    pub workloads: Vec<Row>,
}

/// A rate with three digits and a unit.
fn rate(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.digits$}{unit}")
}

impl Figures {
    /// Where the GPU is slower than the other side, in words.
    pub fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        for row in &self.workloads {
            for (side, how) in [(Side::WaysResident, "device-resident"), (Side::Ways, "delivered")] {
                let goes = row.ways.as_ref().is_some_and(|compiled| compiled.lanes > 0);
                if let Some(ratio) = row.ratio(side, Side::AllCores).filter(|ratio| goes && *ratio < 1.0) {
                    losses.push(format!(
                        "{}: ways are {:.1} times slower than {}, {how}",
                        row.name,
                        1.0 / ratio,
                        Side::AllCores.name()
                    ));
                }
            }
            for other in [Side::OneCore, Side::AllCores, Side::Wasm, Side::Ethereumjs] {
                if let Some(ratio) = row.ratio(Side::Gpu, other).filter(|ratio| *ratio < 1.0) {
                    let resident = row
                        .ratio(Side::GpuResident, other)
                        .map_or_else(String::new, |ratio| format!(" ({ratio:.2} times as fast, device-resident)"));
                    losses.push(format!(
                        "{}: the interpreter is {:.1} times slower than {}{resident}",
                        row.name,
                        1.0 / ratio,
                        other.name()
                    ));
                }
            }
        }
        losses
    }

    /// The figures for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let adapter = self.adapter.as_deref().unwrap_or("none");
        let kind = if self.software && self.adapter.is_some() { ", software" } else { "" };
        let _ = writeln!(text, "workloads: {}\nadapter: {adapter}{kind}", self.source);
        let _ =
            writeln!(text, "medians of {} interleaved repetitions; all cores are {}\n", self.repetitions, self.cores);
        for row in &self.workloads {
            let _ = writeln!(text, "{}: {} calls of {:.0} gas", row.name, row.calls, row.gas_per_call);
            for (side, measured) in &row.sides {
                let _ = write!(
                    text,
                    "  {:<26}{:>8} calls/s {:>8} gas/s",
                    side.name(),
                    rate(measured.calls_per_second),
                    rate(measured.gas_per_second)
                );
                if let Some(ratio) = row.ratio(*side, Side::OneCore).filter(|_| *side != Side::OneCore) {
                    let _ = write!(text, "  {ratio:.2} x one core");
                }
                if measured.calls != row.calls {
                    let _ = write!(text, "  ({} calls)", measured.calls);
                }
                if *side == Side::Gpu {
                    let _ = write!(text, "  ({} lanes on the device)", row.lanes_on_gpu);
                }
                if let (Side::WaysResident, Some(ratio)) = (side, row.ratio(*side, Side::AllCores)) {
                    let _ = write!(text, ", {ratio:.2} x all cores");
                }
                text.push('\n');
            }
            if let Some(compiled) = &row.ways {
                let _ = write!(text, "    {} ways, {} lanes go one", compiled.ways, compiled.lanes);
                if compiled.lanes > 0 {
                    let (search, kernels) = (compiled.search_ms, compiled.kernels_ms);
                    let _ = write!(text, "; found in {search:.0} ms, kernels ready in {kernels:.0} ms");
                }
                if let Some(calls) = row.break_even() {
                    let _ = write!(text, "; pays from {} calls on, against all cores", rate(calls));
                }
                text.push('\n');
                for why in &compiled.without {
                    let _ = writeln!(text, "    no way: {why}");
                }
            }
            for (reason, lanes) in &row.lanes_on_cpu {
                let _ = writeln!(text, "    {lanes} lanes answered by the CPU: {reason}");
            }
        }
        for (side, why) in &self.skipped {
            let _ = writeln!(text, "\nskipped: {side}: {why}");
        }
        for workload in &self.left_out {
            let _ = writeln!(text, "\nleft out: {workload}");
        }
        let losses = self.losses();
        if !losses.is_empty() {
            text.push_str("\nlosses:\n");
            for loss in losses {
                let _ = writeln!(text, "  {loss}");
            }
        }
        text
    }

    /// The figures for programs.
    pub fn json(&self) -> serde_json::Value {
        let workloads: Vec<serde_json::Value> = self
            .workloads
            .iter()
            .map(|row| {
                let ratio = |a, b| row.ratio(a, b);
                let mut value = serde_json::json!(row);
                value["break_even_calls"] = serde_json::json!(row.break_even());
                value["ratios"] = serde_json::json!({
                    "gpu_to_one_core": ratio(Side::Gpu, Side::OneCore),
                    "gpu_to_all_cores": ratio(Side::Gpu, Side::AllCores),
                    "gpu_resident_to_one_core": ratio(Side::GpuResident, Side::OneCore),
                    "gpu_resident_to_all_cores": ratio(Side::GpuResident, Side::AllCores),
                    "ways_to_all_cores": ratio(Side::Ways, Side::AllCores),
                    "ways_resident_to_one_core": ratio(Side::WaysResident, Side::OneCore),
                    "ways_resident_to_all_cores": ratio(Side::WaysResident, Side::AllCores),
                    "gpu_to_wasm": ratio(Side::Gpu, Side::Wasm),
                    "wasm_to_one_core": ratio(Side::Wasm, Side::OneCore),
                    "ethereumjs_to_one_core": ratio(Side::Ethereumjs, Side::OneCore),
                });
                value
            })
            .collect();
        let rows: Vec<serde_json::Value> = self
            .workloads
            .iter()
            .flat_map(|row| {
                row.sides.iter().map(|(side, measured)| {
                    serde_json::json!({
                        "workload": row.name,
                        "engine": side,
                        "lanes": measured.calls,
                        "repetitions": measured.seconds.len(),
                        "calls_per_s": measured.calls_per_second,
                        "gas_per_s": measured.gas_per_second,
                        "ratio_to_revm_one_core": row.ratio(*side, Side::OneCore),
                        "ratio_to_revm_all_cores": row.ratio(*side, Side::AllCores),
                    })
                })
            })
            .collect();
        serde_json::json!({
            "rows": rows,
            "source": self.source,
            "adapter": self.adapter,
            "software": self.software,
            "cores": self.cores,
            "repetitions": self.repetitions,
            "skipped": self.skipped,
            "left_out": self.left_out,
            "workloads": workloads,
            "losses": self.losses(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_losses() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
        let side = |seconds: f64| {
            let mut measured = Measured::new(100, 10.0);
            measured.note(seconds);
            measured
        };
        let row = Row {
            name: "fib".into(),
            calls: 100,
            gas_per_call: 10.0,
            lanes_on_gpu: 100,
            lanes_on_cpu: BTreeMap::new(),
            ways: None,
            sides: [(Side::Gpu, side(2.0)), (Side::OneCore, side(1.0)), (Side::Wasm, side(4.0))].into(),
        };
        let faster = [(Side::WaysResident, side(0.5)), (Side::AllCores, side(1.0))];
        let compiled = Compiled { lanes: 100, kernels_ms: 500.0, ..Compiled::default() };
        let compiled = Row { ways: Some(compiled), sides: faster.into(), ..row.clone() };
        assert!((compiled.break_even().unwrap_or_default() - 100.0).abs() < 1e-9);
        assert_eq!(row.ratio(Side::Gpu, Side::OneCore), Some(0.5));
        assert_eq!(row.ratio(Side::Gpu, Side::AllCores), None);
        let figures = Figures {
            source: "own".into(),
            adapter: Some("a".into()),
            software: true,
            cores: 2,
            repetitions: 1,
            skipped: BTreeMap::new(),
            left_out: Vec::new(),
            workloads: vec![row],
        };
        assert_eq!(figures.losses(), ["fib: the interpreter is 2.0 times slower than CPU, one core"]);
        assert!(figures.text().contains("100 lanes on the device"));
        assert!(
            (figures.json()["workloads"][0]["ratios"]["gpu_to_wasm"].as_f64().unwrap_or_default() - 2.0).abs() < 1e-9
        );
    }
}
