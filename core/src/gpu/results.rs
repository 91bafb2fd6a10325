//! From a shard's lanes to outcomes: registers are read as columns, variable parts are packed on the device by the gather
//! kernel and mapped in chunks. A lane that left its tier yields its reason instead.

use std::{collections::HashMap, rc::Rc};

use lanevm_shaders::{
    Class, Status,
    layout::{
        A_ADDRESS, A_BALANCE, A_CODE, A_FLAGS, A_NONCE_HI, A_NONCE_LO, ACCOUNT_DESTROYED, ACCOUNT_LOADED,
        ACCOUNT_TOUCHED, ACCOUNT_WORDS, CANARY, ESC_ACCOUNTS, ESC_CODE, ESC_FRAMES, ESC_JOURNAL, ESC_LOGS, ESC_MEMORY,
        ESC_MISSING, ESC_OPCODE, ESC_PROBES, ESC_SLOTS, ESC_STACK, PATH_SEED, R_ACCOUNTS, R_CANARY, R_GAS_HI, R_GAS_LO,
        R_LOG_USED, R_PATH, R_REASON, R_REFUND_HI, R_REFUND_LO, R_RET_LEN, R_SEEDED, R_SLOTS, R_STATE, R_STATUS,
        R_STEPS_HI, R_STEPS_LO, R_WAY, RESULT_REGISTERS, S_ACCOUNT, S_CURRENT, S_FLAGS, S_KEY, S_ORIGINAL,
        SEEDED_SERVED, SLOT_LOADED, SLOT_TRANSIENT, SLOT_WORDS, STATE_DONE, STATE_LEFT,
    },
};

use super::{
    closing::{FinalAccount, FinalCode, FinalState, Finished},
    codes::bytes_of_code,
    device::{Fault, Gpu},
    inputs::{LaneCall, known_code},
    layout::Plan,
    opening::Opening,
    run::Run,
    shard::Shard,
    worlds::from_limbs,
};
use crate::{
    Address, Batch, Bytes, Keep, Level, Reason, U256, digest,
    observation::{Coverage, OwnPrograms},
    outcome::{AccountChange, StateChanges},
};

/// Words mapped at a time: 8 MiB. In a browser what is mapped is copied at one stretch, and the event loop waits for it.
const CHUNK_WORDS: u64 = 2 << 20;

/// Words of each lane that one gather dispatch copies: its loop's bound.
const WINDOW: u32 = 8192;

/// What came of a shard's lanes.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    /// Lanes (by position in the shard) that left, with the reason.
    pub(crate) left: Vec<(usize, Reason)>,
    /// Lanes that ended, but came to what the device cannot carry on: see `kept.wesl`.
    pub(crate) not_kept: Vec<usize>,
    /// Lanes that had not ended.
    pub(crate) unfinished: Vec<usize>,
}

/// The registers of all lanes, by register.
struct Registers {
    words: Vec<u32>,
    lanes: usize,
}

impl Registers {
    fn get(&self, lane: usize, register: u32) -> u32 {
        self.words[register as usize * self.lanes + lane]
    }

    fn wide(&self, lane: usize, low: u32, high: u32) -> u64 {
        u64::from(self.get(lane, low)) | u64::from(self.get(lane, high)) << 32
    }
}

/// Where a lane's variable parts stand in the packed output.
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Row {
    start: u32,
    return_bytes: u32,
    log_words: u32,
    /// Slots, and accounts from bit 16 on.
    slots: u32,
}

impl Row {
    fn words(&self) -> u64 {
        u64::from(self.return_bytes.div_ceil(4))
            + u64::from(self.log_words)
            + u64::from((self.slots & 0xffff) * SLOT_WORDS)
            + u64::from((self.slots >> 16) * ACCOUNT_WORDS)
    }
}

fn left_reason(code: u32) -> Reason {
    match code & 0xffff {
        ESC_OPCODE => Reason::Opcode((code >> 16) as u8),
        ESC_STACK => Reason::Stack,
        ESC_MEMORY => Reason::Memory,
        ESC_SLOTS => Reason::Slots,
        ESC_LOGS => Reason::Logs,
        ESC_MISSING => Reason::MissingState,
        ESC_PROBES => Reason::Probes,
        ESC_FRAMES => Reason::Frames,
        ESC_ACCOUNTS => Reason::Accounts,
        ESC_JOURNAL => Reason::Journal,
        ESC_CODE => Reason::Code,
        _ => Reason::Device,
    }
}

/// Big-endian bytes of words.
fn bytes_of(words: &[u32]) -> impl Iterator<Item = u8> + '_ {
    words.iter().flat_map(|word| word.to_be_bytes())
}

/// The device's log records in the encoding of `docs/digest.md`.
fn encode_logs(words: &[u32], address: impl Fn(u32) -> Address, out: &mut Vec<u8>) {
    out.clear();
    let mut at = 0;
    while at < words.len() {
        let topics = (words[at] & 0xff) as usize;
        let len = words[at + 1] as usize;
        out.extend_from_slice(address(words[at] >> 8).as_slice());
        out.push(topics as u8);
        at += 2;
        out.extend(bytes_of(&words[at..at + topics * 8]));
        at += topics * 8;
        out.extend_from_slice(&(len as u32).to_be_bytes());
        let data = len.div_ceil(4);
        out.extend(bytes_of(&words[at..at + data]).take(len));
        at += data;
    }
}

pub(super) fn address_of(limbs: &[u32]) -> Address {
    let mut bytes = [0; 20];
    for (index, limb) in limbs[..5].iter().enumerate() {
        bytes[16 - index * 4..20 - index * 4].copy_from_slice(&limb.to_be_bytes());
    }
    Address::from(bytes)
}

/// The bytes of codes made at run time, read back when first asked for.
#[derive(Default)]
struct MadeCodes {
    read: Option<(Vec<u32>, Vec<u32>)>,
    known: HashMap<u32, Bytes>,
}

impl MadeCodes {
    async fn bytes(&mut self, gpu: &Gpu, shard: &Shard, number: u32) -> Result<Bytes, Fault> {
        if number == 0 {
            return Ok(Bytes::new());
        }
        if let Some(bytes) = self.known.get(&number) {
            return Ok(bytes.clone());
        }
        if self.read.is_none() {
            self.read = Some(shard.read_codes(gpu).await?);
        }
        let found = self
            .read
            .as_ref()
            .and_then(|(registry, raw)| bytes_of_code(registry, &shard.host, raw, shard.plan.raw_at, number))
            .ok_or_else(|| Fault(format!("code {number} has no bytes")))?;
        self.known.insert(number, found.clone());
        Ok(found)
    }
}

/// The accounts of a lane that looked at some.
async fn final_accounts(
    gpu: &Gpu,
    shard: &Shard,
    batch: &Batch,
    lane: &LaneCall,
    words: &[u32],
    made: &mut MadeCodes,
) -> Result<Vec<FinalAccount>, Fault> {
    let world = *batch.calls.world.get(lane.index);
    let mut accounts = Vec::with_capacity(words.len() / ACCOUNT_WORDS as usize);
    for (index, record) in words.chunks(ACCOUNT_WORDS as usize).enumerate() {
        let address = address_of(&record[A_ADDRESS as usize..]);
        let flags = record[A_FLAGS as usize];
        let state = if flags & ACCOUNT_LOADED == 0 {
            None
        } else {
            let number = record[A_CODE as usize];
            let first = match lane.opening.accounts.get(index) {
                Some(known) => known_code(batch, world, known, &shard.registry),
                None => batch
                    .account(world, &address)
                    .and_then(|account| account.code)
                    .map_or(0, |id| shard.registry.number(&batch.programs[id as usize].hash())),
            };
            let code = if number == first {
                FinalCode::AsInWorld
            } else if index == 0 && lane.opening.creates {
                // What it returned is its code.
                FinalCode::AsInWorld
            } else {
                FinalCode::Bytes(made.bytes(gpu, shard, number).await?)
            };
            Some(FinalState {
                nonce: u64::from(record[A_NONCE_LO as usize]) | u64::from(record[A_NONCE_HI as usize]) << 32,
                balance: from_limbs(&record[A_BALANCE as usize..][..8]),
                code,
            })
        };
        accounts.push(FinalAccount {
            address,
            state,
            touched: flags & ACCOUNT_TOUCHED != 0,
            destroyed: flags & ACCOUNT_DESTROYED != 0,
        });
    }
    Ok(accounts)
}

/// Whether a call of level `frame` that looks at no account leaves the world but for its own slots as it was, however it
/// ends. An empty account that it touches does not: that one goes, slots and all (EIP-161).
pub(super) fn leaves_no_trace(call: &LaneCall, batch: &Batch) -> bool {
    let ended = |status, slots: Vec<_>| {
        let finished = Finished { gas_left: call.opening.gas, slots, ..Finished::of(status) };
        call.opening.close(batch, call.index, finished).changes
    };
    let slot = (0, U256::MAX, U256::ONE);
    let storage = [(slot.1, slot.2)].into();
    let own = call.opening.accounts.first().map(|own| own.address);
    let change = AccountChange { storage, ..AccountChange::default() };
    *batch.calls.level.get(call.index) == Level::Frame
        && !call.opening.creates
        && ended(Status::Stop, Vec::new()).is_empty()
        && ended(Status::Revert, Vec::new()).is_empty()
        && ended(Status::Stop, vec![slot]) == own.map(|own| (own, change)).into_iter().collect()
}

/// What a lane changed that has no account but its own.
fn own_slots(opening: &Opening, words: &[u32]) -> StateChanges {
    let mut changes = StateChanges::new();
    let slots = final_slots(words);
    if let (false, Some(own)) = (slots.is_empty(), opening.accounts.first()) {
        let storage = slots.into_iter().map(|(_, key, value)| (key, value)).collect();
        changes.insert(own.address, AccountChange { storage, ..AccountChange::default() });
    }
    changes
}

/// Slots that a lane changed: account, key, value.
fn final_slots(words: &[u32]) -> Vec<(u32, U256, U256)> {
    let mut slots = Vec::new();
    for slot in words.chunks(SLOT_WORDS as usize) {
        let word = |at: u32| &slot[at as usize..at as usize + 8];
        let account = slot[S_ACCOUNT as usize];
        let changed = slot[S_FLAGS as usize] & SLOT_LOADED != 0 && word(S_CURRENT) != word(S_ORIGINAL);
        if changed && account & SLOT_TRANSIENT == 0 {
            slots.push((account, from_limbs(word(S_KEY)), from_limbs(word(S_CURRENT))));
        }
    }
    slots
}

fn opened_address(opening: &Opening, accounts: &[FinalAccount], index: u32) -> Address {
    let index = index as usize;
    accounts
        .get(index)
        .map(|account| account.address)
        .or_else(|| opening.accounts.get(index).map(|account| account.address))
        .unwrap_or_default()
}

/// Runs the gather kernel over rows that hold at most [`CHUNK_WORDS`] words together, and reads what it packed.
async fn gather(gpu: &Gpu, shard: &Shard, rows: &[Row], total: u64, longest: u64) -> Result<Vec<u32>, Fault> {
    use wgpu::BufferUsages as Usage;
    if total == 0 {
        return Ok(Vec::new());
    }
    let rows_buffer = gpu.buffer("evm.rows", size_of_val(rows) as u64, Usage::STORAGE | Usage::COPY_DST);
    gpu.queue.write_buffer(&rows_buffer, 0, bytemuck::cast_slice(rows));
    let packed = gpu.buffer("evm.packed", total * 4, Usage::STORAGE | Usage::COPY_SRC);
    let group = gpu.bind("evm.packing", &gpu.kernels.packing, &[(0, &rows_buffer), (1, &packed)]);
    let mut start = 0;
    // Bounded by the longest lane over WINDOW.
    while u64::from(start) < longest {
        shard.write_plan(gpu, &Plan { gather_from: start, gather_words: WINDOW, ..shard.plan });
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&gpu.kernels.gather);
            pass.set_bind_group(0, &shard.plan_group, &[]);
            pass.set_bind_group(1, &shard.lanes_group, &[]);
            pass.set_bind_group(2, &group, &[]);
            pass.dispatch_workgroups(shard.groups(), 1, 1);
        }
        gpu.queue.submit([encoder.finish()]);
        start += WINDOW;
    }
    gpu.copy_out(&packed, 0, total).await
}

/// Counts the marks of lanes that ended: in their own programs, whatever others of the shard's run too.
async fn cover(
    gpu: &Gpu,
    shard: &Shard,
    batch: &Batch,
    calls: &[LaneCall],
    statuses: &[Status],
) -> Result<Coverage, Fault> {
    let words = shard.read_marks(gpu).await?;
    let ways = if shard.noted.is_empty() {
        Vec::new()
    } else {
        let all = shard.lanes as u64;
        shard.read_lane_ranges(gpu, &[(u64::from(R_WAY) * all, all)]).await?
    };
    let mut lanes = vec![0; shard.marks.len()];
    let mut own = OwnPrograms::default();
    for (lane, call) in calls.iter().enumerate().filter(|(lane, _)| statuses[*lane] != Status::Unfinished) {
        own.turn_to(batch, call.index);
        for (index, word) in words.iter().skip(lane).step_by(shard.lanes).enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let mark = index * 32 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if shard.marks.get(mark).is_some_and(|(hash, ..)| own.has(hash)) {
                    lanes[mark] += 1;
                }
            }
        }
        // A way leaves no marks: what its lanes do is known.
        for mark in ways.get(lane).and_then(|way| shard.noted.get(way)).into_iter().flatten() {
            if own.has(&shard.marks[*mark].0) {
                lanes[*mark] += 1;
            }
        }
    }
    let mut coverage = Coverage::default();
    for ((hash, pc, deed), lanes) in shard.marks.iter().zip(lanes).filter(|(_, lanes)| *lanes > 0) {
        coverage.add(*hash, *pc, *deed, lanes);
    }
    Ok(coverage)
}

/// How much of a lane's variable parts has to be read for what is kept of it.
fn needs(batch: &Batch) -> Keep {
    if batch.digest { Keep::All } else { batch.keep }
}

/// What the registers say of a shard's lanes: how each ended, and which parts of it are to be packed.
struct Ends {
    statuses: Vec<Status>,
    rows: Vec<Row>,
    harvest: Harvest,
}

async fn ends(shard: &Shard, registers: &Registers, calls: &[LaneCall], run: &Run<'_>) -> Result<Ends, Fault> {
    let needs = needs(run.batch);
    let mut slices = run.slices();
    let mut harvest = Harvest::default();
    let mut rows = vec![Row::default(); if needs >= Keep::Return { shard.lanes } else { 0 }];
    let mut statuses = vec![Status::Unfinished; shard.lanes];
    for lane in 0..shard.lanes {
        if lane % 1024 == 1023 {
            slices.end().await;
        }
        if registers.get(lane, R_CANARY) != CANARY ^ shard.plan.nonce ^ lane as u32 {
            return Err(Fault("a lane's canary is gone; the device may have run out of memory".into()));
        }
        match registers.get(lane, R_STATE) {
            STATE_LEFT => harvest.left.push((lane, left_reason(registers.get(lane, R_REASON)))),
            STATE_DONE if registers.get(lane, R_REASON) != 0 => harvest.not_kept.push(lane),
            STATE_DONE => {
                let code = registers.get(lane, R_STATUS);
                let Some(status) = u8::try_from(code).ok().and_then(Status::from_code) else {
                    return Err(Fault(format!("lane {lane} ended with the unknown status {code}")));
                };
                statuses[lane] = status;
                if registers.get(lane, R_SEEDED) & SEEDED_SERVED != 0 {
                    run.outcomes(|outcomes| outcomes.set_host_served(calls[lane].index));
                }
                let succeeded = status.class() == Class::Success;
                let returned = status.class() == Class::Revert || succeeded;
                let changed = succeeded && needs == Keep::All;
                if let Some(row) = rows.get_mut(lane) {
                    *row = Row {
                        start: 0,
                        return_bytes: if returned { registers.get(lane, R_RET_LEN) } else { 0 },
                        log_words: if changed { registers.get(lane, R_LOG_USED) } else { 0 },
                        slots: if changed {
                            registers.get(lane, R_SLOTS) | registers.get(lane, R_ACCOUNTS) << 16
                        } else {
                            0
                        },
                    };
                }
            }
            _ => harvest.unfinished.push(lane),
        }
    }
    Ok(Ends { statuses, rows, harvest })
}

/// Reads what came of a shard and sets the outcomes of the lanes that ended.
pub(crate) async fn harvest(gpu: &Gpu, shard: &Shard, calls: &[LaneCall], run: &Run<'_>) -> Result<Harvest, Fault> {
    let registers = Registers { words: shard.read_lanes(gpu, u64::from(RESULT_REGISTERS)).await?, lanes: shard.lanes };
    let Ends { statuses, mut rows, harvest } = ends(shard, &registers, calls, run).await?;
    let mut decoder = Decoder { gpu, shard, run, registers, made: MadeCodes::default(), traceless: None };
    let mut slices = run.slices();
    if rows.is_empty() {
        for (lane, call) in calls.iter().enumerate() {
            if lane % 256 == 255 {
                slices.end().await;
            }
            if statuses[lane] != Status::Unfinished {
                decoder.settle_status(lane, call, statuses[lane]);
            }
        }
        decoder.observe(calls, &statuses).await?;
        return Ok(harvest);
    }
    let mut first = 0;
    let most = CHUNK_WORDS.min(gpu.binding_bytes() / 4);
    while first < shard.lanes {
        // As many lanes as one chunk holds; a single lane is never larger than its tier.
        let mut total = 0;
        let mut longest = 0;
        let mut end = first;
        while end < shard.lanes && (end == first || total + rows[end].words() <= most) {
            rows[end].start = total as u32;
            total += rows[end].words();
            longest = longest.max(rows[end].words());
            end += 1;
        }
        let mut chunk_rows = vec![Row::default(); shard.lanes];
        chunk_rows[first..end].copy_from_slice(&rows[first..end]);
        let packed = gather(gpu, shard, &chunk_rows, total, longest).await?;
        for lane in first..end {
            if (lane - first) % 64 == 63 {
                slices.end().await;
            }
            if statuses[lane] == Status::Unfinished {
                continue;
            }
            let row = rows[lane];
            let words = &packed[row.start as usize..row.start as usize + row.words() as usize];
            decoder.settle(lane, &calls[lane], statuses[lane], row, words).await?;
        }
        first = end;
    }
    decoder.observe(calls, &statuses).await?;
    Ok(harvest)
}

/// Turns lanes' words into outcomes.
struct Decoder<'a> {
    gpu: &'a Gpu,
    shard: &'a Shard,
    run: &'a Run<'a>,
    registers: Registers,
    made: MadeCodes,
    /// The last opening of a lane that looked at no account, and whether it leaves no trace.
    traceless: Option<(Rc<Opening>, bool)>,
}

impl Decoder<'_> {
    fn gas_left(&self, lane: usize) -> u64 {
        self.registers.wide(lane, R_GAS_LO, R_GAS_HI)
    }

    fn refund(&self, lane: usize) -> i64 {
        self.registers.wide(lane, R_REFUND_LO, R_REFUND_HI) as i64
    }

    fn steps(&self, lane: usize) -> u64 {
        self.registers.wide(lane, R_STEPS_LO, R_STEPS_HI)
    }

    fn finished(&self, lane: usize, status: Status) -> Finished<'static> {
        Finished {
            gas_left: self.gas_left(lane),
            refund: self.refund(lane),
            steps: self.steps(lane),
            ..Finished::of(status)
        }
    }

    /// Enters what was observed of the lanes that ended.
    async fn observe(&self, calls: &[LaneCall], statuses: &[Status]) -> Result<(), Fault> {
        let (run, observe) = (self.run, self.run.batch.observe);
        if observe.path {
            for (lane, call) in calls.iter().enumerate().filter(|(lane, _)| statuses[*lane] != Status::Unfinished) {
                let path = self.registers.get(lane, R_PATH) ^ PATH_SEED;
                run.outcomes(|outcomes| outcomes.set_path(call.index, path));
            }
        }
        if observe.coverage {
            let coverage = cover(self.gpu, self.shard, run.batch, calls, statuses).await?;
            run.outcomes(|outcomes| outcomes.coverage.merge(&coverage));
        }
        Ok(())
    }

    /// Settles a lane of which no variable part is kept.
    fn settle_status(&self, lane: usize, call: &LaneCall, status: Status) {
        let outcome = call.opening.close_gas(self.run.batch, call.index, &self.finished(lane, status));
        self.run.outcomes(|outcomes| outcomes.set_encoded(call.index, &outcome, &[], &[], &[]));
        self.run.ended(1);
        self.run.tell(call.index, &outcome);
    }

    async fn settle(
        &mut self,
        lane: usize,
        call: &LaneCall,
        status: Status,
        row: Row,
        words: &[u32],
    ) -> Result<(), Fault> {
        let batch = self.run.batch;
        let (returned, rest) = words.split_at(row.return_bytes.div_ceil(4) as usize);
        let (log_words, rest) = rest.split_at(row.log_words as usize);
        let (slots, account_words) = rest.split_at(((row.slots & 0xffff) * SLOT_WORDS) as usize);
        let mut output: Vec<u8> = bytes_of(returned).collect();
        output.truncate(row.return_bytes as usize);
        let mut logs = Vec::new();
        let all = needs(batch) == Keep::All;
        let lone = account_words.is_empty();
        let known = self.traceless.as_ref().is_some_and(|(opening, _)| Rc::ptr_eq(opening, &call.opening));
        if all && lone && !known {
            self.traceless = Some((Rc::clone(&call.opening), leaves_no_trace(call, batch)));
        }
        let (outcome, changes) = if !all {
            (call.opening.close_gas(batch, call.index, &self.finished(lane, status)), Vec::new())
        } else if lone && self.traceless.as_ref().is_some_and(|(_, traceless)| *traceless) {
            // Most lanes of a sweep: the end is what the registers say.
            encode_logs(log_words, |index| opened_address(&call.opening, &[], index), &mut logs);
            let outcome = call.opening.close_gas(batch, call.index, &self.finished(lane, status));
            (outcome, digest::encode_changes(&own_slots(&call.opening, slots)))
        } else {
            let accounts = final_accounts(self.gpu, self.shard, batch, call, account_words, &mut self.made).await?;
            encode_logs(log_words, |index| opened_address(&call.opening, &accounts, index), &mut logs);
            let finished =
                Finished { output: &output, accounts, slots: final_slots(slots), ..self.finished(lane, status) };
            let outcome = call.opening.close(batch, call.index, finished);
            let changes = digest::encode_changes(&outcome.changes);
            (outcome, changes)
        };
        self.run.outcomes(|outcomes| outcomes.set_encoded(call.index, &outcome, &output, &logs, &changes));
        self.run.ended(1);
        self.run.tell(call.index, &outcome);
        Ok(())
    }
}
