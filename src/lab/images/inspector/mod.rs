//! The inspector: one image large, at every grid, and the tools that look at it closely.

mod difference;
mod nearest;
mod playback;
mod scrubber;
mod view;

use super::pick::{self, Pick, Row};
use super::scene::Scene;
use super::{Looks, Tone, toolbar};
use crate::lab::asks::Asks;
use crate::lab::atlas::{Atlas, Look};
use crate::lab::model::Model;
use crate::lab::{format, loupe, theme};
use crate::run::{DiversityAnswer, Frame, Pictures};
use difference::Difference;
use eframe::egui::{Button, Context, Id, Key, Label, Modifiers, Rect, RichText, ScrollArea, Ui, Window, vec2};
use nearest::Nearest;
use playback::{Drawing, PLAYBACK, Playback};
use std::sync::Arc;

/// Side of the large picture in points.
const LARGE: f32 = 224.0;
/// Least and largest side of the pictures in the row of all grids.
const CELL: std::ops::RangeInclusive<f32> = 40.0..=96.0;

/// What looks closely at the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Nearest,
    Difference,
    Playback,
}

/// What the panel lends the inspector.
pub struct Desk<'a> {
    /// Indices of the observed and of the synthesized pictures in their order.
    pub orders: &'a [Vec<usize>; 2],
    /// Thumbnails in a row of a block.
    pub across: usize,
    /// Where the panel is.
    pub room: Rect,
    pub tone: Tone,
}

/// What the inspector's pictures were made of.
#[derive(Clone, PartialEq)]
struct Made {
    picture: Vec<Option<Pictures>>,
    tone: Tone,
    smooth: bool,
}

/// The inspector's own state.
#[derive(Default)]
pub struct Inspector {
    chosen: Option<Pick>,
    /// What was chosen before.
    before: Option<Pick>,
    /// The frame that is kept while the run goes on, and how it is drawn.
    held: Option<Arc<Frame>>,
    /// The image at every grid.
    row: Vec<Option<Atlas>>,
    made: Option<Made>,
    tool: Option<Tool>,
    nearest: Nearest,
    difference: Difference,
    playback: Playback,
}

impl Inspector {
    /// The picture that is inspected.
    #[must_use]
    pub fn chosen(&self) -> Option<Pick> {
        self.chosen
    }

    /// Shows a picture.
    pub fn choose(&mut self, pick: Pick) {
        self.before = self.chosen.replace(pick);
    }

    /// Undoes the last choice.
    pub fn choose_as_before(&mut self) {
        self.chosen = self.before;
    }

    /// Keeps an image to compare others with.
    pub fn pin(&mut self, pick: Pick) {
        self.difference.pin(pick);
        self.tool = Some(Tool::Difference);
        self.choose(pick);
    }

    /// Plays a chain that grows from a picture's 1×1 version.
    pub fn play(&mut self, pick: Pick, model: &Model, asks: &mut Asks) {
        self.playback.ask(pick, &model.frame, chain(model), asks);
        self.tool = Some(Tool::Playback);
        self.choose(pick);
    }

    /// Draws the inspector, when a picture is chosen.
    pub fn ui(&mut self, ctx: &Context, looks: &mut Looks, desk: Desk<'_>, model: &Model, asks: &mut Asks) {
        let Some(pick) = self.chosen else {
            return;
        };
        let held = self.held.clone();
        let frame = held.as_ref().unwrap_or(&model.frame);
        // The pyramid may have lost the grid since.
        let within = |pick: Pick| Pick { grid: pick.grid.min(frame.grids.len().saturating_sub(1)), ..pick };
        let mut open = !self.keys(ctx, &desk, within(pick));
        let pick = within(self.chosen.unwrap_or(pick));
        // A held frame is drawn by its own values.
        let tone = if held.is_some() { looks.contrast.tone(frame) } else { desk.tone };
        self.refresh(ctx, pick, frame, &tone, looks.smooth);
        let title = format!("Image {} · {}", pick.index + 1, pick.title(frame));
        let window = Window::new(title)
            .id(Id::unique("inspector"))
            .default_pos(desk.room.left_bottom() + vec2(6.0, 12.0))
            .default_size(vec2(700.0, 300.0))
            .min_width(560.0)
            .resizable([true, false])
            .collapsible(false)
            .open(&mut open);
        window.show(ctx, |ui| {
            let scene = Scene { frame, contrast: &looks.contrast.clone(), tone: &tone };
            self.image(ui, pick, scene, looks, model, asks);
            self.tool(ui, pick, scene, looks, model, asks);
        });
        if !open {
            (self.chosen, self.held) = (None, None);
        }
    }

    /// Goes to a neighbour by the arrow keys; true when the inspector is closed by Escape.
    fn keys(&mut self, ctx: &Context, desk: &Desk<'_>, pick: Pick) -> bool {
        let busy = ctx.memory(|memory| memory.focused().is_some() || memory.top_modal_layer().is_some());
        if busy || ctx.any_popup_open() {
            return false;
        }
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let across = desk.across as isize;
        let moves = [(Key::ArrowLeft, -1), (Key::ArrowRight, 1), (Key::ArrowUp, -across), (Key::ArrowDown, across)];
        for (key, by) in moves {
            if pressed(key) {
                self.go(&desk.orders[pick.row as usize], pick, by);
            }
        }
        pressed(Key::Escape)
    }

    /// Goes on by so many places in the order; stays at its ends.
    fn go(&mut self, order: &[usize], pick: Pick, by: isize) {
        let at = order.iter().position(|&index| index == pick.index).unwrap_or_default();
        let next = at.checked_add_signed(by).and_then(|next| order.get(next));
        if let Some(&index) = next {
            self.chosen = Some(Pick { index, ..pick });
        }
    }

    fn refresh(&mut self, ctx: &Context, pick: Pick, frame: &Frame, tone: &Tone, smooth: bool) {
        let picture = (0..frame.grids.len()).map(|grid| Pick { grid, ..pick }.picture(frame)).collect();
        let made = Made { picture, tone: tone.clone(), smooth };
        if self.made.as_ref() == Some(&made) {
            return;
        }
        self.row.resize_with(made.picture.len(), || None);
        let look = Look { smooth, table: &|rgba| tone.table(rgba) };
        for (slot, picture) in self.row.iter_mut().zip(&made.picture) {
            let none = Pictures::default();
            Atlas::fill_as(slot, ctx, "inspector", picture.as_ref().unwrap_or(&none), &look);
        }
        self.made = Some(made);
    }

    /// The picture large, and beside it what is known of it, the image at every grid, and the tools.
    fn image(&mut self, ui: &mut Ui, pick: Pick, scene: Scene<'_>, looks: &mut Looks, model: &Model, asks: &mut Asks) {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| self.large(ui, pick, scene.frame, looks));
            ui.vertical(|ui| {
                self.heading(ui, pick, scene.frame);
                ui.horizontal(|ui| numbers(ui, pick, scene));
                self.grids(ui, pick, scene.frame, looks);
                save(ui, pick, scene, asks);
                self.tools(ui, pick, scene.frame, model, asks);
            });
        });
    }

    fn large(&mut self, ui: &mut Ui, pick: Pick, frame: &Frame, looks: &mut Looks) {
        let atlas = self.row.get(pick.grid).and_then(Option::as_ref);
        let response = view::ui(ui, atlas, 0, LARGE, &mut looks.zoom, "The picture, large");
        let made = self.made.as_ref().and_then(|made| made.picture.get(pick.grid)?.as_ref());
        let pointed = view::share(&response, response.rect).zip(made);
        let text = pointed.map(|(share, picture)| {
            let part = looks.zoom.part();
            let within = part.min.to_vec2() + share * part.size();
            let view = loupe::View { title: "", at: 0, count: 1, within, range: frame.range };
            loupe::mark(ui, response.rect, part, picture, &view)
        });
        let text = text.unwrap_or_else(|| "point at a pixel to read it".to_owned());
        ui.add(Label::new(RichText::new(text).font(theme::numbers()).weak()).selectable(false));
    }

    fn heading(&mut self, ui: &mut Ui, pick: Pick, frame: &Arc<Frame>) {
        ui.horizontal(|ui| {
            for row in Row::BOTH {
                if ui.selectable_label(pick.row == row, row.name()).clicked() {
                    self.chosen = Some(Pick { row, ..pick });
                }
            }
            let count = frame.grids.get(pick.grid).map_or(0, |grid| pick.row.of(grid).count);
            ui.weak(format!("{} of {count}", pick.index + 1)).on_hover_text("Arrow keys go to the neighbours");
            let mut held = self.held.is_some();
            let tip = "Keep this picture while the run goes on";
            if ui.checkbox(&mut held, "hold").on_hover_text(tip).changed() {
                self.held = held.then(|| Arc::clone(frame));
            }
            if self.held.is_some() {
                ui.colored_label(theme::palette(ui).warn, format!("held at {}", format::count(frame.iteration)));
            }
        });
    }

    /// The image at every grid, coarse to fine.
    fn grids(&mut self, ui: &mut Ui, pick: Pick, frame: &Frame, looks: &mut Looks) {
        let count = self.row.len().max(1) as f32;
        let side = (ui.available_width() / count - 6.0).clamp(*CELL.start(), *CELL.end()).floor();
        let area = ScrollArea::horizontal().id_salt("all grids").auto_shrink([false, true]);
        area.show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                for (grid, atlas) in self.row.iter().enumerate() {
                    let this = Pick { grid, ..pick };
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 3.0;
                        let name = format::side(frame.grids.get(grid).map_or(0, |grid| grid.side));
                        let text = RichText::new(&name).small();
                        ui.add(
                            Label::new(if grid == pick.grid { text.strong() } else { text.weak() })
                                .extend()
                                .selectable(false),
                        );
                        let label = format!("{name}, the same image");
                        let response = view::ui(ui, atlas.as_ref(), 0, side, &mut looks.zoom, &label);
                        if grid == pick.grid {
                            view::outline(ui, response.rect);
                        }
                        if response.clicked() {
                            self.chosen = Some(this);
                        }
                        let energy = this.score(frame).map(|score| format::number(f64::from(score.energy)));
                        let text = RichText::new(energy.unwrap_or_default()).font(theme::numbers()).size(10.0).weak();
                        ui.add(Label::new(text).extend().selectable(false))
                            .on_hover_text("Energy as of the last update");
                    });
                }
            });
        });
    }

    fn tools(&mut self, ui: &mut Ui, pick: Pick, frame: &Frame, model: &Model, asks: &mut Asks) {
        ui.horizontal(|ui| {
            for (tool, name, needs) in [
                (Tool::Nearest, "Nearest training image", true),
                (Tool::Difference, "Difference", false),
                (Tool::Playback, "Play the chain", true),
            ] {
                let open = self.tool == Some(tool);
                let button = Button::selectable(open, name);
                let response = ui.add_enabled(!(needs && model.over()), button);
                if !response.on_disabled_hover_text("The run has ended").clicked() {
                    continue;
                }
                self.tool = (!open).then_some(tool);
                match tool {
                    _ if open => {}
                    Tool::Nearest => self.nearest.ask(pick, frame, model.answers.nearest.as_ref(), asks),
                    Tool::Playback => self.playback.ask(pick, frame, chain(model), asks),
                    Tool::Difference => {}
                }
            }
        });
    }

    fn tool(&mut self, ui: &mut Ui, pick: Pick, scene: Scene<'_>, looks: &mut Looks, model: &Model, asks: &mut Asks) {
        let answer = model.answers.nearest.as_ref();
        ui.add_space(4.0);
        match self.tool {
            None => {}
            Some(Tool::Nearest) => {
                let asked = self.nearest.ui(ui, pick, answer, &mut looks.zoom);
                if asked {
                    self.nearest.ask(pick, scene.frame, answer, asks);
                }
            }
            Some(Tool::Difference) => {
                let nearest = self.nearest.of(pick, answer);
                self.difference.ui(ui, pick, scene.frame, nearest, &mut looks.zoom);
            }
            Some(Tool::Playback) => {
                let dark = ui.visuals().dark_mode;
                let mut drawing = Drawing {
                    zoom: &mut looks.zoom,
                    contrast: scene.contrast,
                    tone: scene.tone,
                    smooth: looks.smooth,
                    range: scene.frame.range,
                    colour: &|side| model.colours.of(side, dark),
                };
                if self.playback.ui(ui, chain(model), &mut drawing, asks) {
                    let pick = self.playback.pick().unwrap_or(pick);
                    self.playback.ask(pick, scene.frame, chain(model), asks);
                }
            }
        }
    }
}

/// The chain that the probe has drawn for the player.
fn chain(model: &Model) -> Option<&Arc<DiversityAnswer>> {
    model.answers.diversity.get(PLAYBACK).and_then(Option::as_ref)
}

/// Score and energy, and what must be said of the contrast.
fn numbers(ui: &mut Ui, pick: Pick, scene: Scene<'_>) {
    match pick.score(scene.frame) {
        Some(score) => {
            let text = RichText::new(pick::words(score)).font(theme::numbers());
            ui.label(text).on_hover_text("As of the last update of this grid. Low energy = likely");
        }
        None => {
            ui.weak("no score yet");
        }
    }
    if let Some(note) = scene.contrast.note(scene.frame.range) {
        toolbar::warning(ui, &note);
    }
}

fn save(ui: &mut Ui, pick: Pick, scene: Scene<'_>, asks: &mut Asks) {
    ui.horizontal(|ui| {
        if ui.button("Copy").on_hover_text("To the clipboard, enlarged with square pixels").clicked() {
            scene.copy(ui.ctx(), pick);
        }
        if ui.button("Save picture …").on_hover_text("As PNG, pixel for pixel").clicked() {
            asks.errands.extend(scene.save(pick));
        }
        if ui.button("Save row …").on_hover_text("This image at every grid, as one PNG").clicked() {
            asks.errands.push(scene.save_row(pick));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_those_of_the_order_and_end_with_it() {
        let mut inspector = Inspector::default();
        let order = [4, 0, 2];
        let pick = |index| Pick { row: Row::Synthesized, grid: 1, index };
        inspector.choose(pick(4));
        for (from, by, to) in [(4, 1, 0), (0, 1, 2), (2, 1, 2), (2, -2, 4), (4, -1, 4)] {
            inspector.go(&order, pick(from), by);
            assert_eq!(inspector.chosen(), Some(pick(to)), "{from} by {by}");
        }
    }
}
