//! The chains of a seed as a sheet: a row for each grid, and beneath them what becomes of other seeds.

use super::SIDES;
use super::fit::{BETWEEN_ROWS, Fit, GAP, LABEL};
use super::playback::pictures_at;
use super::{seed, spread, words};
use crate::lab::model::Model;
use crate::lab::strip::Strip;
use crate::lab::{format, theme};
use crate::run::DiversityAnswer;
use eframe::egui::{Align2, Color32, FontId, Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, pos2, vec2};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much is seen of other seeds' pictures, and of those that an answer on its way has not replaced yet.
const DIM: f32 = 0.5;
const OLD: f32 = 0.25;
/// Height of the row of 1×1 images: of one seed they are all the same.
const SEED_ROW: f32 = 16.0;

/// What the two answers are called.
pub const LETTERS: [&str; SIDES] = ["A", "B"];

/// Which pictures a strip holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// Of the seed, at a grid.
    Grid(usize),
    /// Of another seed, at the finest grid that is drawn.
    Other(usize),
}

/// Pictures of a row.
#[derive(Default)]
struct Held {
    strip: Strip,
    /// They are of the answer before; what is on its way has none there yet.
    old: bool,
}

/// What is in view.
#[derive(Default)]
pub struct Sheet {
    strips: BTreeMap<(Row, usize), Held>,
    /// The finest grid that was brought into view; later answers leave the view where the user wants it.
    shown: usize,
    /// The grid of the step that is looked at, which is kept in view as chains play.
    moving: Option<usize>,
    seen: [Option<(Arc<DiversityAnswer>, Option<usize>)>; SIDES],
}

/// How the rows are laid out.
struct View<'a> {
    slots: &'a [usize],
    fit: Fit,
    /// The spread of a full bar.
    scale: f64,
    /// The grid that chains have come to since the last drawing.
    moved_to: Option<usize>,
}

/// An answer, and the step of it that is looked at.
pub type Looked<'a> = (&'a Arc<DiversityAnswer>, Option<usize>);

impl Sheet {
    /// Takes up the pictures of one slot; an equal look costs nothing.
    pub fn look(&mut self, ui: &Ui, slot: usize, looked: Option<Looked<'_>>) {
        let Some((answer, at)) = looked else {
            self.seen[slot] = None;
            self.strips.retain(|(_, of), _| *of != slot);
            return;
        };
        if self.seen[slot].as_ref().is_some_and(|(old, step)| Arc::ptr_eq(old, answer) && *step == at) {
            return;
        }
        self.seen[slot] = Some((Arc::clone(answer), at));
        let mut old = std::mem::take(&mut self.strips);
        let finest = (0..answer.grids.len().max(last_grid(answer) + 1)).rev();
        let mut others_drawn = false;
        for grid in finest {
            let Some(pictures) = pictures_at(answer, at, grid) else { continue };
            let mut put = |row: Row, part: usize| {
                let mut strip = old.remove(&(row, slot)).unwrap_or_default().strip;
                if strip.show(ui.ctx(), &format!("{row:?} {slot}"), pictures, part * answer.copies, answer.copies) {
                    self.strips.insert((row, slot), Held { strip, old: false });
                }
            };
            put(Row::Grid(grid), 0);
            if !std::mem::replace(&mut others_drawn, true) {
                (1..answer.seeds.len()).for_each(|other| put(Row::Other(other), other));
            }
        }
        // What is on its way replaces row by row what was there, so that nothing flickers while a seed is dragged.
        let growing = at.is_none() && !answer.progress.done && answer.error.is_none();
        old.retain(|(_, of), _| *of != slot || growing);
        old.iter_mut().filter(|((_, of), _)| *of == slot).for_each(|(_, held)| held.old = true);
        self.strips.extend(old);
    }

    /// Pictures of a row, for export: those of every slot that has some.
    pub fn rows(&self) -> impl Iterator<Item = (Row, usize, &Strip)> {
        self.strips.iter().filter(|(_, held)| !held.old).map(|((row, slot), held)| (*row, *slot, &held.strip))
    }

    /// Draws the sheet; a seed that the user wants to look at.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) -> Option<seed::Seed> {
        let slots: Vec<usize> = (0..SIDES).filter(|&slot| self.seen[slot].is_some()).collect();
        let copies = self.seen.iter().flatten().map(|(answer, _)| answer.copies).max().unwrap_or(1);
        let grids = self.grids(model);
        let others =
            self.seen.iter().flatten().map(|(answer, _)| answer.seeds.len().saturating_sub(1)).max().unwrap_or(0);
        let fit = Fit::with_others(ui.available_size(), slots.len(), copies, grids.saturating_sub(1), others);
        let here = self.seen.iter().flatten().next().and_then(|(answer, at)| Some(answer.steps.get((*at)?)?.grid));
        let all = self.seen.iter().flatten().flat_map(|(answer, _)| &answer.spread);
        let moved_to = here.filter(|_| here != self.moving);
        let view = View { slots: &slots, fit, scale: spread::scale(all), moved_to };
        self.moving = here;
        let mut chosen = None;
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            for grid in 0..grids {
                self.grid_row(ui, model, grid, &view);
            }
            chosen = self.other_rows(ui, model, &slots, fit);
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.y = 1.0;
            for text in [words::WITHIN, words::BETWEEN, words::MS_SSIM] {
                ui.small(text);
            }
        });
        chosen
    }

    fn grids(&self, model: &Model) -> usize {
        let drawn = self.seen.iter().flatten().map(|(answer, _)| answer.grids.len().max(last_grid(answer) + 1));
        drawn.max().unwrap_or(0).max(model.frame.grids.len())
    }

    /// The side of a grid's images, as the pictures say or else the run.
    fn side(&self, model: &Model, grid: usize) -> Option<usize> {
        let drawn = self.seen.iter().flatten().find_map(|(answer, _)| Some(pictures_at(answer, None, grid)?.side));
        drawn.or_else(|| model.frame.grids.get(grid).map(|grid| grid.side))
    }

    fn grid_row(&mut self, ui: &mut Ui, model: &Model, grid: usize, view: &View<'_>) {
        let &View { slots, fit, scale, .. } = view;
        let side = self.side(model, grid);
        let name = side.map(format::side).unwrap_or_default();
        let height = if grid == 0 { SEED_ROW } else { fit.row() };
        let colour = (grid > 0).then(|| model.colours.of(side.unwrap_or(1), ui.visuals().dark_mode));
        // Both grow from the same 1×1 image.
        let slots = if grid == 0 && !fit.beside { &slots[..slots.len().min(1)] } else { slots };
        for group in slots.chunks(if fit.beside { SIDES } else { 1 }) {
            let size = vec2(ui.available_width(), height + BETWEEN_ROWS);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            self.bring_into_view(ui, rect, grid, view);
            if !ui.is_rect_visible(rect) {
                continue;
            }
            let letter = if slots.len() > group.len() { group.first().map_or("", |&slot| LETTERS[slot]) } else { "" };
            row_name(ui, rect, &name, letter, colour);
            for (place, &slot) in group.iter().enumerate() {
                let (_, strip, numbers) = fit.places(rect, place, height);
                let of = if slots.len() > 1 { format!("{name} {}", LETTERS[slot]) } else { name.clone() };
                if grid == 0 {
                    self.seed_strip(ui, strip, slot, if group.len() > 1 { LETTERS[slot] } else { "" });
                    continue;
                }
                self.strip(ui, strip, (Row::Grid(grid), slot), fit, (&of, Color32::WHITE, model.frame.range));
                let spreads = self.seen[slot].as_ref().map(|(answer, _)| &answer.spread);
                if let Some(spread) = spreads.and_then(|all| all.iter().find(|spread| Some(spread.side) == side)) {
                    spread::ui(ui, numbers, &of, spread, scale);
                }
            }
        }
    }

    /// Shows the grid that is drawn for the first time, and the one that chains have come to while they play.
    fn bring_into_view(&mut self, ui: &Ui, row: Rect, grid: usize, view: &View<'_>) {
        let held = |slot: &usize| self.strips.get(&(Row::Grid(grid), *slot)).is_some_and(|held| !held.old);
        if (grid > self.shown && view.slots.iter().any(held)) || view.moved_to == Some(grid) {
            self.shown = self.shown.max(grid);
            ui.scroll_to_rect(row, None);
        }
    }

    /// The pictures of a row, or the place where they will be.
    fn strip(&self, ui: &Ui, rect: Rect, held: (Row, usize), fit: Fit, (of, tint, range): (&str, Color32, [f32; 2])) {
        match self.strips.get(&held) {
            Some(Held { strip, old }) => {
                let tint = if *old { tint.gamma_multiply(OLD) } else { tint };
                strip.ui(ui, rect, |at| fit.cell(rect, at), of, (tint, range));
            }
            None => {
                let well = Rect::from_min_size(rect.min, vec2(rect.width(), fit.side.min(rect.height())));
                ui.painter().rect_filled(well, 2.0, theme::palette(ui).well);
            }
        }
    }

    /// The 1×1 images of the seed: one colour, with the letter of its answer.
    fn seed_strip(&self, ui: &Ui, rect: Rect, slot: usize, letter: &str) {
        let seen = self.seen[slot].as_ref();
        if let Some(&[r, g, b]) = seen.and_then(|(answer, _)| answer.seeds.first()) {
            ui.painter().rect_filled(rect, 2.0, Color32::from_rgb(r, g, b));
            let bright = [r, g, b].iter().map(|&c| u32::from(c)).sum::<u32>() > 3 * 128;
            let ink = if bright { Color32::BLACK } else { Color32::WHITE };
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, letter, FontId::proportional(12.0), ink);
        }
    }

    fn other_rows(&self, ui: &mut Ui, model: &Model, slots: &[usize], fit: Fit) -> Option<seed::Seed> {
        let (answer, at) = self.seen.iter().flatten().next()?;
        let seeds = answer.seeds.get(1..).filter(|seeds| !seeds.is_empty())?;
        let drawn = (0..answer.grids.len().max(last_grid(answer) + 1)).rev();
        let side = drawn.filter_map(|grid| pictures_at(answer, *at, grid)).map(|pictures| pictures.side).next()?;
        ui.add_space(2.0);
        ui.small(format!("other seeds, drawn from p(0), at {}", format::side(side)));
        let mut chosen = None;
        for (index, &other) in seeds.iter().enumerate() {
            let size = vec2(ui.available_width(), fit.lines as f32 * (fit.side + GAP) + 1.0);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            for (place, &slot) in slots.iter().take(if fit.beside { SIDES } else { 1 }).enumerate() {
                let (_, strip, _) = fit.places(rect, place, size.y);
                let of = format!("seed {} at {}", seed::write(other), format::side(side));
                let tint = Color32::WHITE.gamma_multiply(DIM);
                self.strip(ui, strip, (Row::Other(index + 1), slot), fit, (&of, tint, model.frame.range));
            }
            let corner = Rect::from_min_size(rect.min, vec2(LABEL, 20.0));
            let mut place = ui.new_child(UiBuilder::new().max_rect(corner).id_salt(("other", index)));
            if seed::swatch(&mut place, other, false, &format!("Look at seed {}", seed::write(other))) {
                chosen = Some(other);
            }
        }
        chosen
    }
}

fn last_grid(answer: &DiversityAnswer) -> usize {
    answer.steps.last().map_or(0, |step| step.grid)
}

fn row_name(ui: &Ui, rect: Rect, name: &str, letter: &str, colour: Option<Color32>) {
    let palette = theme::palette(ui);
    let middle = rect.top() + 8.0;
    if let Some(colour) = colour {
        ui.painter().circle_filled(pos2(rect.left() + 4.0, middle), 3.0, colour);
    }
    let text = if letter.is_empty() { name.to_owned() } else { format!("{name} {letter}") };
    let at = pos2(rect.left() + 11.0, middle);
    ui.painter().text(at, Align2::LEFT_CENTER, text, FontId::proportional(11.5), palette.strong);
}
