//! What a step's transaction has beyond a message call, as a document says it. What the fields do is the engines'; how they
//! become a table is [`super::lower`]'s.

use alloy_primitives::{Address, B256, U256};
use serde::Serialize;
use serde_json::Value;

use super::{
    Scalar, Vary,
    error::DocumentError,
    object::{Object, Read, array},
};

/// Most entries of a list of a transaction.
const MAX_ENTRIES: usize = 10_000;

/// An address and slots that are warm from the start (EIP-2930).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Access {
    /// The address.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Address"))]
    pub address: Address,
    /// Its slots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::schema::Hash>"))]
    pub storage_keys: Vec<B256>,
}

/// A step's transaction. Its type follows from its fields: 3 with blobs, 2 with a max fee, 1 with an access list, 0 otherwise.
/// At level `frame` only `origin`, `gasPrice` and `blobVersionedHashes` mean something; the others are refused there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Transaction {
    /// ORIGIN at level `frame`, and only there; the caller where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<Address>"))]
    pub origin: Option<Vary<Address>>,
    /// The nonce; the sender's own where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<u64>"))]
    pub nonce: Option<Vary<u64>>,
    /// Gas price in wei; 0 where it and the max fee are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<U256>"))]
    pub gas_price: Option<Vary<U256>>,
    /// Max fee per gas in wei (EIP-1559).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<U256>"))]
    pub max_fee_per_gas: Option<Vary<U256>>,
    /// Max priority fee per gas in wei (EIP-1559); 0 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<U256>"))]
    pub max_priority_fee_per_gas: Option<Vary<U256>>,
    /// Addresses and slots that are warm from the start (EIP-2930).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Access>"))]
    pub access_list: Option<Vec<Access>>,
    /// Versioned hashes of blobs (EIP-4844).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::schema::Hash>"))]
    pub blob_versioned_hashes: Vec<B256>,
    /// Max fee per blob gas in wei (EIP-4844).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<U256>"))]
    pub max_fee_per_blob_gas: Option<Vary<U256>>,
}

impl Transaction {
    /// The type (EIP-2718).
    pub const fn kind(&self) -> u8 {
        if self.max_fee_per_blob_gas.is_some() {
            3
        } else if self.max_fee_per_gas.is_some() {
            2
        } else if self.access_list.is_some() {
            1
        } else {
            0
        }
    }
}

fn access(value: &Value) -> Read<Access> {
    let mut object = Object::of(value, "an entry of the access list")?;
    let access = Access {
        address: object.required("address", Address::read)?,
        storage_keys: object
            .optional("storageKeys", |value| array(value, "slots", MAX_ENTRIES, B256::read))?
            .unwrap_or_default(),
    };
    object.done()?;
    Ok(access)
}

/// Reads a transaction's fields.
pub(super) fn transaction(value: &Value) -> Read<Transaction> {
    let mut object = Object::of(value, "a transaction")?;
    let transaction = Transaction {
        origin: object.optional("origin", Vary::read)?,
        nonce: object.optional("nonce", Vary::read)?,
        gas_price: object.optional("gasPrice", Vary::read)?,
        max_fee_per_gas: object.optional("maxFeePerGas", Vary::read)?,
        max_priority_fee_per_gas: object.optional("maxPriorityFeePerGas", Vary::read)?,
        access_list: object.optional("accessList", |value| array(value, "an access list", MAX_ENTRIES, access))?,
        blob_versioned_hashes: object
            .optional("blobVersionedHashes", |value| array(value, "hashes", MAX_ENTRIES, B256::read))?
            .unwrap_or_default(),
        max_fee_per_blob_gas: object.optional("maxFeePerBlobGas", Vary::read)?,
    };
    object.done()?;
    Ok(transaction)
}

impl Transaction {
    /// Checks that the fields fit one another, and the level.
    ///
    /// # Errors
    /// The first field that does not; its path is relative.
    pub(super) fn check(&self, frame: bool) -> Result<(), DocumentError> {
        let refuse = |name: &str, expected: &str| {
            Err(DocumentError::here("a field that means nothing here", expected).within(name))
        };
        let fees = [
            ("maxFeePerGas", self.max_fee_per_gas.is_some()),
            ("maxPriorityFeePerGas", self.max_priority_fee_per_gas.is_some()),
            ("maxFeePerBlobGas", self.max_fee_per_blob_gas.is_some()),
            ("nonce", self.nonce.is_some()),
            ("accessList", self.access_list.is_some()),
        ];
        if frame {
            return match fees.iter().find(|(_, there)| *there) {
                Some((name, _)) => refuse(
                    name,
                    "level `call` or `transaction`; at `frame` only origin, gasPrice and blobVersionedHashes",
                ),
                None => Ok(()),
            };
        }
        if self.origin.is_some() {
            return refuse("origin", "level `frame`; elsewhere the origin is the caller");
        }
        if self.gas_price.is_some() && self.max_fee_per_gas.is_some() {
            return refuse("gasPrice", "either gasPrice or maxFeePerGas");
        }
        if self.max_fee_per_gas.is_none()
            && (self.max_priority_fee_per_gas.is_some() || self.max_fee_per_blob_gas.is_some())
        {
            let name = if self.max_fee_per_blob_gas.is_some() { "maxFeePerBlobGas" } else { "maxPriorityFeePerGas" };
            return refuse(name, "maxFeePerGas beside it");
        }
        if !self.blob_versioned_hashes.is_empty() && self.max_fee_per_blob_gas.is_none() {
            return refuse("blobVersionedHashes", "maxFeePerBlobGas beside it");
        }
        Ok(())
    }
}
