//! The lines of a chart, ready to draw, and where they lie.

use super::super::colours::Colours;
use super::super::curve::{Curve, Point};
use super::super::history::{Abscissa, Clock, History, Quantity};
use super::super::{format, theme};
use super::chart::Chart;
use super::span::Span;
use eframe::egui::Color32;
use std::collections::BTreeSet;

/// Strokes of overlaid runs: on and off, in points. They repeat.
const DASHES: [[f32; 2]; 4] = [[7.0, 4.0], [2.5, 2.5], [12.0, 4.0], [4.5, 6.0]];
/// How much of its colour a curve of an overlaid run keeps.
const DIM: f32 = 0.65;

/// Values by which a curve's usual range is judged.
const SAMPLED: usize = 600;

/// What is not drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hidden {
    /// Grids, by their sides.
    pub sides: BTreeSet<usize>,
    pub quantities: BTreeSet<Quantity>,
    /// Names that the recipe plots.
    pub names: BTreeSet<String>,
}

/// What lines depend on, beside the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub chart: Chart,
    pub abscissa: Abscissa,
    pub log: bool,
    /// Weight of the moving average, 0 (none) to below 1.
    pub smoothing: f64,
    pub hidden: Hidden,
    pub dark: bool,
    /// The part of the horizontal axis in view, where the user has zoomed.
    pub view: Option<[f64; 2]>,
    /// Merged points of a line at most; each may be drawn as a low and a high end.
    pub most: usize,
    pub colours: Colours,
    /// Names that recipes plot, in the order of their colours.
    pub names: Vec<String>,
}

/// Which curve of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Series {
    Grid(usize, Quantity),
    Plotted(String),
}

impl Series {
    /// Its curve.
    #[must_use]
    pub fn of<'a>(&self, history: &'a History) -> Option<&'a Curve> {
        match self {
            Self::Grid(side, quantity) => history.curve(*side, *quantity),
            Self::Plotted(name) => history.plotted_curve(name),
        }
    }
}

/// One line.
pub struct Drawn {
    pub series: Series,
    pub name: String,
    pub stroke: Stroke,
    /// Places on both axes; powers of ten on a logarithmic one.
    pub line: Vec<[f64; 2]>,
    /// Drawn faint behind the line: the samples that it averages.
    pub raw: Vec<[f64; 2]>,
    pub span: Option<Span>,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub colour: Color32,
    /// In points.
    pub width: f32,
    /// On and off, in points; none for a solid line.
    pub dash: Option<[f32; 2]>,
}

impl Stroke {
    /// The stroke of a curve: bold for what is observed, thin for what is synthesized, dashed for an overlaid run.
    #[must_use]
    pub fn of(colour: Color32, thin: bool, overlay: Option<usize>) -> Self {
        let width = if thin { 0.9 } else { 2.0 };
        match overlay {
            None => Self { colour, width, dash: None },
            Some(at) => Self {
                colour: colour.gamma_multiply(DIM),
                width: if thin { 0.8 } else { 1.5 },
                dash: Some(DASHES[at % DASHES.len()]),
            },
        }
    }
}

/// The lines of a run in a chart. `overlay` is its place among the overlaid runs, `None` for the run of the window.
#[must_use]
pub fn lines(history: &History, overlay: Option<usize>, look: &Look) -> Vec<Drawn> {
    if look.chart == Chart::Plotted {
        let shown = history.plotted().filter(|(name, _)| !look.hidden.names.contains(*name));
        let line = |(name, curve): (&str, &Curve)| {
            let stroke = Stroke::of(name_colour(&look.names, name, look.dark), false, overlay);
            drawn(Series::Plotted(name.to_owned()), name.to_owned(), curve, history.clock(), stroke, look)
        };
        return shown.map(line).collect();
    }
    let quantities = look.chart.quantities();
    let grids = history.sides().filter(|(side, _)| !look.hidden.sides.contains(side));
    grids
        .flat_map(|grid| quantities.iter().map(move |quantity| (grid, quantity)))
        .filter(|(_, (quantity, _))| !look.hidden.quantities.contains(quantity))
        .filter_map(|((side, current), &(quantity, word))| {
            let when = if current { "" } else { ", earlier" };
            let what = if quantities.len() > 1 { format!(" {word}") } else { String::new() };
            let name = format!("{}{what}{when}", format::side(side));
            let colour = side_colour(&look.colours, side, current || overlay.is_some(), look.dark);
            let stroke = Stroke::of(colour, quantity == Quantity::SynthesizedEnergy, overlay);
            let curve = history.curve(side, quantity)?;
            Some(drawn(Series::Grid(side, quantity), name, curve, history.clock(), stroke, look))
        })
        .collect()
}

/// The colour of a grid's curves, faint where only an earlier pyramid had the grid.
#[must_use]
pub fn side_colour(colours: &Colours, side: usize, current: bool, dark: bool) -> Color32 {
    let colour = colours.of(side, dark);
    if current { colour } else { colour.gamma_multiply(0.4) }
}

/// The colour of a curve that recipes plot.
#[must_use]
pub fn name_colour(names: &[String], name: &str, dark: bool) -> Color32 {
    theme::series(names.iter().position(|other| other == name).unwrap_or_default(), dark)
}

fn drawn(series: Series, name: String, curve: &Curve, clock: &Clock, stroke: Stroke, look: &Look) -> Drawn {
    let range = match look.view {
        Some(view) => {
            let [from, to] = view.map(|place| clock.iteration(look.abscissa, place));
            curve.visible(from, to)
        }
        None => 0..curve.len(),
    };
    let samples = curve.decimated(range.clone(), look.most);
    let averages = samples.iter().any(|point| point.low < point.high);
    let smooth = look.smoothing > 0.0;
    let place = |points: &[Point], ends: bool| -> Vec<[f64; 2]> {
        let mut places = Vec::with_capacity(points.len() * (1 + usize::from(ends)));
        for point in points {
            let x = clock.place(look.abscissa, point.x);
            let values = [f64::from(point.low), f64::from(point.high)];
            let values = if ends { values } else { [point.mean; 2] };
            let count = if values[0] < values[1] { 2 } else { 1 };
            places.extend(values[..count].iter().filter_map(|&y| on_axis(y, look.log)).map(|y| [x, y]));
        }
        places
    };
    let span = Span::of(&samples, curve.sampled(range.clone(), SAMPLED), look.log);
    let line = match smooth {
        true => place(&curve.smoothed(range, look.smoothing, look.most), false),
        false => place(&samples, false),
    };
    // Of an overlaid run the line is enough.
    let behind = stroke.dash.is_none() && (averages || smooth);
    let raw = if behind { place(&samples, true) } else { Vec::new() };
    Drawn { series, name, stroke, line, raw, span }
}

/// Where a value is on an axis; on a logarithmic one, what is not positive is nowhere.
#[must_use]
pub fn on_axis(value: f64, log: bool) -> Option<f64> {
    if log { (value > 0.0).then(|| value.log10()) } else { Some(value) }
}

/// The value at a place of an axis.
#[must_use]
pub fn value(place: f64, log: bool) -> f64 {
    if log { 10f64.powf(place) } else { place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Event, GridUpdate};

    fn look(chart: Chart) -> Look {
        Look {
            chart,
            abscissa: Abscissa::Update,
            log: false,
            smoothing: 0.0,
            hidden: Hidden::default(),
            dark: true,
            view: None,
            most: 1_000,
            colours: Colours::default(),
            names: Vec::new(),
        }
    }

    fn history(count: u64) -> History {
        let mut history = History::default();
        for iteration in 1..=count {
            let (observed_energy, rate) = ((iteration as f64).sin(), iteration as f64 - 3.0);
            let grids = [4, 16].map(|side| GridUpdate { side, observed_energy, rate, ..GridUpdate::default() });
            history.take(&Event::Update { iteration, seconds: 2.0 * iteration as f64, grids: grids.to_vec() });
        }
        history
    }

    #[test]
    fn a_long_curve_is_drawn_with_at_most_two_thousand_points() {
        let drawn = &lines(&history(12_345), None, &look(Chart::Energy))[0];
        assert!(drawn.raw.len() <= 2_000 && drawn.raw.len() > 1_000, "{}", drawn.raw.len());
        assert!(drawn.line.len() <= 1_000);
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_not_positive() {
        let log = Look { log: true, ..look(Chart::One(Quantity::Rate)) };
        let drawn = &lines(&history(103), None, &log)[0];
        assert_eq!(drawn.line.len(), 100);
        assert!((drawn.line[99][1] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn observed_and_synthesized_differ_without_colour_and_so_do_runs() {
        let history = history(9);
        let own = lines(&history, None, &look(Chart::Energy));
        let other = lines(&history, Some(0), &look(Chart::Energy));
        let third = lines(&history, Some(1), &look(Chart::Energy));
        assert_eq!(
            own.iter().map(|line| line.name.as_str()).collect::<Vec<_>>()[..2],
            ["4×4 observed", "4×4 synthesized"]
        );
        assert!(own[0].stroke.width > 2.0 * own[1].stroke.width);
        assert!(own[0].stroke.dash.is_none() && other[0].stroke.dash.is_some());
        assert_ne!(other[0].stroke.dash, third[0].stroke.dash);
    }

    #[test]
    fn what_is_hidden_is_not_drawn() {
        let history = history(9);
        let mut hiding = look(Chart::Energy);
        hiding.hidden.sides.insert(4);
        hiding.hidden.quantities.insert(Quantity::ObservedEnergy);
        let names: Vec<String> = lines(&history, None, &hiding).into_iter().map(|line| line.name).collect();
        assert_eq!(names, ["16×16 synthesized"]);
    }

    #[test]
    fn curves_run_along_the_axis_that_was_chosen() {
        let over_time = Look { abscissa: Abscissa::Time, view: Some([20.0, 30.0]), ..look(Chart::Energy) };
        let drawn = &lines(&history(100), None, &over_time)[0];
        let xs: Vec<f64> = drawn.line.iter().map(|place| place[0]).collect();
        assert_eq!(xs, [18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 30.0, 32.0]);
    }
}
