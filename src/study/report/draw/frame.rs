//! The axes of a figure.

use super::super::axis::Ticks;
use super::super::figure::Axis;
use super::super::number::superscript;
use super::{TYPE, WIDTH, line, text, text_width};

/// Room between labels that stand beside each other.
const GAP: f64 = 14.0;

/// The part of a figure between its axes, and the axes.
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub x: Ticks,
    pub y: Ticks,
}

impl Frame {
    /// A frame below `top` for these data.
    pub fn new(axes: [&Axis; 2], values: [&[f64]; 2], top: f64, height: f64) -> Self {
        let y = Ticks::cover(values[1], axes[1].scale, 6);
        let widest = y.labels.iter().map(|label| text_width(label)).fold(0.0, f64::max);
        let (left, right) = (widest + TYPE + 22.0, WIDTH - 22.0);
        Self { left, right, top, bottom: top + height, x: fitting_ticks(axes[0], values[0], right - left), y }
    }

    pub fn place(&self, x: f64, y: f64) -> [f64; 2] {
        [self.across(x), self.bottom - self.y.place(y) * (self.bottom - self.top)]
    }

    pub fn across(&self, x: f64) -> f64 {
        self.left + self.x.place(x) * (self.right - self.left)
    }

    /// Lines, labels and titles of both axes.
    pub fn draw(&self, x: &Axis, y: &Axis) -> String {
        let mut svg = String::new();
        for (mark, label) in self.y.marks.iter().zip(&self.y.labels) {
            let [_, at] = self.place(self.x.low, *mark);
            svg += &line("grid", [self.left, at], [self.right, at]);
            svg += &*text(self.left - 8.0, at + 0.35 * TYPE, "end", label);
        }
        svg += &self.draw_x(x);
        let (along, title) = ((self.top + self.bottom) / 2.0, axis_title(y, self.y.power));
        // Turned about its own place.
        svg + &*format!("<g transform=\"translate({:.1} {along:.1}) rotate(-90)\">", TYPE)
            + &*text(0.0, 0.0, "middle title", &super::fitting(&title, self.bottom - self.top + 60.0))
            + "</g>"
    }

    /// Lines, labels and title of the axis of x.
    pub fn draw_x(&self, axis: &Axis) -> String {
        let mut svg = String::new();
        for (mark, label) in self.x.marks.iter().zip(&self.x.labels) {
            let at = self.across(*mark);
            svg += &line("grid", [at, self.top], [at, self.bottom]);
            svg += &*text(at, self.bottom + TYPE + 6.0, "middle", label);
        }
        svg += &line("axis", [self.left, self.bottom], [self.right, self.bottom]);
        let title = super::fitting(&axis_title(axis, self.x.power), WIDTH);
        // A long title may reach beyond the axis, but not beyond the figure.
        let half = text_width(&title) / 2.0;
        let middle = ((self.left + self.right) / 2.0).min(WIDTH - half).max(half);
        svg + &*text(middle, self.bottom + 2.0 * TYPE + 14.0, "middle title", &title)
    }
}

/// Room that an axis of x takes below it.
pub(super) const BELOW: f64 = 3.0 * TYPE + 10.0;

/// As many marks as have room for their labels.
pub(super) fn fitting_ticks(axis: &Axis, values: &[f64], width: f64) -> Ticks {
    let fits = |ticks: &Ticks| {
        let places: Vec<f64> = ticks.marks.iter().map(|mark| width * ticks.place(*mark)).collect();
        let halves: Vec<f64> = ticks.labels.iter().map(|label| text_width(label) / 2.0).collect();
        (1..places.len()).all(|at| places[at] - places[at - 1] >= halves[at] + halves[at - 1] + GAP)
    };
    let attempts = (2..=8).rev().map(|most| Ticks::cover(values, axis.scale, most));
    attempts.into_iter().find(fits).unwrap_or_else(|| Ticks::cover(values, axis.scale, 2))
}

/// Title, power of ten and unit.
fn axis_title(axis: &Axis, power: i32) -> String {
    let factor = if power == 0 { String::new() } else { format!("10{}", superscript(power)) };
    let unit = [factor.as_str(), axis.unit.as_str()].into_iter().filter(|part| !part.is_empty());
    match unit.collect::<Vec<_>>().join(" ").as_str() {
        "" => axis.title.clone(),
        unit if axis.title.is_empty() => unit.to_owned(),
        unit => format!("{} ({unit})", axis.title),
    }
}
