//! The canvas: the image large with square pixels, the fill inside the mask, and the brush over both.

use super::super::{format, theme};
use super::brush::Point;
use super::compose;
use super::divider;
use super::painting::{Painting, Tool};
use super::results::Results;
use super::tint;
use crate::run::Pictures;
use eframe::egui::{
    Color32, ColorImage, Context, CursorIcon, Event, EventFilter, Key, PointerButton, Pos2, Rect, Response, Sense,
    Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// What is painted on.
pub struct Scene<'a> {
    pub image: &'a Pictures,
    /// Counts the images.
    pub number: u64,
    pub results: &'a Results,
    pub painting: &'a mut Painting,
    /// Show the image alone.
    pub original: bool,
}

/// What a texture was made from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Made {
    image: u64,
    mask: u64,
    fill: u64,
    dark: bool,
}

/// The canvas's own state.
pub struct Canvas {
    original: Option<(u64, TextureHandle)>,
    filled: Option<(Made, TextureHandle)>,
    tint: Option<((u64, bool, usize, f32), TextureHandle)>,
    /// Strength of the tint, 0 to 1.
    pub strength: f32,
    /// Share of the canvas, from the left, that shows the original.
    pub divider: f32,
    /// Where the keys paint.
    pen: Option<Point>,
    by_keys: bool,
}

impl Default for Canvas {
    fn default() -> Self {
        let (original, filled, tint) = (None, None, None);
        Self { original, filled, tint, strength: 0.7, divider: 0.0, pen: None, by_keys: false }
    }
}

fn put<K: PartialEq>(
    slot: &mut Option<(K, TextureHandle)>,
    ctx: &Context,
    key: K,
    options: TextureOptions,
    image: impl FnOnce() -> ColorImage,
) {
    match slot {
        Some((known, _)) if *known == key => {}
        Some((known, texture)) => {
            texture.set(image(), options);
            *known = key;
        }
        None => *slot = Some((key, ctx.load_texture("inpainting canvas", image(), options))),
    }
}

fn coloured(pixels: impl Iterator<Item = [u8; 4]>, side: usize) -> ColorImage {
    let pixels = pixels.map(|[r, g, b, a]| Color32::from_rgba_unmultiplied(r, g, b, a)).collect();
    ColorImage::new([side, side], pixels)
}

/// The largest square within `room` points whose pixels are whole ones on the screen, where that costs little.
fn snapped(room: f32, side: usize, pixels_per_point: f32) -> f32 {
    let pixels = (room * pixels_per_point).floor();
    let whole = (pixels / side.max(1) as f32).floor() * side as f32;
    if whole >= 0.9 * pixels { whole / pixels_per_point } else { pixels / pixels_per_point }
}

impl Canvas {
    /// Draws the canvas in a square of `room` points and paints as the pointer says.
    pub fn ui(&mut self, ui: &mut Ui, room: f32, scene: &mut Scene<'_>) -> Response {
        let side = scene.image.side;
        let size = snapped(room, side, ui.ctx().pixels_per_point());
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::click_and_drag());
        let dragging = divider::ui(ui, rect, &mut self.divider);
        self.strokes(ui, rect, &response, dragging, scene.painting);
        self.keys(ui, &response, scene.painting);
        let name = name(scene.painting);
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
        if ui.is_rect_visible(rect) {
            self.upload(ui, rect.width() * ui.ctx().pixels_per_point(), scene);
            self.paint(ui, rect, scene.original);
            self.cursor(ui, rect, &response, dragging, scene.painting);
        }
        response
    }

    fn strokes(&mut self, ui: &Ui, rect: Rect, response: &Response, dragging: bool, painting: &mut Painting) {
        let free = response.contains_pointer() && !dragging;
        let pointer = painting.busy() && !self.by_keys;
        if !free && !pointer {
            return;
        }
        let side = painting.mask().side as f32;
        let place = |pos: Pos2| -> Point { ((pos - rect.min) / rect.width() * side).into() };
        let (events, shift) = ui.input(|input| (input.events.clone(), input.modifiers.shift));
        for event in events {
            let pointer = painting.busy() && !self.by_keys;
            match event {
                Event::PointerButton { pos, button, pressed: true, .. }
                    if free
                        && response.interact_rect.contains(pos)
                        && matches!(button, PointerButton::Primary | PointerButton::Secondary) =>
                {
                    response.request_focus();
                    (self.by_keys, self.pen) = (false, None);
                    painting.press(place(pos), button == PointerButton::Secondary);
                }
                Event::PointerMoved(pos) if pointer => painting.reach(place(pos), shift),
                Event::PointerButton { pos, pressed: false, .. } if pointer => {
                    painting.reach(place(pos), shift);
                    painting.release(place(pos), shift);
                }
                _ => {}
            }
        }
        let (down, last) = ui.input(|input| (input.pointer.any_down(), input.pointer.latest_pos()));
        if painting.busy() && !self.by_keys && !down {
            // The release was not told, as when the window lost the pointer.
            painting.release(place(last.unwrap_or(rect.center())), false);
        }
    }

    /// Arrows move a pen, Enter puts it down and lifts it.
    fn keys(&mut self, ui: &Ui, response: &Response, painting: &mut Painting) {
        if !response.has_focus() {
            self.pen = None;
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let side = painting.mask().side as f32;
        let (moved, enter) = ui.input(|input| {
            let steps = |key: Key| input.num_presses(key) as f32;
            let step = if input.modifiers.shift { painting.brush.size as f32 } else { 1.0 };
            let right = steps(Key::ArrowRight) - steps(Key::ArrowLeft);
            let down = steps(Key::ArrowDown) - steps(Key::ArrowUp);
            (vec2(right, down) * step, input.key_pressed(Key::Enter))
        });
        if moved == Vec2::ZERO && !enter {
            return;
        }
        let pen = self.pen.unwrap_or([(side / 2.0).floor() + 0.5; 2]);
        let pen = [pen[0] + moved.x, pen[1] + moved.y].map(|place| place.clamp(0.5, (side - 0.5).max(0.5)));
        self.pen = Some(pen);
        match (painting.busy(), enter) {
            (true, false) => painting.reach(pen, false),
            (true, true) => painting.release(pen, false),
            (false, true) => {
                self.by_keys = true;
                painting.press(pen, false);
            }
            (false, false) => {}
        }
    }

    fn upload(&mut self, ui: &Ui, screen: f32, scene: &Scene<'_>) {
        let (ctx, image, palette) = (ui.ctx(), scene.image, theme::palette(ui));
        let (mask, dark) = (scene.painting.mask(), ui.visuals().dark_mode);
        let pixels = || image.rgba.as_chunks::<4>().0.iter().copied();
        put(&mut self.original, ctx, scene.number, TextureOptions::NEAREST, || coloured(pixels(), image.side));
        let (changes, fill) = (scene.painting.changes(), scene.results.changes());
        let made = Made { image: scene.number, mask: changes, fill, dark };
        put(&mut self.filled, ctx, made, TextureOptions::NEAREST, || {
            let filled = compose::filled(image, scene.results.fill(), mask, palette.raised);
            coloured(filled.into_iter(), image.side)
        });
        let fine = tint::texels(image.side, screen);
        let key = (changes, dark, fine, self.strength);
        put(&mut self.tint, ctx, key, TextureOptions::LINEAR, || tint::tint(mask, fine, palette.ember, self.strength));
    }

    fn paint(&self, ui: &Ui, rect: Rect, original: bool) {
        let painter = ui.painter();
        let split = if original { 1.0 } else { self.divider };
        let part = |from: f32, to: f32| {
            let across = |share: f32| rect.left() + share * rect.width();
            let place = Rect::from_min_max(pos2(across(from), rect.top()), pos2(across(to), rect.bottom()));
            (place, Rect::from_min_max(pos2(from, 0.0), pos2(to, 1.0)))
        };
        if let Some((_, texture)) = self.original.as_ref().filter(|_| split > 0.0) {
            let (place, uv) = part(0.0, split);
            painter.image(texture.id(), place, uv, Color32::WHITE);
        }
        let filled = self.filled.as_ref().map(|(_, texture)| texture);
        let tint = self.tint.as_ref().map(|(_, texture)| texture);
        for texture in [filled, tint].into_iter().flatten().filter(|_| split < 1.0) {
            let (place, uv) = part(split, 1.0);
            painter.image(texture.id(), place, uv, Color32::WHITE);
        }
        if !original {
            divider::line(ui, rect, self.divider);
        }
    }

    /// The outline of what the next touch changes, in its true size.
    fn cursor(&self, ui: &Ui, rect: Rect, response: &Response, dragging: bool, painting: &Painting) {
        let scale = rect.width() / painting.mask().side.max(1) as f32;
        let pen = self.pen.map(|[x, y]| rect.min + vec2(x, y) * scale);
        let hover = response.hover_pos().filter(|_| !dragging);
        let held = ui.input(|input| input.pointer.latest_pos()).filter(|_| painting.busy());
        let Some(at) = pen.or(hover).or(held) else {
            return;
        };
        let erases = painting.tool == Tool::Eraser || ui.input(|input| input.pointer.secondary_down());
        let palette = theme::palette(ui);
        let colour = if erases { Color32::WHITE } else { palette.ember };
        let painter = ui.painter().with_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
        let rings = [Stroke::new(3.0, Color32::from_black_alpha(110)), Stroke::new(1.4, colour)];
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        if painting.tool == Tool::Rectangle {
            return;
        }
        let (shift, start) = (ui.input(|input| input.modifiers.shift), painting.line_start());
        if let Some([x, y]) = start.filter(|_| shift) {
            for stroke in rings {
                painter.line_segment([rect.min + vec2(x, y) * scale, at], stroke);
            }
        }
        let brush = painting.brush;
        for stroke in rings {
            if brush.size == 1 {
                let pixel = ((at - rect.min) / scale).floor() * scale;
                painter.rect_stroke(
                    Rect::from_min_size(rect.min + pixel, Vec2::splat(scale)),
                    0.0,
                    stroke,
                    StrokeKind::Middle,
                );
            } else {
                painter.circle_stroke(at, brush.radius() * scale, stroke);
            }
        }
        if brush.hardness < 0.95 && brush.size > 1 {
            let soft = Stroke::new(1.0, colour.gamma_multiply(0.45));
            painter.circle_stroke(at, brush.radius() * brush.hardness * scale, soft);
        }
        if erases {
            painter.hline(at.x - 4.0..=at.x + 4.0, at.y, Stroke::new(1.4, colour));
        }
    }
}

/// Side, share hidden, tool and brush, for those who cannot see them.
fn name(painting: &Painting) -> String {
    let (side, share) = (format::side(painting.mask().side), format::percent(painting.mask().share()));
    let (tool, size) = (painting.tool.name().to_lowercase(), painting.brush.size);
    let pixels = if size == 1 { "pixel" } else { "pixels" };
    format!("Canvas, {side}, {share} hidden, {tool}, {size} {pixels}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_whole_where_that_costs_little() {
        assert_eq!(snapped(300.0, 32, 1.0), 288.0);
        assert_eq!(snapped(300.0, 64, 1.0), 300.0);
        assert_eq!(snapped(300.0, 64, 2.0), 288.0);
        assert_eq!(snapped(100.0, 0, 1.0), 100.0);
    }
}
