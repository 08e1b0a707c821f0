//! Figures as a drawing that browsers and editors read.

use super::figure::{Figure, Ink};
use super::lines::Stroke;
use eframe::egui::{Align, Align2, Color32, Pos2, Rect};
use std::fmt::Write;

/// A line of a legend.
pub struct Entry {
    pub name: String,
    pub stroke: Stroke,
}

/// A chart of a drawing.
pub struct Chart {
    pub figure: Figure,
    /// Stands above it.
    pub title: String,
    pub legend: Vec<Entry>,
}

/// Height of a line of a legend.
const ROW: f32 = 14.0;
/// Length of a sample of a line.
const SAMPLE: f32 = 22.0;

/// A drawing of charts, in points. Legends stand at `legend`, each beside its chart.
#[must_use]
pub fn svg(width: f32, height: f32, legend: f32, charts: &[Chart]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (at, chart) in charts.iter().enumerate() {
        let frame = chart.figure.frame;
        clip(&mut out, at, frame);
        let _ = writeln!(out, "<g clip-path=\"url(#plot{at})\">");
        chart.figure.inside.iter().for_each(|each| ink(&mut out, each));
        out.push_str("</g>\n");
        chart.figure.around.iter().for_each(|each| ink(&mut out, each));
        let above = Pos2::new(frame.left(), frame.top() - 6.0);
        text(&mut out, above, Align2::LEFT_BOTTOM, &chart.title, 12.0, Color32::BLACK);
        for (row, entry) in chart.legend.iter().enumerate() {
            let y = frame.top() + ROW * (row as f32 + 0.5);
            path(&mut out, &[Pos2::new(legend, y), Pos2::new(legend + SAMPLE, y)], entry.stroke);
            let at = Pos2::new(legend + SAMPLE + 6.0, y);
            text(&mut out, at, Align2::LEFT_CENTER, &entry.name, 10.0, Color32::BLACK);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Width that a legend of these names takes.
#[must_use]
pub fn legend_width<'a>(names: impl Iterator<Item = &'a str>) -> f32 {
    let letters = names.map(|name| name.chars().count()).max().unwrap_or(0);
    SAMPLE + 12.0 + 5.8 * letters as f32
}

/// Height that a legend of so many lines takes.
#[must_use]
pub fn legend_height(lines: usize) -> f32 {
    lines as f32 * ROW + 4.0
}

fn clip(out: &mut String, at: usize, frame: Rect) {
    let (x, y, width, height) = (frame.left(), frame.top(), frame.width(), frame.height());
    let _ = writeln!(
        out,
        "<clipPath id=\"plot{at}\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/></clipPath>"
    );
}

fn ink(out: &mut String, ink: &Ink) {
    match ink {
        Ink::Path { points, stroke } => path(out, points, *stroke),
        Ink::Text { at, align, text: words, size, colour, back } => {
            if back.is_some() {
                out.push_str("<g paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\">");
            }
            text(out, *at, *align, words, *size, *colour);
            if back.is_some() {
                out.push_str("</g>\n");
            }
        }
    }
}

fn path(out: &mut String, points: &[Pos2], stroke: Stroke) {
    out.push_str("<polyline fill=\"none\" points=\"");
    for point in points {
        let _ = write!(out, "{:.2},{:.2} ", point.x, point.y);
    }
    let (colour, opacity) = paint(stroke.colour);
    let _ = write!(out, "\" stroke=\"{colour}\" stroke-opacity=\"{opacity:.3}\" stroke-width=\"{:.2}\"", stroke.width);
    if let Some([on, off]) = stroke.dash {
        let _ = write!(out, " stroke-dasharray=\"{on} {off}\"");
    }
    out.push_str(" stroke-linejoin=\"round\"/>\n");
}

fn text(out: &mut String, at: Pos2, align: Align2, words: &str, size: f32, colour: Color32) {
    let anchor = match align.x() {
        Align::Min => "start",
        Align::Center => "middle",
        Align::Max => "end",
    };
    let down = match align.y() {
        Align::Min => 0.8,
        Align::Center => 0.35,
        Align::Max => 0.0,
    };
    let (x, y, (colour, _)) = (at.x, at.y + down * size, paint(colour));
    let words = escaped(words);
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>"
    );
}

/// A colour, and how much it covers.
fn paint(colour: Color32) -> (String, f32) {
    let [r, g, b, a] = colour.to_srgba_unmultiplied();
    (format!("#{r:02x}{g:02x}{b:02x}"), f32::from(a) / 255.0)
}

fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // No drawing may hold these.
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_recipes_cannot_break_a_drawing() {
        assert_eq!(escaped("a < b && \"c\"\u{7}>"), "a &lt; b &amp;&amp; &quot;c&quot; &gt;");
    }

    #[test]
    fn colours_keep_their_strength() {
        assert_eq!(paint(Color32::from_rgb(0xe6, 0x9f, 0x00)), ("#e69f00".to_owned(), 1.0));
        let (_, opacity) = paint(Color32::WHITE.gamma_multiply(0.5));
        assert!((opacity - 0.5).abs() < 0.01);
    }
}
