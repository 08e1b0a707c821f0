//! A picture seen large, with the value of the pixel under the pointer.

use super::atlas::Atlas;
use super::{images, theme};
use crate::run::Pictures;
use eframe::egui::{
    self, Color32, Pos2, Rect, Response, RichText, Sense, Stroke, StrokeKind, Tooltip, Ui, Vec2, pos2, vec2,
};

/// Side of the large view in points.
const SIDE: f32 = 224.0;

/// What is looked at.
pub struct View<'a> {
    pub title: &'a str,
    /// The picture, of how many.
    pub at: usize,
    pub count: usize,
    /// The pointer's place in the picture, 0 to 1 each way.
    pub within: Vec2,
    pub range: [f32; 2],
}

/// The pixel at a place in a picture of this side.
fn pixel(within: Vec2, side: usize) -> (usize, usize) {
    let at = |share: f32| ((share * side as f32).max(0.0) as usize).min(side.saturating_sub(1));
    (at(within.x), at(within.y))
}

/// A pixel's values on the model's range, as near as 8 bits tell; one value where the channels agree.
fn values(pictures: &Pictures, at: usize, (x, y): (usize, usize), [low, high]: [f32; 2]) -> String {
    let start = ((at * pictures.side + y) * pictures.side + x) * 4;
    let Some(&[r, g, b, _]) = pictures.rgba.get(start..start + 4) else {
        return String::new();
    };
    let value = |byte: u8| format!("{:+.2}", low + (high - low) * f32::from(byte) / 255.0);
    if r == g && g == b { value(r) } else { format!("{} {} {}", value(r), value(g), value(b)) }
}

/// Shows the large view at the pointer.
pub fn show(ui: &Ui, owner: &Response, atlas: &Atlas, pictures: &Pictures, view: &View<'_>) {
    show_part(ui, owner, atlas, pictures, view, WHOLE, &[]);
}

/// All of a picture.
pub const WHOLE: Rect = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));

/// As [`show`], of a part of the picture, with lines of text under it.
pub fn show_part(
    ui: &Ui,
    owner: &Response,
    atlas: &Atlas,
    pictures: &Pictures,
    view: &View<'_>,
    part: Rect,
    lines: &[String],
) {
    let tooltip = Tooltip::for_widget(owner).at_pointer().gap(14.0).width(SIDE);
    tooltip.show(|ui| {
        ui.label(RichText::new(view.title).strong());
        ui.weak(format!("image {} of {}", view.at + 1, view.count));
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
        ui.painter().image(atlas.id(), rect, images::within(atlas.uv(view.at), part), Color32::WHITE);
        let text = mark(ui, rect, part, pictures, view);
        ui.label(RichText::new(text).font(theme::numbers()));
        for line in lines {
            ui.label(RichText::new(line).font(theme::numbers()));
        }
    });
    ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
}

/// Marks the pixel that is looked at in a picture of which `part` is drawn at `rect`, and tells its place and values.
pub fn mark(ui: &Ui, rect: Rect, part: Rect, pictures: &Pictures, view: &View<'_>) -> String {
    let (x, y) = pixel(view.within, pictures.side);
    let side = pictures.side.max(1) as f32;
    let corner = (vec2(x as f32, y as f32) / side - part.min.to_vec2()) / part.size();
    let cell = rect.size() / part.size() / side;
    let marked = Rect::from_min_size(rect.min + corner * rect.size(), cell).intersect(rect);
    let ember = theme::palette(ui).ember;
    ui.painter().rect_stroke(marked, 0.0, Stroke::new(1.5, ember), StrokeKind::Inside);
    format!("({x}, {y})  {}", values(pictures, view.at, (x, y), view.range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_read_on_the_models_range() {
        let mut rgba = [0, 0, 0, 255].repeat(8);
        rgba[16 + 4..16 + 8].copy_from_slice(&[255, 0, 255, 255]);
        let pictures = Pictures { side: 2, count: 2, rgba };
        assert_eq!(values(&pictures, 0, (1, 1), [-1.0, 1.0]), "-1.00");
        assert_eq!(values(&pictures, 1, (1, 0), [-1.0, 1.0]), "+1.00 -1.00 +1.00");
        assert_eq!(values(&pictures, 5, (0, 0), [-1.0, 1.0]), "");
    }

    #[test]
    fn the_pointer_at_the_edge_stays_in_the_picture() {
        assert_eq!(pixel(vec2(1.0, -0.1), 4), (3, 0));
        assert_eq!(pixel(vec2(0.5, 0.26), 4), (2, 1));
        assert_eq!(pixel(vec2(0.5, 0.5), 0), (0, 0));
    }
}
