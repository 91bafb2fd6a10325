//! What varying values look like: bins of the values that the first lanes have. The values are those that would run.

use std::collections::BTreeMap;

use lanevm_core::{
    Address, Calls, Document, Level, Prepared, U256,
    abi::Type,
    document::{Calldata, Mode, State, To},
};
use serde::{Deserialize, Serialize};

use super::{Form, Varying};

/// Lanes that are looked at.
pub const LANES: usize = 1_024;

/// Bins of a picture.
pub const BINS: usize = 24;

/// A picture of a value's distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// How many of the lanes fall in each bin.
    pub bins: [u32; BINS],
    /// The least value.
    pub min: U256,
    /// The greatest.
    pub max: U256,
    /// How many values differ.
    pub different: usize,
    /// Lanes looked at.
    pub lanes: usize,
    /// Whether bins are of lengths in bits and not of values.
    pub by_length: bool,
}

impl Picture {
    /// The picture of values; none of nothing.
    pub fn of(values: &[U256]) -> Option<Self> {
        let (min, max) = (*values.iter().min()?, *values.iter().max()?);
        let spread = |by_length: bool| {
            let mut bins = [0; BINS];
            for value in values {
                let bin = if by_length {
                    let (low, high) = (min.bit_len(), max.bit_len());
                    (value.bit_len() - low) * BINS / (high - low + 1)
                } else {
                    place(*value - min, max - min)
                };
                bins[bin.min(BINS - 1)] += 1;
            }
            bins
        };
        // Values of many lengths all stand in the first bin, which shows nothing.
        let plain = spread(false);
        let by_length = plain[0] as usize * 10 > values.len() * 8 && max.bit_len() > min.bit_len() + 16;
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let bins = if by_length { spread(true) } else { plain };
        Some(Self { bins, min, max, different: sorted.len(), lanes: values.len(), by_length })
    }
}

/// The bin of a value at a distance from the least, of a range.
fn place(distance: U256, range: U256) -> usize {
    if range.is_zero() {
        return 0;
    }
    // Eight bits are kept free for the product.
    let shift = range.bit_len().saturating_sub(240);
    let (distance, range) = (distance >> shift, range >> shift);
    (distance * U256::from(BINS) / (range + U256::from(1))).to::<usize>()
}

/// Pictures of every value of the calls and the block that varies, by field.
pub fn pictures(form: &Form, document: &Document) -> BTreeMap<String, Picture> {
    let Some(prepared) = first_lanes(document) else { return BTreeMap::new() };
    let lanes = prepared.batch.len();
    let mut pictures = BTreeMap::new();
    let mut put = |field: String, varying: &Varying, value: &dyn Fn(usize) -> Option<U256>| {
        if !varying.is_fixed() {
            let values: Option<Vec<U256>> = (0..lanes).map(value).collect();
            if let Some(picture) = values.and_then(|values| Picture::of(&values)) {
                pictures.insert(field, picture);
            }
        }
    };
    for (index, step) in form.steps.iter().enumerate().take(prepared.steps()) {
        let calls = prepared.step(index);
        let at = |part: &str| format!("steps.{}.{part}", step.key);
        put(at("caller"), &step.caller, &|lane| Some(calls.caller.get(lane).into_word().into()));
        put(at("to"), &step.to, &|lane| calls.to.get(lane).map(|to| to.into_word().into()));
        put(at("value"), &step.value, &|lane| Some(*calls.value.get(lane)));
        put(at("gas"), &step.gas, &|lane| Some(U256::from(*calls.gas.get(lane))));
        if step.function.trim().is_empty() {
            let fields = match document.steps.get(index).map(|step| &step.calldata) {
                Some(Calldata::Bytes(bytes)) => bytes.fields.as_slice(),
                _ => &[],
            };
            for (row, field) in step.fields.iter().zip(fields) {
                let read = |lane| part(calls, lane, field.offset, field.width);
                put(at(&format!("fields.{}.value", row.key)), &row.value, &read);
            }
        } else {
            let mut offset = 4;
            for (number, arg) in step.args.iter().enumerate() {
                let Some(ty) = type_of(&arg.ty) else { break };
                if arg.word {
                    // Fixed bytes stand at the word's beginning.
                    let width = lanevm_core::abi::Bounds::of(&ty).map_or(32, |bounds| bounds.width);
                    put(at(&format!("args.{number}")), &arg.value, &|lane| part(calls, lane, offset, width));
                }
                offset += 32 * ty.words();
            }
        }
    }
    let block = |lane: usize| prepared.batch.blocks.get(*prepared.batch.calls.block.get(lane) as usize);
    let fields = &form.block;
    put("block.number".into(), &fields.number, &|lane| Some(block(lane)?.number));
    put("block.timestamp".into(), &fields.timestamp, &|lane| Some(block(lane)?.timestamp));
    put("block.coinbase".into(), &fields.coinbase, &|lane| Some(block(lane)?.coinbase.into_word().into()));
    put("block.base_fee".into(), &fields.base_fee, &|lane| Some(U256::from(block(lane)?.base_fee)));
    put("block.gas_limit".into(), &fields.gas_limit, &|lane| Some(U256::from(block(lane)?.gas_limit)));
    put("block.prev_randao".into(), &fields.prev_randao, &|lane| Some(block(lane)?.prev_randao.into()));
    put("block.chain_id".into(), &fields.chain_id, &|lane| Some(U256::from(block(lane)?.chain_id)));
    pictures
}

/// A type that is written with arrays and tuples, as a parameter's is.
fn type_of(text: &str) -> Option<Type> {
    let abi = lanevm_core::abi::Abi::parse(&format!("f({text})")).ok()?;
    Some(abi.functions.first()?.inputs.fields().first()?.ty.clone())
}

fn part(calls: &Calls, lane: usize, offset: usize, width: usize) -> Option<U256> {
    calls.data.get(lane).get(offset..offset + width).map(U256::from_be_slice)
}

/// The document's first lanes, without what no picture needs: the state, and what surrounds a call.
fn first_lanes(document: &Document) -> Option<Prepared> {
    let mut small = Document { state: State::default(), ..document.clone() };
    small.level = Level::Frame;
    small.mode = Mode::Independent;
    let all = small.lanes.or_else(|| small.axes.iter().try_fold(1_usize, |all, axis| all.checked_mul(axis.len)));
    small.lanes = Some(all?.min(LANES));
    for step in &mut small.steps {
        step.transaction = None;
        if step.program.is_none() && step.to == To::Unsaid {
            return None;
        }
    }
    small.prepare().ok()
}

/// The call of the first lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstCall {
    /// Caller.
    pub from: Address,
    /// The account called, where there is one.
    pub to: Option<Address>,
    /// Call data.
    pub data: Vec<u8>,
    /// Value in wei.
    pub value: U256,
    /// Gas limit.
    pub gas: u64,
    /// Number of the block; 0 where it is not of this age.
    pub number: u64,
}

/// The call of a step in the first lane; none where the document cannot be prepared.
pub fn first_call(document: &Document, step: usize) -> Option<FirstCall> {
    let prepared = first_lanes(&Document { lanes: Some(1), ..document.clone() })?;
    let calls = (step < prepared.steps()).then(|| prepared.step(step))?;
    let block = prepared.batch.blocks.get(*calls.block.get(0) as usize)?;
    Some(FirstCall {
        from: *calls.caller.get(0),
        to: *calls.to.get(0),
        data: calls.data.get(0).to_vec(),
        value: *calls.value.get(0),
        gas: *calls.gas.get(0),
        number: block.number.try_into().unwrap_or(0),
    })
}
