//! Observed and held-out images to take one from. They stay while the run goes on, so that they can be pointed at.

use super::super::atlas::Atlas;
use super::super::model::Model;
use super::super::{format, theme};
use super::resample::first_on_side;
use crate::run::{Answers, Frame, Pictures, Question};
use eframe::egui::{Button, Color32, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role};
use std::sync::Arc;

/// Side of a thumbnail, and width of the strip, in points.
const THUMBNAIL: f32 = 40.0;
pub const WIDTH: f32 = 48.0;

/// The strip's own state.
#[derive(Default)]
pub struct Strip {
    pictures: Option<Arc<Pictures>>,
    atlas: Option<Atlas>,
    chosen: Option<usize>,
    /// The held-out images that were shown last, and whether others were asked for.
    held_out: Option<Arc<Pictures>>,
    waiting: bool,
    /// Whether those in the strip are held-out ones.
    shows_held_out: bool,
}

impl Strip {
    /// Holds observed images of this side, those of `frame` if there are none yet.
    pub fn hold(&mut self, ui: &Ui, frame: &Frame, side: usize) {
        if self.pictures.as_ref().is_none_or(|held| held.side != side) {
            self.renew(ui, frame);
        }
    }

    fn renew(&mut self, ui: &Ui, frame: &Frame) {
        let Some(grid) = frame.grids.last().filter(|grid| grid.observed.count > 0) else {
            return;
        };
        self.fill(ui, Arc::new(grid.observed.clone()));
        self.shows_held_out = false;
    }

    fn fill(&mut self, ui: &Ui, pictures: Arc<Pictures>) {
        self.chosen = None;
        Atlas::fill(&mut self.atlas, ui.ctx(), "images to fill in", &pictures);
        self.pictures = self.atlas.is_some().then_some(pictures);
    }

    /// Takes the held-out images that were asked for.
    fn take_held_out(&mut self, ui: &Ui, answers: &Answers) {
        let Some(found) = answers.held_out.as_ref().filter(|_| self.waiting) else { return };
        if self.held_out.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, found)) {
            return;
        }
        (self.held_out, self.waiting) = (Some(Arc::clone(found)), false);
        if found.count > 0 {
            self.fill(ui, Arc::clone(found));
            self.shows_held_out = true;
        }
    }

    /// Takes an observed image.
    pub fn take(&mut self, at: usize) -> Option<Arc<Pictures>> {
        let held = self.pictures.as_ref()?;
        let bytes = held.side * held.side * 4;
        let rgba = held.rgba.get(at * bytes..(at + 1) * bytes)?.to_vec();
        self.chosen = Some(at);
        first_on_side(&Pictures { side: held.side, count: 1, rgba }, held.side).map(Arc::new)
    }

    /// The image is no observed one.
    pub fn leave(&mut self) {
        self.chosen = None;
    }

    /// Draws the strip; the image that was clicked.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, questions: &mut Vec<Question>, height: f32) -> Option<usize> {
        self.take_held_out(ui, &model.answers);
        let mut clicked = None;
        ui.vertical(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 3.0;
            let list = ScrollArea::vertical().id_salt("observed").max_height(height - 50.0).auto_shrink([false, false]);
            list.show(ui, |ui| {
                let count = self.atlas.as_ref().map_or(0, |atlas| atlas.count);
                for at in 0..count {
                    if self.thumbnail(ui, at) {
                        clicked = Some(at);
                    }
                }
            });
            let more = Button::new("more").small().min_size([THUMBNAIL, 20.0].into());
            if ui.add(more).on_hover_text("Observed images of the run's newest batch").clicked() {
                self.renew(ui, &model.frame);
            }
            let held_out = Button::new("held-out").small().min_size([THUMBNAIL, 20.0].into());
            if ui.add(held_out).on_hover_text("Images that the run does not learn from; others each time").clicked() {
                self.waiting = true;
                questions.push(Question::HeldOut);
            }
        });
        clicked
    }

    fn thumbnail(&self, ui: &mut Ui, at: usize) -> bool {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(THUMBNAIL), Sense::click());
        let chosen = self.chosen == Some(at);
        let side = self.pictures.as_ref().map_or(0, |held| held.side);
        let kind = if self.shows_held_out { "Held-out" } else { "Observed" };
        let name = format!("{kind} image {}, {}", at + 1, format::side(side));
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
        if let Some(atlas) = self.atlas.as_ref().filter(|_| ui.is_rect_visible(rect)) {
            ui.painter().image(atlas.id(), rect, atlas.uv(at), Color32::WHITE);
            let palette = theme::palette(ui);
            if chosen || response.hovered() || response.has_focus() {
                let colour = if chosen { palette.ember } else { palette.strong };
                ui.painter().rect_stroke(rect, 2.0, Stroke::new(2.0, colour), StrokeKind::Inside);
            }
        }
        response.on_hover_text("Fill this image in").clicked()
    }
}
