//! The line above the thumbnails: what must be known to read them, and a menu with everything else.

use super::contrast::{Contrast, Stretch};
use super::order::Key;
use super::{Looks, fit};
use crate::lab::{format, theme};
use crate::run::Frame;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{
    Align, Button, ComboBox, DragValue, Label, Layout, PopupCloseBehavior, RichText, Slider, Ui, WidgetInfo,
};

/// Draws the line.
pub fn ui(ui: &mut Ui, looks: &mut Looks, frame: &Frame) {
    ui.horizontal(|ui| {
        let [low, high] = frame.range;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let slider = Slider::new(&mut looks.thumbnail, 16.0..=192.0).show_value(false).step_by(2.0);
            let size = ui.add(slider).on_hover_text("Size of the thumbnails");
            size.widget_info(|| WidgetInfo::slider(true, f64::from(looks.thumbnail), "Thumbnail size"));
            ui.weak("size");
            let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
            let tip = "Contrast, sampling, order, numbers below the thumbnails";
            MenuButton::from_button(Button::new("Display"))
                .config(config)
                .ui(ui, |ui| menu(ui, looks, frame))
                .0
                .on_hover_text(tip);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match looks.contrast.note(frame.range) {
                Some(note) => {
                    warning(ui, &note);
                    if ui.small_button("fixed range").on_hover_text("Draw on the model's range again").clicked() {
                        looks.contrast.stretch = Stretch::Fixed;
                    }
                    notes(ui, looks, frame);
                }
                None => {
                    ui.add(
                        Label::new(RichText::new(format!("drawn on the fixed range [{low}, {high}]")).weak())
                            .truncate(),
                    );
                    notes(ui, looks, frame);
                }
            });
        });
    });
    ui.add_space(2.0);
}

/// What must be said of pictures that are not on the fixed range.
pub fn warning(ui: &mut Ui, note: &str) {
    ui.add(Label::new(RichText::new(note).color(theme::palette(ui).warn)).truncate());
}

fn notes(ui: &mut Ui, looks: &mut Looks, frame: &Frame) {
    if let Some(note) = looks.order.note(frame) {
        ui.add(Label::new(RichText::new(format!("· {note}")).weak()).truncate());
    }
    if !looks.zoom.is_whole() {
        let text = format!("· zoom {:.1}×", looks.zoom.factor());
        ui.weak(text);
        if ui.small_button("all").on_hover_text("See all of every picture (double click)").clicked() {
            looks.zoom = super::Zoom::default();
        }
    }
}

fn menu(ui: &mut Ui, looks: &mut Looks, frame: &Frame) {
    ui.set_min_width(230.0);
    title(ui, "Contrast");
    contrast(ui, &mut looks.contrast, frame.range);
    ui.separator();
    title(ui, "Pixels");
    ui.horizontal(|ui| {
        ui.selectable_value(&mut looks.smooth, false, "squares").on_hover_text("Every pixel as it is");
        ui.selectable_value(&mut looks.smooth, true, "smooth").on_hover_text("Pixels blend into each other");
    });
    ui.separator();
    title(ui, "Order");
    order(ui, looks, frame);
    ui.separator();
    title(ui, "Below each thumbnail");
    ui.horizontal(|ui| {
        for (caption, name) in [(None, "nothing"), (Some(Key::Score), "score"), (Some(Key::Energy), "energy")] {
            ui.selectable_value(&mut looks.caption, caption, name).on_hover_text("Numbers as of the last update");
        }
    });
    ui.separator();
    ui.weak("Ctrl+wheel zooms all pictures, a drag moves them,\na double click shows all. Click one to inspect it.");
    if ui.button("Everything as at first").clicked() {
        *looks = Looks { thumbnail: fit::THUMBNAIL, ..Looks::default() };
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong());
}

fn contrast(ui: &mut Ui, contrast: &mut Contrast, range: [f32; 2]) {
    for (stretch, name) in Stretch::ALL {
        ui.radio_value(&mut contrast.stretch, stretch, name);
    }
    if contrast.stretch != Stretch::Window {
        return;
    }
    let [low, high] = range;
    let width = (high - low).max(f32::MIN_POSITIVE);
    ui.horizontal(|ui| {
        for (share, name) in contrast.window.iter_mut().zip(["black", "white"]) {
            ui.weak(name);
            let mut value = low + width * *share;
            let drag = DragValue::new(&mut value).range(low..=high).speed(f64::from(width) / 200.0).max_decimals(3);
            let response = ui.add(drag);
            response.widget_info(|| WidgetInfo::labeled(eframe::egui::accesskit::Role::SpinButton, true, name));
            if response.changed() {
                *share = ((value - low) / width).clamp(0.0, 1.0);
            }
        }
    });
    ui.horizontal(|ui| {
        ui.weak("gamma");
        let slider = ui.add(Slider::new(&mut contrast.gamma, 0.2..=5.0).logarithmic(true).max_decimals(2));
        slider.widget_info(|| WidgetInfo::slider(true, f64::from(contrast.gamma), "Gamma"));
        if ui.small_button("reset").clicked() {
            (contrast.window, contrast.gamma) = ([0.0, 1.0], 1.0);
        }
    });
}

fn order(ui: &mut Ui, looks: &mut Looks, frame: &Frame) {
    ui.horizontal(|ui| {
        for (key, name) in Key::ALL {
            ui.selectable_value(&mut looks.order.key, key, format!("by {name}"));
        }
    });
    ui.horizontal(|ui| {
        ui.selectable_value(&mut looks.order.descending, false, "lowest first");
        ui.selectable_value(&mut looks.order.descending, true, "highest first");
        if looks.order.key == Key::Index {
            return;
        }
        let sides = frame.grids.iter().skip(1).map(|grid| grid.side);
        let finest = sides.clone().next_back();
        let shown = looks.order.side.or(finest).map_or_else(String::new, format::side);
        let combo = ComboBox::from_id_salt("sorted at").selected_text(format!("at {shown}")).width(70.0);
        let response = combo.show_ui(ui, |ui| {
            for side in sides {
                ui.selectable_value(&mut looks.order.side, Some(side), format::side(side));
            }
        });
        let info = || WidgetInfo::labeled(eframe::egui::accesskit::Role::ComboBox, true, "Grid whose scores sort");
        response.response.widget_info(info);
    });
}
