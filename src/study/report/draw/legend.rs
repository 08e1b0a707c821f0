//! Which mark is which series: rows above a figure.

use super::{TYPE, WIDTH, fitting, text, text_width};

const SWATCH: f64 = 26.0;
const GAP: f64 = 18.0;
const ROW: f64 = TYPE + 9.0;

/// The rows of a legend and their height. `mark` draws the mark of a series around a point. A single entry
/// without a name needs no legend.
pub(super) fn draw(names: &[&str], mark: impl Fn(usize, f64, f64) -> String) -> (f64, String) {
    if names.len() < 2 && names.iter().all(|name| name.is_empty()) {
        return (0.0, String::new());
    }
    let (mut x, mut y, mut svg) = (4.0, TYPE, String::new());
    for (at, name) in names.iter().enumerate() {
        let name = fitting(name, WIDTH - SWATCH - 2.0 * GAP);
        let width = SWATCH + text_width(&name);
        if x > 4.0 && x + width > WIDTH {
            (x, y) = (4.0, y + ROW);
        }
        svg += &mark(at, x + SWATCH / 2.0 - 4.0, y - 0.35 * TYPE);
        svg += &text(x + SWATCH, y, "start", &name);
        x += width + GAP;
    }
    (y + ROW - TYPE, svg)
}
