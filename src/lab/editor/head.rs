//! What stands above the text: its name and fate, the choice between two texts, and what a change would do.

use super::super::action::Action;
use super::super::diff_view;
use super::super::draft::{Draft, Fate, Refusal};
use super::super::theme;
use super::super::{format, plan_change};
use eframe::egui::{Align, Button, Color32, Frame, Id, Label, Layout, RichText, ScrollArea, Ui, vec2};

/// Name, state and buttons; true when the user asks to apply, and the id of the name.
pub fn header(ui: &mut Ui, draft: &mut Draft, over: bool) -> (bool, Id) {
    let palette = theme::palette(ui);
    let mut apply = false;
    let row = ui.horizontal(|ui| {
        let name = draft.path().file_name().unwrap_or(draft.path().as_os_str());
        let name = RichText::new(name.display().to_string()).strong();
        let name = ui.add(Label::new(name).truncate());
        let name = name.on_hover_text(draft.path().display().to_string()).id;
        if draft.unsaved() {
            ui.colored_label(palette.ember, "unsaved");
        } else {
            let (text, colour) = match draft.fate() {
                None => ("running".to_owned(), palette.weak),
                Some(Fate::Sent) => ("sent to the run".to_owned(), palette.weak),
                Some(Fate::Applied(at)) => (format!("running since {}", format::count(*at)), palette.good),
                Some(Fate::Refused(_)) => ("refused".to_owned(), palette.bad),
            };
            ui.colored_label(colour, text);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let entry = Action::Apply.entry();
            let fill = if draft.unsaved() { palette.ember } else { palette.raised };
            let text = if draft.unsaved() { Color32::BLACK } else { palette.text };
            let button = Button::new(RichText::new(entry.label).color(text)).fill(fill);
            let hint = entry.hint(ui.ctx());
            apply = ui.add_enabled(!over, button).on_hover_text(hint).clicked();
            let revert = ui.add_enabled(draft.differs_from_running(), Button::new("Revert"));
            if revert.on_hover_text("Go back to the text that runs").clicked() {
                draft.revert();
            }
        });
        name
    });
    (apply, row.inner)
}

/// Lets the user choose between the own text and the one from outside; `both` says whether their difference is shown.
pub fn conflict(ui: &mut Ui, draft: &mut Draft, both: &mut bool) {
    let Some(theirs) = draft.theirs().map(str::to_owned) else {
        *both = false;
        return;
    };
    let palette = theme::palette(ui);
    let fill = palette.panel.lerp_to_gamma(palette.warn, 0.16);
    Frame::NONE.fill(fill).corner_radius(4).inner_margin(6).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new("The file changed and runs, but you have unsaved edits.").wrap());
        ui.horizontal_wrapped(|ui| {
            if ui.button("Keep mine").on_hover_text("Apply then writes your text over the file").clicked() {
                draft.keep_mine();
            }
            if ui.button("Take theirs").on_hover_text("Ctrl+Z brings your text back").clicked() {
                draft.take_theirs();
            }
            let word = if *both { "Hide theirs" } else { "Show both" };
            if ui.button(word).on_hover_text("What differs, line by line").clicked() {
                *both = !*both;
            }
        });
        if *both && draft.in_conflict() {
            ui.horizontal(|ui| {
                ui.label(RichText::new("– yours").size(11.0).color(palette.bad));
                ui.label(RichText::new("+ theirs, which runs").size(11.0).color(palette.good));
            });
            let most = (ui.available_height() * 0.45).max(80.0);
            ScrollArea::vertical()
                .id_salt("both")
                .max_height(most)
                .show(ui, |ui| diff_view::ui(ui, &draft.text, &theirs));
        }
    });
}

/// Tells why the recipe was refused; whether the user wants to go there.
pub fn refused(ui: &mut Ui, draft: &Draft, refusal: &Refusal) -> bool {
    let palette = theme::palette(ui);
    let place = match (draft.refusal_here().is_some(), refusal.line) {
        (_, 0) => String::new(),
        (true, line) => format!("line {line}, column {}: ", refusal.column),
        (false, line) => format!("{}, line {line}: ", refusal.path.display()),
    };
    let text = RichText::new(format!("{place}{}", refusal.message)).color(palette.bad);
    let fill = palette.panel.lerp_to_gamma(palette.bad, 0.12);
    let strip = Button::new(text).wrap().fill(fill).min_size(vec2(ui.available_width(), 0.0));
    ui.add(strip).on_hover_text("The last good recipe keeps running. Click to go there.").clicked()
}

/// What the text would change if it were applied, or where it is wrong; or, for a while, what the last one changed.
pub fn change(ui: &mut Ui, draft: &Draft) {
    let palette = theme::palette(ui);
    if let Some(preview) = draft.preview() {
        let Some((_, line, column, message)) = &preview.refusal else {
            return plan_change::ui(ui, "Applying changes", &preview.kept, &preview.renewed, &preview.cost);
        };
        let text = format!("line {line}, column {column}: {message}");
        ui.add(Label::new(RichText::new(text).color(palette.bad)).wrap());
    } else if let Some((landing, left)) = draft.landing() {
        let title = format!("Applied at {}", format::count(landing.iteration));
        plan_change::ui(ui, &title, &landing.kept, &landing.renewed, &landing.cost);
        ui.request_repaint_after(left);
    }
}
