//! Dragging a number in the text, with Alt held.

use super::super::draft::Draft;
use super::super::undo::Change;
use super::edits::byte_of;
use super::number;
use super::page::Page;
use super::scan::Scan;
use eframe::egui::{CursorIcon, Id, Rect, Sense, Ui, WidgetInfo, accesskit::Role};
use std::ops::Range;

/// Points that the pointer moves for a step.
const PER_STEP: f32 = 6.0;

/// The number that is dragged.
#[derive(Debug, Clone)]
pub struct Drag {
    /// Its bytes in the text as it is now.
    range: Range<usize>,
    /// As it was written when the drag began.
    origin: String,
    /// Points that the pointer has moved since.
    moved: f32,
}

/// Lets the user drag the number under the pointer. Lies over the text, so that the drag does not select.
pub fn ui(drag: &mut Option<Drag>, ui: &Ui, id: Id, page: &Page, scan: &Scan, draft: &mut Draft) {
    let (alt, pointer) = ui.input(|input| (input.modifiers.alt, input.pointer.latest_pos()));
    let under = pointer.filter(|_| alt).and_then(|at| page.character(at));
    let under = under.and_then(|place| number::at(scan, byte_of(&draft.text, place)));
    let Some(range) = drag.as_ref().map(|drag| drag.range.clone()).or(under) else {
        return;
    };
    let Some(written) = draft.text.get(range.clone()).map(str::to_owned) else {
        *drag = None;
        return;
    };
    let rect: Rect = page.bytes(&draft.text, range.clone()).expand(2.0);
    let response = ui.interact(rect, id.with("number"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, format!("{written}, drag to change")));
    ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
    if response.drag_started() {
        *drag = Some(Drag { range, origin: written, moved: 0.0 });
        draft.changed(Change::Whole);
    }
    if let Some(dragged) = drag.as_mut().filter(|_| response.dragged()) {
        let large = if ui.input(|input| input.modifiers.shift) { 10.0 } else { 1.0 };
        dragged.moved += response.drag_delta().x * large;
        let steps = (dragged.moved / PER_STEP).round() as i64;
        if let Some(stepped) = number::stepped(&dragged.origin, steps) {
            let range = dragged.range.clone();
            dragged.range.end = range.start + stepped.len();
            draft.text.replace_range(range.clone(), &stepped);
            draft.changed(Change::Stepped(range.start));
        }
    }
    if response.drag_stopped() || !ui.input(|input| input.pointer.any_down()) {
        *drag = None;
    }
}
