//! The inpainting canvas: a brush hides, and the model fills in while it moves.

mod asking;
mod brush;
mod canvas;
mod compose;
mod divider;
mod export;
mod files;
mod icons;
mod mask;
mod painting;
mod resample;
mod results;
mod settings;
mod strip;
mod subject;
mod test_masks;
mod tint;
mod tools;
mod undo;
mod verdict;

use super::asks::Asks;
use super::format;
use super::keys::Keys;
use super::model::Model;
use crate::run::Question;
use asking::{Asking, Cause};
use canvas::{Canvas, Scene};
use eframe::egui::{Align, Key, Layout, RichText, ScrollArea, Slider, Ui, WidgetInfo, vec2};
use painting::Painting;
use results::{Results, Shown};
use settings::{MOST_FILLS, Settings};
use std::sync::Arc;
use strip::Strip;
use subject::Subject;
use tools::{Edit, Orders};

/// Width and height that the canvas and its numbers need at least, in points; in less room they scroll.
const LEAST: [f32; 2] = [600.0, 240.0];
/// Height of the line under the canvas.
const LINE: f32 = 22.0;
/// Seconds after which an answer counts though it seems to be about another image.
const PATIENCE: f64 = 1.0;

/// The panel's own state.
#[derive(Default)]
pub struct Inpainting {
    subject: Option<Subject>,
    strip: Strip,
    painting: Painting,
    settings: Settings,
    paused: bool,
    asking: Asking,
    canvas: Canvas,
    results: Results,
    files: files::Files,
    /// Counts images, and random masks.
    images: u64,
    masks: u64,
    /// What the wheel has turned and the brush has not followed yet.
    wheel: f32,
    /// Whether it is drawn in this drawing of the window, and was in the last one.
    drawn: bool,
    seen: bool,
    /// Whether keys are this panel's.
    holds: bool,
}

/// Side of the finest grid, once it is known.
fn finest(model: &Model) -> Option<usize> {
    model.frame.grids.last().map(|grid| grid.side).filter(|&side| side > 0)
}

impl Inpainting {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        self.drawn = true;
        let Some(side) = finest(model) else {
            ui.centered_and_justified(|ui| ui.weak("No grid yet: the run is preparing its data."));
            return;
        };
        self.fit(ui, model, side);
        let mut orders = Orders::default();
        let original = self.keys(ui, &asks.keys, &mut orders);
        tools::row(ui, &mut self.painting, self.subject.is_some(), &mut orders);
        ui.add_space(2.0);
        let room = ui.available_size().max(LEAST.into());
        ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
            ui.set_min_size(room - vec2(0.0, 2.0));
            ui.horizontal_top(|ui| self.body(ui, model, &mut asks.questions, (room, original)));
        });
        self.obey(orders, model, asks);
        self.ask(ui, model, asks);
    }

    /// What follows every drawing of the window: a panel that was not drawn asks for nothing.
    pub fn rest(&mut self, asks: &mut Asks) {
        self.seen = std::mem::take(&mut self.drawn);
        if !self.seen {
            self.holds = false;
            self.painting.cancel();
            self.asking.stop(&mut asks.questions);
        }
    }

    /// Fits image, mask and strip to the finest grid, and takes the image that is there to be filled in.
    fn fit(&mut self, ui: &Ui, model: &mut Model, side: usize) {
        self.painting.fit(side);
        self.strip.hold(ui, &model.frame, side);
        if let Some(picture) = self.files.take_image().or_else(|| model.to_fill.take()) {
            self.strip.leave();
            self.take(ui, picture, side);
        }
        if self.subject.is_none()
            && let Some(first) = self.strip.take(0)
        {
            self.take(ui, first, side);
        }
        if self.subject.as_ref().is_some_and(|subject| subject.image.side != side) {
            let source = self.subject.take().map(|subject| subject.source);
            source.into_iter().for_each(|source| self.take(ui, source, side));
        }
        if let Some(mask) = self.files.take_mask() {
            self.painting.put(mask);
        }
    }

    fn take(&mut self, ui: &Ui, picture: Arc<crate::run::Pictures>, side: usize) {
        let time = ui.input(|input| input.time);
        if let Some(subject) = Subject::new(picture, side, self.images + 1, time) {
            self.images += 1;
            self.subject = Some(subject);
            self.results.forget();
        }
    }

    /// Takes the keys while they are the panel's; whether the original is to be seen.
    fn keys(&mut self, ui: &Ui, keys: &Keys, orders: &mut Orders) -> bool {
        let panel = ui.max_rect();
        let focus = ui.memory(|memory| memory.focused()).and_then(|id| ui.ctx().read_response(id));
        let focused = focus.is_some_and(|focus| focus.layer_id == ui.layer_id() && panel.contains(focus.rect.center()));
        let typing = ui.ctx().text_edit_focused();
        self.holds = !typing && (ui.rect_contains_pointer(panel) || focused);
        tools::keys(keys, &mut self.painting, orders);
        if !self.holds {
            return false;
        }
        tools::plain_keys(ui, &mut self.painting, orders);
        self.files.paste_keys(ui, orders);
        ui.input(|input| input.key_down(Key::O))
    }

    fn body(
        &mut self,
        ui: &mut Ui,
        model: &Model,
        questions: &mut Vec<Question>,
        (room, original): (eframe::egui::Vec2, bool),
    ) {
        if let Some(at) = self.strip.ui(ui, model, questions, room.y - 4.0)
            && let (Some(picture), Some(side)) = (self.strip.take(at), finest(model))
        {
            self.take(ui, picture, side);
        }
        let Some(subject) = &self.subject else {
            ui.weak("Take an image of the strip, open one, or drop one here.");
            return;
        };
        let patient = ui.input(|input| input.time) < subject.since + PATIENCE;
        self.results.take(ui.ctx(), model.answers.inpainting.as_ref(), &subject.image, patient);
        let size = (room.y - divider::TRACK - LINE - 8.0).min(0.5 * room.x);
        ui.vertical(|ui| {
            ui.set_width(size);
            self.canvas_ui(ui, size, original);
            self.line(ui, original);
        });
        ui.add_space(4.0);
        ui.vertical(|ui| {
            ui.set_width((ui.available_width() - 4.0).max(160.0));
            settings::ui(ui, &mut self.settings, &mut self.paused, &model.checkpoints);
            ui.add_space(2.0);
            let list = ScrollArea::both().id_salt("fills").auto_shrink([false, false]);
            list.show(ui, |ui| self.results_ui(ui, model));
        });
    }

    fn canvas_ui(&mut self, ui: &mut Ui, size: f32, original: bool) {
        let Some(subject) = &self.subject else {
            return;
        };
        let (results, painting) = (&self.results, &mut self.painting);
        let mut scene = Scene { image: &subject.image, number: subject.number, results, painting, original };
        let over = self.canvas.ui(ui, size, &mut scene).contains_pointer();
        ui.add_space(divider::TRACK - 4.0);
        if over {
            self.turn_wheel(ui);
        }
    }

    fn results_ui(&mut self, ui: &mut Ui, model: &Model) {
        if self.painting.mask().share() == 0.0 {
            ui.label("Paint on the image: what the brush hides, the model fills in while you paint.");
            ui.weak("[ and ] change the brush, E erases (so does the right button), R draws rectangles, I inverts.");
            ui.weak("Hold O to see the original. Drag the grip under the image to compare.");
            return;
        }
        if model.over() {
            ui.weak("The run has ended: nothing is filled in any more.");
        }
        self.results.ui(ui, model.frame.range);
    }

    /// Ctrl and the wheel change the brush.
    fn turn_wheel(&mut self, ui: &Ui) {
        /// Logarithm of the zoom that is one size more.
        const NOTCH: f32 = 0.3;
        self.wheel += ui.input(|input| input.zoom_delta()).ln();
        while self.wheel.abs() >= NOTCH {
            let most = self.painting.mask().side;
            self.painting.brush.grow(self.wheel > 0.0, most);
            self.wheel -= NOTCH.copysign(self.wheel);
        }
    }

    /// What the canvas shows, and how strong the tint is.
    fn line(&mut self, ui: &mut Ui, original: bool) {
        ui.horizontal(|ui| {
            ui.spacing_mut().slider_width = 54.0;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let slider = Slider::new(&mut self.canvas.strength, 0.0..=1.0).show_value(false);
                let slider = ui.add(slider).on_hover_text("Strength of the tint over hidden pixels");
                slider
                    .widget_info(|| WidgetInfo::slider(true, f64::from(self.canvas.strength), "Strength of the tint"));
                ui.label(RichText::new("tint").small().weak());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let shown = if original { "original".to_owned() } else { self.results.shown_name() };
                    let hidden = format::percent(self.painting.mask().share());
                    let text = RichText::new(format!("{hidden} hidden · {shown}")).small();
                    ui.add(eframe::egui::Label::new(text).truncate().selectable(false));
                });
            });
        });
    }

    fn obey(&mut self, orders: Orders, model: &Model, asks: &mut Asks) {
        for edit in orders.edits {
            let mask = self.painting.mask();
            match edit {
                Edit::Undo => self.painting.undo(),
                Edit::Redo => self.painting.redo(),
                Edit::Invert => self.painting.put(mask.inverted()),
                Edit::Clear => self.painting.put(mask::Mask::clear(mask.side)),
                Edit::Test(test) => {
                    self.masks += 1;
                    let mask = test.draw(mask.side, self.masks);
                    self.painting.put(mask);
                }
            }
        }
        if let Some(at) = orders.fill {
            self.results.show(Shown::Model(at.min(self.settings.fills.clamp(1, MOST_FILLS) - 1)));
        }
        self.paused ^= orders.pause;
        for file in orders.files {
            let (subject, mask) = (self.subject.as_ref(), self.painting.mask());
            self.files.serve(file, subject, mask, &self.results, finest(model).unwrap_or(1), asks);
        }
    }

    /// Asks the probe for what is to be seen now.
    fn ask(&mut self, ui: &Ui, model: &Model, asks: &mut Asks) {
        let Some(subject) = self.subject.as_ref().filter(|_| !self.paused && !model.over()) else {
            return self.asking.stop(&mut asks.questions);
        };
        if self.painting.mask().share() == 0.0 {
            return self.asking.stop(&mut asks.questions);
        }
        let cause = Cause {
            mask: self.painting.changes(),
            image: subject.number,
            settings: self.settings.clone(),
            run: model.opened,
            plan: model.frame.plan_fingerprint,
        };
        let (mask, settings) = (self.painting.mask(), &mut self.settings);
        self.asking.ask(ui.ctx(), cause, settings, &subject.image, mask, &mut asks.questions);
    }

    /// Takes what the program gives back, if it is for this panel.
    pub fn take_back(&mut self, back: super::client::Return, side: Option<usize>, asks: &mut Asks) {
        self.files.take_back(back, side, asks);
    }
}
