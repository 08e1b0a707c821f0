//! A difference of two texts to look at: removed lines red with `–`, added ones green with `+`, few lines around them.

use super::diff::{Line, Part, lines, parts};
use super::theme::{self, Palette};
use eframe::egui::{Align2, Color32, FontId, Rect, Sense, Ui, WidgetInfo, accesskit::Role, pos2, vec2};

const ROW: f32 = 15.0;
/// Lines in both that are shown before and after a change.
const CONTEXT: usize = 1;

/// A row of the view, ready to be painted.
struct Row {
    /// Line of the newer text, or of the older one for a line it has alone; from 1.
    number: Option<usize>,
    sign: &'static str,
    text: String,
    colour: Option<Color32>,
}

/// Draws the difference, as high as it needs to be; it is clipped where lines are longer than the room.
pub fn ui(ui: &mut Ui, old: &str, new: &str) {
    let palette = theme::palette(ui);
    let rows = rows(old, new, palette);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW * rows.len() as f32 + 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken(&rows)));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, palette.well);
    let digits = rows.iter().filter_map(|row| row.number).max().unwrap_or(1).to_string().len();
    let gutter = 10.0 + 6.5 * digits as f32;
    for (at, row) in rows.iter().enumerate() {
        let y = rect.top() + 3.0 + ROW * (at as f32 + 0.5);
        if !ui.clip_rect().y_range().expand(ROW).contains(y) {
            continue;
        }
        if let Some(colour) = row.colour {
            let strip = Rect::from_x_y_ranges(rect.x_range(), y - ROW / 2.0..=y + ROW / 2.0);
            painter.rect_filled(strip, 0.0, colour.gamma_multiply(0.13));
        }
        let write = |x: f32, align, text: &str, size, colour| {
            painter.text(pos2(rect.left() + x, y), align, text, FontId::monospace(size), colour);
        };
        let (sign, text) = (row.colour.unwrap_or(palette.weak), row.colour.map_or(palette.weak, |_| palette.text));
        if let Some(number) = row.number {
            write(gutter, Align2::RIGHT_CENTER, &number.to_string(), 10.0, palette.weak.gamma_multiply(0.7));
        }
        write(gutter + 6.0, Align2::LEFT_CENTER, row.sign, 11.0, sign);
        write(gutter + 18.0, Align2::LEFT_CENTER, &row.text, 11.0, text);
    }
}

fn rows(old: &str, new: &str, palette: &Palette) -> Vec<Row> {
    let lines = lines(old, new);
    if lines.iter().all(|line| line.is_same()) {
        let text = "No line differs.".to_owned();
        return vec![Row { number: None, sign: "", text, colour: None }];
    }
    let (mut older, mut newer) = (0, 0);
    let row = |part: Part<'_>| {
        let line = match part {
            Part::Gap(count) => {
                (older, newer) = (older + count, newer + count);
                return Row { number: None, sign: "", text: "…".to_owned(), colour: None };
            }
            Part::Line(line) => line,
        };
        older += usize::from(!matches!(line, Line::Added(_)));
        newer += usize::from(!matches!(line, Line::Removed(_)));
        let text = line.text().replace('\t', "    ");
        match line {
            Line::Same(_) => Row { number: Some(newer), sign: "", text, colour: None },
            Line::Removed(_) => Row { number: Some(older), sign: "–", text, colour: Some(palette.bad) },
            Line::Added(_) => Row { number: Some(newer), sign: "+", text, colour: Some(palette.good) },
        }
    };
    parts(&lines, CONTEXT).into_iter().map(row).collect()
}

/// The rows as they are read out.
fn spoken(rows: &[Row]) -> String {
    let line = |row: &Row| format!("{} {}", row.sign, row.text);
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
