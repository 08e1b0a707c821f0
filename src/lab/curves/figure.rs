//! A chart as strokes and words, so that the window and an exported file show the same picture.

use super::lines::Stroke;
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke as Pen, pos2, vec2};

/// Something to draw.
pub enum Ink {
    Path { points: Vec<Pos2>, stroke: Stroke },
    Text { at: Pos2, align: Align2, text: String, size: f32, colour: Color32, back: Option<Color32> },
}

/// A chart, from what lies behind to what lies in front.
pub struct Figure {
    /// The plot without its axes.
    pub frame: Rect,
    /// Cut at the frame's edges.
    pub inside: Vec<Ink>,
    /// Axes.
    pub around: Vec<Ink>,
}

impl Figure {
    /// Paints it where it lies.
    pub fn paint(self, painter: &Painter) {
        let clipped = painter.with_clip_rect(self.frame.intersect(painter.clip_rect()));
        self.inside.into_iter().for_each(|ink| ink.paint(&clipped));
        self.around.into_iter().for_each(|ink| ink.paint(painter));
    }
}

impl Ink {
    /// A straight line.
    #[must_use]
    pub fn line(from: Pos2, to: Pos2, width: f32, colour: Color32, dash: Option<[f32; 2]>) -> Self {
        Self::Path { points: vec![from, to], stroke: Stroke { colour, width, dash } }
    }

    fn paint(self, painter: &Painter) {
        match self {
            Self::Path { points, stroke: Stroke { colour, width, dash } } => {
                let pen = Pen::new(width, colour);
                match dash {
                    Some([on, off]) => painter.extend(Shape::dashed_line(&points, pen, on, off)),
                    None => {
                        painter.add(Shape::line(points, pen));
                    }
                }
            }
            Self::Text { at, align, text, size, colour, back } => {
                let galley = painter.layout_no_wrap(text, FontId::proportional(size), colour);
                let rect = align.anchor_size(at, galley.size());
                if let Some(back) = back {
                    painter.rect_filled(rect.expand2(vec2(3.0, 1.0)), 3.0, back);
                }
                painter.galley(rect.min, galley, colour);
            }
        }
    }
}

/// Paints a sample of a line from here to the right.
pub fn sample(painter: &Painter, from: Pos2, length: f32, stroke: Stroke) {
    if stroke.width > 0.0 {
        Ink::line(from, from + vec2(length, 0.0), stroke.width, stroke.colour, stroke.dash).paint(painter);
    }
}

/// Places of values in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub frame: Rect,
    pub x: [f64; 2],
    pub y: [f64; 2],
}

impl Scale {
    /// The horizontal place of a value, in points.
    #[must_use]
    pub fn horizontal(&self, x: f64) -> f32 {
        self.frame.left() + (share(x, self.x) * f64::from(self.frame.width())) as f32
    }

    /// The vertical place of a value, in points.
    #[must_use]
    pub fn vertical(&self, y: f64) -> f32 {
        self.frame.bottom() - (share(y, self.y) * f64::from(self.frame.height())) as f32
    }

    /// The place of a point of a curve. What lies far beyond the frame is brought near it: neither graphics cards nor
    /// files like huge numbers.
    #[must_use]
    pub fn point(&self, [x, y]: [f64; 2]) -> Pos2 {
        const FAR: f32 = 20_000.0;
        pos2(self.horizontal(x).clamp(-FAR, FAR), self.vertical(y).clamp(-FAR, FAR))
    }

    /// The value at a horizontal place.
    #[must_use]
    pub fn value_x(&self, x: f32) -> f64 {
        self.x[0] + f64::from((x - self.frame.left()) / self.frame.width().max(1.0)) * (self.x[1] - self.x[0])
    }

    /// The value at a vertical place.
    #[must_use]
    pub fn value_y(&self, y: f32) -> f64 {
        self.y[0] + f64::from((self.frame.bottom() - y) / self.frame.height().max(1.0)) * (self.y[1] - self.y[0])
    }

    /// Values per point.
    #[must_use]
    pub fn per_point(&self) -> [f64; 2] {
        let size = self.frame.size().max(vec2(1.0, 1.0));
        [(self.x[1] - self.x[0]) / f64::from(size.x), (self.y[1] - self.y[0]) / f64::from(size.y)]
    }
}

fn share(value: f64, [low, high]: [f64; 2]) -> f64 {
    if high > low { (value - low) / (high - low) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_values_belong_together() {
        let frame = Rect::from_min_max(pos2(10.0, 20.0), pos2(110.0, 70.0));
        let scale = Scale { frame, x: [0.0, 50.0], y: [-1.0, 1.0] };
        assert_eq!(scale.point([25.0, -1.0]), pos2(60.0, 70.0));
        assert_eq!((scale.value_x(60.0), scale.value_y(20.0)), (25.0, 1.0));
        assert!(scale.point([1e12, f64::MAX]).y.is_finite());
    }
}
