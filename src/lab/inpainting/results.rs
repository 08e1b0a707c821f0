//! The fills side by side, with their errors, and how they came to be from coarse to fine.

use super::super::atlas::Atlas;
use super::super::{format, loupe, theme};
use super::compose::{Fill, same_image};
use super::verdict::{self, Standing};
use crate::run::{FillError, InpaintingAnswer, Pictures};
use eframe::egui::{
    Align2, Color32, Context, FontId, Label, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit::Role, pos2, vec2,
};
use std::sync::Arc;

/// Side of a fill's thumbnail, height of the three lines under it, and side of a grid's thumbnail, in points.
const THUMBNAIL: f32 = 48.0;
const NUMBERS: f32 = 37.0;
const GRID: f32 = 30.0;

/// Which fill lies on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// One of the model's.
    Model(usize),
    /// One that needs no model.
    Trivial(usize),
}

/// The newest answer, uploaded.
pub struct Results {
    answer: Option<Arc<InpaintingAnswer>>,
    fills: Vec<Option<Atlas>>,
    trivial: Vec<Option<Atlas>>,
    masks: Vec<Option<Atlas>>,
    shown: Shown,
    changes: u64,
}

impl Default for Results {
    fn default() -> Self {
        let (fills, trivial, masks) = (Vec::new(), Vec::new(), Vec::new());
        Self { answer: None, fills, trivial, masks, shown: Shown::Model(0), changes: 0 }
    }
}

fn upload(slots: &mut Vec<Option<Atlas>>, ctx: &Context, name: &str, all: &[Pictures]) {
    slots.resize_with(all.len(), || None);
    for (at, (slot, pictures)) in slots.iter_mut().zip(all).enumerate() {
        Atlas::fill(slot, ctx, &format!("inpainting {name} {at}"), pictures);
    }
}

impl Results {
    /// Takes in an answer; one about another image is too old, unless `patient` is false.
    pub fn take(&mut self, ctx: &Context, answer: Option<&Arc<InpaintingAnswer>>, image: &Pictures, patient: bool) {
        let known = |answer: &Arc<InpaintingAnswer>| self.answer.as_ref().is_some_and(|old| Arc::ptr_eq(old, answer));
        let Some(answer) = answer.filter(|answer| !known(answer)) else {
            return;
        };
        if patient && !answer.original.last().is_some_and(|original| same_image(original, image)) {
            return;
        }
        upload(&mut self.fills, ctx, "fills", &answer.grids);
        upload(&mut self.trivial, ctx, "trivial", &answer.trivial);
        upload(&mut self.masks, ctx, "masks", &answer.masks);
        self.answer = Some(Arc::clone(answer));
        self.changes += 1;
    }

    /// Forgets the answer: the image is another one.
    pub fn forget(&mut self) {
        self.answer = None;
        self.changes += 1;
    }

    /// Puts a fill on the canvas.
    pub fn show(&mut self, shown: Shown) {
        self.shown = shown;
        self.changes += 1;
    }

    /// Counts what changed on the canvas.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The newest answer.
    #[must_use]
    pub fn answer(&self) -> Option<&Arc<InpaintingAnswer>> {
        self.answer.as_ref()
    }

    /// The fill on the canvas, where there is one.
    #[must_use]
    pub fn fill(&self) -> Option<Fill<'_>> {
        let answer = self.answer.as_ref()?;
        let drawn = answer.masks.last();
        match self.shown {
            Shown::Trivial(at) if at < answer.trivial.len() => {
                Some(Fill { pictures: &answer.trivial[at], at: 0, drawn })
            }
            _ => Some(Fill { pictures: answer.grids.last()?, at: self.model_fill(answer), drawn }),
        }
    }

    /// The model's fill that is looked at.
    fn model_fill(&self, answer: &InpaintingAnswer) -> usize {
        let count = answer.grids.last().map_or(0, |finest| finest.count);
        match self.shown {
            Shown::Model(at) => at.min(count.saturating_sub(1)),
            Shown::Trivial(_) => 0,
        }
    }

    /// What is on the canvas, in words.
    #[must_use]
    pub fn shown_name(&self) -> String {
        let Some(answer) = &self.answer else {
            return "no fill yet".to_owned();
        };
        let (fills, trivial) = verdict::split(answer);
        match self.shown {
            Shown::Trivial(at) if at < trivial.len() => trivial[at].name.clone(),
            _ => fills.get(self.model_fill(answer)).map_or_else(|| "fill".to_owned(), |error| error.name.clone()),
        }
    }

    /// Draws everything that is known.
    pub fn ui(&mut self, ui: &mut Ui, range: [f32; 2]) {
        let Some(answer) = self.answer.clone() else {
            ui.weak("The fills come here as soon as the run's probe answers.");
            return;
        };
        let palette = theme::palette(ui);
        if let Some(error) = &answer.error {
            ui.colored_label(palette.bad, error);
        }
        if let Some(verdict) = verdict::verdict(&answer) {
            let colour = match verdict.standing {
                Standing::Ahead => palette.good,
                Standing::Level => palette.text,
                Standing::Behind => palette.warn,
            };
            // One line, so that nothing below it jumps; all of it is told where the pointer rests.
            let hint = format!(
                "{}\nBy the peak signal to noise ratio over the hidden pixels, of the middle one of the fills. Several \
                 different fills can be right, and smooth ones have small errors: look at them too.",
                verdict.words
            );
            let words = RichText::new(verdict.words).size(12.5).color(colour);
            ui.add(Label::new(words).truncate().show_tooltip_when_elided(false)).on_hover_text(hint);
        }
        self.cards(ui, &answer, range);
        self.grids(ui, &answer);
    }

    fn cards(&mut self, ui: &mut Ui, answer: &InpaintingAnswer, range: [f32; 2]) {
        let best = verdict::best(answer);
        let (fills, trivial) = verdict::split(answer);
        let mut clicked = None;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(5.0, 4.0);
            let (atlas, count) = (self.fills.last(), answer.grids.last().map_or(0, |finest| finest.count));
            for at in 0..count {
                let chosen = matches!(self.shown, Shown::Model(_)) && at == self.model_fill(answer);
                let name = format!("fill {}", at + 1);
                let card = Card { name: &name, at, error: fills.get(at), chosen, best: best == Some(at) };
                let pictures = answer.grids.last();
                if card.ui(ui, atlas.and_then(Option::as_ref), pictures, range).clicked() {
                    clicked = Some(Shown::Model(at));
                }
            }
            for (at, pictures) in answer.trivial.iter().enumerate() {
                let name = trivial.get(at).map_or("fill without a model", |error| &error.name);
                let is_best = best == Some(fills.len() + at);
                let chosen = self.shown == Shown::Trivial(at);
                let card = Card { name, at: 0, error: trivial.get(at), chosen, best: is_best };
                let atlas = self.trivial.get(at).and_then(Option::as_ref);
                if card.ui(ui, atlas, Some(pictures), range).clicked() {
                    clicked = Some(Shown::Trivial(at));
                }
            }
        });
        if let Some(shown) = clicked {
            self.show(shown);
        }
    }

    /// The fill on the canvas at every grid, with the grid's mask above it.
    fn grids(&self, ui: &mut Ui, answer: &InpaintingAnswer) {
        let fill = self.model_fill(answer);
        ui.label(
            RichText::new(format!("fill {}, coarse to fine: masked pixels only, at every grid", fill + 1))
                .small()
                .weak(),
        );
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(5.0, 4.0);
            for (grid, pictures) in answer.grids.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(GRID, 2.0 * GRID + 16.0), Sense::hover());
                let name = format::side(pictures.side);
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Mask and fill at {name}")));
                let place = |down: f32| Rect::from_min_size(rect.min + vec2(0.0, down), Vec2::splat(GRID));
                let parts = [(&self.masks, 0, place(0.0)), (&self.fills, fill, place(GRID + 2.0))];
                for (atlases, at, place) in parts {
                    picture(ui, atlases.get(grid).and_then(Option::as_ref), at, place);
                }
                let colour = theme::palette(ui).weak;
                let at = pos2(rect.center().x, rect.bottom());
                ui.painter().text(at, Align2::CENTER_BOTTOM, name, FontId::proportional(10.5), colour);
            }
            ui.add_space(4.0);
            let text = RichText::new(progress(answer)).small().weak();
            ui.add(Label::new(text).extend())
                .on_hover_text("Where the chains are, sweeps through all grids, and whose weights draw");
        });
    }
}

/// Marks the best fill.
fn badge(ui: &Ui, place: Rect) {
    let palette = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap("best".to_owned(), FontId::proportional(9.5), palette.panel);
    let text = Align2::LEFT_TOP.anchor_size(place.min + vec2(4.0, 2.0), galley.size());
    ui.painter().rect_filled(text.expand2(vec2(3.0, 0.5)), 3.0, palette.good);
    ui.painter().galley(text.min, galley, palette.panel);
}

/// Draws a picture, or a well where there is none.
fn picture(ui: &Ui, atlas: Option<&Atlas>, at: usize, place: Rect) {
    match atlas.filter(|atlas| at < atlas.count) {
        Some(atlas) => ui.painter().image(atlas.id(), place, atlas.uv(at), Color32::WHITE),
        None => ui.painter().rect_filled(place, 2.0, theme::palette(ui).well),
    };
}

fn progress(answer: &InpaintingAnswer) -> String {
    let progress = answer.progress;
    let side = answer.grids.get(progress.grid).map_or_else(|| "–".to_owned(), |grid| format::side(grid.side));
    let chains = if progress.done { "done".to_owned() } else { format!("{side} {}/{}", progress.step, progress.steps) };
    format!("{chains}\nsweep {}\nweights of update {}", format::count(answer.sweeps), format::count(answer.iteration))
}

/// One fill with its errors.
struct Card<'a> {
    name: &'a str,
    at: usize,
    error: Option<&'a FillError>,
    chosen: bool,
    best: bool,
}

impl Card<'_> {
    fn words(&self) -> String {
        let numbers = self.error.map_or_else(String::new, |error| {
            let psnr = verdict::decibels(error.psnr);
            format!(", {psnr}, error {}", format::percent(error.error))
        });
        format!("{}{numbers}{}", self.name, if self.best { ", best" } else { "" })
    }

    fn ui(&self, ui: &mut Ui, atlas: Option<&Atlas>, pictures: Option<&Pictures>, range: [f32; 2]) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(THUMBNAIL, THUMBNAIL + NUMBERS), Sense::click());
        let words = self.words();
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, self.chosen, &words));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let palette = theme::palette(ui);
        let place = Rect::from_min_size(rect.min, Vec2::splat(THUMBNAIL));
        picture(ui, atlas, self.at, place);
        let edge = if self.chosen {
            Some((2.0, palette.ember))
        } else if response.hovered() || response.has_focus() {
            Some((1.0, palette.weak))
        } else {
            None
        };
        if let Some((width, colour)) = edge {
            ui.painter().rect_stroke(place, 2.0, Stroke::new(width, colour), StrokeKind::Outside);
        }
        let line = |down: f32, text: &str, colour: Color32| {
            let at = pos2(rect.center().x, place.bottom() + down);
            ui.painter().text(at, Align2::CENTER_TOP, text, FontId::proportional(10.5), colour);
        };
        let colour = if self.best { palette.good } else { palette.text };
        let [psnr, error] = match self.error {
            Some(error) => [verdict::decibels(error.psnr), format::percent(error.error)],
            None => ["–".to_owned(), String::new()],
        };
        line(2.0, &psnr, colour);
        line(13.0, &error, colour);
        line(24.0, self.name, if self.best { palette.good } else { palette.weak });
        if self.best {
            badge(ui, place);
        }
        if let (Some(atlas), Some(pictures), Some(pointer)) = (atlas, pictures, response.hover_pos())
            && place.contains(pointer)
        {
            let within = (pointer - place.min) / THUMBNAIL;
            let view = loupe::View { title: &words, at: self.at, count: atlas.count, within, range };
            loupe::show(ui, &response, atlas, pictures, &view);
        }
        response
    }
}
