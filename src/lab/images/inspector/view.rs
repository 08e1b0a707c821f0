//! A picture that shows the same part as all others: what zooms one zooms all.

use crate::lab::atlas::Atlas;
use crate::lab::images::zoom::{Zoom, within};
use crate::lab::theme;
use eframe::egui::{
    Color32, CornerRadius, PointerButton, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit::Role,
};

/// Draws picture `at` of an atlas as a square of this side, or an empty well; takes the gestures that zoom.
pub fn ui(ui: &mut Ui, atlas: Option<&Atlas>, at: usize, side: f32, zoom: &mut Zoom, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, label));
    match atlas.filter(|atlas| at < atlas.count) {
        Some(atlas) if ui.is_rect_visible(rect) => {
            ui.painter().image(atlas.id(), rect, within(atlas.uv(at), zoom.part()), Color32::WHITE);
        }
        Some(_) => {}
        None => {
            ui.painter().rect_filled(rect, CornerRadius::same(2), theme::palette(ui).well);
        }
    }
    if let Some(share) = share(&response, rect) {
        let factor = ui.input(|input| input.zoom_delta());
        if factor != 1.0 {
            zoom.magnify(share, factor);
        }
    }
    if response.double_clicked() {
        *zoom = Zoom::default();
    } else if response.dragged_by(PointerButton::Primary) {
        zoom.pan(response.drag_delta() / side);
    }
    response
}

/// Where the pointer is in a picture at `rect`, 0 to 1 each way.
#[must_use]
pub fn share(response: &Response, rect: Rect) -> Option<Vec2> {
    response.hover_pos().map(|pointer| (pointer - rect.min) / rect.size())
}

/// Frames a picture.
pub fn outline(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, theme::palette(ui).ember);
    ui.painter().rect_stroke(rect, 1.0, stroke, StrokeKind::Outside);
}
