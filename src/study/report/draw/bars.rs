//! Horizontal bars, which leave room for names of any length.

use super::super::axis::Ticks;
use super::super::figure::{Axis, AxisScale, Bar, Bars};
use super::super::number::{NOT_MEASURED, within};
use super::frame::{BELOW, Frame, fitting_ticks};
use super::{TYPE, WIDTH, colour, fitting, legend, line, text, text_width};

const THICKNESS: f64 = 16.0;
const BETWEEN_CATEGORIES: f64 = 10.0;
/// Widest names of categories.
const NAMES: f64 = 220.0;

/// How many bars have no place on the axis.
pub(super) fn omitted(bars: &Bars) -> usize {
    measured(bars).filter(|bar| !bars.value.holds(bar.value)).count()
}

fn measured(bars: &Bars) -> impl Iterator<Item = &Bar> {
    bars.series.iter().flat_map(|series| series.bars.iter().flatten())
}

/// The height and the drawing.
pub(super) fn draw(bars: &Bars) -> (f64, String) {
    let names: Vec<&str> = bars.series.iter().map(|one| one.name.as_str()).collect();
    let (above, legend) = legend::draw(&names, swatch);
    let category = THICKNESS * bars.series.len().max(1) as f64 + BETWEEN_CATEGORIES;
    let frame = frame(bars, above + 8.0, category * bars.count() as f64 + 6.0);
    let mut svg = legend + &*frame.draw_x(&bars.value);
    for at in 0..bars.count() {
        let top = frame.top + category * at as f64 + BETWEEN_CATEGORIES;
        let middle = top + (category - BETWEEN_CATEGORIES) / 2.0;
        svg += &*text(frame.left - 10.0, middle + 0.35 * TYPE, "end", &fitting(bars.category(at), NAMES));
        for (number, series) in bars.series.iter().enumerate() {
            let bar = series.bars.get(at).copied().flatten();
            svg += &*draw_bar(&frame, &bars.value, number, bar, top + THICKNESS * number as f64);
        }
    }
    (frame.bottom + BELOW, svg)
}

/// A frame with room for names to the left and values to the right.
fn frame(bars: &Bars, top: f64, height: f64) -> Frame {
    let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max);
    let names = widest(&mut (0..bars.count()).map(|at| text_width(&fitting(bars.category(at), NAMES))));
    let values = widest(&mut measured(bars).map(|bar| text_width(&label(bar))));
    let (left, right) = (names + 18.0, WIDTH - values.max(20.0) - 14.0);
    let ends = measured(bars).filter_map(|bar| bar.interval).flat_map(|interval| [interval.low, interval.high]);
    let all = measured(bars).map(|bar| bar.value).chain(ends).filter(|value| bars.value.holds(*value));
    // A bar is read by its length, so it begins at 0 wherever there is one.
    let zero = (bars.value.scale == AxisScale::Linear).then_some(0.0);
    let all: Vec<f64> = all.chain(zero).collect();
    let x = fitting_ticks(&bars.value, &all, right - left);
    Frame { left, right, top, bottom: top + height, x, y: Ticks::cover(&[], AxisScale::Linear, 2) }
}

fn label(bar: &Bar) -> String {
    within(bar.value, bar.interval)
}

/// A bar, its error bar and its value; a dash where nothing was measured.
fn draw_bar(frame: &Frame, axis: &Axis, number: usize, bar: Option<Bar>, top: f64) -> String {
    let middle = top + THICKNESS / 2.0;
    let start = frame.across(if axis.scale == AxisScale::Linear { 0.0 } else { frame.x.low });
    let written = |words: &str| text(WIDTH - 4.0, middle + 0.35 * TYPE, "end", words);
    let Some(bar) = bar else { return written(NOT_MEASURED) };
    if !axis.holds(bar.value) {
        return written(&label(&bar));
    }
    let end = frame.across(bar.value);
    let mut svg = format!(
        "<rect class=\"bar {}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        colour(number),
        start.min(end),
        top + 1.0,
        (end - start).abs(),
        THICKNESS - 2.0
    );
    if let Some(interval) = bar.interval.filter(|interval| interval.low <= interval.high) {
        let (low, high) = (frame.across(interval.low), frame.across(interval.high));
        svg += &line("whisker ink", [low, middle], [high, middle]);
        svg.extend([low, high].map(|x| line("whisker ink", [x, middle - 4.0], [x, middle + 4.0])));
    }
    svg + &*written(&label(&bar))
}

fn swatch(at: usize, x: f64, y: f64) -> String {
    format!("<rect class=\"bar {}\" x=\"{:.1}\" y=\"{:.1}\" width=\"16\" height=\"10\"/>", colour(at), x - 8.0, y - 5.0)
}
