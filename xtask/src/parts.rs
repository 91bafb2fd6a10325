//! The built page's programs, divided: each becomes a first part, which is loaded at once, and a rest, which is loaded behind the
//! first result. What belongs to the rests is listed in `web/rest/`, which `cargo xtask first` writes: what a built page was not
//! seen to call. What no list knows is in the first part, so that lists grow old without harm. How a program is split is
//! `split`'s.

use std::{collections::BTreeSet, env, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384};

use crate::{
    child, place, play,
    setup::{Need, Setup},
    split,
};

/// Set while a page is built that notes what it calls, instead of one that is divided.
const WATCH: &str = "LANEVM_WATCH_CALLS";

/// The folder of lists.
const LISTS: &str = "web/rest";

/// How the names of the files of rests begin: `web/src/browser/rest.js` looks for them.
const REST: &str = "lanevm-rest-";

/// A program of the page.
struct Program {
    /// What it is called here.
    name: &'static str,
    /// How its file's name begins.
    file: &'static str,
    /// Functions whose names hold one of these are always in the first part, whether they were called or not: a run should not
    /// wait for an instruction, nor pay for a detour, and what tells of a run says other things where it takes longer.
    always: &'static [&'static str],
}

const PAGE: [&str; 8] = [
    "lanevm_web::words::",
    "lanevm_web::page::run_bar::",
    "lanevm_web::page::run_notes::",
    "lanevm_web::page::live_map::",
    "lanevm_web::page::pace::",
    "lanevm_web::page::session::live::",
    // What is said where the rest does not come.
    "lanevm_web::page::keep::",
    "lanevm_web::page::session::rest::",
];

const ENGINE: [&str; 4] = ["revm_interpreter::", "ruint::", "lanevm_web::words::", "lanevm_web::engine::filling::"];

const PROGRAMS: [Program; 2] = [
    Program { name: "page", file: "lanevm-page", always: &PAGE },
    Program { name: "engine", file: "lanevm-engine", always: &ENGINE },
];

/// Divides the programs of a page that Trunk has just built to be shipped. Others are left whole: they are built to be looked
/// into.
///
/// # Errors
/// If a file cannot be read or written, or a program cannot be split.
pub(crate) fn divide(folder: &Path) -> Result<()> {
    if env::var_os("TRUNK_PROFILE").is_none_or(|profile| profile != "release") {
        return Ok(());
    }
    for program in PROGRAMS {
        let file = built(folder, program.file)?;
        let path = folder.join(&file);
        let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let part = if env::var_os(WATCH).is_some() {
            split::watched(&wasm)?
        } else {
            let list = list(program.name)?;
            let is_first = |name: &str| {
                program.always.iter().any(|part| name.contains(part)) || !list.contains(&split::short(name))
            };
            let parts = split::split(&wasm, is_first).with_context(|| format!("cannot split {file}"))?;
            fs::write(folder.join(format!("{REST}{}.wasm", parts.hash)), parts.rest)?;
            parts.first
        };
        replace(folder, &file, &part)?;
        remember(folder, program.file)?;
    }
    Ok(())
}

/// Has a program's own script tell `web/src/browser/rest.js` what the program exports before anything in it runs: what runs then
/// may be in the rest, too.
fn remember(folder: &Path, start: &str) -> Result<()> {
    const MADE: &str = "wasm = instance.exports;";
    const LOADER: &str = "import { loadRest } from ";
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with(".js") && !name.ends_with("_loader.js") {
            scripts.push((name, path));
        }
    }
    ensure!(scripts.len() == 1, "{} scripts named {start} in {}", scripts.len(), folder.display());
    let (name, path) = scripts.remove(0);
    let script = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let from =
        script.lines().find_map(|line| line.strip_prefix(LOADER)).with_context(|| format!("{name} loads no rest"))?;
    ensure!(script.matches(MADE).count() == 1, "{name} does not take a program's exports as it used to: `{MADE}`");
    let told = script.replace(MADE, &format!("{MADE}\n    rememberProgram(wasm);"));
    let told = format!("import {{ remember as rememberProgram }} from {from}\n{told}");
    fs::write(&path, &told)?;
    let page = folder.join("index.html");
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(told.as_bytes())));
    let html = fs::read_to_string(&page)?;
    let html: Vec<String> = html
        .split_inclusive('>')
        .map(|tag| if tag.contains(&name) { with_integrity(tag, &integrity) } else { tag.to_owned() })
        .collect();
    fs::write(&page, html.concat())?;
    Ok(())
}

/// The one program in a folder whose name begins so.
fn built(folder: &Path, start: &str) -> Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with("_bg.wasm") {
            found.push(name);
        }
    }
    ensure!(found.len() == 1, "{} programs named {start} in {}", found.len(), folder.display());
    Ok(found.remove(0))
}

fn list(program: &str) -> Result<BTreeSet<String>> {
    let path = place::root().join(LISTS).join(format!("{program}.txt"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Puts another program in a program's place. Where the page names it, its name carries the hash of what it holds, and the
/// page says what that must be.
fn replace(folder: &Path, file: &str, wasm: &[u8]) -> Result<()> {
    let page = folder.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    if !html.contains(file) {
        fs::write(folder.join(file), wasm)?;
        return Ok(());
    }
    let (start, _) =
        file.strip_suffix("_bg.wasm").and_then(|name| name.rsplit_once('-')).context("a name without a hash")?;
    let digest = Sha256::digest(wasm);
    let hash: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let renamed = format!("{start}-{hash}_bg.wasm");
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(wasm)));
    let html: Vec<String> = html
        .split_inclusive('>')
        .map(|tag| if tag.contains(file) { with_integrity(tag, &integrity) } else { tag.to_owned() })
        .collect();
    fs::write(&page, html.concat().replace(file, &renamed))?;
    fs::remove_file(folder.join(file))?;
    fs::write(folder.join(renamed), wasm)?;
    Ok(())
}

/// A tag whose `integrity`, where it has one, is another.
fn with_integrity(tag: &str, integrity: &str) -> String {
    const ATTRIBUTE: &str = "integrity=\"";
    let Some((before, after)) = tag.split_once(ATTRIBUTE) else { return tag.to_owned() };
    let rest = after.split_once('"').map_or("", |(_, rest)| rest);
    format!("{before}{ATTRIBUTE}{integrity}\"{rest}")
}

/// Builds a page that notes what it calls, has a browser load it until its first result, and writes the lists.
///
/// # Errors
/// If something cannot be set up, or the page has no first result.
pub(crate) fn write_lists() -> Result<()> {
    let mut setup = Setup::default();
    setup.meet(play::NEEDS)?;
    setup.meet(&[Need::Chromium])?;
    let mut build = play::trunk(&setup.around, "build");
    build.env(WATCH, "1");
    child::run(&mut build)?;
    let mut see = setup.around.command("node");
    see.current_dir(place::root().join("e2e")).arg("first.mjs");
    let seen: Value = serde_json::from_str(&child::output(&mut see)?).context("first.mjs says what was called")?;
    for program in PROGRAMS {
        let wasm = fs::read(place::root().join("dist").join(built(&place::root().join("dist"), program.file)?))?;
        let names = split::short_names(&wasm)?;
        let called = seen[program.name].as_array().with_context(|| format!("nothing was seen of {}", program.name))?;
        let called = called.iter().filter_map(Value::as_u64).filter_map(|index| names.get(&u32::try_from(index).ok()?));
        let called: BTreeSet<&String> = called.collect();
        ensure!(!called.is_empty(), "nothing was seen of {}", program.name);
        let list: BTreeSet<&String> = names.values().filter(|name| !called.contains(name)).collect();
        let text: String = list.iter().flat_map(|name| [name.as_str(), "\n"]).collect();
        fs::write(place::root().join(LISTS).join(format!("{}.txt", program.name)), text)?;
        println!("{}: {} of {} names are in the rest", program.name, list.len(), list.len() + called.len());
    }
    println!("the page in dist/ is one that notes its calls; build it again");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_part_that_it_loads() {
        let folder = env::temp_dir().join(format!("lanevm-parts-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let page = "<script>init('./lanevm-page-00_bg.wasm')</script>\
            <link href=\"a.css\" integrity=\"sha384-a\"><link href=\"./lanevm-page-00_bg.wasm\" integrity=\"sha384-b\" as=\"fetch\">";
        fs::write(folder.join("index.html"), page).unwrap();
        fs::write(folder.join("lanevm-page-00_bg.wasm"), "whole").unwrap();
        fs::write(folder.join("lanevm-engine_bg.wasm"), "whole").unwrap();
        let file = built(&folder, "lanevm-page").unwrap();
        replace(&folder, &file, b"part").unwrap();
        replace(&folder, "lanevm-engine_bg.wasm", b"part").unwrap();
        let html = fs::read_to_string(folder.join("index.html")).unwrap();
        let renamed = built(&folder, "lanevm-page").unwrap();
        assert_ne!(renamed, file);
        assert_eq!(html.matches(&renamed).count(), 2);
        assert!(html.contains("integrity=\"sha384-a\"") && !html.contains("sha384-b"));
        assert_eq!(fs::read(folder.join(renamed)).unwrap(), b"part");
        assert_eq!(fs::read(folder.join("lanevm-engine_bg.wasm")).unwrap(), b"part");
        fs::remove_dir_all(folder).unwrap();
    }
}
