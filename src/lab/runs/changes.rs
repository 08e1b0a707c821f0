//! How the recipes of two runs differ.

use super::super::diff::{Line, Part, lines, parts};
use super::super::theme;
use super::subject::Subject;
use eframe::egui::{Label, RichText, ScrollArea, Ui};

/// Equal lines shown before and after a change.
const CONTEXT: usize = 2;

/// The difference, worked out when a text changed.
#[derive(Default)]
pub struct Changes {
    texts: [String; 2],
    rows: Vec<Row>,
}

/// A row of the difference, ready to be shown.
struct Row {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Removed,
    Added,
    Gap,
}

impl Row {
    fn of(part: Part<'_>) -> Self {
        let (kind, text) = match part {
            Part::Line(Line::Same(line)) => (Kind::Same, format!("  {line}")),
            Part::Line(Line::Removed(line)) => (Kind::Removed, format!("– {line}")),
            Part::Line(Line::Added(line)) => (Kind::Added, format!("+ {line}")),
            Part::Gap(count) => (Kind::Gap, format!("  · {count} equal lines")),
        };
        Self { text, kind }
    }
}

/// What must be done to `old` to become `new`; nothing when they are equal.
fn rows(old: &str, new: &str) -> Vec<Row> {
    match old == new {
        true => Vec::new(),
        false => parts(&lines(old, new), CONTEXT).into_iter().map(Row::of).collect(),
    }
}

impl Changes {
    /// Draws the difference: what must change in the recipe of `other` to become that of `subject`, or the whole recipe
    /// when there is nothing to compare it with.
    pub fn ui(&mut self, ui: &mut Ui, subject: &Subject<'_>, other: Option<&Subject<'_>>) {
        let Some(other) = other else { return whole(ui, subject) };
        if self.texts[0] != other.text || self.texts[1] != subject.text {
            self.texts = [other.text.to_owned(), subject.text.to_owned()];
            self.rows = rows(other.text, subject.text);
        }
        if self.rows.is_empty() {
            ui.weak(format!("Both recipes are the same, {} lines.", subject.text.lines().count()));
            return;
        }
        let count = |kind: Kind| self.rows.iter().filter(|row| row.kind == kind).count();
        let (own, others) = (count(Kind::Added), count(Kind::Removed));
        let text = format!("{own} lines only in {}, {others} only in {}", subject.name, other.name);
        ui.add(Label::new(RichText::new(text).weak()).truncate());
        let palette = theme::palette(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::both().auto_shrink([false, false]).show_rows(ui, 16.0, self.rows.len(), |ui, rows| {
            for row in &self.rows[rows] {
                let colour = match row.kind {
                    Kind::Same => palette.weak,
                    Kind::Removed => palette.bad,
                    Kind::Added => palette.good,
                    Kind::Gap => palette.weak.gamma_multiply(0.7),
                };
                ui.add(Label::new(RichText::new(&row.text).monospace().color(colour)).extend());
            }
        });
    }
}

fn whole(ui: &mut Ui, subject: &Subject<'_>) {
    let lines: Vec<&str> = subject.text.lines().collect();
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::both().auto_shrink([false, false]).show_rows(ui, 16.0, lines.len(), |ui, rows| {
        for line in &lines[rows] {
            ui.add(Label::new(RichText::new(*line).monospace()).extend());
        }
    });
}
