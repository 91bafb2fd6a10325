//! Figures as SVG: ratios by workload and engine, and what grows with the lanes. It draws, and computes no figure.

use std::fmt::Display;

use anyhow::{Result, anyhow};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::figures::{Figures, Side};

/// The ground is drawn, so that a plot reads the same wherever it is shown.
const GROUND: RGBColor = RGBColor(252, 252, 250);
const INK: RGBColor = RGBColor(38, 38, 44);
const PALE: RGBColor = RGBColor(108, 108, 116);
const GRID: RGBColor = RGBColor(226, 226, 222);
const LOSS: RGBColor = RGBColor(250, 238, 234);

/// Who is drawn, from the top of a workload down, and how. All are held against the CPU engine on all cores, which is the line
/// at one.
const DRAWN: [(Side, RGBColor); 7] = [
    (Side::WaysResident, RGBColor(0, 121, 107)),
    (Side::Ways, RGBColor(120, 190, 178)),
    (Side::GpuResident, RGBColor(200, 92, 16)),
    (Side::Gpu, RGBColor(240, 176, 118)),
    (Side::OneCore, RGBColor(48, 92, 168)),
    (Side::Wasm, RGBColor(130, 80, 170)),
    (Side::Ethereumjs, RGBColor(120, 120, 128)),
];

const WIDTH: u32 = 1080;
const BAR: u32 = 13;
const TOP: u32 = 118;

fn failed(why: impl Display) -> anyhow::Error {
    anyhow!("cannot draw: {why}")
}

fn text(size: u32, colour: RGBColor, across: HPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour).pos(Pos::new(across, VPos::Center))
}

/// A number as people read it.
fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 0.1 => format!("{v:.2}"),
        v if v >= 0.01 => format!("{v:.3}"),
        v => format!("{v:.4}"),
    }
}

/// How many times as fast as revm on all cores each engine is, by workload.
///
/// # Errors
/// Figures with nothing to draw.
pub fn ratios(figures: &Figures) -> Result<String> {
    let bars: Vec<Vec<(RGBColor, f64)>> = figures
        .workloads
        .iter()
        .map(|row| {
            let ratio =
                |(side, colour): &(Side, RGBColor)| row.ratio(*side, Side::AllCores).map(|ratio| (*colour, ratio));
            DRAWN.iter().filter_map(ratio).collect()
        })
        .collect();
    let all = || bars.iter().flatten().map(|(_, ratio)| *ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0);
    let (least, most) = (all().fold(0.5, f64::min) / 3.0, all().fold(2.0, f64::max) * 3.0);
    let slots: usize = bars.iter().map(|bars| bars.len() + 1).sum();
    if slots <= bars.len() {
        return Err(failed("no engine was measured beside revm on all cores"));
    }
    let height = TOP + slots as u32 * BAR + 50;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&GROUND).map_err(failed)?;
        let write =
            |words: &str, at: (i32, i32), style: &TextStyle<'_>| root.draw_text(words, style, at).map_err(failed);
        let adapter = figures.adapter.as_deref().unwrap_or("no adapter");
        write("Speed against revm on all cores", (24, 26), &text(20, INK, HPos::Left))?;
        let cores = figures.cores;
        write(
            &format!(
                "1 is revm, natively, on all cores ({cores}). GPU: {adapter}. Log scale; bars to the left are losses."
            ),
            (24, 50),
            &text(13, PALE, HPos::Left),
        )?;
        let seen = |side: &Side| figures.workloads.iter().any(|row| row.sides.contains_key(side));
        for (at, (side, colour)) in DRAWN.iter().filter(|(side, _)| seen(side)).enumerate() {
            let (x, y) = (24 + 150 * at as i32, 80);
            root.draw(&Rectangle::new([(x, y - 6), (x + 12, y + 6)], colour.filled())).map_err(failed)?;
            write(side.name(), (x + 18, y), &text(12, INK, HPos::Left))?;
        }
        let mut chart = ChartBuilder::on(&root)
            .margin_top(TOP - 12)
            .margin_right(24)
            .margin_bottom(8)
            .x_label_area_size(36)
            .y_label_area_size(184)
            .build_cartesian_2d((least..most).log_scale(), slots as f64..0.0)
            .map_err(failed)?;
        chart.draw_series([Rectangle::new([(least, 0.0), (1.0, slots as f64)], LOSS.filled())]).map_err(failed)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(GRID)
            .x_label_style(text(12, PALE, HPos::Center))
            .x_label_formatter(&|value| format!("{value}\u{d7}"))
            .draw()
            .map_err(failed)?;
        let mut slot = 0.5;
        for (row, bars) in figures.workloads.iter().zip(&bars) {
            let middle = slot + (bars.len() as f64 - 1.0) / 2.0;
            let (_, y) = chart.backend_coord(&(1.0, middle + 0.5));
            write(&row.name, (176, y), &text(13, INK, HPos::Right))?;
            for (colour, ratio) in bars {
                let bar = Rectangle::new([(1.0, slot + 0.08), (*ratio, slot + 0.92)], colour.filled());
                chart.draw_series([bar]).map_err(failed)?;
                let (x, y) = chart.backend_coord(&(*ratio, slot + 0.5));
                let (x, across) = if *ratio < 1.0 { (x - 5, HPos::Right) } else { (x + 5, HPos::Left) };
                write(&number(*ratio), (x, y), &text(10, INK, across))?;
                slot += 1.0;
            }
            slot += 1.0;
        }
        let line = PathElement::new([(1.0, 0.0), (1.0, slots as f64)], INK.stroke_width(2));
        chart.draw_series([line]).map_err(failed)?;
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

/// A line of [`growth`]: its name and points, lanes and value.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is of.
    pub name: String,
    /// Lanes and value.
    pub points: Vec<(f64, f64)>,
}

/// A panel of [`growth`].
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What the values are.
    pub title: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Colours of lines, in order.
const LINES: [RGBColor; 8] = [
    RGBColor(0, 121, 107),
    RGBColor(120, 190, 178),
    RGBColor(48, 92, 168),
    RGBColor(140, 172, 222),
    RGBColor(200, 92, 16),
    RGBColor(240, 176, 118),
    RGBColor(130, 80, 170),
    RGBColor(120, 120, 128),
];

/// What grows with the lanes: panels beside each other, both axes logarithmic.
///
/// # Errors
/// Nothing to draw.
pub fn growth(title: &str, panels: &[Panel]) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (1080, 560)).into_drawing_area();
        root.fill(&GROUND).map_err(failed)?;
        root.draw_text(title, &text(18, INK, HPos::Left), (24, 24)).map_err(failed)?;
        let areas = root.margin(44, 8, 8, 16).split_evenly((1, panels.len().max(1)));
        for (area, panel) in areas.iter().zip(panels) {
            let points = || panel.lines.iter().flat_map(|line| &line.points);
            let range = |of: fn(&(f64, f64)) -> f64, room: f64| {
                let low = points().map(of).fold(f64::INFINITY, f64::min);
                let high = points().map(of).fold(0.0, f64::max);
                (low > 0.0 && low <= high && high.is_finite()).then_some(low / room..high * room)
            };
            let nothing = || failed("a panel without points");
            let lanes = range(|(lanes, _)| *lanes, 1.2).ok_or_else(nothing)?;
            let values = range(|(_, value)| *value, 2.0).ok_or_else(nothing)?;
            let mut chart = ChartBuilder::on(area)
                .caption(&panel.title, ("sans-serif", 14).into_font().color(&INK))
                .margin(8)
                .x_label_area_size(40)
                .y_label_area_size(60)
                .build_cartesian_2d(lanes.log_scale(), values.log_scale())
                .map_err(failed)?;
            chart
                .configure_mesh()
                .bold_line_style(GRID)
                .light_line_style(TRANSPARENT)
                .axis_style(PALE)
                .label_style(("sans-serif", 12).into_font().color(&PALE))
                .x_desc("lanes")
                .x_label_formatter(&|value| format!("{value}"))
                .y_label_formatter(&|value| format!("{value}"))
                .draw()
                .map_err(failed)?;
            for (line, colour) in panel.lines.iter().zip(LINES.iter().cycle()) {
                let colour = *colour;
                chart
                    .draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)))
                    .map_err(failed)?
                    .label(line.name.as_str())
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(3)));
                let dots = line.points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
                chart.draw_series(dots).map_err(failed)?;
            }
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .background_style(GROUND.mix(0.9))
                .border_style(GRID)
                .label_font(("sans-serif", 12).into_font().color(&INK))
                .draw()
                .map_err(failed)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_drawn_with_its_names() {
        let line = Line { name: "transfer, resident".into(), points: vec![(1e3, 0.01), (1e6, 9.0)] };
        let svg = growth("What more lanes cost", &[Panel { title: "Seconds".into(), lines: vec![line] }]);
        let svg = svg.expect("a line");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(svg.contains("What more lanes cost") && svg.contains("transfer, resident"));
        assert!(growth("nothing", &[Panel { title: "Seconds".into(), lines: Vec::new() }]).is_err());
    }
}
