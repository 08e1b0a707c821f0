//! Plots with lines over logarithmic axes, as SVG.

use std::fmt::Write;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) label: String,
    /// x and y, both above zero, from left to right.
    pub(super) points: Vec<[f64; 2]>,
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) series: Vec<Series>,
}

/// Size of a panel in pixels, and of what lies around its axes: left, right, top, bottom.
const PANEL: [f64; 2] = [480.0, 360.0];
const MARGIN: [f64; 4] = [72.0, 24.0, 64.0, 56.0];
const HEADER: f64 = 48.0;
/// Okabe and Ito's colours, which most eyes tell apart.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const STYLE: &str = "text{font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#333}\
    .title{font-size:18px;font-weight:600}.panel{font-size:14px;font-weight:600}.label{font-size:12px}\
    .tick{font-size:11px;fill:#666}.grid{stroke:#e8e8e8}.axis{stroke:#999}";

/// The panels, two in a row, under a title.
pub(super) fn svg(title: &str, panels: &[Panel]) -> String {
    let columns = panels.len().clamp(1, 2);
    let width = PANEL[0] * columns as f64;
    let height = HEADER + PANEL[1] * panels.len().div_ceil(columns) as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    text(&mut out, [24.0, 32.0], "title", "start", title);
    for (index, panel) in panels.iter().enumerate() {
        let corner = [PANEL[0] * (index % columns) as f64, HEADER + PANEL[1] * (index / columns) as f64];
        draw_panel(&mut out, corner, panel);
    }
    out.push_str("</svg>\n");
    out
}

/// A logarithmic axis from a value to a value, drawn between two pixels.
struct Axis {
    values: [f64; 2],
    pixels: [f64; 2],
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let [low, high] = self.values.map(f64::ln);
        self.pixels[0] + (value.ln() - low) / (high - low) * (self.pixels[1] - self.pixels[0])
    }
}

fn draw_panel(out: &mut String, [left, top]: [f64; 2], panel: &Panel) {
    let values = |axis: usize| panel.series.iter().flat_map(move |series| series.points.iter().map(move |p| p[axis]));
    let mut x_ticks: Vec<f64> = values(0).collect();
    x_ticks.sort_by(f64::total_cmp);
    x_ticks.dedup();
    let y_ticks = ticks(values(1));
    let ends = |ticks: &[f64]| [ticks.first().copied().unwrap_or(1.0), ticks.last().copied().unwrap_or(10.0)];
    let [x_low, x_high] = ends(&x_ticks);
    let x = Axis { values: [x_low / 1.12, x_high * 1.12], pixels: [left + MARGIN[0], left + PANEL[0] - MARGIN[1]] };
    let y = Axis { values: ends(&y_ticks), pixels: [top + PANEL[1] - MARGIN[3], top + MARGIN[2]] };
    text(out, [x.pixels[0], top + 20.0], "panel", "start", &panel.title);
    draw_axes(out, [&x, &y], [&x_ticks, &y_ticks]);
    let middle = |axis: &Axis| 0.5 * (axis.pixels[0] + axis.pixels[1]);
    text(out, [middle(&x), top + PANEL[1] - 14.0], "label", "middle", &panel.x_label);
    let [across, down] = [left + 18.0, middle(&y)];
    line(out, format_args!("<g transform=\"rotate(-90 {across:.1} {down:.1})\">"));
    text(out, [across, down], "label", "middle", &panel.y_label);
    line(out, format_args!("</g>"));
    let mut legend = x.pixels[0];
    for (series, colour) in panel.series.iter().zip(COLOURS.iter().cycle()) {
        draw_series(out, [&x, &y], series, colour);
        let height = top + 42.0;
        line(
            out,
            format_args!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>", legend + 4.0, height - 4.0),
        );
        text(out, [legend + 14.0, height], "label", "start", &series.label);
        legend += 34.0 + 6.5 * series.label.chars().count() as f64;
    }
}

fn draw_axes(out: &mut String, [x, y]: [&Axis; 2], [x_ticks, y_ticks]: [&[f64]; 2]) {
    let [left, right] = x.pixels;
    let [bottom, top] = y.pixels;
    let mut rule = |class: &str, from: [f64; 2], to: [f64; 2]| {
        let ([x1, y1], [x2, y2]) = (from, to);
        line(
            out,
            format_args!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"),
        );
    };
    y_ticks.iter().for_each(|&tick| rule("grid", [left, y.at(tick)], [right, y.at(tick)]));
    x_ticks.iter().for_each(|&tick| rule("grid", [x.at(tick), bottom], [x.at(tick), top]));
    rule("axis", [left, bottom], [right, bottom]);
    rule("axis", [left, bottom], [left, top]);
    y_ticks.iter().for_each(|&tick| text(out, [left - 8.0, y.at(tick) + 4.0], "tick", "end", &number(tick)));
    x_ticks.iter().for_each(|&tick| text(out, [x.at(tick), bottom + 17.0], "tick", "middle", &number(tick)));
}

fn draw_series(out: &mut String, [x, y]: [&Axis; 2], series: &Series, colour: &str) {
    let points: Vec<[f64; 2]> = series.points.iter().map(|point| [x.at(point[0]), y.at(point[1])]).collect();
    let path: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
    let path = path.join(" ");
    line(
        out,
        format_args!(
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
        ),
    );
    for [x, y] in points {
        line(
            out,
            format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"1.5\"/>"
            ),
        );
    }
}

/// The numbers 1, 2 and 5 times powers of ten that enclose `values`; at least two.
fn ticks(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let low = values.clone().fold(f64::INFINITY, f64::min).clamp(1e-9, 1e15);
    let high = values.fold(0.0, f64::max).clamp(low, 1e15);
    // Written as text and read back, the tick is the nearest number to its decimal.
    let tick = |step: i32| {
        let digit = [1, 2, 5][step.rem_euclid(3) as usize];
        format!("{digit}e{}", step.div_euclid(3)).parse::<f64>().unwrap_or(1.0)
    };
    let steps = -30..=48;
    let first = steps.clone().rev().find(|&step| tick(step) <= low).unwrap_or(-30);
    let last = steps.clone().find(|&step| tick(step) >= high).unwrap_or(48).max(first + 1);
    (first..=last).map(tick).collect()
}

/// A number without digits that say nothing.
pub(super) fn number(value: f64) -> String {
    let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.6}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

fn text(out: &mut String, [x, y]: [f64; 2], class: &str, anchor: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    line(
        out,
        format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>"),
    );
}

fn line(out: &mut String, content: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{content}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_enclose_the_values() {
        assert_eq!(ticks([3.0, 70.0].into_iter()), [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(ticks([5.0].into_iter()), [5.0, 10.0]);
        assert_eq!(ticks([0.03, 0.04].into_iter()), [0.02, 0.05]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.02, 1.5, 4.0, 20.0, 2000.0].map(number), ["0.02", "1.5", "4", "20", "2000"]);
    }
}
