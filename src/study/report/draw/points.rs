//! Curves and clouds of points.

use super::super::figure::{Axis, Mark, Point, Series, Whiskers};
use super::frame::{BELOW, Frame};
use super::{COLOURS, colour, legend, line, text, thin};

const HEIGHT: f64 = 290.0;
/// Half the side of a marker.
const MARKER: f64 = 3.5;
/// Half the width of the end of an error bar.
const CAP: f64 = 4.0;
/// Dashes of lines, as classes of the style: the first of each round of colours is drawn through.
const DASHES: [&str; 3] = ["", " dash1", " dash2"];

/// How many points have no place on the axes.
pub(super) fn omitted(x: &Axis, y: &Axis, series: &[Series]) -> usize {
    series.iter().flat_map(|series| &series.points).filter(|point| !holds(x, y, point)).count()
}

fn holds(x: &Axis, y: &Axis, point: &Point) -> bool {
    x.holds(point.x) && y.holds(point.y)
}

/// The height and the drawing.
pub(super) fn draw(x: &Axis, y: &Axis, series: &[Series]) -> (f64, String) {
    let names: Vec<&str> = series.iter().map(|one| one.name.as_str()).collect();
    let (above, legend) = legend::draw(&names, |at, x, y| legend_mark(at, series[at].mark, x, y));
    let shown: Vec<&Point> = series.iter().flat_map(|one| &one.points).filter(|point| holds(x, y, point)).collect();
    let xs: Vec<f64> = shown.iter().map(|point| point.x).collect();
    let ends = shown.iter().filter_map(|point| point.interval).flat_map(|interval| [interval.low, interval.high]);
    let ys: Vec<f64> = shown.iter().map(|point| point.y).chain(ends.filter(|end| y.holds(*end))).collect();
    let frame = Frame::new([x, y], [&xs, &ys], above + 12.0, HEIGHT);
    let mut svg = legend + &*frame.draw(x, y);
    if shown.is_empty() {
        let middle = [(frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0];
        svg += &*text(middle[0], middle[1], "middle", "nothing to draw");
    }
    // All bands lie below all lines.
    svg.extend(series.iter().enumerate().map(|(at, one)| whiskers(&frame, at, one, &runs(x, y, one))));
    svg.extend(series.iter().enumerate().map(|(at, one)| marks(&frame, at, one, &runs(x, y, one))));
    (frame.bottom + BELOW, svg)
}

/// The stretches of a series between points that have no place on the axes.
fn runs<'a>(x: &Axis, y: &Axis, series: &'a Series) -> Vec<&'a [Point]> {
    series.points.split(|point| !holds(x, y, point)).filter(|run| !run.is_empty()).collect()
}

fn marks(frame: &Frame, at: usize, series: &Series, runs: &[&[Point]]) -> String {
    let mut svg = String::new();
    for run in runs {
        let places: Vec<[f64; 2]> = run.iter().map(|point| frame.place(point.x, point.y)).collect();
        // A line needs two points to be seen.
        if series.mark != Mark::Dots && places.len() > 1 {
            svg += &format!(
                "<path class=\"line {}\" d=\"{}\"/>",
                stroke(at, series.mark),
                path(&thin::line(places.clone()))
            );
        }
        if matches!(series.mark, Mark::Dots | Mark::LineAndDots) || places.len() == 1 {
            svg.extend(places.iter().map(|[x, y]| marker(at, *x, *y)));
        }
    }
    svg
}

fn whiskers(frame: &Frame, at: usize, series: &Series, runs: &[&[Point]]) -> String {
    let mut svg = String::new();
    for run in runs {
        let ends = run.iter().map(|point| {
            let interval = point.interval.filter(|interval| interval.low <= interval.high)?;
            Some([frame.place(point.x, interval.low), frame.place(point.x, interval.high)])
        });
        let ends: Vec<Option<[[f64; 2]; 2]>> = ends.collect();
        for stretch in ends.split(Option::is_none) {
            let stretch: Vec<[[f64; 2]; 2]> = stretch.iter().flatten().copied().collect();
            match series.whiskers {
                Whiskers::Band if stretch.len() > 1 => svg += &band(at, &thin::band(stretch)),
                _ => svg.extend(stretch.iter().map(|[low, high]| error_bar(at, *low, *high))),
            }
        }
    }
    svg
}

fn band(at: usize, stretch: &[[[f64; 2]; 2]]) -> String {
    let upper = stretch.iter().map(|[_, high]| *high);
    let around: Vec<[f64; 2]> = upper.chain(stretch.iter().rev().map(|[low, _]| *low)).collect();
    format!("<path class=\"band {}\" d=\"{}Z\"/>", colour(at), path(&around))
}

fn error_bar(at: usize, [x, low]: [f64; 2], [_, high]: [f64; 2]) -> String {
    let class = format!("whisker {}", colour(at));
    let cap = |y: f64| line(&class, [x - CAP, y], [x + CAP, y]);
    line(&class, [x, low], [x, high]) + &*cap(low) + &*cap(high)
}

fn path(places: &[[f64; 2]]) -> String {
    let step = |(at, [x, y]): (usize, &[f64; 2])| format!("{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    places.iter().enumerate().map(step).collect()
}

/// The classes of a series' line.
fn stroke(at: usize, mark: Mark) -> String {
    let dash = if mark == Mark::Dashed { " dash3" } else { DASHES[at / COLOURS % DASHES.len()] };
    format!("{}{dash}", colour(at))
}

/// A series' marker: circle, square, triangle or diamond, so that none is known by its colour alone.
fn marker(at: usize, x: f64, y: f64) -> String {
    let (class, m) = (format!("marker {}", colour(at)), MARKER);
    let corners: &[[f64; 2]] = match at % 4 {
        0 => return format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{m}\"/>"),
        1 => &[[-m, -m], [m, -m], [m, m], [-m, m]],
        2 => &[[0.0, -1.2 * m], [1.2 * m, m], [-1.2 * m, m]],
        _ => &[[0.0, -1.4 * m], [1.4 * m, 0.0], [0.0, 1.4 * m], [-1.4 * m, 0.0]],
    };
    let corners: Vec<[f64; 2]> = corners.iter().map(|[dx, dy]| [x + dx, y + dy]).collect();
    format!("<path class=\"{class}\" d=\"{}Z\"/>", path(&corners))
}

fn legend_mark(at: usize, mark: Mark, x: f64, y: f64) -> String {
    let line = match mark {
        Mark::Dots => String::new(),
        _ => format!("<path class=\"line {}\" d=\"{}\"/>", stroke(at, mark), path(&[[x - 9.0, y], [x + 9.0, y]])),
    };
    let dots = matches!(mark, Mark::Dots | Mark::LineAndDots);
    line + &*if dots { marker(at, x, y) } else { String::new() }
}
