//! What the page asks of a finished run's lanes, and what the worker answers. Filters, columns and axes are texts of the filter
//! language (`docs/filter.md`). A later question of the same kind makes an earlier one void.

use serde::{Deserialize, Serialize};

/// A question about the lanes of one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// Which lanes pass, in what order: what [`super::ToEngine::Rows`] then reads. The bytes of the answer are a bit a lane,
    /// the least significant first, unless all pass.
    Select {
        /// The filter; empty lets all pass.
        filter: String,
        /// The order; by lane where none.
        sort: Option<SortBy>,
    },
    /// Groups, gas and the columns there are. The bytes of the answer are a status code a lane.
    Overview,
    /// One column against another. The bytes of the answer are 24 a point: x and y as 64-bit floats, the lane, the status'
    /// code, all little-endian; the last with three bytes of nothing.
    Scatter {
        /// The column to the right.
        x: String,
        /// The column upwards.
        y: String,
    },
    /// A column's quantile a lane. The bytes of the answer are one a lane: 0 to 15, or 255 without a value.
    Paint {
        /// The column.
        column: String,
    },
    /// Which lanes do not pass.
    Expect {
        /// What every lane should be.
        test: String,
    },
    /// What the run before came to, lane by lane.
    Compare,
    /// Lanes by block of a program.
    Cover {
        /// The number of the [`Question::Select`] whose lanes are meant; 0 for all.
        view: u32,
        /// The program's hash, as hex.
        program: String,
    },
    /// Whether a text can be a column.
    Try {
        /// The text, with or without a name of its own.
        text: String,
    },
    /// Whether the lanes came to what the document's state test expects.
    Test,
}

impl Question {
    /// Questions of one kind supersede one another.
    pub const KINDS: usize = 9;

    /// The kind of [`Self::Cover`].
    pub const COVER: usize = 6;

    /// The kind.
    pub const fn kind(&self) -> usize {
        match self {
            Self::Select { .. } => 0,
            Self::Overview => 1,
            Self::Scatter { .. } => 2,
            Self::Paint { .. } => 3,
            Self::Expect { .. } => 4,
            Self::Compare => 5,
            Self::Cover { .. } => Self::COVER,
            Self::Try { .. } => 7,
            Self::Test => 8,
        }
    }
}

/// An order of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortBy {
    /// The column.
    pub column: String,
    /// Whether the greatest come first.
    pub descending: bool,
}

/// What is wrong with a text of the filter language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryWrong {
    /// First character, from 1.
    pub from: usize,
    /// The first behind it.
    pub to: usize,
    /// What is wrong, with the way out.
    pub message: String,
}

/// What the worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Question::Select`].
    Selected(Result<Selected, QueryWrong>),
    /// To [`Question::Overview`].
    Overview(Box<Overview>),
    /// To [`Question::Scatter`].
    Scatter(Result<ScatterView, AxisWrong>),
    /// To [`Question::Paint`].
    Paint(Result<PaintView, QueryWrong>),
    /// To [`Question::Expect`].
    Expected(Result<ExpectView, QueryWrong>),
    /// To [`Question::Compare`]; nothing where there is no run to compare with, and why.
    Compared(Result<CompareView, String>),
    /// To [`Question::Cover`]; nothing where lanes cannot be counted, and why.
    Covered(Result<CoverView, NoCover>),
    /// To [`Question::Try`]: the text.
    Tried(Result<String, QueryWrong>),
    /// To [`Question::Test`]; nothing where lanes are not held to it, and why.
    Tested(Result<TestedView, NotTested>),
}

/// Why lanes are not held to a state test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotTested {
    /// The document has none.
    Nothing,
    /// The calls are no transactions, or a lane has several.
    Calls,
    /// It is about other lanes.
    Lanes {
        /// Lanes that it expects something of.
        expected: usize,
        /// Lanes there are.
        lanes: usize,
    },
}

/// What a state test came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedView {
    /// Lanes there are.
    pub of: usize,
    /// Lanes that came to what is expected.
    pub met: usize,
    /// Of these, lanes that had to be rejected.
    pub refused: usize,
    /// Lanes that came to something else.
    pub missed: usize,
    /// Some of these, and how they did.
    pub some: Vec<(usize, String)>,
    /// Lanes that have not ended.
    pub open: usize,
    /// Lanes of which nothing is expected.
    pub silent: usize,
    /// Lanes that were rejected for another reason than the one named; of the first of them both, by EEST's names.
    pub otherwise: (usize, Option<(String, String)>),
}

/// Why blocks have no lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoCover {
    /// No call of the run has this program.
    Program,
    /// A run is under way; lanes are counted when it has ended.
    Busy,
    /// No lane of the sample ended in time.
    Time,
    /// The selection is gone, or holds no lane.
    Nothing,
}

/// Lanes by block of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverView {
    /// Lanes counted.
    pub lanes: usize,
    /// Lanes that were meant.
    pub of: usize,
    /// Where each block begins, and lanes that entered it.
    pub blocks: Vec<(u32, u64)>,
    /// Where each JUMPI stands, lanes that jumped and lanes that fell through.
    pub branches: Vec<(u32, u64, u64)>,
}

/// Which axis of a plot is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisWrong {
    /// Whether it is the one upwards.
    pub vertical: bool,
    /// What is wrong.
    pub wrong: QueryWrong,
}

/// Lanes that pass a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selected {
    /// Lanes that pass.
    pub total: usize,
    /// Lanes there are.
    pub of: usize,
    /// The first lane in order.
    pub first: Option<usize>,
    /// Milliseconds that it took.
    pub milliseconds: f64,
}

/// Groups, gas and columns of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Columns there are, as the filter language writes them.
    pub columns: Vec<ColumnView>,
    /// Lanes.
    pub lanes: usize,
    /// By status.
    pub statuses: Vec<Group>,
    /// By what a revert says; the most frequent.
    pub reasons: Vec<Group>,
    /// Lanes of reasons that are not among them, and how many reasons those are.
    pub other_reasons: (u64, u64),
    /// By return value; the most frequent.
    pub values: Vec<Group>,
    /// Lanes of values that are not among them, and how many values those are.
    pub other_values: (u64, u64),
    /// By who answered.
    pub answered: Vec<Group>,
    /// Gas of lanes that ended: least and greatest gas of a bin, and its lanes.
    pub gas: Vec<(u64, u64, u64)>,
    /// The function called, where it is known.
    pub function: Option<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnView {
    /// As the filter language writes it.
    pub text: String,
    /// Whether it is a number.
    pub number: bool,
    /// Whether it varies as an input.
    pub input: bool,
}

/// Lanes that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What, in words; a contract's own text is escaped and cut.
    pub words: String,
    /// Lanes.
    pub lanes: u64,
    /// The filter that lets just these pass, where the language can say it.
    pub filter: Option<String>,
    /// The status' code, of a group that is one.
    pub status: Option<u8>,
}

/// Points of a plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScatterView {
    /// Points sent.
    pub points: usize,
    /// Every so many-th lane is a point, where it has both values.
    pub each: usize,
    /// Lanes there are.
    pub of: usize,
    /// Least and greatest x of the points, exact.
    pub x: [String; 2],
    /// The same upwards.
    pub y: [String; 2],
}

/// A column as colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaintView {
    /// The column.
    pub column: String,
    /// Least, median and greatest value, exact.
    pub least: String,
    /// The one in the middle.
    pub median: String,
    /// The greatest.
    pub greatest: String,
}

/// What an expectation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectView {
    /// Lanes that are not as expected.
    pub failing: usize,
    /// Of these, lanes for which it is unknown.
    pub unknown: usize,
    /// Lanes there are.
    pub of: usize,
    /// The first of the failing lanes, with what varies in it.
    pub first: Option<(usize, String)>,
    /// The failing lane with the smallest inputs, compared one after the other.
    pub smallest: Option<(usize, String)>,
}

/// Two runs, lane by lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareView {
    /// The page's number of the run before.
    pub before: u32,
    /// Lanes compared.
    pub lanes: usize,
    /// Lanes that ended differently.
    pub status: usize,
    /// Lanes with other return data.
    pub output: usize,
    /// Lanes with other gas.
    pub gas: usize,
    /// Lanes with other logs or state changes.
    pub left: usize,
    /// Lanes that differ in any of these, or in what is refunded: those that the filter `differs` lets pass.
    pub differ: usize,
    /// Gas of all lanes now, less that of the run before.
    pub gas_difference: String,
    /// Some of the lanes that differ: lane, statuses, gas.
    pub some: Vec<(usize, [u8; 2], [u64; 2])>,
}
