//! How the recipes of two runs differ.

use super::super::theme;
use super::diff::{Row, diff};
use super::subject::Subject;
use eframe::egui::{Label, RichText, ScrollArea, Ui};

/// The difference, worked out when a text changed.
#[derive(Default)]
pub struct Changes {
    texts: [String; 2],
    rows: Vec<Row>,
}

impl Changes {
    /// Draws the difference: what must change in the recipe of `other` to become that of `subject`, or the whole recipe
    /// when there is nothing to compare it with.
    pub fn ui(&mut self, ui: &mut Ui, subject: &Subject<'_>, other: Option<&Subject<'_>>) {
        let Some(other) = other else { return whole(ui, subject) };
        if self.texts[0] != other.text || self.texts[1] != subject.text {
            self.texts = [other.text.to_owned(), subject.text.to_owned()];
            self.rows = diff(other.text, subject.text);
        }
        if self.rows.is_empty() {
            ui.weak(format!("Both recipes are the same, {} lines.", subject.text.lines().count()));
            return;
        }
        let count = |added: bool| {
            self.rows
                .iter()
                .filter(|row| matches!((row, added), (Row::Added(_), true) | (Row::Removed(_), false)))
                .count()
        };
        let text = format!("{} lines only in {}, {} only in {}", count(true), subject.name, count(false), other.name);
        ui.add(Label::new(RichText::new(text).weak()).truncate());
        let palette = theme::palette(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::both().auto_shrink([false, false]).show_rows(ui, 16.0, self.rows.len(), |ui, rows| {
            for row in &self.rows[rows] {
                let (text, colour) = match row {
                    Row::Same(line) => (format!("  {line}"), palette.weak),
                    Row::Removed(line) => (format!("– {line}"), palette.bad),
                    Row::Added(line) => (format!("+ {line}"), palette.good),
                    Row::Left(count) => (format!("  · {count} equal lines"), palette.weak.gamma_multiply(0.7)),
                };
                ui.add(Label::new(RichText::new(text).monospace().color(colour)).extend());
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
