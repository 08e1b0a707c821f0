//! The log panel: the lines of the log, newest at the bottom, by severity and by words.

use super::action::Action;
use super::asks::Asks;
use super::log::{Line, Log, Severity};
use super::{format, theme};
use eframe::egui::{
    Align, Button, Color32, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, accesskit::Role,
};
use serde::{Deserialize, Serialize};

const ROW: f32 = 18.0;

/// What the panel leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Least {
    #[default]
    Everything,
    /// What comes again and again is left out.
    News,
    Problems,
    Errors,
}

impl Least {
    const ALL: [Self; 4] = [Self::Everything, Self::News, Self::Problems, Self::Errors];

    fn title(self) -> &'static str {
        match self {
            Self::Everything => "Everything",
            Self::News => "News and problems",
            Self::Problems => "Problems",
            Self::Errors => "Errors",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::Everything => Severity::Detail,
            Self::News => Severity::Info,
            Self::Problems => Severity::Warning,
            Self::Errors => Severity::Error,
        }
    }
}

/// What is kept of the panel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub least: Least,
}

/// The panel's own state.
#[derive(Default)]
pub struct LogView {
    pub preferences: Preferences,
    search: String,
    /// Places of the lines that are shown, and of what they were chosen.
    chosen: Vec<usize>,
    chosen_of: Option<(u64, Least, String)>,
}

impl LogView {
    /// Draws the panel; it follows the newest line until the user scrolls up.
    pub fn ui(&mut self, ui: &mut Ui, log: &Log, asks: &Asks) {
        self.choose(log);
        self.toolbar(ui, log, asks.keys.pressed(Action::FindInLog));
        if self.chosen.is_empty() {
            let empty = log.lines().is_empty();
            let text = if empty { "Nothing has happened yet. What happens is written here." } else { "No line fits." };
            ui.weak(text);
            if !empty && ui.button("Show every line").clicked() {
                (self.preferences.least, self.search) = (Least::Everything, String::new());
            }
            return;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true);
        area.show_rows(ui, ROW, self.chosen.len(), |ui, rows| {
            for line in self.chosen[rows].iter().filter_map(|&at| log.lines().get(at)) {
                row(ui, line);
            }
        });
    }

    /// Chooses the lines anew when the log or what is asked of it has changed.
    fn choose(&mut self, log: &Log) {
        let wanted = (log.version(), self.preferences.least, self.search.clone());
        if self.chosen_of.as_ref() == Some(&wanted) {
            return;
        }
        self.chosen = chosen(log, self.preferences.least, &self.search);
        self.chosen_of = Some(wanted);
    }

    fn toolbar(&mut self, ui: &mut Ui, log: &Log, find: bool) {
        ui.horizontal(|ui| {
            let least = &mut self.preferences.least;
            let list = ComboBox::from_id_salt("severity").selected_text(least.title()).width(138.0);
            let list = list.show_ui(ui, |ui| {
                for choice in Least::ALL {
                    ui.selectable_value(least, choice, choice.title());
                }
            });
            list.response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Severity");
                info.current_text_value = Some(self.preferences.least.title().to_owned());
                info
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let copy = ui.add_enabled(!self.chosen.is_empty(), Button::new("Copy"));
                if copy.on_hover_text("Copy the lines that are shown").clicked() {
                    let lines = self.chosen.iter().filter_map(|&at| log.lines().get(at));
                    ui.ctx().copy_text(lines.map(|line| written(line) + "\n").collect());
                }
                let count = format!("{} of {}", self.chosen.len(), log.lines().len());
                ui.add(Label::new(RichText::new(count).weak()).selectable(false));
                let field = TextEdit::singleline(&mut self.search).hint_text("Search");
                let field = ui.add_sized([ui.available_width().clamp(60.0, 240.0), 22.0], field);
                field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search the log"));
                if find {
                    field.request_focus();
                }
            });
        });
        ui.add_space(2.0);
    }
}

/// Places of the lines that fit; a line's details go with it.
fn chosen(log: &Log, least: Least, search: &str) -> Vec<usize> {
    let search = search.to_lowercase();
    let mut above = Severity::Detail;
    let fits = |line: &Line| {
        above = if line.severity == Severity::Detail { above } else { line.severity };
        above >= least.severity() && (search.is_empty() || line.text.to_lowercase().contains(&search))
    };
    let mut fits = fits;
    log.lines().iter().enumerate().filter(|(_, line)| fits(line)).map(|(at, _)| at).collect()
}

/// A line as text.
fn written(line: &Line) -> String {
    if line.severity == Severity::Detail {
        return format!("{:<18}  {}", "", line.text);
    }
    let iteration = line.iteration.map_or(String::new(), format::count);
    format!("{} {iteration:>9} {}", format::clock(line.at), line.text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_go_with_their_line() {
        let mut log = Log::default();
        log.push(0.0, Some(1), Severity::Routine, "sheet");
        log.push(0.0, Some(1), Severity::Good, "applied\nkept: weights\nanew: nothing");
        log.push(0.0, Some(2), Severity::Error, "grid 2 diverged");
        assert_eq!(chosen(&log, Least::Everything, ""), [0, 1, 2, 3, 4]);
        assert_eq!(chosen(&log, Least::News, ""), [1, 2, 3, 4]);
        assert_eq!(chosen(&log, Least::Errors, ""), [4]);
        assert_eq!(chosen(&log, Least::Everything, "KEPT"), [2]);
        assert!(chosen(&log, Least::Errors, "kept").is_empty());
    }
}
