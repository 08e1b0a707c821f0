//! Tables of numbers with what is known of their uncertainty.

use super::figure::Interval;
use super::number::{self, Format};
use serde::{Deserialize, Serialize};

/// A table of as many columns as its heads or its longest row; what a row leaves out is not measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    pub footnotes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Column {
    pub title: String,
    /// Shown in brackets behind the title; empty where there is none.
    pub unit: String,
    pub align: Align,
    /// Which of its values is marked, if any.
    pub best: Option<Best>,
}

impl Column {
    /// Words, aligned to the left.
    pub fn words(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Numbers of a unit (which may be empty), aligned to the right.
    pub fn numbers(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { title: title.into(), unit: unit.into(), align: Align::Right, best: None }
    }

    /// The same column with its best value marked.
    #[must_use]
    pub fn best(self, best: Best) -> Self {
        Self { best: Some(best), ..self }
    }

    /// Title and unit.
    pub(super) fn head(&self) -> String {
        match self.unit.as_str() {
            "" => self.title.clone(),
            unit => format!("{} ({unit})", self.title),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    #[default]
    Left,
    Center,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Best {
    Lowest,
    Highest,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// To compare with, such as the paper's own numbers: set apart, and never best.
    pub apart: bool,
}

impl Row {
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, apart: false }
    }

    /// A row to compare with.
    #[must_use]
    pub fn apart(cells: Vec<Cell>) -> Self {
        Self { cells, apart: true }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    #[default]
    NotMeasured,
    Text(String),
    Number {
        #[serde(with = "super::exact")]
        value: f64,
        format: Format,
    },
    /// A value and its standard deviation.
    Deviation {
        #[serde(with = "super::exact")]
        value: f64,
        #[serde(with = "super::exact")]
        deviation: f64,
    },
    /// A value and an interval around it, whose kind and level the table's footnotes tell.
    Interval {
        #[serde(with = "super::exact")]
        value: f64,
        interval: Interval,
    },
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number of four significant digits.
    #[must_use]
    pub fn number(value: f64) -> Self {
        Self::Number { value, format: Format::Significant(4) }
    }

    #[must_use]
    pub fn deviation(value: f64, deviation: f64) -> Self {
        Self::Deviation { value, deviation }
    }

    #[must_use]
    pub fn interval(value: f64, low: f64, high: f64) -> Self {
        Self::Interval { value, interval: Interval { low, high } }
    }

    /// The cell as it is read.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::NotMeasured => number::NOT_MEASURED.to_owned(),
            Self::Text(text) => text.clone(),
            Self::Number { value, format } => format.number(*value),
            Self::Deviation { value, deviation } => number::deviation(*value, *deviation),
            Self::Interval { value, interval } => number::interval(*value, *interval),
        }
    }

    /// Its number, where it has one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::NotMeasured | Self::Text(_) => None,
            Self::Number { value, .. } | Self::Deviation { value, .. } | Self::Interval { value, .. } => Some(*value),
        }
    }
}

impl Table {
    /// How many columns there are to show.
    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(|row| row.cells.len()).fold(self.columns.len(), usize::max)
    }

    /// The rows whose value is best in a column. A best one needs a worse one: where all are equal none is marked.
    pub(super) fn best(&self, column: usize) -> Vec<usize> {
        let Some(best) = self.columns.get(column).and_then(|column| column.best) else { return Vec::new() };
        let value = |row: &Row| row.cells.get(column).and_then(Cell::value).filter(|value| value.is_finite());
        let rows = self.rows.iter().enumerate().filter(|(_, row)| !row.apart);
        let compared: Vec<(usize, f64)> = rows.filter_map(|(at, row)| Some((at, value(row)?))).collect();
        let values = compared.iter().map(|(_, value)| *value);
        let wanted = match best {
            Best::Lowest => values.fold(f64::INFINITY, f64::min),
            Best::Highest => values.fold(f64::NEG_INFINITY, f64::max),
        };
        let equal: Vec<usize> = compared.iter().filter(|(_, value)| *value == wanted).map(|(at, _)| *at).collect();
        if equal.len() < compared.len() { equal } else { Vec::new() }
    }
}
