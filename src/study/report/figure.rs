//! Figures: curves, clouds of points and bars, as data.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its caption.
    pub title: String,
    /// What the figure shows, for who cannot see it.
    pub alternative: String,
    pub plot: Plot,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plot {
    /// Curves and clouds of points over two axes.
    Points { x: Axis, y: Axis, series: Vec<Series> },
    /// Values of categories.
    Bars(Bars),
}

/// What is measured along an axis. Its range and marks follow from the data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Axis {
    pub title: String,
    /// Shown in brackets behind the title; empty where there is none.
    pub unit: String,
    pub scale: AxisScale,
}

impl Axis {
    /// Whether `value` has a place on the axis.
    pub(super) fn holds(&self, value: f64) -> bool {
        // Beyond these, spans and steps are no longer float64.
        let size = value.abs();
        match self.scale {
            AxisScale::Linear => size <= 1e300,
            AxisScale::Logarithmic => (1e-300..=1e300).contains(&value),
        }
    }

    pub fn linear(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { title: title.into(), unit: unit.into(), scale: AxisScale::Linear }
    }

    /// An axis of powers: values that are not above 0 have no place on it.
    pub fn logarithmic(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { title: title.into(), unit: unit.into(), scale: AxisScale::Logarithmic }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisScale {
    #[default]
    Linear,
    Logarithmic,
}

/// Points of one name, in the order in which a line joins them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub points: Vec<Point>,
    pub mark: Mark,
    /// How the points' intervals are drawn.
    pub whiskers: Whiskers,
}

impl Series {
    /// A line through `points`.
    pub fn line(name: impl Into<String>, points: Vec<Point>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }

    /// Points that no line joins.
    pub fn dots(name: impl Into<String>, points: Vec<Point>) -> Self {
        Self { name: name.into(), points, mark: Mark::Dots, whiskers: Whiskers::Bars }
    }

    /// The same series drawn with this mark.
    #[must_use]
    pub fn mark(self, mark: Mark) -> Self {
        Self { mark, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    #[default]
    Line,
    /// For what is compared with, such as a target.
    Dashed,
    LineAndDots,
    Dots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whiskers {
    /// A band along the whole series.
    #[default]
    Band,
    /// A bar at each point.
    Bars,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    #[serde(with = "super::exact")]
    pub x: f64,
    #[serde(with = "super::exact")]
    pub y: f64,
    /// Around y.
    pub interval: Option<Interval>,
}

impl Point {
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, interval: None }
    }

    /// A point with an interval of one `deviation` to both sides.
    #[must_use]
    pub fn deviating(x: f64, y: f64, deviation: f64) -> Self {
        Self { x, y, interval: Some(Interval { low: y - deviation, high: y + deviation }) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    #[serde(with = "super::exact")]
    pub low: f64,
    #[serde(with = "super::exact")]
    pub high: f64,
}

/// Horizontal bars: each category has one of every series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bars {
    pub categories: Vec<String>,
    pub value: Axis,
    pub series: Vec<BarSeries>,
}

impl Bars {
    /// How many categories there are to show: those that are named, and those that only have bars.
    pub(super) fn count(&self) -> usize {
        self.series.iter().map(|series| series.bars.len()).fold(self.categories.len(), usize::max)
    }

    /// The name of a category; empty where it has none.
    pub(super) fn category(&self, at: usize) -> &str {
        self.categories.get(at).map_or("", String::as_str)
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BarSeries {
    pub name: String,
    /// In the order of the categories; none where nothing was measured.
    pub bars: Vec<Option<Bar>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    #[serde(with = "super::exact")]
    pub value: f64,
    pub interval: Option<Interval>,
}
