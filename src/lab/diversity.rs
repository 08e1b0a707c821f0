//! How different are the images that grow from one same 1×1 seed.

use super::asks::Asks;
use super::model::Model;
use eframe::egui::Ui;

/// The panel's own state.
#[derive(Default)]
pub struct Diversity {}

impl Diversity {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        let _ = (model, asks);
        ui.weak("Nothing here yet.");
    }
}
