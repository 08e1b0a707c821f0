//! Before and after: a line across the canvas that can be dragged, the original left of it and the fill right of it.

use super::super::theme;
use eframe::egui::{
    Color32, CursorIcon, EventFilter, Key, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// Height of the track under the canvas where the grip is.
pub const TRACK: f32 = 13.0;
/// How near the line the pointer must be, in points.
const NEAR: f32 = 4.0;

fn across(rect: Rect, share: f32) -> f32 {
    rect.left() + share * rect.width()
}

/// Lets the line be dragged, by its grip under the canvas or by itself; whether the pointer has it.
pub fn ui(ui: &mut Ui, rect: Rect, share: &mut f32) -> bool {
    let at = across(rect, *share);
    let grip = Rect::from_min_max(pos2(at - 9.0, rect.bottom()), pos2(at + 9.0, rect.bottom() + TRACK));
    let line = Rect::from_min_max(pos2(at - NEAR, rect.top()), pos2(at + NEAR, rect.bottom()));
    let id = ui.scope_id().with("before and after");
    let sense = Sense::DRAG | Sense::FOCUSABLE;
    let by_grip = ui.interact(grip, id, sense);
    let on_canvas = (*share > 0.0 && *share < 1.0).then(|| ui.interact(line, id.with("line"), Sense::DRAG));
    let dragged = by_grip.dragged() || on_canvas.as_ref().is_some_and(|line| line.dragged());
    let over = by_grip.contains_pointer() || on_canvas.as_ref().is_some_and(|line| line.contains_pointer());
    if let Some(pointer) = ui.input(|input| input.pointer.latest_pos()).filter(|_| dragged) {
        *share = ((pointer.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
    }
    if by_grip.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(by_grip.id, filter));
        let steps =
            ui.input(|input| input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32);
        *share = (*share + 0.05 * steps).clamp(0.0, 1.0);
    }
    let value = f64::from(*share);
    by_grip.widget_info(|| WidgetInfo::slider(true, value, "Before and after"));
    if let Some(line) = &on_canvas {
        line.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Before and after, on the canvas"));
    }
    if dragged || over {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let palette = theme::palette(ui);
    let track = rect.bottom() + TRACK * 0.62;
    ui.painter().hline(rect.x_range(), track, Stroke::new(2.0, palette.raised));
    let lit = dragged || over || by_grip.has_focus();
    let at = across(rect, *share);
    let tip = [pos2(at, rect.bottom() + 1.0), pos2(at + 6.0, track + 4.0), pos2(at - 6.0, track + 4.0)];
    let colour = if lit { palette.ember } else { palette.weak };
    ui.painter().add(Shape::convex_polygon(tip.to_vec(), colour, Stroke::NONE));
    let hint = "Drag to the right to see the original left of the line, the fill right of it";
    by_grip.on_hover_text(hint);
    dragged || over
}

/// Draws the line, where it is not at an end.
pub fn line(ui: &Ui, rect: Rect, share: f32) {
    if share <= 0.0 || share >= 1.0 {
        return;
    }
    let at = across(rect, share);
    let painter = ui.painter();
    painter.vline(at, rect.y_range(), Stroke::new(3.0, Color32::from_black_alpha(120)));
    painter.vline(at, rect.y_range(), Stroke::new(1.4, Color32::WHITE));
    for (name, left) in [("original", true), ("fill", false)] {
        let align = if left { eframe::egui::Align2::RIGHT_TOP } else { eframe::egui::Align2::LEFT_TOP };
        let place = pos2(at + if left { -6.0 } else { 6.0 }, rect.top() + 5.0);
        let font = eframe::egui::FontId::proportional(10.5);
        let galley = painter.layout_no_wrap(name.to_owned(), font, Color32::WHITE);
        let text = align.anchor_size(place, galley.size());
        if rect.contains_rect(text) {
            painter.rect_filled(text.expand2(vec2(3.0, 1.0)), 3.0, Color32::from_black_alpha(150));
            painter.galley(text.min, galley, Color32::WHITE);
        }
    }
}
