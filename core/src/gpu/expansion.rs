//! The call template of a shard as the words that the kernel `expand` reads, so that call data is made on the device and
//! not uploaded. What a template's values are is [`crate::template`]'s.

use lanevm_shaders::expansion::{
    CHUNK_PARTS, CHUNK_WORDS, G_BASE, G_BITS, G_BLOCKS, G_BY_LANE, G_DIGITS, G_DOWN, G_FACTOR, G_KEY_0, G_KEY_1,
    G_LENGTHS, G_MODULUS, G_OFFSET, G_PARTS, G_REST, G_RULE, G_STRIDE, G_TABLE, G_TABLE_LIMBS, G_WIDTH,
    GENERATOR_WORDS, RULE_AFFINE, RULE_LOG_UNIFORM, RULE_TABLE, RULE_UNIFORM, T_AT, T_CHUNKS, T_FIRST, T_GAP, T_HEAD,
    T_LIMBS, T_ROUNDS, T_ROWS, TEMPLATE_WORDS,
};

use super::{decode::big_endian_words, inputs::LaneCall, worlds::limbs};
use crate::{
    Batch, U256,
    call_data::{GeneratedData, Part, Pattern},
    generated::Rows,
    template::Rule,
};

/// Most chunks of a lane's call data: what one dimension of a dispatch can have.
const MOST_CHUNKS: u64 = 65_535;

/// What a shard's call data takes where the device makes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Words of call data of a lane.
    pub(crate) gap: u32,
    /// Words of the template in `inputs`, but for what grows with the lanes.
    fixed: u64,
    /// Words that grow with the lanes, at most, for each.
    each: u64,
}

impl Size {
    /// Words of the template in `inputs` for so many lanes, at most.
    pub(crate) const fn input_words(&self, lanes: u64) -> u64 {
        self.fixed + self.each * lanes
    }
}

/// The template as it stands in `inputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// First word of the template.
    pub(crate) at: u32,
    /// Words of call data of a lane.
    pub(crate) gap: u32,
    /// Chunks of a lane's call data.
    pub(crate) chunks: u32,
}

fn table_limbs(part: &Part) -> u32 {
    u32::from(part.width).div_ceil(4)
}

/// The parts of each chunk of the call data, by their numbers.
fn chunks(pattern: &Pattern) -> Vec<Vec<u32>> {
    let words = pattern.head().len().div_ceil(4);
    let mut chunks = vec![Vec::new(); words.div_ceil(CHUNK_WORDS as usize)];
    for (number, part) in pattern.parts().iter().enumerate() {
        let bytes = CHUNK_WORDS * 4;
        for chunk in part.offset / bytes..=(part.offset + u32::from(part.width) - 1) / bytes {
            chunks[chunk as usize].push(number as u32);
        }
    }
    chunks
}

/// What the batch's call data takes where the device makes it; `None` where it does not: the bytes are there, or the
/// template is larger than one dispatch can make.
pub(crate) fn size(batch: &Batch) -> Option<Size> {
    let pattern = batch.calls.data.generated()?.pattern();
    let gap = pattern.head().len().div_ceil(4) as u64;
    let chunks = chunks(pattern);
    if chunks.len() as u64 > MOST_CHUNKS || chunks.iter().any(|parts| parts.len() > CHUNK_PARTS as usize) {
        return None;
    }
    let listed: usize = chunks.iter().map(Vec::len).sum();
    let tables = pattern.parts().iter().filter(|part| matches!(part.source.rule(), Rule::Table(_)));
    Some(Size {
        gap: gap as u32,
        fixed: u64::from(TEMPLATE_WORDS)
            + gap
            + chunks.len() as u64
            + 1
            + listed as u64
            + pattern.parts().len() as u64 * u64::from(GENERATOR_WORDS),
        each: 1 + tables.map(|part| u64::from(table_limbs(part))).sum::<u64>(),
    })
}

/// Appends the template to `inputs`. The lanes' call data is to stand at `memory_at` in the buffer `memory`.
pub(crate) fn append(data: &GeneratedData, lanes: &[LaneCall], memory_at: u32, words: &mut Vec<u32>) -> Expansion {
    let pattern = data.pattern();
    let at = words.len();
    let gap = pattern.head().len().div_ceil(4) as u32;
    words.extend([0; TEMPLATE_WORDS as usize]);
    let mut head = [0; TEMPLATE_WORDS as usize];
    head[T_AT as usize] = memory_at;
    head[T_GAP as usize] = gap;
    head[T_LIMBS as usize] = 8;
    head[T_ROUNDS as usize] = 20;
    let rows = Rows::listed(lanes.iter().map(|lane| data.rows().get(lane.index)).collect());
    match &rows {
        Rows::From { first, .. } => head[T_FIRST as usize] = *first,
        Rows::Listed(rows) => {
            head[T_ROWS as usize] = words.len() as u32;
            words.extend(rows.iter());
        }
    }
    head[T_HEAD as usize] = words.len() as u32;
    words.extend(big_endian_words(pattern.head()));
    let parts: Vec<u32> = pattern.parts().iter().map(|part| append_part(part, &rows, words)).collect();
    let chunks = chunks(pattern);
    head[T_CHUNKS as usize] = words.len() as u32;
    let mut list = words.len() as u32 + chunks.len() as u32 + 1;
    for chunk in &chunks {
        words.push(list);
        list += chunk.len() as u32;
    }
    words.push(list);
    words.extend(chunks.iter().flatten().map(|part| parts[*part as usize]));
    words[at..at + head.len()].copy_from_slice(&head);
    Expansion { at: at as u32, gap, chunks: chunks.len() as u32 }
}

/// Appends a part, and the values it may choose from; gives the place of its words.
fn append_part(part: &Part, rows: &Rows, words: &mut Vec<u32>) -> u32 {
    let [stride, modulus] = part.source.place();
    let [key_0, key_1] = part.source.key();
    let mut record = [0; GENERATOR_WORDS as usize];
    let mut set = |field: u32, value: u32| record[field as usize] = value;
    set(G_OFFSET, part.offset);
    set(G_WIDTH, part.width.into());
    set(G_STRIDE, stride);
    set(G_MODULUS, modulus);
    set(G_KEY_0, key_0);
    set(G_KEY_1, key_1);
    set(G_PARTS, 1);
    let (mut base, mut factor) = (U256::ZERO, U256::ZERO);
    match part.source.rule() {
        Rule::Affine { base: first, factor: step, rest, parts, down } => {
            set(G_RULE, RULE_AFFINE);
            set(G_REST, *rest);
            set(G_PARTS, *parts);
            set(G_DIGITS, if *rest == 0 { 0 } else { 14 });
            set(G_DOWN, (*down).into());
            (base, factor) = (*first, *step);
        }
        Rule::Uniform { min, max } => {
            set(G_RULE, RULE_UNIFORM);
            set(G_BLOCKS, 4);
            (base, factor) = (*min, max.wrapping_sub(*min).wrapping_add(U256::from(1)));
        }
        Rule::LogUniform { min, max } => {
            set(G_RULE, RULE_LOG_UNIFORM);
            set(G_BLOCKS, 5);
            set(G_BITS, min.bit_len() as u32);
            set(G_LENGTHS, (max.bit_len() - min.bit_len() + 1) as u32);
            (base, factor) = (*min, *max);
        }
        Rule::Table(values) => {
            set(G_RULE, RULE_TABLE);
            let size = table_limbs(part);
            set(G_TABLE, words.len() as u32);
            set(G_TABLE_LIMBS, size);
            // A table longer than the shard is sent as the shard's own values.
            if values.len() > rows.len() {
                set(G_BY_LANE, 1);
                let row = |lane| part.source.value(rows.get(lane));
                words.extend((0..rows.len()).flat_map(|lane| limbs(&row(lane)).into_iter().take(size as usize)));
            } else {
                words.extend(values.iter().flat_map(|value| limbs(value).into_iter().take(size as usize)));
            }
        }
    }
    record[G_BASE as usize..][..8].copy_from_slice(&limbs(&base));
    record[G_FACTOR as usize..][..8].copy_from_slice(&limbs(&factor));
    let place = words.len() as u32;
    words.extend(record);
    place
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{super::opening::Opened, *};
    use crate::{
        examples,
        gpu::{inputs::inputs, opening::open, tables::Tables},
    };

    /// Bytes sent for a shard of a batch's calls: the buffer `inputs`, and what the lanes have in the host's part of
    /// `memory`.
    fn sent(batch: &Batch, made: Option<Size>) -> usize {
        let Opened::Lane(opening) = open(batch, 0) else { panic!("the call is the device's") };
        let opening = Rc::new(*opening);
        let lanes: Vec<LaneCall> =
            (0..batch.len()).map(|index| LaneCall { index, opening: Rc::clone(&opening) }).collect();
        let mut tables = Tables::new();
        assert!(lanes[0].enter(batch, &mut tables));
        let registry = tables.registry(0);
        let shared = tables.host.len();
        let control = crate::Control::default();
        let mut slices = crate::engine::Slices::new(&control);
        let inputs = pollster::block_on(inputs(batch, &mut tables, &registry, &lanes, made, &mut slices));
        let fixed = made.map_or(0, |size| size.input_words(lanes.len() as u64));
        let first = lanes[0].input_words(false);
        let room = first + (lanes.len() as u64 - 1) * lanes[0].input_words(true) + fixed;
        assert!(inputs.words.len() as u64 <= room, "{} words in a room of {room}", inputs.words.len());
        (inputs.words.len() + inputs.host.len() - shared) * 4
    }

    /// 65,536 transfers of the token: what a shard sends does not grow with its lanes.
    #[test]
    fn a_sweep_sends_its_template_and_nothing_for_each_lane() {
        let made = examples::by_id("erc20").unwrap().batch(65_536).unwrap();
        let mut stored = made.clone();
        stored.calls.data = made.calls.data.stored();
        let (before, after) = (sent(&stored, None), sent(&made, size(&made)));
        println!("65,536 lanes: {before} bytes of stored call data and records, {after} of a template");
        assert!(before > 65_536 * 136, "{before}");
        assert!(after < 2_048, "{after}");
    }

    /// Room is counted for a list in full, or for its values lane by lane, whichever is sent; and for scattered rows.
    #[test]
    fn room_is_counted_for_lists_of_any_length() {
        for (values, stride) in [(3, 1), (5_000, 1), (3, 2), (5_000, 7)] {
            let mut example = examples::by_id("erc20").unwrap();
            let list = (0..values).map(U256::from).collect();
            example.template.fields[1].generator = crate::Generator::List(list);
            let batch = example.batch(7_000).unwrap();
            let rows: Vec<usize> = (0..1_000).map(|row| row * stride).collect();
            let batch = batch.subset(&rows);
            assert!(sent(&batch, size(&batch)) > 0);
        }
    }
}
