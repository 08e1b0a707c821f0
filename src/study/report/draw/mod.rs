//! Figures as SVG. Colours and type come from classes, so that one style serves light and dark.

mod bars;
mod frame;
mod legend;
mod points;
mod thin;

use super::escape::escape;
use super::figure::{Figure, Plot};

/// Colours and type of all figures.
pub(super) const STYLE: &str = include_str!("figure.css");

/// Units across a figure.
const WIDTH: f64 = 640.0;
/// Height of text.
const TYPE: f64 = 13.0;
/// Colours that the style names; series beyond them begin anew with another dash or marker.
const COLOURS: usize = 7;

/// A figure as a whole SVG file, with its own style.
#[must_use]
pub fn svg(figure: &Figure) -> String {
    drawn(figure, "figure", &format!("<style>{STYLE}</style>"))
}

/// A figure as an element of a page that holds [`STYLE`]. `id` is unlike that of any other element of the page.
pub(super) fn element(figure: &Figure, id: &str) -> String {
    drawn(figure, id, "")
}

/// What a figure leaves out, in words; empty where it shows all.
pub(super) fn omissions(figure: &Figure) -> String {
    let count = match &figure.plot {
        Plot::Points { x, y, series } => points::omitted(x, y, series),
        Plot::Bars(bars) => bars::omitted(bars),
    };
    match count {
        0 => String::new(),
        1 => "1 value has no place on the axes and is not drawn.".to_owned(),
        count => format!("{count} values have no place on the axes and are not drawn."),
    }
}

fn drawn(figure: &Figure, id: &str, style: &str) -> String {
    let (height, body) = match &figure.plot {
        Plot::Points { x, y, series } => points::draw(x, y, series),
        Plot::Bars(bars) => bars::draw(bars),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-text\">{style}<title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-text\">{}</desc>{body}</svg>",
        escape(&figure.title),
        escape(&figure.alternative),
    )
}

/// The width that `text` takes, with some to spare, as no font is known here.
fn text_width(text: &str) -> f64 {
    let wide = |character: char| {
        if character >= '\u{1100}' && !('\u{2000}'..'\u{2e80}').contains(&character) { 1.0 } else { 0.58 }
    };
    text.chars().map(|character| TYPE * wide(character)).sum()
}

/// As much of `text` as fits into `width`.
fn fitting(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut fitting = String::new();
    for character in text.chars() {
        if text_width(&fitting) + text_width("…") + TYPE > width {
            break;
        }
        fitting.push(character);
    }
    fitting + "…"
}

/// Text at a point. `place` is a class of the style: where the point lies in it.
fn text(x: f64, y: f64, place: &str, text: &str) -> String {
    format!("<text class=\"{place}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(text))
}

fn line(class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> String {
    format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>")
}

/// The class of the colour of a series.
fn colour(series: usize) -> String {
    format!("c{}", series % COLOURS)
}
