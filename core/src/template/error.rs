//! What can be wrong with a template, in words that name the field and the way out. It checks nothing.

use alloy_primitives::U256;
use thiserror::Error;

/// Why a template cannot be expanded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// A field's width is not 1 to 32.
    #[error("field `{field}` is {width} bytes wide; a field holds 1 to 32 bytes")]
    Width {
        /// The field.
        field: String,
        /// Its width.
        width: usize,
    },
    /// A field reaches past the call data.
    #[error("field `{field}` ends at byte {end}, past the {len} bytes of call data; lengthen the call data or move it")]
    PastEnd {
        /// The field.
        field: String,
        /// Where it ends.
        end: usize,
        /// Bytes of call data.
        len: usize,
    },
    /// A list without values.
    #[error("the list of `{field}` is empty; give at least one value")]
    EmptyList {
        /// The field.
        field: String,
    },
    /// A list or column has more values than a batch can have calls.
    #[error("`{field}` has {values} values; at most {most} are accepted")]
    LongList {
        /// The field.
        field: String,
        /// Its values.
        values: usize,
        /// Values accepted.
        most: usize,
    },
    /// A range of no values.
    #[error("`{field}` is a range of {count} values; give a count from 1 to {most}")]
    Steps {
        /// The field.
        field: String,
        /// Values asked for.
        count: usize,
        /// Values accepted.
        most: usize,
    },
    /// The least value is over the greatest.
    #[error("`{field}`: the least value {min} is over the greatest, {max}")]
    MinOverMax {
        /// The field.
        field: String,
        /// Least value.
        min: U256,
        /// Greatest value.
        max: U256,
    },
    /// A column that is not there.
    #[error("`{field}` takes its values from column `{column}`, which is not there; the columns are: {known}")]
    NoColumn {
        /// The field.
        field: String,
        /// The column named.
        column: String,
        /// The columns there are.
        known: String,
    },
    /// An axis that is not there.
    #[error("`{field}` goes along axis `{axis}`, which is not there; the axes are: {known}")]
    NoAxis {
        /// The field.
        field: String,
        /// The axis named.
        axis: String,
        /// The axes there are.
        known: String,
    },
    /// An axis named inside another.
    #[error("`{field}` goes along an axis inside an axis; name one axis")]
    AxisInAxis {
        /// The field.
        field: String,
    },
    /// Values along an axis of another length.
    #[error("`{field}` has {values} values, but axis `{axis}` has {len} points; give as many values as it has points")]
    AxisLength {
        /// The field.
        field: String,
        /// Its values.
        values: usize,
        /// The axis.
        axis: String,
        /// Its points.
        len: usize,
    },
    /// An axis of no points, or of too many.
    #[error("axis `{axis}` has {len} points; an axis has 1 to {most}")]
    AxisPoints {
        /// The axis.
        axis: String,
        /// Its points.
        len: usize,
        /// Points accepted.
        most: usize,
    },
    /// Two axes of one name.
    #[error("axis `{axis}` is there twice; rename or remove one")]
    AxisTwice {
        /// The axis.
        axis: String,
    },
    /// More calls than the grid has points.
    #[error("{count} calls are more than the {points} points of the grid; make fewer calls or lengthen an axis")]
    PastGrid {
        /// Calls wanted.
        count: usize,
        /// The product of the axes.
        points: u128,
    },
    /// The call data is larger than is accepted.
    #[error("{len} bytes of call data are more than the {most} that one call can have")]
    TooMuchData {
        /// Bytes of call data.
        len: usize,
        /// Bytes accepted.
        most: usize,
    },
    /// More calls than one batch holds.
    #[error("{count} calls are more than the {most} that one batch can hold")]
    TooManyCalls {
        /// Calls wanted.
        count: usize,
        /// Calls accepted.
        most: usize,
    },
}
