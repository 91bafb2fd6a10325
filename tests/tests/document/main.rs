//! Documents: what is read, written and refused, and that what is prepared is what the document says.
#![cfg(not(target_arch = "wasm32"))]

mod laws;
mod refusals;
mod runs;
mod state_tests;

use lanevm_core::document::{Document, schema};
use lanevm_tests::typescript;

/// `LANEVM_WRITE_SCHEMA=1` writes the files instead.
#[test]
fn schema_and_types_are_as_committed() {
    let schema = schema::document();
    let head = "What a document is. Written from docs/document.schema.json by `LANEVM_WRITE_SCHEMA=1 cargo test -p\n\
                // lanevm-tests --test document`: change core/src/document/, not this file.";
    let files = [
        ("../docs/document.schema.json", format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())),
        ("../node/ts/document.ts", typescript::types(&schema, head).unwrap()),
    ];
    for (name, text) in files {
        let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("LANEVM_WRITE_SCHEMA").is_some() {
            std::fs::write(&path, text).unwrap();
        } else {
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(text == committed, "{name} is not what the library gives; LANEVM_WRITE_SCHEMA=1 writes it anew");
        }
    }
}

/// What the page that defines documents shows is one.
#[test]
fn examples_of_the_definition_are_documents() {
    let page = include_str!("../../../docs/document.md");
    let schema = jsonschema::validator_for(&schema::document()).unwrap();
    let examples: Vec<&str> = page.split("```json").skip(1).filter_map(|part| part.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        assert!(schema.is_valid(&serde_json::from_str(example).unwrap()), "{example}");
        let document = Document::from_json(example).unwrap();
        assert_eq!(document.prepare().unwrap().batch.validate(), Ok(()));
    }
}
