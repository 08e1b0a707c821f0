//! One chart as a figure: axes, markers and curves.

use super::super::history::{Abscissa, Marker, MarkerKind};
use super::super::theme::Palette;
use super::super::{format, theme};
use super::axis::{self, Mark};
use super::figure::{Figure, Ink, Scale};
use super::lines::{Drawn, Stroke, value};
use eframe::egui::{Align2, Color32, Rect, pos2};

/// Room for labels left of a plot and below it, in points.
pub const LEFT: f32 = 52.0;
pub const BELOW: f32 = 16.0;
/// Size of labels, in points.
const LABEL: f32 = 10.0;
/// Least distance of labels, in points.
const APART: [f64; 2] = [78.0, 26.0];
/// Width of a letter of a marker's name, about.
const LETTER: f32 = 5.3;
/// Height of a row of markers' names, and rows at most.
const ROW: f32 = 14.0;
const ROWS: usize = 2;
/// Checkpoints nearer than that are ticks rather than lines.
const CROWDED: f32 = 14.0;

/// What a figure is made of.
pub struct Plot<'a> {
    pub scale: Scale,
    pub abscissa: Abscissa,
    pub log: bool,
    pub lines: Vec<&'a Drawn>,
    /// Markers and their places.
    pub markers: &'a [(f64, &'a Marker)],
    pub palette: &'a Palette,
    /// Labels below the plot: it is the lowest of several.
    pub labelled: bool,
    /// Names of edits at their lines: it is the uppermost of several.
    pub named: bool,
    /// Where the vertical cursor is.
    pub cursor: Option<f64>,
}

impl Plot<'_> {
    /// The figure.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let (mut inside, mut around) = (Vec::new(), Vec::new());
        self.axes(&mut inside, &mut around);
        self.marker_lines(&mut inside);
        for line in &self.lines {
            let faint = if line.stroke.width < 1.5 { 0.16 } else { 0.28 };
            let raw = Stroke { colour: line.stroke.colour.gamma_multiply(faint), width: 0.8, dash: None };
            self.path(&line.raw, raw, &mut inside);
        }
        for line in &self.lines {
            self.path(&line.line, line.stroke, &mut inside);
        }
        if self.named {
            self.marker_names(&mut inside);
        }
        self.cursor_line(&mut inside, &mut around);
        Figure { frame: self.scale.frame, inside, around }
    }

    fn path(&self, places: &[[f64; 2]], stroke: Stroke, inside: &mut Vec<Ink>) {
        match places {
            [] => {}
            // A single value is a short stroke.
            [place] => {
                let at = self.scale.point(*place);
                let (from, to) = (pos2(at.x - 3.0, at.y), pos2(at.x + 3.0, at.y));
                inside.push(Ink::line(from, to, stroke.width, stroke.colour, None));
            }
            places => inside.push(Ink::Path { points: places.iter().map(|&p| self.scale.point(p)).collect(), stroke }),
        }
    }

    fn axes(&self, inside: &mut Vec<Ink>, around: &mut Vec<Ink>) {
        let (scale, frame) = (&self.scale, self.scale.frame);
        let [dx, dy] = scale.per_point();
        let colour = self.palette.line;
        let line = |mark: &Mark| if mark.label.is_some() { colour } else { colour.gamma_multiply(0.35) };
        let text =
            |at, align, text: String| Ink::Text { at, align, text, size: LABEL, colour: self.palette.weak, back: None };
        for mark in across(self.abscissa, scale.x, APART[0] * dx) {
            let x = scale.horizontal(mark.value);
            inside.push(Ink::line(pos2(x, frame.top()), pos2(x, frame.bottom()), 1.0, line(&mark), None));
            if let Some(label) = mark.label.filter(|_| self.labelled) {
                // The last label stays in the panel.
                let last = x > frame.right() - 16.0;
                let (x, align) = if last { (frame.right(), Align2::RIGHT_TOP) } else { (x, Align2::CENTER_TOP) };
                around.push(text(pos2(x, frame.bottom() + 3.0), align, label));
            }
        }
        let spacing = APART[1] * dy;
        let up = if self.log { axis::powers(scale.y, spacing) } else { axis::marks(scale.y, spacing, 0.0) };
        for mark in up {
            let y = scale.vertical(mark.value);
            inside.push(Ink::line(pos2(frame.left(), y), pos2(frame.right(), y), 1.0, line(&mark), None));
            if let Some(label) = mark.label {
                around.push(text(pos2(frame.left() - 5.0, y), Align2::RIGHT_CENTER, label));
            }
        }
    }

    /// Markers in view, with their places in points.
    fn markers(&self) -> impl Iterator<Item = (f32, &Marker)> {
        let seen = self.scale.x[0]..=self.scale.x[1];
        let seen = self.markers.iter().filter(move |(x, _)| seen.contains(x));
        seen.map(|(x, marker)| (self.scale.horizontal(*x), *marker))
    }

    fn marker_lines(&self, inside: &mut Vec<Ink>) {
        let frame = self.scale.frame;
        let checkpoints = self.markers().filter(|(_, marker)| marker.kind == MarkerKind::Checkpoint).count();
        let crowded = checkpoints as f32 * CROWDED > frame.width();
        let mut last = f32::NEG_INFINITY;
        for (x, marker) in self.markers() {
            let is_checkpoint = marker.kind == MarkerKind::Checkpoint;
            // Lines upon lines say no more than one.
            if is_checkpoint && (x - last).abs() < 1.0 {
                continue;
            }
            last = if is_checkpoint { x } else { last };
            let (colour, width, dash) = marker_stroke(marker.kind, self.palette);
            let top = if is_checkpoint && crowded { frame.bottom() - 6.0 } else { frame.top() };
            inside.push(Ink::line(pos2(x, top), pos2(x, frame.bottom()), width, colour, dash));
        }
    }

    /// Names of edits beside their lines; the newest is sure of a place, and where names would lie on each other the
    /// older gives way.
    fn marker_names(&self, inside: &mut Vec<Ink>) {
        let frame = self.scale.frame;
        let rows = (((frame.height() - 20.0) / ROW) as usize).clamp(1, ROWS);
        let mut taken = vec![Vec::<[f32; 2]>::new(); rows];
        let edits: Vec<(f32, &Marker)> =
            self.markers().filter(|(_, marker)| marker.kind == MarkerKind::Recipe).collect();
        for (x, marker) in edits.into_iter().rev() {
            let width = marker.name.chars().count() as f32 * LETTER + 8.0;
            let flip = x + width > frame.right() && x - width > frame.left();
            let reach = if flip { [x - width, x] } else { [x, x + width] };
            let free = |row: &Vec<[f32; 2]>| row.iter().all(|other| reach[1] <= other[0] || other[1] <= reach[0]);
            let Some(row) = taken.iter().position(free) else { continue };
            taken[row].push(reach);
            let (side, align) = if flip { (-5.0, Align2::RIGHT_TOP) } else { (5.0, Align2::LEFT_TOP) };
            inside.push(Ink::Text {
                at: pos2(x + side, frame.top() + 3.0 + row as f32 * ROW),
                align,
                text: marker.name.clone(),
                size: LABEL,
                colour: self.palette.ember,
                back: Some(self.palette.panel.gamma_multiply(0.85)),
            });
        }
    }

    fn cursor_line(&self, inside: &mut Vec<Ink>, around: &mut Vec<Ink>) {
        let Some(cursor) = self.cursor.filter(|x| (self.scale.x[0]..=self.scale.x[1]).contains(x)) else { return };
        let (x, frame) = (self.scale.horizontal(cursor), self.scale.frame);
        inside.push(Ink::line(pos2(x, frame.top()), pos2(x, frame.bottom()), 1.0, self.palette.strong, None));
        if self.labelled {
            around.push(Ink::Text {
                at: pos2(x, frame.bottom() + 3.0),
                align: Align2::CENTER_TOP,
                text: place(self.abscissa, cursor),
                size: LABEL,
                colour: self.palette.strong,
                back: Some(self.palette.raised),
            });
        }
    }

    /// The markers under a horizontal place of the screen, the nearest first.
    #[must_use]
    pub fn markers_near(&self, x: f32) -> Vec<&Marker> {
        const NEAR: f32 = 5.0;
        let mut near: Vec<(f32, &Marker)> =
            self.markers().map(|(at, marker)| ((at - x).abs(), marker)).filter(|(off, _)| *off < NEAR).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near.into_iter().map(|(_, marker)| marker).collect()
    }

    /// What is marked in the view, in words, for those who cannot see it.
    #[must_use]
    pub fn words(&self) -> String {
        let named = self.markers().filter(|(_, marker)| marker.kind != MarkerKind::Checkpoint);
        let words = named.map(|(_, marker)| format!("update {}: {}", format::count(marker.iteration), marker.name));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// Colour, width and dashes of a marker's line.
fn marker_stroke(kind: MarkerKind, palette: &Palette) -> (Color32, f32, Option<[f32; 2]>) {
    match kind {
        MarkerKind::Recipe => (palette.ember.gamma_multiply(0.8), 1.2, Some([5.0, 3.0])),
        MarkerKind::Parameter => (palette.weak.gamma_multiply(0.8), 1.0, Some([1.5, 3.0])),
        MarkerKind::Divergence => (palette.bad.gamma_multiply(0.8), 1.2, None),
        MarkerKind::Checkpoint => (palette.weak.gamma_multiply(0.35), 1.0, None),
    }
}

fn across(abscissa: Abscissa, range: [f64; 2], spacing: f64) -> Vec<Mark> {
    match abscissa {
        Abscissa::Update => axis::counts(range, spacing),
        Abscissa::Epoch => axis::marks(range, spacing, 0.0),
        Abscissa::Time => axis::times(range, spacing),
    }
}

/// A place of the horizontal axis in words.
#[must_use]
pub fn place(abscissa: Abscissa, x: f64) -> String {
    match abscissa {
        Abscissa::Update => format::count(x.max(0.0).round() as u64),
        Abscissa::Epoch => format!("{x:.2}"),
        Abscissa::Time => format::clock(x),
    }
}

/// The value of a line of an average nearest to a place of the horizontal axis, within the line.
#[must_use]
pub fn value_at(line: &[[f64; 2]], x: f64, log: bool) -> Option<f64> {
    let after = line.partition_point(|place| place[0] < x);
    let (before, after) = (after.checked_sub(1).and_then(|at| line.get(at)), line.get(after));
    let near = match (before, after) {
        (Some(before), Some(after)) if x - before[0] < after[0] - x => before,
        (_, Some(after)) => after,
        (before, None) => before?,
    };
    Some(value(near[1], log))
}

/// The plot's frame in the room for it.
#[must_use]
pub fn frame(room: Rect, labelled: bool) -> Rect {
    let below = if labelled { BELOW } else { 4.0 };
    let mut frame = room;
    frame.min.x = (room.left() + LEFT).min(room.right() - 1.0);
    frame.max.y = (room.bottom() - below).max(room.top() + 1.0);
    frame.min.y = (room.top() + 2.0).min(frame.max.y - 1.0);
    frame
}

/// The palette of exported drawings: paper is white.
pub const PAPER: Palette = Palette { panel: Color32::WHITE, ..theme::LIGHT };

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(iteration: u64, kind: MarkerKind, name: &str) -> Marker {
        Marker { iteration, kind, name: name.to_owned(), details: String::new() }
    }

    fn plot<'a>(markers: &'a [(f64, &'a Marker)]) -> Plot<'a> {
        let frame = Rect::from_min_size(pos2(0.0, 0.0), eframe::egui::vec2(500.0, 100.0));
        Plot {
            scale: Scale { frame, x: [0.0, 500.0], y: [0.0, 1.0] },
            abscissa: Abscissa::Update,
            log: false,
            lines: Vec::new(),
            markers,
            palette: &PAPER,
            labelled: true,
            named: true,
            cursor: None,
        }
    }

    fn names(plot: &Plot<'_>) -> Vec<(String, f32)> {
        let named = plot.figure().inside.into_iter().filter_map(|ink| match ink {
            Ink::Text { text, at, .. } => Some((text, at.y)),
            Ink::Path { .. } => None,
        });
        named.collect()
    }

    #[test]
    fn names_of_edits_do_not_lie_on_each_other() {
        let edits: Vec<Marker> =
            (0..4).map(|at| marker(100 + 5 * at, MarkerKind::Recipe, &format!("factor: 1.{at}"))).collect();
        let placed: Vec<(f64, &Marker)> = edits.iter().map(|edit| (edit.iteration as f64, edit)).collect();
        let names = names(&plot(&placed));
        assert_eq!(names.len(), 2, "two rows");
        assert_eq!((names[0].0.as_str(), names[1].0.as_str()), ("factor: 1.3", "factor: 1.2"), "the newest stay");
        assert_ne!(names[0].1, names[1].1);
    }

    #[test]
    fn only_edits_have_their_names_written_and_all_have_them_under_the_pointer() {
        let (edit, checkpoint) =
            (marker(50, MarkerKind::Recipe, "d: 1.5"), marker(52, MarkerKind::Checkpoint, "checkpoint"));
        let placed = [(50.0, &edit), (52.0, &checkpoint), (900.0, &edit)];
        let plot = plot(&placed);
        assert_eq!(names(&plot).len(), 1, "what is out of view has no name in it");
        let near: Vec<&str> = plot.markers_near(53.0).iter().map(|marker| marker.name.as_str()).collect();
        assert_eq!(near, ["checkpoint", "d: 1.5"]);
        assert!(plot.markers_near(300.0).is_empty());
        assert_eq!(plot.words(), "update 50: d: 1.5");
    }

    #[test]
    fn crowded_checkpoints_are_ticks() {
        let checkpoints: Vec<Marker> = (0..200).map(|at| marker(at, MarkerKind::Checkpoint, "checkpoint")).collect();
        let placed: Vec<(f64, &Marker)> = checkpoints.iter().map(|mark| (mark.iteration as f64, mark)).collect();
        let mut lines = Vec::new();
        plot(&placed).marker_lines(&mut lines);
        assert!(lines.iter().all(|ink| matches!(ink, Ink::Path { points, .. } if points[0].y > 90.0)));
    }
}
