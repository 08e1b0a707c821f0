//! Windows over the panels: help, and the question before a reset.

use super::action::ACTIONS;
use super::theme;
use eframe::egui::{self, Button, Color32, Grid, Id, Key, Modal, RichText, Ui};

const PANELS: [(&str, &str); 6] = [
    ("Images", "Observed above synthesized for every grid, on one fixed scale. Point at one to see it large."),
    ("Curves", "Drag to move, Ctrl+wheel to zoom, right-drag for a box, double-click to see all."),
    ("Grids", "Numbers of the last update. Amber or red: the sampler no longer follows the model."),
    ("Recipe", "The algorithm. Apply puts it in place of the running one; a refused one changes nothing."),
    ("Parameters", "Sliders the recipe declares. They act on the running chains at the next step."),
    ("Log", "What happened, newest at the bottom."),
];

fn window(ctx: &egui::Context, name: &str) -> Modal {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(18);
    Modal::new(Id::unique(name)).frame(frame)
}

/// Shows help until it is closed; false when it was.
pub fn help(ctx: &egui::Context) -> bool {
    let shown = window(ctx, "help").show(ctx, |ui| {
        ui.set_width(470.0);
        ui.heading("Emberlab");
        ui.weak("Low energy = likely. Images are on the model's fixed range unless you say otherwise.");
        ui.add_space(8.0);
        shortcuts(ui);
        ui.add_space(8.0);
        ui.separator();
        for (name, text) in PANELS {
            ui.horizontal_top(|ui| {
                let size = egui::vec2(84.0, 18.0);
                let left = egui::Layout::left_to_right(egui::Align::Min);
                ui.allocate_ui_with_layout(size, left, |ui| {
                    ui.set_width(84.0);
                    ui.label(RichText::new(name).strong());
                });
                ui.add(egui::Label::new(text).wrap());
            });
        }
        ui.add_space(8.0);
        ui.button("Close").clicked()
    });
    !(shown.inner || shown.should_close() || ctx.input(|input| input.key_pressed(Key::F1)))
}

fn shortcuts(ui: &mut Ui) {
    Grid::new("shortcuts").num_columns(2).spacing([18.0, 5.0]).show(ui, |ui| {
        for entry in ACTIONS.iter().filter(|entry| !entry.keys.is_empty()) {
            let keys: Vec<String> = entry.key_texts(ui.ctx()).collect();
            let ember = theme::palette(ui).ember;
            ui.label(RichText::new(keys.join("  or  ")).font(theme::numbers()).color(ember));
            ui.label(entry.tip);
            ui.end_row();
        }
    });
}

/// What the user said to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Waiting,
    Yes,
    No,
}

/// Asks before everything learned is forgotten.
pub fn ask_reset(ctx: &egui::Context, iteration: u64) -> Answer {
    let shown = window(ctx, "ask reset").show(ctx, |ui| {
        ui.set_width(340.0);
        ui.heading("Start again from the seed?");
        let count = super::format::count(iteration);
        ui.label(format!("Weights, chains and curves of {count} iterations are forgotten."));
        ui.weak("Checkpoints stay.");
        ui.add_space(8.0);
        let mut answer = Answer::Waiting;
        ui.horizontal(|ui| {
            let bad = theme::palette(ui).bad;
            let yes = Button::new(RichText::new("Forget and restart").color(Color32::WHITE)).fill(bad);
            if ui.add(yes).clicked() {
                answer = Answer::Yes;
            }
            if ui.button("Cancel").clicked() {
                answer = Answer::No;
            }
        });
        answer
    });
    if shown.inner == Answer::Waiting && shown.should_close() { Answer::No } else { shown.inner }
}
