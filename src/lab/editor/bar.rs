//! The bar above the text: find, replace, go to a line.

use super::super::theme;
use super::edits::Selection;
use super::find::Find;
use eframe::egui::{Button, Id, Key, Label, Modifiers, RichText, TextEdit, Ui, WidgetInfo, accesskit::Role, vec2};
use std::ops::Range;

/// What the bar is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    #[default]
    Closed,
    Find,
    Replace,
    Line,
}

/// The bar's own state.
#[derive(Debug, Clone, Default)]
pub struct Bar {
    pub open: Open,
    pub find: Find,
    line: String,
    /// The first field is to take the keys.
    focus: bool,
    /// How many were replaced at once.
    replaced: Option<usize>,
    /// The match that was gone to. A text that has not the keys keeps no selection, only the cursor behind it.
    at: Option<Range<usize>>,
}

/// What the user asks for by the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Select these bytes and show them.
    Select(Range<usize>),
    /// Put a text in their place, and select the match after it.
    Replace(Range<usize>, String),
    /// This is the text now.
    ReplaceAll(String),
    /// Show the line of this number, from 1, and go on writing there.
    GoTo(usize),
    Close,
}

impl Bar {
    /// Opens the bar; what is selected in one line is looked for.
    pub fn open(&mut self, open: Open, text: &str, selection: Selection) {
        let selected = &text[selection.range()];
        if open != Open::Line && !selected.is_empty() && !selected.contains('\n') {
            selected.clone_into(&mut self.find.wanted);
        }
        (self.open, self.focus, self.replaced) = (open, true, None);
    }

    /// Whether matches are shown in the text.
    #[must_use]
    pub fn finds(&self) -> bool {
        matches!(self.open, Open::Find | Open::Replace)
    }

    /// The bytes that are selected, or those of the match behind which the cursor stands.
    #[must_use]
    pub fn current(&self, selection: Selection) -> Range<usize> {
        let gone_to = self.at.clone().filter(|at| selection.range() == (at.end..at.end));
        gone_to.unwrap_or(selection.range())
    }

    /// The match after the current one, or the one before it.
    pub fn next(&mut self, text: &str, selection: Selection, backwards: bool) -> Option<Ask> {
        let Range { start, end } = self.current(selection);
        self.go_to(text, if backwards { start } else { end }, backwards)
    }

    fn go_to(&mut self, text: &str, from: usize, backwards: bool) -> Option<Ask> {
        self.at = self.find.next(text, from, backwards);
        self.at.clone().map(Ask::Select)
    }

    /// Draws the bar.
    pub fn ui(&mut self, ui: &mut Ui, text: &str, selection: Selection) -> Option<Ask> {
        let mut ask = None;
        let well = theme::palette(ui).panel.lerp_to_gamma(theme::palette(ui).raised, 0.5);
        eframe::egui::Frame::NONE.fill(well).corner_radius(4).inner_margin(4).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            ui.set_width(ui.available_width());
            match self.open {
                Open::Closed => {}
                Open::Line => ask = self.line(ui, text),
                Open::Find | Open::Replace => {
                    ask = self.find_row(ui, text, selection);
                    if self.open == Open::Replace {
                        ask = ask.take().or(self.replace_row(ui, text, selection));
                    }
                }
            }
        });
        ask
    }

    fn find_row(&mut self, ui: &mut Ui, text: &str, selection: Selection) -> Option<Ask> {
        let mut ask = None;
        ui.horizontal(|ui| {
            let id = Id::unique("find");
            let focused = ui.memory(|memory| memory.has_focus(id));
            let pressed = |modifiers| ui.input_mut(|input| focused && input.consume_key(modifiers, Key::Enter));
            let (backwards, forwards) = (pressed(Modifiers::SHIFT), pressed(Modifiers::NONE));
            let width = (ui.available_width() - 176.0).clamp(60.0, 260.0);
            let typed = field(ui, id, &mut self.find.wanted, "Find", width, std::mem::take(&mut self.focus));
            if typed {
                self.replaced = None;
                ask = self.go_to(text, self.current(selection).start, false);
            }
            let cased = ui.selectable_label(self.find.cased, "Aa").on_hover_text("Match case");
            cased.widget_info(|| WidgetInfo::selected(Role::Button, true, self.find.cased, "Match case"));
            if cased.clicked() {
                self.find.cased = !self.find.cased;
            }
            let previous = button(ui, "‹", "Previous match", "Shift+Enter or Shift+F3");
            let next = button(ui, "›", "Next match", "Enter or F3");
            if backwards || previous || forwards || next {
                ask = self.next(text, selection, backwards || previous);
            }
            if button(ui, "×", "Close the bar", "Escape") {
                ask = Some(Ask::Close);
            }
            let count = match self.replaced {
                Some(count) => format!("{count} replaced"),
                None if self.find.wanted.is_empty() => String::new(),
                None => self.find.count(text, &self.current(selection)),
            };
            ui.add(Label::new(RichText::new(count).size(11.0).color(theme::palette(ui).weak)).truncate());
        });
        ask
    }

    fn replace_row(&mut self, ui: &mut Ui, text: &str, selection: Selection) -> Option<Ask> {
        let mut ask = None;
        ui.horizontal(|ui| {
            let id = Id::unique("replace");
            let focused = ui.memory(|memory| memory.has_focus(id));
            let entered = ui.input_mut(|input| focused && input.consume_key(Modifiers::NONE, Key::Enter));
            let width = (ui.available_width() - 176.0).clamp(60.0, 260.0);
            field(ui, id, &mut self.find.replacement, "Replace with", width, false);
            if ui.button("Replace").on_hover_text("Replace this match and go to the next (Enter)").clicked() || entered
            {
                let selected = self.current(selection);
                ask = match self.find.matches(text).contains(&selected) {
                    true => Some(Ask::Replace(selected, self.find.replacement.clone())),
                    false => self.next(text, selection, false),
                };
            }
            if ui.button("Replace all").clicked() {
                let (text, count) = self.find.replace_all(text);
                self.replaced = Some(count);
                ask = (count > 0).then_some(Ask::ReplaceAll(text));
            }
        });
        ask
    }

    fn line(&mut self, ui: &mut Ui, text: &str) -> Option<Ask> {
        let mut ask = None;
        ui.horizontal(|ui| {
            let id = Id::unique("line");
            let focused = ui.memory(|memory| memory.has_focus(id));
            let entered = ui.input_mut(|input| focused && input.consume_key(Modifiers::NONE, Key::Enter));
            field(ui, id, &mut self.line, "Go to line", 80.0, std::mem::take(&mut self.focus));
            let last = text.split('\n').count();
            let palette = theme::palette(ui);
            match self.line.trim().parse::<usize>() {
                Ok(line) if entered => ask = Some(Ask::GoTo(line.clamp(1, last))),
                Err(_) if !self.line.trim().is_empty() => {
                    ui.colored_label(palette.bad, format!("a number from 1 to {last}"));
                }
                _ => {
                    ui.colored_label(palette.weak, format!("of {last}"));
                }
            }
            if button(ui, "×", "Close the bar", "Escape") {
                ask = Some(Ask::Close);
            }
        });
        if matches!(ask, Some(Ask::GoTo(_))) {
            self.line.clear();
        }
        ask
    }
}

/// A field with its name in it; whether something was typed.
fn field(ui: &mut Ui, id: Id, text: &mut String, name: &str, width: f32, focus: bool) -> bool {
    let edit = TextEdit::singleline(text).id(id).hint_text(name).desired_width(width);
    let response = edit.show(ui).response.response;
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(name));
    if focus {
        response.request_focus();
    }
    response.changed()
}

fn button(ui: &mut Ui, mark: &str, name: &str, key: &str) -> bool {
    let button = ui.add(Button::new(mark).min_size(vec2(22.0, 20.0))).on_hover_text(format!("{name} ({key})"));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    button.clicked()
}
