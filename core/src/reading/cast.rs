//! The lines that fetch a state with Foundry's `cast`, for a person to run where there is a node: nothing here is run.

use std::fmt::Write;

use alloy_primitives::{Address, U256};

/// The block whose state is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockTag {
    /// The newest.
    #[default]
    Latest,
    /// The last that is finalized.
    Finalized,
    /// The state after this block.
    Number(u64),
}

/// A call whose state is wanted, as `debug_traceCall` takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedCall {
    /// Sender.
    pub from: Option<Address>,
    /// The account called; `None` creates a contract.
    pub to: Option<Address>,
    /// Call data, or init code.
    pub data: Vec<u8>,
    /// Value in wei.
    pub value: U256,
    /// Gas limit; the node's own where there is none.
    pub gas: Option<u64>,
}

/// Words for a POSIX shell: in single quotes, which keep everything but a single quote as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Lines for a shell that print the state a call reads (`debug_traceCall` with geth's prestateTracer, whose output
/// [`super::read_state`] reads), and single storage words, nonces, balances and codes for nodes that do not trace. The node
/// is the one that `cast` knows from `ETH_RPC_URL` or `--rpc-url`.
pub fn cast_commands(call: Option<&WantedCall>, accounts: &[(Address, Vec<U256>)], block: BlockTag) -> String {
    let mut lines = String::new();
    let (tag, json_tag) = match block {
        BlockTag::Latest => ("latest".to_owned(), "latest".to_owned()),
        BlockTag::Finalized => ("finalized".to_owned(), "finalized".to_owned()),
        BlockTag::Number(number) => (number.to_string(), format!("{number:#x}")),
    };
    if let Some(call) = call {
        let mut fields = Vec::new();
        if let Some(from) = call.from {
            fields.push(format!(r#""from":"{from:#x}""#));
        }
        if let Some(to) = call.to {
            fields.push(format!(r#""to":"{to:#x}""#));
        }
        if !call.data.is_empty() {
            fields.push(format!(r#""data":"0x{}""#, hex::encode(&call.data)));
        }
        if !call.value.is_zero() {
            fields.push(format!(r#""value":"{:#x}""#, call.value));
        }
        if let Some(gas) = call.gas {
            fields.push(format!(r#""gas":"{gas:#x}""#));
        }
        let object = quoted(&format!("{{{}}}", fields.join(",")));
        // Parameters that are no JSON are texts for cast: the block's name needs no quotes of its own.
        let _ = writeln!(lines, r#"cast rpc debug_traceCall {object} {json_tag} '{{"tracer":"prestateTracer"}}'"#);
    }
    for (address, slots) in accounts {
        // Writing to a string does not fail.
        for what in ["nonce", "balance", "code"] {
            let _ = writeln!(lines, "cast {what} {address:#x} --block {tag}");
        }
        for slot in slots {
            let _ = writeln!(lines, "cast storage {address:#x} {slot:#x} --block {tag}");
        }
    }
    lines
}
