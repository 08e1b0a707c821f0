//! Nudging chains by painting on them: those of the grid that moves now, shown large.

use super::brush::{self, Dab};
use crate::lab::asks::Asks;
use crate::lab::atlas::Atlas;
use crate::lab::chain_settings::named;
use crate::lab::model::Model;
use crate::lab::{format, theme};
use crate::run::{Command, Frame, Phase, Pictures};
use eframe::egui::{
    Color32, CursorIcon, Mesh, Pos2, Rect, Response, RichText, Sense, Slider, Stroke, StrokeKind, Ui, UiBuilder, Vec2,
    WidgetInfo, accesskit::Role, color_picker, pos2, vec2,
};

const SIDEBAR: f32 = 226.0;
const GAP: f32 = 6.0;
/// Chains that are shown at first, and at most.
const SHOWN: usize = 6;
const MOST: usize = 32;
/// A stroke is drawn over this many frames, so that one that was made before it does not hide it.
const FRAMES: u64 = 2;

/// The brush, and what it has painted.
pub struct Painting {
    colour: [u8; 3],
    /// Diameter in pixels.
    size: usize,
    picking: bool,
    shown: usize,
    /// The chains as shown: the frame's, with the newest strokes.
    pictures: Pictures,
    canvas: Option<Atlas>,
    /// Frame and grid that the pictures are of.
    of: Option<(u64, usize)>,
    /// Strokes, each with the frame it was painted on.
    strokes: Vec<(u64, Vec<Dab>)>,
    /// Image and place of the brush while it is down.
    last: Option<(usize, (f32, f32))>,
}

impl Default for Painting {
    fn default() -> Self {
        Self {
            colour: [235, 90, 40],
            size: 3,
            picking: false,
            shown: SHOWN,
            pictures: Pictures::default(),
            canvas: None,
            of: None,
            strokes: Vec::new(),
            last: None,
        }
    }
}

impl Painting {
    /// Draws brush and chains. True when the user wants slow motion.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) -> bool {
        let frame = &model.frame;
        if frame.grids.get(frame.sampling_grid).is_none_or(|grid| grid.synthesized.count == 0)
            || frame.sampling_grid == 0
        {
            ui.weak("No chains move now, and only those of the grid that moves can be painted. Take one MCMC step (N), then paint.");
            return false;
        }
        self.take(ui, frame);
        let room = ui.available_rect_before_wrap();
        let split = room.left() + SIDEBAR.min(0.45 * room.width());
        let left = Rect::from_min_max(room.min, pos2(split, room.bottom()));
        let slow = ui.scope_builder(UiBuilder::new().max_rect(left).id_salt("brush"), |ui| {
            self.brush(ui, frame);
            self.hint(ui, model, asks)
        });
        let canvas = Rect::from_min_max(pos2(split + 12.0, room.top()), room.max);
        self.canvas(ui, canvas, model, asks);
        ui.advance_cursor_after_rect(room);
        slow.inner
    }

    /// Takes up the chains of a new frame, with the strokes it may not hold yet.
    fn take(&mut self, ui: &Ui, frame: &Frame) {
        let here = (frame.number, frame.sampling_grid);
        if self.of == Some(here) {
            return;
        }
        if self.of.is_some_and(|(_, grid)| grid != frame.sampling_grid) {
            self.strokes.clear();
            self.last = None;
        }
        self.of = Some(here);
        self.strokes.retain(|(painted, _)| frame.number < painted + FRAMES && frame.number >= *painted);
        if let Some(grid) = frame.grids.get(frame.sampling_grid) {
            self.pictures.clone_from(&grid.synthesized);
        }
        let strokes = std::mem::take(&mut self.strokes);
        strokes.iter().flat_map(|(_, dabs)| dabs).for_each(|&dab| self.put(dab));
        self.strokes = strokes;
        Atlas::fill(&mut self.canvas, ui.ctx(), "painting", &self.pictures);
    }

    fn put(&mut self, (image, x, y, colour): Dab) {
        let at = ((image * self.pictures.side + y) * self.pictures.side + x) * 4;
        if let Some(pixel) = self.pictures.rgba.get_mut(at..at + 3) {
            pixel.copy_from_slice(&colour);
        }
    }

    fn brush(&mut self, ui: &mut Ui, frame: &Frame) {
        let side = self.pictures.side;
        ui.label(RichText::new(format!("Chains of {} now", format::side(side))).strong());
        named(ui, "colour", "What the brush paints", |ui| {
            ui.spacing_mut().interact_size = vec2(40.0, 22.0);
            let response = color_picker::color_edit_button_srgb(ui, &mut self.colour);
            response.widget_info(|| WidgetInfo::labeled(Role::ColorWell, true, "Brush colour"));
            let hint = "Take the colour of a pixel (or hold Alt while clicking)";
            ui.toggle_value(&mut self.picking, "Eyedropper").on_hover_text(hint);
        });
        named(ui, "brush", "Diameter in pixels of the grid", |ui| {
            ui.spacing_mut().slider_width = 74.0;
            let most = (side / 2).max(1);
            self.size = self.size.min(most);
            let slider = ui.add(Slider::new(&mut self.size, 1..=most).suffix(" px"));
            slider.widget_info(|| WidgetInfo::slider(true, self.size as f64, "Brush size"));
        });
        named(ui, "chains", "How many are shown; fewer are larger", |ui| {
            ui.spacing_mut().slider_width = 74.0;
            let slider = ui.add(Slider::new(&mut self.shown, 1..=self.pictures.count.clamp(1, MOST)));
            slider.widget_info(|| WidgetInfo::slider(true, self.shown as f64, "Chains shown"));
        });
        let text = format!("step τ {} of {}", frame.sampling_step, frame.sampling_steps);
        ui.label(RichText::new(text).font(theme::numbers()));
    }

    /// Says when painting works best; true when the user wants slow motion.
    fn hint(&self, ui: &mut Ui, model: &Model, asks: &mut Asks) -> bool {
        let moves_fast = model.frame.phase == Phase::Running && model.frame.slow_motion < 0.1;
        if !moves_fast {
            ui.add(eframe::egui::Label::new(RichText::new("The chain goes on from what you paint.").weak()).wrap());
            return false;
        }
        let text = "The chains move fast; painting works best paused or in slow motion.";
        ui.add(eframe::egui::Label::new(RichText::new(text).color(theme::palette(ui).warn)).wrap());
        ui.horizontal_wrapped(|ui| {
            if ui.button("Pause").clicked() {
                asks.commands.push(Command::Pause);
            }
            ui.button("Slow motion").on_hover_text("Wait half a second after each MCMC step").clicked()
        })
        .inner
    }

    fn canvas(&mut self, ui: &mut Ui, room: Rect, model: &Model, asks: &mut Asks) {
        let Some(atlas) = &self.canvas else { return };
        let count = self.shown.min(atlas.count).max(1);
        let (across, cell) = fit(room.size(), count);
        let place = |at: usize| {
            let corner = vec2((at % across) as f32, (at / across) as f32) * (cell + GAP);
            Rect::from_min_size(room.min + corner, Vec2::splat(cell))
        };
        let response = ui.interact(room, ui.scope_id().with("canvas"), Sense::click_and_drag());
        let mut mesh = Mesh::with_texture(atlas.id());
        (0..count).for_each(|at| mesh.add_rect_with_uv(place(at), atlas.uv(at), Color32::WHITE));
        ui.painter().add(mesh);
        let side = self.pictures.side;
        response.widget_info(|| {
            let name = format!("Canvas: {count} chains of {}", format::side(side));
            WidgetInfo::labeled(Role::Canvas, true, name)
        });
        let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos());
        let under = pointer.and_then(|at| Some(((0..count).find(|&image| place(image).contains(at))?, at)));
        if let Some((image, at)) = under {
            self.preview(ui, &response, place(image), at);
        }
        let down = response.is_pointer_button_down_on() && !model.over();
        match under.filter(|_| down) {
            Some((image, at)) if self.picking || ui.input(|input| input.modifiers.alt) => {
                self.pick(image, brush::pixel(place(image), side, at));
            }
            Some((image, at)) => self.paint(ui, model, (image, brush::pixel(place(image), side, at)), asks),
            None => self.last = None,
        }
        if !down && response.drag_stopped() | response.clicked() {
            self.picking = false;
        }
    }

    /// The brush where it would paint.
    fn preview(&self, ui: &Ui, response: &Response, image: Rect, at: Pos2) {
        response.clone().on_hover_cursor(CursorIcon::Crosshair);
        let width = self.size as f32 * image.width() / self.pictures.side.max(1) as f32;
        let [r, g, b] = self.colour;
        let painter = ui.painter_at(image);
        painter.circle_stroke(at, width / 2.0 + 1.0, Stroke::new(1.0, Color32::from_black_alpha(160)));
        painter.circle_stroke(at, width / 2.0, Stroke::new(1.5, Color32::from_rgb(r, g, b)));
        painter.rect_stroke(image, 0.0, Stroke::new(1.0, theme::palette(ui).ember), StrokeKind::Inside);
    }

    fn pick(&mut self, image: usize, (x, y): (f32, f32)) {
        let side = self.pictures.side;
        let at =
            ((image * side + (y.max(0.0) as usize).min(side - 1)) * side + (x.max(0.0) as usize).min(side - 1)) * 4;
        if let Some(&[r, g, b]) = self.pictures.rgba.get(at..at + 3) {
            self.colour = [r, g, b];
        }
    }

    fn paint(&mut self, ui: &Ui, model: &Model, here: (usize, (f32, f32)), asks: &mut Asks) {
        if self.last == Some(here) {
            return;
        }
        let (image, to) = here;
        let from = self.last.filter(|(before, _)| *before == image).map_or(to, |(_, from)| from);
        self.last = Some(here);
        let pixels = brush::stroke(from, to, self.size, self.pictures.side);
        let dabs: Vec<Dab> = pixels.into_iter().map(|(x, y)| (image, x, y, self.colour)).collect();
        if dabs.is_empty() {
            return;
        }
        dabs.iter().for_each(|&dab| self.put(dab));
        Atlas::fill(&mut self.canvas, ui.ctx(), "painting", &self.pictures);
        self.strokes.push((model.frame.number, dabs.clone()));
        asks.commands.push(Command::Paint { grid: model.frame.sampling_grid, dabs });
    }
}

/// How many squares lie across, and how large they are, so that `count` of them fill the room best.
fn fit(room: Vec2, count: usize) -> (usize, f32) {
    let side = |across: usize| {
        let down = count.div_ceil(across);
        let wide = (room.x + GAP) / across as f32 - GAP;
        wide.min((room.y + GAP) / down as f32 - GAP).max(1.0)
    };
    let best = (1..=count.max(1)).max_by(|&a, &b| side(a).total_cmp(&side(b)).then(b.cmp(&a))).unwrap_or(1);
    (best, side(best).floor().max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_fill_the_room_without_leaving_it() {
        assert_eq!(fit(vec2(600.0, 200.0), 3), (3, 196.0));
        for (x, y, count) in [(600.0, 200.0, 6), (90.0, 400.0, 5), (800.0, 100.0, 32)] {
            let (across, side) = fit(vec2(x, y), count);
            let down = count.div_ceil(across) as f32;
            assert!(across as f32 * (side + GAP) - GAP <= x && down * (side + GAP) - GAP <= y, "{across} {side}");
        }
    }
}
