//! The spread of one grid, drawn: bars of within and between on one scale, with their numbers.

use super::words;
use crate::lab::{format, theme};
use crate::run::SeedSpread;
use eframe::egui::{Align2, Color32, FontId, Rect, Sense, Ui, WidgetInfo, accesskit::Role, pos2, vec2};

/// Width of a drawn spread in points.
pub const WIDTH: f32 = 158.0;
/// Least height of one that shows all its numbers.
const FULL: f32 = 42.0;
const LINE: f32 = 14.0;
const NAME: f32 = 50.0;
const NUMBER: f32 = 42.0;

/// The largest spread of all, which every bar is drawn against.
#[must_use]
pub fn scale<'a>(spreads: impl Iterator<Item = &'a SeedSpread>) -> f64 {
    let all = spreads.flat_map(|spread| [Some(spread.within), spread.between]).flatten();
    all.filter(|value| value.is_finite()).fold(1e-6, f64::max)
}

/// Draws `spread` in `rect`; `of` names it and `scale` is the value of a full bar.
pub fn ui(ui: &mut Ui, rect: Rect, of: &str, spread: &SeedSpread, scale: f64) {
    let palette = theme::palette(ui);
    let between = spread.between;
    let mut lines = vec![("within", Some(spread.within), palette.ember), ("between", between, palette.weak)];
    if rect.height() >= FULL && spread.ms_ssim.is_some() {
        lines.push(("MS-SSIM", spread.ms_ssim, Color32::TRANSPARENT));
    }
    if rect.height() < 2.0 * LINE {
        lines.truncate(1);
    }
    let top = rect.center().y - lines.len() as f32 * LINE / 2.0;
    for (at, (name, value, colour)) in lines.into_iter().enumerate() {
        let line = Rect::from_min_size(pos2(rect.left(), top + at as f32 * LINE), vec2(rect.width(), LINE));
        draw(ui, line, name, value, (colour, scale));
    }
    let number = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), format::number);
    let told = format!(
        "Spread of {of}: within {}, between {}, MS-SSIM {}",
        format::number(spread.within),
        number(between),
        number(spread.ms_ssim)
    );
    let response = ui.interact(rect, ui.scope_id().with(("spread", of)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &told));
    response.on_hover_ui(|ui| {
        ui.set_max_width(320.0);
        [&told, words::WITHIN, words::BETWEEN, words::MS_SSIM].into_iter().for_each(|text| {
            ui.label(text);
        });
    });
}

fn draw(ui: &Ui, line: Rect, name: &str, value: Option<f64>, (colour, scale): (Color32, f64)) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let middle = line.center().y;
    painter.text(pos2(line.left(), middle), Align2::LEFT_CENTER, name, FontId::proportional(10.5), palette.weak);
    let text = value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    let font = FontId::new(11.0, theme::numbers().family);
    painter.text(pos2(line.right(), middle), Align2::RIGHT_CENTER, text, font, palette.text);
    if colour == Color32::TRANSPARENT {
        return;
    }
    let room = line.width() - NAME - NUMBER;
    let full = Rect::from_min_size(pos2(line.left() + NAME, middle - 2.5), vec2(room, 5.0));
    let share = value.map_or(0.0, |value| (value / scale).clamp(0.0, 1.0)) as f32;
    painter.rect_filled(full, 2.0, palette.raised);
    painter.rect_filled(Rect::from_min_size(full.min, vec2(room * share, 5.0)), 2.0, colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bars_are_drawn_against_the_largest_spread() {
        let spread = |within, between| SeedSpread { within, between, ..SeedSpread::default() };
        let spreads = [spread(0.1, Some(0.3)), spread(f64::NAN, None), spread(0.2, None)];
        assert_eq!(scale(spreads.iter()), 0.3);
        assert!(scale([].iter()) > 0.0);
    }
}
