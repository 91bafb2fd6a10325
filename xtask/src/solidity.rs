//! The examples' contracts: `examples/*.sol` to `examples/generated/*.json`, through the pinned compiler of npm. It
//! decides the compiler's settings; what the examples do with the code is `lanevm_core::examples`.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::place;

/// One artefact: where it belongs, and its text.
pub(crate) struct Artefact {
    /// Path below the repository's root.
    pub(crate) path: String,
    /// What the file should hold.
    pub(crate) text: String,
}

/// The compiler's settings, which also stand in each artefact. No metadata hash is appended, so that the code depends
/// on nothing but the source, the settings and the compiler.
fn settings() -> Value {
    json!({
        "evmVersion": "osaka",
        "optimizer": { "enabled": true, "runs": 200 },
        "metadata": { "appendCBOR": false, "bytecodeHash": "none" },
    })
}

/// Compiles every example. The npm packages of `xtask/` must be installed.
///
/// # Errors
/// If the compiler cannot be run, or says that a source is wrong.
pub(crate) fn compile_all() -> Result<Vec<Artefact>> {
    let folder = place::root().join("examples");
    let mut sources: Vec<_> = fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "sol"));
    sources.sort();
    ensure!(!sources.is_empty(), "{} holds no Solidity source", folder.display());
    sources.iter().map(|source| compile(source)).collect()
}

fn compile(source: &Path) -> Result<Artefact> {
    let stem = source.file_stem().context("a source without a name")?.to_string_lossy().into_owned();
    let name = format!("examples/{stem}.sol");
    let mut wanted = settings();
    wanted["outputSelection"] = json!({ "*": { "*": ["abi", "metadata", "storageLayout", "evm.deployedBytecode.object", "evm.methodIdentifiers"] } });
    let input = json!({
        "language": "Solidity",
        "sources": { &name: { "content": fs::read_to_string(source)? } },
        "settings": wanted,
    });
    let answer = run(&input)?;
    let output = &answer["output"];
    let complaints: Vec<&str> =
        output["errors"].as_array().into_iter().flatten().filter_map(|e| e["formattedMessage"].as_str()).collect();
    ensure!(complaints.is_empty(), "{name}:\n{}", complaints.join("\n"));

    let contracts = output["contracts"][&name].as_object().with_context(|| format!("{name}: no contract came out"))?;
    let [(contract, made)] = contracts.iter().collect::<Vec<_>>()[..] else {
        bail!("{name}: an example is one contract, found {}", contracts.len());
    };
    let metadata: Value = serde_json::from_str(made["metadata"].as_str().context("no metadata")?)?;
    let slots: BTreeMap<&str, &str> = made["storageLayout"]["storage"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|slot| Some((slot["label"].as_str()?, slot["slot"].as_str()?)))
        .collect();
    let artefact = json!({
        "contract": contract,
        "source": name,
        "sourceKeccak256": metadata["sources"][&name]["keccak256"],
        "compiler": answer["version"],
        "settings": settings(),
        "abi": made["abi"],
        "selectors": made["evm"]["methodIdentifiers"],
        "slots": slots,
        "runtime": format!("0x{}", made["evm"]["deployedBytecode"]["object"].as_str().context("no code")?),
    });
    Ok(Artefact {
        path: format!("examples/generated/{stem}.json"),
        text: format!("{}\n", serde_json::to_string_pretty(&artefact)?),
    })
}

/// Hands the compiler its input and reads its answer.
fn run(input: &Value) -> Result<Value> {
    let mut child = Command::new("node")
        .arg("solc.mjs")
        .current_dir(place::root().join("xtask"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run node; install Node 20 or newer")?;
    child.stdin.take().context("no pipe to the compiler")?.write_all(input.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the Solidity compiler ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("the Solidity compiler's answer is not JSON")
}
