//! The data panel: what is in the recipe's data set, or in a folder or archive that was dropped on the window.

use super::atlas::Atlas;
use super::data_report;
use super::model::Model;
use super::{loupe, theme};
use crate::run::{Command, DataContents, DataReport};
use eframe::egui::{
    Align, Button, Color32, Label, Layout, Mesh, ProgressBar, Rect, RichText, ScrollArea, Sense, Ui, Vec2, WidgetInfo,
    accesskit::Role, vec2,
};
use std::path::Path;

/// Space between thumbnails, and between the montage and the numbers.
const GAP: f32 = 3.0;
const BETWEEN: f32 = 22.0;
/// Thumbnails in a row of the montage, and their smallest and largest side.
const ACROSS: usize = 8;
const SIDES: [f32; 2] = [20.0, 56.0];
/// A narrower panel has its numbers below the montage.
const WIDE: f32 = 560.0;

/// The panel's own state.
#[derive(Default)]
pub struct DataPane {
    atlas: Option<Atlas>,
    /// The report whose montage is in the atlas.
    uploaded: u64,
}

impl DataPane {
    /// Draws the panel. The first time, and after the run's data changed, it asks for a report.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, commands: &mut Vec<Command>) {
        let over = model.over();
        if !over {
            commands.extend(model.data.first_question());
        }
        header(ui, model, commands, over);
        if let Some(inspecting) = &model.data.inspecting {
            progress(ui, "Reading images", inspecting);
        }
        let Some(report) = model.data.report.clone() else {
            if !over {
                ui.weak("The data are being looked at.");
            }
            return;
        };
        match &report.contents {
            Err(error) => {
                let text = RichText::new(error).color(theme::palette(ui).bad);
                ui.add(Label::new(text).wrap());
            }
            Ok(contents) => {
                if self.uploaded != model.data.reports {
                    self.uploaded = model.data.reports;
                    Atlas::fill(&mut self.atlas, ui.ctx(), "data montage", &contents.montage);
                }
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| self.contents(ui, contents));
            }
        }
    }

    fn contents(&self, ui: &mut Ui, contents: &DataContents) {
        data_report::counts(ui, &contents.report);
        ui.add_space(8.0);
        let width = ui.available_width();
        let [smallest, largest] = SIDES;
        let fitting = |width: f32| ((width + GAP) / ACROSS as f32 - GAP).floor().clamp(smallest, largest);
        if width < WIDE {
            self.montage(ui, contents, fitting(width));
            ui.add_space(8.0);
            data_report::details(ui, &contents.report);
            return;
        }
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = BETWEEN;
            ui.vertical(|ui| self.montage(ui, contents, fitting(0.45 * width)));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                ui.set_width(ui.available_width() - 12.0);
                data_report::details(ui, &contents.report);
            });
        });
    }

    /// Training images, class by class; the one under the pointer is seen large.
    fn montage(&self, ui: &mut Ui, contents: &DataContents, side: f32) {
        let Some(atlas) = &self.atlas else { return };
        let rows = atlas.count.div_ceil(ACROSS);
        let cell = side + GAP;
        let size = vec2(ACROSS as f32, rows as f32) * cell - Vec2::splat(GAP);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let name = format!("{} training images", atlas.count);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let place = |at: usize| {
            let corner = vec2((at % ACROSS) as f32, (at / ACROSS) as f32) * cell;
            Rect::from_min_size(rect.min + corner, Vec2::splat(side))
        };
        if ui.is_rect_visible(rect) {
            let mut mesh = Mesh::with_texture(atlas.id());
            (0..atlas.count).for_each(|at| mesh.add_rect_with_uv(place(at), atlas.uv(at), Color32::WHITE));
            ui.painter().add(mesh);
        }
        let Some(pointer) = response.hover_pos() else { return };
        let Some(at) = (0..atlas.count).find(|&at| place(at).contains(pointer)) else { return };
        let title = contents.captions.get(at).map_or("training image", String::as_str);
        let within = (pointer - place(at).min) / side;
        let view = loupe::View { title, at, count: atlas.count, within, range: contents.range };
        loupe::show(ui, &response, atlas, &contents.montage, &view);
    }
}

/// What is shown, and what can be done with it.
fn header(ui: &mut Ui, model: &mut Model, commands: &mut Vec<Command>, over: bool) {
    let shown = model.data.report.clone();
    let dropped = shown.as_ref().and_then(|report| report.path.clone());
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let again = ui.add_enabled(!over, Button::new("Refresh"));
            if again.on_hover_text("Look at the data again").clicked() {
                commands.push(model.data.ask(dropped.clone()));
            }
            if let (Some(path), Some(report)) = (&dropped, &shown) {
                let back = ui.add_enabled(!over, Button::new("Recipe's data"));
                if back.on_hover_text("Show the data of the running recipe").clicked() {
                    commands.push(model.data.ask(None));
                }
                use_in_recipe(ui, model, path, report);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, model, shown.as_deref()));
        });
    });
    ui.add_space(2.0);
}

fn use_in_recipe(ui: &mut Ui, model: &mut Model, path: &Path, report: &DataReport) {
    let palette = theme::palette(ui);
    let text = RichText::new("Use in the recipe").color(palette.on_accent);
    let button = ui.add_enabled(report.contents.is_ok(), Button::new(text).fill(palette.ember));
    if button.on_hover_text("Write it into the recipe's text; apply the recipe to train on it").clicked() {
        model.draft.text = model.draft.recipe().reading(path).text;
    }
}

fn title(ui: &mut Ui, model: &Model, shown: Option<&DataReport>) {
    let name = |path: Option<&Path>| match path {
        None => "Data of the recipe".to_owned(),
        Some(path) => path.file_name().unwrap_or(path.as_os_str()).display().to_string(),
    };
    let shown_path = shown.and_then(|report| report.path.as_deref());
    match shown {
        Some(report) => {
            let strong = ui.add(Label::new(RichText::new(name(shown_path)).strong()).truncate());
            if let Some(path) = shown_path {
                strong.on_hover_text(path.display().to_string());
            }
            ui.weak(&report.layout);
        }
        None => {
            ui.label(RichText::new("Data").strong());
        }
    }
    if let Some(waiting) = model.data.waiting()
        && shown.is_none_or(|report| report.path != *waiting)
    {
        let text = format!("looking at {} …", name(waiting.as_deref()));
        ui.add(Label::new(RichText::new(text).weak()).truncate());
    }
}

/// How far reading is: in words, with a bar where the end is known.
pub fn progress(ui: &mut Ui, what: &str, reading: &super::data::Reading) {
    ui.horizontal(|ui| {
        let text = format!("{what}: {}", reading.words());
        if let Some(share) = reading.share() {
            let ember = theme::palette(ui).ember;
            let bar = ui.add(ProgressBar::new(share).desired_width(140.0).desired_height(6.0).fill(ember));
            bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, what));
        }
        ui.add(Label::new(RichText::new(text).size(11.5)).truncate().selectable(false));
    });
}
