//! Outcomes: what came of each call, as columns, decoded lazily. It holds results; it makes none.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use lanevm_shaders::{Class, Status};

pub use crate::summary::{GasHistogram, Summary, TOP};
use crate::{columns::ByteColumn, digest, observation::Coverage, summary::Counted};

/// What outcomes hold of each call. What is not kept can be had again by replaying the call: [`crate::cpu::outcome`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// Nothing of single calls, only the [`Summary`]. Memory does not grow with the batch.
    Summary,
    /// Status, gas used, refund, steps, who answered and why.
    Status,
    /// That, and return or revert data.
    Return,
    /// Everything: logs and state changes too.
    #[default]
    All,
}

/// Which engine answered a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Executor {
    /// The CPU engine.
    #[default]
    Cpu,
    /// The device, every frame of it; a precompile may have been answered by a host service.
    Gpu,
}

/// Why a lane was answered by the CPU engine, or what took it from one tier of the device to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing took it away: the lane ran on the engine that was asked.
    #[default]
    None,
    /// The device does not know the fork's rules.
    Fork,
    /// The device does not run calls of this level.
    Level,
    /// An instruction that the device leaves to the CPU, by its byte.
    Opcode(u8),
    /// A precompile called directly, not from code, by its number.
    Precompile(u16),
    /// The account called delegates its code (EIP-7702), or is otherwise not plain code.
    Target,
    /// More stack than the largest tier holds.
    Stack,
    /// More memory than the largest tier holds.
    Memory,
    /// More storage slots than the largest tier holds.
    Slots,
    /// More log data than the largest tier holds.
    Logs,
    /// Call data or code that does not fit a device buffer.
    Input,
    /// State a partial world does not hold: the CPU engine names it.
    MissingState,
    /// More frames than the largest tier holds.
    Frames,
    /// More accounts than the largest tier holds.
    Accounts,
    /// More changes to be undone than the largest tier holds.
    Journal,
    /// More code made at run time than the device has room for.
    Code,
    /// A hash table needed more probes than the bound.
    Probes,
    /// Few lanes were left, and the CPU was predicted to end them sooner.
    Straggler,
    /// The device failed (lost, out of memory), and the lane was not finished.
    Device,
}

impl Reason {
    /// The reason as a word, with the opcode's or precompile's number.
    pub fn label(self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Fork => "fork".into(),
            Self::Level => "level".into(),
            Self::Opcode(byte) => format!("opcode {}", lanevm_shaders::facts::name(byte)),
            Self::Precompile(number) => format!("precompile 0x{number:02x}"),
            Self::Target => "target".into(),
            Self::Stack => "stack".into(),
            Self::Memory => "memory".into(),
            Self::Slots => "slots".into(),
            Self::Logs => "logs".into(),
            Self::Input => "input".into(),
            Self::MissingState => "missing_state".into(),
            Self::Frames => "frames".into(),
            Self::Accounts => "accounts".into(),
            Self::Journal => "journal".into(),
            Self::Code => "code".into(),
            Self::Probes => "probes".into(),
            Self::Straggler => "straggler".into(),
            Self::Device => "device".into(),
        }
    }
}

/// A log (Yellow Paper, section 6.1; LOG0 to LOG4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The account that logged.
    pub address: Address,
    /// Topics, at most four.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

/// What a call changed of one account, against the world it started from. Only real differences stand here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The account is gone: self-destructed, or empty and touched (EIP-161). Nothing else is set then.
    pub removed: bool,
    /// All storage the world held was dropped before `storage` was laid over (a self-destruct followed by a create).
    pub storage_cleared: bool,
    /// New nonce.
    pub nonce: Option<u64>,
    /// New balance.
    pub balance: Option<U256>,
    /// New code.
    pub code: Option<Bytes>,
    /// Slots whose value is another than the world's, with the new value.
    pub storage: BTreeMap<U256, U256>,
}

impl AccountChange {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes by account, sorted by address, then slot.
pub type StateChanges = BTreeMap<Address, AccountChange>;

/// What came of one call, as an engine hands it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Option<Status>,
    /// Gas used: at level `frame` the frame's, before refunds; otherwise the transaction's, after refunds and floor.
    pub gas_used: u64,
    /// The raw refund counter, zero unless the call succeeded; it can be below zero at level `frame`.
    pub refund: i64,
    /// The refund granted: capped (EIP-3529), zero at level `frame`.
    pub refund_granted: u64,
    /// Instructions executed, of all frames.
    pub steps: u64,
    /// Return data, revert data, or the address created (frames and transactions that create return the deployed code
    /// as return data).
    pub output: Bytes,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// State changes.
    pub changes: StateChanges,
    /// The address of the contract created by the call itself.
    pub created: Option<Address>,
    /// What a rejected, missing-state or host-limit outcome says in words.
    pub detail: Option<String>,
    /// Who answered.
    pub executor: Executor,
    /// Why it was not the device.
    pub reason: Reason,
}

/// What came of every call of a batch. Rows are in call order, whatever order lanes ended in. Columns that [`Keep`] leaves
/// out cannot be read: asking for one is a mistake of the program that asks, and panics rather than giving an empty answer.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    count: usize,
    keep: Keep,
    tally: Summary,
    /// Rows that are counted in `tally` or have ended otherwise: with [`Keep::Summary`] nothing else says so.
    status: Vec<Status>,
    gas_used: Vec<u64>,
    refund: Vec<i64>,
    refund_granted: Vec<u64>,
    steps: Vec<u64>,
    executor: Vec<Executor>,
    reason: Vec<Reason>,
    output: ByteColumn,
    logs: ByteColumn,
    changes: ByteColumn,
    /// The digest's leaves, where they were asked for.
    leaves: Option<Vec<B256>>,
    created: BTreeMap<usize, Address>,
    detail: BTreeMap<usize, String>,
    served: BTreeSet<usize>,
    /// By row, where paths were wanted.
    path: Vec<Option<u32>>,
    /// Lanes by block and branch of each program, where that was wanted: of all lanes that ended.
    pub coverage: Coverage,
    /// Precompile calls answered by the host for lanes on the device, by precompile number.
    pub host_services: BTreeMap<u16, u64>,
    /// Lanes that one tier of the device handed to the next, by reason.
    pub escalated: BTreeMap<Reason, u64>,
    /// Lanes that were begun again because the device failed.
    pub repeated: u64,
}

impl Outcomes {
    /// `count` rows, all unfinished, of which everything will be kept.
    pub fn unfinished(count: usize) -> Self {
        Self::keeping(count, Keep::All, false)
    }

    /// `count` rows, all unfinished, of which so much will be kept, and the digest's leaves if they are asked for.
    pub fn keeping(count: usize, keep: Keep, leaves: bool) -> Self {
        let rows = |least: Keep| if keep >= least { count } else { 0 };
        let (status, output, all) = (rows(Keep::Status), rows(Keep::Return), rows(Keep::All));
        Self {
            count,
            keep,
            status: vec![Status::Unfinished; status],
            gas_used: vec![0; status],
            refund: vec![0; status],
            refund_granted: vec![0; status],
            steps: vec![0; status],
            executor: vec![Executor::Cpu; status],
            reason: vec![Reason::None; status],
            output: ByteColumn::empty(output),
            logs: ByteColumn::empty(all),
            changes: ByteColumn::empty(all),
            // Rows that never end have leaves too.
            leaves: leaves.then(|| vec![digest::unfinished_leaf(); count]),
            ..Self::default()
        }
    }

    /// Rows.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is kept of each row.
    pub const fn keep(&self) -> Keep {
        self.keep
    }

    /// Whether the digest can be computed: everything is kept, or its leaves were asked for.
    pub const fn has_digest(&self) -> bool {
        matches!(self.keep, Keep::All) || self.leaves.is_some()
    }

    /// Sets a row.
    pub fn set(&mut self, row: usize, outcome: &Outcome) {
        if self.has_digest() {
            let logs = digest::encode_logs(&outcome.logs);
            let changes = digest::encode_changes(&outcome.changes);
            self.set_encoded(row, outcome, &outcome.output, &logs, &changes);
        } else {
            self.set_encoded(row, outcome, &outcome.output, &[], &[]);
        }
    }

    /// Sets a row whose output, logs and state changes are already in the encoding of `docs/digest.md`; those fields of
    /// `outcome` are not looked at. What is not kept can be left out, unless the digest's leaves are asked for. A row is set
    /// once.
    pub fn set_encoded(&mut self, row: usize, outcome: &Outcome, output: &[u8], logs: &[u8], changes: &[u8]) {
        let status = outcome.status.unwrap_or(Status::Unfinished);
        if let Some(leaves) = &mut self.leaves {
            leaves[row] = digest::leaf_of(status, outcome.gas_used, outcome.refund, [output, logs, changes]);
        }
        if self.keep == Keep::Summary {
            let counted = Counted {
                status,
                gas_used: outcome.gas_used,
                steps: outcome.steps,
                executor: outcome.executor,
                reason: outcome.reason,
            };
            self.tally.count(row, counted);
            return;
        }
        self.status[row] = status;
        self.gas_used[row] = outcome.gas_used;
        self.refund[row] = outcome.refund;
        self.refund_granted[row] = outcome.refund_granted;
        self.steps[row] = outcome.steps;
        self.executor[row] = outcome.executor;
        self.reason[row] = outcome.reason;
        if self.keep >= Keep::Return {
            self.output.set(row, output);
        }
        if self.keep == Keep::All {
            self.logs.set(row, logs);
            self.changes.set(row, changes);
        }
        if let Some(created) = outcome.created {
            self.created.insert(row, created);
        }
        if let Some(detail) = &outcome.detail {
            self.detail.insert(row, detail.clone());
        }
    }

    /// Sets the hash of the path that a row's lane took.
    pub(crate) fn set_path(&mut self, row: usize, path: u32) {
        if self.keep >= Keep::Status {
            self.path.resize(self.len(), None);
            self.path[row] = Some(path);
        }
    }

    /// The hash of the path that the lane took, as `docs/observation.md` defines it; `None` where none was wanted, of a lane
    /// that did not end, and where only the summary is kept.
    pub fn path(&self, row: usize) -> Option<u32> {
        self.path.get(row).copied().flatten()
    }

    /// Moves the rows of `other`, which answered the calls `rows` of this batch in that order, into their places. `other`
    /// keeps at least what this does, and the status even where this is a summary. `reason`, if given, says why each row was
    /// not answered by the engine that was asked.
    pub fn merge(&mut self, rows: &[usize], other: &Self, reason: Option<&[Reason]>) {
        debug_assert!(other.keep >= self.keep.max(Keep::Status), "a part keeps what the whole does");
        self.coverage.merge(&other.coverage);
        for (from, &row) in rows.iter().enumerate() {
            if let Some(path) = other.path(from) {
                self.set_path(row, path);
            }
            let reason = reason.map_or(other.reason[from], |reasons| reasons[from]);
            if let (Some(leaves), Some(leaf)) = (&mut self.leaves, other.leaf(from)) {
                leaves[row] = leaf;
            }
            if self.keep == Keep::Summary {
                // A row that has not ended is counted when the summary is asked for.
                if other.status[from] != Status::Unfinished {
                    self.tally.count(row, Counted { reason, ..other.counted(from) });
                }
                continue;
            }
            self.status[row] = other.status[from];
            self.gas_used[row] = other.gas_used[from];
            self.refund[row] = other.refund[from];
            self.refund_granted[row] = other.refund_granted[from];
            self.steps[row] = other.steps[from];
            self.executor[row] = other.executor[from];
            self.reason[row] = reason;
            if self.keep >= Keep::Return {
                self.output.set(row, other.output.get(from));
            }
            if self.keep == Keep::All {
                self.logs.set(row, other.logs.get(from));
                self.changes.set(row, other.changes.get(from));
            }
            if let Some(created) = other.created.get(&from) {
                self.created.insert(row, *created);
            }
            if other.served.contains(&from) {
                self.served.insert(row);
            } else {
                self.served.remove(&row);
            }
            if let Some(detail) = other.detail.get(&from) {
                self.detail.insert(row, detail.clone());
            }
        }
        for (number, count) in &other.host_services {
            *self.host_services.entry(*number).or_default() += count;
        }
        for (reason, count) in &other.escalated {
            *self.escalated.entry(*reason).or_default() += count;
        }
    }

    /// Sets the leaf of a row of which not all is kept.
    pub(crate) fn set_leaf(&mut self, row: usize, leaf: B256) {
        if let Some(leaves) = &mut self.leaves {
            leaves[row] = leaf;
        }
    }

    /// Adds the summary of rows of which nothing else is kept.
    pub(crate) fn absorb(&mut self, part: &Summary) {
        debug_assert_eq!(self.keep, Keep::Summary, "rows are set one by one where they are kept");
        self.tally.absorb(part);
    }

    /// The leaf of a row, where it can be had.
    pub(crate) fn leaf(&self, row: usize) -> Option<B256> {
        match &self.leaves {
            Some(leaves) => Some(leaves[row]),
            None => (self.keep == Keep::All).then(|| digest::leaf(self, row)),
        }
    }

    /// How the call ended.
    pub fn status(&self, row: usize) -> Status {
        self.status[row]
    }

    /// All statuses, by row.
    pub fn statuses(&self) -> &[Status] {
        &self.status
    }

    /// Gas used; see [`Outcome::gas_used`].
    pub fn gas_used(&self, row: usize) -> u64 {
        self.gas_used[row]
    }

    /// Gas used by every row.
    pub fn gas_used_column(&self) -> &[u64] {
        &self.gas_used
    }

    /// The raw refund counter.
    pub fn refund(&self, row: usize) -> i64 {
        self.refund[row]
    }

    /// The refund granted.
    pub fn refund_granted(&self, row: usize) -> u64 {
        self.refund_granted[row]
    }

    /// Instructions executed.
    pub fn steps(&self, row: usize) -> u64 {
        self.steps[row]
    }

    /// Who answered.
    pub fn executor(&self, row: usize) -> Executor {
        self.executor[row]
    }

    /// Why it was not the device.
    pub fn reason(&self, row: usize) -> Reason {
        self.reason[row]
    }

    /// Whether the host has answered a precompile for a row that the device answered; not known where only the summary is
    /// kept.
    pub fn host_served(&self, row: usize) -> bool {
        self.served.contains(&row)
    }

    /// Notes that the host has answered a precompile for a row that the device answered.
    pub fn set_host_served(&mut self, row: usize) {
        self.served.insert(row);
    }

    /// The rows for which it has, in order.
    pub fn host_served_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.served.iter().copied()
    }

    /// Return or revert data.
    ///
    /// # Panics
    /// Where it is not kept.
    pub fn output(&self, row: usize) -> &[u8] {
        assert!(self.keep >= Keep::Return, "return data is not kept; replay the call");
        self.output.get(row)
    }

    /// Logs, decoded. As [`Self::logs_encoded`].
    pub fn logs(&self, row: usize) -> Vec<Log> {
        digest::decode_logs(self.logs_encoded(row))
    }

    /// Logs in the encoding of `docs/digest.md`.
    ///
    /// # Panics
    /// Where they are not kept.
    pub fn logs_encoded(&self, row: usize) -> &[u8] {
        assert!(self.keep == Keep::All, "logs are not kept; replay the call");
        self.logs.get(row)
    }

    /// State changes, decoded. As [`Self::changes_encoded`].
    pub fn changes(&self, row: usize) -> StateChanges {
        digest::decode_changes(self.changes_encoded(row))
    }

    /// State changes in the encoding of `docs/digest.md`.
    ///
    /// # Panics
    /// Where they are not kept.
    pub fn changes_encoded(&self, row: usize) -> &[u8] {
        assert!(self.keep == Keep::All, "state changes are not kept; replay the call");
        self.changes.get(row)
    }

    /// The contract the call created.
    pub fn created(&self, row: usize) -> Option<Address> {
        self.created.get(&row).copied()
    }

    /// A rejection's reason, the missing address and slot, or the host's limit, in words.
    pub fn detail(&self, row: usize) -> Option<&str> {
        self.detail.get(&row).map(String::as_str)
    }

    /// The row, decoded; what is not kept is empty.
    pub fn row(&self, row: usize) -> Outcome {
        Outcome {
            status: Some(self.status(row)),
            gas_used: self.gas_used(row),
            refund: self.refund(row),
            refund_granted: self.refund_granted(row),
            steps: self.steps(row),
            output: if self.keep >= Keep::Return { Bytes::copy_from_slice(self.output(row)) } else { Bytes::new() },
            logs: if self.keep == Keep::All { self.logs(row) } else { Vec::new() },
            changes: if self.keep == Keep::All { self.changes(row) } else { StateChanges::new() },
            created: self.created(row),
            detail: self.detail(row).map(str::to_owned),
            executor: self.executor(row),
            reason: self.reason(row),
        }
    }

    /// The digest over all rows; see `docs/digest.md`.
    ///
    /// # Panics
    /// Where it cannot be computed: see [`Self::has_digest`].
    pub fn digest(&self) -> B256 {
        digest::digest(self)
    }

    /// Counts and the spread of gas.
    pub fn summary(&self) -> Summary {
        if self.keep == Keep::Summary {
            let mut summary = self.tally.clone();
            let ended: u64 = summary.by_status.values().sum();
            if ended < self.count as u64 {
                *summary.by_status.entry(Status::Unfinished).or_default() += self.count as u64 - ended;
            }
            summary.count = self.count;
            return summary;
        }
        let mut summary = Summary { count: self.count, ..Summary::default() };
        let mut gas = Vec::new();
        for row in 0..self.count {
            summary.count(row, self.counted(row));
            if self.status[row].class() != Class::Unfinished {
                gas.push(self.gas_used[row]);
            }
        }
        if !gas.is_empty() {
            let middle = (gas.len() - 1) / 2;
            summary.gas_median = Some(*gas.select_nth_unstable(middle).1);
        }
        summary
    }

    fn counted(&self, row: usize) -> Counted {
        Counted {
            status: self.status[row],
            gas_used: self.gas_used[row],
            steps: self.steps[row],
            executor: self.executor[row],
            reason: self.reason[row],
        }
    }
}
