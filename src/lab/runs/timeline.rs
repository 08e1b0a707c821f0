//! The timeline of a run: a tick for each checkpoint at its updates, one of which may be chosen.

use super::super::{format, theme};
use super::subject::Subject;
use eframe::egui::{
    Color32, EventFilter, FontId, Key, Rect, Response, Sense, Ui, WidgetInfo, accesskit::Role, pos2, vec2,
};
use std::path::{Path, PathBuf};

const HEIGHT: f32 = 30.0;
/// Room for half a tick at both ends.
const END: f32 = 7.0;

/// Draws the timeline; the checkpoint that the user chose just now. `colour` marks the chosen one.
pub fn timeline(ui: &mut Ui, subject: &Subject<'_>, chosen: Option<&Path>, colour: Color32) -> Option<PathBuf> {
    let checkpoints = &subject.checkpoints;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    // Its own name, so that it keeps the keys whatever comes and goes above it.
    let response = ui.interact(rect, ui.scope_id().with("timeline"), Sense::click_and_drag());
    let at = chosen.and_then(|chosen| checkpoints.iter().position(|(_, path)| path == chosen));
    let last = checkpoints.last().map_or(0, |(iteration, _)| *iteration).max(subject.iteration).max(1);
    let (left, right) = (rect.left() + END, (rect.right() - END).max(rect.left() + END + 1.0));
    let place = |iteration: u64| left + (right - left) * (iteration as f32 / last as f32);
    response.widget_info(|| info(subject, at));
    let wanted = keyed(ui, &response, at, checkpoints.len()).or_else(|| {
        let pointer = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on())?;
        let far = |at: usize| (place(checkpoints[at].0) - pointer.x).abs();
        (0..checkpoints.len()).min_by(|&a, &b| far(a).total_cmp(&far(b)))
    });
    paint(ui, rect, &response, [left, right, place(subject.iteration)]);
    let middle = rect.top() + 9.0;
    for (index, (iteration, _)) in checkpoints.iter().enumerate() {
        let palette = theme::palette(ui);
        let (radius, fill) = if at == Some(index) { (5.5, colour) } else { (3.5, palette.text) };
        ui.painter().circle_filled(pos2(place(*iteration), middle), radius, fill);
    }
    let palette = theme::palette(ui);
    let write = |x: f32, anchor, text: &str| {
        ui.painter().text(pos2(x, rect.bottom()), anchor, text, FontId::proportional(10.5), palette.weak);
    };
    write(rect.left(), eframe::egui::Align2::LEFT_BOTTOM, "0");
    write(rect.right(), eframe::egui::Align2::RIGHT_BOTTOM, &format::count(last));
    wanted.filter(|wanted| at != Some(*wanted)).map(|wanted| checkpoints[wanted].1.clone())
}

fn info(subject: &Subject<'_>, at: Option<usize>) -> WidgetInfo {
    let mut info = WidgetInfo::labeled(Role::Slider, true, format!("Checkpoints of {}", subject.name));
    info.value = at.map(|at| subject.checkpoints[at].0 as f64);
    info
}

/// The tick that arrow keys go to.
fn keyed(ui: &Ui, response: &Response, at: Option<usize>, count: usize) -> Option<usize> {
    if !response.has_focus() || count == 0 {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let (back, on) = ui.input(|input| (input.key_pressed(Key::ArrowLeft), input.key_pressed(Key::ArrowRight)));
    match at {
        Some(at) if back => Some(at.saturating_sub(1)),
        Some(at) if on => Some((at + 1).min(count - 1)),
        None if back || on => Some(count - 1),
        _ => None,
    }
}

fn paint(ui: &Ui, rect: Rect, response: &Response, [left, right, now]: [f32; 3]) {
    let palette = theme::palette(ui);
    let track = |from: f32, to: f32, colour| {
        let bar = Rect::from_min_max(pos2(from, rect.top() + 7.5), pos2(to, rect.top() + 10.5));
        ui.painter().rect_filled(bar, 1.5, colour);
    };
    track(left, right, palette.raised);
    track(left, now.min(right), palette.weak.gamma_multiply(0.55));
    if response.has_focus() {
        ui.painter().rect_stroke(rect.expand(2.0), 3.0, (1.0, palette.weak), eframe::egui::StrokeKind::Outside);
    }
}
