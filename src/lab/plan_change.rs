//! What a recipe keeps and what it makes anew, as chips: calm ones for what stays, ember for what is new.

use super::theme::{self, Palette};
use eframe::egui::{Button, Color32, RichText, Sense, Ui, WidgetInfo, accesskit::Role, vec2};

/// A thing that is kept or made anew, as a chip says it.
#[must_use]
pub fn short(thing: &str) -> String {
    let grid =
        |text: &str| text.strip_prefix("the ").and_then(|text| text.strip_suffix(" grid's network")).map(str::to_owned);
    if let Some(side) = grid(thing) {
        return side;
    }
    let part = thing.split_once(" of ").and_then(|(part, of)| Some((part, grid(of)?)));
    part.map_or_else(|| thing.to_owned(), |(part, side)| format!("{side}: {part}"))
}

/// Whether a thing is a grid, whole or in part.
fn is_grid(thing: &str) -> bool {
    thing.ends_with(" grid's network")
}

fn chip(ui: &mut Ui, thing: &str, new: bool, palette: &Palette) {
    let (fill, colour) = match (new, is_grid(thing)) {
        (true, true) if ui.visuals().dark_mode => (palette.ember, Color32::BLACK),
        (true, true) => (palette.ember, Color32::WHITE),
        (true, false) => (palette.panel.lerp_to_gamma(palette.ember, 0.28), palette.strong),
        (false, true) => (palette.raised, palette.text),
        (false, false) => (palette.panel.lerp_to_gamma(palette.raised, 0.6), palette.weak),
    };
    let text = short(thing);
    let button =
        Button::new(RichText::new(&text).size(11.0).color(colour)).fill(fill).corner_radius(8).sense(Sense::hover());
    let chip = ui.add(button.min_size(vec2(0.0, 17.0)));
    let said = format!("{text} {}", if new { "made anew" } else { "kept" });
    chip.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    chip.on_hover_text(format!("{}: {thing}", if new { "Made anew" } else { "Kept, with all it learned" }));
}

/// Chips in a row that wraps, behind a word.
pub fn chips(ui: &mut Ui, word: &str, things: &[String], new: bool) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 3.0);
        ui.spacing_mut().button_padding = vec2(7.0, 0.0);
        ui.spacing_mut().interact_size.y = 17.0;
        ui.label(RichText::new(word).size(11.0).color(palette.weak));
        let (grids, others): (Vec<_>, Vec<_>) = things.iter().partition(|thing| is_grid(thing));
        let (shown, told) = if new { ([grids, others].concat(), Vec::new()) } else { (grids, others) };
        for thing in &shown {
            chip(ui, thing, new, palette);
        }
        // What stays and is no grid is not what the user looks for.
        if !told.is_empty() {
            let list: Vec<&str> = told.iter().map(|thing| thing.as_str()).collect();
            let text = ui.label(RichText::new(list.join(", ")).size(11.0).color(palette.weak));
            text.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{} kept", list.join(", "))));
        }
        if things.is_empty() {
            ui.label(RichText::new("nothing").size(11.0).color(palette.weak));
        }
    });
}

/// Both kinds, and the cost in words.
pub fn ui(ui: &mut Ui, title: &str, kept: &[String], renewed: &[String], cost: &str) {
    let palette = theme::palette(ui);
    let frame = eframe::egui::Frame::NONE.fill(palette.well).corner_radius(4).inner_margin(6);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(title).size(11.5).strong());
            ui.label(RichText::new(cost).size(11.0).color(palette.weak));
        });
        chips(ui, "anew", renewed, true);
        chips(ui, "kept", kept, false);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_told_by_their_side() {
        for (thing, wanted) in [
            ("the 4×4 grid's network", "4×4"),
            ("conv1, conv2 of the 9×9 grid's network", "9×9: conv1, conv2"),
            ("batches of 32", "batches of 32"),
            ("p(0)", "p(0)"),
        ] {
            assert_eq!(short(thing), wanted);
        }
    }
}
