//! Which grids learn, and from which seed all began.

use super::wish::Wish;
use crate::lab::action::Action;
use crate::lab::asks::Asks;
use crate::lab::model::{Alarm, Model};
use crate::lab::{format, theme};
use crate::run::{Command, GridUpdate};
use eframe::egui::{Button, Color32, Grid, Label, RichText, Sense, TextEdit, Ui, Vec2, WidgetInfo, accesskit::Role};
use std::collections::BTreeMap;

/// What was asked of the run.
#[derive(Default)]
pub struct Grids {
    freezing: BTreeMap<usize, Wish<bool>>,
    /// A seed to start again from, as it is typed.
    seed: String,
}

/// Title and number of a column.
type Number = (&'static str, fn(&GridUpdate) -> f64);

const NUMBERS: [Number; 5] = [
    ("E observed", |update| update.observed_energy),
    ("E synthesized", |update| update.synthesized_energy),
    ("gap", |update| update.gap),
    ("rate", |update| update.rate),
    ("ms a step", |update| update.step_ms),
];

impl Grids {
    /// Draws the seed and a switch for each grid.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        self.seeds(ui, model, asks);
        ui.add_space(4.0);
        if model.frame.grids.len() < 2 {
            ui.weak("No grids yet: the run is preparing its data.");
            return;
        }
        ui.weak("A frozen grid learns no more; its chains go on, so the finer ones still start from them.");
        let columns = Grid::new("freeze").num_columns(2 + NUMBERS.len()).striped(true).spacing([16.0, 5.0]);
        columns.show(ui, |ui| {
            for title in ["grid", "learns"].into_iter().chain(NUMBERS.iter().map(|(title, _)| *title)) {
                ui.add(Label::new(RichText::new(title).small().weak()).selectable(false));
            }
            ui.end_row();
            for (index, grid) in model.frame.grids.iter().enumerate().skip(1) {
                let colour = model.colours.of(grid.side, ui.visuals().dark_mode);
                let moving = model.frame.sampling_grid == index;
                name(ui, grid.side, colour, moving);
                self.switch(ui, grid.side, grid.frozen, model.over(), asks);
                for (title, number) in NUMBERS {
                    let value = grid.update.as_ref().map(number);
                    let mut text =
                        RichText::new(value.map_or_else(|| "–".to_owned(), format::number)).font(theme::numbers());
                    if title == "gap" && value.is_some_and(|gap| model.gap_alarm(grid.side, gap) > Alarm::Calm) {
                        text = text.color(theme::palette(ui).warn);
                    }
                    ui.label(text);
                }
                ui.end_row();
            }
        });
    }

    fn switch(&mut self, ui: &mut Ui, side: usize, frozen: bool, over: bool, asks: &mut Asks) {
        let now = ui.input(|input| input.time);
        let wish = self.freezing.entry(side).or_default();
        let mut learns = !wish.shown(frozen, now);
        let name = format!("{} learns", format::side(side));
        let text = if learns { "learns" } else { "frozen" };
        let response = ui.add_enabled(!over, eframe::egui::Checkbox::new(&mut learns, text));
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, !over, learns, &name));
        if response.changed() {
            wish.want(!learns, now);
            asks.commands.push(Command::Freeze { side, frozen: !learns });
        }
    }

    fn seeds(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        ui.horizontal_wrapped(|ui| {
            ui.weak("seed of everything random");
            ui.label(RichText::new(model.frame.seed.to_string()).font(theme::numbers()).strong());
            if ui.button("Copy the seed").clicked() {
                ui.ctx().copy_text(model.frame.seed.to_string());
            }
            ui.add_space(8.0);
            ui.add_enabled_ui(!model.over(), |ui| {
                if ui.button("Reset…").on_hover_text(Action::Reset.entry().tip).clicked() {
                    asks.actions.push(Action::Reset);
                }
                let field = TextEdit::singleline(&mut self.seed).hint_text("another seed").desired_width(110.0);
                let field = ui.add(field);
                let text = self.seed.clone();
                field.widget_info(|| {
                    let mut info = WidgetInfo::labeled(Role::TextInput, true, "Another seed");
                    info.current_text_value = Some(text.clone());
                    info
                });
                let seed = self.seed.trim().parse::<u64>();
                let hint = "Forget everything learned and start again from this seed (asks first)";
                let button = ui.add_enabled(seed.is_ok(), Button::new("Reset from it…"));
                let button = button.on_hover_text(hint).on_disabled_hover_text("Type a whole number from 0 on, left");
                if let (true, Ok(seed)) = (button.clicked(), &seed) {
                    asks.commands.push(Command::Reseed(*seed));
                }
                if seed.is_err() && !self.seed.trim().is_empty() {
                    ui.colored_label(theme::palette(ui).bad, "a whole number from 0 to 18446744073709551615");
                }
            });
        });
    }
}

fn name(ui: &mut Ui, side: usize, colour: Color32, moving: bool) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (dot, _) = ui.allocate_exact_size(Vec2::splat(7.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 3.5, colour);
        let mut text = RichText::new(format::side(side)).strong();
        if moving {
            text = text.color(theme::palette(ui).ember);
        }
        ui.label(text).on_hover_text(if moving { "The chains are here now" } else { "Its chains rest" });
    });
}
