//! Transactions of state tests: fields indexed by case, the sender from the secret key, the type from the fields present. It
//! judges nothing: what no client can decode is told as such.

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{
    error::{ReadError, ReadErrorKind},
    json::{At, Json},
    quantity::{address, bytes, word},
    signed::address_of,
};
use crate::{
    batch::{Authorization, Transaction},
    document::{self, Access},
};

/// A number of a transaction; `None` where it has more than 256 bits, as tests of decoders have.
type Wide = Option<U256>;

/// Why no client decodes a transaction.
pub(super) type Undecodable = &'static str;

/// A transaction as a test spells it.
#[derive(Clone, Debug, Default)]
pub(super) struct TestTransaction {
    data: Vec<Bytes>,
    gas: Vec<Wide>,
    value: Vec<Wide>,
    from: Address,
    to: Option<Address>,
    nonce: Wide,
    gas_price: Option<Wide>,
    max_fee: Option<Wide>,
    priority_fee: Option<Wide>,
    blob_fee: Option<Wide>,
    blob_hashes: Option<Vec<B256>>,
    access_lists: Vec<Option<Vec<Access>>>,
    access_list: Option<Vec<Access>>,
    authorizations: Option<Result<Vec<Authorization>, Undecodable>>,
    chain_id: Option<Wide>,
    kind: Option<Wide>,
}

/// Which element of each indexed field a case takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestIndexes {
    /// Of the data and the access lists.
    pub data: usize,
    /// Of the gas limits.
    pub gas: usize,
    /// Of the values.
    pub value: usize,
}

/// What a case sends, as the engines take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) from: Address,
    pub(super) to: Option<Address>,
    pub(super) value: U256,
    pub(super) gas: u64,
    pub(super) data: Bytes,
    /// The rest.
    pub(super) own: Transaction,
}

/// A member that is there.
pub(super) fn member<T>(
    at: At<'_>,
    key: &'static str,
    read: impl FnOnce(At<'_>) -> Result<T, ReadError>,
) -> Result<Option<T>, ReadError> {
    match at.json.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => {
            let way = at.key(key);
            read(At::step(value, &way)).map(Some)
        }
    }
}

/// Every item of a list.
pub(super) fn each<T>(at: At<'_>, read: impl Fn(At<'_>) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
    let Json::List(items) = at.json else { return Err(at.wrong("a list")) };
    let mut found = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let way = at.index(index);
        found.push(read(At::step(item, &way))?);
    }
    Ok(found)
}

/// A list, or one value that serves all indexes.
fn one_or_many<T>(at: At<'_>, read: impl Fn(At<'_>) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
    if matches!(at.json, Json::List(_)) { each(at, read) } else { Ok(vec![read(at)?]) }
}

fn wide(at: At<'_>) -> Result<Wide, ReadError> {
    match word(at) {
        Err(ReadError { kind: ReadErrorKind::TooLarge { .. }, .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// 32 bytes, spelled as a number of any length.
pub(super) fn hash(at: At<'_>) -> Result<B256, ReadError> {
    word(at).map(B256::from)
}

pub(super) fn account(at: At<'_>) -> Result<Address, ReadError> {
    address(at.text()?.trim()).ok_or_else(|| at.wrong("an address (40 hex digits)"))
}

/// The address of a secret key.
fn sender(at: At<'_>) -> Result<Address, ReadError> {
    address_of(&hash(at)?).map_err(|_| at.wrong("a secret key"))
}

fn access(at: At<'_>) -> Result<Access, ReadError> {
    let address = member(at, "address", account)?.ok_or_else(|| at.error(ReadErrorKind::Missing("address")))?;
    let storage_keys = member(at, "storageKeys", |at| each(at, hash))?.unwrap_or_default();
    Ok(Access { address, storage_keys })
}

fn authorization(at: At<'_>) -> Result<Result<Authorization, Undecodable>, ReadError> {
    const WIDE: Undecodable = "an authorisation with a field that is too wide";
    let field = |key| Ok(member(at, key, wide)?.unwrap_or(Some(U256::ZERO)));
    let small = |value: Wide| value.and_then(|value| u64::try_from(value).ok());
    let address = member(at, "address", account)?.unwrap_or_default();
    let (chain_id, nonce, r, s) = (field("chainId")?, field("nonce")?, field("r")?, field("s")?);
    let parity = match (member(at, "yParity", wide)?, member(at, "v", wide)?) {
        (Some(parity), _) => small(parity),
        // 27 and 28 are how `v` spells a parity without a chain id.
        (None, Some(v)) => small(v).map(|v| if v >= 27 { v - 27 } else { v }),
        (None, None) => return Ok(Err("an authorisation without a parity")),
    };
    let read = || {
        let y_parity = u8::try_from(parity?).ok()?;
        Some(Authorization { chain_id: chain_id?, address, nonce: small(nonce)?, y_parity, r: r?, s: s? })
    };
    Ok(read().ok_or(WIDE))
}

/// Reads a transaction.
pub(super) fn read(at: At<'_>) -> Result<TestTransaction, ReadError> {
    at.object()?;
    let text_bytes = |at: At<'_>| bytes(at).map(Bytes::from);
    let first = |keys: [&'static str; 2]| if at.json.get(keys[0]).is_some() { keys[0] } else { keys[1] };
    let access_list = |at: At<'_>| each(at, access);
    let access_lists = member(at, "accessLists", |at| {
        each(at, |at| if *at.json == Json::Null { Ok(None) } else { access_list(at).map(Some) })
    })?;
    let from = match member(at, first(["sender", "from"]), account)? {
        Some(from) => from,
        None => member(at, "secretKey", sender)?.ok_or_else(|| at.error(ReadErrorKind::Missing("sender")))?,
    };
    let to = member(at, "to", |at| match at.text()?.trim() {
        "" | "0x" => Ok(None),
        _ => account(at).map(Some),
    })?;
    let authorizations =
        member(at, "authorizationList", |at| Ok(each(at, authorization)?.into_iter().collect::<Result<Vec<_>, _>>()))?;
    Ok(TestTransaction {
        data: member(at, first(["data", "input"]), |at| one_or_many(at, text_bytes))?.unwrap_or_default(),
        gas: member(at, first(["gasLimit", "gas"]), |at| one_or_many(at, wide))?.unwrap_or_default(),
        value: member(at, "value", |at| one_or_many(at, wide))?.unwrap_or_default(),
        from,
        to: to.flatten(),
        nonce: member(at, "nonce", wide)?.unwrap_or(Some(U256::ZERO)),
        gas_price: member(at, "gasPrice", wide)?,
        max_fee: member(at, "maxFeePerGas", wide)?,
        priority_fee: member(at, "maxPriorityFeePerGas", wide)?,
        blob_fee: member(at, "maxFeePerBlobGas", wide)?,
        blob_hashes: member(at, "blobVersionedHashes", |at| each(at, hash))?,
        access_lists: access_lists.unwrap_or_default(),
        access_list: member(at, "accessList", access_list)?,
        authorizations,
        chain_id: member(at, "chainId", wide)?,
        kind: member(at, "type", wide)?,
    })
}

impl TestTransaction {
    /// What the case at these indexes sends. `chain_id` is the test's own, `signed` the one that its signed bytes name.
    ///
    /// # Errors
    /// An index past its field; what no client decodes is no error of the file.
    pub(super) fn sent(
        &self,
        indexes: TestIndexes,
        chain_id: u64,
        signed: Option<u64>,
    ) -> Result<Result<Sent, Undecodable>, ReadErrorKind> {
        /// A single value serves all.
        fn one<'t, T>(all: &'t [T], index: usize, what: &'static str) -> Result<&'t T, ReadErrorKind> {
            let found = all.get(index).or(if all.len() == 1 { all.first() } else { None });
            found.ok_or_else(|| ReadErrorKind::Wrong { found: format!("index {index}"), wanted: what })
        }
        let data = one(&self.data, indexes.data, "an index into the transaction's `data`")?;
        let gas = one(&self.gas, indexes.gas, "an index into the transaction's `gasLimit`")?;
        let value = one(&self.value, indexes.value, "an index into the transaction's `value`")?;
        let narrow = |value: Wide| value.and_then(|value| u64::try_from(value).ok());
        Ok(self.own(indexes, chain_id, signed).and_then(|own| {
            Ok(Sent {
                from: self.from,
                to: self.to,
                value: value.ok_or("a value of more than 256 bits")?,
                gas: narrow(*gas).ok_or("a gas limit of more than 64 bits")?,
                data: data.clone(),
                own,
            })
        }))
    }

    /// The access list of the case.
    fn access(&self, indexes: TestIndexes) -> Option<&Vec<Access>> {
        self.access_lists.get(indexes.data).and_then(Option::as_ref).or(self.access_list.as_ref())
    }

    /// The EIP-2718 type: the one named, or the newest that a field belongs to.
    fn kind(&self, has_access_list: bool) -> Result<u8, Undecodable> {
        if let Some(kind) = self.kind {
            let small = kind.and_then(|kind| u8::try_from(kind).ok());
            return small.ok_or("a transaction type of more than 8 bits");
        }
        Ok(if self.authorizations.is_some() {
            4
        } else if self.blob_fee.is_some() || self.blob_hashes.is_some() {
            3
        } else if self.max_fee.is_some() || self.priority_fee.is_some() {
            2
        } else {
            u8::from(has_access_list)
        })
    }

    fn own(&self, indexes: TestIndexes, chain_id: u64, signed: Option<u64>) -> Result<Transaction, Undecodable> {
        let access = self.access(indexes);
        let kind = self.kind(access.is_some())?;
        let fee = |fee: Option<Wide>| fee.unwrap_or(Some(U256::ZERO)).ok_or("a fee of more than 256 bits");
        let narrow = |value: Wide| value.and_then(|value| u64::try_from(value).ok());
        let named = match self.chain_id {
            Some(id) => Some(narrow(id).ok_or("a chain id of more than 64 bits")?),
            None => signed.or((kind > 0).then_some(chain_id)),
        };
        Ok(Transaction {
            kind,
            nonce: Some(narrow(self.nonce).ok_or("a nonce of more than 64 bits")?),
            origin: None,
            gas_price: fee(if kind >= 2 { self.max_fee.or(self.gas_price) } else { self.gas_price })?,
            priority_fee: if kind >= 2 { Some(fee(self.priority_fee)?) } else { None },
            chain_id: named,
            access_list: access
                .map(|list| list.iter().map(|entry| (entry.address, entry.storage_keys.clone())).collect())
                .unwrap_or_default(),
            blob_hashes: self.blob_hashes.clone().unwrap_or_default(),
            max_fee_per_blob_gas: fee(self.blob_fee)?,
            authorizations: self.authorizations.clone().unwrap_or(Ok(Vec::new()))?,
        })
    }
}

/// The transaction as a document says it, on a chain of this id.
///
/// # Errors
/// What a document cannot say.
pub(super) fn as_document(own: &Transaction, chain_id: u64) -> Result<document::Transaction, String> {
    let Transaction {
        kind,
        nonce,
        origin,
        gas_price,
        priority_fee,
        chain_id: named,
        access_list,
        blob_hashes,
        max_fee_per_blob_gas,
        authorizations,
    } = own;
    if *kind > 4 {
        return Err(format!("a transaction of type {kind}, which no fork here knows"));
    }
    let access_list: Vec<Access> =
        access_list.iter().map(|(address, keys)| Access { address: *address, storage_keys: keys.clone() }).collect();
    let made = document::Transaction {
        origin: origin.map(Into::into),
        nonce: nonce.map(Into::into),
        // A transaction that names the block's own chain is as one that names none.
        chain_id: named.filter(|named| *named != chain_id).map(Into::into),
        gas_price: (*kind < 2).then(|| (*gas_price).into()),
        max_fee_per_gas: (*kind >= 2).then(|| (*gas_price).into()),
        max_priority_fee_per_gas: (*kind >= 2).then(|| priority_fee.unwrap_or_default().into()),
        access_list: (*kind == 1 || !access_list.is_empty()).then_some(access_list),
        blob_versioned_hashes: blob_hashes.clone(),
        max_fee_per_blob_gas: (*kind == 3 || !max_fee_per_blob_gas.is_zero()).then(|| (*max_fee_per_blob_gas).into()),
        authorization_list: (*kind == 4 || !authorizations.is_empty())
            .then(|| authorizations.iter().map(Into::into).collect()),
    };
    if made.kind() != *kind {
        return Err(format!("a transaction of type {kind} with fields of type {}", made.kind()));
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::{super::json, *};

    fn sent(fields: &str) -> Result<Sent, Undecodable> {
        let text = format!(
            r#"{{"data":["0x"],"gasLimit":["0x1"],"value":["0x"],"sender":"0x{}","nonce":"0x0"{fields}}}"#,
            "11".repeat(20)
        );
        let tree = json::parse(&text).expect("JSON");
        read(At::top(&tree)).expect("a transaction").sent(TestIndexes::default(), 1, None).expect("fields")
    }

    #[test]
    fn the_type_follows_from_the_fields() {
        let kind = |fields: &str| sent(fields).expect("a transaction").own.kind;
        assert_eq!(kind(""), 0);
        assert_eq!(kind(r#","accessLists":[null]"#), 0);
        assert_eq!(kind(r#","accessLists":[[]]"#), 1);
        assert_eq!(kind(r#","maxFeePerGas":"0x1""#), 2);
        assert_eq!(kind(r#","maxFeePerBlobGas":"0x1","maxFeePerGas":"0x1""#), 3);
        assert_eq!(kind(r#","authorizationList":[],"maxFeePerGas":"0x1""#), 4);
    }

    #[test]
    fn what_no_client_decodes_is_told() {
        assert_eq!(sent(r#","maxFeePerGas":"0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff""#), {
            Err("a fee of more than 256 bits")
        });
        assert_eq!(sent(r#","authorizationList":[{"r":"0x1","s":"0x1"}]"#), Err("an authorisation without a parity"));
    }

    #[test]
    fn a_sender_follows_from_its_secret_key() {
        let text = format!(r#"{{"data":"0x","gasLimit":"1","value":"0","secretKey":"0x{:064x}"}}"#, 1);
        let tree = json::parse(&text).expect("JSON");
        // Key 1: the address of the generator point, which every Ethereum wallet shows for it.
        let expected = address("7e5f4552091a69125d5dfcb7b8c2659029395bdf").expect("hex");
        assert_eq!(read(At::top(&tree)).expect("a transaction").from, expected);
    }

    #[test]
    fn documents_say_every_type() {
        for kind in 0..=4 {
            let access_list = if kind == 1 { vec![(Address::repeat_byte(2), vec![B256::ZERO])] } else { Vec::new() };
            let own = Transaction { kind, access_list, chain_id: Some(7), ..Transaction::default() };
            assert_eq!(as_document(&own, 1).map(|made| made.kind()), Ok(kind));
        }
        let mixed = Transaction { kind: 2, max_fee_per_blob_gas: U256::from(1), ..Transaction::default() };
        assert_eq!(as_document(&mixed, 1), Err("a transaction of type 2 with fields of type 3".into()));
    }
}
