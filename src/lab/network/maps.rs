//! Pictures of one layer side by side, with one of them seen large.

use super::super::atlas::Atlas;
use super::super::{format, theme};
use crate::run::Pictures;
use eframe::egui::{
    Color32, CursorIcon, Mesh, Rect, Response, RichText, Sense, Tooltip, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};

const GAP: f32 = 3.0;
/// Side of a picture in points: at first, and how small and large it gets.
const SIDE: f32 = 44.0;
pub const SIDES: std::ops::RangeInclusive<f32> = 16.0..=192.0;
/// Height of what stands above and below a picture that fills the room.
const AROUND: f32 = 182.0;
/// Side of the large view at the pointer.
const LARGE: f32 = 208.0;

/// What the pictures are.
pub struct Series<'a> {
    /// One of them, such as `channel`, and all, such as `maps of layer 3: relu`.
    pub one: &'a str,
    pub all: &'a str,
    pub pictures: &'a Pictures,
    /// What black and white stand for, if it is the same for all.
    pub scale: Option<[f32; 2]>,
    /// The largest value of each.
    pub largest: &'a [f32],
}

/// Pictures in a texture.
pub struct Maps {
    name: &'static str,
    atlas: Option<Atlas>,
    /// Which pictures are in the texture: the number of their answer, and their layer.
    held: Option<(u64, usize)>,
    /// Side of a picture in points.
    pub side: f32,
    /// The picture that fills the room.
    opened: Option<usize>,
}

impl Maps {
    /// Nothing yet; `name` is the texture's.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, atlas: None, held: None, side: SIDE, opened: None }
    }

    /// Draws the pictures of `series`; a number that is not `held` yet makes them new.
    pub fn ui(&mut self, ui: &mut Ui, held: (u64, usize), series: &Series<'_>) {
        if self.held != Some(held) {
            if self.held.is_none_or(|(_, layer)| layer != held.1) {
                self.opened = None;
            }
            self.held = Some(held);
            Atlas::fill(&mut self.atlas, ui.ctx(), self.name, series.pictures);
        }
        let Some(atlas) = &self.atlas else {
            ui.weak("No pictures.");
            return;
        };
        if atlas.count < series.pictures.count {
            ui.weak(format!("the first {} of {}", atlas.count, series.pictures.count));
        }
        match self.opened.filter(|at| *at < atlas.count) {
            Some(at) if one(ui, atlas, series, at) => self.opened = None,
            Some(_) => {}
            None => {
                let (response, under) = many(ui, atlas, series, self.side);
                if response.clicked() {
                    self.opened = under;
                }
                if response.hovered() {
                    let zoom = ui.input(eframe::egui::InputState::zoom_delta);
                    self.side = (self.side * zoom).clamp(*SIDES.start(), *SIDES.end());
                }
            }
        }
    }
}

/// All pictures; which one the pointer is on.
fn many(ui: &mut Ui, atlas: &Atlas, series: &Series<'_>, side: f32) -> (Response, Option<usize>) {
    let cell = side + GAP;
    let across = (((ui.available_width() + GAP) / cell) as usize).max(1);
    let down = atlas.count.div_ceil(across);
    let size = vec2(across.min(atlas.count) as f32, down as f32) * cell - Vec2::splat(GAP);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{}, {} pictures", series.all, atlas.count)));
    let place = |at: usize| {
        let corner = vec2((at % across) as f32, (at / across) as f32) * cell;
        Rect::from_min_size(rect.min + corner, Vec2::splat(side))
    };
    let mut mesh = Mesh::with_texture(atlas.id());
    for at in (0..atlas.count).filter(|at| ui.is_rect_visible(place(*at))) {
        mesh.add_rect_with_uv(place(at), atlas.uv(at), Color32::WHITE);
    }
    ui.painter().add(mesh);
    let pointer = response.hover_pos();
    let under = pointer.and_then(|pointer| (0..atlas.count).find(|&at| place(at).contains(pointer)));
    if let (Some(pointer), Some(at)) = (pointer, under) {
        let within = (pointer - place(at).min) / side;
        Tooltip::for_widget(&response).at_pointer().gap(14.0).width(LARGE).show(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(LARGE), Sense::hover());
            ui.painter().image(atlas.id(), rect, atlas.uv(at), Color32::WHITE);
            captions(ui, series, at, Some(within));
        });
        ui.ctx().set_cursor_icon(CursorIcon::ZoomIn);
    }
    (response, under)
}

/// One picture in all the room; whether it was clicked.
fn one(ui: &mut Ui, atlas: &Atlas, series: &Series<'_>, at: usize) -> bool {
    let room = ui.available_width().min(ui.clip_rect().height() - AROUND).clamp(200.0, 640.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(room), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{} {}, large", series.one, at + 1)));
    ui.painter().image(atlas.id(), rect, atlas.uv(at), Color32::WHITE);
    let within = response.hover_pos().map(|pointer| (pointer - rect.min) / room);
    captions(ui, series, at, within);
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::ZoomOut);
    }
    response.clicked()
}

fn captions(ui: &mut Ui, series: &Series<'_>, at: usize, within: Option<Vec2>) {
    let mut text = format!("{} {} of {}", series.one, at + 1, series.pictures.count);
    if let Some(largest) = series.largest.get(at) {
        text.push_str(&format!(" · largest {}", format::number(f64::from(*largest))));
    }
    ui.label(RichText::new(text).color(theme::palette(ui).strong));
    if let (Some(within), Some(scale)) = (within, series.scale) {
        ui.label(RichText::new(value(series.pictures, at, within, scale)).font(theme::numbers()));
    }
}

/// The value under the pointer, which is at `within` of picture `at`, 0 to 1 each way; as near as 8 bits tell.
fn value(pictures: &Pictures, at: usize, within: Vec2, [low, high]: [f32; 2]) -> String {
    let side = pictures.side;
    let pixel = |share: f32| ((share * side as f32).max(0.0) as usize).min(side.saturating_sub(1));
    let (x, y) = (pixel(within.x), pixel(within.y));
    let Some(byte) = pictures.rgba.get(((at * side + y) * side + x) * 4) else {
        return String::new();
    };
    format!("({x}, {y})  {}", format::number(f64::from(low + (high - low) * f32::from(*byte) / 255.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_on_the_layers_scale() {
        let rgba = [0, 255, 51, 102].iter().flat_map(|&byte: &u8| [byte, byte, byte, 255]).collect();
        let pictures = Pictures { side: 1, count: 4, rgba };
        let read = |at, scale| value(&pictures, at, vec2(0.5, 0.5), scale);
        assert_eq!(read(0, [-3.0, 3.0]), "(0, 0)  -3.000");
        assert_eq!(read(1, [-3.0, 3.0]), "(0, 0)  3.000");
        assert_eq!(read(2, [0.0, 5.0]), "(0, 0)  1.000");
        assert_eq!(read(9, [0.0, 5.0]), "");
    }
}
