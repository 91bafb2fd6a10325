//! The JSON Schema of documents, for editors and for the package's types. It checks less than the reader does: what takes
//! several fields together it cannot say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Value, json};

use super::{Document, MAX_NUMBER, Scalar, VERSION, Vary, Version, fork_word, object::MAX_NAME};
use crate::template::MAX_DATA;

/// A schema that is written by hand.
macro_rules! written {
    ($($(#[$doc:meta])* $type:ident = $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $type;

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let make: fn(&mut SchemaGenerator) -> Schema = $schema;
                make(generator)
            }
        }
    )*};
}

/// Hex of so many bytes, `0x` or not.
fn bytes_of(bytes: usize) -> String {
    format!("^(0[xX])?[0-9a-fA-F]{{{}}}$", bytes * 2)
}

const QUANTITY: &str = "^(0[xX][0-9a-fA-F]{1,64}|[0-9]{1,78})$";

written! {
    /// Bytes as hex.
    Hex = |_| json_schema!({
        "description": "Bytes as hex, with or without 0x.",
        "type": "string",
        "pattern": "^\\s*(0[xX])?([0-9a-fA-F]\\s*)*$",
    });
    /// A number of 256 bits.
    Quantity = |_| json_schema!({
        "description": "A whole number from 0 to 2^256-1: decimal or 0x text, or a number below 2^53.",
        "anyOf": [
            { "type": "string", "pattern": QUANTITY },
            { "type": "integer", "minimum": 0, "maximum": MAX_NUMBER },
        ],
    });
    /// A number of 64 bits.
    Quantity64 = |_| json_schema!({
        "description": "A whole number from 0 to 2^64-1: decimal or 0x text, or a number below 2^53.",
        "anyOf": [
            { "type": "string", "pattern": QUANTITY },
            { "type": "integer", "minimum": 0, "maximum": MAX_NUMBER },
        ],
    });
    /// An address.
    Address = |_| json_schema!({
        "description": "An address: 20 bytes of hex.",
        "type": "string",
        "pattern": bytes_of(20),
    });
    /// A hash.
    Hash = |_| json_schema!({
        "description": "A hash: 32 bytes of hex.",
        "type": "string",
        "pattern": bytes_of(32),
    });
    /// A name.
    Name = |_| json_schema!({
        "description": "A name.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
    });
    /// A fork's name.
    Hardfork = |_| json_schema!({
        "description": "The name of a hard fork of Ethereum mainnet.",
        "enum": lanevm_shaders::Fork::ALL.map(fork_word),
    });
    /// A number of lanes, values or bytes.
    Count = |_| json_schema!({
        "description": "A number of lanes, values or bytes: as a number, or as decimal or 0x text.",
        "anyOf": [
            { "type": "integer", "minimum": 0, "maximum": MAX_DATA },
            { "type": "string", "pattern": QUANTITY },
        ],
    });
    /// An axis.
    Axis = |generator| json_schema!({
        "description": "An axis of a grid.",
        "type": "object",
        "properties": { "name": generator.subschema_for::<Name>(), "length": generator.subschema_for::<Count>() },
        "required": ["name", "length"],
        "additionalProperties": false,
    });
    /// Hashes of blocks.
    Hashes = |generator| json_schema!({
        "description": "Hashes by block number; `ofNumber` is keccak-256 of the number in decimal.",
        "anyOf": [
            { "const": "ofNumber" },
            { "type": "object", "additionalProperties": generator.subschema_for::<Hash>() },
        ],
    });
    /// An ABI, or the name of a program that has one.
    Abi = |generator| json_schema!({
        "description": "A contract's ABI, or the name of a program that has one.",
        "anyOf": [generator.subschema_for::<Name>(), { "type": "array", "items": {} }],
    });
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": VERSION })
    }
}

/// One kind of generator: its own fields, the first of them required, and those that all kinds have.
fn kind(generator: &mut SchemaGenerator, what: &str, own: &[(&str, Value)]) -> Value {
    let name = generator.subschema_for::<Name>();
    let mut properties = serde_json::Map::new();
    properties.extend(own.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    properties
        .insert("axis".into(), json!({ "description": "The axis along which values vary.", "$ref": reference(&name) }));
    properties.insert(
        "zip".into(),
        json!({
            "description": "That values vary with the lane's number, as they do without an axis.",
            "const": true,
        }),
    );
    json!({
        "description": what,
        "type": "object",
        "properties": properties,
        "required": [own[0].0],
        "additionalProperties": false,
    })
}

fn reference(schema: &Schema) -> Value {
    schema.get("$ref").cloned().unwrap_or_default()
}

impl<T: Scalar> JsonSchema for Vary<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Varying{}", T::NAME).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = match T::NAME {
            "Quantity64" => generator.subschema_for::<Quantity64>(),
            "Address" => generator.subschema_for::<Address>(),
            "Hash" => generator.subschema_for::<Hash>(),
            _ => generator.subschema_for::<Quantity>(),
        };
        let quantity = generator.subschema_for::<Quantity>();
        let name = generator.subschema_for::<Name>();
        let count = generator.subschema_for::<Count>();
        let filled = json!({ "type": "array", "items": scalar, "minItems": 1 });
        let pair = json!({ "type": "array", "items": scalar, "minItems": 2, "maxItems": 2 });
        let random = json!({ "anyOf": [
            {
                "description": "Random values between two bounds.",
                "type": "object",
                "properties": { "dist": { "enum": ["uniform", "logUniform"] }, "min": scalar, "max": scalar },
                "additionalProperties": false,
            },
            {
                "description": "Values picked at random from a list.",
                "type": "object",
                "properties": { "from": filled },
                "required": ["from"],
                "additionalProperties": false,
            },
        ] });
        let kinds = [
            json!({
                "description": "The same in every lane.",
                "type": "object",
                "properties": { "fixed": scalar },
                "required": ["fixed"],
                "additionalProperties": false,
            }),
            kind(
                generator,
                "From one value to another, by steps or in so many values.",
                &[("range", pair), ("step", json!(quantity)), ("count", json!(count))],
            ),
            kind(generator, "These in turn.", &[("list", filled)]),
            kind(generator, "The values of a column in turn.", &[("column", json!(name))]),
            kind(generator, "Random values.", &[("random", random)]),
        ];
        let what = format!("The same in every lane, or generated: {}.", T::WHAT);
        json_schema!({ "description": what, "anyOf": std::iter::once(json!(scalar)).chain(kinds).collect::<Vec<_>>() })
    }
}

/// The JSON Schema (draft 2020-12) of documents.
pub fn document() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    without_defaults(&mut schema);
    schema
}

/// Takes away `default`: it would be the type's, and what a field left out means its description says.
fn without_defaults(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("default");
            fields.values_mut().for_each(without_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        _ => {}
    }
}
