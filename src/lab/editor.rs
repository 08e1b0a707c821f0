//! The recipe panel: the text of the running recipe, to be edited while it runs.

use super::action::Action;
use super::draft::{Draft, Fate, Refusal};
use super::format;
use super::highlight::Highlighter;
use super::theme::{self, Palette};
use crate::run::Preview;
use eframe::egui::{
    self, Align, Align2, Button, FontId, Galley, Id, Label, Layout, Painter, Pos2, Rect, RichText, ScrollArea, Sense,
    Shape, TextEdit, Ui, pos2,
    text::{CCursor, CCursorRange},
    vec2,
};

/// The panel's own state.
#[derive(Default)]
pub struct Editor {
    highlighter: Highlighter,
    /// Bring the refused place into view.
    reveal: Option<Reveal>,
    /// Refusals whose place was brought into view.
    refusals_seen: u64,
}

/// How to bring a place into view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reveal {
    /// The cursor stays where the user has it.
    Scroll,
    WithCursor,
}

impl Editor {
    /// Draws the panel; true when the user asks to apply the text.
    pub fn ui(&mut self, ui: &mut Ui, draft: &mut Draft, over: bool) -> bool {
        let (apply, name) = header(ui, draft, over);
        if draft.in_conflict() {
            conflict(ui, draft);
        }
        if let Some(Fate::Refused(refusal)) = draft.fate()
            && self.refusal(ui, draft, refusal)
        {
            self.reveal = Some(Reveal::WithCursor);
        }
        if draft.refusals() > self.refusals_seen {
            self.refusals_seen = draft.refusals();
            self.reveal = Some(Reveal::Scroll);
        }
        if let Some(preview) = draft.preview() {
            change(ui, preview);
        }
        let id = Id::unique("recipe text");
        let well = theme::palette(ui).well;
        egui::Frame::NONE.fill(well).corner_radius(4).show(ui, |ui| {
            // Without a bar nothing tells that a line goes on.
            ui.spacing_mut().scroll.dormant_handle_opacity = 0.35;
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            ui.horizontal_top(|ui| {
                let digits = draft.text.lines().count().max(10).to_string().len();
                let size = vec2(22.0 + 7.5 * digits as f32, ui.available_height());
                let (gutter, _) = ui.allocate_exact_size(size, Sense::hover());
                let gutter = ui.painter_at(gutter);
                let area = ScrollArea::both().auto_shrink([false, false]);
                area.show(ui, |ui| self.text(ui, draft, id, name, &gutter));
            });
        });
        apply
    }

    fn refusal(&self, ui: &mut Ui, draft: &Draft, refusal: &Refusal) -> bool {
        let palette = theme::palette(ui);
        let place = match (draft.refusal_here().is_some(), refusal.line) {
            (_, 0) => String::new(),
            (true, line) => format!("line {line}, column {}: ", refusal.column),
            (false, line) => format!("{}, line {line}: ", refusal.path.display()),
        };
        let text = RichText::new(format!("{place}{}", refusal.message)).color(palette.bad);
        let fill = palette.panel.lerp_to_gamma(palette.bad, 0.12);
        let strip = Button::new(text).wrap().fill(fill);
        let strip = strip.min_size(vec2(ui.available_width(), 0.0));
        ui.add(strip).on_hover_text("The last good recipe keeps running. Click to go there.").clicked()
    }

    /// The text, and its line numbers in the gutter beside the area that scrolls.
    fn text(&mut self, ui: &mut Ui, draft: &mut Draft, id: Id, name: Id, gutter: &Painter) {
        let palette = theme::palette(ui);
        let error = draft.refusal_here().filter(|refusal| refusal.line > 0).cloned();
        let place = error.as_ref().map(|refusal| (refusal.line, refusal.column));
        let behind = ui.painter().add(Shape::Noop);
        let highlighter = &mut self.highlighter;
        let font = FontId::monospace(12.5);
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _: f32| {
            let job = highlighter.layout(text.as_str(), palette, &font, place);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let mut shown = TextEdit::multiline(&mut draft.text)
            .id(id)
            .code_editor()
            .frame(egui::Frame::NONE)
            // Room for the bar below the last line.
            .margin(egui::Margin { left: 4, right: 24, top: 6, bottom: 16 })
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, ui.available_height()))
            .layouter(&mut layouter)
            .show(ui);
        let response = shown.response.response.clone().labelled_by(name);
        let page = Page { galley: &shown.galley, at: shown.galley_pos };
        if let Some(refusal) = &error {
            page.tint(ui, refusal, behind);
        }
        page.numbers(gutter, palette, error.as_ref().map(|refusal| refusal.line));
        if let (Some(reveal), Some(refusal)) = (self.reveal.take(), &error) {
            page.reveal(ui, refusal, &draft.text);
            if reveal == Reveal::WithCursor {
                let cursor = CCursor::new(place_of(&draft.text, refusal));
                shown.state.cursor.set_char_range(Some(CCursorRange::one(cursor)));
                shown.state.store(ui.ctx(), id);
                response.request_focus();
            }
        }
    }
}

/// What the text would change if it were applied, or where it is wrong.
fn change(ui: &mut Ui, preview: &Preview) {
    let palette = theme::palette(ui);
    if let Some((_, line, column, message)) = &preview.refusal {
        ui.add(Label::new(RichText::new(format!("line {line}, column {column}: {message}")).color(palette.bad)).wrap());
        return;
    }
    let list = |things: &[String]| if things.is_empty() { "nothing".to_owned() } else { things.join(", ") };
    let text = format!("Applying changes: {} · {}", list(&preview.renewed), preview.cost);
    let label = Label::new(RichText::new(text).color(palette.weak)).wrap();
    ui.add(label).on_hover_text(format!("Kept: {}", list(&preview.kept)));
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

/// Name, state and buttons; true when the user asks to apply, and the id of the name.
fn header(ui: &mut Ui, draft: &mut Draft, over: bool) -> (bool, Id) {
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
            let text = if draft.unsaved() { palette.on_accent } else { palette.text };
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

fn conflict(ui: &mut Ui, draft: &mut Draft) {
    let palette = theme::palette(ui);
    let fill = palette.panel.lerp_to_gamma(palette.warn, 0.16);
    egui::Frame::NONE.fill(fill).corner_radius(4).inner_margin(6).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label("The file changed and runs, but you have unsaved edits.");
            if ui.button("Keep mine").clicked() {
                draft.keep_mine();
            }
            if ui.button("Take theirs").clicked() {
                draft.take_theirs();
            }
        });
    });
}

/// The text as it lies on the screen.
struct Page<'a> {
    galley: &'a Galley,
    at: Pos2,
}

struct Row {
    line: usize,
    rect: Rect,
}

impl Page<'_> {
    /// The first row of every line.
    fn rows(&self) -> impl Iterator<Item = Row> {
        let (mut line, mut first) = (1, true);
        self.galley.rows.iter().filter_map(move |row| {
            let found = first.then_some(line);
            first = row.ends_with_newline;
            line += usize::from(first);
            let rect = row.rect().translate(self.at.to_vec2());
            found.map(|line| Row { line, rect })
        })
    }

    /// Scrolls to a refusal's line, and sideways only if its column is out of view.
    fn reveal(&self, ui: &Ui, refusal: &Refusal, text: &str) {
        let Some(row) = self.rows().find(|row| row.line == refusal.line) else {
            return;
        };
        let cursor = CCursor::new(place_of(text, refusal));
        let x = self.galley.pos_from_cursor(cursor).center().x + self.at.x;
        let clip = ui.clip_rect();
        let across = if clip.x_range().contains(x) { clip.x_range() } else { (x..=x).into() };
        ui.scroll_to_rect(Rect::from_x_y_ranges(across, row.rect.y_range()), Some(Align::Center));
    }

    /// Marks the line of a refusal, and writes why behind its end.
    fn tint(&self, ui: &Ui, refusal: &Refusal, behind: egui::layers::ShapeIdx) {
        let Some(row) = self.rows().find(|row| row.line == refusal.line) else {
            return;
        };
        let palette = theme::palette(ui);
        let clip = ui.clip_rect();
        let across = Rect::from_x_y_ranges(clip.x_range(), row.rect.y_range());
        let tint = palette.bad.gamma_multiply(0.2);
        ui.painter().set(behind, Shape::rect_filled(across, 0.0, tint));
        let message = refusal.message.lines().next().unwrap_or_default();
        let at = pos2(row.rect.right() + 18.0, row.rect.center().y);
        let font = FontId::proportional(11.5);
        ui.painter().text(at, Align2::LEFT_CENTER, message, font, palette.bad);
    }

    /// Writes the line numbers.
    fn numbers(&self, gutter: &Painter, palette: &Palette, wrong: Option<usize>) {
        let strip = gutter.clip_rect();
        for Row { line, rect } in self.rows().filter(|row| strip.y_range().intersects(row.rect.y_range())) {
            let is_wrong = wrong == Some(line);
            let colour = if is_wrong { palette.bad } else { palette.weak.gamma_multiply(0.75) };
            let at = pos2(strip.right() - 6.0, rect.center().y);
            gutter.text(at, Align2::RIGHT_CENTER, line, FontId::monospace(11.0), colour);
            if is_wrong {
                gutter.circle_filled(pos2(strip.left() + 8.0, rect.center().y), 3.5, palette.bad);
            }
        }
    }
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
