//! The filter language: what it answers, what it refuses and how it says so, and its laws.

use std::time::Instant;

use lanevm_core::{
    Status, U256,
    query::{Column, Columns, Direction, Field, Int, Kind, Query, STATUS_WORDS, Step, Value, sort},
};
use proptest::prelude::*;

/// Lanes for tests: gas is the row's number times 100 unless given.
#[derive(Debug, Default)]
struct Lanes {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    status: Status,
    gas: u64,
    amount: Option<U256>,
    delta: Option<U256>,
    ok: Option<bool>,
    ret: Vec<u8>,
    reason: Option<String>,
}

impl Columns for Lanes {
    fn find(&mut self, field: &Field) -> Option<Column> {
        let (id, kind) = match field.to_string().as_str() {
            "lane" => (0, Kind::Number),
            "gas" => (1, Kind::Number),
            "status" => (2, Kind::Codes(&STATUS_WORDS)),
            "ret" => (3, Kind::Bytes),
            "reason" => (4, Kind::Text),
            "ret.amountOut" | "ret[0]" => (5, Kind::Number),
            "ret.delta" => (6, Kind::Number),
            "ret.ok" => (7, Kind::Bool),
            "slot(\"0x01\")" | "slot(\"1\")" => (5, Kind::Number),
            _ => return None,
        };
        Some(Column { id, kind })
    }

    fn why_not(&self, field: &Field) -> Option<String> {
        (field.root == "ret" && field.steps.first().is_some_and(|step| matches!(step, Step::Index(_))))
            .then(|| "the function returns one value".into())
    }

    fn names(&self) -> Vec<String> {
        ["lane", "gas", "status", "ret", "reason", "ret.amountOut", "ret.delta", "ret.ok"].map(String::from).to_vec()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let lane = &self.rows[row];
        match column {
            0 => Value::Number(row as i128),
            1 => Value::Number(lane.gas.into()),
            2 => Value::Code(lane.status as u8),
            3 => Value::Bytes(&lane.ret),
            4 => lane.reason.as_deref().map_or(Value::Absent, Value::Text),
            5 => lane.amount.map_or(Value::Absent, Value::Word),
            6 => lane.delta.map_or(Value::Absent, Value::Signed),
            _ => lane.ok.map_or(Value::Absent, Value::Bool),
        }
    }
}

const ETHER: u64 = 1_000_000_000_000_000_000;

fn lanes() -> Lanes {
    let row = |status, gas, amount: Option<U256>, reason: Option<&str>| Row {
        status,
        gas,
        amount,
        delta: amount.map(|amount| U256::from(5).wrapping_sub(amount)),
        ok: amount.map(|_| gas > 30_000),
        ret: amount.map_or_else(Vec::new, |amount| amount.to_be_bytes_vec()),
        reason: reason.map(str::to_owned),
    };
    Lanes {
        rows: vec![
            row(Status::Return, 21_000, Some(U256::from(ETHER)), None),
            row(Status::Return, 60_000, Some(U256::from(ETHER) * U256::from(3)), None),
            row(Status::Revert, 30_000, None, Some("ERC20: transfer amount exceeds balance")),
            row(Status::OutOfGas, 100_000, None, None),
            row(Status::Stop, 21_000, Some(U256::MAX), None),
            row(Status::StepLimit, 5, Some(U256::ZERO), Some("")),
        ],
    }
}

fn rows(text: &str) -> Vec<u32> {
    let mut lanes = lanes();
    let query = Query::new(text, &mut lanes).unwrap_or_else(|error| panic!("{text}: {error}"));
    query.select(&lanes, 0..lanes.rows.len() as u32)
}

fn refused(text: &str) -> String {
    let error = Query::new(text, &mut lanes()).map(|_| ()).expect_err(text);
    format!("{text}\n    {}..{}: {}\n", error.columns.start, error.columns.end, error.kind)
}

#[test]
fn filters_answer() {
    for (text, expected) in [
        ("", vec![0, 1, 2, 3, 4, 5]),
        ("status == revert and gas < 50000", vec![2]),
        ("status == success", vec![0, 1, 4]),
        ("success == status", vec![0, 1, 4]),
        ("status == out_of_gas", vec![3]),
        ("status in (halt, revert)", vec![2, 3]),
        ("status not in (halt, revert)", vec![0, 1, 4, 5]),
        ("status != success", vec![2, 3, 5]),
        ("status == unfinished", vec![5]),
        ("status == step_limit", vec![5]),
        ("ret.amountOut > 1e18", vec![1, 4]),
        ("ret.amountOut > 1.5 ether", vec![1, 4]),
        ("ret[0] >= 1_000_000_000 gwei", vec![0, 1, 4]),
        ("slot(\"0x01\") == 1 ether", vec![0]),
        ("slot(0x01) == 1 ether and slot(1) == 1 ether", vec![0]),
        ("ret.delta < 0", vec![0, 1]),
        ("ret.delta == 5", vec![5]),
        ("ret.delta == 6", vec![4]),
        ("-ret.delta > 2e18", vec![1]),
        ("ret.ok", vec![1]),
        ("not ret.ok", vec![0, 4, 5]),
        ("ret.ok == false", vec![0, 4, 5]),
        ("reason contains 'exceeds'", vec![2]),
        ("has(reason)", vec![2, 5]),
        ("not has(ret.amountOut)", vec![2, 3]),
        ("reason == \"\"", vec![5]),
        ("reason in ('', 'x')", vec![5]),
        ("ret == 0x0000000000000000000000000000000000000000000000000de0b6b3a7640000", vec![0]),
        ("ret contains 0x0de0b6", vec![0]),
        ("gas in (5, 0x5208)", vec![0, 4, 5]),
        ("gas - 21000 == 0 or gas * 2 == 120000", vec![0, 1, 4]),
        ("gas / 1000 % 7 == 0 and lane < 2", vec![0]),
        ("(lane == 1 or lane == 2) and not (gas > 40000)", vec![2]),
        ("LANE == 1 OR lane == 2", vec![]),
        // The product needs 512 bits, and has them.
        ("ret.amountOut * ret.amountOut > 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", vec![4]),
        ("ret.amountOut + 1 > ret.amountOut", vec![0, 1, 4, 5]),
        // A division by zero has no answer, and neither has its opposite.
        ("10 / ret.amountOut == 0", vec![0, 1, 4]),
        ("not (10 / ret.amountOut == 0)", vec![]),
        ("7 / 2 == 3 and -7 / 2 == -3 and -7 % 2 == -1 and 7 % -2 == 1", vec![0, 1, 2, 3, 4, 5]),
        // A lane that lacks a value passes neither a comparison nor its opposite.
        ("ret.amountOut > 5", vec![0, 1, 4]),
        ("not (ret.amountOut > 5)", vec![5]),
        ("ret.amountOut != 5", vec![0, 1, 4, 5]),
        ("ret.amountOut > 5 or gas > 0", vec![0, 1, 2, 3, 4, 5]),
        ("not (ret.amountOut > 5 and gas < 0)", vec![0, 1, 2, 3, 4, 5]),
        ("true and not false", vec![0, 1, 2, 3, 4, 5]),
    ] {
        if text.starts_with("LANE") {
            assert!(Query::new(text, &mut lanes()).is_err(), "names of columns mean their case");
        } else {
            assert_eq!(rows(text), expected, "{text}");
        }
    }
}

#[test]
fn mistakes_are_said_with_their_place() {
    let long = format!("gas == {}", "1".repeat(90));
    let deep = format!("{}gas == 1{}", "(".repeat(100), ")".repeat(100));
    let nots = format!("{} ret.ok", "not ".repeat(100));
    let sums = format!("gas {} == 1", "+ 1 ".repeat(100));
    let texts = [
        "gas",
        "gas <",
        "gas < 5 gas",
        "gas = 5",
        "gas == 5 && lane == 1",
        "!(gas == 5)",
        "gas <> 5",
        "1 < gas < 3",
        "gass < 5",
        "foo.bar == 1",
        "ret[3] == 1",
        "status == rever",
        "status == 5",
        "status == 'revert'",
        "status == banana",
        "status > revert",
        "reason > 'a'",
        "ret == 'abc'",
        "ret == 0x123",
        "ret == 5",
        "reason == 0x12",
        "gas == 1.5",
        "gas == 1.5 gwei and gas == 0.1 wei",
        "gas == 1e78",
        "gas == 0x",
        "gas == 0xzz",
        "gas == 12abc",
        "gas == 1.",
        "gas == 'x",
        "gas @ 5",
        "gas ^ 2",
        "gas == 5 / 0",
        "gas in ()",
        "gas in (lane)",
        "gas in 5",
        "not",
        "gas not 5",
        "reason not contains 'x'",
        "ret.",
        "ret[x]",
        "slot(",
        "has(5)",
        "has(nothing)",
        "gas contains 5",
        "ret.amountOut * ret.amountOut * ret.amountOut * ret.amountOut * gas > 1",
        "é == 1",
        "ret.ok == 1",
        "(gas == 1",
        "status == success or",
        "wibble",
        "-reason == 1",
    ];
    let refusals: String = texts.into_iter().map(refused).collect();
    insta::assert_snapshot!(refusals);
    for text in [&long, &deep, &nots, &sums, &" ".repeat(20_000)] {
        assert!(Query::new(text, &mut lanes()).is_err());
    }
}

#[test]
fn wide_filters_are_not_deep() {
    let text = vec!["gas == 1"; 1_000].join(" or ");
    assert!(rows(&text).is_empty());
    assert_eq!(
        rows(&format!("gas in ({})", (0..2_000).map(|n| (n * 5).to_string()).collect::<Vec<_>>().join(","))),
        [5]
    );
}

#[test]
fn rows_are_sorted_exactly() {
    let mut lanes = lanes();
    let mut sorted = |name: &str, direction| {
        let field = Field {
            other: false,
            root: name.split('.').next().unwrap().into(),
            arguments: None,
            steps: name.split('.').skip(1).map(|step| Step::Name(step.into())).collect(),
        };
        let column = lanes.find(&field).unwrap();
        let mut rows: Vec<u32> = (0..6).collect();
        sort(&lanes, column, &mut rows, direction);
        rows
    };
    assert_eq!(sorted("gas", Direction::Ascending), [5, 0, 4, 2, 1, 3]);
    assert_eq!(sorted("gas", Direction::Descending), [3, 1, 2, 0, 4, 5]);
    assert_eq!(sorted("ret.amountOut", Direction::Ascending), [5, 0, 1, 4, 2, 3]);
    assert_eq!(sorted("ret.amountOut", Direction::Descending), [4, 1, 0, 5, 2, 3]);
    assert_eq!(sorted("ret.delta", Direction::Ascending), [1, 0, 5, 4, 2, 3]);
    assert_eq!(sorted("reason", Direction::Descending), [2, 5, 0, 1, 3, 4]);
    assert_eq!(sorted("ret.ok", Direction::Ascending), [0, 4, 5, 1, 2, 3]);
}

#[test]
fn a_million_rows() {
    struct Many;
    impl Columns for Many {
        fn find(&mut self, field: &Field) -> Option<Column> {
            Some(match field.root.as_str() {
                "gas" => Column { id: 0, kind: Kind::Number },
                // That a column is called so hides no word.
                "status" | "success" => Column { id: 1, kind: Kind::Codes(&STATUS_WORDS) },
                _ => return None,
            })
        }

        fn value(&self, row: usize, column: usize) -> Value<'_> {
            if column == 0 {
                Value::Number(row as i128 % 100_000)
            } else {
                Value::Code(if row.is_multiple_of(3) { 2 } else { 16 })
            }
        }
    }
    let query = Query::new("gas < 50000 and status == success", &mut Many).unwrap();
    let begun = Instant::now();
    let found = query.select(&Many, 0..1_000_000).len();
    println!("a filter of 1,000,000 rows: {:?}", begun.elapsed());
    assert_eq!(found, (0..1_000_000).filter(|row| row % 100_000 < 50_000 && row % 3 < 1).count());
    let mut rows: Vec<u32> = (0..1_000_000).collect();
    let begun = Instant::now();
    sort(&Many, Column { id: 0, kind: Kind::Number }, &mut rows, Direction::Descending);
    println!("a sort of 1,000,000 rows: {:?}", begun.elapsed());
    assert_eq!(rows[..3], [99_999, 199_999, 299_999]);
}

/// Any number of up to 256 bits and either sign, often near the edges.
fn number() -> impl Strategy<Value = (bool, U256)> {
    let word = prop_oneof![
        any::<[u8; 32]>().prop_map(U256::from_be_bytes::<32>),
        any::<u64>().prop_map(U256::from),
        (0..=256u32, 0..3u8).prop_map(|(bits, off)| {
            let edge = if bits == 256 { U256::MAX } else { U256::from(1) << bits as usize };
            edge.wrapping_sub(U256::from(1)).wrapping_add(U256::from(off))
        }),
    ];
    (any::<bool>(), word)
}

fn int((negative, word): (bool, U256)) -> Int {
    if negative { Int::of_word(word).negated() } else { Int::of_word(word) }
}

proptest! {
    #[test]
    fn numbers_obey_their_laws(a in number(), b in number(), c in number()) {
        let (a, b, c) = (int(a), int(b), int(c));
        prop_assert_eq!(a.plus(b), b.plus(a));
        prop_assert_eq!(a.times(b), b.times(a));
        prop_assert_eq!(a.plus(b).plus(b.negated()), a);
        prop_assert_eq!(a.plus(b).times(c), a.times(c).plus(b.times(c)));
        prop_assert_eq!(a.negated().negated(), a);
        prop_assert_eq!(a.cmp(&b), b.negated().cmp(&a.negated()));
        prop_assert_eq!(a < b, a.plus(c) < b.plus(c));
        match (a.over(b), a.modulo(b)) {
            (Some(quotient), Some(rest)) => {
                prop_assert_eq!(quotient.times(b).plus(rest), a);
                prop_assert!(rest == Int::ZERO || (rest < Int::ZERO) == (a < Int::ZERO));
            }
            (None, None) => prop_assert_eq!(b, Int::ZERO),
            _ => prop_assert!(false),
        }
    }

    #[test]
    fn signed_words_are_twos_complement(low in any::<i64>()) {
        let word = if low < 0 { U256::ZERO.wrapping_sub(U256::from(low.unsigned_abs())) } else { U256::from(low as u64) };
        prop_assert_eq!(Int::of_signed(word).to_string(), low.to_string());
    }

    #[test]
    fn decimal_text_is_read_back(word in number()) {
        let lanes = Lanes { rows: vec![Row {
            status: Status::Stop, gas: 0, amount: Some(word.1), delta: None, ok: None, ret: vec![], reason: None,
        }] };
        let mut lanes = lanes;
        for text in [format!("ret.amountOut == {}", word.1), format!("ret.amountOut == {:#x}", word.1)] {
            prop_assert!(Query::new(&text, &mut lanes).unwrap().matches(&lanes, 0), "{}", text);
        }
    }

    #[test]
    fn opposites_never_both_pass(row in 0..6usize, bound in any::<u64>(), which in 0..4usize) {
        let column = ["gas", "ret.amountOut", "ret.delta", "lane"][which];
        let mut lanes = lanes();
        let query = Query::new(&format!("{column} < {bound}"), &mut lanes).unwrap();
        let opposite = Query::new(&format!("not ({column} < {bound})"), &mut lanes).unwrap();
        let other = Query::new(&format!("{column} >= {bound}"), &mut lanes).unwrap();
        prop_assert_eq!(query.answer(&lanes, row).map(|answer| !answer), opposite.answer(&lanes, row));
        prop_assert_eq!(opposite.answer(&lanes, row), other.answer(&lanes, row));
    }

    #[test]
    fn any_text_is_answered(text in "(?s).{0,100}") {
        let _ = Query::new(&text, &mut lanes());
    }

    #[test]
    fn any_words_are_answered(words in proptest::collection::vec(
        "(gas|status|ret|reason|revert|and|or|not|in|contains|has|true|[0-9]{1,3}|1e[0-9]{1,5}|0x[0-9a-f]{0,8}|'a'|[-+*/%()<>=!,.\\[\\]]|==|ether)", 0..30)) {
        let mut lanes = lanes();
        if let Ok(query) = Query::new(&words.join(" "), &mut lanes) {
            for row in 0..6 {
                let _ = query.answer(&lanes, row);
            }
        }
    }
}
