//! The CPU engine as wasm, in a Node process that runs a batch whenever it is told to. It needs the built npm package; a
//! missing one is no error.

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

#[derive(Deserialize)]
struct Answer {
    gas: Option<String>,
    seconds: Option<f64>,
    error: Option<String>,
}

impl Node {
    /// Starts Node with the workloads; the inner error says what is missing.
    pub(super) fn start(workloads: &[(&Workload, usize)]) -> Result<Result<Self, String>> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let package = here.join("../node/dist/esm/node.js");
        let Ok(package) = package.canonicalize() else {
            return Ok(Err("node/dist is not built: run `cargo xtask build` first".into()));
        };
        let described: Vec<serde_json::Value> =
            workloads.iter().map(|(workload, calls)| workload.described(*calls)).collect::<Result<_>>()?;
        let file = env::temp_dir().join(format!("lanevm-bench-{}.json", std::process::id()));
        fs::write(&file, serde_json::to_vec(&described)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        let child = Command::new("node")
            .arg(here.join("src/bench/node.mjs"))
            .args([&package, &file])
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

    /// Runs one workload; gives all gas used, and the seconds it took.
    pub(super) fn run(&mut self, index: usize) -> Result<(u128, f64)> {
        writeln!(self.ask, "{index}")?;
        self.ask.flush()?;
        let answer = self.answer()?;
        let gas = answer.gas.ok_or_else(|| anyhow!("Node gave no gas"))?.parse()?;
        Ok((gas, answer.seconds.ok_or_else(|| anyhow!("Node gave no time"))?))
    }

    /// Lets the process end.
    pub(super) fn stop(self) {
        let Self { mut child, ask, .. } = self;
        drop(ask);
        let _ = child.wait();
    }
}
