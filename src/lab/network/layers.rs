//! The layers of a network as a table: what goes in and comes out, what each learns, and what is dead in it.

use super::super::{format, theme};
use crate::run::{NetworkAnswer, NetworkLayer};
use eframe::egui::text::{LayoutJob, TextWrapping};
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
    Column { title: "in", tip: "Channels × height × width of what goes in", width: 72.0 },
    Column { title: "out", tip: "Channels × height × width of what comes out", width: 72.0 },
    Column { title: "parameters", tip: "Values that the layer learns", width: 70.0 },
    Column { title: "share", tip: "Its share of all parameters", width: 50.0 },
    Column {
        title: "dead",
        tip: "Share of channels that no training image of a batch brings above zero: they pass on nothing. Amber from \
              20 %, red from 60 %. Only activations with a flat side have a share.",
        width: 44.0,
    },
];

/// Room that the words have at least; a narrower table leaves `in` out, which is the line above's `out`.
const WORDS: f32 = 144.0;

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

/// A share in whole percents; what is there but small is not 0.
fn percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.01 => "<1 %".to_owned(),
        share => format!("{:.0} %", 100.0 * share),
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
        let elided = self.words(ui, rect, words, selected);
        for (column, cell) in columns.iter().zip(cells) {
            self.cell(ui.painter(), palette, column.title, cell);
        }
        let response = if elided { response.on_hover_text(&self.layer.words) } else { response };
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

    /// Writes what the layer is; whether there was no room for all of it.
    fn words(&self, ui: &Ui, rect: Rect, width: f32, selected: bool) -> bool {
        let palette = theme::palette(ui);
        let learns = self.layer.parameters > 0;
        let colour = if selected || learns { palette.strong } else { palette.text };
        let mut job = LayoutJob::simple_singleline(self.layer.words.clone(), FontId::proportional(12.5), colour);
        job.wrap = TextWrapping::truncate_at_width((width - 12.0).max(0.0));
        let galley = ui.painter().layout_job(job);
        let at = pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
        let elided = galley.elided;
        ui.painter().galley(at, galley, colour);
        elided
    }

    fn cell(&self, painter: &Painter, palette: &theme::Palette, title: &str, cell: Rect) {
        let layer = self.layer;
        let (text, colour) = match title {
            "in" => (map(self.input), palette.weak),
            "out" => (map((layer.channels, layer.side)), palette.text),
            "parameters" if layer.parameters > 0 => (format::count(layer.parameters as u64), palette.text),
            "share" if layer.parameters > 0 => {
                let line =
                    Rect::from_min_max(cell.left_bottom() + vec2(10.0, -3.5), cell.right_bottom() - vec2(8.0, 1.5));
                let part = Rect::from_min_size(line.min, vec2(line.width() * self.share as f32, line.height()));
                painter.rect_filled(line, CornerRadius::same(1), palette.line);
                painter.rect_filled(part, CornerRadius::same(1), palette.weak);
                (percent(self.share), palette.text)
            }
            "dead" => match layer.dead {
                Some(dead) => (percent(dead), warning(dead, palette).unwrap_or(palette.text)),
                None => return,
            },
            _ => return,
        };
        let at = cell.right_center() - vec2(8.0, 0.0);
        painter.text(at, Align2::RIGHT_CENTER, text, FontId::monospace(11.0), colour);
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
    fn small_shares_are_not_none() {
        assert_eq!([0.0, 0.001, 0.224, 1.0].map(percent), ["0 %", "<1 %", "22 %", "100 %"]);
    }

    #[test]
    fn columns_end_at_the_right_edge() {
        let row = Rect::from_min_size(pos2(10.0, 0.0), vec2(500.0, ROW));
        let cells: Vec<Rect> = cells(row, &COLUMNS).collect();
        assert!((cells[4].right() - row.right()).abs() < 1e-3);
        assert!(cells.windows(2).all(|pair| (pair[0].right() - pair[1].left()).abs() < 1e-3));
    }
}
