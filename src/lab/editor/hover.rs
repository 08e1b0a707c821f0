//! What is known of the word under the pointer, in a tooltip.

use super::super::highlight::Highlighter;
use super::super::theme::{self, Palette};
use super::markdown;
use super::words::{Word, told};
use eframe::egui::{FontId, Frame, Grid, Id, Label, Rect, RichText, TextFormat, Tooltip, Ui, text::LayoutJob};
use std::time::Duration;

/// Seconds that the pointer rests before the tooltip comes.
const REST: f32 = 0.4;
const WIDTH: f32 = 400.0;
/// Words of one name that are told of.
const MOST: usize = 3;

/// The tooltip's own state.
#[derive(Default)]
pub struct Hover {
    /// Colours examples.
    highlighter: Highlighter,
    /// The first byte of the word that the tooltip is open for.
    open: Option<usize>,
}

impl Hover {
    /// The pointer is on no word.
    pub fn away(&mut self) {
        self.open = None;
    }

    /// Shows what is known of the word that begins at this byte and lies here, once the pointer rests on it.
    pub fn ui(&mut self, ui: &Ui, id: Id, byte: usize, at: Rect, words: &[Word]) {
        let still = ui.input(|input| input.pointer.time_since_last_movement());
        if self.open != Some(byte) && still < REST {
            self.open = None;
            ui.request_repaint_after(Duration::from_secs_f32(REST - still));
            return;
        }
        self.open = Some(byte);
        let tooltip = Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), id.with(("hover", byte)), at);
        tooltip.gap(6.0).width(WIDTH).accessible_name("Documentation").show(|ui| {
            let palette = theme::palette(ui);
            for (at, word) in words.iter().take(MOST).enumerate() {
                if at > 0 {
                    ui.separator();
                }
                self.word(ui, word, palette);
            }
        });
    }

    fn word(&mut self, ui: &mut Ui, word: &Word, palette: &'static Palette) {
        for signature in &word.signatures {
            ui.add(Label::new(signature_job(signature, &word.name, palette)).wrap());
        }
        ui.add(Label::new(markdown::job(ui, &word.about, 12.5, palette)).wrap());
        let Some(entry) = word.entry else {
            return;
        };
        if let Some(default) = &entry.default {
            ui.add(Label::new(markdown::job(ui, &format!("Default: {default}."), 12.0, palette)).wrap());
        }
        if !entry.options.is_empty() {
            Grid::new(("options", &word.name)).num_columns(2).spacing([10.0, 2.0]).show(ui, |ui| {
                for option in &entry.options {
                    ui.label(RichText::new(&option.name).font(FontId::monospace(11.5)).color(palette.strong));
                    let job = markdown::job(ui, &told(option), 11.5, palette);
                    ui.add(Label::new(job).wrap());
                    ui.end_row();
                }
            });
        }
        if let Some(example) = &entry.example {
            Frame::NONE.fill(palette.well).corner_radius(4).inner_margin(6).show(ui, |ui| {
                let job = self.highlighter.layout(example.trim(), palette, &FontId::monospace(11.0), None);
                let mut job = job;
                job.wrap.max_width = ui.available_width();
                ui.add(Label::new(job).wrap());
            });
        }
        if let Some(source) = &entry.source {
            ui.label(RichText::new(format!("Source: {source}")).small().color(palette.weak));
        }
    }
}

/// A signature with the name in it made strong.
fn signature_job(signature: &str, name: &str, palette: &Palette) -> LayoutJob {
    let format = |color| TextFormat { font_id: FontId::monospace(12.0), color, ..Default::default() };
    let mut job = LayoutJob::default();
    let at = signature.find(name).unwrap_or(0);
    let end = (at + name.len()).min(signature.len());
    job.append(&signature[..at], 0.0, format(palette.weak));
    job.append(signature.get(at..end).unwrap_or_default(), 0.0, format(palette.ember));
    job.append(signature.get(end..).unwrap_or_default(), 0.0, format(palette.text));
    job
}
