//! Which 1×1 seed is looked at: typed, picked, taken from the batch, or one of those before.

use crate::lab::theme;
use crate::run::Pictures;
use eframe::egui::{
    Color32, RichText, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, accesskit::Role, color_picker, vec2,
};

/// An 8-bit colour on the model's range.
pub type Seed = [u8; 3];

/// Seeds that are remembered.
const RECENT: usize = 12;
/// Colours of the batch that are offered.
const OFFERED: usize = 32;
const SWATCH: f32 = 17.0;

/// The choice of a seed.
#[derive(Default)]
pub struct SeedChoice {
    /// None before the first choice.
    pub seed: Option<Seed>,
    /// Seeds looked at before, newest first.
    recent: Vec<Seed>,
    /// What is typed while the field has the focus.
    typed: Option<String>,
}

/// Reads `R, G, B` (0 to 255) or `#rrggbb`.
#[must_use]
pub fn read(text: &str) -> Option<Seed> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix('#') {
        let digits = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| digits)?;
        let [_, r, g, b] = number.to_be_bytes();
        return Some([r, g, b]);
    }
    let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
    let numbers: Option<Vec<u8>> = parts.map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// As it is typed.
#[must_use]
pub fn write([r, g, b]: Seed) -> String {
    format!("{r}, {g}, {b}")
}

/// The colours of the batch's 1×1 images, each once.
#[must_use]
pub fn colours(coarsest: &Pictures) -> Vec<Seed> {
    let mut found: Vec<Seed> = Vec::new();
    if coarsest.side == 1 {
        for &[r, g, b, _] in coarsest.rgba.as_chunks::<4>().0.iter().take(coarsest.count) {
            if !found.contains(&[r, g, b]) && found.len() < OFFERED {
                found.push([r, g, b]);
            }
        }
    }
    found
}

impl SeedChoice {
    /// Looks at this seed.
    pub fn choose(&mut self, seed: Seed) {
        self.seed = Some(seed);
        self.typed = None;
        self.remember();
    }

    /// Puts the seed in front of those before.
    fn remember(&mut self) {
        if let Some(seed) = self.seed {
            self.recent.retain(|known| *known != seed);
            self.recent.insert(0, seed);
            self.recent.truncate(RECENT);
        }
    }

    /// Draws the choice; `batch` holds the observed 1×1 images.
    pub fn ui(&mut self, ui: &mut Ui, batch: &[Seed]) {
        ui.horizontal(|ui| {
            self.picker(ui);
            self.field(ui);
        });
        if !batch.is_empty() {
            ui.weak("of the batch's 1×1 images");
            self.swatches(ui, batch, "Batch seed");
        }
        if self.recent.len() > 1 {
            ui.weak("before");
            let recent = self.recent.clone();
            self.swatches(ui, &recent, "Earlier seed");
        }
    }

    fn picker(&mut self, ui: &mut Ui) {
        let before = self.seed.unwrap_or([128; 3]);
        let mut picked = before;
        ui.spacing_mut().interact_size = vec2(44.0, 26.0);
        let response = color_picker::color_edit_button_srgb(ui, &mut picked);
        if picked != before {
            // A drag passes many colours; only the one it ends on is remembered.
            self.seed = Some(picked);
            self.typed = None;
        } else if !ui.input(|input| input.pointer.any_down()) && self.recent.first() != self.seed.as_ref() {
            self.remember();
        }
        let name = self.seed.map_or_else(|| "Seed: none yet".to_owned(), |seed| format!("Seed {}", write(seed)));
        response
            .on_hover_text("Pick the colour of the 1×1 seed")
            .widget_info(|| WidgetInfo::labeled(Role::ColorWell, true, &name));
    }

    fn field(&mut self, ui: &mut Ui) {
        let mut text = self.typed.clone().unwrap_or_else(|| self.seed.map(write).unwrap_or_default());
        let wrong = self.typed.as_deref().is_some_and(|typed| read(typed).is_none());
        let mut field = TextEdit::singleline(&mut text).hint_text("R, G, B").desired_width(96.0);
        if wrong {
            field = field.text_color(theme::palette(ui).bad);
        }
        let response = ui.add(field).on_hover_text("Three numbers from 0 to 255, or #rrggbb");
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Seed as R, G, B");
            info.current_text_value = Some(text.clone());
            info
        });
        if response.changed() {
            if let Some(seed) = read(&text) {
                self.seed = Some(seed);
            }
            self.typed = Some(text);
        }
        if response.lost_focus() && self.typed.take().is_some_and(|typed| read(&typed).is_some()) {
            self.remember();
        }
        if wrong {
            ui.colored_label(theme::palette(ui).bad, "?").on_hover_text("Three numbers from 0 to 255, or #rrggbb");
        }
    }

    fn swatches(&mut self, ui: &mut Ui, seeds: &[Seed], what: &str) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(3.0);
            for &seed in seeds {
                if swatch(ui, seed, self.seed == Some(seed), &format!("{what} {}", write(seed))) {
                    self.choose(seed);
                }
            }
        });
    }
}

/// A small square of a colour; whether it was clicked.
pub fn swatch(ui: &mut Ui, [r, g, b]: Seed, chosen: bool, name: &str) -> bool {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(SWATCH), Sense::click());
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, Color32::from_rgb(r, g, b));
    let edge = if chosen || response.hovered() || response.has_focus() { palette.ember } else { palette.line };
    painter.rect_stroke(rect, 3.0, Stroke::new(if chosen { 2.0 } else { 1.0 }, edge), StrokeKind::Inside);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(RichText::new(name)).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_as_they_are_written_and_as_hexadecimal() {
        assert_eq!(read(&write([1, 20, 255])), Some([1, 20, 255]));
        assert_eq!(read("#0114ff"), Some([1, 20, 255]));
        assert_eq!(read(" 1 20;255 "), Some([1, 20, 255]));
        for wrong in ["", "1, 2", "1, 2, 256", "1, 2, 3, 4", "#12345", "#+12345", "red", "-1, 2, 3"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_batch_offers_each_colour_once() {
        let rgba = [[9, 9, 9, 255], [1, 2, 3, 255], [9, 9, 9, 255]].concat();
        assert_eq!(colours(&Pictures { side: 1, count: 3, rgba: rgba.clone() }), [[9, 9, 9], [1, 2, 3]]);
        assert_eq!(colours(&Pictures { side: 2, count: 1, rgba }), Vec::<Seed>::new());
    }

    #[test]
    fn a_seed_that_is_chosen_again_moves_to_the_front() {
        let mut choice = SeedChoice::default();
        (0..20).for_each(|at| choice.choose([at, 0, 0]));
        choice.choose([15, 0, 0]);
        assert_eq!(choice.recent.len(), RECENT);
        assert_eq!(choice.recent[..2], [[15, 0, 0], [19, 0, 0]]);
    }
}
