//! How the panes share the page where it is wide: their sizes, and which are hidden. It is kept by the browser.

use serde::{Deserialize, Serialize};

use super::Pane;

/// The least part of the page that a pane gets.
const LEAST: f64 = 0.12;

/// The lane's pane gets no more than this part of the height.
const MOST_LANE: f64 = 0.75;

/// The arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Arrangement {
    /// Parts of the width: Program, Calls, Results.
    columns: [f64; 3],
    /// The part of the height that the lane's pane gets.
    lane: f64,
    /// Whether Program, Calls and Lane are hidden.
    hidden: [bool; 3],
}

/// Edges between panes that can be moved, and the pane that each one sizes and hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Program,
    Calls,
    Lane,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self { columns: [0.26, 0.31, 0.43], lane: 0.34, hidden: [false; 3] }
    }
}

impl Edge {
    pub(crate) const ALL: [Self; 3] = [Self::Program, Self::Calls, Self::Lane];

    const fn index(self) -> usize {
        match self {
            Self::Program => 0,
            Self::Calls => 1,
            Self::Lane => 2,
        }
    }

    pub(crate) const fn pane(self) -> Pane {
        match self {
            Self::Program => Pane::Program,
            Self::Calls => Pane::Calls,
            Self::Lane => Pane::Lane,
        }
    }
}

impl Arrangement {
    /// Reads what was kept; what makes no sense is the usual arrangement.
    pub(crate) fn read(text: &str) -> Self {
        let read: Self = serde_json::from_str(text).unwrap_or_default();
        let sound = read.columns.iter().all(|part| (LEAST..=1.0).contains(part))
            && (read.columns.iter().sum::<f64>() - 1.0).abs() < 0.01
            && (LEAST..=MOST_LANE).contains(&read.lane);
        if sound { read } else { Self::default() }
    }

    pub(crate) fn text(&self) -> String {
        // These types have no map with keys that JSON refuses.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) const fn is_hidden(&self, edge: Edge) -> bool {
        self.hidden[edge.index()]
    }

    /// Hides the edge's pane, or shows it again.
    pub(crate) const fn toggle(&mut self, edge: Edge) {
        self.hidden[edge.index()] = !self.hidden[edge.index()];
    }

    /// The part of the page that the edge's pane gets.
    pub(crate) const fn part(&self, edge: Edge) -> f64 {
        match edge {
            Edge::Lane => self.lane,
            _ => self.columns[edge.index()],
        }
    }

    /// The least and most of it.
    pub(crate) fn range(&self, edge: Edge) -> (f64, f64) {
        match self.giver(edge) {
            Some(giver) => (LEAST, self.part(edge) + self.columns[giver] - LEAST),
            None => (LEAST, MOST_LANE),
        }
    }

    /// The column that gives what the edge's pane takes.
    const fn giver(&self, edge: Edge) -> Option<usize> {
        match edge {
            Edge::Program if !self.hidden[1] => Some(1),
            Edge::Program | Edge::Calls => Some(2),
            Edge::Lane => None,
        }
    }

    /// Gives the edge's pane this part of the page, as far as the others can do without it.
    pub(crate) fn resize(&mut self, edge: Edge, part: f64) {
        if self.is_hidden(edge) {
            return;
        }
        let (least, most) = self.range(edge);
        let part = part.clamp(least, most.max(least));
        match self.giver(edge) {
            Some(giver) => {
                self.columns[giver] += self.columns[edge.index()] - part;
                self.columns[edge.index()] = part;
            }
            None => self.lane = part,
        }
    }

    /// The part that the edge's pane gets where the edge stands at this place of the page, both as parts of its size.
    pub(crate) fn part_at(&self, edge: Edge, (x, y): (f64, f64)) -> f64 {
        let shown = |index: usize| if self.hidden[index] { 0.0 } else { self.columns[index] };
        let all = shown(0) + shown(1) + self.columns[2];
        match edge {
            Edge::Program => x * all,
            Edge::Calls => x * all - shown(0),
            Edge::Lane => 1.0 - y,
        }
    }

    /// The words of the panes that are hidden.
    pub(crate) fn hides(&self) -> String {
        let hidden = Edge::ALL.into_iter().filter(|edge| self.is_hidden(*edge)).map(|edge| edge.pane().word());
        hidden.collect::<Vec<_>>().join(" ")
    }

    /// The tracks of the columns, as a style sheet writes them.
    pub(crate) fn columns(&self) -> String {
        let least = [200, 280, 360];
        let track = |index: usize| match self.hidden.get(index) {
            Some(true) if index < 2 => "0".to_owned(),
            _ => format!("minmax({}px, {:.4}fr)", least[index], self.columns[index]),
        };
        format!("{} {} {}", track(0), track(1), track(2))
    }

    /// The tracks of the rows.
    pub(crate) fn rows(&self) -> String {
        if self.hidden[2] {
            return "minmax(0, 1fr) 0".into();
        }
        format!("minmax(0, {:.4}fr) minmax(120px, {:.4}fr)", 1.0 - self.lane, self.lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_shared_whatever_is_asked() {
        let mut arrangement = Arrangement::default();
        for (edge, part) in [(Edge::Program, 9.0), (Edge::Calls, -1.0), (Edge::Program, 0.3), (Edge::Lane, 2.0)] {
            arrangement.resize(edge, part);
            assert!((arrangement.columns.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{arrangement:?}");
            assert!(arrangement.columns.iter().all(|part| *part >= LEAST - 1e-9), "{arrangement:?}");
            assert!(arrangement.lane <= MOST_LANE);
        }
    }

    #[test]
    fn an_edge_is_where_the_pointer_is() {
        let mut arrangement = Arrangement::default();
        let part = arrangement.part_at(Edge::Calls, (0.6, 0.5));
        arrangement.resize(Edge::Calls, part);
        assert!((arrangement.columns[0] + arrangement.columns[1] - 0.6).abs() < 1e-9);
    }

    #[test]
    fn a_hidden_pane_gives_its_room() {
        let mut arrangement = Arrangement::default();
        arrangement.toggle(Edge::Calls);
        assert!(arrangement.columns().contains(" 0 "));
        arrangement.resize(Edge::Program, 0.5);
        assert!((arrangement.columns[0] - 0.5).abs() < 1e-9);
        assert_eq!(arrangement.columns[1], Arrangement::default().columns[1]);
        arrangement.toggle(Edge::Calls);
        assert!(!arrangement.is_hidden(Edge::Calls));
    }

    #[test]
    fn what_is_kept_is_read_and_garbage_is_not() {
        let mut arrangement = Arrangement::default();
        arrangement.resize(Edge::Lane, 0.5);
        assert_eq!(Arrangement::read(&arrangement.text()), arrangement);
        for text in ["", "{}", r#"{"columns":[9,9,9],"lane":0.3,"hidden":[false,false,false]}"#] {
            assert_eq!(Arrangement::read(text), Arrangement::default(), "{text}");
        }
    }
}
