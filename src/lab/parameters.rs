//! The parameters panel: a slider for each live parameter of the recipe.

use super::format;
use super::log::Severity;
use super::model::Model;
use crate::run::{Command, LiveKind, LiveParameter};
use eframe::egui::{
    Align, Button, Color32, ComboBox, DragValue, Label, Layout, RichText, ScrollArea, Slider, SliderClamping,
    TextStyle, Ui, WidgetInfo, accesskit::Role, vec2,
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
    /// Draws the panel and collects what the user sets. Returns whether values were written into the draft, which is
    /// then to be saved.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, out: &mut Vec<Command>) -> bool {
        let frame = model.frame.clone();
        let parameters = &frame.parameters;
        self.settle(parameters);
        if parameters.is_empty() {
            ui.weak("The recipe declares no slider(name, default, low, high), choice or toggle.");
            return false;
        }
        let written = write_button(ui, model);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.add_enabled_ui(!model.over(), |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                let width = name_width(ui, parameters);
                for parameter in parameters {
                    let shown = self.sent.get(&parameter.name).map_or(parameter.value, |sent| sent.0);
                    let set = match &parameter.kind {
                        LiveKind::Slider => row(ui, parameter, shown, width),
                        LiveKind::Choice(words) => choice(ui, parameter, words, shown, width),
                        LiveKind::Toggle => toggle(ui, parameter, shown, width),
                    };
                    if let Some(value) = set {
                        self.sent.insert(parameter.name.clone(), (value, Instant::now()));
                        out.push(Command::SetParameter { name: parameter.name.clone(), value });
                    }
                }
            });
        });
        written
    }

    /// Drops what the run has taken, and what it has not taken for too long.
    fn settle(&mut self, parameters: &[LiveParameter]) {
        self.sent.retain(|name, (value, at)| {
            let taken = parameters.iter().any(|p| p.name == *name && p.value == *value);
            !taken && at.elapsed() < PATIENCE
        });
    }
}

/// A button that makes the values that were set the defaults of the draft; whether it was pressed and something changed.
fn write_button(ui: &mut Ui, model: &mut Model) -> bool {
    let changed: Vec<LiveParameter> =
        model.frame.parameters.iter().filter(|parameter| parameter.value != parameter.default).cloned().collect();
    let button = ui.add_enabled(!changed.is_empty() && !model.over(), Button::new("Write into the recipe"));
    let names: Vec<&str> = changed.iter().map(|parameter| parameter.name.as_str()).collect();
    let hint = format!("Makes the values set here the recipe's own, and saves it: {}", names.join(", "));
    if !button.on_hover_text(hint).on_disabled_hover_text("Nothing differs from the recipe").clicked() {
        return false;
    }
    let mut text = model.draft.text.clone();
    for parameter in &changed {
        match parameter.write_into(&text) {
            Ok(written) => text = written,
            Err(error) => model.tell(Severity::Warning, &error.to_string()),
        }
    }
    let written = text != model.draft.text;
    model.draft.text = text;
    written
}

/// A choice in one row; the place of the word chosen.
fn choice(ui: &mut Ui, parameter: &LiveParameter, words: &[String], shown: f64, name_width: f32) -> Option<f64> {
    let mut place = shown as usize;
    ui.horizontal(|ui| {
        named(ui, parameter, name_width);
        let selected = words.get(place).map_or("", String::as_str);
        let list = ComboBox::from_id_salt(("choice", &parameter.name)).selected_text(selected);
        list.show_ui(ui, |ui| {
            for (at, word) in words.iter().enumerate() {
                ui.selectable_value(&mut place, at, word);
            }
        });
        back_button(ui, words.get(parameter.default as usize).map_or("", String::as_str), shown != parameter.default)
            .then(|| place = parameter.default as usize);
    });
    (place as f64 != shown).then_some(place as f64)
}

/// A toggle in one row.
fn toggle(ui: &mut Ui, parameter: &LiveParameter, shown: f64, name_width: f32) -> Option<f64> {
    let mut on = shown != 0.0;
    ui.horizontal(|ui| {
        named(ui, parameter, name_width);
        let response = ui.checkbox(&mut on, "").on_hover_text(&parameter.tip);
        let name = parameter.name.clone();
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, &name));
        let default = parameter.default != 0.0;
        back_button(ui, if default { "on" } else { "off" }, on != default).then(|| on = default);
    });
    (f64::from(on) != shown).then_some(f64::from(on))
}

/// A parameter's name in the names' column.
fn named(ui: &mut Ui, parameter: &LiveParameter, width: f32) {
    ui.allocate_ui_with_layout(vec2(width, ROW), Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(width);
        let hint = if parameter.tip.is_empty() { &parameter.name } else { &parameter.tip };
        ui.add(Label::new(RichText::new(&parameter.name).strong()).truncate()).on_hover_text(hint);
    });
}

/// A button back to the default; whether it was pressed.
fn back_button(ui: &mut Ui, default: &str, changed: bool) -> bool {
    let button = Button::new(RichText::new("default").small()).frame(false);
    ui.add_enabled(changed, button).on_hover_text(format!("Back to {default}")).clicked()
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
        // Over two powers of ten and more a slider's middle is the geometric one.
        slider = slider.logarithmic(low > 0.0 && high >= 100.0 * low);
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
        if back_button(ui, &format!("{}{suffix}", format::short(*default)), shown != *default) {
            value = *default;
        }
    });
    (value != shown && value.is_finite()).then_some(value)
}
