//! What differs from lane to lane of a shard: call records, known accounts and slots, environments, call data. It turns
//! openings into words and refuses to know buffers.

use std::{collections::HashMap, rc::Rc};

use alloy_primitives::keccak256;
use lanevm_shaders::layout::{
    A_ADDRESS, A_BALANCE, A_CODE, A_FLAGS, A_NONCE_HI, A_NONCE_LO, A_WORLD, ACCOUNT_CREATED, ACCOUNT_LOADED,
    ACCOUNT_TOUCHED, ACCOUNT_WARM, ACCOUNT_WORDS, C_GAS_HI, C_GAS_LO, C_SEEDS, C_WORLD, CALL_FIELDS, CALL_WORDS,
    ENV_ADDRESS, ENV_CALLER, ENV_CALLVALUE, ENV_WORDS, F_ACCOUNT, F_BLOCK, F_CODE, F_CODE_LEN, F_CODE_RAW, F_DATA,
    F_DATA_LEN, F_ENV, F_FACTS, F_FLAGS, F_FORK, F_TX, F_WORLD_ACCOUNT, FLAG_CREATE, FLAG_PARTIAL, SEED_HEAD,
    SEED_SLOT_WORDS, TX_BLOBS, TX_GASPRICE, TX_ORIGIN, TX_WORDS,
};

use super::{
    codes::{CodePlace, Registry},
    decode::big_endian_words,
    expansion::{self, Expansion, Size},
    opening::{FirstCode, Known, KnownCode, Opening, designator},
    tables::Tables,
    worlds::{address_word, limbs},
};
use crate::engine::Slices;
use crate::{Absent, Batch, CallRef, U256};

/// A lane of a shard to be: a call of the batch, opened.
#[derive(Debug)]
pub(crate) struct LaneCall {
    /// The call's index.
    pub(crate) index: usize,
    /// As its first frame begins; calls that begin alike share it.
    pub(crate) opening: Rc<Opening>,
}

impl LaneCall {
    /// Whether the lane begins as another does.
    pub(crate) fn begins_as(&self, other: Option<&Self>) -> bool {
        other.is_some_and(|other| Rc::ptr_eq(&self.opening, &other.opening))
    }

    /// Words of the host's part of `memory` that the lane needs by itself, at most; call data that the device makes is among
    /// them. `alike`: behind one that begins alike.
    pub(crate) fn host_words(&self, batch: &Batch, alike: bool) -> u64 {
        let data = (batch.calls.data.row(self.index).len() as u64).div_ceil(4) + 1;
        if alike {
            return data;
        }
        u64::from(ENV_WORDS + TX_WORDS) * 8 + self.opening.blob_hashes.len() as u64 * 8 + data
    }

    /// Words of `inputs` that it needs, at most.
    pub(crate) fn input_words(&self, alike: bool) -> u64 {
        if alike {
            return u64::from(CALL_WORDS);
        }
        u64::from(CALL_WORDS + SEED_HEAD)
            + self.opening.accounts.len() as u64 * u64::from(ACCOUNT_WORDS)
            + self.opening.slots.len() as u64 * u64::from(SEED_SLOT_WORDS)
    }

    /// Adds what the lane uses to the tables. False where the device cannot look its world up.
    pub(crate) fn enter(&self, batch: &Batch, tables: &mut Tables) -> bool {
        let call = batch.call(self.index);
        tables.fork(call.fork);
        tables.block(batch, *batch.calls.block.get(self.index), call.fork);
        if self.opening.creates {
            tables.creates();
        }
        self.first_code(batch, &call, tables);
        for known in &self.opening.accounts {
            if let Some(KnownCode::Delegation(to)) = known.state.map(|state| state.code) {
                let bytes = designator(&to);
                tables.code(keccak256(bytes), &bytes);
            }
        }
        tables.world(batch, call.world)
    }

    fn first_code(&self, batch: &Batch, call: &CallRef<'_>, tables: &mut Tables) -> CodePlace {
        match self.opening.code {
            FirstCode::None => tables.program(batch, None),
            FirstCode::Program(id) => tables.program(batch, Some(id)),
            FirstCode::Init => init_code(call, tables),
        }
    }
}

fn init_code(call: &CallRef<'_>, tables: &mut Tables) -> CodePlace {
    let code = call.data.bytes();
    tables.code(keccak256(&code), &code)
}

/// The words of a shard's lanes.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The buffer `inputs`: call records, then known accounts and slots.
    pub(crate) words: Vec<u32>,
    /// The host's part of `memory`, but for call data that the device makes behind it.
    pub(crate) host: Vec<u32>,
    /// Words between two lanes' call records; 0 where all lanes share one.
    pub(crate) record_gap: u32,
    /// The template, where the device makes the call data.
    pub(crate) expansion: Option<Expansion>,
}

/// Puts parts of a buffer down once each: lanes of a sweep share their environment, and often their call data.
struct Shared<'a, K> {
    words: &'a mut Vec<u32>,
    places: &'a mut HashMap<K, u32>,
}

impl<K: std::hash::Hash + Eq> Shared<'_, K> {
    fn place<I: IntoIterator<Item = u32>>(&mut self, key: K, words: impl FnOnce(&K) -> I) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = self.words.len() as u32;
        self.words.extend(words(&key));
        self.places.insert(key, place);
        place
    }
}

fn big_endian(values: &[U256]) -> Vec<u32> {
    values.iter().flat_map(|value| big_endian_words(&value.to_be_bytes::<32>()).collect::<Vec<_>>()).collect()
}

/// The code number of an account that a lane begins with.
pub(crate) fn known_code(batch: &Batch, world: u32, known: &Known, registry: &Registry) -> u32 {
    match known.state.map(|state| state.code) {
        Some(KnownCode::Delegation(to)) => registry.number(&keccak256(designator(&to))),
        Some(KnownCode::Empty) => 0,
        Some(KnownCode::AsInWorld) | None => world_code(batch, world, known, registry),
    }
}

fn world_code(batch: &Batch, world: u32, known: &Known, registry: &Registry) -> u32 {
    let code = batch.account(world, &known.address).and_then(|account| account.code);
    code.map_or(0, |id| registry.number(&batch.programs[id as usize].hash()))
}

fn known_words(batch: &Batch, world: u32, tables: &Tables, known: &Known, registry: &Registry) -> [u32; 18] {
    const { assert!(ACCOUNT_WORDS == 18) };
    let mut words = [0; ACCOUNT_WORDS as usize];
    words[A_ADDRESS as usize..][..5].copy_from_slice(&limbs(&address_word(&known.address))[..5]);
    let flag = |set: bool, bit: u32| if set { bit } else { 0 };
    words[A_FLAGS as usize] = flag(known.warm, ACCOUNT_WARM)
        | flag(known.touched, ACCOUNT_TOUCHED)
        | flag(known.created, ACCOUNT_CREATED)
        | flag(known.state.is_some(), ACCOUNT_LOADED);
    if let Some(state) = known.state {
        words[A_WORLD as usize] = tables.worlds.number(batch, world, &known.address).map_or(0, |number| number + 1);
        words[A_NONCE_LO as usize] = state.nonce as u32;
        words[A_NONCE_HI as usize] = (state.nonce >> 32) as u32;
        words[A_CODE as usize] = known_code(batch, world, known, registry);
        words[A_BALANCE as usize..][..8].copy_from_slice(&limbs(&state.balance));
    }
    words
}

/// Whether one call record serves all lanes: they begin alike, and have the same call data or data made on the device.
fn share_one(batch: &Batch, lanes: &[LaneCall], made: bool) -> bool {
    let data = &batch.calls.data;
    lanes.windows(2).all(|pair| {
        let same = made || data.range(pair[0].index).is_some_and(|range| data.range(pair[1].index) == Some(range));
        same && pair[1].begins_as(Some(&pair[0]))
    })
}

/// The words of lanes whose calls have all been entered into the tables. `made` is what [`expansion::size`] says of the
/// batch.
pub(crate) async fn inputs(
    batch: &Batch,
    tables: &mut Tables,
    registry: &Registry,
    lanes: &[LaneCall],
    made: Option<Size>,
    slices: &mut Slices<'_>,
) -> Inputs {
    let recorded = if share_one(batch, lanes, made.is_some()) { &lanes[..lanes.len().min(1)] } else { lanes };
    let record_gap = if recorded.len() == lanes.len() { CALL_WORDS } else { 0 };
    let mut words = vec![0; recorded.len() * CALL_WORDS as usize];
    let mut host = tables.host.clone();
    let first = host.len();
    let mut environments: HashMap<[U256; ENV_WORDS as usize], u32> = HashMap::new();
    let mut transactions: HashMap<Vec<U256>, u32> = HashMap::new();
    // Rows that the host makes have no range: no two of them share their bytes.
    let mut datas: HashMap<Result<(u64, u32), usize>, u32> = HashMap::new();
    let mut seeds: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut last = [0; CALL_WORDS as usize];
    let mut place_data = |index: usize, host: &mut Vec<u32>| {
        if made.is_some() {
            // The kernel that makes the data says where it stands.
            return 0;
        }
        let data = &batch.calls.data;
        Shared { words: host, places: &mut datas }.place(data.range(index).ok_or(index), |_| {
            // Copied, since bytes that are made live no longer than this.
            big_endian_words(&data.get(index)).collect::<Vec<_>>()
        })
    };
    for (lane, lane_call) in recorded.iter().enumerate() {
        let LaneCall { index, opening } = lane_call;
        if lane % 64 == 63 {
            slices.end().await;
        }
        if lane > 0 && lane_call.begins_as(lanes.get(lane - 1)) {
            last[F_DATA as usize] = place_data(*index, &mut host);
            last[F_DATA_LEN as usize] = batch.calls.data.row(*index).len() as u32;
            words[lane * CALL_WORDS as usize..][..CALL_WORDS as usize].copy_from_slice(&last);
            continue;
        }
        let call = batch.call(*index);
        let code = match opening.code {
            FirstCode::None => tables.program(batch, None),
            FirstCode::Program(id) => tables.program(batch, Some(id)),
            FirstCode::Init => init_code(&call, tables),
        };
        let fork = tables.fork(call.fork);
        let block = tables.block(batch, *batch.calls.block.get(*index), call.fork);
        let mut env = [U256::ZERO; ENV_WORDS as usize];
        env[ENV_ADDRESS as usize] = address_word(&opening.accounts[0].address);
        env[ENV_CALLER as usize] = address_word(&call.caller);
        env[ENV_CALLVALUE as usize] = call.value;
        let env = Shared { words: &mut host, places: &mut environments }.place(env, |env| big_endian(env));
        let mut tx = vec![U256::ZERO; TX_WORDS as usize];
        tx[TX_ORIGIN as usize] = address_word(&opening.origin);
        tx[TX_GASPRICE as usize] = opening.gas_price;
        tx[TX_BLOBS as usize] = U256::from(opening.blob_hashes.len());
        tx.extend(opening.blob_hashes.iter().map(|hash| U256::from_be_bytes(hash.0)));
        let tx = Shared { words: &mut host, places: &mut transactions }.place(tx, |tx| big_endian(tx));
        // What creates passes its data as code, and has none.
        let (data, data_len) =
            if opening.creates { (0, 0) } else { (place_data(*index, &mut host), call.data.len() as u32) };

        let mut seed = vec![opening.accounts.len() as u32, opening.slots.len() as u32];
        for known in &opening.accounts {
            seed.extend(known_words(batch, call.world, tables, known, registry));
        }
        for (account, key) in &opening.slots {
            seed.push(*account);
            seed.extend(limbs(key));
        }
        let seeds = Shared { words: &mut words, places: &mut seeds }.place(seed, Clone::clone);

        let own = &opening.accounts[0];
        let held = if own.created { None } else { tables.worlds.number(batch, call.world, &own.address) };
        let partial = batch.worlds[call.world as usize].absent == Absent::Unknown;
        let record = &mut words[lane * CALL_WORDS as usize..][..CALL_WORDS as usize];
        record[F_CODE as usize] = code.code;
        record[F_CODE_LEN as usize] = code.len;
        record[F_CODE_RAW as usize] = code.raw;
        record[F_DATA as usize] = data;
        record[F_DATA_LEN as usize] = data_len;
        record[F_ENV as usize] = env;
        record[F_TX as usize] = tx;
        record[F_BLOCK as usize] = block;
        record[F_ACCOUNT as usize] = 0;
        record[F_WORLD_ACCOUNT as usize] = held.map_or(0, |number| number + 1);
        record[F_FLAGS as usize] =
            if partial { FLAG_PARTIAL } else { 0 } | if opening.creates { FLAG_CREATE } else { 0 };
        record[F_FACTS as usize] = fork.facts;
        record[F_FORK as usize] = fork.parameters;
        record[(CALL_FIELDS + C_GAS_LO) as usize] = opening.gas as u32;
        record[(CALL_FIELDS + C_GAS_HI) as usize] = (opening.gas >> 32) as u32;
        record[(CALL_FIELDS + C_WORLD) as usize] = call.world;
        record[(CALL_FIELDS + C_SEEDS) as usize] = seeds;
        last.copy_from_slice(record);
    }
    debug_assert_eq!(first, tables.host.len(), "every call has been entered");
    let expansion = made
        .and(batch.calls.data.generated())
        .map(|data| expansion::append(data, lanes, host.len() as u32, &mut words));
    Inputs { words, host, record_gap, expansion }
}
