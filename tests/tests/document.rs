//! Documents: what is read, written and refused, and that what is prepared is what the document says.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{Control, Engine as _, cpu::CpuEngine, document::Document};
use pollster::block_on;

#[test]
fn smoke() {
    let text = r#"{
        "lanevm": 1, "hardfork": "osaka", "level": "frame", "chainId": 1,
        "state": {"accounts": {"0x00000000000000000000000000000000000000aa": {"program": "p", "storage": {"0x1": {"list": ["1", "2"]}}}}},
        "programs": {"p": {"code": "0x6000355f52 60205ff3"}},
        "axes": [{"name": "x", "length": 3}, {"name": "y", "length": 2}],
        "steps": [{"program": "p", "calldata": {"hex": "0x0000000000000000000000000000000000000000000000000000000000000000", "fields": [{"offset": 0, "value": {"range": [10, 12], "axis": "x"}}]}}]
    }"#;
    let document = Document::from_json(text).unwrap();
    println!("{}", document.to_json_pretty());
    assert_eq!(Document::from_json(&document.to_json()).unwrap(), document);
    let prepared = document.prepare().unwrap();
    let outcomes = block_on(CpuEngine::new(1).run(&prepared.batch, &mut Control::default())).unwrap();
    for lane in 0..6 {
        println!("{} {:?}", prepared.batch.calls.world.get(lane), outcomes.output(lane));
    }
    println!("{}", serde_json::to_string_pretty(&lanevm_core::document::schema::document()).unwrap());
}
