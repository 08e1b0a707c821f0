//! The recipe panel: the text of the running recipe, to be edited while it runs.

mod bar;
mod call;
mod complete;
mod defined;
mod drag;
mod edits;
mod find;
mod head;
mod hover;
mod keys;
mod markdown;
mod number;
mod page;
mod popup;
pub mod scan;
mod words;

use super::client::PluginWord;
use super::draft::{Draft, Fate, Refusal};
use super::highlight::Highlighter;
use super::theme;
use super::undo::Change;
use bar::{Ask, Bar, Open};
use complete::Candidate;
use drag::Drag;
use edits::{Selection, byte_of, char_of};
use eframe::egui::{
    self, Event, EventFilter, FontId, Frame, Id, Label, Margin, Painter, RichText, ScrollArea, Sense, Shape, TextEdit,
    Ui,
    text::{CCursor, CCursorRange},
    text_edit::TextEditState,
    vec2,
};
use hover::Hover;
use page::Page;
use popup::Popup;
use scan::{Kind, Scan, is_word};
use std::ops::Range;
use words::Known;

/// Height of the line below the text.
const FOOT: f32 = 34.0;
/// Letters that a word has before completions are offered.
const LETTERS: usize = 2;

/// The panel's own state.
#[derive(Default)]
pub struct Editor {
    highlighter: Highlighter,
    scan: Scan,
    plugins: Vec<PluginWord>,
    popup: Popup,
    hover: Hover,
    bar: Bar,
    drag: Option<Drag>,
    /// Where the cursor goes when the text is drawn.
    go: Option<Move>,
    take_focus: bool,
    /// Completions are asked for, whatever was typed.
    complete_now: bool,
    /// Both texts of a conflict are shown.
    both: bool,
    /// Refusals whose place was brought into view.
    refusals_seen: u64,
}

/// Where the cursor goes.
#[derive(Debug, Clone, PartialEq)]
enum Move {
    /// Select this, and bring it into view.
    Select(Selection),
    /// Bring a refused place into view; the cursor stays where the user has it.
    Reveal,
    /// The cursor goes to a refused place.
    ToRefusal,
}

impl Move {
    fn of(ask: Ask) -> Option<Self> {
        match ask {
            Ask::Select(Range { start, end }) => Some(Self::Select(Selection { anchor: start, at: end })),
            _ => None,
        }
    }
}

/// The id of the text.
fn text_id() -> Id {
    Id::unique("recipe text")
}

/// What is selected in the text.
fn selection(ui: &Ui, text: &str) -> Selection {
    let range = TextEditState::load(ui.ctx(), text_id()).and_then(|state| state.cursor.char_range());
    range.map_or_else(Selection::default, |range| Selection {
        anchor: byte_of(text, range.secondary.index.0),
        at: byte_of(text, range.primary.index.0),
    })
}

impl Editor {
    /// These are the words of the plugins at hand.
    pub fn plugin_words(&mut self, words: Vec<PluginWord>) {
        self.plugins = words;
    }

    /// Draws the panel; true when the user asks to apply the text.
    pub fn ui(&mut self, ui: &mut Ui, draft: &mut Draft, over: bool) -> bool {
        let (apply, name) = head::header(ui, draft, over);
        head::conflict(ui, draft, &mut self.both);
        if let Some(Fate::Refused(refusal)) = draft.fate()
            && head::refused(ui, draft, refusal)
        {
            self.go = Some(Move::ToRefusal);
        }
        if draft.refusals() > self.refusals_seen {
            self.refusals_seen = draft.refusals();
            self.go = Some(Move::Reveal);
        }
        head::change(ui, draft);
        let focused = ui.memory(|memory| memory.has_focus(text_id()));
        self.scan.refresh(&draft.text);
        keys::take(self, ui, draft, selection(ui, &draft.text), focused);
        if self.bar.open != Open::Closed {
            let ask = self.bar.ui(ui, &draft.text, selection(ui, &draft.text));
            self.answer(draft, ask);
        }
        self.well(ui, draft, name);
        self.foot(ui, draft);
        if let Some(rest) = draft.rest().filter(|_| !over) {
            ui.request_repaint_after(rest);
        }
        apply
    }

    /// Does what the bar asked for.
    fn answer(&mut self, draft: &mut Draft, ask: Option<Ask>) {
        match ask {
            None => {}
            Some(Ask::Close) => (self.bar.open, self.take_focus) = (Open::Closed, true),
            Some(Ask::GoTo(line)) => {
                (self.bar.open, self.take_focus) = (Open::Closed, true);
                let start = draft.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
                self.go = Some(Move::Select(Selection::one(start)));
            }
            Some(Ask::ReplaceAll(text)) => draft.replace(&text),
            Some(Ask::Replace(range, with)) => {
                let end = range.start + with.len();
                let text = [&draft.text[..range.start], &with, &draft.text[range.end..]].concat();
                draft.replace(&text);
                let next = self.bar.next(&draft.text, Selection::one(end), false).and_then(Move::of);
                self.go = next.or(Some(Move::Select(Selection::one(end))));
            }
            Some(select) => self.go = Move::of(select),
        }
    }

    /// Shows where the text changed.
    fn go_to_change(&mut self, byte: Option<usize>) {
        self.popup.close();
        if let Some(byte) = byte {
            self.go = Some(Move::Select(Selection::one(byte)));
        }
    }

    /// Puts a completion in the text.
    fn put_in(&mut self, draft: &mut Draft, taken: Option<(Candidate, Range<usize>)>) {
        let Some((candidate, word)) = taken else {
            return;
        };
        let Some(_) = draft.text.get(word.clone()) else {
            return;
        };
        draft.changed(Change::Typed);
        let Range { start, end } = candidate.select;
        self.go = Some(Move::Select(Selection { anchor: word.start + start, at: word.start + end }));
        draft.text.replace_range(word, &candidate.insert);
        draft.changed(Change::Whole);
        self.take_focus = true;
        // An empty map is there to be filled.
        self.complete_now = candidate.insert.contains("#{  }");
    }

    /// The line numbers, and the text that scrolls beside them.
    fn well(&mut self, ui: &mut Ui, draft: &mut Draft, name: Id) {
        let well = theme::palette(ui).well;
        Frame::NONE.fill(well).corner_radius(4).show(ui, |ui| {
            // Without a bar nothing tells that a line goes on.
            ui.spacing_mut().scroll.dormant_handle_opacity = 0.35;
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            let height = (ui.available_height() - FOOT).max(40.0);
            ui.allocate_ui_with_layout(
                vec2(ui.available_width(), height),
                egui::Layout::left_to_right(egui::Align::Min),
                |ui| {
                    let digits = draft.text.lines().count().max(10).to_string().len();
                    let size = vec2(22.0 + 7.5 * digits as f32, height);
                    let (gutter, _) = ui.allocate_exact_size(size, Sense::hover());
                    let gutter = ui.painter_at(gutter);
                    let area = ScrollArea::both().auto_shrink([false, false]).max_height(height);
                    area.show(ui, |ui| self.text(ui, draft, name, &gutter));
                },
            );
        });
    }

    fn text(&mut self, ui: &mut Ui, draft: &mut Draft, name: Id, gutter: &Painter) {
        let palette = theme::palette(ui);
        let id = text_id();
        if let Some(Move::Select(selection)) = &self.go {
            select(ui, &draft.text, *selection);
        }
        if std::mem::take(&mut self.take_focus) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let error = draft.refusal_here().filter(|refusal| refusal.line > 0).cloned();
        let place = error.as_ref().map(|refusal| (refusal.line, refusal.column));
        let behind = ui.painter().add(Shape::Noop);
        let highlighter = &mut self.highlighter;
        let font = FontId::monospace(12.5);
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _: f32| {
            let job = highlighter.layout(text.as_str(), palette, &font, place);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        // Escape closes what is open before it leaves the text.
        let escape = self.popup.is_open() || self.bar.open != Open::Closed;
        let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape };
        let shown = TextEdit::multiline(&mut draft.text)
            .id(id)
            .code_editor()
            .event_filter(filter)
            .frame(Frame::NONE)
            // Room for the bar below the last line.
            .margin(Margin { left: 4, right: 24, top: 6, bottom: 16 })
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, ui.available_height()))
            .layouter(&mut layouter)
            .show(ui);
        let response = shown.response.response.clone().labelled_by(name);
        if response.changed() {
            draft.changed(Change::Typed);
        }
        self.scan.refresh(&draft.text);
        let page = Page { galley: shown.galley, at: shown.galley_pos };
        let focused = response.has_focus();
        let selection = selection(ui, &draft.text);
        let mut shapes: Vec<Shape> = error.as_ref().and_then(|refusal| page.tint(ui, refusal)).into_iter().collect();
        shapes.extend(self.marks(ui, &page, &draft.text, selection, focused));
        ui.painter().set(behind, Shape::Vec(shapes));
        page.numbers(gutter, palette, error.as_ref().map(|refusal| refusal.line));
        self.arrive(ui, &page, &draft.text, error.as_ref());
        self.complete(ui, draft, &page, selection, response.changed(), focused);
        drag::ui(&mut self.drag, ui, id, &page, &self.scan, draft);
        self.explain(ui, &page, &draft.text, &response);
    }

    /// What is marked behind the text: matches and brackets.
    fn marks(&mut self, ui: &Ui, page: &Page, text: &str, selection: Selection, focused: bool) -> Vec<Shape> {
        let mut shapes = Vec::new();
        if self.bar.finds() {
            let current = self.bar.current(selection);
            shapes.extend(page.matches(ui, text, self.bar.find.matches(text), &current));
        }
        if let Some(pair) = edits::brackets(&self.scan, selection.at).filter(|_| focused) {
            shapes.extend(page.brackets(theme::palette(ui), text, pair));
        }
        shapes
    }

    /// Scrolls to where the cursor was sent.
    fn arrive(&mut self, ui: &Ui, page: &Page, text: &str, error: Option<&Refusal>) {
        match (self.go.take(), error) {
            (Some(Move::Select(selection)), _) => {
                let Range { start, end } = selection.range();
                let (start, end) = (char_of(text, start.min(text.len())), char_of(text, end.min(text.len())));
                page.show(ui, start..end);
            }
            (Some(there), Some(refusal)) => {
                let place = place_of(text, refusal);
                page.reveal(ui, refusal, place);
                if there == Move::ToRefusal {
                    select(ui, text, Selection::one(byte_of(text, place)));
                    ui.memory_mut(|memory| memory.request_focus(text_id()));
                }
            }
            (_, None) | (None, _) => {}
        }
    }

    /// Offers completions while a word is typed, and draws the list.
    fn complete(&mut self, ui: &Ui, draft: &mut Draft, page: &Page, at: Selection, changed: bool, focused: bool) {
        let typed = ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Text(_))));
        let asked = std::mem::take(&mut self.complete_now);
        let byte = at.at;
        let started = draft.text[..byte].chars().rev().take_while(|&c| is_word(c)).count();
        let member = draft.text[..byte].ends_with('.') && !draft.text[..byte].ends_with("..");
        let due = typed && changed && (started >= LETTERS || member) || changed && self.popup.is_open() && started > 0;
        if asked || due {
            let offer = complete::offer(&self.scan, &self.plugins, byte);
            self.popup.offer(offer);
        } else if changed || !self.popup.begins_at(byte) || !(focused || self.popup.holds(ui)) {
            self.popup.close();
        }
        if self.popup.ui(ui, text_id(), page.cursor(char_of(&draft.text, byte))) {
            let taken = self.popup.take();
            self.put_in(draft, taken);
            ui.request_repaint();
        }
    }

    /// Tells what is known of the word under the pointer.
    fn explain(&mut self, ui: &Ui, page: &Page, text: &str, response: &egui::Response) {
        let quiet = ui.input(|input| !input.pointer.any_down() && !input.modifiers.alt) && !self.popup.is_open();
        let under = response.hover_pos().filter(|_| quiet).and_then(|at| page.character(at));
        let token = under.and_then(|place| {
            let byte = byte_of(text, place);
            let holds = |token: &usize| self.scan.tokens()[*token].range.contains(&byte);
            self.scan.touching(byte).filter(holds).filter(|&token| self.scan.is(token, Kind::Word))
        });
        let known = Known { scan: &self.scan, plugins: &self.plugins };
        let Some((token, words)) = token.map(|token| (token, known.word(token))).filter(|(_, words)| !words.is_empty())
        else {
            return self.hover.away();
        };
        let range = self.scan.tokens()[token].range.clone();
        let at = page.bytes(text, range.clone());
        self.hover.ui(ui, text_id(), range.start, at, &words);
    }

    /// The call around the cursor, and where that is.
    fn foot(&self, ui: &mut Ui, draft: &Draft) {
        let palette = theme::palette(ui);
        let text = &draft.text;
        let at = selection(ui, text).at;
        let known = Known { scan: &self.scan, plugins: &self.plugins };
        // The text may have changed after it was cut.
        let call = (self.scan.text == *text).then(|| call::around(&known, at)).flatten();
        let line = text[..at].matches('\n').count() + 1;
        let column = text[edits::line_start(text, at)..at].chars().count() + 1;
        ui.spacing_mut().item_spacing.y = 1.0;
        let (job, about) = match call {
            Some(call) => (call.job(palette), markdown::job(ui, &call.about, 11.0, palette)),
            None => {
                let on_number = number::at(&self.scan, at).is_some();
                let hint = if on_number { "Ctrl+Up and Ctrl+Down change the number; drag it with Alt" } else { "" };
                (markdown::job(ui, hint, 11.0, palette), markdown::job(ui, "", 11.0, palette))
            }
        };
        ui.add(Label::new(job).truncate());
        ui.horizontal(|ui| {
            let place = format!("line {line}, column {column}");
            ui.label(RichText::new(place).size(10.5).color(palette.weak));
            ui.add(Label::new(about).truncate());
        });
    }
}

/// Selects in the text, from its next drawing on.
fn select(ui: &Ui, text: &str, selection: Selection) {
    let cursor = |byte: usize| CCursor::new(char_of(text, byte.min(text.len())));
    let mut state = TextEditState::load(ui.ctx(), text_id()).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(cursor(selection.anchor), cursor(selection.at))));
    state.store(ui.ctx(), text_id());
}

/// The character where a line starts.
fn start_of(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum()
}

/// The character that a refusal is about.
fn place_of(text: &str, refusal: &Refusal) -> usize {
    let line = text.split_inclusive('\n').nth(refusal.line.saturating_sub(1)).unwrap_or_default();
    let length = line.trim_end_matches('\n').chars().count();
    start_of(text, refusal.line) + refusal.column.saturating_sub(1).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_start_where_they_should() {
        let text = "é\nab\n";
        assert_eq!([1, 2, 3, 9].map(|line| start_of(text, line)), [0, 2, 5, 5]);
        assert_eq!(start_of("", 1), 0);
        let refusal = |line, column| Refusal { path: "a".into(), line, column, message: String::new() };
        let places = [(1, 1), (2, 2), (2, 99), (9, 9)].map(|(line, column)| place_of(text, &refusal(line, column)));
        assert_eq!(places, [0, 3, 4, 5]);
    }
}
