//! What generators give, and what a template refuses.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn word(value: u64) -> U256 {
    U256::from(value)
}

/// The values of a generator in the first calls.
fn values(template: &Template, generator: &Generator, count: u32) -> Vec<U256> {
    let source = template.source("x", generator).unwrap();
    (0..count).map(|row| source.value(row)).collect()
}

fn small(template: &Template, generator: &Generator, count: u32) -> Vec<u64> {
    values(template, generator, count).into_iter().map(|value| value.to()).collect()
}

fn steps(start: u64, end: u64, count: usize) -> Generator {
    Generator::Steps { start: word(start), end: word(end), count }
}

#[test]
fn random_stays_in_its_bounds() {
    let generator = Generator::uniform(word(5), word(7));
    let seen: BTreeSet<U256> = values(&Template::default(), &generator, 200).into_iter().collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [5, 6, 7].map(U256::from));
}

#[test]
fn random_lengths_are_all_seen() {
    let generator = Generator::log_uniform(U256::ZERO, U256::MAX);
    let seen: BTreeSet<usize> =
        values(&Template::default(), &generator, 5000).into_iter().map(|value| value.bit_len()).collect();
    assert_eq!(seen, (0..=256).collect());
}

#[test]
fn steps_hold_both_ends_and_come_again() {
    let none = Template::default();
    assert_eq!(small(&none, &steps(10, 20, 4), 6), [10, 13, 16, 20, 10, 13]);
    assert_eq!(small(&none, &steps(20, 10, 4), 4), [20, 17, 14, 10]);
    assert_eq!(small(&none, &steps(7, 99, 1), 2), [7, 7]);
    let whole = Generator::Steps { start: U256::MAX, end: U256::ZERO, count: 3 };
    let half = U256::MAX >> 1;
    assert_eq!(values(&none, &whole, 3), [U256::MAX, U256::MAX - half, U256::ZERO]);
}

#[test]
fn axes_make_a_grid_whose_last_varies_fastest() {
    let template = Template {
        count: 6,
        axes: vec![Axis::new("slow", 2), Axis::new("fast", 3)],
        columns: [("c".to_owned(), vec![word(7), word(8), word(9)])].into(),
        ..Template::default()
    };
    let range = Generator::Range { from: U256::ZERO, step: word(1) };
    assert_eq!(small(&template, &range.clone().along("slow"), 6), [0, 0, 0, 1, 1, 1]);
    assert_eq!(small(&template, &range.clone().along("fast"), 6), [0, 1, 2, 0, 1, 2]);
    assert_eq!(small(&template, &Generator::Column("c".into()).along("fast"), 6), [7, 8, 9, 7, 8, 9]);
    assert_eq!(small(&template, &range, 6), [0, 1, 2, 3, 4, 5]);
    let random = values(&template, &Generator::uniform(U256::ZERO, U256::MAX).along("slow"), 6);
    assert_eq!(random.iter().collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(random[0], random[2]);
}

#[test]
fn fields_are_laid_over_the_data_in_order() {
    let template = Template {
        count: 3,
        data: vec![0xaa; 4],
        fields: vec![
            DataField::new("n", 1, 2, Generator::Range { from: word(255), step: word(1) }),
            DataField::new("m", 2, 1, Generator::List(vec![word(0x101), word(0x102)])),
        ],
        ..Template::default()
    };
    let calls = template.expand().unwrap();
    assert_eq!(*calls.data.get(0), [0xaa, 0, 1, 0xaa]);
    assert_eq!(*calls.data.get(1), [0xaa, 1, 2, 0xaa]);
    assert_eq!(*calls.data.get(2), [0xaa, 1, 1, 0xaa]);
}

/// However many calls: a template is as large as what it was given.
#[test]
fn expanding_takes_no_room_for_calls() {
    let template = Template {
        count: MAX_CALLS,
        caller: Generator::uniform(U256::ZERO, U256::MAX),
        value: Generator::Fixed(word(3)),
        data: vec![0; 68],
        fields: vec![DataField::new("x", 4, 32, Generator::uniform(U256::ZERO, U256::MAX))],
        ..Template::default()
    };
    let calls = template.expand().unwrap();
    assert_eq!(calls.data.len(), MAX_CALLS);
    assert!(calls.caller.fits(MAX_CALLS));
    assert_eq!(calls.value, Column::All(word(3)));
    let last = calls.data.select(&[MAX_CALLS - 1, 5]);
    assert_eq!(last.get(1), calls.data.get(5));
    assert_ne!(last.get(0), last.get(1));
    let fixed = Template { fields: vec![DataField::new("x", 0, 1, Generator::Fixed(word(9)))], ..template };
    assert_eq!(fixed.expand().unwrap().data.range(MAX_CALLS - 1), Some((0, 68)));
}

#[test]
fn what_is_wrong_is_named() {
    let good = Template {
        count: 4,
        data: vec![0; 4],
        axes: vec![Axis::new("a", 2), Axis::new("b", 2)],
        ..Template::default()
    };
    let with = |generator: Generator| {
        let fields = vec![DataField::new("amount", 0, 4, generator)];
        Template { fields, ..good.clone() }.validate().unwrap_err().to_string()
    };
    let list = |values: usize| Generator::List(vec![U256::ZERO; values]);
    let along = |generator: Generator| with(generator.along("a"));
    for (message, says) in [
        (with(list(0)), "list of `amount` is empty"),
        (with(steps(0, 1, 0)), "a range of 0 values; give a count from 1"),
        (with(Generator::uniform(word(2), word(1))), "the least value 2 is over the greatest, 1"),
        (with(Generator::Column("c".into())), "column `c`, which is not there; the columns are: none"),
        (with(list(2).along("z")), "axis `z`, which is not there; the axes are: a, b"),
        (along(list(3)), "has 3 values, but axis `a` has 2 points; give as many"),
        (along(steps(0, 1, 5)), "has 5 values"),
        (along(list(2).along("b")), "an axis inside an axis; name one"),
    ] {
        assert!(message.contains("amount") && message.contains(says), "{message}");
    }
    let past = DataField::new("amount", 1, 4, Generator::default());
    let past = Template { fields: vec![past], ..good.clone() };
    assert_eq!(past.validate(), Err(TemplateError::PastEnd { field: "amount".into(), end: 5, len: 4 }));
    let wide = Template { fields: vec![DataField::new("amount", 0, 33, Generator::default())], ..good.clone() };
    assert!(wide.validate().unwrap_err().to_string().contains("33 bytes wide"));
    assert_eq!(Template { count: 5, ..good.clone() }.validate(), Err(TemplateError::PastGrid { count: 5, points: 4 }));
    let axes = |axes: Vec<Axis>| Template { axes, count: 0, ..good.clone() }.validate().unwrap_err().to_string();
    assert!(axes(vec![Axis::new("a", 0)]).contains("axis `a` has 0 points"));
    assert!(axes(vec![Axis::new("a", 1), Axis::new("a", 1)]).contains("twice"));
    assert!(matches!(
        Template { count: MAX_CALLS + 1, ..Template::default() }.validate(),
        Err(TemplateError::TooManyCalls { .. })
    ));
}

/// A generator that is valid with the axes `a` (of `points`) and without.
pub(crate) fn generators(points: usize) -> impl Strategy<Value = Generator> {
    let any_word = || {
        prop_oneof![
            any::<[u64; 4]>().prop_map(U256::from_limbs),
            (any::<u64>(), 0usize..256).prop_map(|(bits, by)| { U256::from(bits) << by })
        ]
    };
    let dist = prop_oneof![Just(Distribution::Uniform), Just(Distribution::LogUniform)];
    let plain = prop_oneof![
        any_word().prop_map(Generator::Fixed),
        (any_word(), any_word()).prop_map(|(from, step)| Generator::Range { from, step }),
        (any_word(), any_word()).prop_map(move |(start, end)| Generator::Steps { start, end, count: points }),
        prop::collection::vec(any_word(), points).prop_map(Generator::List),
        (any_word(), any_word(), dist).prop_map(|(a, b, dist)| Generator::Random {
            min: a.min(b),
            max: a.max(b),
            dist
        }),
        Just(Generator::Column("c".into())),
    ];
    (plain, any::<bool>()).prop_map(|(generator, along)| if along { generator.along("a") } else { generator })
}

proptest! {
    /// A row is the data with each field's value laid over it, and nothing else.
    #[test]
    fn a_row_is_its_values_laid_over_the_data(
        fields in prop::collection::vec((generators(3), 0usize..40, 1usize..=32), 0..6),
        row in 0usize..60,
        seed: u64,
    ) {
        let fields: Vec<DataField> = fields
            .into_iter()
            .enumerate()
            .map(|(at, (generator, offset, width))| DataField::new(format!("f{at}"), offset, width, generator))
            .collect();
        let template = Template {
            count: 60,
            seed,
            data: (0..72).collect(),
            fields,
            axes: vec![Axis::new("o", 4), Axis::new("a", 3), Axis::new("i", 5)],
            columns: [("c".to_owned(), vec![word(1), word(2), U256::MAX])].into(),
            ..Template::default()
        };
        let calls = template.expand().unwrap();
        let mut expected = template.data.clone();
        for field in &template.fields {
            let value = template.source(&field.name, &field.generator).unwrap().value(row as u32);
            let bytes = value.to_be_bytes::<32>();
            expected[field.offset..field.offset + field.width].copy_from_slice(&bytes[32 - field.width..]);
        }
        prop_assert_eq!(&calls.data.get(row)[..], &expected[..]);
        let stored = calls.data.stored();
        prop_assert_eq!(stored.get(row), calls.data.get(row));
    }

    /// A grid holds every combination of its axes' points, once.
    #[test]
    fn a_grid_covers_the_product_once(lens in prop::collection::vec(1usize..6, 1..5)) {
        let axes: Vec<Axis> = lens.iter().enumerate().map(|(at, len)| Axis::new(format!("x{at}"), *len)).collect();
        let count: usize = lens.iter().product();
        let template = Template { count, axes, ..Template::default() };
        let range = Generator::Range { from: U256::ZERO, step: word(1) };
        let sources: Vec<_> =
            (0..lens.len()).map(|at| template.source("x", &range.clone().along(format!("x{at}"))).unwrap()).collect();
        let points: Vec<Vec<U256>> =
            (0..count as u32).map(|row| sources.iter().map(|source| source.value(row)).collect()).collect();
        // In order, as numbers whose last digit is the last axis.
        prop_assert!(points.is_sorted_by(|a, b| a < b));
        prop_assert!(points.iter().all(|point| point.iter().zip(&lens).all(|(at, len)| *at < U256::from(*len))));
    }

    /// Random values stay within their bounds.
    #[test]
    fn random_values_stay_within(a: [u64; 4], b: [u64; 4], shift in 0usize..256, row in 0u32..1 << 28, seed: u64) {
        let (a, b) = (U256::from_limbs(a) >> shift, U256::from_limbs(b) >> (shift / 2));
        let (min, max) = (a.min(b), a.max(b));
        for dist in [Distribution::Uniform, Distribution::LogUniform] {
            let template = Template { seed, ..Template::default() };
            let value = template.source("x", &Generator::Random { min, max, dist }).unwrap().value(row);
            prop_assert!((min..=max).contains(&value));
        }
    }
}
