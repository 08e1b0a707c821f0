//! The layers of a network as a table: what goes in and comes out, what each learns, and what is dead in it.

use super::super::{format, theme};
use crate::run::{NetworkAnswer, NetworkLayer};
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Rect, Sense, TextStyle, Ui, WidgetInfo, accesskit::Role, pos2, vec2,
};

const ROW: f32 = 21.0;
/// Shares of dead units from which they are amber and red.
const STRAINED: f64 = 0.2;
const FAILING: f64 = 0.6;

/// A column right of the layers' words.
struct Column {
    title: &'static str,
    tip: &'static str,
    width: f32,
}

const COLUMNS: [Column; 5] = [
    Column { title: "in", tip: "Channels × height × width of what goes in", width: 82.0 },
    Column { title: "out", tip: "Channels × height × width of what comes out", width: 82.0 },
    Column { title: "parameters", tip: "Values that the layer learns", width: 76.0 },
    Column { title: "share", tip: "Its share of all parameters", width: 54.0 },
    Column {
        title: "dead",
        tip: "Share of channels that no training image of a batch brings above zero: they pass on nothing. Amber from \
              20 %, red from 60 %. Only activations with a flat side have a share.",
        width: 52.0,
    },
];

/// The table is at least so wide; narrower ones leave `in` out, which is the line above's `out`.
const WORDS: f32 = 128.0;

/// Draws the table; the layer in `selected` is marked, and changes when another is clicked.
pub fn ui(ui: &mut Ui, answer: &NetworkAnswer, selected: &mut usize) {
    let width = ui.available_width();
    let columns = match COLUMNS.iter().map(|column| column.width).sum::<f32>() + WORDS <= width {
        true => &COLUMNS[..],
        false => &COLUMNS[1..],
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui, columns);
    for (at, layer) in answer.layers.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| answer.layers.get(before));
        let input = before.map_or((answer.channels, answer.side), |before| (before.channels, before.side));
        let share = layer.parameters as f64 / answer.parameters.max(1) as f64;
        let line = Line { at, layer, input, share };
        if line.ui(ui, columns, *selected == at) {
            *selected = at;
        }
    }
}

fn header(ui: &mut Ui, columns: &[Column]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let weak = theme::palette(ui).weak;
    let font = TextStyle::Small.resolve(ui.style());
    ui.painter().text(pos2(rect.left() + 8.0, rect.center().y), Align2::LEFT_CENTER, "layer", font.clone(), weak);
    for (column, cell) in columns.iter().zip(cells(rect, columns)) {
        let response = ui.interact(cell, ui.scope_id().with(("network column", column.title)), Sense::hover());
        response.on_hover_text(column.tip);
        ui.painter().text(cell.right_center() - vec2(8.0, 0.0), Align2::RIGHT_CENTER, column.title, font.clone(), weak);
    }
}

/// Where the columns are in a row.
fn cells(row: Rect, columns: &[Column]) -> impl Iterator<Item = Rect> {
    let total: f32 = columns.iter().map(|column| column.width).sum();
    let starts = columns.iter().scan(row.right() - total, |left, column| {
        let start = *left;
        *left += column.width;
        Some((start, column.width))
    });
    starts.map(move |(left, width)| Rect::from_min_size(pos2(left, row.top()), vec2(width, row.height())))
}

/// What a map is called: channels × height × width.
fn map((channels, side): (usize, usize)) -> String {
    format!("{}×{side}×{side}", format::count(channels as u64))
}

/// The colour of a share of dead units that asks for attention.
fn warning(dead: f64, palette: &theme::Palette) -> Option<Color32> {
    match dead {
        dead if dead >= FAILING => Some(palette.bad),
        dead if dead >= STRAINED => Some(palette.warn),
        _ => None,
    }
}

/// One row of the table.
struct Line<'a> {
    at: usize,
    layer: &'a NetworkLayer,
    /// Channels and side of what goes in.
    input: (usize, usize),
    share: f64,
}

impl Line<'_> {
    /// Draws the row; whether it was clicked.
    fn ui(&self, ui: &mut Ui, columns: &[Column], selected: bool) -> bool {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, self.name()));
        if !ui.is_rect_visible(rect) {
            return response.clicked();
        }
        let palette = theme::palette(ui);
        let fill = if selected {
            Some(ui.visuals().selection.bg_fill)
        } else if response.hovered() || response.has_focus() {
            Some(palette.hovered.gamma_multiply(0.5))
        } else {
            (self.at % 2 == 1).then_some(ui.visuals().faint_bg_color)
        };
        let painter = ui.painter();
        if let Some(fill) = fill {
            painter.rect_filled(rect, CornerRadius::same(3), fill);
        }
        let cells: Vec<Rect> = cells(rect, columns).collect();
        let words = cells.first().map_or(rect.right(), |cell| cell.left()) - rect.left();
        self.words(ui, rect, words, selected);
        for (column, cell) in columns.iter().zip(cells) {
            self.cell(ui.painter(), palette, column.title, cell);
        }
        response.clicked()
    }

    fn name(&self) -> String {
        let dead = self.layer.dead.map_or(String::new(), |dead| format!(", {} dead", format::percent(dead)));
        format!(
            "layer {}: {}, {} to {}, {} parameters{dead}",
            self.at + 1,
            self.layer.words,
            map(self.input),
            map((self.layer.channels, self.layer.side)),
            format::count(self.layer.parameters as u64),
        )
    }

    fn words(&self, ui: &Ui, rect: Rect, width: f32, selected: bool) {
        let palette = theme::palette(ui);
        let learns = self.layer.parameters > 0;
        let colour = if selected || learns { palette.strong } else { palette.text };
        let left = rect.left() + 8.0;
        let clipped = ui.painter().with_clip_rect(Rect::from_min_size(rect.min, vec2(width, ROW)));
        let at = pos2(left, rect.center().y);
        clipped.text(at, Align2::LEFT_CENTER, &self.layer.words, FontId::proportional(12.5), colour);
    }

    fn cell(&self, painter: &Painter, palette: &theme::Palette, title: &str, cell: Rect) {
        let layer = self.layer;
        let (text, colour) = match title {
            "in" => (map(self.input), palette.weak),
            "out" => (map((layer.channels, layer.side)), palette.text),
            "parameters" if layer.parameters > 0 => (format::count(layer.parameters as u64), palette.text),
            "share" if layer.parameters > 0 => {
                let room = cell.shrink2(vec2(6.0, 3.0));
                let bar =
                    Rect::from_min_max(pos2(room.right() - room.width() * self.share as f32, room.top()), room.max);
                painter.rect_filled(bar, CornerRadius::same(2), palette.raised);
                (format!("{:.0} %", 100.0 * self.share), palette.text)
            }
            "dead" => match layer.dead {
                Some(dead) => (format!("{:.0} %", 100.0 * dead), warning(dead, palette).unwrap_or(palette.text)),
                None => return,
            },
            _ => return,
        };
        let at = cell.right_center() - vec2(8.0, 0.0);
        painter.text(at, Align2::RIGHT_CENTER, text, FontId::monospace(11.5), colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_units_are_amber_from_a_fifth_and_red_from_three_fifths() {
        let palette = &theme::DARK;
        assert_eq!(warning(0.199, palette), None);
        assert_eq!(warning(0.2, palette), Some(palette.warn));
        assert_eq!(warning(0.6, palette), Some(palette.bad));
        assert_eq!(warning(f64::NAN, palette), None);
    }

    #[test]
    fn columns_end_at_the_right_edge() {
        let row = Rect::from_min_size(pos2(10.0, 0.0), vec2(500.0, ROW));
        let cells: Vec<Rect> = cells(row, &COLUMNS).collect();
        assert!((cells[4].right() - row.right()).abs() < 1e-3);
        assert!(cells.windows(2).all(|pair| (pair[0].right() - pair[1].left()).abs() < 1e-3));
    }
}
