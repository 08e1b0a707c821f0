//! What a study tells, as a page: [`Report`] holds findings, text, tables, figures and pictures, and [`html`], [`index`],
//! [`json`] and [`csv`] write it down. All of them are functions of their arguments that build text; whoever calls them
//! keeps it in files.

mod axis;
mod csv;
mod document;
mod draw;
mod escape;
mod exact;
mod figure;
mod files;
mod html;
mod index;
mod number;
mod picture;
mod table;
mod table_html;

pub use csv::{CsvTable, csv};
pub use document::{Block, Finding, Picture, Report, Section, Setting, Verdict};
pub use draw::svg;
pub use figure::{Axis, AxisScale, Bar, BarSeries, Bars, Figure, Interval, Mark, Plot, Point, Series, Whiskers};
pub use files::page_file;
pub use html::html;
pub use index::index;
pub use number::{Format, deviation, interval};
pub use table::{Align, Best, Cell, Column, Row, Table};

/// The whole report as JSON, pictures by the names of their files alone. `serde_json::from_str` reads it back; numbers
/// that are not finite are written in words.
///
/// # Errors
/// What `serde_json` cannot write, of which a report holds nothing.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report)
}

#[cfg(test)]
#[path = "demonstration_tests.rs"]
mod demonstration;
#[cfg(test)]
#[path = "xml_tests.rs"]
mod xml;
