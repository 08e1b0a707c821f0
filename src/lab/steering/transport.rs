//! The run's steps in words, with their keys, and slow motion.

use super::wish::Wish;
use crate::lab::action::Action;
use crate::lab::asks::Asks;
use crate::lab::format;
use crate::lab::model::Model;
use crate::run::{Command, Phase};
use eframe::egui::{Button, Slider, Ui, WidgetInfo};
use std::time::Duration;

/// Seconds after each MCMC step.
const LONGEST: f64 = 10.0;
const SHORTEST: f64 = 0.01;

/// What was asked of the run.
#[derive(Default)]
pub struct Transport {
    slow: Wish<f64>,
}

impl Transport {
    /// Draws the buttons.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let running = model.frame.phase == Phase::Running;
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(!model.over(), |ui| {
                let run = if running { "Pause the run" } else { "Run on" };
                for (action, words) in [
                    (Action::RunOrPause, run),
                    (Action::StepMcmc, "One MCMC step"),
                    (Action::StepGrid, "One grid"),
                    (Action::StepIteration, "One iteration"),
                ] {
                    let key = action.entry().key_texts(ui.ctx()).into_iter().next();
                    let text = key.map_or_else(|| words.to_owned(), |key| format!("{words} ({key})"));
                    if ui.add(Button::new(text)).on_hover_text(action.entry().tip).clicked() {
                        asks.actions.push(action);
                    }
                }
                self.slow_motion(ui, model, asks);
            });
        });
    }

    fn slow_motion(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let now = ui.input(|input| input.time);
        let before = self.slow.shown(model.frame.slow_motion, now);
        let mut seconds = before;
        ui.add_space(8.0);
        ui.weak("slow motion");
        let slider = Slider::new(&mut seconds, 0.0..=LONGEST).logarithmic(true).smallest_positive(SHORTEST);
        let response = ui.add(slider.show_value(false)).on_hover_text("Time to wait after each MCMC step");
        response.widget_info(|| WidgetInfo::slider(true, seconds, "Slow motion, seconds after each MCMC step"));
        let text = if seconds > 0.0 {
            format!("{} s a step", format::short((100.0 * seconds).round() / 100.0))
        } else {
            "off".to_owned()
        };
        ui.label(text);
        if seconds != before {
            self.slow.want(seconds, now);
        }
        match self.slow.due(now) {
            Ok(seconds) => asks.commands.push(Command::SlowMotion(seconds)),
            Err(Some(wait)) => ui.ctx().request_repaint_after(Duration::from_secs_f64(wait)),
            Err(None) => {}
        }
    }

    /// Asks for slow motion, or for none.
    pub fn slow_to(&mut self, ui: &Ui, seconds: f64) {
        self.slow.want(seconds, ui.input(|input| input.time));
    }
}
