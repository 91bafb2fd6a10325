//! The digest of a batch's outcomes, and the encoding of logs and state changes that it covers: version 1, defined in
//! `docs/digest.md`. Decoding accepts what encoding made; it refuses to judge foreign bytes.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use lanevm_shaders::Status;

use crate::outcome::{AccountChange, Log, Outcomes, StateChanges};

/// The version of the encoding, the second byte of every leaf and of the root.
pub const VERSION: u8 = 1;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const ROOT: u8 = 2;

const REMOVED: u8 = 1;
const STORAGE_CLEARED: u8 = 2;
const NONCE: u8 = 4;
const BALANCE: u8 = 8;
const CODE: u8 = 16;

/// Encodes logs in order.
pub fn encode_logs(logs: &[Log]) -> Vec<u8> {
    let mut out = Vec::new();
    for log in logs {
        out.extend_from_slice(log.address.as_slice());
        out.push(log.topics.len() as u8);
        for topic in &log.topics {
            out.extend_from_slice(topic.as_slice());
        }
        out.extend_from_slice(&(log.data.len() as u32).to_be_bytes());
        out.extend_from_slice(&log.data);
    }
    out
}

/// Encodes state changes by address, then slot.
pub fn encode_changes(changes: &StateChanges) -> Vec<u8> {
    let mut out = Vec::new();
    for (address, change) in changes {
        out.extend_from_slice(address.as_slice());
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(
            flag(change.removed, REMOVED)
                | flag(change.storage_cleared, STORAGE_CLEARED)
                | flag(change.nonce.is_some(), NONCE)
                | flag(change.balance.is_some(), BALANCE)
                | flag(change.code.is_some(), CODE),
        );
        if let Some(nonce) = change.nonce {
            out.extend_from_slice(&nonce.to_be_bytes());
        }
        if let Some(balance) = change.balance {
            out.extend_from_slice(&balance.to_be_bytes::<32>());
        }
        if let Some(code) = &change.code {
            out.extend_from_slice(&(code.len() as u32).to_be_bytes());
            out.extend_from_slice(code);
        }
        out.extend_from_slice(&(change.storage.len() as u32).to_be_bytes());
        for (slot, value) in &change.storage {
            out.extend_from_slice(&slot.to_be_bytes::<32>());
            out.extend_from_slice(&value.to_be_bytes::<32>());
        }
    }
    out
}

/// Reads from the front of bytes that [`encode_logs`] or [`encode_changes`] made; `None` where they end too soon.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn length(&mut self) -> Option<usize> {
        Some(u32::from_be_bytes(self.array()?) as usize)
    }

    fn address(&mut self) -> Option<Address> {
        self.array().map(Address::new)
    }

    fn word(&mut self) -> Option<U256> {
        self.array().map(U256::from_be_bytes::<32>)
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let len = self.length()?;
        self.take(len).map(Bytes::copy_from_slice)
    }
}

/// Decodes logs; `None` for bytes that [`encode_logs`] did not make.
pub fn try_decode_logs(bytes: &[u8]) -> Option<Vec<Log>> {
    let mut reader = Reader(bytes);
    let mut logs = Vec::new();
    while !reader.0.is_empty() {
        let address = reader.address()?;
        let topics = (0..reader.byte()?).map(|_| reader.array().map(B256::new)).collect::<Option<Vec<_>>>()?;
        if topics.len() > 4 {
            return None;
        }
        logs.push(Log { address, topics, data: reader.bytes()? });
    }
    Some(logs)
}

/// Decodes state changes; `None` for bytes that [`encode_changes`] did not make.
pub fn try_decode_changes(bytes: &[u8]) -> Option<StateChanges> {
    let mut reader = Reader(bytes);
    let mut changes = StateChanges::new();
    while !reader.0.is_empty() {
        let address = reader.address()?;
        let flags = reader.byte()?;
        let mut change = AccountChange {
            removed: flags & REMOVED != 0,
            storage_cleared: flags & STORAGE_CLEARED != 0,
            ..AccountChange::default()
        };
        if flags & NONCE != 0 {
            change.nonce = Some(u64::from_be_bytes(reader.array()?));
        }
        if flags & BALANCE != 0 {
            change.balance = Some(reader.word()?);
        }
        if flags & CODE != 0 {
            change.code = Some(reader.bytes()?);
        }
        for _ in 0..reader.length()? {
            let slot = reader.word()?;
            change.storage.insert(slot, reader.word()?);
        }
        changes.insert(address, change);
    }
    Some(changes)
}

/// A change of one account, found among encoded changes without decoding the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundChange<'a> {
    pub(crate) removed: bool,
    pub(crate) storage_cleared: bool,
    pub(crate) nonce: Option<u64>,
    pub(crate) balance: Option<U256>,
    /// Slots and values of 32 bytes each, by slot.
    storage: &'a [u8],
}

impl FoundChange<'_> {
    /// The new value of a slot; `None` where it did not change.
    pub(crate) fn slot(&self, slot: &U256) -> Option<U256> {
        let (entries, _) = self.storage.as_chunks::<64>();
        let wanted = slot.to_be_bytes::<32>();
        let at = entries.binary_search_by(|entry| entry[..32].cmp(&wanted)).ok()?;
        U256::try_from_be_slice(&entries[at][32..])
    }
}

/// The change of an account in what [`encode_changes`] made; `None` where it did not change.
pub(crate) fn find_change<'a>(bytes: &'a [u8], address: &Address) -> Option<FoundChange<'a>> {
    let mut reader = Reader(bytes);
    while !reader.0.is_empty() {
        let found = reader.address()?;
        let flags = reader.byte()?;
        let nonce = if flags & NONCE == 0 { None } else { Some(u64::from_be_bytes(reader.array()?)) };
        let balance = if flags & BALANCE == 0 { None } else { Some(reader.word()?) };
        if flags & CODE != 0 {
            let length = reader.length()?;
            reader.take(length)?;
        }
        let slots = reader.length()?;
        let storage = reader.take(slots.checked_mul(64)?)?;
        if found == *address {
            return Some(FoundChange {
                removed: flags & REMOVED != 0,
                storage_cleared: flags & STORAGE_CLEARED != 0,
                nonce,
                balance,
                storage,
            });
        }
    }
    None
}

/// A log, found among encoded logs without decoding the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundLog<'a> {
    pub(crate) address: &'a [u8],
    /// Topics of 32 bytes each.
    pub(crate) topics: &'a [u8],
    pub(crate) data: &'a [u8],
}

/// All logs of what [`encode_logs`] made, one after the other.
pub(crate) fn each_log(bytes: &[u8]) -> impl Iterator<Item = FoundLog<'_>> {
    let mut reader = Reader(bytes);
    std::iter::from_fn(move || {
        let address = reader.take(20)?;
        let topics = usize::from(reader.byte()?);
        let topics = reader.take(topics * 32)?;
        let length = reader.length()?;
        Some(FoundLog { address, topics, data: reader.take(length)? })
    })
}

/// Decodes what [`encode_logs`] made.
///
/// # Panics
/// On any other bytes; see [`try_decode_logs`].
pub fn decode_logs(bytes: &[u8]) -> Vec<Log> {
    try_decode_logs(bytes).expect("bytes that encode_logs made")
}

/// Decodes what [`encode_changes`] made.
///
/// # Panics
/// On any other bytes; see [`try_decode_changes`].
pub fn decode_changes(bytes: &[u8]) -> StateChanges {
    try_decode_changes(bytes).expect("bytes that encode_changes made")
}

/// The leaf of one row, of which everything is kept.
pub fn leaf(outcomes: &Outcomes, row: usize) -> B256 {
    let parts = [outcomes.output(row), outcomes.logs_encoded(row), outcomes.changes_encoded(row)];
    leaf_of(outcomes.status(row), outcomes.gas_used(row), outcomes.refund(row), parts)
}

/// The leaf of a row with this status, gas used and refund, and these return data, logs and state changes as encoded.
pub(crate) fn leaf_of(status: Status, gas_used: u64, refund: i64, parts: [&[u8]; 3]) -> B256 {
    let mut bytes = Vec::with_capacity(43 + parts.iter().map(|part| part.len()).sum::<usize>());
    bytes.extend_from_slice(&[LEAF, VERSION, status.class() as u8]);
    bytes.extend_from_slice(&gas_used.to_be_bytes());
    bytes.extend_from_slice(&refund.to_be_bytes());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    keccak256(bytes)
}

/// The leaf of a row that has not ended.
pub(crate) fn unfinished_leaf() -> B256 {
    leaf_of(Status::Unfinished, 0, 0, [&[]; 3])
}

/// The digest of all rows: the binary Merkle root over their leaves, bound to version and count.
///
/// # Panics
/// Where the leaves cannot be had: see [`Outcomes::has_digest`].
pub fn digest(outcomes: &Outcomes) -> B256 {
    let leaf = |row| outcomes.leaf(row).expect("outcomes that keep everything, or their leaves");
    root((0..outcomes.len()).map(leaf).collect())
}

/// The digest of the rows with these leaves: for hosts that make leaves in slices.
pub fn root(leaves: Vec<B256>) -> B256 {
    let count = leaves.len() as u64;
    let mut level = leaves;
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => {
                    let mut bytes = [NODE; 65];
                    bytes[1..33].copy_from_slice(left.as_slice());
                    bytes[33..].copy_from_slice(right.as_slice());
                    keccak256(bytes)
                }
                [alone] => *alone,
                _ => unreachable!("chunks of two hold one or two"),
            })
            .collect();
    }
    let mut bytes = [0; 42];
    bytes[..2].copy_from_slice(&[ROOT, VERSION]);
    bytes[2..10].copy_from_slice(&count.to_be_bytes());
    bytes[10..].copy_from_slice(level.first().unwrap_or(&B256::ZERO).as_slice());
    keccak256(bytes)
}
