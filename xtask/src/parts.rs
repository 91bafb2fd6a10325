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

/// The page, in the folder that it is built in.
const PAGE: &str = "index.html";

const OF_PAGE: [&str; 6] = [
    "lanevm_web::words::",
    "lanevm_web::page::run_bar::",
    "lanevm_web::page::run_notes::",
    "lanevm_web::page::live_map::",
    "lanevm_web::page::pace::",
    "lanevm_web::page::session::live::",
];

const OF_ENGINE: [&str; 4] = ["revm_interpreter::", "ruint::", "lanevm_web::words::", "lanevm_web::engine::filling::"];

const PROGRAMS: [Program; 2] = [
    Program { name: "page", file: "lanevm-page", always: &OF_PAGE },
    Program { name: "engine", file: "lanevm-engine", always: &OF_ENGINE },
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
        let file = built(folder, program.file, is_program)?;
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
    const LOADER: &str = "/src/browser/rest.js";
    let name = built(folder, start, |rest| rest.ends_with(".js") && !rest.ends_with("_loader.js"))?;
    let path = folder.join(&name);
    let script = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let from = script
        .split(['"', '\''])
        .find(|text| text.starts_with("./snippets/") && text.ends_with(LOADER))
        .with_context(|| format!("{name} loads no rest"))?;
    ensure!(script.matches(MADE).count() == 1, "{name} does not take a program's exports as it used to: `{MADE}`");
    let told = script.replace(MADE, &format!("{MADE}\n    rememberProgram(wasm);"));
    let told = format!("import {{ remember as rememberProgram }} from '{from}';\n{told}");
    vouch(folder, &name, &name, told.as_bytes())?;
    fs::write(&path, told).with_context(|| format!("cannot write {name}"))
}

/// The one file in a folder whose name begins so and goes on so.
fn built(folder: &Path, start: &str, goes_on: impl Fn(&str) -> bool) -> Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(start).is_some_and(&goes_on) {
            found.push(name);
        }
    }
    ensure!(found.len() == 1, "{} files of {start} in {}: {}", found.len(), folder.display(), found.join(", "));
    Ok(found.remove(0))
}

fn is_program(rest: &str) -> bool {
    rest.ends_with("_bg.wasm")
}

fn list(program: &str) -> Result<BTreeSet<String>> {
    let path = place::root().join(LISTS).join(format!("{program}.txt"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Puts another program in a program's place. Where the page names it, its name carries the hash of what it holds.
fn replace(folder: &Path, file: &str, wasm: &[u8]) -> Result<()> {
    let hashed = file.strip_suffix("_bg.wasm").and_then(|name| name.rsplit_once('-'));
    let renamed = match hashed {
        Some((start, _)) if page(folder)?.contains(file) => {
            format!("{start}-{}_bg.wasm", split::hex(&Sha256::digest(wasm)[..8]))
        }
        _ => file.to_owned(),
    };
    vouch(folder, file, &renamed, wasm)?;
    fs::remove_file(folder.join(file))?;
    fs::write(folder.join(&renamed), wasm).with_context(|| format!("cannot write {renamed}"))
}

fn page(folder: &Path) -> Result<String> {
    let path = folder.join(PAGE);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Has the page say what a file must hold that it names, and what the file is called from now on.
fn vouch(folder: &Path, file: &str, renamed: &str, holds: &[u8]) -> Result<()> {
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(holds)));
    let html = page(folder)?;
    let tags = html.split_inclusive('>');
    let html: String =
        tags.map(|tag| if tag.contains(file) { with_integrity(tag, &integrity) } else { tag.to_owned() }).collect();
    fs::write(folder.join(PAGE), html.replace(file, renamed))?;
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
    let dist = place::root().join("dist");
    for program in PROGRAMS {
        let wasm = fs::read(dist.join(built(&dist, program.file, is_program)?))?;
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
        fs::write(folder.join(PAGE), page).unwrap();
        fs::write(folder.join("lanevm-page-00_bg.wasm"), "whole").unwrap();
        fs::write(folder.join("lanevm-engine_bg.wasm"), "whole").unwrap();
        let file = built(&folder, "lanevm-page", is_program).unwrap();
        replace(&folder, &file, b"part").unwrap();
        replace(&folder, "lanevm-engine_bg.wasm", b"part").unwrap();
        let html = fs::read_to_string(folder.join(PAGE)).unwrap();
        let renamed = built(&folder, "lanevm-page", is_program).unwrap();
        assert_ne!(renamed, file);
        assert_eq!(html.matches(&renamed).count(), 2);
        assert!(html.contains("integrity=\"sha384-a\"") && !html.contains("sha384-b"));
        assert_eq!(fs::read(folder.join(renamed)).unwrap(), b"part");
        assert_eq!(fs::read(folder.join("lanevm-engine_bg.wasm")).unwrap(), b"part");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_script_tells_of_its_program_before_that_runs() {
        let folder = env::temp_dir().join(format!("lanevm-parts-script-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let page = "<link href=\"./lanevm-page-00.js\" integrity=\"sha384-a\">";
        fs::write(folder.join(PAGE), page).unwrap();
        fs::write(folder.join("lanevm-page_loader.js"), "").unwrap();
        let script = folder.join("lanevm-page-00.js");
        let ways = [
            "import { loadRest } from './snippets/a/src/browser/rest.js';",
            "import * as one from \"./snippets/a/src/browser/rest.js\"",
        ];
        for way in ways {
            fs::write(&script, format!("{way}\nfunction made() {{ wasm = instance.exports; run(); }}")).unwrap();
            remember(&folder, "lanevm-page").unwrap();
            let told = fs::read_to_string(&script).unwrap();
            assert!(
                told.starts_with("import { remember as rememberProgram } from './snippets/a/src/browser/rest.js';\n")
            );
            assert!(told.contains("wasm = instance.exports;\n    rememberProgram(wasm); run();"));
            let integrity = STANDARD.encode(Sha384::digest(told.as_bytes()));
            assert!(self::page(&folder).unwrap().contains(&integrity));
        }
        fs::write(&script, "wasm = instance.exports;").unwrap();
        assert!(remember(&folder, "lanevm-page").unwrap_err().to_string().contains("loads no rest"));
        fs::remove_dir_all(folder).unwrap();
    }
}
