//! What a step's transaction has beyond a message call, as a document says it. What the fields do is the engines'; how they
//! become a table is [`super::lower`]'s.

use alloy_primitives::{Address, B256, U256};
use serde::Serialize;
use serde_json::Value;

use super::{
    Scalar, Vary,
    error::DocumentError,
    object::{Object, Read, array, count},
};
use crate::batch;

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

/// An authorisation to delegate (EIP-7702), as it was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Authorization {
    /// Chain id, or 0 for any.
    #[serde(serialize_with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity"))]
    pub chain_id: U256,
    /// The address delegated to.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Address"))]
    pub address: Address,
    /// The authority's nonce.
    #[serde(serialize_with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity64"))]
    pub nonce: u64,
    /// The signature's parity, 0 or 1; others up to 255 are no valid signature.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Count"))]
    pub y_parity: u8,
    /// The signature's r.
    #[serde(serialize_with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity"))]
    pub r: U256,
    /// The signature's s.
    #[serde(serialize_with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Quantity"))]
    pub s: U256,
}

fn decimal<T: Scalar, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.text())
}

impl From<&Authorization> for batch::Authorization {
    fn from(signed: &Authorization) -> Self {
        let Authorization { chain_id, address, nonce, y_parity, r, s } = *signed;
        Self { chain_id, address, nonce, y_parity, r, s }
    }
}

impl From<&batch::Authorization> for Authorization {
    fn from(signed: &batch::Authorization) -> Self {
        let batch::Authorization { chain_id, address, nonce, y_parity, r, s } = *signed;
        Self { chain_id, address, nonce, y_parity, r, s }
    }
}

/// A step's transaction. Its type follows from its fields: 4 with authorisations, 3 with a max fee for blobs, 2 with a max fee,
/// 1 with an access list, 0 otherwise.
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
    /// The chain that it was signed for, where it is to name another than the block's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vary<u64>"))]
    pub chain_id: Option<Vary<u64>>,
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
    /// Authorisations (EIP-7702).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Authorization>"))]
    pub authorization_list: Option<Vec<Authorization>>,
}

impl Transaction {
    /// The type (EIP-2718).
    pub const fn kind(&self) -> u8 {
        if self.authorization_list.is_some() {
            4
        } else if self.max_fee_per_blob_gas.is_some() {
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

fn authorization(value: &Value) -> Read<Authorization> {
    let mut object = Object::of(value, "an authorisation")?;
    let authorization = Authorization {
        chain_id: object.required("chainId", U256::read)?,
        address: object.required("address", Address::read)?,
        nonce: object.required("nonce", u64::read)?,
        y_parity: object.required("yParity", |value| count(value, 0, 255))? as u8,
        r: object.required("r", U256::read)?,
        s: object.required("s", U256::read)?,
    };
    object.done()?;
    Ok(authorization)
}

/// Reads a transaction's fields.
pub(super) fn transaction(value: &Value) -> Read<Transaction> {
    let mut object = Object::of(value, "a transaction")?;
    let transaction = Transaction {
        origin: object.optional("origin", Vary::read)?,
        nonce: object.optional("nonce", Vary::read)?,
        chain_id: object.optional("chainId", Vary::read)?,
        gas_price: object.optional("gasPrice", Vary::read)?,
        max_fee_per_gas: object.optional("maxFeePerGas", Vary::read)?,
        max_priority_fee_per_gas: object.optional("maxPriorityFeePerGas", Vary::read)?,
        access_list: object.optional("accessList", |value| array(value, "an access list", MAX_ENTRIES, access))?,
        blob_versioned_hashes: object
            .optional("blobVersionedHashes", |value| array(value, "hashes", MAX_ENTRIES, B256::read))?
            .unwrap_or_default(),
        max_fee_per_blob_gas: object.optional("maxFeePerBlobGas", Vary::read)?,
        authorization_list: object
            .optional("authorizationList", |value| array(value, "authorisations", MAX_ENTRIES, authorization))?,
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
            ("chainId", self.chain_id.is_some()),
            ("accessList", self.access_list.is_some()),
            ("authorizationList", self.authorization_list.is_some()),
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
        if self.max_fee_per_gas.is_none() {
            let needing = [
                ("maxFeePerBlobGas", self.max_fee_per_blob_gas.is_some()),
                ("authorizationList", self.authorization_list.is_some()),
                ("maxPriorityFeePerGas", self.max_priority_fee_per_gas.is_some()),
            ];
            if let Some((name, _)) = needing.iter().find(|(_, there)| *there) {
                return refuse(name, "maxFeePerGas beside it");
            }
        }
        if !self.blob_versioned_hashes.is_empty() && self.max_fee_per_blob_gas.is_none() {
            return refuse("blobVersionedHashes", "maxFeePerBlobGas beside it");
        }
        Ok(())
    }
}
