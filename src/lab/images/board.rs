//! The thumbnails: a column for each grid, observed above synthesized.

use super::fit::{BETWEEN, COLUMN_GAP, ENERGIES, ENERGY_LINE, Fit, GUTTER, HEADING};
use super::menu::{self, Deed};
use super::order::Key;
use super::pick::{self, Pick, Row};
use super::zoom::within;
use crate::lab::atlas::Atlas;
use crate::lab::model::Model;
use crate::lab::{format, loupe, theme, views};
use crate::run::{Frame, GridFrame, Pictures};
use eframe::egui::{
    Align, Align2, Color32, FontId, Label, Layout, Mesh, PointerButton, Pos2, Rect, Response, RichText, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};
use std::collections::BTreeMap;

/// A column is at least as wide as the numbers under it.
const MIN_COLUMN: f32 = 58.0;

/// Which pictures an atlas holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Grid(Row, usize),
    Shown(String),
}

/// What the pointer did on a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gesture {
    /// Magnify by a factor at a place, 0 to 1 of the thumbnail each way.
    Magnify(Vec2, f32),
    /// Move by a share of the thumbnail.
    Pan(Vec2),
    /// See all of it again.
    Reset,
    Choose(Pick),
    /// A menu opens for this picture.
    Menu(Pick),
    /// Chosen from the menu.
    Do(Deed),
}

/// What is drawn, and how.
pub struct Board<'a> {
    pub frame: &'a Frame,
    pub atlases: &'a BTreeMap<Source, Option<Atlas>>,
    pub fit: Fit,
    /// The part of every picture that is seen.
    pub part: Rect,
    /// Indices of the observed and of the synthesized pictures in their order.
    pub orders: &'a [Vec<usize>; 2],
    /// What is written below each thumbnail: score or energy.
    pub caption: Option<Key>,
    /// The picture in the inspector.
    pub chosen: Option<Pick>,
    /// The run has ended.
    pub over: bool,
}

/// One block while it is drawn.
struct Block<'a> {
    row: Row,
    grid: usize,
    rect: Rect,
    pictures: &'a Pictures,
    atlas: &'a Atlas,
    /// Indices of the pictures that are drawn, place by place.
    indices: Vec<usize>,
}

impl Board<'_> {
    /// Draws all columns; what the pointer did on them.
    pub fn ui(&self, ui: &mut Ui, model: &Model) -> Option<Gesture> {
        let mut gesture = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(COLUMN_GAP, 0.0);
            row_names(ui, self.fit);
            for (index, grid) in self.frame.grids.iter().enumerate() {
                let colour = model.colours.of(grid.side, ui.visuals().dark_mode);
                gesture = gesture.or(self.column(ui, index, grid, colour));
            }
            for (name, pictures) in &self.frame.shown {
                self.shown(ui, name, pictures);
            }
            self.frame.charts.iter().for_each(|chart| views::chart(ui, chart));
        });
        gesture
    }

    fn column(&self, ui: &mut Ui, index: usize, grid: &GridFrame, colour: Color32) -> Option<Gesture> {
        let mut gesture = None;
        ui.vertical(|ui| {
            ui.set_min_width(MIN_COLUMN);
            heading(ui, &format::side(grid.side), (index > 0).then_some(colour));
            for row in Row::BOTH {
                ui.add_space(if row == Row::Observed { 0.0 } else { BETWEEN });
                gesture = gesture.or(self.block(ui, row, index, row.of(grid)));
            }
            ui.add_space(6.0);
            if let Some(update) = &grid.update {
                energy(ui, update.observed_energy, self.fit);
                energy(ui, update.synthesized_energy, self.fit);
            }
        });
        gesture
    }

    fn place(&self, rect: Rect, at: usize) -> Rect {
        let across = self.fit.across;
        let corner = vec2((at % across) as f32, (at / across) as f32) * self.fit.cell();
        Rect::from_min_size(rect.min + corner, Vec2::splat(self.fit.side))
    }

    fn block(&self, ui: &mut Ui, row: Row, grid: usize, pictures: &Pictures) -> Option<Gesture> {
        let (_, rect) = ui.allocate_space(self.fit.size());
        let Some(atlas) = self.atlases.get(&Source::Grid(row, grid)).and_then(Option::as_ref) else {
            empty(ui, rect, self.fit);
            return None;
        };
        let response = ui.interact(rect, ui.scope_id().with(("block", row, grid)), Sense::click_and_drag());
        let order = self.orders[row as usize].iter().copied().filter(|&index| index < atlas.count);
        let indices: Vec<usize> = order.take(self.fit.across * self.fit.down).collect();
        let title = Pick { row, grid, index: 0 }.title(self.frame);
        let label = format!("{title}, {} images", indices.len());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
        let block = Block { row, grid, rect, pictures, atlas, indices };
        if ui.is_rect_visible(rect) {
            self.paint(ui, &block);
        }
        self.gesture(ui, &response, &block, &title)
    }

    fn paint(&self, ui: &Ui, block: &Block<'_>) {
        let palette = theme::palette(ui);
        let mut mesh = Mesh::with_texture(block.atlas.id());
        for (at, &index) in block.indices.iter().enumerate() {
            let uv = within(block.atlas.uv(index), self.part);
            mesh.add_rect_with_uv(self.place(block.rect, at), uv, Color32::WHITE);
        }
        ui.painter().add(mesh);
        if let Some(chosen) = self.chosen.filter(|chosen| chosen.row == block.row)
            && let Some(at) = block.indices.iter().position(|&index| index == chosen.index)
        {
            let width = if chosen.grid == block.grid { 2.0 } else { 1.0 };
            let stroke = Stroke::new(width, palette.ember);
            ui.painter().rect_stroke(self.place(block.rect, at), 1.0, stroke, StrokeKind::Outside);
        }
        let Some((key, grid)) = self.caption.zip(self.frame.grids.get(block.grid)) else {
            return;
        };
        let scores = block.row.scores(grid);
        for (at, &index) in block.indices.iter().enumerate() {
            let Some(&score) = scores.get(index) else {
                continue;
            };
            let place = self.place(block.rect, at);
            let text = format::number(f64::from(key.of(score)));
            // Five digits and a sign fit below the smallest thumbnails.
            let font = FontId::monospace((place.width() / 4.2).clamp(5.0, 9.5));
            ui.painter().text(place.center_bottom() + vec2(0.0, 1.0), Align2::CENTER_TOP, text, font, palette.weak);
        }
    }

    fn gesture(&self, ui: &Ui, response: &Response, block: &Block<'_>, title: &str) -> Option<Gesture> {
        let at = |pointer: Pos2| (0..block.indices.len()).find(|&at| self.place(block.rect, at).contains(pointer));
        let pick = |at: usize| Pick { row: block.row, grid: block.grid, index: block.indices[at] };
        let pressed = response.interact_pointer_pos().map(at);
        let mut gesture = None;
        if response.double_clicked() {
            gesture = Some(Gesture::Reset);
        } else if response.clicked() {
            // A click without a pointer, by key, takes the first picture.
            gesture = pressed.unwrap_or((!block.indices.is_empty()).then_some(0)).map(pick).map(Gesture::Choose);
        } else if response.secondary_clicked() {
            gesture = pressed.flatten().map(pick).map(Gesture::Menu);
        } else if response.dragged_by(PointerButton::Primary) && response.drag_delta() != Vec2::ZERO {
            gesture = Some(Gesture::Pan(response.drag_delta() / self.fit.side));
        }
        response.context_menu(|ui| gesture = menu::ui(ui, self.over).map(Gesture::Do).or(gesture));
        let hovered = response.hover_pos().filter(|_| !response.dragged() && !response.context_menu_opened());
        let Some((pointer, at)) = hovered.and_then(|pointer| Some((pointer, at(pointer)?))) else {
            return gesture;
        };
        let share = (pointer - self.place(block.rect, at).min) / self.fit.side;
        let factor = ui.input(|input| input.zoom_delta());
        if factor != 1.0 {
            gesture = Some(Gesture::Magnify(share, factor));
        }
        self.loupe(ui, response, block, title, pick(at), share);
        gesture
    }

    fn loupe(&self, ui: &Ui, response: &Response, block: &Block<'_>, title: &str, pick: Pick, share: Vec2) {
        let within = self.part.min.to_vec2() + share * self.part.size();
        let (count, range) = (block.atlas.count, self.frame.range);
        let view = loupe::View { title, at: pick.index, count, within, range };
        let lines: Vec<String> = pick.score(self.frame).map(pick::words).into_iter().collect();
        loupe::show_part(ui, response, block.atlas, block.pictures, &view, self.part, &lines);
    }

    /// Pictures a recipe shows: as they are, whole and on the fixed range.
    fn shown(&self, ui: &mut Ui, name: &str, pictures: &Pictures) {
        ui.vertical(|ui| {
            ui.set_min_width(MIN_COLUMN);
            heading(ui, name, None);
            let fit = Fit { down: self.fit.down * 2, ..self.fit };
            let (rect, response) = ui.allocate_exact_size(fit.size(), Sense::hover());
            let Some(atlas) = self.atlases.get(&Source::Shown(name.to_owned())).and_then(Option::as_ref) else {
                return empty(ui, rect, fit);
            };
            let drawn = atlas.count.min(fit.across * fit.down);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name}, {drawn} images")));
            let mut mesh = Mesh::with_texture(atlas.id());
            for at in 0..drawn {
                mesh.add_rect_with_uv(self.place(rect, at), atlas.uv(at), Color32::WHITE);
            }
            ui.painter().add(mesh);
            let Some(pointer) = response.hover_pos() else {
                return;
            };
            if let Some(at) = (0..drawn).find(|&at| self.place(rect, at).contains(pointer)) {
                let within = (pointer - self.place(rect, at).min) / fit.side;
                let view = loupe::View { title: name, at, count: atlas.count, within, range: self.frame.range };
                loupe::show(ui, &response, atlas, pictures, &view);
            }
        });
    }
}

fn empty(ui: &Ui, rect: Rect, fit: Fit) {
    let well = Rect::from_min_size(rect.min, Vec2::splat(fit.side));
    ui.painter().rect_filled(well, 2.0, theme::palette(ui).well);
}

/// Names the rows, left of the first column.
fn row_names(ui: &mut Ui, fit: Fit) {
    let block = fit.size().y;
    let height = HEADING + 2.0 * block + BETWEEN + ENERGIES;
    let (rect, _) = ui.allocate_exact_size(vec2(GUTTER - COLUMN_GAP, height), Sense::hover());
    let palette = theme::palette(ui);
    let write = |y: f32, text: &str| {
        let at = pos2(rect.right(), rect.top() + y);
        let font = FontId::proportional(11.0);
        ui.painter().text(at, Align2::RIGHT_TOP, text, font, palette.weak);
    };
    write(HEADING, "observed");
    write(HEADING + block + BETWEEN, "synthesized");
    let energies = height - ENERGIES + 6.0;
    write(energies, "E observed");
    write(energies + ENERGY_LINE, "E synth.");
}

fn heading(ui: &mut Ui, text: &str, colour: Option<Color32>) {
    let size = vec2(ui.available_width().clamp(1.0, MIN_COLUMN), HEADING);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        if let Some(colour) = colour {
            let (dot, _) = ui.allocate_exact_size(Vec2::splat(7.0), Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, colour);
        }
        ui.add(Label::new(RichText::new(text).strong()).extend().selectable(false));
    });
}

fn energy(ui: &mut Ui, value: f64, fit: Fit) {
    let text = RichText::new(format::number(value)).font(theme::numbers());
    let size = vec2(fit.size().x.max(MIN_COLUMN), ENERGY_LINE);
    let right = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(size, right, |ui| {
        ui.set_width(size.x);
        ui.add(Label::new(text).extend().selectable(false))
            .on_hover_text("Mean energy of the last update: low energy = likely");
    });
}
