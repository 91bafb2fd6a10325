//! The chunks of JavaScript that the page loads only when it wants them: bundled from `web/js/` by a pinned esbuild into the
//! built page, and named in its head. What they do is theirs; what may run is `policy`'s.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    child::{self, Surroundings},
    licenses, place, tools,
};

/// Where the chunks' sources are.
pub(crate) const FOLDER: &str = "web/js";

/// The chunks, which are the entry files' names and what the page asks for.
const CHUNKS: [&str; 3] = ["editor", "functions", "parquet"];

/// How the page's elements begin that say what a chunk's file is called.
const META: &str = "<meta name=\"lanevm:";

/// What makes code of text, which the page's policy forbids.
const FORBIDDEN: [&str; 2] = ["eval(", "Function("];

/// Bundles the chunks into a built page, names them in its `index.html`, and puts the licences of what others wrote beside
/// it. Doing it twice is doing it once.
///
/// # Errors
/// If npm's packages or a chunk cannot be made, or there is no page.
pub(crate) fn bundle(folder: &Path) -> Result<()> {
    let around = Surroundings::default();
    tools::npm_packages(&around, FOLDER)?;
    let page = folder.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let (html, earlier) = without_metas(&html)?;
    let mut build = around.command("node");
    build.current_dir(place::root().join(FOLDER)).arg("build.mjs").arg(fs::canonicalize(folder)?);
    build.env("LANEVM_CHUNKS", serde_json::to_string(&CHUNKS)?);
    let made: Value = serde_json::from_str(&child::output(&mut build)?).context("build.mjs says what it made")?;
    let files: Vec<&str> = made["files"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for name in earlier.iter().filter(|name| !files.contains(&name.as_str())) {
        // What another build of this page made; it may be gone.
        drop(fs::remove_file(folder.join(name)));
    }
    for name in files.iter().filter(|name| name.ends_with(".js")) {
        let text = fs::read_to_string(folder.join(name))?;
        if let Some(word) = makes_code(&text) {
            anyhow::bail!("{name}: `{word}` makes code of text, which the page's policy forbids");
        }
    }
    let mut metas = String::new();
    for chunk in CHUNKS {
        let file = made["chunks"][chunk].as_str().with_context(|| format!("esbuild made no chunk `{chunk}`"))?;
        ensure!(is_plain(file), "`{file}` is no name for a file of the page");
        metas.push_str(&format!("{META}{chunk}\" content=\"{file}\" />\n    "));
    }
    let (head, rest) = html.split_once("<head>").context("the page has no <head>")?;
    fs::write(&page, format!("{head}<head>\n    {}{rest}", metas.trim_end()))?;
    fs::copy(place::root().join(licenses::FILE), folder.join(licenses::FILE))
        .with_context(|| format!("cannot copy {}", licenses::FILE))?;
    Ok(())
}

/// The first word of a script that makes code of text.
fn makes_code(script: &str) -> Option<&'static str> {
    FORBIDDEN.into_iter().find(|word| {
        // A part of another name, or the beginning of a text, calls nothing.
        let whole =
            |at: usize| !script[..at].ends_with(|before: char| before.is_alphanumeric() || "_$.'\"`".contains(before));
        script.match_indices(word).any(|(at, _)| whole(at))
    })
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The page without what an earlier call put in, and the files' names that stood there.
fn without_metas(html: &str) -> Result<(String, Vec<String>)> {
    let (mut page, mut names, mut rest) = (String::new(), Vec::new(), html);
    while let Some((before, after)) = rest.split_once(META) {
        let (element, after) = after.split_once("/>").context("a chunk's name in the page has no end")?;
        let name = element.split('"').nth(2).filter(|name| is_plain(name)).context("a chunk's name is no file's")?;
        names.push(name.to_owned());
        page.push_str(before.trim_end());
        rest = after;
    }
    page.push_str(rest);
    Ok((page, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_again() {
        let page = "<head>\n    <meta name=\"lanevm:a\" content=\"a-1.js\" />\n    <meta name=\"lanevm:b\" content=\"b-2.js\" />\n    <title>";
        let (plain, names) = without_metas(page).unwrap();
        assert_eq!(plain, "<head>\n    <title>");
        assert_eq!(names, ["a-1.js", "b-2.js"]);
        assert!(without_metas("<meta name=\"lanevm:a\" content=\"../a.js\" />").is_err());
        assert!(without_metas("<meta name=\"lanevm:a").is_err());
    }

    #[test]
    fn code_made_of_text_is_found() {
        for script in ["eval(a)", ";eval(a)", "new Function(a)", "(Function(a))"] {
            assert!(makes_code(script).is_some(), "{script}");
        }
        for script in ["b.eval(a)", "isFunction(a)", "evaluate(a)", "function(a){}", "`Function(${a})`"] {
            assert_eq!(makes_code(script), None, "{script}");
        }
    }
}
