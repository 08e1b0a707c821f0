//! Steering the chains by hand: freeze a grid, slow motion, nudging, long runs.

use super::asks::Asks;
use super::model::Model;
use eframe::egui::Ui;

/// The panel's own state.
#[derive(Default)]
pub struct Steering {}

impl Steering {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        let _ = (model, asks);
        ui.weak("Nothing here yet.");
    }
}
