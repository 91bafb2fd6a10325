//! Outcomes: what came of each call, as columns, decoded lazily. It holds results; it makes none.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use lanevm_shaders::{Class, Status};

use crate::{columns::ByteColumn, observation::Coverage};

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

/// What came of every call of a batch. Rows are in call order, whatever order lanes ended in.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
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
    created: BTreeMap<usize, Address>,
    detail: BTreeMap<usize, String>,
    /// By row, where paths were wanted.
    path: Vec<Option<u32>>,
    /// Lanes by block and branch of each program, where that was wanted: of all lanes that ended.
    pub coverage: Coverage,
    /// Precompile calls answered by the host for lanes on the device, by precompile number.
    pub host_services: BTreeMap<u16, u64>,
    /// Lanes that one tier of the device handed to the next, by reason.
    pub escalated: BTreeMap<Reason, u64>,
}

impl Outcomes {
    /// `count` rows, all unfinished.
    pub fn unfinished(count: usize) -> Self {
        Self {
            status: vec![Status::Unfinished; count],
            gas_used: vec![0; count],
            refund: vec![0; count],
            refund_granted: vec![0; count],
            steps: vec![0; count],
            executor: vec![Executor::Cpu; count],
            reason: vec![Reason::None; count],
            output: ByteColumn::empty(count),
            logs: ByteColumn::empty(count),
            changes: ByteColumn::empty(count),
            ..Self::default()
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.status.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.status.is_empty()
    }

    /// Sets a row.
    pub fn set(&mut self, row: usize, outcome: &Outcome) {
        let logs = crate::digest::encode_logs(&outcome.logs);
        let changes = crate::digest::encode_changes(&outcome.changes);
        self.set_encoded(row, outcome, &outcome.output, &logs, &changes);
    }

    /// Sets a row whose output, logs and state changes are already in the encoding of `docs/digest.md`; those fields of
    /// `outcome` are not looked at.
    pub fn set_encoded(&mut self, row: usize, outcome: &Outcome, output: &[u8], logs: &[u8], changes: &[u8]) {
        self.status[row] = outcome.status.unwrap_or(Status::Unfinished);
        self.gas_used[row] = outcome.gas_used;
        self.refund[row] = outcome.refund;
        self.refund_granted[row] = outcome.refund_granted;
        self.steps[row] = outcome.steps;
        self.executor[row] = outcome.executor;
        self.reason[row] = outcome.reason;
        self.output.set(row, output);
        self.logs.set(row, logs);
        self.changes.set(row, changes);
        if let Some(created) = outcome.created {
            self.created.insert(row, created);
        }
        if let Some(detail) = &outcome.detail {
            self.detail.insert(row, detail.clone());
        }
    }

    /// Sets why a row was not answered by the engine that was asked.
    pub fn set_reason(&mut self, row: usize, reason: Reason) {
        self.reason[row] = reason;
    }

    /// Sets the hash of the path that a row's lane took.
    pub(crate) fn set_path(&mut self, row: usize, path: u32) {
        self.path.resize(self.len(), None);
        self.path[row] = Some(path);
    }

    /// The hash of the path that the lane took, as `docs/observation.md` defines it; `None` where none was wanted, and of a
    /// lane that did not end.
    pub fn path(&self, row: usize) -> Option<u32> {
        self.path.get(row).copied().flatten()
    }

    /// Moves the rows of `other`, which answered the calls `rows` of this batch in that order, into their places.
    pub fn merge(&mut self, rows: &[usize], other: &Self) {
        self.coverage.merge(&other.coverage);
        for (from, &row) in rows.iter().enumerate() {
            if let Some(path) = other.path(from) {
                self.set_path(row, path);
            }
            self.status[row] = other.status[from];
            self.gas_used[row] = other.gas_used[from];
            self.refund[row] = other.refund[from];
            self.refund_granted[row] = other.refund_granted[from];
            self.steps[row] = other.steps[from];
            self.executor[row] = other.executor[from];
            self.output.set(row, other.output.get(from));
            self.logs.set(row, other.logs.get(from));
            self.changes.set(row, other.changes.get(from));
            if let Some(created) = other.created.get(&from) {
                self.created.insert(row, *created);
            }
            if let Some(detail) = other.detail.get(&from) {
                self.detail.insert(row, detail.clone());
            }
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

    /// Return or revert data.
    pub fn output(&self, row: usize) -> &[u8] {
        self.output.get(row)
    }

    /// Logs, decoded.
    pub fn logs(&self, row: usize) -> Vec<Log> {
        crate::digest::decode_logs(self.logs.get(row))
    }

    /// Logs in the encoding of `docs/digest.md`.
    pub fn logs_encoded(&self, row: usize) -> &[u8] {
        self.logs.get(row)
    }

    /// State changes, decoded.
    pub fn changes(&self, row: usize) -> StateChanges {
        crate::digest::decode_changes(self.changes.get(row))
    }

    /// State changes in the encoding of `docs/digest.md`.
    pub fn changes_encoded(&self, row: usize) -> &[u8] {
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

    /// The whole row, decoded.
    pub fn row(&self, row: usize) -> Outcome {
        Outcome {
            status: Some(self.status(row)),
            gas_used: self.gas_used(row),
            refund: self.refund(row),
            refund_granted: self.refund_granted(row),
            steps: self.steps(row),
            output: Bytes::copy_from_slice(self.output(row)),
            logs: self.logs(row),
            changes: self.changes(row),
            created: self.created(row),
            detail: self.detail(row).map(str::to_owned),
            executor: self.executor(row),
            reason: self.reason(row),
        }
    }

    /// The digest over all rows; see `docs/digest.md`.
    pub fn digest(&self) -> B256 {
        crate::digest::digest(self)
    }

    /// Counts and the spread of gas.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { count: self.len(), ..Summary::default() };
        for row in 0..self.len() {
            *summary.by_status.entry(self.status[row]).or_default() += 1;
            if self.status[row].class() == Class::Unfinished {
                continue;
            }
            match self.executor[row] {
                Executor::Gpu => summary.on_gpu += 1,
                Executor::Cpu => *summary.on_cpu.entry(self.reason[row]).or_default() += 1,
            }
            summary.gas_total += u128::from(self.gas_used[row]);
            summary.steps_total += u128::from(self.steps[row]);
        }
        let mut gas: Vec<u64> = (0..self.len())
            .filter(|&row| self.status[row].class() != Class::Unfinished)
            .map(|row| self.gas_used[row])
            .collect();
        if !gas.is_empty() {
            let middle = (gas.len() - 1) / 2;
            summary.gas_median = *gas.select_nth_unstable(middle).1;
            summary.gas_min = gas.iter().copied().min().unwrap_or_default();
            summary.gas_max = gas.iter().copied().max().unwrap_or_default();
        }
        summary
    }
}

/// Counts of a batch's outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows.
    pub count: usize,
    /// Rows by status.
    pub by_status: BTreeMap<Status, u64>,
    /// Finished rows that the device answered.
    pub on_gpu: u64,
    /// Finished rows that the CPU answered, by reason.
    pub on_cpu: BTreeMap<Reason, u64>,
    /// Least gas used by a finished row.
    pub gas_min: u64,
    /// Median gas used (the lower one of an even count).
    pub gas_median: u64,
    /// Most gas used.
    pub gas_max: u64,
    /// Gas used by all finished rows.
    pub gas_total: u128,
    /// Instructions executed by all finished rows.
    pub steps_total: u128,
}
