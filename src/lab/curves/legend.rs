//! The legend: every curve with its value under the cursor. A click hides or shows, a double click leaves one.

use super::super::format;
use super::super::history::{History, Quantity};
use super::super::model::Model;
use super::super::theme::{self, Palette};
use super::chart::Chart;
use super::lines::{Hidden, Look, Series, Stroke, name_colour, side_colour};
use super::overlay::{Overlay, Overlays};
use eframe::egui::{
    Align2, Button, FontId, Response, RichText, Sense, Stroke as Pen, Ui, WidgetInfo, accesskit::Role, vec2,
};
use std::collections::BTreeSet;

/// Widths of a name and of a value, and the height of a row, in points.
pub const NAME: f32 = 96.0;
pub const VALUE: f32 = 62.0;
const ROW: f32 = 17.0;

/// Finds the value of a curve of a run; `None` is the window's run, a number an overlaid one.
pub type Read<'a> = dyn Fn(&History, Option<usize>, &Series) -> Option<f64> + 'a;

/// What a legend shows.
pub struct Legend<'a> {
    pub model: &'a Model,
    pub look: &'a Look,
    pub charts: Vec<Chart>,
    /// Whether there is room for values.
    pub values: bool,
    /// Values are those of moving averages.
    pub averaged: bool,
    /// Where values are read.
    pub place: String,
    /// Finds values there.
    pub read: &'a Read<'a>,
}

/// What is to become of an overlaid run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Show or hide it.
    Switch(usize),
    Remove(usize),
}

impl Legend<'_> {
    /// The quantities of grids, one for each column.
    fn quantities(&self) -> Vec<(Quantity, &'static str)> {
        let mut columns: Vec<(Quantity, &str)> = Vec::new();
        for column in self.charts.iter().flat_map(|chart| chart.quantities()) {
            if !columns.contains(column) {
                columns.push(*column);
            }
        }
        columns
    }

    fn plots(&self) -> bool {
        self.charts.contains(&Chart::Plotted)
    }

    /// Draws it.
    pub fn ui(&self, ui: &mut Ui, hidden: &mut Hidden, overlays: &Overlays) -> Option<Change> {
        ui.spacing_mut().item_spacing = vec2(0.0, 1.0);
        ui.spacing_mut().interact_size.y = ROW;
        let palette = theme::palette(ui);
        let columns = self.quantities();
        self.head(ui, hidden, &columns, palette);
        if !columns.is_empty() {
            self.grids(ui, hidden, &columns, palette);
        }
        if self.plots() {
            self.plotted(ui, hidden, palette);
        }
        let mut change = None;
        for (at, overlay) in overlays.all().iter().enumerate() {
            change = self.overlay(ui, overlay, at, &columns, palette).or(change);
        }
        change
    }

    fn head(&self, ui: &mut Ui, hidden: &mut Hidden, columns: &[(Quantity, &str)], palette: &Palette) {
        ui.horizontal(|ui| {
            let place = cell(ui, NAME, &self.place, palette.weak, FontId::proportional(10.5), Align2::LEFT_CENTER);
            let kind = if self.averaged { "moving averages" } else { "samples" };
            place.on_hover_text(format!("Values are {kind}; those at the pointer while it is over a plot"));
            let energies = columns.iter().filter(|(quantity, _)| is_energy(*quantity));
            let others = columns.iter().filter(|(quantity, _)| !is_energy(*quantity) && self.values);
            for (quantity, word) in energies {
                let shown = !hidden.quantities.contains(quantity);
                let stroke = Stroke::of(palette.text, *quantity == Quantity::SynthesizedEnergy, None);
                let response = column_switch(ui, word, stroke, shown, palette);
                if response.on_hover_text("Click to hide or show").clicked() {
                    toggle(&mut hidden.quantities, *quantity);
                }
            }
            for (_, word) in others {
                cell(ui, VALUE, word, palette.weak, FontId::proportional(10.5), Align2::RIGHT_CENTER);
            }
        });
    }

    /// A row for each grid; those that only an earlier pyramid had are at the end.
    fn grids(&self, ui: &mut Ui, hidden: &mut Hidden, columns: &[(Quantity, &str)], palette: &Palette) {
        let sides: Vec<(usize, bool)> = self.model.history.sides().collect();
        let all: BTreeSet<usize> = sides.iter().map(|(side, _)| *side).collect();
        let first_earlier = sides.iter().position(|(_, current)| !current);
        for (at, &(side, current)) in sides.iter().enumerate() {
            if first_earlier == Some(at) {
                earlier_switch(ui, hidden, &sides[at..], palette);
            }
            ui.horizontal(|ui| {
                let colour = side_colour(&self.look.colours, side, current, self.look.dark);
                let shown = !hidden.sides.contains(&side);
                let response = switch(ui, &format::side(side), Stroke::of(colour, false, None), shown, palette);
                let hint = if current { "This grid's curves" } else { "An earlier pyramid had this grid" };
                pick(response, hint, &mut hidden.sides, &side, &all);
                for (quantity, _) in columns {
                    self.value(ui, &self.model.history, None, &Series::Grid(side, *quantity), palette);
                }
            });
        }
    }

    fn plotted(&self, ui: &mut Ui, hidden: &mut Hidden, palette: &Palette) {
        let all: BTreeSet<String> = self.look.names.iter().cloned().collect();
        for name in &self.look.names {
            ui.horizontal(|ui| {
                let colour = name_colour(&self.look.names, name, self.look.dark);
                let shown = !hidden.names.contains(name);
                let response = switch(ui, name, Stroke::of(colour, false, None), shown, palette);
                pick(response, name, &mut hidden.names, name, &all);
                self.value(ui, &self.model.history, None, &Series::Plotted(name.clone()), palette);
            });
        }
        if self.model.history.names_left_out {
            ui.weak("More names are plotted than can be drawn.");
        }
    }

    /// The rows of an overlaid run.
    fn overlay(
        &self,
        ui: &mut Ui,
        overlay: &Overlay,
        at: usize,
        columns: &[(Quantity, &str)],
        palette: &Palette,
    ) -> Option<Change> {
        let (name, shown, excuse) = (overlay.name(), overlay.shown, overlay.excuse());
        ui.add_space(4.0);
        let (removed, toggled) = ui
            .horizontal(|ui| {
                let stroke = Stroke { colour: palette.text, ..Stroke::of(palette.text, false, Some(at)) };
                let width = (ui.available_width() - 24.0).clamp(NAME, NAME + VALUE);
                let response = wide_switch(ui, &name, stroke, shown, palette, width);
                let toggled = response.on_hover_text(format!("{name}: click to hide or show")).clicked();
                let remove = ui.add(Button::new(RichText::new("×").size(12.0)).frame(false).small());
                remove.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove {name}")));
                (remove.on_hover_text("Take this run away").clicked(), toggled)
            })
            .inner;
        if let Some(excuse) = excuse {
            ui.label(RichText::new(excuse).weak().size(11.0));
        }
        if shown && self.values && excuse.is_none() {
            for (side, _) in overlay.history.sides().filter(|_| !columns.is_empty()) {
                ui.horizontal(|ui| {
                    let colour = side_colour(&self.look.colours, side, true, self.look.dark);
                    let dim = Stroke::of(colour, false, Some(at)).colour;
                    cell(ui, NAME, &format::side(side), dim, FontId::proportional(11.5), Align2::RIGHT_CENTER);
                    for (quantity, _) in columns {
                        self.value(ui, &overlay.history, Some(at), &Series::Grid(side, *quantity), palette);
                    }
                });
            }
        }
        let change = toggled.then_some(Change::Switch(at));
        if removed { Some(Change::Remove(at)) } else { change }
    }

    fn value(&self, ui: &mut Ui, history: &History, overlay: Option<usize>, series: &Series, palette: &Palette) {
        if self.values {
            let text = (self.read)(history, overlay, series).map_or_else(|| "–".to_owned(), format::number);
            let colour = if overlay.is_none() { palette.text } else { palette.weak };
            cell(ui, VALUE, &text, colour, FontId::monospace(11.0), Align2::RIGHT_CENTER);
        }
    }
}

fn is_energy(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::ObservedEnergy | Quantity::SynthesizedEnergy)
}

/// Shows or hides all grids of earlier pyramids.
fn earlier_switch(ui: &mut Ui, hidden: &mut Hidden, earlier: &[(usize, bool)], palette: &Palette) {
    let shown = earlier.iter().any(|(side, _)| !hidden.sides.contains(side));
    let stroke = Stroke { colour: palette.weak, width: 0.0, dash: None };
    let response = switch(ui, "earlier grids:", stroke, shown, palette);
    if response.on_hover_text("All grids of earlier pyramids").clicked() {
        for (side, _) in earlier {
            if shown {
                hidden.sides.insert(*side);
            } else {
                hidden.sides.remove(side);
            }
        }
    }
}

/// Hides or shows what was clicked; a double click, or the menu, leaves it alone or brings all back.
fn pick<T: Ord + Clone>(response: Response, hint: &str, hidden: &mut BTreeSet<T>, this: &T, all: &BTreeSet<T>) {
    let response = response.on_hover_text(format!("{hint}\nClick to hide or show, double-click for only this one"));
    let others = || all.iter().filter(|other| *other != this);
    if response.double_clicked() {
        let alone = others().next().is_some() && others().all(|other| hidden.contains(other));
        *hidden = if alone { BTreeSet::new() } else { others().cloned().collect() };
    } else if response.clicked() {
        toggle(hidden, this.clone());
    }
    response.context_menu(|ui| {
        if ui.button("Only this one").clicked() {
            *hidden = others().cloned().collect();
        }
        if ui.button("Show all").clicked() {
            hidden.clear();
        }
    });
}

fn toggle<T: Ord>(hidden: &mut BTreeSet<T>, this: T) {
    if !hidden.remove(&this) {
        hidden.insert(this);
    }
}

/// A name with a sample of its line, which is switched on and off.
fn switch(ui: &mut Ui, name: &str, stroke: Stroke, shown: bool, palette: &Palette) -> Response {
    wide_switch(ui, name, stroke, shown, palette, NAME)
}

fn wide_switch(ui: &mut Ui, name: &str, stroke: Stroke, shown: bool, palette: &Palette, width: f32) -> Response {
    const SAMPLE: f32 = 18.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let text = if !shown {
        palette.weak.gamma_multiply(0.6)
    } else if response.hovered() {
        palette.strong
    } else {
        palette.text
    };
    let colour = if shown { stroke.colour } else { stroke.colour.gamma_multiply(0.25) };
    let left = rect.left_center() + vec2(2.0, 0.0);
    super::figure::sample(&painter, left, SAMPLE, Stroke { colour, ..stroke });
    let indent = if stroke.width > 0.0 { SAMPLE + 7.0 } else { 2.0 };
    let at = rect.left_center() + vec2(indent, 0.0);
    let drawn = painter.text(at, Align2::LEFT_CENTER, name, FontId::proportional(12.0), text);
    if !shown {
        painter.hline(drawn.x_range(), drawn.center().y, Pen::new(1.0, text));
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, name));
    response
}

/// The name of a column that is switched on and off, above a sample of its lines.
fn column_switch(ui: &mut Ui, name: &str, stroke: Stroke, shown: bool, palette: &Palette) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(VALUE, ROW), Sense::click());
    let colour = if !shown {
        palette.weak.gamma_multiply(0.5)
    } else if response.hovered() {
        palette.strong
    } else {
        palette.weak
    };
    let words = ui.painter().text(
        rect.right_center() - vec2(0.0, 2.0),
        Align2::RIGHT_CENTER,
        name,
        FontId::proportional(10.5),
        colour,
    );
    let y = rect.bottom() - 1.5;
    ui.painter().hline(words.x_range(), y, Pen::new(stroke.width, colour));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, name));
    response
}

fn cell(ui: &mut Ui, width: f32, text: &str, colour: eframe::egui::Color32, font: FontId, align: Align2) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.text(align.pos_in_rect(&rect), align, text, font, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}
