//! The lines of a chart, ready to draw.

use super::chart::Chart;
use super::curve::{self, Curve, Point};
use super::history::Quantity;
use super::model::Model;
use super::{format, theme};
use eframe::egui::Color32;
use egui_plot::PlotPoint;
use std::collections::BTreeSet;

/// What the lines depend on.
#[derive(Clone, PartialEq)]
pub struct Key {
    pub version: u64,
    pub chart: Chart,
    pub log: bool,
    pub smoothing: f64,
    /// Sides of the grids that are not drawn.
    pub hidden: BTreeSet<usize>,
    pub dark: bool,
    /// The iterations in view, where the user has zoomed.
    pub view: Option<(f64, f64)>,
    /// Merged points of a line at most; each may be drawn as a low and a high end.
    pub most: usize,
}

/// One line.
pub struct Drawn {
    pub name: String,
    pub colour: Color32,
    pub thin: bool,
    pub line: Vec<PlotPoint>,
    /// Drawn faint behind the line: the samples that it averages.
    pub raw: Vec<PlotPoint>,
}

/// The lines that `key` asks for.
#[must_use]
pub fn lines(model: &Model, key: &Key) -> Vec<Drawn> {
    let history = &model.history;
    if key.chart == Chart::Plotted {
        let plotted = history.plotted().enumerate();
        return plotted
            .map(|(at, (name, curve))| drawn(name.to_owned(), curve, theme::series(at, key.dark), false, key))
            .collect();
    }
    let quantities: &[(Quantity, &str)] = match key.chart {
        Chart::One(quantity) => &[(quantity, "")],
        _ => &[(Quantity::ObservedEnergy, " observed"), (Quantity::SynthesizedEnergy, " synthesized")],
    };
    let grids = history.sides().filter(|(side, _)| !key.hidden.contains(side));
    grids
        .flat_map(|grid| quantities.iter().map(move |quantity| (grid, quantity)))
        .filter_map(|((side, current), &(quantity, suffix))| {
            let when = if current { "" } else { ", earlier" };
            let name = format!("{}{suffix}{when}", format::side(side));
            let colour = side_colour(model, side, current, key.dark);
            let thin = quantity == Quantity::SynthesizedEnergy;
            Some(drawn(name, history.curve(side, quantity)?, colour, thin, key))
        })
        .collect()
}

/// The colour of a grid's curves, faint where only an earlier pyramid had the grid.
#[must_use]
pub fn side_colour(model: &Model, side: usize, current: bool, dark: bool) -> Color32 {
    let colour = model.colours.of(side, dark);
    if current { colour } else { colour.gamma_multiply(0.4) }
}

fn drawn(name: String, curve: &Curve, colour: Color32, thin: bool, key: &Key) -> Drawn {
    let points = curve.points();
    let range = match key.view {
        Some((from, to)) => curve::visible(&points, from, to),
        None => 0..points.len(),
    };
    let raw = curve::decimate(&points[range.clone()], key.most);
    let averages = raw.iter().any(|point| point.low < point.high);
    let line = if key.smoothing > 0.0 {
        let smooth = curve::smooth(&points, key.smoothing);
        means(&curve::decimate(&smooth[range], key.most), key.log)
    } else {
        means(&raw, key.log)
    };
    let raw = if averages || key.smoothing > 0.0 { ends(&raw, key.log) } else { Vec::new() };
    Drawn { name, colour, thin, line, raw }
}

/// The means of the points; on a logarithmic axis what is not positive is left out.
fn means(points: &[Point], log: bool) -> Vec<PlotPoint> {
    points.iter().filter_map(|point| place(point.x, point.mean, log)).collect()
}

/// The two ends of each point that stands for several, and the one value of the others.
fn ends(points: &[Point], log: bool) -> Vec<PlotPoint> {
    let mut drawn = Vec::with_capacity(points.len() * 2);
    for point in points {
        drawn.extend(place(point.x, point.low, log));
        if point.low < point.high {
            drawn.extend(place(point.x, point.high, log));
        }
    }
    drawn
}

fn place(x: f64, y: f32, log: bool) -> Option<PlotPoint> {
    let y = f64::from(y);
    if log { (y > 0.0).then(|| PlotPoint::new(x, y.log10())) } else { Some(PlotPoint::new(x, y)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: impl IntoIterator<Item = f64>) -> Curve {
        let mut curve = Curve::default();
        values.into_iter().enumerate().for_each(|(x, y)| curve.push(x as f64, y));
        curve
    }

    #[test]
    fn a_long_curve_is_drawn_with_at_most_two_thousand_points() {
        let points = curve((0..12_345).map(|x| f64::from(x).sin())).points();
        let drawn = ends(&curve::decimate(&points, 1_000), false);
        assert!(drawn.len() <= 2_000 && drawn.len() > 1_000, "{}", drawn.len());
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_not_positive() {
        let points = [(0.0, -1.0), (1.0, 0.0), (2.0, 100.0)].map(|(x, y)| Point { x, mean: y, low: y, high: y });
        let drawn = means(&points, true);
        assert_eq!(drawn.len(), 1);
        assert!((drawn[0].y - 2.0).abs() < 1e-9);
    }
}
