//! How the fills are drawn: how many, how hot, how long, from which noise and with whose weights.

use super::super::format;
use crate::run::{ChainSettings, Weights};
use eframe::egui::{Button, ComboBox, DragValue, Slider, SliderClamping, Ui, WidgetInfo, accesskit::Role, vec2};
use std::path::PathBuf;

/// Fills at once.
pub const MOST_FILLS: usize = 16;
/// MCMC steps on each grid that the slider offers.
const MOST_STEPS: usize = 10_000;

/// How the fills are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub fills: usize,
    /// Go on moving on the finest grid when all grids are done.
    pub keep_moving: bool,
    /// The same noise for every mask, so that only the mask changes the fill.
    pub locked: bool,
    pub chains: ChainSettings,
}

impl Default for Settings {
    fn default() -> Self {
        // Far beyond the steps that it learned with a model shows itself, not what belongs there.
        Self { fills: 4, keep_moving: false, locked: true, chains: ChainSettings::default() }
    }
}

/// Draws the controls: two rows. `paused` is whether nothing is asked.
pub fn ui(ui: &mut Ui, settings: &mut Settings, paused: &mut bool, checkpoints: &[(u64, PathBuf)]) {
    ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
    ui.horizontal_wrapped(|ui| {
        let text = if *paused { "▶ Fill" } else { "⏸ Hold" };
        let tip =
            if *paused { "Fill in again as the mask changes (P)" } else { "Stop filling in; what is there stays (P)" };
        if ui.add(Button::new(text).min_size(vec2(58.0, 0.0))).on_hover_text(tip).clicked() {
            *paused = !*paused;
        }
        fills(ui, settings);
        ui.checkbox(&mut settings.keep_moving, "keep moving")
            .on_hover_text("Go on moving on the finest grid when all grids are done");
        ui.checkbox(&mut settings.locked, "lock noise").on_hover_text(
            "The same noise for every mask: only the mask changes the fill. Unlocked, each change draws new noise",
        );
        if ui.button("Reroll").on_hover_text(format!("Other noise (now {})", settings.chains.noise)).clicked() {
            settings.chains.noise = settings.chains.noise.wrapping_add(1);
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().slider_width = 56.0;
        temperature(ui, &mut settings.chains);
        steps(ui, &mut settings.chains);
        weights(ui, &mut settings.chains.weights, checkpoints);
    });
}

fn fills(ui: &mut Ui, settings: &mut Settings) {
    let drag = DragValue::new(&mut settings.fills).range(1..=MOST_FILLS).speed(0.1).suffix(" fills");
    let drag = ui.add(drag).on_hover_text("Fills at once, each from noise of its own");
    drag.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Fills at once"));
}

fn temperature(ui: &mut Ui, chains: &mut ChainSettings) {
    let slider = Slider::new(&mut chains.temperature, 0.0..=100.0).logarithmic(true).smallest_positive(0.01);
    let slider = slider.clamping(SliderClamping::Always).custom_formatter(|value, _| format!("×{value:.2}"));
    let name = ui.weak("temp.");
    let tip = "Factor on the temperature of the recipe's kernel: 1 is its own, 0 only descends. Double-click the number to type";
    let response = ui.add(slider).labelled_by(name.id).on_hover_text(tip);
    response.widget_info(|| WidgetInfo::slider(true, chains.temperature, "Temperature"));
}

fn steps(ui: &mut Ui, chains: &mut ChainSettings) {
    let mut steps = chains.steps.unwrap_or(0);
    let slider = Slider::new(&mut steps, 0..=MOST_STEPS).logarithmic(true).smallest_positive(1.0);
    let slider =
        slider.custom_formatter(|value, _| if value < 1.0 { "recipe's".to_owned() } else { format!("{value}") });
    let slider =
        slider.custom_parser(|text| if text.trim() == "recipe's" { Some(0.0) } else { text.trim().parse().ok() });
    let name = ui.weak("steps");
    let response =
        ui.add(slider).labelled_by(name.id).on_hover_text("MCMC steps on each grid; at the left end the recipe's own");
    response.widget_info(|| WidgetInfo::slider(true, steps as f64, "MCMC steps"));
    chains.steps = (steps > 0).then_some(steps);
}

fn weights(ui: &mut Ui, weights: &mut Weights, checkpoints: &[(u64, PathBuf)]) {
    let known = |path: &PathBuf| checkpoints.iter().find(|(_, known)| known == path);
    let chosen = match weights {
        Weights::Newest => "newest".to_owned(),
        Weights::Checkpoint(path) => known(path).map_or("a checkpoint".to_owned(), |(at, _)| format::count(*at)),
    };
    let label = ui.weak("weights");
    let combo = ComboBox::from_id_salt("weights").width(62.0).selected_text(chosen);
    let response = combo.show_ui(ui, |ui| {
        ui.selectable_value(weights, Weights::Newest, "newest");
        for (iteration, path) in checkpoints.iter().rev() {
            let text = format!("checkpoint of {}", format::count(*iteration));
            ui.selectable_value(weights, Weights::Checkpoint(path.clone()), text);
        }
        if checkpoints.is_empty() {
            ui.weak("no checkpoint yet");
        }
    });
    let response = response.response.labelled_by(label.id);
    response.on_hover_text("Averaged weights of the last iteration, or of a checkpoint");
}
