//! The log panel: the lines of the log, newest at the bottom.

use super::log::{Line, Log, Severity};
use super::{format, theme};
use eframe::egui::{Color32, Label, RichText, ScrollArea, Ui};

const ROW: f32 = 18.0;

/// Draws the panel; it follows the newest line until the user scrolls up.
pub fn ui(ui: &mut Ui, log: &Log) {
    if log.lines().is_empty() {
        ui.weak("Nothing has happened yet.");
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true);
    area.show_rows(ui, ROW, log.lines().len(), |ui, rows| {
        for line in log.lines().range(rows) {
            row(ui, line);
        }
    });
}

fn row(ui: &mut Ui, line: &Line) {
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        let detail = line.severity == Severity::Detail;
        let place = if detail {
            String::new()
        } else {
            let iteration = line.iteration.map_or(String::new(), format::count);
            format!("{} {iteration:>9}", format::clock(line.at))
        };
        let place = RichText::new(format!("{place:<17}")).font(theme::numbers()).weak();
        ui.add(Label::new(place).selectable(false)).on_hover_text("Time since the window opened, and iteration");
        let text = if detail { format!("  {}", line.text) } else { line.text.clone() };
        let text = RichText::new(text).color(colour(ui, line.severity));
        ui.add(Label::new(text).truncate());
    });
}

/// The colour of a line.
#[must_use]
pub fn colour(ui: &Ui, severity: Severity) -> Color32 {
    let palette = theme::palette(ui);
    match severity {
        Severity::Detail | Severity::Routine => palette.weak,
        Severity::Info => palette.text,
        Severity::Good => palette.good,
        Severity::Warning => palette.warn,
        Severity::Error => palette.bad,
    }
}
