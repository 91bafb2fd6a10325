//! Words of what is drawn or counted of the results: groups, gas, points and maps of lanes.

use std::fmt::Display;

pub(crate) const COUNTING_GAS: &str = "Counting gas…";
pub(crate) const NO_LANE_ENDED: &str = "No lane ended.";
pub(crate) const BARS_WIDEN: &str = " Bars get wider with the gas: each is an eighth of a power of two.";
pub(crate) const BAR_MOST_AFTER: &str = " a bar";
pub(crate) const BAR_MOST_BEFORE: &str = "Lanes, at most ";
pub(crate) const LANES_BY_GAS_USED: &str = "Lanes by gas used";
pub(crate) const GAS_NOTE: &str = "Gas used, of lanes that ended. Press a bar to show its lanes.";

pub(crate) fn from_to(from: impl Display, to: impl Display) -> String {
    format!("{from} to {to}")
}

pub(crate) fn gas_bar(gas: impl Display, lanes: impl Display) -> String {
    format!("{gas} gas: {lanes} lanes")
}

pub(crate) const COUNTING_LANES: &str = "Counting lanes…";
pub(crate) const BY_RETURN_VALUE: &str = "By return value";
pub(crate) const BY_STATUS: &str = "By status";
pub(crate) const NO_LANE_REVERTED: &str = "No lane reverted.";
pub(crate) const BY_REVERT_REASON: &str = "By revert reason";
pub(crate) const NO_LANE_RETURNED: &str = "No lane returned.";
pub(crate) const BY_WHO_ANSWERED: &str = "By who answered";
pub(crate) const NONE: &str = "None.";

pub(crate) fn by_return_value_of(function: impl Display) -> String {
    format!("By return value of {function}")
}

pub(crate) fn other_groups(groups: impl Display) -> String {
    format!("{groups} other groups, not listed")
}

pub(crate) fn show_only(group: impl Display) -> String {
    format!("Show only these lanes: {group}")
}

pub(crate) const PIXEL_A_LANE: &str = "A pixel a lane. Click one to open it; drag to select a part.";
pub(crate) const LANE_MAP: &str = "Lane map";
pub(crate) const COLOUR: &str = "Colour";
pub(crate) const STATUS: &str = "status";
pub(crate) const MEDIAN: &str = "median ";

pub(crate) fn lane_status(lane: impl Display, status: impl Display) -> String {
    format!("lane {lane}: {status}")
}

pub(crate) fn at_points(
    lane: impl Display,
    x: impl Display,
    column: impl Display,
    y: impl Display,
    row: impl Display,
) -> String {
    format!("{lane}; {x} point {column}, {y} point {row}")
}

pub(crate) fn pixel_of_lanes(each: impl Display, row: impl Display) -> String {
    format!("A pixel is the first of {each} lanes; rows of {row}. Drag to select lanes.")
}

pub(crate) fn pixel_a_lane_in_rows(row: impl Display) -> String {
    format!("A pixel a lane, in rows of {row}. Click one to open it; drag to select.")
}

pub(crate) fn rows_from_to(name: impl Display, first: impl Display, last: impl Display) -> String {
    format!("{name} ↓ {first} to {last}")
}

pub(crate) const LANES_SO_FAR: &str = "Lanes so far";
pub(crate) const RUN_UNDER_WAY: &str = "The run under way. What stands below is of the run before.";

pub(crate) fn map_filling(ended: impl Display, lanes: impl Display) -> String {
    format!("Lane map, filling: {ended} of {lanes} lanes")
}

pub(crate) const LOG: &str = "log";
pub(crate) const READING_VALUES: &str = "Reading values…";
pub(crate) const TO_THE_RIGHT: &str = "To the right";
pub(crate) const UPWARDS: &str = "Upwards";
pub(crate) const NO_LANE_HAS_BOTH: &str = "No lane has a value of both.";
pub(crate) const TO: &str = " to ";
pub(crate) const SCATTER_NOTE: &str = ", coloured by status. Click a point to open its lane.";

pub(crate) fn logarithmic(axis: impl Display) -> String {
    format!("{axis}: logarithmic")
}

pub(crate) fn scatter(
    y: impl Display,
    x: impl Display,
    points: impl Display,
    least_x: impl Display,
    most_x: impl Display,
    least_y: impl Display,
    most_y: impl Display,
) -> String {
    format!("{y} against {x}: {points} points, x from {least_x} to {most_x}, y from {least_y} to {most_y}")
}

pub(crate) fn lanes(lanes: impl Display) -> String {
    format!("{lanes} lanes")
}

pub(crate) fn points_of(points: impl Display, each: impl Display, lanes: impl Display) -> String {
    format!("{points} points: every {each}th of {lanes} lanes")
}
