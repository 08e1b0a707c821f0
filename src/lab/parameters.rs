//! The parameters panel: a slider for each live parameter of the recipe.

use super::format;
use super::model::Model;
use crate::run::{Command, LiveParameter};
use eframe::egui::{
    Align, Button, Color32, DragValue, Label, Layout, RichText, ScrollArea, Slider, SliderClamping, TextStyle, Ui,
    WidgetInfo, vec2,
};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long the window shows its own value until the run must have taken it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Height of a row, and widths of the number and of the button behind the slider.
const ROW: f32 = 22.0;
const NUMBER: f32 = 78.0;
const BUTTON: f32 = 38.0;

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
                ui.spacing_mut().item_spacing.y = 4.0;
                let width = name_width(ui, parameters);
                for parameter in parameters {
                    let shown = self.sent.get(&parameter.name).map_or(parameter.value, |sent| sent.0);
                    if let Some(value) = row(ui, parameter, shown, width) {
                        self.sent.insert(parameter.name.clone(), (value, Instant::now()));
                        out.push(Command::SetParameter { name: parameter.name.clone(), value });
                    }
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

/// Width of the names' column.
fn name_width(ui: &Ui, parameters: &[LiveParameter]) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    let width = |p: &LiveParameter| ui.painter().layout_no_wrap(p.name.clone(), font.clone(), Color32::WHITE).size().x;
    parameters.iter().map(width).fold(40.0, f32::max).min(0.3 * ui.available_width())
}

/// One parameter in one row; the new value, when the user has set one.
fn row(ui: &mut Ui, parameter: &LiveParameter, shown: f64, name_width: f32) -> Option<f64> {
    let LiveParameter { name, default, low, high, unit, tip, .. } = parameter;
    let (low, high) = (low.min(*high), low.max(*high));
    let mut value = shown;
    let whole = [low, high, *default].iter().all(|v| v.fract() == 0.0) && high - low >= 2.0;
    let suffix = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let range = format!("{} to {}{suffix}", format::short(low), format::short(high));
    let hint = if tip.is_empty() { format!("{name}: {range}") } else { format!("{tip}: {range}") };
    ui.horizontal(|ui| {
        let left = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(name_width, ROW), left, |ui| {
            ui.set_width(name_width);
            ui.add(Label::new(RichText::new(name).strong()).truncate()).on_hover_text(&hint);
        });
        ui.spacing_mut().slider_width = (ui.available_width() - NUMBER - BUTTON - 16.0).max(60.0);
        let mut slider = Slider::new(&mut value, low..=high).show_value(false).clamping(SliderClamping::Never);
        if whole {
            slider = slider.step_by(1.0);
        }
        let response = ui.add(slider).on_hover_text(&hint);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), shown, name));
        let number = DragValue::new(&mut value)
            .range(low..=high)
            .clamp_existing_to_range(false)
            .speed(if whole { 0.1 } else { (high - low) / 400.0 })
            .max_decimals(if whole { 0 } else { 6 })
            .suffix(&suffix)
            .update_while_editing(false);
        let response = ui.add_sized([NUMBER, ROW], number).on_hover_text(&hint);
        response.widget_info(|| {
            let mut info = WidgetInfo::drag_value(ui.is_enabled(), shown);
            info.label = Some(format!("{name} value"));
            info
        });
        let button = Button::new(RichText::new("default").small()).frame(false);
        let back = format!("Back to {}{suffix}", format::short(*default));
        if ui.add_enabled(shown != *default, button).on_hover_text(back).clicked() {
            value = *default;
        }
    });
    (value != shown && value.is_finite()).then_some(value)
}
