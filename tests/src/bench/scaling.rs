//! What a batch costs as it grows: seconds and memory at ever more lanes, and the exponent by which they grow. It measures and
//! judges nothing.

use std::{fmt::Write as _, fs, path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use lanevm_core::{
    Engine,
    compiled::CompiledEngine,
    engine::Control,
    gpu::{GpuEngine, Ways},
};
use serde::Serialize;

use super::{
    compiled, device,
    figures::{Side, median},
    plot::{self, Line, Panel},
    workload::{self, Workload},
};
use crate::scale::process_bytes;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// A `workloads.json`, or a directory that holds one; `None` for the shared fixtures beside the repository.
    pub data: Option<PathBuf>,
    /// Only the workload of this name, on both engines.
    pub workload: Option<String>,
    /// Most lanes.
    pub lanes: usize,
    /// Seconds that one batch may take: one that is predicted to take more is not begun.
    pub most: f64,
}

/// The least lanes.
const LEAST: usize = 1000;

/// Workloads whose calls are short, of which the first that is there is measured on both engines.
const SHORT: [&str; 2] = ["erc20_transfer", "erc20"];

/// Workloads that ways shorten most, of which the first that is there is measured on those alone.
const LOOPS: [&str; 2] = ["fib", "fibonacci"];

/// A batch that takes less, in seconds, is measured three times.
const BRIEF: f64 = 2.0;

/// What a batch of so many lanes cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Lanes.
    pub lanes: usize,
    /// Lanes that the device answered.
    pub on_gpu: u64,
    /// Seconds of the device alone: inputs have arrived, and outputs stay there.
    pub resident_s: f64,
    /// Seconds from the batch to outcomes that can be read.
    pub delivered_s: f64,
    /// Calls a second, of the device alone.
    pub resident_calls_per_s: f64,
    /// Calls a second, from the batch to outcomes.
    pub delivered_calls_per_s: f64,
    /// Bytes of the device's buffers.
    pub device_bytes: u64,
    /// Most bytes that the process had at once meanwhile, with the batch and the outcomes; a software adapter's buffers are
    /// among them. `None` where the system does not say.
    pub host_bytes: Option<u64>,
}

/// A workload on an engine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The workload.
    pub workload: String,
    /// The engine: [`Side::Gpu`] or [`Side::Ways`].
    pub engine: Side,
    /// By lanes.
    pub points: Vec<Point>,
    /// The exponent by which the device's seconds grow.
    pub resident_exponent: f64,
    /// The exponent by which all seconds grow.
    pub delivered_exponent: f64,
    /// Why there are no more lanes, where there are fewer than were asked for.
    pub stopped: Option<String>,
}

/// All that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scaling {
    /// The adapter and its API.
    pub adapter: String,
    /// Whether it is software.
    pub software: bool,
    /// By workload and engine.
    pub series: Vec<Series>,
}

/// The slope of the logarithm of values over that of lanes; 1 where cost is in proportion.
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(lanes, value)| (lanes.ln(), value.ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), log| (x + log.0 / count, y + log.1 / count));
    let (above, below) = logs
        .iter()
        .fold((0.0, 0.0), |(above, below), log| (above + (log.0 - x) * (log.1 - y), below + (log.0 - x) * (log.0 - x)));
    above / below
}

/// Lanes from [`LEAST`] on, two for each power of ten, and the most.
fn steps(most: usize) -> Vec<usize> {
    let all = (0..).map(|step| (LEAST as f64 * 10f64.powf(f64::from(step) / 2.0)).round() as usize);
    all.take_while(|lanes| *lanes < most).chain([most]).collect()
}

/// Has the system forget the most memory that the process had; [`peak`] begins anew.
fn forget_peak() {
    // Where there is no such file, there is no peak to read either.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process had at once, in bytes.
fn peak() -> Option<u64> {
    process_bytes("VmHWM:")
}

/// An engine under measurement.
enum Measured {
    Interpreter(Box<GpuEngine>),
    Ways(Box<CompiledEngine>),
}

impl Measured {
    fn new(side: Side) -> Result<Self> {
        Ok(match side {
            Side::Ways => Self::Ways(compiled()?.into()),
            _ => Self::Interpreter(device(Ways::Off)?.into()),
        })
    }

    fn gpu(&self) -> &GpuEngine {
        match self {
            Self::Interpreter(gpu) => gpu,
            Self::Ways(compiled) => compiled.gpu(),
        }
    }

    /// What a batch of so many lanes costs; the median where it is brief.
    fn point(&mut self, workload: &Workload, lanes: usize) -> Result<Point> {
        forget_peak();
        let batch = workload.batch(lanes)?;
        let (mut resident, mut delivered) = (Vec::new(), Vec::new());
        let mut on_gpu = 0;
        while resident.is_empty() || (resident.len() < 3 && median(&delivered) < BRIEF) {
            let begun = Instant::now();
            let engine: &mut dyn Engine = match self {
                Self::Interpreter(gpu) => &mut **gpu,
                Self::Ways(compiled) => &mut **compiled,
            };
            let outcomes = pollster::block_on(engine.run(&batch, &mut Control::default()))?;
            delivered.push(begun.elapsed().as_secs_f64());
            resident.push(self.gpu().timing().device);
            let summary = outcomes.summary();
            on_gpu = summary.on_gpu;
            if let Some(gas) = workload.gas_used.filter(|gas| u128::from(*gas) * lanes as u128 != summary.gas_total) {
                bail!("{}: {lanes} calls of {gas} gas come to {}", workload.name, summary.gas_total);
            }
            if let Self::Ways(compiled) = self
                && (compiled.last().wrong > 0 || compiled.last().lanes < lanes as u64)
            {
                bail!("{}: {} of {lanes} lanes go a way", workload.name, compiled.last().lanes);
            }
        }
        let (resident_s, delivered_s) = (median(&resident), median(&delivered));
        Ok(Point {
            lanes,
            on_gpu,
            resident_s,
            delivered_s,
            resident_calls_per_s: lanes as f64 / resident_s,
            delivered_calls_per_s: lanes as f64 / delivered_s,
            device_bytes: self.gpu().buffers().iter().map(|(_, bytes)| bytes).sum(),
            host_bytes: peak(),
        })
    }
}

/// Measures one workload on one engine.
fn series(options: &Options, workload: &Workload, side: Side, say: &mut dyn FnMut(&str)) -> Result<Series> {
    let mut engine = Measured::new(side)?;
    // Kernels are built, and ways found, before anything is timed.
    engine.point(workload, LEAST)?;
    let mut points: Vec<Point> = Vec::new();
    let mut stopped = None;
    for lanes in steps(options.lanes) {
        let each = points.last().map_or(0.0, |point| point.delivered_s / point.lanes as f64);
        let seconds = each * lanes as f64;
        if seconds > options.most {
            stopped = Some(format!("{lanes} lanes would take about {seconds:.0} s, more than {:.0}", options.most));
            break;
        }
        let point = engine.point(workload, lanes)?;
        say(&format!("{} by {}: {lanes} lanes, {:.2} s", workload.name, side.name(), point.delivered_s));
        points.push(point);
    }
    let of = |value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|point| (point.lanes as f64, value(point))).collect()
    };
    Ok(Series {
        workload: workload.name.clone(),
        engine: side,
        resident_exponent: exponent(&of(|point| point.resident_s)),
        delivered_exponent: exponent(&of(|point| point.delivered_s)),
        points,
        stopped,
    })
}

/// Measures; `say` hears how far it is.
///
/// # Errors
/// Workloads that cannot be read, no adapter, an engine that fails, or answers that cannot be.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Scaling> {
    let (_, workloads) = workload::load(options.data.as_deref())?;
    let named = |names: &[&str]| workloads.iter().find(|workload| names.contains(&workload.name.as_str()));
    let mut wanted = Vec::new();
    if let Some(name) = &options.workload {
        let Some(workload) = named(&[name]) else { bail!("there is no workload `{name}`") };
        wanted.extend([(workload, Side::Gpu), (workload, Side::Ways)]);
    } else {
        wanted.extend(
            named(&SHORT).map(|workload| [(workload, Side::Gpu), (workload, Side::Ways)]).into_iter().flatten(),
        );
        wanted.extend(named(&LOOPS).map(|workload| (workload, Side::Ways)));
    }
    let info = Measured::new(Side::Gpu)?.gpu().info();
    let series = wanted.into_iter().map(|(workload, side)| series(options, workload, side, say));
    let series = series.collect::<Result<_>>()?;
    Ok(Scaling { adapter: format!("{} ({})", info.adapter, info.backend), software: info.software, series })
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Series {
    fn title(&self) -> String {
        let engine = if self.engine == Side::Ways { "ways" } else { "interpreter" };
        format!("{}, {engine}", self.workload)
    }
}

impl Scaling {
    /// The figures for people.
    pub fn text(&self) -> String {
        let kind = if self.software { ", software" } else { "" };
        let mut text = format!("adapter: {}{kind}\n", self.adapter);
        for series in &self.series {
            let _ = writeln!(text, "\n{}", series.title());
            let _ = writeln!(
                text,
                "  {:>9} {:>11} {:>11} {:>12} {:>12} {:>11} {:>10}",
                "lanes", "resident s", "delivered s", "calls/s", "delivered/s", "device MiB", "host MiB"
            );
            for point in &series.points {
                let _ = writeln!(
                    text,
                    "  {:>9} {:>11.4} {:>11.4} {:>12.0} {:>12.0} {:>11.1} {:>10.1}",
                    point.lanes,
                    point.resident_s,
                    point.delivered_s,
                    point.resident_calls_per_s,
                    point.delivered_calls_per_s,
                    mib(point.device_bytes),
                    point.host_bytes.map_or(f64::NAN, mib),
                );
            }
            let _ = writeln!(
                text,
                "  seconds grow with lanes to the power of {:.2} resident, {:.2} delivered",
                series.resident_exponent, series.delivered_exponent
            );
            if let Some(why) = &series.stopped {
                let _ = writeln!(text, "  stopped: {why}");
            }
        }
        text
    }

    /// The figures as SVG.
    ///
    /// # Errors
    /// Nothing to draw.
    pub fn svg(&self) -> Result<String> {
        let (mut seconds, mut bytes) = (Vec::new(), Vec::new());
        for series in &self.series {
            let line = |name: &str, value: fn(&Point) -> Option<f64>| Line {
                name: format!("{}, {name}", series.title()),
                points: series.points.iter().filter_map(|point| Some((point.lanes as f64, value(point)?))).collect(),
            };
            seconds.push(line("resident", |point| Some(point.resident_s)));
            seconds.push(line("delivered", |point| Some(point.delivered_s)));
            bytes.push(line("device", |point| Some(mib(point.device_bytes))));
            bytes.push(line("process", |point| point.host_bytes.map(mib)));
        }
        let panels = [
            Panel { title: "Seconds".into(), lines: seconds },
            Panel { title: "Memory at most, MiB".into(), lines: bytes },
        ];
        plot::growth(&format!("What more lanes cost, on {}", self.adapter), &panels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_slopes_of_logarithms() {
        let points: Vec<(f64, f64)> = steps(1_000_000).into_iter().map(|lanes| (lanes as f64, lanes as f64)).collect();
        assert_eq!(points.len(), 7);
        assert!((exponent(&points) - 1.0).abs() < 1e-9);
        let squares: Vec<(f64, f64)> = points.iter().map(|(lanes, value)| (*lanes, value * value / 7.0)).collect();
        assert!((exponent(&squares) - 2.0).abs() < 1e-9);
    }
}
