//! The lines of a chart, ready to draw, and the range of values worth looking at.

use super::chart::Chart;
use super::curve::{self, Curve, Point};
use super::history::Quantity;
use super::model::Model;
use super::{format, theme};
use eframe::egui::Color32;
use egui_plot::PlotPoint;
use std::collections::BTreeSet;

/// Of a curve's values this share at either end may be a burst.
const TAIL: f64 = 0.05;
/// How far beyond its usual values a curve may go before it counts as a burst, in widths of the usual range.
const FENCE: f64 = 0.75;
/// Fewer values have no bursts.
const FEW: usize = 8;
/// Room above and below the curves, in heights of their range.
const ROOM: f64 = 0.06;

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
    span: Option<Span>,
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
    let span = Span::of(&raw, key.log);
    let raw = if averages || key.smoothing > 0.0 { ends(&raw, key.log) } else { Vec::new() };
    Drawn { name, colour, thin, line, raw, span }
}

/// Where the values of curves lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    all: [f64; 2],
    /// Without bursts.
    calm: [f64; 2],
}

impl Span {
    /// The span of several lines together.
    #[must_use]
    pub fn over(lines: &[Drawn]) -> Option<Self> {
        lines.iter().filter_map(|line| line.span).reduce(|a, b| {
            let hull = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
            Self { all: hull(a.all, b.all), calm: hull(a.calm, b.calm) }
        })
    }

    /// The span of one curve; on a logarithmic axis that of what is positive.
    #[must_use]
    pub fn of(points: &[Point], log: bool) -> Option<Self> {
        let sorted = |value: fn(&Point) -> f32| {
            let mut values: Vec<f64> =
                points.iter().filter_map(|point| place(point.x, value(point), log)).map(|point| point.y).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (lows, highs) = (sorted(|point| point.low), sorted(|point| point.high));
        let all = [*lows.first()?, *highs.last()?];
        if highs.len() < FEW {
            return Some(Self { all, calm: all });
        }
        let tail = |count: usize| (TAIL * count as f64).ceil() as usize;
        let low = lows.get(tail(lows.len())).copied().unwrap_or(all[0]);
        let high = highs.get(highs.len().saturating_sub(1 + tail(highs.len()))).copied().unwrap_or(all[1]);
        let fence = FENCE * (high - low).max(0.0);
        // A curve that hardly ever moves is shown with every move it makes.
        let calm = if fence > 0.0 { [(low - fence).max(all[0]), (high + fence).min(all[1])] } else { all };
        Some(Self { all, calm })
    }

    /// Whether some values lie outside the calm range.
    #[must_use]
    pub fn has_bursts(&self) -> bool {
        self.calm != self.all
    }

    /// The range to draw, with some room.
    #[must_use]
    pub fn range(&self, bursts: bool) -> [f64; 2] {
        let [low, high] = if bursts { self.all } else { self.calm };
        let room = if high > low { ROOM * (high - low) } else { (0.1 * high.abs()).max(0.01) };
        [low - room, high + room]
    }
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

    fn span(values: impl IntoIterator<Item = f64>) -> Span {
        Span::of(&curve(values).points(), false).unwrap()
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
        assert_eq!(Span::of(&points, true).map(|span| span.all), Some([2.0, 2.0]));
    }

    #[test]
    fn a_burst_is_cut_off_and_nothing_else() {
        let wave = |x: u32| f64::from(x).sin();
        let burst = span((0..200).map(|x| if (90..95).contains(&x) { -500.0 } else { wave(x) }));
        assert!(burst.has_bursts());
        let [low, high] = burst.range(false);
        assert!((-4.0..=-1.0).contains(&low) && (0.99..2.0).contains(&high), "{low} {high}");
        assert!(burst.range(true)[0] < -500.0);
        for calm in [span((0..200).map(wave)), span((0..200).map(f64::from)), span((0..30).map(|x| f64::from(x * x)))] {
            assert!(!calm.has_bursts(), "{calm:?}");
        }
    }

    #[test]
    fn few_values_and_flat_curves_have_no_bursts() {
        assert!(!span([0.0, 0.1, 99.0]).has_bursts());
        assert!(!span((0..100).map(|x| if x == 50 { 1.0 } else { 0.0 })).has_bursts());
        let [low, high] = span([3.0; 20]).range(false);
        assert!(low < 3.0 && high > 3.0);
        assert_eq!(Span::of(&[], false), None);
    }

    #[test]
    fn merged_points_count_with_their_ends() {
        let wave = (0..20_000).map(|x| f64::from(x).sin());
        let points = curve::decimate(&curve(wave).points(), 100);
        let span = Span::of(&points, false).unwrap();
        assert!(!span.has_bursts() && span.all[1] > 0.99);
    }
}
