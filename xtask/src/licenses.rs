//! The licences of what others wrote and the page and the package carry, a text for each. Which licences are acceptable is not
//! decided here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    bundle,
    child::{self, Surroundings},
    place,
    tools::WASM,
};

/// The page's file, in the repository's root.
pub(crate) const FILE: &str = "THIRD_PARTY_LICENSES.txt";

/// Something that ships.
struct Shipped {
    /// What it is called.
    what: &'static str,
    /// Its crate.
    name: &'static str,
    /// Its file.
    file: &'static str,
    /// The folder whose npm packages it has parts of.
    bundled: Option<&'static str>,
    /// The folder whose npm packages its users install beside it.
    needed: Option<&'static str>,
}

const SHIPPED: [Shipped; 2] = [
    Shipped { what: "page", name: "lanevm-web", file: FILE, bundled: Some(bundle::FOLDER), needed: None },
    Shipped {
        what: "npm package",
        name: "lanevm-node",
        file: "node/THIRD_PARTY_LICENSES.txt",
        bundled: None,
        needed: Some("node"),
    },
];

/// How licence files' names begin.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// The files with their texts, from the lock files and the sources that cargo keeps.
///
/// # Errors
/// If cargo or a lock file cannot be read.
pub(crate) fn files() -> Result<Vec<(&'static str, String)>> {
    let mut ask = Surroundings::default().cargo(&["metadata", "--locked", "--format-version", "1"]);
    ask.args(["--filter-platform", WASM]);
    let metadata: Value = serde_json::from_str(&child::output(&mut ask)?)?;
    SHIPPED.iter().map(|ships| Ok((ships.file, text(&metadata, ships)?))).collect()
}

fn text(metadata: &Value, ships: &Shipped) -> Result<String> {
    let mut out = format!(
        "Licences of what others wrote and lanevm's {} carries. Written by `cargo xtask gen`.\n\
         Where a licence offers a choice, its text is that of the choice made here: MIT before others.\n",
        ships.what
    );
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    section(&mut out, "Rust crates");
    let built = built(ships.name)?;
    let is_built =
        |package: &&Value| built.contains(&format!("{} v{}", text_of(package, "name"), text_of(package, "version")));
    for package in shipped(metadata, ships.name)?.into_iter().filter(is_built) {
        let word = |key: &str| package[key].as_str().unwrap_or_default();
        let name = format!("{} {}", word("name"), word("version"));
        let _ = writeln!(out, "{name}\n    licence: {}\n    source: {}", word("license"), word("repository"));
        let folder = Path::new(word("manifest_path")).parent().context("a manifest lies in a folder")?;
        let found = license_files(folder)?;
        if found.is_empty() {
            let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let authors = authors.collect::<Vec<_>>().join(", ");
            if !authors.is_empty() {
                let _ = writeln!(out, "    authors: {authors}");
            }
            // A crate without a text of its own is under the common one.
            if let Some(text) = common(word("license"))? {
                texts.entry(text).or_default().insert(name.clone());
            }
        }
        for text in found {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    if let Some(folder) = ships.bundled {
        section(&mut out, "npm packages");
        out.push_str("Parts of these are in the chunks that the page loads lazily.\n\n");
        bundled(&mut out, &mut texts, folder)?;
    }
    if let Some(folder) = ships.needed {
        section(&mut out, "npm packages");
        out.push_str("None is part of this; these are needed beside it.\n\n");
        for (path, package) in locked(folder)? {
            let word = |key: &str| package[key].as_str().unwrap_or("not said");
            let name = path.trim_start_matches("node_modules/");
            let _ = writeln!(out, "{name} {}\n    licence: {}", word("version"), word("license"));
        }
    }
    section(&mut out, "Texts");
    write_texts(&mut out, texts);
    Ok(out)
}

/// Writes texts with what each is of. Notices before the same permission stand together above it, each with its own names.
fn write_texts(out: &mut String, texts: BTreeMap<String, BTreeSet<String>>) {
    type Notices = BTreeMap<String, BTreeSet<String>>;
    let mut permissions: BTreeMap<String, (String, Notices)> = BTreeMap::new();
    for (text, names) in texts {
        let (notice, permission) = parts(&text);
        let words = permission.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, notices) = permissions.entry(words).or_insert_with(|| (permission.to_owned(), Notices::new()));
        notices.entry(notice.to_owned()).or_default().extend(names);
    }
    for (permission, notices) in permissions.into_values() {
        for (notice, names) in notices {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            let _ = writeln!(out, "---- {names}\n");
            if !notice.is_empty() {
                let _ = writeln!(out, "{notice}\n");
            }
        }
        let _ = writeln!(out, "{permission}\n");
    }
}

/// The notices that a text begins with, and what it grants: MIT's words, which many have in common. Other texts are all grant.
fn parts(text: &str) -> (&str, &str) {
    let at = text.find("Permission is hereby granted, free of charge").unwrap_or_default();
    (text[..at].trim_end(), &text[at..])
}

/// Writes the npm packages that a folder's lock file names, and notes their texts.
fn bundled(out: &mut String, texts: &mut BTreeMap<String, BTreeSet<String>>, folder: &str) -> Result<()> {
    for (path, package) in locked(folder)? {
        let word = |key: &str| package[key].as_str().unwrap_or("not said");
        let place = place::root().join(folder).join(&path);
        let name = format!("{} {}", path.trim_start_matches("node_modules/"), word("version"));
        let manifest = fs::read_to_string(place.join("package.json"))
            .with_context(|| format!("npm installed nothing into {}", place.display()))?;
        let manifest: Value = serde_json::from_str(&manifest)?;
        let _ = writeln!(out, "{name}\n    licence: {}\n    source: {}", word("license"), source(&manifest));
        let mut found = license_files(&place)?;
        if found.is_empty() {
            if let Some(authors) = authors(&manifest) {
                let _ = writeln!(out, "    authors: {authors}");
            }
            found.extend(common(word("license"))?);
        }
        for text in found {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    Ok(())
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// The packages that a crate is built of, as `name vVERSION`, with the features that it has by itself: cargo's metadata names
/// those of the whole workspace, of which the tests want more.
fn built(name: &str) -> Result<BTreeSet<String>> {
    let mut ask = Surroundings::default().cargo(&["tree", "--locked", "--package", name, "--target", WASM]);
    ask.args(["--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let first_two = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Ok(child::output(&mut ask)?.lines().map(first_two).collect())
}

/// The packages of a folder's lock file that are more than tools of its making, by their place.
fn locked(folder: &str) -> Result<BTreeMap<String, Value>> {
    let lock: Value = serde_json::from_str(&fs::read_to_string(place::root().join(folder).join("package-lock.json"))?)?;
    let packages = lock["packages"].as_object().context("a lock file names packages")?;
    let ships =
        |path: &str, package: &Value| !path.is_empty() && package["dev"] != true && package["devOptional"] != true;
    Ok(packages
        .iter()
        .filter(|(path, package)| ships(path, package))
        .map(|(path, it)| (path.clone(), it.clone()))
        .collect())
}

/// Where a package's source is, as it says.
fn source(manifest: &Value) -> &str {
    let repository = &manifest["repository"];
    repository["url"].as_str().or(repository.as_str()).unwrap_or("not said")
}

/// Who wrote a package, as it says.
fn authors(manifest: &Value) -> Option<String> {
    let person = |value: &Value| value["name"].as_str().or(value.as_str()).map(str::to_owned);
    let several = ["collaborators", "contributors"].into_iter().filter_map(|key| manifest[key].as_array()).flatten();
    let names: Vec<String> = person(&manifest["author"]).into_iter().chain(several.filter_map(person)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n==== {title}\n");
}

/// The foreign packages that a crate of ours is linked from, by name and version: neither what only builds nor what only expands.
fn shipped<'m>(metadata: &'m Value, name: &str) -> Result<Vec<&'m Value>> {
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .context("cargo names packages")?
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .context("cargo resolves")?
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let ours = packages.iter().filter(|(_, package)| package["name"] == name);
    let mut waiting: Vec<&str> = ours.map(|(id, _)| *id).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let expands =
            packages[id]["targets"].as_array().into_iter().flatten().any(|target| target["kind"][0] == "proc-macro");
        if expands || !seen.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().into_iter().flatten() {
            let mut kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            if kinds.any(|kind| kind["kind"].is_null())
                && let Some(id) = dependency["pkg"].as_str()
            {
                waiting.push(id);
            }
        }
    }
    let mut found: Vec<&Value> =
        seen.into_iter().map(|id| packages[id]).filter(|package| !package["source"].is_null()).collect();
    found.sort_by_key(|package| (package["name"].as_str(), package["version"].as_str()));
    Ok(found)
}

/// The texts of a crate's licence: that of MIT where there is one, else all, and notices always.
fn license_files(folder: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .with_context(|| format!("cargo fetched nothing into {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| NAMES.iter().any(|start| name.to_uppercase().starts_with(start)))
        .filter(|name| folder.join(name).is_file())
        .collect();
    names.sort();
    let is_mit = |name: &String| name.to_uppercase().contains("MIT");
    if names.iter().any(is_mit) {
        names.retain(|name| is_mit(name) || name.to_uppercase().starts_with("NOTICE"));
    }
    names.iter().map(|name| Ok(normal(&String::from_utf8_lossy(&fs::read(folder.join(name))?)))).collect()
}

/// The text of a licence that has one for everybody, its authors aside.
fn common(licence: &str) -> Result<Option<String>> {
    let file = match licence {
        _ if licence.contains("MIT") => "LICENSE-MIT",
        _ if licence.contains("Apache-2.0") => "LICENSE-APACHE",
        _ => return Ok(None),
    };
    let text = normal(&fs::read_to_string(place::root().join(file))?);
    let lines = text.lines().map(|line| if line.starts_with("Copyright") { "Copyright (c) the authors" } else { line });
    Ok(Some(lines.collect::<Vec<_>>().join("\n")))
}

/// The same text whatever its line ends and margins.
fn normal(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_margins_make_no_other_text() {
        assert_eq!(normal("\r\nMIT \r\n\r\n  of x\r\n\r\n"), "MIT\n\n  of x");
    }

    #[test]
    fn what_is_granted_alike_stands_once_below_each_notice() {
        let mit = "Permission is hereby granted, free of charge, to any";
        let text = |notice: &str, gap: &str| format!("MIT\n\nCopyright {notice}\n\n{}", mit.replace(", to", gap));
        let texts = [(text("a", ", to"), "x"), (text("b", ",\nto"), "y"), ("Do as you like".to_owned(), "z")];
        let mut out = String::new();
        write_texts(&mut out, texts.map(|(text, name)| (text, BTreeSet::from([name.to_owned()]))).into());
        let both = "---- x\n\nMIT\n\nCopyright a\n\n---- y\n\nMIT\n\nCopyright b\n\n";
        assert_eq!(out, format!("---- z\n\nDo as you like\n\n{both}{mit}\n\n"));
    }

    #[test]
    fn only_what_is_linked_ships() {
        let package = |name: &str, kind: &str, source: Value| serde_json::json!({ "id": name, "name": name, "version": "1", "source": source, "targets": [{ "kind": [kind] }] });
        let needs = |id: &str, kinds: &[(&str, Value)]| {
            let deps: Vec<Value> = kinds
                .iter()
                .map(|(name, kind)| serde_json::json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] }))
                .collect();
            serde_json::json!({ "id": id, "deps": deps })
        };
        let metadata = serde_json::json!({
            "packages": [
                package("lanevm-web", "lib", Value::Null),
                package("linked", "lib", "registry".into()),
                package("built", "lib", "registry".into()),
                package("expands", "proc-macro", "registry".into()),
                package("of-expands", "lib", "registry".into()),
            ],
            "resolve": { "nodes": [
                needs("lanevm-web", &[("linked", Value::Null), ("built", "build".into()), ("expands", Value::Null)]),
                needs("linked", &[]),
                needs("built", &[]),
                needs("expands", &[("of-expands", Value::Null)]),
                needs("of-expands", &[]),
            ] },
        });
        let names: Vec<_> = shipped(&metadata, "lanevm-web")
            .unwrap()
            .into_iter()
            .map(|package| package["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["linked"]);
    }
}
