//! What a call's transaction has beyond a message call, as the front describes it.

use lanevm_core::{B256, Transaction, batch::Authorization};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use crate::{
    bytes::{address, each, word},
    fault::Fault,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionDescription {
    kind: u8,
    nonce: Option<u64>,
    origin: Option<ByteBuf>,
    gas_price: ByteBuf,
    priority_fee: Option<ByteBuf>,
    chain_id: Option<u64>,
    access_list: Vec<AccessDescription>,
    blob_hashes: ByteBuf,
    max_fee_per_blob_gas: ByteBuf,
    authorizations: Vec<AuthorizationDescription>,
}

#[derive(Deserialize)]
struct AccessDescription {
    address: ByteBuf,
    slots: ByteBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationDescription {
    chain_id: ByteBuf,
    address: ByteBuf,
    nonce: u64,
    y_parity: u8,
    r: ByteBuf,
    s: ByteBuf,
}

impl TransactionDescription {
    /// The transaction described.
    pub(crate) fn into_transaction(self) -> Result<Transaction, Fault> {
        let hashes =
            |bytes: &[u8], what| Ok::<Vec<B256>, Fault>(each::<32>(bytes, what)?.into_iter().map(B256::from).collect());
        let mut access_list = Vec::with_capacity(self.access_list.len());
        for entry in self.access_list {
            access_list.push((address(&entry.address, "access list")?, hashes(&entry.slots, "access list")?));
        }
        let mut authorizations = Vec::with_capacity(self.authorizations.len());
        for entry in self.authorizations {
            authorizations.push(Authorization {
                chain_id: word(&entry.chain_id, "chain id")?,
                address: address(&entry.address, "authorization")?,
                nonce: entry.nonce,
                y_parity: entry.y_parity,
                r: word(&entry.r, "r")?,
                s: word(&entry.s, "s")?,
            });
        }
        Ok(Transaction {
            kind: self.kind,
            nonce: self.nonce,
            origin: self.origin.map(|origin| address(&origin, "origin")).transpose()?,
            gas_price: word(&self.gas_price, "gas price")?,
            priority_fee: self.priority_fee.map(|fee| word(&fee, "priority fee")).transpose()?,
            chain_id: self.chain_id,
            access_list,
            blob_hashes: hashes(&self.blob_hashes, "blob hashes")?,
            max_fee_per_blob_gas: word(&self.max_fee_per_blob_gas, "blob fee")?,
            authorizations,
        })
    }
}
