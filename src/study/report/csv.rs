//! The numbers of tables and figures as comma-separated values (RFC 4180), with all their digits.

use super::document::{Block, Report};
use super::figure::{Figure, Interval, Plot};
use super::files::file_stem;
use super::number::words;
use super::table::{Cell, Row, Table};

/// A table or the points of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    /// The name to keep it under.
    pub file: String,
    /// Its lines, the first of which holds the columns' heads; each ends with a carriage return and a line feed.
    pub text: String,
}

/// One for each table and figure, in the order of the report.
#[must_use]
pub fn csv(report: &Report) -> Vec<CsvTable> {
    let blocks = report.sections.iter().flat_map(|section| &section.blocks);
    blocks.filter_map(block_lines).enumerate().map(|(at, (title, lines))| named(report, at, title, &lines)).collect()
}

fn named(report: &Report, at: usize, title: &str, lines: &[Vec<String>]) -> CsvTable {
    let (study, title) = (file_stem(&report.name, "report"), file_stem(title, "table"));
    CsvTable { file: format!("{study}-{}-{title}.csv", at + 1), text: lines.iter().map(|line| joined(line)).collect() }
}

fn block_lines(block: &Block) -> Option<(&str, Vec<Vec<String>>)> {
    match block {
        Block::Table(table) => Some((&table.title, table_lines(table))),
        Block::Figure(figure) => Some((&figure.title, figure_lines(figure))),
        Block::Text(_) | Block::Picture(_) | Block::Finding(_) => None,
    }
}

/// A column of the table has one of values, and where a cell needs them more for its deviation and interval.
fn table_lines(table: &Table) -> Vec<Vec<String>> {
    let columns: Vec<[bool; 2]> = (0..table.width()).map(|at| extras(table, at)).collect();
    let head = columns.iter().enumerate().flat_map(|(at, extras)| heads(table, at, *extras)).collect();
    let line = |row: &Row| columns.iter().enumerate().flat_map(|(at, extras)| fields(row, at, *extras)).collect();
    std::iter::once(head).chain(table.rows.iter().map(line)).collect()
}

/// Whether a column holds deviations, and intervals.
fn extras(table: &Table, at: usize) -> [bool; 2] {
    let mut cells = table.rows.iter().filter_map(|row| row.cells.get(at));
    let deviations = cells.clone().any(|cell| matches!(cell, Cell::Deviation { .. }));
    [deviations, cells.any(|cell| matches!(cell, Cell::Interval { .. }))]
}

fn heads(table: &Table, at: usize, [deviations, intervals]: [bool; 2]) -> Vec<String> {
    let head = table.columns.get(at).map(|column| column.head()).unwrap_or_default();
    let mut heads = vec![head.clone()];
    heads.extend(deviations.then(|| format!("{head} standard deviation")));
    heads.extend(intervals.then(|| [format!("{head} low"), format!("{head} high")]).into_iter().flatten());
    heads
}

fn fields(row: &Row, at: usize, [deviations, intervals]: [bool; 2]) -> Vec<String> {
    let cell = row.cells.get(at).unwrap_or(&Cell::NotMeasured);
    let value = match cell {
        Cell::Text(text) => text.clone(),
        _ => optional(cell.value()),
    };
    let mut fields = vec![value];
    if deviations {
        fields.push(if let Cell::Deviation { deviation, .. } = cell { exact(*deviation) } else { String::new() });
    }
    if intervals {
        let interval = if let Cell::Interval { interval, .. } = cell { Some(*interval) } else { None };
        fields.extend(ends(interval));
    }
    fields
}

fn figure_lines(figure: &Figure) -> Vec<Vec<String>> {
    let line = |first: &str, second: String, value: f64, interval| {
        [first.to_owned(), second, exact(value)].into_iter().chain(ends(interval)).collect()
    };
    let head = |columns: [&str; 5]| columns.map(str::to_owned).to_vec();
    match &figure.plot {
        Plot::Points { series, .. } => {
            let points = series.iter().flat_map(|series| series.points.iter().map(|point| (&series.name, point)));
            let lines = points.map(|(name, point)| line(name, exact(point.x), point.y, point.interval));
            std::iter::once(head(["series", "x", "y", "low", "high"])).chain(lines).collect()
        }
        Plot::Bars(bars) => {
            let measured = bars.series.iter().flat_map(|series| {
                let bars_of = series.bars.iter().enumerate();
                bars_of.filter_map(|(at, bar)| bar.map(|bar| (&series.name, bars.category(at), bar)))
            });
            let lines = measured.map(|(name, category, bar)| line(name, category.into(), bar.value, bar.interval));
            std::iter::once(head(["series", "category", "value", "low", "high"])).chain(lines).collect()
        }
    }
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    [optional(interval.map(|interval| interval.low)), optional(interval.map(|interval| interval.high))]
}

fn optional(value: Option<f64>) -> String {
    value.map(exact).unwrap_or_default()
}

/// The shortest digits that read back as `value`.
fn exact(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { words(value).to_owned() }
}

/// A line of fields, quoted where they hold what would end them.
fn joined(fields: &[String]) -> String {
    // A line of nothing would be no record.
    if fields.iter().all(String::is_empty) && fields.len() == 1 {
        return "\"\"\r\n".to_owned();
    }
    let quoted = |field: &String| match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.clone(),
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
