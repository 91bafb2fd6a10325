//! What call templates give, as committed values that every language's implementation is held to. It computes with the
//! library; that the library is right is said by the known answers of its own tests, and by the other implementations.

use lanevm_core::{
    Axis, DataField, Distribution, Generator, Template, U256,
    alloy_primitives::hex::encode_prefixed,
    batch::MAX_CALLS,
    template::{field_key, threefry},
};
use serde_json::{Value, json};

/// The committed values, as [`text`] gives them.
pub const COMMITTED: &str = include_str!("../vectors/template.json");

/// A template and the rows of it that are committed.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// The template.
    pub template: Template,
    /// Rows, any of the first 2^28.
    pub rows: Vec<usize>,
}

fn word(value: u64) -> U256 {
    U256::from(value)
}

fn steps(start: U256, end: U256, count: usize) -> Generator {
    Generator::Steps { start, end, count }
}

/// Rows near the begin, in the middle and at the end.
fn rows() -> Vec<usize> {
    (0..6).chain([63, 64, 255, 1_000, 65_535, 1 << 20, 123_456_789, MAX_CALLS - 2, MAX_CALLS - 1]).collect()
}

/// Every rule at every kind of place.
pub fn cases() -> Vec<Case> {
    let whole = || Generator::uniform(U256::ZERO, U256::MAX);
    let of = |name, seed, len: usize, fields| Case {
        name,
        template: Template { count: MAX_CALLS, seed, data: vec![0x5a; len], fields, ..Template::default() },
        rows: rows(),
    };
    // What a field of so many bytes can hold.
    let full = |width: usize| Generator::uniform(U256::ZERO, U256::MAX >> (256 - width * 8));
    let odd: U256 = U256::from(0x0123_4567_89ab_cdef_u64) << 131;
    let mut grid = of(
        "a grid of three axes",
        77,
        61,
        vec![
            DataField::new("range", 0, 4, Generator::Range { from: word(10), step: word(3) }.along("slow")),
            DataField::new("steps", 4, 8, steps(word(1_000), word(7), 5).along("middle")),
            DataField::new("list", 12, 2, Generator::List((0..7).map(|n| word(n * n * 1001)).collect()).along("fast")),
            DataField::new("column", 14, 32, Generator::Column("prices".into()).along("fast")),
            DataField::new("random", 46, 7, full(7).along("middle")),
            DataField::new("fixed", 53, 1, Generator::Fixed(word(0xee))),
            DataField::new("call", 54, 7, Generator::Range { from: U256::ZERO, step: word(1) }),
        ],
    );
    grid.template.axes = vec![Axis::new("slow", 1 << 23), Axis::new("middle", 5), Axis::new("fast", 7)];
    grid.template.columns = [("prices".to_owned(), (1..=7).map(|n| U256::MAX / word(n)).collect())].into();
    let mut shared = of(
        "a list and a column in turn",
        1,
        40,
        vec![
            DataField::new("list", 1, 5, Generator::List(vec![word(1), word(0xff_ddcc_bbaa), word(0)])),
            DataField::new("column", 7, 32, Generator::Column("c".into())),
        ],
    );
    shared.template.columns = [("c".to_owned(), (0..11).map(|n| odd.wrapping_mul(word(n))).collect())].into();
    vec![
        of(
            "uniform words",
            1,
            68,
            vec![DataField::new("to", 4, 32, whole()), DataField::new("amount", 36, 32, whole())],
        ),
        of(
            "uniform between bounds",
            u64::MAX,
            96,
            vec![
                DataField::new("small", 0, 32, Generator::uniform(word(5), word(7))),
                DataField::new("one", 32, 32, Generator::uniform(odd, odd)),
                DataField::new("wide", 64, 32, Generator::uniform(odd, U256::MAX - word(1))),
            ],
        ),
        of(
            "random lengths",
            3,
            128,
            vec![
                DataField::new("any", 0, 32, Generator::log_uniform(U256::ZERO, U256::MAX)),
                DataField::new("some", 32, 32, Generator::log_uniform(word(1_000), word(1_000_000))),
                DataField::new("far", 64, 32, Generator::log_uniform(word(1), odd)),
                DataField::new("same", 96, 32, Generator::log_uniform(word(9), word(9))),
            ],
        ),
        of(
            "ranges",
            4,
            96,
            vec![
                DataField::new("up", 0, 32, Generator::Range { from: word(7), step: odd }),
                DataField::new("down", 32, 32, Generator::Range { from: word(1_000), step: U256::MAX - word(2) }),
                DataField::new("round", 64, 32, Generator::Range { from: U256::MAX, step: U256::MAX << 100 }),
            ],
        ),
        of(
            "steps",
            5,
            160,
            vec![
                DataField::new("up", 0, 32, steps(U256::ZERO, U256::MAX, 1_000_003)),
                DataField::new("down", 32, 32, steps(U256::MAX, word(5), MAX_CALLS)),
                DataField::new("short", 64, 32, steps(word(10), word(20), 4)),
                DataField::new("once", 96, 32, steps(word(10), word(20), 1)),
                DataField::new("flat", 128, 32, steps(odd, odd, 3)),
            ],
        ),
        shared,
        grid,
        of(
            "widths, at places of every kind, one over another",
            8,
            700,
            (1..=32)
                .map(|width| DataField::new(format!("w{width}"), width * 20 + width % 4, width, full(width)))
                .chain((0..4).map(|at| {
                    DataField::new(
                        format!("edge{at}"),
                        240 + at * 3,
                        29,
                        Generator::log_uniform(word(1), U256::MAX >> 24),
                    )
                }))
                .chain([DataField::new("last", 699, 1, full(1)), DataField::new("end", 668, 31, full(31))])
                .collect(),
        ),
    ]
}

fn quantity(value: U256) -> Value {
    json!(format!("{value:#x}"))
}

fn list(values: &[U256]) -> Value {
    values.iter().map(|value| quantity(*value)).collect()
}

/// A generator as the npm package takes it.
fn generator(generator: &Generator) -> Value {
    match generator {
        Generator::Fixed(value) => quantity(*value),
        Generator::Range { from, step } => json!({ "range": { "from": quantity(*from), "step": quantity(*step) } }),
        Generator::Steps { start, end, count } => {
            json!({ "range": { "from": quantity(*start), "to": quantity(*end), "count": count } })
        }
        Generator::List(values) => json!({ "list": list(values) }),
        Generator::Column(name) => json!({ "column": name }),
        Generator::Random { min, max, dist } => {
            let dist = match dist {
                Distribution::Uniform => "uniform",
                Distribution::LogUniform => "logUniform",
            };
            json!({ "random": { "min": quantity(*min), "max": quantity(*max), "dist": dist } })
        }
        Generator::Along { axis, generator: inner } => {
            let mut value = self::generator(inner);
            value["axis"] = json!(axis);
            value
        }
    }
}

fn case(case: &Case) -> Value {
    let Template { count, seed, data, fields, axes, columns, .. } = &case.template;
    let calls = case.template.expand().expect("a template that is valid");
    let fields: Vec<Value> = fields
        .iter()
        .map(|field| {
            json!({
                "name": field.name,
                "offset": field.offset,
                "width": field.width,
                "generator": generator(&field.generator),
            })
        })
        .collect();
    let axes: Vec<Value> = axes.iter().map(|axis| json!({ "name": axis.name, "length": axis.len })).collect();
    let columns: serde_json::Map<String, Value> =
        columns.iter().map(|(name, values)| (name.clone(), list(values))).collect();
    let rows: Vec<Value> =
        case.rows.iter().map(|row| json!({ "row": row, "data": encode_prefixed(&*calls.data.get(*row)) })).collect();
    json!({
        "name": case.name,
        "template": {
            "count": count,
            "seed": format!("{seed:#x}"),
            "data": encode_prefixed(data),
            "fields": fields,
            "axes": axes,
            "columns": columns,
        },
        "rows": rows,
    })
}

/// The text of the committed file, as the library has it now.
pub fn text() -> String {
    let keys = [[0, 0], [u32::MAX, u32::MAX], [0x1319_8a2e, 0x0370_7344], [1, 2], [0x8000_0000, 0]];
    let counters = [[0, 0], [u32::MAX, u32::MAX], [0x243f_6a88, 0x85a3_08d3], [3, 4], [0, 0x8000_0000]];
    let blocks: Vec<Value> = keys
        .into_iter()
        .zip(counters)
        .map(|(key, counter)| json!({ "key": key, "counter": counter, "result": threefry(key, counter) }))
        .collect();
    let names = [(0, "x"), (1, "amount"), (u64::MAX, ""), (7, "Größe, 大きさ")];
    let keys: Vec<Value> = names
        .into_iter()
        .map(|(seed, name)| json!({ "seed": format!("{seed:#x}"), "name": name, "key": field_key(seed, name) }))
        .collect();
    let cases: Vec<Value> = cases().iter().map(case).collect();
    let whole = json!({ "threefry": blocks, "fieldKeys": keys, "templates": cases });
    serde_json::to_string_pretty(&whole).expect("values that are JSON") + "\n"
}

/// The committed call data of each case, row by row.
///
/// # Panics
/// If the committed file is not what [`text`] writes.
pub fn committed() -> Vec<Vec<Vec<u8>>> {
    let whole: Value = serde_json::from_str(COMMITTED).expect("the committed vectors are JSON");
    let bytes = |row: &Value| hex::decode(&row["data"].as_str().expect("hex")[2..]).expect("hex");
    let rows = |case: &Value| case["rows"].as_array().expect("rows").iter().map(bytes).collect();
    whole["templates"].as_array().expect("templates").iter().map(rows).collect()
}
