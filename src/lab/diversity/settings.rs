//! What is asked: the seed, how many chains, their noise, and what moves them.

use super::SIDES;
use super::seed::{SeedChoice, colours};
use crate::lab::chain_settings::{self, named};
use crate::lab::model::Model;
use crate::run::{ChainSettings, DiversityQuestion};
use eframe::egui::{Button, RichText, Slider, Ui, WidgetInfo, vec2};

/// Chains from one seed, K.
const COPIES: std::ops::RangeInclusive<usize> = 2..=64;
/// Seeds of p(0) to compare with.
const OTHERS: std::ops::RangeInclusive<usize> = 0..=16;

/// What is asked.
pub struct Settings {
    pub seed: SeedChoice,
    copies: usize,
    others: usize,
    /// Names the noise of the chains.
    pub noise: u64,
    /// Whether it stays when something else changes.
    pub locked: bool,
    /// Ask again as the run learns.
    pub follow: bool,
    pub a: ChainSettings,
    /// What is set beside A.
    pub b: Option<ChainSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: SeedChoice::default(),
            copies: 8,
            others: 4,
            noise: 1,
            locked: true,
            follow: false,
            a: ChainSettings::default(),
            b: None,
        }
    }
}

impl Settings {
    /// The questions of A and B; none without a seed.
    #[must_use]
    pub fn questions(&self) -> [Option<DiversityQuestion>; SIDES] {
        let question = |chains: &ChainSettings| {
            Some(DiversityQuestion {
                seeds: vec![self.seed.seed?],
                others: self.others,
                copies: self.copies,
                chains: ChainSettings { noise: self.noise, ..chains.clone() },
            })
        };
        [question(&self.a), self.b.as_ref().and_then(question)]
    }

    /// Draws the settings.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        ui.label(RichText::new("Seed").strong());
        let batch = model.frame.grids.first().map(|grid| colours(&grid.observed)).unwrap_or_default();
        self.seed.ui(ui, &batch);
        ui.add_space(4.0);
        named(ui, "chains K", "Chains from the seed", |ui| {
            count(ui, "Chains K", &mut self.copies, COPIES, true);
        });
        named(ui, "other seeds", "Seeds of p(0) to compare with: between is measured against them", |ui| {
            count(ui, "Other seeds", &mut self.others, OTHERS, false);
        });
        self.noise(ui);
        let follow = ui.checkbox(&mut self.follow, "Follow the run");
        follow.on_hover_text(
            "Ask again with the newest weights whenever an answer is complete and the run has learned on",
        );
        ui.add_space(4.0);
        ui.label(RichText::new(if self.b.is_some() { "A" } else { "How chains move" }).strong());
        chain_settings::ui(ui, "A", &mut self.a, &model.checkpoints);
        self.beside(ui, model);
    }

    fn noise(&mut self, ui: &mut Ui) {
        named(ui, "noise", "The same noise gives the same chains", |ui| {
            let (text, hint) = if self.locked {
                ("🔒 locked", "The noise stays, so that a change shows its own effect alone")
            } else {
                ("🔓 free", "Every question has noise of its own")
            };
            if ui.selectable_label(self.locked, text).on_hover_text(hint).clicked() {
                self.locked = !self.locked;
            }
            let hint = format!("Other noise; this is number {}", self.noise);
            if ui.button("🎲 new").on_hover_text(hint).clicked() {
                self.noise += 1;
            }
        });
    }

    fn beside(&mut self, ui: &mut Ui, model: &Model) {
        ui.add_space(4.0);
        let mut on = self.b.is_some();
        let hint = "Other weights, another temperature or other steps, from the same seed and noise";
        if ui.checkbox(&mut on, "Set B beside A").on_hover_text(hint).changed() {
            self.b = on.then(|| self.a.clone());
        }
        if let Some(b) = &mut self.b {
            ui.label(RichText::new("B").strong());
            chain_settings::ui(ui, "B", b, &model.checkpoints);
        }
    }

    /// Whether the user wants the same asked again.
    pub fn again(&self, ui: &mut Ui) -> bool {
        let button = ui.add_enabled(self.seed.seed.is_some(), Button::new("Ask again"));
        button.on_hover_text("With the weights as they are now").clicked()
    }
}

fn count(ui: &mut Ui, name: &str, value: &mut usize, range: std::ops::RangeInclusive<usize>, logarithmic: bool) {
    ui.spacing_mut().slider_width = 84.0;
    let response = ui.add(Slider::new(value, range).logarithmic(logarithmic));
    response.widget_info(|| WidgetInfo::slider(true, *value as f64, name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_ask_about_one_seed_with_one_noise() {
        let mut settings = Settings::default();
        assert_eq!(settings.questions(), [None, None]);
        settings.seed.choose([1, 2, 3]);
        settings.noise = 9;
        settings.b = Some(ChainSettings { temperature: 2.0, ..settings.a.clone() });
        let [Some(a), Some(b)] = settings.questions() else { panic!("both are asked") };
        assert_eq!((a.seeds.as_slice(), a.chains.noise), (&[[1, 2, 3]][..], 9));
        assert_eq!((b.seeds, b.chains.noise, b.chains.temperature), (a.seeds, 9, 2.0));
    }
}
