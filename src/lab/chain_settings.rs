//! What moves a probe's chains: whose weights, how hot, how many steps.

use super::{format, theme};
use crate::run::{ChainSettings, Weights};
use eframe::egui::{
    Align, Checkbox, ComboBox, DragValue, Label, Layout, RichText, Slider, Ui, WidgetInfo, accesskit::Role, vec2,
};
use std::path::PathBuf;

/// Width of the names.
const NAME: f32 = 82.0;
/// Steps on each grid that a user may ask for, and those a first wish begins with.
const STEPS: std::ops::RangeInclusive<usize> = 1..=100_000;
const FIRST_STEPS: usize = 30;

/// The checkpoints of a run, oldest first: iteration and folder.
pub type Checkpoints = [(u64, PathBuf)];

/// A name left of a widget.
pub fn named<T>(ui: &mut Ui, name: &str, tip: &str, widget: impl FnOnce(&mut Ui) -> T) -> T {
    let row = ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(NAME, 20.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(NAME);
            let label = ui.add(Label::new(RichText::new(name).weak()).truncate());
            if !tip.is_empty() {
                label.on_hover_text(tip);
            }
        });
        widget(ui)
    });
    row.inner
}

/// Lets the user change `settings`; `of` names them for those who cannot see where they stand.
pub fn ui(ui: &mut Ui, of: &str, settings: &mut ChainSettings, checkpoints: &Checkpoints) {
    named(ui, "weights", "Whose averaged weights move the chains", |ui| {
        weights(ui, of, &mut settings.weights, checkpoints);
    });
    let tip = "Factor on the kernel's effective temperature T = s²/2c; 1 is the recipe's own";
    named(ui, "temperature", tip, |ui| temperature(ui, of, &mut settings.temperature));
    let tip = "MCMC steps on each grid; off: the recipe's own";
    named(ui, "steps", tip, |ui| steps(ui, of, &mut settings.steps));
}

/// What a choice of weights is called.
#[must_use]
pub fn weights_name(weights: &Weights, checkpoints: &Checkpoints) -> String {
    match weights {
        Weights::Newest => "newest".to_owned(),
        Weights::Checkpoint(path) => match checkpoints.iter().find(|(_, known)| known == path) {
            Some((iteration, _)) => format!("at {}", format::count(*iteration)),
            None => path.file_name().unwrap_or(path.as_os_str()).display().to_string(),
        },
    }
}

fn weights(ui: &mut Ui, of: &str, chosen: &mut Weights, checkpoints: &Checkpoints) {
    let name = weights_name(chosen, checkpoints);
    let list = ComboBox::from_id_salt(("weights", of)).selected_text(&name).width(110.0);
    let shown = list.show_ui(ui, |ui| {
        ui.selectable_value(chosen, Weights::Newest, "newest");
        for (iteration, path) in checkpoints.iter().rev() {
            let text = format!("at {}", format::count(*iteration));
            ui.selectable_value(chosen, Weights::Checkpoint(path.clone()), text)
                .on_hover_text(path.display().to_string());
        }
        if checkpoints.is_empty() {
            ui.weak("This run has written no checkpoint since the window opened.");
        }
    });
    shown.response.on_hover_text("The newest weights, or those of a checkpoint").widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, format!("Weights of {of}"));
        info.current_text_value = Some(name.clone());
        info
    });
}

fn temperature(ui: &mut Ui, of: &str, value: &mut f64) {
    ui.spacing_mut().slider_width = 62.0;
    let slider = Slider::new(value, 0.0..=100.0).logarithmic(true).smallest_positive(0.01).show_value(false);
    let response = ui.add(slider).on_hover_text("0 follows the gradient alone; 1 is the recipe's own");
    response.widget_info(|| WidgetInfo::slider(true, *value, format!("Temperature of {of}")));
    let number = DragValue::new(value).range(0.0..=100.0).speed(0.01).max_decimals(3);
    ui.add(number).widget_info(|| labelled_value(*value, format!("Temperature of {of}, value")));
}

fn steps(ui: &mut Ui, of: &str, steps: &mut Option<usize>) {
    let mut own = steps.is_some();
    let response = ui.add(Checkbox::without_text(&mut own)).on_hover_text("Other than the recipe's own");
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, own, format!("Own steps of {of}")));
    if response.changed() {
        *steps = own.then_some(FIRST_STEPS);
    }
    match steps {
        Some(count) => {
            let speed = (*count as f64 / 60.0).max(0.1);
            let number = ui.add(DragValue::new(count).range(STEPS).speed(speed));
            number.widget_info(|| labelled_value(*count as f64, format!("Steps of {of}")));
        }
        None => {
            ui.label(RichText::new("the recipe's").color(theme::palette(ui).weak));
        }
    }
}

/// A number field with a name.
#[must_use]
pub fn labelled_value(value: f64, label: String) -> WidgetInfo {
    let mut info = WidgetInfo::drag_value(true, value);
    info.label = Some(label);
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_called_by_their_iteration() {
        let known = [(1_200, PathBuf::from("runs/a/checkpoints/00001200"))];
        assert_eq!(weights_name(&Weights::Newest, &known), "newest");
        assert_eq!(weights_name(&Weights::Checkpoint(known[0].1.clone()), &known), "at 1,200");
        let gone = Weights::Checkpoint("runs/b/checkpoints/00000007".into());
        assert_eq!(weights_name(&gone, &known), "00000007");
    }
}
