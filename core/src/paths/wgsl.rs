//! WGSL of a way: the function that `way.wesl` leaves to the host, put into the text that was linked around it. It decides
//! where values are computed and in what width; what an operation is written as is [`operations`]'. It knows no device.

mod cost;
mod emitter;
mod operations;
mod prelude;

use std::fmt::Write as _;

use alloy_primitives::{KECCAK256_EMPTY, U256};
use lanevm_shaders::{
    Class,
    layout::{F_BLOCK, F_DATA, F_DATA_LEN, F_ENV, F_TX, F_WORLD_ACCOUNT},
};

use self::emitter::Emitter;
use super::{
    ssa::{Item, Op, Way},
    widths::Width,
};

pub use self::cost::{MOST_UNITS, units};

/// Most accounts of a way that has a kernel: so many code numbers have room in `Place` of `way.wesl`.
pub const MOST_ACCOUNTS: usize = 16;

/// Loops are kept apart as bits.
const MOST_LOOPS: usize = 63;

/// Why a way has no kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It would take too long to compile: so many units.
    Units(u64),
    /// It looks at more than [`MOST_ACCOUNTS`] accounts.
    Accounts,
    /// It has too many loops, or its operations take too many turns of theirs.
    Loops,
    /// A value is used where what it depends on is not to be had.
    Form,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Units(units) => write!(f, "it would take too long to compile ({units} units)"),
            Self::Accounts => write!(f, "it looks at more than {MOST_ACCOUNTS} accounts"),
            Self::Loops => write!(f, "its loops are too many"),
            Self::Form => write!(f, "it uses a value where it is not known"),
        }
    }
}

impl std::error::Error for Unfit {}

/// The text of the kernel in which lanes go a way.
///
/// # Errors
/// [`Unfit`] says why there is none.
pub fn kernel(way: &Way) -> Result<String, Unfit> {
    Ok(prelude::around(&function(way)?))
}

/// Whether the way asks for accounts of the lane's overlay: for any but the first frame's own, or for what that one holds.
fn looks_at_accounts(way: &Way) -> bool {
    way.accounts.len() > 1 || way.ops.iter().any(|op| matches!(op, Op::Looked(..)))
}

/// What a lane must have room for to go a way: fewer leave it, and the interpreter takes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Storage slots.
    pub slots: u32,
    /// Log words, of four bytes.
    pub log_words: u32,
    /// Words of 32 bytes for the output.
    pub memory_words: u32,
    /// Accounts, with those that calls usually begin with.
    pub accounts: u32,
    /// Stack items: variables of loops stand there between dispatches.
    pub stack_items: u32,
}

/// Accounts that a call begins with: its own, the caller, the coinbase.
const FIRST_ACCOUNTS: u32 = 3;

/// The room that a way needs.
pub fn room(way: &Way) -> Room {
    Room {
        slots: way.end.slots.len() as u32,
        log_words: log_words(way),
        memory_words: way.end.output_bytes.div_ceil(32),
        accounts: way.accounts.len() as u32 + FIRST_ACCOUNTS,
        stack_items: held(way),
    }
}

/// Variables of the loops that are in no other.
fn held(way: &Way) -> u32 {
    let variables = |item: &Item| match item {
        Item::Loop(number) => way.loops[*number as usize].variables.len() as u32,
        Item::Guard(_) => 0,
    };
    way.items.iter().map(variables).sum()
}

/// Words of the log arena that the way's logs take, as `log.wesl` writes them.
fn log_words(way: &Way) -> u32 {
    way.end.logs.iter().map(|log| 2 + log.topics.len() as u32 * 8 + log.bytes.div_ceil(4)).sum()
}

fn function(way: &Way) -> Result<String, Unfit> {
    if way.accounts.len() > MOST_ACCOUNTS {
        return Err(Unfit::Accounts);
    }
    if way.loops.len() > MOST_LOOPS {
        return Err(Unfit::Loops);
    }
    let units = units(way);
    if units > MOST_UNITS {
        return Err(Unfit::Units(units));
    }
    let mut out = Emitter::new(way);
    enter(&mut out);
    for item in &way.items {
        out.item(*item)?;
    }
    let forget = if looks_at_accounts(way) { "way_forget(lane); " } else { "" };
    out.pause(forget);
    for value in way.results() {
        out.ensure(value)?;
    }
    // A lane that has left is not to be looked at in the next dispatch.
    let left = if way.loops.is_empty() { "" } else { "way_close(lane); " };
    out.line(&format!("if !ok {{ {forget}{left}return; }}"));
    leave(&mut out);
    out.finish()
}

/// What the whole function reads of the lane.
fn enter(out: &mut Emitter<'_>) {
    let way = out.way;
    let Room { slots, log_words, memory_words, stack_items, .. } = room(way);
    let room = [
        ("plan.slots", slots),
        ("plan.log_words", log_words),
        ("plan.memory_words", memory_words),
        ("plan.stack_items", stack_items),
    ];
    let lacks: Vec<String> =
        room.iter().filter(|(_, needed)| *needed > 0).map(|(has, needed)| format!("({has} < {needed}u)")).collect();
    if !lacks.is_empty() {
        out.line(&format!("if {} {{ return; }}", lacks.join(" | ")));
    }
    for (name, field) in
        [("data_at", F_DATA), ("data_len", F_DATA_LEN), ("env_at", F_ENV), ("tx_at", F_TX), ("block_at", F_BLOCK)]
    {
        out.line(&format!("let {name} = frame_field(lane, 0u, {field}u);"));
    }
    out.line("let partial = way_partial(lane);");
    out.line("var ok = true;");
    if looks_at_accounts(way) {
        out.line("ok = way_seeded(lane);");
    }
    out.line(&format!("let world_0 = frame_field(lane, 0u, {F_WORLD_ACCOUNT}u);"));
    for (at, account) in way.accounts.iter().enumerate().skip(1).filter(|(_, account)| account.by.is_none()) {
        let address = operations::literal(U256::from_be_slice(account.address.as_slice()), Width::Word);
        let component = ["x", "y", "z", "w"][at % 4];
        let number = if account.code == KECCAK256_EMPTY {
            "0u".to_owned()
        } else {
            format!("place.codes[{}u].{component}", at / 4)
        };
        out.line(&format!("let visit_{at} = way_visit(lane, {address}, {number}, partial);"));
        out.line(&format!("let world_{at} = visit_{at}.world;"));
        out.line(&format!("ok = ok & visit_{at}.holds;"));
    }
}

/// The account's place in the lane's overlay.
fn overlay_index(account: u32) -> String {
    if account == 0 { "0u".to_owned() } else { format!("visit_{account}.index") }
}

/// Writes how the lane ended.
fn leave(out: &mut Emitter<'_>) {
    let way = out.way;
    let end = &way.end;
    for (at, word) in end.output.iter().enumerate() {
        let line = format!("way_put(lane, {at}u, {});", out.expression(*word, Width::Word));
        out.line(&line);
    }
    for (at, slot) in end.slots.iter().enumerate() {
        let line = format!(
            "way_put_slot(lane, {at}u, {}, {}, {}, {});",
            overlay_index(slot.account),
            out.expression(slot.key, Width::Word),
            out.expression(slot.original, Width::Word),
            out.expression(slot.current, Width::Word),
        );
        out.line(&line);
    }
    for touched in &end.touched {
        let balance = out.expression(touched.balance, Width::Word);
        let line = format!("way_touch(lane, {}, {balance});", overlay_index(touched.account));
        out.line(&line);
    }
    let mut used = 0;
    for log in &end.logs {
        let head = format!("{}u | ({} << 8u)", log.topics.len(), overlay_index(log.account));
        out.line(&format!("way_log_word(lane, {used}u, {head});"));
        out.line(&format!("way_log_word(lane, {}u, {}u);", used + 1, log.bytes));
        used += 2;
        for topic in &log.topics {
            let line = format!("way_log(lane, {used}u, {});", out.expression(*topic, Width::Word));
            out.line(&line);
            used += 8;
        }
        let words = log.bytes.div_ceil(4);
        for (at, word) in log.data.iter().enumerate() {
            let whole = words.saturating_sub(at as u32 * 8).min(8);
            let value = out.expression(*word, Width::Word);
            if whole == 8 {
                out.line(&format!("way_log(lane, {used}u, {value});"));
            } else {
                let limbs = ["hi.w", "hi.z", "hi.y", "hi.x", "lo.w", "lo.z", "lo.y", "lo.x"];
                for (limb, name) in limbs.iter().take(whole as usize).enumerate() {
                    out.line(&format!("way_log_word(lane, {}u, ({value}).{name});", used + limb as u32));
                }
            }
            used += whole;
        }
    }
    let mut gas = String::from("vec2<u32>(0u)");
    if matches!(end.status.class(), Class::Success | Class::Revert) {
        gas = format!("u64_sub(lane_gas(lane), {})", out.expression(end.gas_used, Width::Pair));
    }
    let mut line = String::new();
    write!(
        line,
        "way_end(lane, {}u, {gas}, {}, {}, {}u, {}u, {used}u, {}u);",
        end.status as u8,
        out.expression(end.refund, Width::Pair),
        out.expression(end.steps, Width::Pair),
        end.output_bytes,
        end.slots.len(),
        end.logs.len(),
    )
    .expect("writing to a string");
    out.line(&line);
}
