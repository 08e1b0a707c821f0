//! The menu in the bar: every command by its group, made from the table.

use super::action::{ACTIONS, Action, Group};
use super::model::Model;
use eframe::egui::{Button, Ui, WidgetInfo, accesskit::Role};

/// Draws the menu's button; what the user chooses.
pub fn ui(ui: &mut Ui, model: &Model) -> Option<Action> {
    let menu = ui.menu_button("☰", |ui| {
        let mut chosen = None;
        for group in Group::ALL {
            let inner = ui.menu_button(group.title(), |ui| commands(ui, model, group)).inner;
            chosen = inner.flatten().or(chosen);
        }
        chosen
    });
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Menu"));
    menu.response.on_hover_text("Every command");
    menu.inner.flatten()
}

fn commands(ui: &mut Ui, model: &Model, group: Group) -> Option<Action> {
    ui.set_min_width(210.0);
    let mut chosen = None;
    for entry in ACTIONS.iter().filter(|entry| entry.group == group) {
        let refusal = refusal(model, entry.action);
        let keys = entry.key_texts(ui.ctx());
        let button = Button::new(entry.label).shortcut_text(keys.first().map_or("", String::as_str));
        let button = ui.add_enabled(refusal.is_none(), button).on_hover_text(entry.tip);
        button.widget_info(|| WidgetInfo::labeled(Role::MenuItem, refusal.is_none(), format!("Menu: {}", entry.label)));
        if button.on_disabled_hover_text(refusal.unwrap_or_default()).clicked() {
            chosen = Some(entry.action);
            ui.close();
        }
    }
    chosen
}

/// Why an action is not available now.
#[must_use]
pub fn refusal(model: &Model, action: Action) -> Option<&'static str> {
    let needs_run = action.entry().group == Group::Run || action == Action::OpenData;
    (needs_run && model.over()).then_some("The run has ended")
}
