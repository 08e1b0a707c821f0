//! The little Markdown of the dictionary: `code` and *emphasis*.

use super::super::theme::Palette;
use eframe::egui::{FontId, TextFormat, text::LayoutJob};

/// Without its marks.
#[must_use]
pub fn bare(text: &str) -> String {
    text.replace('`', "")
}

/// With code in monospace, to be wrapped.
#[must_use]
pub fn job(text: &str, size: f32, palette: &Palette) -> LayoutJob {
    let mut job = LayoutJob::default();
    append(&mut job, text, size, palette);
    job
}

/// Goes on with a text.
pub fn append(job: &mut LayoutJob, text: &str, size: f32, palette: &Palette) {
    for (at, part) in text.split('`').enumerate() {
        let (font_id, color) = match at % 2 {
            0 => (FontId::proportional(size), palette.text),
            _ => (FontId::monospace(size - 0.5), palette.strong),
        };
        job.append(part, 0.0, TextFormat { font_id, color, ..Default::default() });
    }
}
