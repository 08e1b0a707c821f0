//! The images panel: a column for each grid, observed above synthesized, on one fixed scale unless the user wants another;
//! and an inspector of the picture that is clicked.

mod board;
mod contrast;
mod export;
mod fit;
mod inspector;
mod menu;
mod order;
mod pick;
mod scene;
mod toolbar;
mod zoom;

pub use zoom::within;

use super::action::Action;
use super::asks::Asks;
use super::atlas::{Atlas, Look};
use super::layout::Pane;
use super::model::Model;
use crate::run::Frame;
use board::{Board, Gesture, Source};
use contrast::{Contrast, Tone};
use eframe::egui::{self, PointerButton, Pos2, ScrollArea, Ui};
use fit::Fit;
use inspector::Inspector;
use menu::Deed;
use order::{Key, Order};
use pick::{Pick, Row};
use scene::Scene;
use std::collections::BTreeMap;
use std::sync::Arc;
use zoom::Zoom;

/// How near the two clicks of a double click lie, in points.
const SAME_PLACE: f32 = 6.0;

/// How pictures are looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Looks {
    /// Side of a thumbnail in points.
    thumbnail: f32,
    zoom: Zoom,
    contrast: Contrast,
    /// Pixels blend into each other.
    smooth: bool,
    order: Order,
    /// What is written below each thumbnail.
    caption: Option<Key>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            thumbnail: fit::THUMBNAIL,
            zoom: Zoom::default(),
            contrast: Contrast::default(),
            smooth: false,
            order: Order::default(),
            caption: None,
        }
    }
}

/// What textures were made of; they are made again when it changes.
#[derive(Clone)]
struct Stamp {
    frame: Arc<Frame>,
    contrast: Contrast,
    smooth: bool,
    order: Order,
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.frame, &other.frame)
            && (self.contrast, self.smooth, self.order) == (other.contrast, other.smooth, other.order)
    }
}

/// The panel's own state.
#[derive(Default)]
pub struct Images {
    atlases: BTreeMap<Source, Option<Atlas>>,
    stamp: Option<Stamp>,
    tone: Option<Tone>,
    /// Indices of the observed and of the synthesized pictures in their order.
    orders: [Vec<usize>; 2],
    looks: Looks,
    inspector: Inspector,
    /// The picture whose menu is open.
    menu: Option<Pick>,
    /// Where a picture was clicked last: the inspector may open over it before the second click of two.
    clicked: Option<Pos2>,
}

impl Images {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        let frame = Arc::clone(&model.frame);
        self.refresh(ui.ctx(), &frame);
        let room = ui.max_rect();
        toolbar::ui(ui, &mut self.looks, &frame);
        if frame.grids.is_empty() {
            ui.centered_and_justified(|ui| ui.weak("No pictures yet: the run is preparing its data."));
            return;
        }
        let most = self.atlases.values().flatten().map(|atlas| atlas.count).max().unwrap_or(1);
        let columns = frame.grids.len() + frame.shown.len();
        let caption = if self.looks.caption.is_some() { fit::CAPTION } else { 0.0 };
        let board = Board {
            frame: &frame,
            atlases: &self.atlases,
            fit: Fit::new(ui.available_size(), columns, self.looks.thumbnail, most, caption),
            part: self.looks.zoom.part(),
            orders: &self.orders,
            caption: self.looks.caption,
            chosen: self.inspector.chosen(),
            over: model.over(),
        };
        let across = board.fit.across;
        let area = ScrollArea::both().auto_shrink([false, false]);
        if let Some(gesture) = area.show(ui, |ui| board.ui(ui, model)).inner {
            self.take(ui.ctx(), gesture, &frame, model, asks);
        }
        if self.clicked_again(ui.ctx()) {
            self.show_all();
        }
        let tone = self.tone.clone().unwrap_or(Tone::Fixed);
        let desk = inspector::Desk { orders: &self.orders, across, room, tone };
        self.inspector.ui(ui.ctx(), &mut self.looks, desk, model, asks);
    }

    /// Makes textures and orders anew when there is a new frame or another way to look at it.
    fn refresh(&mut self, ctx: &egui::Context, frame: &Arc<Frame>) {
        let Looks { contrast, smooth, order, .. } = self.looks;
        let stamp = Stamp { frame: Arc::clone(frame), contrast, smooth, order };
        if self.stamp.as_ref() == Some(&stamp) {
            return;
        }
        let tone = contrast.tone(frame);
        let mut old = std::mem::take(&mut self.atlases);
        for (at, grid) in frame.grids.iter().enumerate() {
            for row in Row::BOTH {
                let source = Source::Grid(row, at);
                let mut slot = old.remove(&source).flatten();
                let look = Look { smooth, table: &|rgba| tone.table(rgba) };
                Atlas::fill_as(&mut slot, ctx, &format!("{source:?}"), row.of(grid), &look);
                self.atlases.insert(source, slot);
            }
        }
        for (name, pictures) in &frame.shown {
            let source = Source::Shown(name.clone());
            let mut slot = old.remove(&source).flatten();
            Atlas::fill(&mut slot, ctx, name, pictures);
            self.atlases.insert(source, slot);
        }
        self.orders = Row::BOTH.map(|row| order.arrange(frame, row));
        (self.tone, self.stamp) = (Some(tone), Some(stamp));
    }

    fn take(&mut self, ctx: &egui::Context, gesture: Gesture, frame: &Arc<Frame>, model: &mut Model, asks: &mut Asks) {
        match gesture {
            Gesture::Magnify(place, factor) => self.looks.zoom.magnify(place, factor),
            Gesture::Pan(by) => self.looks.zoom.pan(by),
            Gesture::Reset => self.show_all(),
            Gesture::Choose(pick) => {
                self.clicked = ctx.input(|input| input.pointer.interact_pos());
                self.inspector.choose(pick);
            }
            Gesture::Menu(pick) => self.menu = Some(pick),
            Gesture::Do(deed) => {
                if let Some(pick) = self.menu {
                    self.enact(ctx, deed, pick, frame, model, asks);
                }
            }
        }
    }

    /// Whether two clicks hit the same place, of which the first was on a picture.
    fn clicked_again(&self, ctx: &egui::Context) -> bool {
        let twice = ctx.input(|input| {
            let twice = input.pointer.button_double_clicked(PointerButton::Primary);
            input.pointer.interact_pos().filter(|_| twice)
        });
        self.clicked.zip(twice).is_some_and(|(first, second)| first.distance(second) < SAME_PLACE)
    }

    /// Shows all of every picture. The first of the two clicks chose a picture only on the way.
    fn show_all(&mut self) {
        if !self.looks.zoom.is_whole() {
            self.inspector.choose_as_before();
        }
        self.looks.zoom = Zoom::default();
    }

    fn enact(
        &mut self,
        ctx: &egui::Context,
        deed: Deed,
        pick: Pick,
        frame: &Arc<Frame>,
        model: &mut Model,
        asks: &mut Asks,
    ) {
        let tone = self.tone.as_ref().unwrap_or(&Tone::Fixed);
        let scene = Scene { frame, contrast: &self.looks.contrast, tone };
        match deed {
            Deed::Inspect => self.inspector.choose(pick),
            Deed::Pin => self.inspector.pin(pick),
            Deed::Play => self.inspector.play(pick, model, asks),
            Deed::Copy => scene.copy(ctx, pick),
            Deed::Save => asks.errands.extend(scene.save(pick)),
            Deed::SaveBlock => {
                asks.errands.extend(scene.save_block(pick.row, pick.grid, &self.orders[pick.row as usize]));
            }
            Deed::Grow => {
                model.seed = pick.seed(frame);
                asks.actions.push(Action::Show(Pane::Diversity));
            }
            Deed::Fill => {
                model.to_fill = pick.finest(frame).picture(frame).map(Arc::new);
                asks.actions.push(Action::Show(Pane::Inpainting));
            }
        }
    }
}
