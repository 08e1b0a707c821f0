//! The command palette: any command by a few letters of its name.

use super::action::{ACTIONS, Action, Entry};
use super::theme;
use eframe::egui::{
    self, Align2, FontId, Id, Key, Modal, Modifiers, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

const ROW: f32 = 26.0;
const WIDTH: f32 = 520.0;

/// The palette while it is open.
#[derive(Default)]
pub struct CommandPalette {
    search: String,
    /// The row that Enter takes.
    at: usize,
    /// Whether it was drawn before: the first time the field gets the keyboard.
    drawn: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Closed,
    Chosen(Action),
}

/// How well `name` answers a search: the letters must stand in it in their order. Letters at the beginning of words and
/// letters side by side count more; none, where it does not answer it.
fn score(search: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let begins = |at: usize| at == 0 || !name[at - 1].is_alphanumeric();
    let (mut from, mut total, mut before) = (0, 0, None);
    for letter in search.chars().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace()) {
        let mut places = (from..name.len()).filter(|&at| name[at] == letter);
        let next = before.map(|at: usize| at + 1);
        let first = places.clone().next()?;
        // The beginning of a word is meant before a letter within one, unless that goes on from the last.
        let place = if next == Some(first) { first } else { places.find(|&at| begins(at)).unwrap_or(first) };
        total += if next == Some(place) { 8 } else { 0 } + if begins(place) { 6 } else { 0 };
        total -= (place - from).min(6) as i32;
        (before, from) = (Some(place), place + 1);
    }
    Some(total)
}

/// The commands that answer a search, the best first; without one those used last, then all.
fn found(search: &str, recent: &[Action]) -> Vec<&'static Entry> {
    let used = |entry: &Entry| recent.iter().position(|&action| action == entry.action).unwrap_or(recent.len());
    let matching = ACTIONS.iter().filter(|entry| entry.action != Action::Palette).filter_map(|entry| {
        let named = score(search, entry.label);
        // What it does is searched too, for whole pieces of it.
        let told = || (search.len() > 2 && entry.tip.to_lowercase().contains(&search.to_lowercase())).then_some(-20);
        Some((named.or_else(told)?, entry))
    });
    let mut matching: Vec<(i32, &Entry)> = matching.collect();
    matching.sort_by_key(|(score, entry)| (if search.trim().is_empty() { 0 } else { -score }, used(entry)));
    matching.into_iter().map(|(_, entry)| entry).collect()
}

impl CommandPalette {
    /// Draws it. `refusal` says why a command is not available now.
    pub fn ui(
        &mut self,
        ctx: &egui::Context,
        recent: &[Action],
        refusal: impl Fn(Action) -> Option<&'static str>,
    ) -> Outcome {
        let rows = found(&self.search, recent);
        self.at = self.at.min(rows.len().saturating_sub(1));
        let moved = self.arrows(ctx, rows.len());
        let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let mut chosen = rows.get(self.at).filter(|_| enter).map(|entry| entry.action);
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(10);
        let id = Id::unique("command palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 56.0));
        let shown = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
            let width = WIDTH.min(ui.ctx().content_rect().width() - 60.0);
            ui.set_width(width);
            self.field(ui);
            ui.add_space(4.0);
            if rows.is_empty() {
                ui.weak("No command has these letters in this order. Fewer letters find more.");
            }
            let most = (ui.ctx().content_rect().height() - 150.0).clamp(ROW, 12.0 * ROW);
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(most).min_scrolled_height(most).auto_shrink([false, true]).show(
                ui,
                |ui| {
                    for (at, entry) in rows.iter().enumerate() {
                        if self.row(ui, (at, entry), refusal(entry.action), moved) {
                            chosen = Some(entry.action);
                        }
                    }
                },
            );
        });
        match chosen {
            Some(action) if refusal(action).is_none() => Outcome::Chosen(action),
            None if shown.should_close() => Outcome::Closed,
            _ => Outcome::Open,
        }
    }

    fn arrows(&mut self, ctx: &egui::Context, count: usize) -> bool {
        let pressed = |key| ctx.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
        if count > 0 && down + up > 0 {
            self.at = (self.at + down + count.saturating_sub(up % count)) % count;
        }
        down + up > 0
    }

    fn field(&mut self, ui: &mut Ui) {
        let field = TextEdit::singleline(&mut self.search).hint_text("Find a command").desired_width(f32::INFINITY);
        let field = ui.add(field.margin(vec2(8.0, 6.0)));
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Find a command"));
        if !self.drawn {
            field.request_focus();
            self.drawn = true;
        }
        if field.changed() {
            self.at = 0;
        }
    }

    /// One command; whether it was clicked.
    fn row(&mut self, ui: &mut Ui, (at, entry): (usize, &Entry), refusal: Option<&str>, moved: bool) -> bool {
        let palette = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        let keys = entry.key_texts(ui.ctx()).join("  or  ");
        response.widget_info(|| {
            let name = if keys.is_empty() { entry.label.to_owned() } else { format!("{}, {keys}", entry.label) };
            WidgetInfo::labeled(Role::MenuItem, refusal.is_none(), format!("Command: {name}"))
        });
        if response.hovered() && ui.input(|input| input.pointer.delta() != Vec2::ZERO) {
            self.at = at;
        }
        if self.at == at {
            ui.painter().rect_filled(rect, 4.0, palette.hovered);
            if moved {
                response.scroll_to_me(None);
            }
        }
        if !ui.is_rect_visible(rect) {
            return response.clicked();
        }
        let colour = if refusal.is_some() { palette.weak } else { palette.strong };
        let middle = rect.center().y;
        let write = |x: f32, align, text: &str, size: f32, colour| {
            ui.painter().text(pos2(x, middle), align, text, FontId::proportional(size), colour)
        };
        let name = write(rect.left() + 8.0, Align2::LEFT_CENTER, entry.label, 13.0, colour);
        let key = write(rect.right() - 8.0, Align2::RIGHT_CENTER, &keys, 12.0, palette.ember);
        let room = (name.right() + 14.0)..(key.left() - 14.0);
        let tip = refusal.unwrap_or(entry.tip).to_owned();
        let mut job = egui::text::LayoutJob::simple_singleline(tip, FontId::proportional(11.5), palette.weak);
        job.wrap = egui::text::TextWrapping::truncate_at_width((room.end - room.start).max(0.0));
        let tip = ui.painter().layout_job(job);
        ui.painter().galley(pos2(room.start, middle - tip.size().y / 2.0), tip, palette.weak);
        response.clicked()
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Pane;
    use super::*;

    fn first(search: &str) -> &'static str {
        found(search, &[]).first().map_or("", |entry| entry.label)
    }

    #[test]
    fn a_few_letters_find_a_command() {
        for (search, wanted) in [
            ("zi", "Zoom in"),
            ("dark", "Dark theme"),
            ("spinp", "Show panel Inpainting"),
            ("cp", "Checkpoint"),
            ("rsl", "Reset the layout"),
            ("it", "Iteration"),
            ("open run", "Open a run"),
        ] {
            assert_eq!(first(search), wanted, "{search}");
        }
        assert!(found("qqqq", &[]).is_empty());
        assert!(found("folder or archive", &[]).iter().any(|entry| entry.action == Action::OpenData), "by its tip");
    }

    #[test]
    fn without_letters_those_used_last_come_first() {
        let recent = [Action::Show(Pane::Runs), Action::Save];
        let labels: Vec<&str> = found("", &recent).iter().take(3).map(|entry| entry.label).collect();
        assert_eq!(labels, ["Show panel Runs", "Checkpoint", "Run"]);
        assert_eq!(found("", &[]).len(), ACTIONS.len() - 1);
    }
}
