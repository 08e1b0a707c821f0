//! Tables as elements of a page.

use super::csv::CsvTable;
use super::escape::{escape, inline};
use super::picture::data_uri;
use super::table::{Align, Best, Cell, Column, Row, Table};

/// A table with its footnotes and a link to its numbers.
pub(super) fn element(table: &Table, numbers: &CsvTable) -> String {
    let width = table.width();
    let none = Column::default();
    let column = |at: usize| table.columns.get(at).unwrap_or(&none);
    let best: Vec<Vec<usize>> = (0..width).map(|at| table.best(at)).collect();
    let heads: String = (0..width).map(|at| head(column(at))).collect();
    let row = |(number, row): (usize, &Row)| {
        let cell = |at: usize| {
            let cell = row.cells.get(at).unwrap_or(&Cell::NotMeasured);
            cell_html(cell, column(at).align, at == 0, best[at].contains(&number))
        };
        let class = if row.apart { " class=\"apart\"" } else { "" };
        format!("<tr{class}>{}</tr>\n", (0..width).map(cell).collect::<String>())
    };
    let rows: String = table.rows.iter().enumerate().map(row).collect();
    // A table that is wider than the screen scrolls by itself, by keys too.
    format!(
        "<figure class=\"table\"><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n\
         <caption>{}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n{}{}</figure>\n",
        escape(&table.title),
        inline(&table.title),
        footnotes(table, best.iter().any(|rows| !rows.is_empty())),
        download(numbers),
    )
}

/// A link that holds the numbers of a table or figure.
pub(super) fn download(numbers: &CsvTable) -> String {
    let address = data_uri("text/csv;charset=utf-8", numbers.text.as_bytes());
    let file = escape(&numbers.file);
    format!("<p class=\"download\"><a href=\"{address}\" download=\"{file}\">Numbers as CSV</a></p>\n")
}

fn head(column: &Column) -> String {
    let better = match column.best {
        Some(Best::Lowest) => " <span class=\"better\" title=\"lower is better\">↓</span>",
        Some(Best::Highest) => " <span class=\"better\" title=\"higher is better\">↑</span>",
        None => "",
    };
    format!("<th scope=\"col\" class=\"{}\">{}{better}</th>", class(column.align), inline(&column.head()))
}

fn cell_html(cell: &Cell, align: Align, first: bool, best: bool) -> String {
    let text = match cell {
        Cell::Text(text) => inline(text),
        Cell::NotMeasured => "<span title=\"not measured\">–</span>".to_owned(),
        _ => escape(&cell.shown()),
    };
    let text = if best { format!("<strong>{text}</strong>") } else { text };
    let class = class(align);
    match cell {
        Cell::Text(_) if first => format!("<th scope=\"row\" class=\"{class}\">{text}</th>"),
        _ => format!("<td class=\"{class}\">{text}</td>"),
    }
}

fn class(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Center => "center",
        Align::Right => "right",
    }
}

fn footnotes(table: &Table, marked: bool) -> String {
    let mut notes: Vec<String> = table.footnotes.iter().map(|note| inline(note)).collect();
    if marked {
        notes.push("<strong>Bold</strong>: the best value of its column, however close the next.".to_owned());
    }
    if table.rows.iter().flat_map(|row| &row.cells).any(|cell| *cell == Cell::NotMeasured) {
        notes.push("–: not measured.".to_owned());
    }
    notes.iter().map(|note| format!("<p class=\"note\">{note}</p>\n")).collect()
}
