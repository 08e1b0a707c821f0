//! The little Markdown of the dictionary: `code` in monospace; and signs that a font lacks in one that has them.

use super::super::theme::Palette;
use eframe::egui::{Color32, FontId, TextFormat, Ui, text::LayoutJob};

/// Signs that no font at hand has, and what is written for them.
const PLAIN: [(char, &str); 1] = [('ᵢ', "i")];

/// The text, to be wrapped.
#[must_use]
pub fn job(ui: &Ui, text: &str, size: f32, palette: &Palette) -> LayoutJob {
    coloured(ui, text, size, [palette.text, palette.strong])
}

/// The text and its code in colours of their own.
#[must_use]
pub fn coloured(ui: &Ui, text: &str, size: f32, [plain, code]: [Color32; 2]) -> LayoutJob {
    let (prose, mono) = (FontId::proportional(size), FontId::monospace(size - 0.5));
    let mut job = LayoutJob::default();
    for (at, part) in text.split('`').enumerate() {
        let (font, other, color) = if at % 2 == 0 { (&prose, &mono, plain) } else { (&mono, &prose, code) };
        let mut run = (String::new(), font);
        for sign in part.chars() {
            let font = if sign.is_ascii() || ui.fonts_mut(|fonts| fonts.has_glyph(font, sign)) { font } else { other };
            if font != run.1 {
                append(&mut job, &std::mem::take(&mut run.0), run.1, color);
                run.1 = font;
            }
            match PLAIN.iter().find(|(lacking, _)| *lacking == sign) {
                Some((_, plain)) => run.0.push_str(plain),
                None => run.0.push(sign),
            }
        }
        append(&mut job, &run.0, run.1, color);
    }
    job
}

fn append(job: &mut LayoutJob, text: &str, font: &FontId, color: Color32) {
    if !text.is_empty() {
        job.append(text, 0.0, TextFormat { font_id: font.clone(), color, ..Default::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::theme::DARK;
    use crate::run::dictionary;
    use eframe::egui::Context;

    /// Every sign of the dictionary is in the font that it is given.
    #[test]
    fn every_word_of_the_dictionary_can_be_read() {
        let context = Context::default();
        let mut lacking = Vec::new();
        let _ = context.run_ui(Default::default(), |ui| {
            for entry in dictionary() {
                let options = entry.options.iter().flat_map(|option| {
                    [Some(option.about.as_str()), option.range.as_deref(), option.default.as_deref()]
                });
                let texts = options.flatten().chain([entry.about.as_str()]).chain(entry.source.as_deref());
                for text in texts.chain(entry.default.as_deref()) {
                    let job = job(ui, text, 12.0, &DARK);
                    for section in &job.sections {
                        let text = &job.text[section.byte_range.start.0..section.byte_range.end.0];
                        let has = |sign: &char| ui.fonts_mut(|fonts| fonts.has_glyph(&section.format.font_id, *sign));
                        lacking.extend(text.chars().filter(|sign| *sign != '\n' && !has(sign)));
                    }
                }
                for text in entry.signatures.iter().map(|of| of.text.as_str()).chain(entry.example.as_deref()) {
                    let has = |sign: &char| ui.fonts_mut(|fonts| fonts.has_glyph(&FontId::monospace(11.0), *sign));
                    lacking.extend(text.chars().filter(|sign| *sign != '\n' && !has(sign)));
                }
            }
        });
        assert!(lacking.is_empty(), "{lacking:?}");
    }
}
