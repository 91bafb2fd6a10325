//! Interfaces of real contracts, read and coded whole, with alloy's reader as the second opinion; and call data of a
//! document's functions, made on the native adapter.
#![cfg(not(target_arch = "wasm32"))]

use alloy_json_abi::JsonAbi;
use lanevm_core::{
    Control, Engine as _,
    abi::{Abi, Function, Kind, Type},
    cpu::CpuEngine,
    document::Document,
    gpu::{GpuEngine, GpuOptions},
};
use lanevm_tests::fixtures::source;
use pollster::block_on;
use serde_json::{Value, json};

/// A value of a type, as JSON: neither the least nor all alike.
fn some(ty: &Type) -> Value {
    match ty.kind() {
        Kind::Uint(8) => json!(7),
        Kind::Uint(_) => json!("0x1f"),
        Kind::Int(_) => json!("-5"),
        Kind::Address => json!(format!("0x{}", "ab".repeat(20))),
        Kind::Bool => json!(true),
        Kind::FixedBytes(width) => json!(format!("0x{}", "c1".repeat(usize::from(*width)))),
        Kind::Function => json!(format!("0x{}", "c2".repeat(24))),
        Kind::Bytes => json!("0x0102030405"),
        Kind::String => json!("a text of more than a word, so that it is padded"),
        Kind::Array(element) => json!([some(element), some(element)]),
        Kind::FixedArray(element, len) => (0..*len).map(|_| some(element)).collect(),
        Kind::Tuple(fields) => fields.iter().map(|field| some(&field.ty)).collect(),
    }
}

/// Encodes calls and answers of a function, and decodes them back. Gives how many words the call has.
fn around(function: &Function) -> usize {
    let values = |ty: &Type| ty.fields().iter().map(|field| some(&field.ty)).collect::<Vec<_>>();
    let name = function.signature();
    let data = function.encode(&values(&function.inputs)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let read = function.decode_inputs(&data);
    let read = read.values().unwrap_or_else(|| panic!("{name}: {read:?}"));
    assert_eq!(function.encode_values(read).unwrap(), data, "{name}");
    let answer = function.encode_outputs(&values(&function.outputs)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let read = function.decode_outputs(&answer);
    let read: Vec<Value> =
        read.values().unwrap_or_else(|| panic!("{name}: {read:?}")).iter().map(|field| field.value.to_json()).collect();
    assert_eq!(function.encode_outputs(&read).unwrap(), answer, "{name}");
    data.len() / 32
}

#[test]
fn real_interfaces_are_read_and_coded() {
    let archive = source::default_data().join("contracts.tar.zst");
    if !archive.is_file() {
        println!("skipped: no fixtures");
        return;
    }
    let (mut contracts, mut functions, mut events, mut errors, mut words) = (0, 0, 0, 0, 0);
    source::visit(&archive, &mut |member| {
        let json: Value = serde_json::from_slice(&member.bytes)?;
        let Some(list) = json.get("abi").filter(|abi| abi.is_array()) else { return Ok(()) };
        let path = &member.path;
        let abi = Abi::parse(member.text().expect("UTF-8")).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(
            abi.unusable.iter().all(|item| item.reason.to_string().contains("is not a type")),
            "{path}: {:?}",
            abi.unusable
        );
        assert_eq!(Abi::from_json(list).unwrap(), abi);
        // Libraries name types of their own in some interfaces, which neither reader can encode.
        if abi.unusable.is_empty() {
            let other: JsonAbi = serde_json::from_value(list.clone())?;
            let mut ours: Vec<_> = abi.functions.iter().map(|item| (item.signature(), item.selector)).collect();
            let mut theirs: Vec<_> = other.functions().map(|item| (item.signature(), item.selector().0)).collect();
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{path}");
            let mut ours: Vec<_> = abi.events.iter().map(|item| (item.signature().to_owned(), item.topic())).collect();
            let mut theirs: Vec<_> = other.events().map(|item| (item.signature(), item.selector())).collect();
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{path}");
            assert_eq!(abi.errors.len(), other.errors().count(), "{path}");
        } else {
            println!("{path}: {} items that cannot be used, as {:?}", abi.unusable.len(), abi.unusable[0]);
        }
        for function in &abi.functions {
            words += around(function);
            assert_eq!(abi.function(&function.signature()).unwrap(), function, "{path}");
        }
        contracts += 1;
        functions += abi.functions.len();
        events += abi.events.len();
        errors += abi.errors.len();
        Ok(())
    })
    .expect("fixtures that can be read");
    println!(
        "{contracts} interfaces, {functions} functions, {events} events, {errors} errors, {words} words of call data"
    );
    assert!(contracts > 50 && functions > 500 && events > 50 && errors > 10);
}

/// Returns its call data.
const ECHO: &str = "0x365f5f37365ff3";

#[test]
fn arguments_are_made_on_the_device() {
    let document = json!({
        "lanevm": 1, "hardfork": "osaka", "level": "frame", "lanes": 3000, "seed": 11,
        "programs": {"echo": {"code": ECHO}},
        "steps": [{"program": "echo", "calldata": {
            "function": "f(int256 a, int16 b, bytes4[] c, (bool d, string e, int64 f) g, int256 h, address i)",
            "args": [
                {"random": {}},
                {"random": {"min": -1000, "max": 1000}},
                ["0x00112233", {"random": {}}, {"list": ["0xdeadbeef", "0x00000001"]}],
                {"d": {"list": [true, false]}, "e": "a text", "f": {"range": [-1500, 1500], "count": 7}},
                {"random": {"min": "-57896044618658097711785492504343953926634992332820282019728792003956564819968", "max": -1}},
                {"random": {"dist": "logUniform"}},
            ],
        }}],
    });
    let batch = Document::from_json(&document.to_string()).unwrap().prepare().unwrap().batch;
    assert!(batch.calls.data.generated().is_some());
    let cpu = block_on(CpuEngine::new(0).run(&batch, &mut Control::default())).unwrap();
    let options =
        GpuOptions { default_limits: true, keep_stragglers: true, fill_garbage: true, ..GpuOptions::default() };
    let mut gpu = block_on(GpuEngine::new(options, Box::new(CpuEngine::new(0))))
        .expect("a Vulkan, Metal or D3D12 adapter; `cargo xtask test` installs a software one");
    let device = block_on(gpu.run(&batch, &mut Control::default())).unwrap();
    for lane in 0..batch.calls.count {
        assert_eq!(cpu.output(lane), &*batch.calls.data.get(lane), "lane {lane}");
        assert_eq!(device.output(lane), cpu.output(lane), "lane {lane}");
        assert_eq!(device.executor(lane), lanevm_core::Executor::Gpu, "lane {lane}");
    }
    assert_eq!(device.digest(), cpu.digest());
}
