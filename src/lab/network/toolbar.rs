//! The choice of a network: which grid's, and with whose weights.

use super::super::model::Model;
use super::super::{format, theme};
use super::asking::Asking;
use crate::run::{NetworkAnswer, Weights};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Button, ComboBox, Label, Layout, RichText, TextStyle, Ui, WidgetInfo, accesskit::Role, pos2,
};

/// Radius of a grid's dot.
const DOT: f32 = 3.5;
/// Width of the choices beside those of grids, and of one grid's. A panel without room for all of them and the counts has
/// these on a line of their own.
const CHOICES: f32 = 560.0;
const GRID: f32 = 66.0;

/// Draws the choices, and what is shown.
pub fn ui(ui: &mut Ui, model: &Model, asking: &mut Asking, answer: Option<&NetworkAnswer>) {
    let wide = ui.available_width() >= CHOICES + GRID * model.frame.grids.len().saturating_sub(1) as f32;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        grids(ui, model, asking);
        ui.add_space(10.0);
        weights(ui, model, asking);
        ui.add_space(6.0);
        let newest = asking.weights == Weights::Newest;
        ui.add_enabled_ui(newest, |ui| {
            ui.checkbox(&mut asking.follow, "Follow the run")
                .on_hover_text("Look again as the run learns, at most twice a second")
                .on_disabled_hover_text("A checkpoint does not change");
        });
        if let Some(answer) = answer.filter(|_| wide) {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| told(ui, answer));
        }
    });
    if let Some(answer) = answer.filter(|_| !wide) {
        ui.with_layout(Layout::top_down(Align::Min), |ui| told(ui, answer));
    }
}

fn grids(ui: &mut Ui, model: &Model, asking: &mut Asking) {
    let chosen = asking.grid(&model.frame).map(|(_, side)| side);
    let dark = ui.visuals().dark_mode;
    for grid in model.frame.grids.iter().skip(1) {
        let selected = chosen == Some(grid.side);
        // The spaces are the dot's.
        let text = RichText::new(format!("    {}", format::side(grid.side)));
        let response = ui.add(Button::selectable(selected, text));
        let name = format!("Network of {}", format::side(grid.side));
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, &name));
        let dot = pos2(response.rect.left() + 13.0, response.rect.center().y);
        ui.painter().circle_filled(dot, DOT, model.colours.of(grid.side, dark));
        if response.clicked() {
            asking.side = Some(grid.side);
        }
    }
}

/// What a choice of weights is called.
fn weights_name(weights: &Weights, model: &Model) -> String {
    match weights {
        Weights::Newest => "newest".to_owned(),
        Weights::Checkpoint(path) => match model.checkpoints.iter().find(|(_, known)| known == path) {
            Some((iteration, _)) => format!("at {}", format::count(*iteration)),
            None => path.file_name().unwrap_or(path.as_os_str()).display().to_string(),
        },
    }
}

fn weights(ui: &mut Ui, model: &Model, asking: &mut Asking) {
    let name = weights_name(&asking.weights, model);
    ui.weak("weights");
    let list = ComboBox::from_id_salt("network weights").selected_text(&name).width(96.0);
    let shown = list.show_ui(ui, |ui| {
        ui.selectable_value(&mut asking.weights, Weights::Newest, "newest");
        for (iteration, path) in model.checkpoints.iter().rev() {
            let text = format!("at {}", format::count(*iteration));
            ui.selectable_value(&mut asking.weights, Weights::Checkpoint(path.clone()), text)
                .on_hover_text(path.display().to_string());
        }
        if model.checkpoints.is_empty() {
            ui.weak("No checkpoint has been written since the window opened.");
        }
    });
    shown.response.on_hover_text("The averaged weights of the run, or of a checkpoint").widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Weights of the network");
        info.current_text_value = Some(name.clone());
        info
    });
}

fn told(ui: &mut Ui, answer: &NetworkAnswer) {
    let strong = theme::palette(ui).strong;
    let weak = theme::palette(ui).weak;
    let mut text = LayoutJob::default();
    for (words, colour) in [
        (format!("{} parameters", format::count(answer.parameters as u64)), strong),
        (format!(" after {} updates", format::count(answer.iteration)), weak),
    ] {
        text.append(&words, 0.0, TextFormat::simple(TextStyle::Body.resolve(ui.style()), colour));
    }
    ui.add(Label::new(text).extend());
}
