//! What each operation of a way is written as, in the width it is to have. It knows no region.

use alloy_primitives::U256;
use lanevm_shaders::layout::{
    BLOCK_BASEFEE, BLOCK_BLOBBASEFEE, BLOCK_CHAINID, BLOCK_COINBASE, BLOCK_GASLIMIT, BLOCK_HASHES, BLOCK_NUMBER,
    BLOCK_PREVRANDAO, BLOCK_TIMESTAMP, ENV_ADDRESS, ENV_CALLER, ENV_CALLVALUE, P_SSTORE_CLEAR, P_SSTORE_NOOP,
    P_SSTORE_RESET, P_SSTORE_SET, TX_BLOBS, TX_GASPRICE, TX_ORIGIN, TX_WORDS,
};

use super::{
    emitter::{Emitter, Turns},
    overlay_index,
};
use crate::{
    gpu::fork_parameters,
    paths::{
        ssa::{Binary, Input, Look, MOST_LISTED, Op, Ternary, Unary, V},
        widths::Width,
    },
};

/// Bytes that keccak-256 takes in a block.
pub(super) const RATE: u32 = 136;

/// Turns of the library's loops.
const KECCAK_TURNS: u64 = 25;
const MUL_TURNS: u64 = 9;
const DIVIDE_TURNS: u64 = 17;
const MODULO_TURNS: u64 = 43;

/// What WGSL calls a width.
pub(super) const fn type_name(width: Width) -> &'static str {
    match width {
        Width::Bit => "bool",
        Width::Limb => "u32",
        Width::Pair => "vec2<u32>",
        Width::Word => "Word",
    }
}

/// A number.
pub(super) fn literal(value: U256, width: Width) -> String {
    let limbs = value.as_limbs();
    let limb = |at: usize| (limbs[at / 2] >> (at % 2 * 32)) as u32;
    match width {
        Width::Bit => (!value.is_zero()).to_string(),
        Width::Limb => format!("{}u", limb(0)),
        Width::Pair => format!("vec2<u32>({}u, {}u)", limb(0), limb(1)),
        Width::Word => {
            let part = |from: usize| {
                let limbs: Vec<String> = (from..from + 4).map(|at| format!("{}u", limb(at))).collect();
                format!("vec4<u32>({})", limbs.join(", "))
            };
            format!("Word({}, {})", part(0), part(4))
        }
    }
}

/// An expression of one width in another. What is made narrower keeps its low bits; as a truth it is whether it is zero.
pub(super) fn convert(text: &str, from: Width, to: Width) -> String {
    match (from, to) {
        (Width::Bit, Width::Limb) => format!("u32({text})"),
        (Width::Bit, Width::Pair) => format!("vec2<u32>(u32({text}), 0u)"),
        (Width::Bit, Width::Word) => format!("word_small(u32({text}))"),
        (Width::Limb, Width::Bit) => format!("({text} != 0u)"),
        (Width::Limb, Width::Pair) => format!("vec2<u32>({text}, 0u)"),
        (Width::Limb, Width::Word) => format!("word_small({text})"),
        (Width::Pair, Width::Bit) => format!("(({text}.x | {text}.y) != 0u)"),
        (Width::Pair, Width::Limb) => format!("{text}.x"),
        (Width::Pair, Width::Word) => format!("word_u64({text})"),
        (Width::Word, Width::Bit) => format!("!word_is_zero({text})"),
        (Width::Word, Width::Limb) => format!("{text}.lo.x"),
        (Width::Word, Width::Pair) => format!("{text}.lo.xy"),
        _ => text.to_owned(),
    }
}

/// Lines before a value, the value in its width, and the turns of loops it takes.
pub(super) fn written(out: &Emitter<'_>, value: V) -> (Vec<String>, String, Turns) {
    let width = out.widths.widths[value.at()];
    let name = format!("{}", value.0);
    let mut turns = Turns::default();
    let mut lines = Vec::new();
    let (text, made) = match &out.way.ops[value.at()] {
        Op::Constant(_) | Op::Variable(..) => (out.expression(value, width), width),
        Op::Input(input) => self::input(*input, &name, &mut lines),
        Op::Unary(op, a) => unary(out, *op, *a, width),
        Op::Binary(op, a, b) => {
            turns.fixed = turns_of(*op, width, out.widths.ranges[b.at()].high.bit_len() as u64, out.turns(value));
            match out.overflow(value) {
                Some((a, b)) => {
                    turns.fixed = MUL_TURNS;
                    fits(out, a, b)
                }
                None => binary(out, *op, *a, *b, width, out.turns(value)),
            }
        }
        Op::Ternary(op, a, b, c) => {
            if matches!(op, Ternary::AddMod | Ternary::MulMod) {
                turns.fixed = MODULO_TURNS;
            }
            ternary(out, *op, [*a, *b, *c], width)
        }
        Op::Keccak(words, bytes) => {
            let blocks = blocks(out, words, *bytes);
            turns.fixed = KECCAK_TURNS * blocks.len() as u64;
            for (at, block) in blocks.iter().enumerate() {
                let taken = if at == 0 { block.clone() } else { format!("way_absorb(k{name}_{}, {block})", at - 1) };
                lines.push(format!("let k{name}_{at} = permute({taken});"));
            }
            (format!("way_hash(k{name}_{})", blocks.len() - 1), Width::Word)
        }
        Op::Stored(account, key) => {
            turns.probes = 1;
            let key = out.expression(*key, Width::Word);
            lines.push(format!("let held_{name} = way_slot(world_{account}, {key}, partial);"));
            lines.push(format!("ok = ok & held_{name}.known;"));
            (format!("held_{name}.word"), Width::Word)
        }
        Op::Looked(look, account, word) => {
            if *account == 0 && matches!(look, Look::Balance | Look::Nonce) {
                lines.push("ok = ok & way_loaded(lane);".to_owned());
            }
            let index = overlay_index(*account);
            match look {
                Look::Balance => (format!("way_balance(lane, {index})"), Width::Word),
                Look::Nonce => (format!("way_nonce(lane, {index})"), Width::Pair),
                Look::Warm => (format!("way_is_warm(lane, {index})"), Width::Bit),
                Look::Codeless => (format!("visit_{account}.holds"), Width::Bit),
                Look::WarmSlot => {
                    turns.fixed = MOST_LISTED as u64;
                    let key = out.expression(*word, Width::Word);
                    (format!("way_is_listed(lane, {index}, {key})"), Width::Bit)
                }
            }
        }
    };
    (lines, fitted(&text, made, width), turns)
}

/// A converted expression; one that is looked at twice must be a name.
fn fitted(text: &str, made: Width, width: Width) -> String {
    match (made, width) {
        (Width::Pair, Width::Bit) => format!("any({text} != vec2<u32>(0u))"),
        _ => convert(text, made, width),
    }
}

/// Heavy values of one kind, computed in the turns of one loop. They are one-block hashes, or slots.
pub(super) fn together(out: &Emitter<'_>, group: &[V]) -> (Vec<String>, Turns) {
    let mut lines = Vec::new();
    let mut turns = Turns::default();
    let first = group.first().map_or(0, |value| value.0);
    let mut takes = Vec::new();
    let mut is_hash = false;
    for value in group {
        lines.push(format!("var v{}: {};", value.0, type_name(out.widths.widths[value.at()])));
        match &out.way.ops[value.at()] {
            Op::Keccak(words, bytes) => {
                is_hash = true;
                turns.fixed += KECCAK_TURNS;
                takes.push(format!("taken_{first} = {};", blocks(out, words, *bytes).swap_remove(0)));
            }
            Op::Stored(account, key) => {
                turns.fixed += 1;
                turns.probes += 1;
                let key = out.expression(*key, Width::Word);
                takes.push(format!("owner_{first} = world_{account}; taken_{first} = {key};"));
            }
            _ => {}
        }
    }
    lines.push(format!("for (var i_{first} = 0u; i_{first} < {}u * place.unit; i_{first}++) {{", group.len()));
    lines.push(format!("var taken_{first}: {};", if is_hash { "Sponge" } else { "Word" }));
    if !is_hash {
        lines.push(format!("var owner_{first}: u32;"));
    }
    lines.push(switch(&first.to_string(), &takes));
    if is_hash {
        lines.push(format!("let made_{first} = way_hash(permute(taken_{first}));"));
    } else {
        lines.push(format!("let held_{first} = way_slot(owner_{first}, taken_{first}, partial);"));
        lines.push(format!("ok = ok & held_{first}.known;"));
        lines.push(format!("let made_{first} = held_{first}.word;"));
    }
    let gives: Vec<String> = group
        .iter()
        .map(|value| {
            let width = out.widths.widths[value.at()];
            format!("v{} = {};", value.0, convert(&format!("made_{first}"), Width::Word, width))
        })
        .collect();
    lines.push(switch(&first.to_string(), &gives));
    lines.push("}".to_owned());
    (lines, turns)
}

/// What is done in the turn of the loop of this name.
pub(super) fn switch(name: &str, cases: &[String]) -> String {
    let mut text = format!("switch i_{name} {{ ");
    for (at, case) in cases.iter().enumerate() {
        let label = if at + 1 == cases.len() { "default".to_owned() } else { format!("case {at}u") };
        text.push_str(&format!("{label}: {{ {case} }} "));
    }
    text.push('}');
    text
}

/// The blocks of a padded message, each as a state of keccak that holds nothing else.
fn blocks(out: &Emitter<'_>, words: &[V], bytes: u32) -> Vec<String> {
    let count = bytes / RATE + 1;
    // Parts of eight bytes: of the message, of the padding, or both.
    let part = |at: u32| {
        let mut terms = Vec::new();
        let word = words.get(at as usize / 4).filter(|_| at * 8 < bytes);
        terms.extend(word.map(|word| format!("way_part_{}({})", at % 4, out.expression(*word, Width::Word))));
        let mut padding = 0u64;
        if bytes / 8 == at {
            padding ^= 1 << (bytes % 8 * 8);
        }
        if at + 1 == count * RATE / 8 {
            padding ^= 1 << 63;
        }
        if padding != 0 || terms.is_empty() {
            terms.push(format!("vec2<u32>({}u, {}u)", padding as u32, (padding >> 32) as u32));
        }
        terms.join(" ^ ")
    };
    let none = vec!["vec2<u32>(0u)"; 25 - RATE as usize / 8].join(", ");
    (0..count)
        .map(|block| {
            let parts: Vec<String> = (0..RATE / 8).map(|at| part(block * (RATE / 8) + at)).collect();
            format!("Sponge({}, {none})", parts.join(", "))
        })
        .collect()
}

fn input(input: Input, name: &str, lines: &mut Vec<String>) -> (String, Width) {
    let env = |field: u32| (format!("way_environment(env_at + {}u)", field * 8), Width::Word);
    let tx = |field: u32| (format!("way_environment(tx_at + {}u)", field * 8), Width::Word);
    let block = |field: u32| (format!("way_environment(block_at + {}u)", field * 8), Width::Word);
    // The ranges take these for less than 2^64.
    let mut narrow = |(text, width): (String, Width)| {
        lines.push(format!("let narrow_{name} = {text};"));
        lines.push(format!("ok = ok & !way_over(narrow_{name});"));
        (format!("narrow_{name}"), width)
    };
    match input {
        Input::CallData(at) => (format!("way_data(lane, data_at, data_len, {at}u)"), Width::Word),
        Input::CallDataSize => ("data_len".to_owned(), Width::Limb),
        Input::Address => env(ENV_ADDRESS),
        Input::Caller => env(ENV_CALLER),
        Input::CallValue => env(ENV_CALLVALUE),
        Input::Origin => tx(TX_ORIGIN),
        Input::GasPrice => tx(TX_GASPRICE),
        Input::Coinbase => block(BLOCK_COINBASE),
        Input::Timestamp => narrow(block(BLOCK_TIMESTAMP)),
        Input::Number => narrow(block(BLOCK_NUMBER)),
        Input::PrevRandao => block(BLOCK_PREVRANDAO),
        Input::GasLimit => narrow(block(BLOCK_GASLIMIT)),
        Input::ChainId => narrow(block(BLOCK_CHAINID)),
        Input::BaseFee => block(BLOCK_BASEFEE),
        Input::BlobBaseFee => block(BLOCK_BLOBBASEFEE),
        Input::Gas => ("lane_gas(lane)".to_owned(), Width::Pair),
        Input::BlockHash(back) => {
            lines.push(format!("let hashes_{name} = memory[block_at + {}u];", BLOCK_HASHES * 8 + 7));
            let at = format!("hashes_{name} + {}u", (256 - back) * 8);
            (format!("way_environment_if({at}, hashes_{name} != 0u)"), Width::Word)
        }
        Input::BlobHash(number) => {
            let at = format!("tx_at + {}u", (TX_WORDS + number) * 8);
            let text = format!("way_environment_if({at}, {number}u < memory[tx_at + {}u])", TX_BLOBS * 8 + 7);
            (text, Width::Word)
        }
    }
}

fn unary(out: &Emitter<'_>, op: Unary, a: V, width: Width) -> (String, Width) {
    let word = || out.expression(a, Width::Word);
    match op {
        Unary::IsZero => (format!("!{}", out.expression(a, Width::Bit)), Width::Bit),
        Unary::Not if width == Width::Word => (format!("word_not({})", word()), Width::Word),
        Unary::Not => (format!("~{}", out.expression(a, width)), width),
        Unary::Clz => (format!("word_leading_zeros({})", word()), Width::Limb),
        Unary::ByteLength => (format!("((263u - word_leading_zeros({})) >> 3u)", word()), Width::Limb),
    }
}

/// Turns of loops of an operation in a width, its second operand of so many bits: as [`binary`] writes it.
fn turns_of(op: Binary, width: Width, bits: u64, in_loop: bool) -> u64 {
    match op {
        Binary::Mul if width == Width::Word && !in_loop => MUL_TURNS,
        Binary::Div | Binary::Mod | Binary::Sdiv | Binary::Smod => DIVIDE_TURNS,
        // Two products for each bit, in turns of their own.
        Binary::Exp => bits * 2 + 1,
        _ => 0,
    }
}

fn binary(out: &Emitter<'_>, op: Binary, a: V, b: V, width: Width, in_loop: bool) -> (String, Width) {
    let narrow = out.widths.widths[a.at()].max(out.widths.widths[b.at()]);
    let both = |width: Width| (out.expression(a, width), out.expression(b, width));
    let positive = |v: V| !out.widths.ranges[v.at()].high.bit(255);
    let constant = |v: V| out.widths.ranges[v.at()].value();
    let words = |function: &str| {
        let (a, b) = both(Width::Word);
        (format!("{function}({a}, {b})"), Width::Word)
    };
    match op {
        Binary::Add | Binary::Sub => {
            let (a, b) = both(width);
            let adds = op == Binary::Add;
            let text = match width {
                Width::Word if adds => format!("word_add({a}, {b}, 0u).word"),
                Width::Word => format!("word_sub({a}, {b}).word"),
                Width::Pair => format!("{}({a}, {b})", if adds { "u64_add" } else { "u64_sub" }),
                _ => format!("({a} {} {b})", if adds { "+" } else { "-" }),
            };
            (text, width)
        }
        Binary::Mul => {
            let (x, y) = both(width);
            let (wide, less) = if out.widths.widths[a.at()] < out.widths.widths[b.at()] { (b, a) } else { (a, b) };
            let text = match (width, out.widths.widths[less.at()]) {
                // What runs again and again is worth more text.
                (Width::Word, Width::Word) if in_loop => format!("word_mul_low({x}, {y})"),
                (Width::Word, Width::Word) => format!("way_mul({x}, {y})"),
                (Width::Word, Width::Pair) => {
                    let (wide, less) = (out.expression(wide, Width::Word), out.expression(less, Width::Pair));
                    format!("way_mul_half({wide}, {less})")
                }
                (Width::Word, _) => {
                    let (wide, less) = (out.expression(wide, Width::Word), out.expression(less, Width::Limb));
                    format!("way_mul_small({wide}, {less})")
                }
                (Width::Pair, _) => format!("way_mul_pair({x}, {y})"),
                _ => format!("({x} * {y})"),
            };
            (text, width)
        }
        Binary::Div | Binary::Mod | Binary::Sdiv | Binary::Smod => {
            let divides = matches!(op, Binary::Div | Binary::Sdiv);
            let unsigned = matches!(op, Binary::Div | Binary::Mod) || (positive(a) && positive(b));
            if unsigned && narrow <= Width::Limb {
                let (a, b) = both(Width::Limb);
                return (format!("{}({a}, {b})", if divides { "way_div_small" } else { "way_mod_small" }), Width::Limb);
            }
            if let Some(power) = constant(b).filter(|b| unsigned && b.is_power_of_two()) {
                let a = out.expression(a, Width::Word);
                let text = if divides {
                    format!("word_shr({a}, {}u, 0u)", power.trailing_zeros())
                } else {
                    format!("way_and({a}, {})", literal(power - U256::ONE, Width::Word))
                };
                return (text, Width::Word);
            }
            words(match (unsigned, divides) {
                (true, true) => "way_div",
                (true, false) => "way_mod",
                (false, true) => "way_sdiv",
                (false, false) => "way_smod",
            })
        }
        Binary::Exp => {
            let (a, b) = both(Width::Word);
            (format!("exponentiate({a}, {b}, 256u - word_leading_zeros({b}))"), Width::Word)
        }
        Binary::SignExtend => {
            let (at, b) = (out.expression(a, Width::Word), out.expression(b, Width::Word));
            (format!("way_sign_extend({}, {b})", count(out, a, &at)), Width::Word)
        }
        Binary::Lt => less(out, a, b, narrow, false),
        Binary::Gt => less(out, b, a, narrow, false),
        Binary::Slt => less(out, a, b, narrow, !(positive(a) && positive(b))),
        Binary::Sgt => less(out, b, a, narrow, !(positive(a) && positive(b))),
        Binary::Eq => {
            let (a, b) = both(narrow);
            let text = match narrow {
                Width::Word => format!("way_same({a}, {b})"),
                Width::Pair => format!("all({a} == {b})"),
                _ => format!("({a} == {b})"),
            };
            (text, Width::Bit)
        }
        Binary::And | Binary::Or | Binary::Xor => {
            let (a, b) = both(width);
            let text = match (width, op) {
                (Width::Word, Binary::And) => format!("way_and({a}, {b})"),
                (Width::Word, Binary::Or) => format!("way_or({a}, {b})"),
                (Width::Word, _) => format!("way_xor({a}, {b})"),
                (Width::Bit, Binary::Xor) => format!("({a} != {b})"),
                (_, Binary::And) => format!("({a} & {b})"),
                (_, Binary::Or) => format!("({a} | {b})"),
                _ => format!("({a} ^ {b})"),
            };
            (text, width)
        }
        Binary::Byte => {
            let (text, _) = words("way_byte");
            (text, Width::Limb)
        }
        Binary::Sar if !positive(b) => words("way_sar"),
        Binary::Shl | Binary::Shr | Binary::Sar => shift(out, op == Binary::Shl, a, b, width),
    }
}

/// Whether x * y / y is x: unless y is zero, whether the product does not overflow.
fn fits(out: &Emitter<'_>, x: V, y: V) -> (String, Width) {
    let (range_x, range_y) = (out.widths.ranges[x.at()], out.widths.ranges[y.at()]);
    let (wide, less) = if out.widths.widths[x.at()] < out.widths.widths[y.at()] { (y, x) } else { (x, y) };
    let fits = if range_x.high.checked_mul(range_y.high).is_some() {
        "true".to_owned()
    } else if out.widths.widths[less.at()] <= Width::Limb {
        let (wide, less) = (out.expression(wide, Width::Word), out.expression(less, Width::Limb));
        format!("way_fits_small({wide}, {less})")
    } else {
        format!("way_fits({}, {})", out.expression(wide, Width::Word), out.expression(less, Width::Word))
    };
    if !range_y.low.is_zero() {
        return (fits, Width::Bit);
    }
    let (x, y) = (out.expression(x, Width::Bit), out.expression(y, Width::Bit));
    (format!("({fits} & ({y} | !{x}))"), Width::Bit)
}

/// a < b, both of a width.
pub(super) fn less_in(a: &str, b: &str, width: Width) -> String {
    match width {
        Width::Word => format!("way_less({a}, {b})"),
        Width::Pair => format!("u64_less({a}, {b})"),
        _ => format!("({a} < {b})"),
    }
}

/// a < b.
fn less(out: &Emitter<'_>, a: V, b: V, narrow: Width, signed: bool) -> (String, Width) {
    let narrow = if signed { Width::Word } else { narrow.max(Width::Limb) };
    let (a, b) = (out.expression(a, narrow), out.expression(b, narrow));
    let text = if signed { format!("way_below({a}, {b})") } else { less_in(&a, &b, narrow) };
    (text, Width::Bit)
}

/// A word as a shift count.
fn count(out: &Emitter<'_>, value: V, word: &str) -> String {
    match out.widths.ranges[value.at()].value() {
        Some(number) => format!("{}u", number.saturating_to::<u32>()),
        None if out.widths.widths[value.at()] <= Width::Limb => out.expression(value, Width::Limb),
        None => format!("word_count({word})"),
    }
}

fn shift(out: &Emitter<'_>, left: bool, by: V, value: V, width: Width) -> (String, Width) {
    let own = out.widths.widths[value.at()];
    let known = out.widths.ranges[by.at()].value().map(|by| by.saturating_to::<u32>());
    // Of what is shifted left the low bits say all, of what is shifted right all its bits.
    let width = if left { width } else { own.max(Width::Limb) };
    match (known, width) {
        (Some(bits), Width::Limb) => {
            let value = out.expression(value, Width::Limb);
            let sign = if left { "<<" } else { ">>" };
            (if bits < 32 { format!("({value} {sign} {bits}u)") } else { "0u".to_owned() }, Width::Limb)
        }
        (Some(bits), Width::Pair) => {
            let value = out.expression(value, Width::Pair);
            let function = if left { "way_pair_shl" } else { "way_pair_shr" };
            (if bits < 64 { format!("{function}({value}, {bits}u)") } else { "vec2<u32>(0u)".to_owned() }, Width::Pair)
        }
        _ => {
            let (value, word) = (out.expression(value, Width::Word), out.expression(by, Width::Word));
            let by = count(out, by, &word);
            let text = if left { format!("word_shl({value}, {by})") } else { format!("word_shr({value}, {by}, 0u)") };
            (text, Width::Word)
        }
    }
}

fn ternary(out: &Emitter<'_>, op: Ternary, operands: [V; 3], width: Width) -> (String, Width) {
    let [a, b, c] = operands.map(|v| out.expression(v, Width::Word));
    let parameters = fork_parameters(out.way.fork);
    let price = |index: u32| format!("{}u", parameters[index as usize]);
    let (noop, fill, reset) = (price(P_SSTORE_NOOP), price(P_SSTORE_SET), price(P_SSTORE_RESET));
    match op {
        Ternary::AddMod => (format!("way_addmod({a}, {b}, {c})"), Width::Word),
        Ternary::MulMod => (format!("way_mulmod({a}, {b}, {c})"), Width::Word),
        Ternary::Select => {
            let [taken, yes, no] = operands;
            let width = width.max(Width::Limb);
            let (yes, no) = (out.expression(yes, width), out.expression(no, width));
            let taken = out.expression(taken, Width::Bit);
            let function = if width == Width::Word { "word_select" } else { "select" };
            (format!("{function}({no}, {yes}, {taken})"), width)
        }
        Ternary::SstoreGas => (format!("way_store_gas({a}, {b}, {c}, {noop}, {fill}, {reset})"), Width::Limb),
        Ternary::SstoreRefund => {
            let clear = price(P_SSTORE_CLEAR);
            let text = format!("way_store_refund({a}, {b}, {c}, {noop}, {fill}, {reset}, {clear})");
            if width == Width::Word { (format!("way_signed({text})"), Width::Word) } else { (text, Width::Pair) }
        }
    }
}
