//! Where lanes stand on the map: in rows one after the other, or on a plane of two axes. It draws nothing.

/// Most pixels drawn; with more lanes a pixel stands for several.
const MOST: usize = 1 << 20;

/// The map's cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// Lanes a cell.
    pub(crate) each: usize,
    pub(crate) lanes: usize,
    /// Whether columns and rows mean something.
    pub(crate) plane: bool,
}

impl Shape {
    /// Rows about as wide as the pane is.
    pub(crate) fn rows_of(lanes: usize) -> Self {
        Self::rows_within(lanes, MOST)
    }

    /// The same, of about so many pixels at most.
    pub(crate) fn rows_within(lanes: usize, most: usize) -> Self {
        let each = lanes.div_ceil(most.max(1)).max(1);
        let cells = lanes.div_ceil(each);
        let columns = ((cells as f64 * 5.0).sqrt().ceil() as usize).max(1);
        Self { columns, rows: cells.div_ceil(columns), each, lanes, plane: false }
    }

    /// A plane; rows where it is too large to draw every lane.
    pub(crate) fn plane_of(lanes: usize, columns: usize, rows: usize) -> Self {
        if columns * rows == lanes && lanes <= MOST && columns > 0 {
            Self { columns, rows, each: 1, lanes, plane: true }
        } else {
            Self::rows_of(lanes)
        }
    }

    /// The cell at a share of the width and of the height.
    pub(crate) fn cell(self, right: f64, down: f64) -> (usize, usize) {
        let place =
            |share: f64, cells: usize| ((share.clamp(0.0, 1.0) * cells as f64) as usize).min(cells.saturating_sub(1));
        (place(right, self.columns), place(down, self.rows))
    }

    /// The first lane of a cell; `None` behind the last.
    pub(crate) fn lane(self, (column, row): (usize, usize)) -> Option<usize> {
        Some((row * self.columns + column) * self.each).filter(|lane| *lane < self.lanes)
    }

    /// The cell of a lane.
    pub(crate) const fn cell_of(self, lane: usize) -> (usize, usize) {
        let cell = lane / self.each;
        (cell % self.columns, cell / self.columns)
    }

    /// The filter that lets the lanes between two cells pass: a range of lanes, or a part of the plane.
    pub(crate) fn between(self, a: (usize, usize), b: (usize, usize)) -> String {
        if self.plane {
            let (left, right) = (a.0.min(b.0), a.0.max(b.0));
            let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
            let width = self.columns;
            let (first, last) = (top * width, (bottom + 1) * width - 1);
            let range = format!("lane >= {first} and lane <= {last}");
            if left == 0 && right + 1 == width {
                return range;
            }
            return format!("{range} and lane % {width} >= {left} and lane % {width} <= {right}");
        }
        let at = |(column, row): (usize, usize)| row * self.columns + column;
        let (first, last) = (at(a).min(at(b)) * self.each, (at(a).max(at(b)) + 1) * self.each - 1);
        format!("lane >= {first} and lane <= {}", last.min(self.lanes.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_has_its_cell() {
        for lanes in [0, 1, 7, 10_000, 1_000_000, 50_000_000] {
            let shape = Shape::rows_of(lanes);
            assert!(shape.columns * shape.rows * shape.each >= lanes, "{lanes}");
            assert!(shape.columns * shape.rows <= MOST + shape.columns, "{lanes}");
            for lane in [0, lanes / 3, lanes.saturating_sub(1)].into_iter().filter(|lane| *lane < lanes) {
                let first = shape.lane(shape.cell_of(lane)).unwrap();
                assert!((first..first + shape.each).contains(&lane), "{lane} of {lanes}");
            }
        }
    }

    #[test]
    fn a_brush_selects_what_it_covers() {
        let rows = Shape { columns: 10, rows: 3, each: 2, lanes: 55, plane: false };
        assert_eq!(rows.between((5, 1), (2, 0)), "lane >= 4 and lane <= 31");
        assert_eq!(rows.between((0, 2), (9, 2)), "lane >= 40 and lane <= 54");
        let plane = Shape::plane_of(200, 20, 10);
        assert_eq!(plane.between((3, 4), (1, 2)), "lane >= 40 and lane <= 99 and lane % 20 >= 1 and lane % 20 <= 3");
        assert_eq!(plane.between((0, 0), (19, 0)), "lane >= 0 and lane <= 19");
    }
}
