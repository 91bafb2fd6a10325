//! What runs in Node, in a process of its own that makes a batch's calls whenever it is told to: the CPU engine as wasm, which
//! needs the built npm package, and @ethereumjs/evm, which needs the npm packages of `node/`. What is missing is no error.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::workload::Workload;

/// A Node process.
pub(super) struct Node {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Who runs in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Guest {
    /// The CPU engine as wasm, with one worker: all calls of a batch.
    Wasm,
    /// @ethereumjs/evm: as many calls of a batch as it makes in so many seconds.
    Ethereumjs(f64),
}

impl Guest {
    /// The script, the file it begins with, and what to do where that is not there.
    const fn files(self) -> [&'static str; 3] {
        match self {
            Self::Wasm => {
                ["node.mjs", "../node/dist/esm/node.js", "node/dist is not built: run `cargo xtask build` first"]
            }
            Self::Ethereumjs(_) => [
                "ethereumjs.mjs",
                "../node/node_modules/@ethereumjs/evm/package.json",
                "it is not installed: run `npm ci` in node/ first",
            ],
        }
    }
}

/// What came of some calls.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    /// Gas that they used together.
    pub(super) gas: u128,
    /// Seconds that they took.
    pub(super) seconds: f64,
    /// How many they were, from the batch's first on; `None` for all.
    pub(super) calls: Option<usize>,
    /// What the last of them returned, where the guest says it.
    pub(super) output: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Answer {
    gas: Option<String>,
    seconds: Option<f64>,
    calls: Option<usize>,
    output: Option<String>,
    error: Option<String>,
}

impl Node {
    /// Starts Node with the workloads; the inner error says what is missing.
    pub(super) fn start(guest: Guest, workloads: &[(&Workload, usize)]) -> Result<Result<Self, String>> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let [script, package, missing] = guest.files();
        let Ok(package) = here.join(package).canonicalize() else { return Ok(Err(missing.into())) };
        let described: Vec<serde_json::Value> =
            workloads.iter().map(|(workload, calls)| workload.described(*calls)).collect::<Result<_>>()?;
        let file = env::temp_dir().join(format!("lanevm-bench-{}-{script}.json", std::process::id()));
        fs::write(&file, serde_json::to_vec(&described)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        let child = Command::new("node")
            .arg(here.join("src/bench").join(script))
            .args([&package, &file])
            .args(if let Guest::Ethereumjs(seconds) = guest { Some(seconds.to_string()) } else { None })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(why) => return Ok(Err(format!("node cannot be started: {why}"))),
        };
        let ask = child.stdin.take().ok_or_else(|| anyhow!("Node has no input"))?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(|| anyhow!("Node has no output"))?);
        let mut node = Self { child, ask, answers };
        let ready = node.answer();
        // Node has read the file by now, or failed.
        let _ = fs::remove_file(&file);
        Ok(match ready {
            Ok(_) => Ok(node),
            Err(why) => Err(format!("{why:#}")),
        })
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(anyhow!("Node ended: {}", self.child.wait()?));
        }
        let answer: Answer = serde_json::from_str(&line).with_context(|| format!("Node said {line}"))?;
        match &answer.error {
            Some(error) => Err(anyhow!("Node: {error}")),
            None => Ok(answer),
        }
    }

    /// Makes calls of one workload.
    pub(super) fn run(&mut self, index: usize) -> Result<Made> {
        writeln!(self.ask, "{index}")?;
        self.ask.flush()?;
        let answer = self.answer()?;
        let gas = answer.gas.ok_or_else(|| anyhow!("Node gave no gas"))?.parse()?;
        let seconds = answer.seconds.ok_or_else(|| anyhow!("Node gave no time"))?;
        let output = answer.output.map(alloy_primitives::hex::decode).transpose()?;
        Ok(Made { gas, seconds, calls: answer.calls, output })
    }

    /// Lets the process end.
    pub(super) fn stop(self) {
        let Self { mut child, ask, .. } = self;
        drop(ask);
        let _ = child.wait();
    }
}
