//! The question before a reset.

use super::theme;
use eframe::egui::{self, Button, Id, Modal, RichText};

/// What the user said to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Waiting,
    Yes,
    No,
}

/// Asks before everything learned is forgotten; `seed` is another seed to start from.
pub fn ui(ctx: &egui::Context, iteration: u64, seed: Option<u64>) -> Answer {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(18);
    let shown = Modal::new(Id::unique("ask reset")).frame(frame).show(ctx, |ui| {
        ui.set_width(340.0);
        ui.heading(match seed {
            Some(seed) => format!("Start again from seed {seed}?"),
            None => "Start again from the seed?".to_owned(),
        });
        let count = super::format::count(iteration);
        ui.label(format!("Weights, chains and curves of {count} iterations are forgotten."));
        ui.weak("Checkpoints stay.");
        ui.add_space(8.0);
        let mut answer = Answer::Waiting;
        ui.horizontal(|ui| {
            let palette = theme::palette(ui);
            let yes = Button::new(RichText::new("Forget and restart").color(palette.on_accent)).fill(palette.bad);
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
