//! The parameters panel: a slider for each live parameter of the recipe.

use super::format;
use super::model::Model;
use crate::run::{Command, LiveParameter};
use eframe::egui::{
    Align, Button, DragValue, Label, Layout, RichText, ScrollArea, Slider, SliderClamping, Ui, WidgetInfo,
};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long the window shows its own value until the run must have taken it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The panel's own state: values that were sent and not seen in a frame yet.
#[derive(Default)]
pub struct Parameters {
    sent: HashMap<String, (f64, Instant)>,
}

impl Parameters {
    /// Draws the panel and collects what the user sets.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
        let parameters = &model.frame.parameters;
        self.settle(parameters);
        if parameters.is_empty() {
            ui.weak("The recipe declares no slider(name, default, low, high).");
            return;
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.add_enabled_ui(!model.over(), |ui| {
                for parameter in parameters {
                    let shown = self.sent.get(&parameter.name).map_or(parameter.value, |sent| sent.0);
                    if let Some(value) = row(ui, parameter, shown) {
                        self.sent.insert(parameter.name.clone(), (value, Instant::now()));
                        out.push(Command::SetParameter { name: parameter.name.clone(), value });
                    }
                    ui.add_space(4.0);
                }
            });
        });
    }

    /// Drops what the run has taken, and what it has not taken for too long.
    fn settle(&mut self, parameters: &[LiveParameter]) {
        self.sent.retain(|name, (value, at)| {
            let taken = parameters.iter().any(|p| p.name == *name && p.value == *value);
            !taken && at.elapsed() < PATIENCE
        });
    }
}

/// One parameter; the new value, when the user has set one.
fn row(ui: &mut Ui, parameter: &LiveParameter, shown: f64) -> Option<f64> {
    let LiveParameter { name, default, low, high, unit, tip, .. } = parameter;
    let (low, high) = (low.min(*high), low.max(*high));
    let mut value = shown;
    let mut reset = false;
    let whole = [low, high, *default].iter().all(|v| v.fract() == 0.0) && high - low >= 2.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong());
        let range = format!("{} to {}", format::short(low), format::short(high));
        ui.label(RichText::new(range).small().weak());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Button::new(RichText::new("default").small()).frame(false);
            let hint = format!("Back to {} {unit}", format::short(*default));
            reset = ui.add_enabled(shown != *default, button).on_hover_text(hint.trim_end()).clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(tip).small().weak()).truncate());
            });
        });
    });
    let hint = if tip.is_empty() { name.as_str() } else { tip.as_str() };
    ui.horizontal(|ui| {
        let number_width = 82.0;
        ui.spacing_mut().slider_width = (ui.available_width() - number_width - 8.0).max(60.0);
        let mut slider = Slider::new(&mut value, low..=high).show_value(false).clamping(SliderClamping::Never);
        if whole {
            slider = slider.step_by(1.0);
        }
        let response = ui.add(slider).on_hover_text(hint);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), shown, name));
        let suffix = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let number = DragValue::new(&mut value)
            .range(low..=high)
            .clamp_existing_to_range(false)
            .speed(if whole { 0.1 } else { (high - low) / 400.0 })
            .max_decimals(if whole { 0 } else { 6 })
            .suffix(suffix)
            .update_while_editing(false);
        let response = ui.add_sized([number_width, 20.0], number).on_hover_text(hint);
        response.widget_info(|| {
            let mut info = WidgetInfo::drag_value(ui.is_enabled(), shown);
            info.label = Some(format!("{name} value"));
            info
        });
    });
    if reset {
        value = *default;
    }
    (value != shown && value.is_finite()).then_some(value)
}
