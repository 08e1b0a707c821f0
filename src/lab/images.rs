//! The images panel: a column for each grid, observed above synthesized, on one fixed scale.

use super::asks::Asks;
use super::atlas::Atlas;
use super::model::Model;
use super::{format, loupe, theme, views};
use crate::run::{Frame, GridFrame, Pictures};
use eframe::egui::{
    self, Align, Align2, Color32, FontId, Label, Layout, Mesh, Rect, RichText, ScrollArea, Sense, Slider, Ui, Vec2,
    WidgetInfo, accesskit::Role, pos2, vec2,
};
use std::collections::BTreeMap;

/// Space between thumbnails, and between columns.
const GAP: f32 = 3.0;
const COLUMN_GAP: f32 = 8.0;
/// A column is at least as wide as the numbers under it.
const MIN_COLUMN: f32 = 58.0;
/// The names of the rows, left of the first column.
const GUTTER: f32 = 68.0;
const HEADING: f32 = 22.0;
const ENERGY_LINE: f32 = 16.0;
const ENERGIES: f32 = 2.0 * ENERGY_LINE + 6.0;
/// Space between observed and synthesized.
const BETWEEN: f32 = 8.0;
/// Side of a thumbnail at first: nine grids show two in a row in a window of the first size.
const THUMBNAIL: f32 = 38.0;

/// Which pictures an atlas holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Observed(usize),
    Synthesized(usize),
    Shown(String),
}

/// The panel's own state.
pub struct Images {
    atlases: BTreeMap<Source, Option<Atlas>>,
    uploaded: Option<u64>,
    /// Side of a thumbnail in points.
    thumbnail: f32,
}

impl Default for Images {
    fn default() -> Self {
        Self { atlases: BTreeMap::new(), uploaded: None, thumbnail: THUMBNAIL }
    }
}

/// How many thumbnails a block holds, and how large they are.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    across: usize,
    down: usize,
    side: f32,
}

impl Fit {
    /// Shares the room among `columns` of two blocks each; a block shows at least one thumbnail. Thumbnails are about
    /// as large as asked for: they grow or shrink a little where that fills the room.
    fn new(room: Vec2, columns: usize, thumbnail: f32, most: usize) -> Self {
        let most = most.max(1);
        let fitting = |length: f32| ((length + GAP) / (thumbnail + GAP)).round().max(1.0) as usize;
        let height = (room.y - HEADING - BETWEEN - ENERGIES - 8.0) / 2.0;
        let width = (room.x - GUTTER) / columns.max(1) as f32 - COLUMN_GAP;
        let down = fitting(height).min(most);
        let across = fitting(width).min(most.div_ceil(down));
        let down = down.min(most.div_ceil(across));
        let filling = |length: f32, count: usize| (length + GAP) / count as f32 - GAP;
        let side = filling(width, across).min(filling(height, down));
        Self { across, down, side: side.floor().clamp(0.7 * thumbnail, 3.0 * thumbnail) }
    }

    fn cell(&self) -> f32 {
        self.side + GAP
    }

    fn size(&self) -> Vec2 {
        vec2(self.across as f32, self.down as f32) * self.cell() - Vec2::splat(GAP)
    }
}

impl Images {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, _: &mut Asks) {
        let frame = &model.frame;
        self.upload(ui.ctx(), frame);
        self.toolbar(ui, frame);
        if frame.grids.is_empty() {
            ui.centered_and_justified(|ui| ui.weak("No pictures yet: the run is preparing its data."));
            return;
        }
        let most = self.atlases.values().flatten().map(|atlas| atlas.count).max().unwrap_or(1);
        let columns = frame.grids.len() + frame.shown.len();
        let fit = Fit::new(ui.available_size(), columns, self.thumbnail, most);
        ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = vec2(COLUMN_GAP, 0.0);
                row_names(ui, fit);
                for (index, grid) in frame.grids.iter().enumerate() {
                    let colour = model.colours.of(grid.side, ui.visuals().dark_mode);
                    self.grid_column(ui, frame, index, grid, colour, fit);
                }
                for (name, pictures) in &frame.shown {
                    self.shown_column(ui, frame, name, pictures, fit);
                }
                frame.charts.iter().for_each(|chart| views::chart(ui, chart));
            });
        });
    }

    fn upload(&mut self, ctx: &egui::Context, frame: &Frame) {
        if self.uploaded == Some(frame.number) {
            return;
        }
        self.uploaded = Some(frame.number);
        let grids = frame.grids.iter().enumerate().flat_map(|(at, grid)| {
            [(Source::Observed(at), &grid.observed), (Source::Synthesized(at), &grid.synthesized)]
        });
        let shown = frame.shown.iter().map(|(name, pictures)| (Source::Shown(name.clone()), pictures));
        let mut old = std::mem::take(&mut self.atlases);
        for (source, pictures) in grids.chain(shown) {
            let mut slot = old.remove(&source).flatten();
            Atlas::fill(&mut slot, ctx, &format!("{source:?}"), pictures);
            self.atlases.insert(source, slot);
        }
    }

    fn toolbar(&mut self, ui: &mut Ui, frame: &Frame) {
        ui.horizontal(|ui| {
            let [low, high] = frame.range;
            ui.weak(format!("drawn on the fixed range [{low}, {high}]"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let slider = Slider::new(&mut self.thumbnail, 16.0..=192.0).show_value(false).step_by(2.0);
                let size = ui.add(slider).on_hover_text("Size of the thumbnails");
                size.widget_info(|| WidgetInfo::slider(true, f64::from(self.thumbnail), "Thumbnail size"));
                ui.weak("size");
            });
        });
        ui.add_space(2.0);
    }

    fn grid_column(&self, ui: &mut Ui, frame: &Frame, index: usize, grid: &GridFrame, colour: Color32, fit: Fit) {
        ui.vertical(|ui| {
            ui.set_min_width(MIN_COLUMN);
            heading(ui, &format::side(grid.side), (index > 0).then_some(colour));
            let title = |row: &str| format!("{} {row}", format::side(grid.side));
            let rows = [
                (Source::Observed(index), &grid.observed, title("observed")),
                (Source::Synthesized(index), &grid.synthesized, title("synthesized")),
            ];
            for (at, (source, pictures, title)) in rows.into_iter().enumerate() {
                ui.add_space(if at == 0 { 0.0 } else { BETWEEN });
                self.block(ui, frame, &source, pictures, &title, fit);
            }
            ui.add_space(6.0);
            if let Some(update) = &grid.update {
                energy(ui, update.observed_energy, fit);
                energy(ui, update.synthesized_energy, fit);
            }
        });
    }

    fn shown_column(&self, ui: &mut Ui, frame: &Frame, name: &str, pictures: &Pictures, fit: Fit) {
        ui.vertical(|ui| {
            ui.set_min_width(MIN_COLUMN);
            heading(ui, name, None);
            let fit = Fit { down: fit.down * 2, ..fit };
            self.block(ui, frame, &Source::Shown(name.to_owned()), pictures, name, fit);
        });
    }

    fn block(&self, ui: &mut Ui, frame: &Frame, source: &Source, pictures: &Pictures, title: &str, fit: Fit) {
        let cell = fit.cell();
        let (rect, response) = ui.allocate_exact_size(fit.size(), Sense::hover());
        let Some(atlas) = self.atlases.get(source).and_then(Option::as_ref) else {
            let well = Rect::from_min_size(rect.min, Vec2::splat(fit.side));
            ui.painter().rect_filled(well, 2.0, theme::palette(ui).well);
            return;
        };
        let drawn = atlas.count.min(fit.across * fit.down);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{title}, {drawn} images")));
        let place = |at: usize| {
            let corner = vec2((at % fit.across) as f32 * cell, (at / fit.across) as f32 * cell);
            Rect::from_min_size(rect.min + corner, Vec2::splat(fit.side))
        };
        if ui.is_rect_visible(rect) {
            let mut mesh = Mesh::with_texture(atlas.id());
            for at in 0..drawn {
                mesh.add_rect_with_uv(place(at), atlas.uv(at), Color32::WHITE);
            }
            ui.painter().add(mesh);
        }
        let Some(pointer) = response.hover_pos() else {
            return;
        };
        let Some(at) = (0..drawn).find(|&at| place(at).contains(pointer)) else {
            return;
        };
        let within = (pointer - place(at).min) / fit.side;
        let view = loupe::View { title, at, count: atlas.count, within, range: frame.range };
        loupe::show(ui, &response, atlas, pictures, &view);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn height(fit: Fit) -> f32 {
        HEADING + 2.0 * fit.size().y + BETWEEN + ENERGIES
    }

    #[test]
    fn few_grids_get_many_thumbnails_and_many_grids_get_one_across() {
        let few = Fit::new(vec2(800.0, 400.0), 4, 46.0, 64);
        assert_eq!((few.across, few.down), (4, 3));
        let many = Fit::new(vec2(700.0, 400.0), 12, 46.0, 64);
        assert_eq!(many.across, 1);
        let none = Fit::new(vec2(0.0, 0.0), 0, 50.0, 0);
        assert_eq!(none, Fit { across: 1, down: 1, side: 35.0 });
    }

    #[test]
    fn nine_grids_show_two_in_a_row_in_the_first_window() {
        for height in [268.0, 310.0] {
            let fit = Fit::new(vec2(826.0, height), 9, THUMBNAIL, 32);
            assert!(fit.across == 2 && fit.down >= 2, "{fit:?}");
        }
    }

    #[test]
    fn no_block_is_larger_than_its_pictures() {
        let fit = Fit::new(vec2(2000.0, 2000.0), 2, 32.0, 9);
        assert!(fit.across * fit.down >= 9 && fit.across * (fit.down - 1) < 9);
    }

    #[test]
    fn thumbnails_fill_the_room_and_stay_within_it() {
        for y in (220..600).step_by(7) {
            let room = vec2(780.0, y as f32);
            let fit = Fit::new(room, 9, 46.0, 64);
            assert!(height(fit) <= room.y, "{y}");
            assert!(GUTTER + 9.0 * (fit.size().x + COLUMN_GAP) <= room.x);
        }
    }
}
