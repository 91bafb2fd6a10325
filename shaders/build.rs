//! Links the WESL modules to one WGSL text per kernel, and packs all of them together, what several have in common once: as text
//! they would be an eighth of a WebAssembly build. The constants the modules import come from the same Rust tables
//! that the host uses.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the tables are the library's modules; the build uses parts of them"
)]

use std::{borrow::Cow, collections::HashMap, env, fmt::Write as _, fs, path::Path};

use wesl::{CompileOptions, ManglerKind, ModulePath, VirtualResolver, Wesl};

#[macro_use]
#[path = "src/indices.rs"]
mod indices;
#[path = "src/expansion.rs"]
mod expansion;
#[path = "src/facts.rs"]
mod facts;
#[path = "src/fork.rs"]
mod fork;
#[path = "src/kept.rs"]
mod kept;
#[path = "src/layout.rs"]
mod layout;
#[path = "src/records.rs"]
mod records;
#[path = "src/status.rs"]
mod status;

/// Every kernel: its entry module in `wesl/`.
const KERNELS: &[&str] = &[
    "init",
    "expand",
    "plan",
    "light",
    "arith",
    "exp",
    "keccak",
    "copy",
    "storage",
    "log",
    "account",
    "call",
    "create",
    "ending",
    "decode",
    "service",
    "recover",
    "sha256",
    "ripemd160",
    "identity",
    "modexp",
    "blake2f",
    "gather",
    "reduce",
    "kept",
    "way",
    "admit",
    "probe",
];

/// Kernels compiled once more with a feature: the permutation's name, the entry module, the feature.
const PERMUTATIONS: &[(&str, &str, &str)] = &[("light_observed", "light", "observe")];

fn constants() -> String {
    let mut text = String::new();
    for (name, value) in layout::published() {
        writeln!(text, "const {name}: u32 = {value}u;").expect("writing to a string");
    }
    for status in status::Status::ALL {
        writeln!(text, "const STATUS_{}: u32 = {}u;", status.name().to_uppercase(), *status as u8)
            .expect("writing to a string");
    }
    for family in facts::Family::ALL {
        writeln!(text, "const FAMILY_{}: u32 = {}u;", family.name().to_uppercase(), family as u8)
            .expect("writing to a string");
    }
    for op in facts::INSTRUCTIONS {
        writeln!(text, "const OP_{}: u32 = {}u;", op.name, op.byte).expect("writing to a string");
    }
    text
}

fn module(name: &str) -> ModulePath {
    format!("package::{name}").parse().expect("a module path")
}

fn main() {
    let source = Path::new("wesl");
    println!("cargo::rerun-if-changed=wesl");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build.rs");
    let mut resolver = VirtualResolver::new();
    resolver.add_module(module("constants"), Cow::Owned(constants()));
    for entry in fs::read_dir(source).expect("shaders/wesl is readable") {
        let path = entry.expect("shaders/wesl is readable").path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let text = fs::read_to_string(&path).expect("a shader module is readable");
        resolver.add_module(module(name), Cow::Owned(text));
    }
    let mut linker = Wesl::new_barebones().set_custom_resolver(resolver);
    linker.set_mangler(ManglerKind::None);
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut packing = Packing::default();
    let plain = KERNELS.iter().map(|kernel| (*kernel, *kernel, None));
    let permuted = PERMUTATIONS.iter().map(|(name, kernel, feature)| (*name, *kernel, Some(*feature)));
    for (name, kernel, feature) in plain.chain(permuted) {
        let mut options = CompileOptions { strip: true, lazy: true, ..CompileOptions::default() };
        for (_, _, known) in PERMUTATIONS {
            options.features.flags.insert((*known).to_owned(), (feature == Some(*known)).into());
        }
        linker.set_options(options);
        let linked =
            linker.compile(&module(kernel)).unwrap_or_else(|error| panic!("shaders/wesl/{kernel}.wesl: {error}"));
        let text = linked.to_string();
        packing.add(name, &text);
        // For people and tools that want to look at one.
        fs::write(Path::new(&out).join(format!("{name}.wgsl")), text).expect("OUT_DIR is writable");
    }
    packing.write(Path::new(&out));
}

/// Texts taken apart, each part kept once.
#[derive(Default)]
struct Packing {
    names: Vec<String>,
    /// Of each text, the numbers of its parts, in their order.
    texts: Vec<Vec<u16>>,
    parts: Vec<String>,
    known: HashMap<String, u16>,
}

impl Packing {
    fn add(&mut self, name: &str, text: &str) {
        let mut numbers = Vec::new();
        let mut part = String::new();
        for line in text.split_inclusive('\n') {
            part.push_str(line);
            // A declaration of the module ends here, if the linker writes it as it does; any cut is right.
            if !line.starts_with(' ') && line.trim_end().ends_with(['}', ';']) {
                numbers.push(self.number(std::mem::take(&mut part)));
            }
        }
        if !part.is_empty() {
            numbers.push(self.number(part));
        }
        self.names.push(name.to_owned());
        self.texts.push(numbers);
    }

    fn number(&mut self, part: String) -> u16 {
        let next = u16::try_from(self.parts.len()).expect("fewer parts than 65,536");
        *self.known.entry(part).or_insert_with_key(|part| {
            self.parts.push(part.clone());
            next
        })
    }

    /// The parts one after another; then, as numbers of 16 bits, the bytes of each part, and for each text how many parts it has
    /// and which.
    fn write(&self, out: &Path) {
        let mut bytes = self.parts.concat().into_bytes();
        let text = bytes.len();
        let lengths = self.parts.iter().map(|part| u16::try_from(part.len()).expect("a part below 64 KiB"));
        let count = |numbers: &[u16]| u16::try_from(numbers.len()).expect("fewer parts than 65,536");
        let texts =
            self.texts.iter().flat_map(|numbers| std::iter::once(count(numbers)).chain(numbers.iter().copied()));
        bytes.extend(lengths.chain(texts).flat_map(u16::to_le_bytes));
        let packed = miniz_oxide::deflate::compress_to_vec(&bytes, 10);
        let names = &self.names;
        let made = format!("Packed {{ names: &{names:?}, text: {text}, parts: {} }}", self.parts.len());
        fs::write(out.join("kernels.deflate"), packed).expect("OUT_DIR is writable");
        fs::write(out.join("packed.rs"), made).expect("OUT_DIR is writable");
    }
}
