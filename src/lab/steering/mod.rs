//! Steering by hand: the run's steps and slow motion, which grids learn, nudging chains, and chains that go on for long.

mod brush;
mod grids;
mod long_run;
mod painting;
mod time_left;
mod transport;
mod wish;

use super::asks::Asks;
use super::model::Model;
use eframe::egui::{ScrollArea, Ui};
use grids::Grids;
use long_run::LongRun;
use painting::Painting;
use transport::Transport;

/// Seconds after each MCMC step that let a hand follow the chains.
const FOLLOWED: f64 = 0.5;

/// What is steered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Matter {
    #[default]
    Grids,
    Painting,
    LongRun,
}

/// The panel's own state.
#[derive(Default)]
pub struct Steering {
    matter: Matter,
    transport: Transport,
    grids: Grids,
    painting: Painting,
    long_run: LongRun,
}

impl Steering {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        self.transport.ui(ui, model, asks);
        ui.horizontal(|ui| {
            for (matter, name, tip) in [
                (Matter::Grids, "Grids and seed", "Which grids learn, and from which seed all began"),
                (Matter::Painting, "Paint on chains", "Nudge the chains that move now"),
                (Matter::LongRun, "Long-run chains", "What chains come to far beyond the recipe's steps"),
            ] {
                ui.selectable_value(&mut self.matter, matter, name).on_hover_text(tip);
            }
        });
        ui.add_space(2.0);
        match self.matter {
            Matter::Grids => {
                ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| self.grids.ui(ui, model, asks));
            }
            Matter::Painting => {
                if self.painting.ui(ui, model, asks) {
                    self.transport.slow_to(ui, FOLLOWED);
                }
            }
            Matter::LongRun => self.long_run.ui(ui, model, asks),
        }
    }
}
