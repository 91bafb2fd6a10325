//! WGSL of a way: the function that `way.wesl` leaves to the host, put into the text that was linked around it. It decides
//! where values are computed and in what width; what an operation is written as is [`operations`]'. It knows no device.

mod cost;
mod emitter;
mod operations;
mod prelude;
mod stretches;

use std::fmt::Write as _;

use alloy_primitives::{KECCAK256_EMPTY, U256};
use lanevm_shaders::{
    Class,
    layout::{F_BLOCK, F_DATA, F_DATA_LEN, F_ENV, F_TX, F_WORLD_ACCOUNT},
};

use self::{
    emitter::Emitter,
    stretches::{Cut, Facts},
};
use super::{
    ssa::{Item, Op, V, Way},
    widths::Width,
};

pub use self::cost::{MOST_UNITS, units};

/// Most accounts of a way that has a kernel: so many code numbers have room in `Place` of `way.wesl`.
pub const MOST_ACCOUNTS: usize = 16;

/// Most stretches that a way is cut into, each of which is a kernel.
pub const MOST_STRETCHES: u64 = 16;

/// Units of a stretch, where a step has not more by itself.
pub const STRETCH_UNITS: u64 = 6_500;

/// Most values that stretches hand on: so many items of a lane's stack.
const MOST_LIVE: u32 = 512;

/// Loops are kept apart as bits.
const MOST_LOOPS: usize = 63;

/// Why a way has no kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It would take too long to compile: so many units.
    Units(u64),
    /// It looks at more than [`MOST_ACCOUNTS`] accounts.
    Accounts,
    /// Too many values live where it is cut: so many.
    Live(u32),
    /// It has too many loops, or its operations take too many turns of theirs.
    Loops,
    /// A value is used where what it depends on is not to be had.
    Form,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Units(units) => write!(f, "it would take too long to compile ({units} units)"),
            Self::Live(values) => write!(f, "too many values live where it is cut ({values})"),
            Self::Accounts => write!(f, "it looks at more than {MOST_ACCOUNTS} accounts"),
            Self::Loops => write!(f, "its loops are too many"),
            Self::Form => write!(f, "it uses a value where it is not known"),
        }
    }
}

impl std::error::Error for Unfit {}

/// The kernels of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernels {
    /// The texts of its stretches, in the order in which lanes go them. Each takes up lanes where the one before left them.
    pub texts: Vec<String>,
    /// What a lane must have room for.
    pub room: Room,
    /// The first stretch in which lanes may stop within a loop.
    pub loops_from: Option<usize>,
}

/// The kernels in which lanes go a way. `most`: units of a stretch, in place of [`STRETCH_UNITS`].
///
/// # Errors
/// [`Unfit`] says why there are none.
pub fn kernels(way: &Way, most: Option<u64>) -> Result<Kernels, Unfit> {
    if way.accounts.len() > MOST_ACCOUNTS {
        return Err(Unfit::Accounts);
    }
    if way.loops.len() > MOST_LOOPS {
        return Err(Unfit::Loops);
    }
    let facts = Facts::of(way);
    let cut = stretches::cut(&facts, most)?;
    let mut texts = Vec::with_capacity(cut.stretches.len());
    for stretch in &cut.stretches {
        texts.push(prelude::around(&function(Emitter::new(&facts, &cut, stretch))?));
    }
    let loops_from = cut.stretches.iter().position(stretches::Stretch::turns);
    Ok(Kernels { texts, room: room(way, &cut), loops_from })
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
    /// Stack items: what lives between stretches stands there, and variables of loops between dispatches.
    pub stack_items: u32,
}

/// Accounts that a call begins with: its own, the caller, the coinbase.
const FIRST_ACCOUNTS: u32 = 3;

fn room(way: &Way, cut: &Cut) -> Room {
    Room {
        slots: way.end.slots.len() as u32,
        log_words: log_words(way),
        memory_words: way.end.output_bytes.div_ceil(32),
        accounts: way.accounts.len() as u32 + FIRST_ACCOUNTS,
        stack_items: cut.live + held(way),
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

/// The function's body in a stretch.
fn function(mut out: Emitter<'_>) -> Result<String, Unfit> {
    let stretch = out.stretch;
    enter(&mut out);
    for step in &stretch.steps {
        out.step(step)?;
    }
    let forget = if looks_at_accounts(out.way) { "way_forget(lane); " } else { "" };
    out.pause(forget);
    // A lane that has left is not to be looked at in the next dispatch.
    let left = if out.stops() { "way_close(lane); " } else { "" };
    if !stretch.is_last {
        out.line(&format!("if !ok {{ {forget}{left}return; }}"));
        out.give();
        return out.finish();
    }
    for value in out.way.results() {
        out.ensure(value)?;
    }
    out.visit_rest()?;
    out.line(&format!("if !ok {{ {forget}{left}return; }}"));
    leave(&mut out);
    out.finish()
}

/// What the whole function reads of the lane.
fn enter(out: &mut Emitter<'_>) {
    let (way, stretch) = (out.way, out.stretch);
    if stretch.is_first {
        let Room { slots, log_words, memory_words, stack_items, .. } = out.room();
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
    }
    for (name, field) in
        [("data_at", F_DATA), ("data_len", F_DATA_LEN), ("env_at", F_ENV), ("tx_at", F_TX), ("block_at", F_BLOCK)]
    {
        out.line(&format!("let {name} = frame_field(lane, 0u, {field}u);"));
    }
    out.line("let partial = way_partial(lane);");
    out.line("var ok = true;");
    if !stretch.accounts.is_empty() || (stretch.is_last && looks_at_accounts(way)) {
        out.line("ok = way_seeded(lane);");
    }
    out.line(&format!("let world_0 = frame_field(lane, 0u, {F_WORLD_ACCOUNT}u);"));
    visit_fixed(out);
    out.take();
}

/// Looks up the accounts of known addresses, at one place.
fn visit_fixed(out: &mut Emitter<'_>) {
    let (way, stretch) = (out.way, out.stretch);
    let fixed = stretch.accounts.iter().filter(|at| **at != 0 && way.accounts[**at as usize].by.is_none());
    let fixed: Vec<u32> = fixed.copied().collect();
    if fixed.is_empty() {
        return;
    }
    out.turn(fixed.len());
    let (mut takes, mut gives) = (Vec::new(), Vec::new());
    for at in &fixed {
        let account = &way.accounts[*at as usize];
        let address = operations::literal(U256::from_be_slice(account.address.as_slice()), Width::Word);
        let component = ["x", "y", "z", "w"][*at as usize % 4];
        let number = if account.code == KECCAK256_EMPTY {
            "0u".to_owned()
        } else {
            format!("place.codes[{}u].{component}", at / 4)
        };
        takes.push(format!("address = {address}; number = {number};"));
        gives.push(format!("visit_{at} = visit;"));
        out.line(&format!("var visit_{at}: Visit;"));
    }
    let count = fixed.len();
    out.line(&format!("for (var i_visit = 0u; i_visit < {count}u * place.unit; i_visit++) {{"));
    out.line("var address: Word;\nvar number: u32;");
    out.line(&operations::switch("visit", &takes));
    out.line("let visit = way_visit(lane, address, number, partial);\nok = ok & visit.holds;");
    out.line(&operations::switch("visit", &gives));
    out.line("}");
    for at in &fixed {
        out.line(&format!("let world_{at} = visit_{at}.world;"));
    }
}

/// The account's place in the lane's overlay.
fn overlay_index(account: u32) -> String {
    if account == 0 { "0u".to_owned() } else { format!("visit_{account}.index") }
}

/// Writes a call for each of many sets of arguments, `i_name` counting them: in the turns of one loop, since what writes costs a
/// driver more than all that is written.
fn each(out: &mut Emitter<'_>, name: &str, sets: &[Vec<(&str, String)>], call: &str) {
    let Some(first) = sets.first() else { return };
    out.turn(sets.len());
    let count = sets.len();
    out.line(&format!("for (var i_{name} = 0u; i_{name} < {count}u * place.unit; i_{name}++) {{"));
    for (variable, _) in first {
        let ty = if ["account", "at"].contains(variable) { "u32" } else { "Word" };
        out.line(&format!("var {variable}: {ty};"));
    }
    let given = |set: &Vec<(&str, String)>| -> String {
        set.iter().map(|(variable, expression)| format!("{variable} = {expression}; ")).collect()
    };
    let cases: Vec<String> = sets.iter().map(given).collect();
    out.line(&operations::switch(name, &cases));
    out.line(&format!("{call}\n}}"));
}

/// Writes how the lane ended.
fn leave(out: &mut Emitter<'_>) {
    let way = out.way;
    let end = &way.end;
    let word = |out: &Emitter<'_>, value: &V| ("word", out.expression(*value, Width::Word));
    let outputs: Vec<_> = end.output.iter().map(|value| vec![word(out, value)]).collect();
    each(out, "put", &outputs, "way_put(lane, i_put, word);");
    let slots: Vec<_> = end
        .slots
        .iter()
        .map(|slot| {
            let mut set = vec![("account", overlay_index(slot.account))];
            for (name, value) in [("key", slot.key), ("original", slot.original), ("current", slot.current)] {
                set.push((name, out.expression(value, Width::Word)));
            }
            set
        })
        .collect();
    each(out, "slot", &slots, "way_put_slot(lane, i_slot, account, key, original, current);");
    for touched in &end.touched {
        let balance = out.expression(touched.balance, Width::Word);
        let line = format!("way_touch(lane, {}, {balance});", overlay_index(touched.account));
        out.line(&line);
    }
    let mut used = 0;
    let mut words = Vec::new();
    for log in &end.logs {
        let head = format!("{}u | ({} << 8u)", log.topics.len(), overlay_index(log.account));
        out.line(&format!("way_log_word(lane, {used}u, {head});"));
        out.line(&format!("way_log_word(lane, {}u, {}u);", used + 1, log.bytes));
        used += 2;
        for topic in &log.topics {
            words.push(vec![("at", format!("{used}u")), word(out, topic)]);
            used += 8;
        }
        let all = log.bytes.div_ceil(4);
        for (at, value) in log.data.iter().enumerate() {
            let whole = all.saturating_sub(at as u32 * 8).min(8);
            if whole == 8 {
                words.push(vec![("at", format!("{used}u")), word(out, value)]);
            } else {
                let value = out.expression(*value, Width::Word);
                let limbs = ["hi.w", "hi.z", "hi.y", "hi.x", "lo.w", "lo.z", "lo.y", "lo.x"];
                for (limb, name) in limbs.iter().take(whole as usize).enumerate() {
                    out.line(&format!("way_log_word(lane, {}u, ({value}).{name});", used + limb as u32));
                }
            }
            used += whole;
        }
    }
    each(out, "log", &words, "way_log(lane, at, word);");
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
