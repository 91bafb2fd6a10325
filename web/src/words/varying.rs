//! Words of values that differ by lane, of axes and of columns.

use std::fmt::Display;

pub(crate) const ONE_OF: &str = "one of";
pub(crate) const FIXED: &str = "fixed";
pub(crate) const RANGE: &str = "range";
pub(crate) const LIST: &str = "list";
pub(crate) const COLUMN: &str = "column";
pub(crate) const RANDOM: &str = "random";
pub(crate) const BY_STEP: &str = "step";
pub(crate) const BY_COUNT: &str = "values";

pub(crate) const AXES: &str = "Axes";
pub(crate) const AXES_NOTE: &str = "Lanes enumerate the grid of these axes; the last varies fastest.";
pub(crate) const AXIS: &str = "Axis";
pub(crate) const POINTS: &str = "Points";
pub(crate) const ADD_AN_AXIS: &str = "Add an axis";
pub(crate) const COLUMNS: &str = "Columns";
pub(crate) const VALUES: &str = " values";
pub(crate) const COLUMNS_FROM_CSV: &str = "Columns from CSV";
pub(crate) const CSV_FIELD: &str = "CSV: names, then a line of numbers for each lane; or drop a file here";
pub(crate) const TAKE_THESE_COLUMNS: &str = "Take these columns";

pub(crate) fn remove_axis(name: impl Display) -> String {
    format!("Remove axis {name}")
}

pub(crate) fn found_expected(path: impl Display, found: impl Display, expected: impl Display) -> String {
    format!("{path}: found {found}; expected {expected}")
}

pub(crate) fn remove_column(name: impl Display) -> String {
    format!("Remove column {name}")
}

pub(crate) const CLEAR_THE_FIELD: &str = "Clear the field";
pub(crate) const FROM: &str = "from";
pub(crate) const TO: &str = "to";
pub(crate) const BY: &str = "by";
pub(crate) const LEAST: &str = "least";
pub(crate) const GREATEST: &str = "greatest";
pub(crate) const AT_RANDOM: &str = "values, one at random";
pub(crate) const IN_TURN: &str = "values, in turn";
pub(crate) const EVERY_LENGTH_ALIKE: &str = "every length alike";
pub(crate) const EVERY_VALUE_ALIKE: &str = "every value alike";
pub(crate) const LANE_BY_LANE: &str = "lane by lane";
pub(crate) const CHOOSE_A_COLUMN: &str = "choose a column";

pub(crate) fn too_long_to_edit(characters: impl Display) -> String {
    format!("{characters} characters are here; only the first 2,000 are shown, and they cannot be edited. ")
}

pub(crate) fn cleared(label: impl Display) -> String {
    format!("Cleared “{label}”")
}

pub(crate) fn along_axis_of(label: impl Display) -> String {
    format!("{label}: along")
}

pub(crate) fn how_it_varies(label: impl Display) -> String {
    format!("{label}: how it varies")
}

pub(crate) fn step_or_number_of_values(label: impl Display) -> String {
    format!("{label}: step or number of values")
}

pub(crate) fn column_of(label: impl Display) -> String {
    format!("{label}: column")
}

pub(crate) fn how_random_spreads(label: impl Display) -> String {
    format!("{label}: how random values spread")
}

pub(crate) fn along(name: impl Display) -> String {
    format!("along {name}")
}

pub(crate) const BY_LENGTH: &str = ", drawn by length in bits";

pub(crate) fn picture(
    values: impl Display,
    lanes: impl Display,
    least: impl Display,
    most: impl Display,
    scale: impl Display,
) -> String {
    format!("{values} values in the first {lanes} lanes, {least} to {most}{scale}")
}
