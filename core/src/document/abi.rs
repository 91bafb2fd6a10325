//! Calls by function and arguments, as a document holds them. They are kept as they are written; what they mean is known
//! where they are encoded, in [`super::lower::calldata`].

use serde::Serialize;
use serde_json::Value;

use super::{
    error::{DocumentError, shown},
    object::{Object, Read, array, name},
};

/// Most arguments of a call.
pub const MAX_ARGS: usize = 10_000;

/// A function and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AbiCall {
    /// The ABI that has the function: the array that compilers write, or the name of a program that has one. Where it is left
    /// out it is that of the step's program, and `function` may be a signature that needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Abi"))]
    pub abi: Option<Value>,
    /// The function's name, or its signature where the ABI has several of that name or there is none.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Name"))]
    pub function: String,
    /// Its arguments in order. Any scalar among them may be a generator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Value>,
}

/// A contract's ABI.
pub(super) fn contract(value: &Value) -> Read<Value> {
    match value {
        Value::Array(_) => Ok(value.clone()),
        other => Err(DocumentError::here(shown(other), "a contract's ABI, an array")),
    }
}

/// Call data that names a function.
pub(super) fn call(mut object: Object<'_>) -> Read<AbiCall> {
    let call = AbiCall {
        abi: object.optional("abi", |value| match value {
            Value::String(_) => name(value).map(Value::String),
            value => contract(value),
        })?,
        function: object.required("function", name)?,
        args: object
            .optional("args", |value| array(value, "arguments", MAX_ARGS, |value| Ok(value.clone())))?
            .unwrap_or_default(),
    };
    object.done()?;
    Ok(call)
}
