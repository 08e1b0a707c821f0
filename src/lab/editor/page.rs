//! The text as it lies on the screen.

use super::super::draft::Refusal;
use super::super::theme::{self, Palette};
use super::edits::char_of;
use eframe::egui::{
    Align, Align2, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, text::CCursor,
};
use std::ops::Range;
use std::sync::Arc;

/// The laid out text, and where its corner is.
pub struct Page {
    pub galley: Arc<Galley>,
    pub at: Pos2,
}

struct Row {
    line: usize,
    rect: Rect,
}

impl Page {
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

    /// Where the cursor stands at a character.
    #[must_use]
    pub fn cursor(&self, place: usize) -> Rect {
        self.galley.pos_from_cursor(CCursor::new(place)).translate(self.at.to_vec2())
    }

    /// Where characters of one line lie.
    #[must_use]
    pub fn stretch(&self, places: Range<usize>) -> Rect {
        let (start, end) = (self.cursor(places.start), self.cursor(places.end));
        Rect::from_min_max(start.min, pos2(end.right().max(start.left() + 2.0), start.bottom()))
    }

    /// Where bytes of one line of the text lie.
    #[must_use]
    pub fn bytes(&self, text: &str, bytes: Range<usize>) -> Rect {
        self.stretch(char_of(text, bytes.start)..char_of(text, bytes.end))
    }

    /// The character under a place on the screen, if one is there.
    #[must_use]
    pub fn character(&self, at: Pos2) -> Option<usize> {
        let place = self.galley.cursor_from_pos(at - self.at).index.0;
        let near = [place.saturating_sub(1), place];
        near.into_iter().find(|&place| self.stretch(place..place + 1).contains(at))
    }

    /// Scrolls to a refusal's line, and sideways only if its column is out of view.
    pub fn reveal(&self, ui: &Ui, refusal: &Refusal, place: usize) {
        let Some(row) = self.rows().find(|row| row.line == refusal.line) else {
            return;
        };
        self.scroll_to(ui, self.cursor(place).center().x, row.rect);
    }

    /// Scrolls to characters of one line, unless they are in view.
    pub fn show(&self, ui: &Ui, places: Range<usize>) {
        let stretch = self.stretch(places);
        if !ui.clip_rect().shrink(4.0).contains_rect(stretch) {
            self.scroll_to(ui, stretch.center().x, stretch);
        }
    }

    fn scroll_to(&self, ui: &Ui, x: f32, row: Rect) {
        let clip = ui.clip_rect();
        let across = if clip.x_range().contains(x) { clip.x_range() } else { (x..=x).into() };
        ui.scroll_to_rect(Rect::from_x_y_ranges(across, row.y_range()), Some(Align::Center));
    }

    /// Writes why a recipe was refused behind the end of its line; the tint behind that line.
    pub fn tint(&self, ui: &Ui, refusal: &Refusal) -> Option<Shape> {
        let row = self.rows().find(|row| row.line == refusal.line)?;
        let palette = theme::palette(ui);
        let clip = ui.clip_rect();
        let across = Rect::from_x_y_ranges(clip.x_range(), row.rect.y_range());
        let message = refusal.message.lines().next().unwrap_or_default();
        let at = pos2(row.rect.right() + 18.0, row.rect.center().y);
        let font = FontId::proportional(11.5);
        ui.painter().text(at, Align2::LEFT_CENTER, message, font, palette.bad);
        Some(Shape::rect_filled(across, 0.0, palette.bad.gamma_multiply(0.2)))
    }

    /// Tints behind what was found; the selected match stands out.
    #[must_use]
    pub fn matches(&self, ui: &Ui, text: &str, found: &[Range<usize>], selected: &Range<usize>) -> Vec<Shape> {
        let palette = theme::palette(ui);
        let (mut byte, mut place) = (0, 0);
        let mut character = |wanted: usize| {
            place += text[byte..wanted].chars().count();
            byte = wanted;
            place
        };
        let mut shapes = Vec::new();
        for at in found {
            let stretch = self.stretch(character(at.start)..character(at.end)).expand(1.0);
            if !ui.clip_rect().intersects(stretch) {
                continue;
            }
            let share = if at == selected { 0.55 } else { 0.22 };
            shapes.push(Shape::rect_filled(stretch, 2.0, palette.ember.gamma_multiply(share)));
        }
        shapes
    }

    /// Frames around the bracket at the cursor and its partner; a lonely one is marked as wrong.
    #[must_use]
    pub fn brackets(&self, palette: &Palette, text: &str, (one, other): (usize, Option<usize>)) -> Vec<Shape> {
        let colour = if other.is_some() { palette.weak } else { palette.bad };
        let frame = |byte: usize| {
            let rect = self.bytes(text, byte..byte + 1).expand(0.5);
            Shape::rect_stroke(rect, 2.0, Stroke::new(1.0, colour), StrokeKind::Outside)
        };
        [Some(one), other].into_iter().flatten().map(frame).collect()
    }

    /// Writes the line numbers.
    pub fn numbers(&self, gutter: &Painter, palette: &Palette, wrong: Option<usize>) {
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
