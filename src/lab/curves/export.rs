//! What the curves are written to: tables, drawings, pictures and event files. What takes long is left to the program.

use super::super::client::Errand;
use super::super::history::{Abscissa, History, Marker};
use super::csv::csv;
use super::figure::{Figure, Scale};
use super::lines::{self, Drawn, Look};
use super::plot::{self, PAPER, Plot};
use super::svg::{self, Entry};
use super::tensorboard::event_file;
use eframe::egui::{ColorImage, Rect, pos2, vec2};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Svg,
    Png,
    TensorBoard,
}

impl Format {
    /// All of them, in the order in which they are offered, with what they hold.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Csv, "Table (CSV)", "Every value of every curve that is held, overlaid runs included, one a line"),
        (Self::Svg, "Drawing (SVG)", "What is shown, as lines and words that stay sharp at any size"),
        (Self::Png, "Picture (PNG)", "What is shown, pixel by pixel"),
        (Self::TensorBoard, "TensorBoard events", "Every curve of this run, as scalars"),
    ];
}

/// A run to write.
#[derive(Clone)]
pub struct Run {
    pub name: String,
    pub history: History,
    pub overlay: Option<usize>,
}

/// A chart to draw.
pub struct Panel {
    pub look: Look,
    pub y: [f64; 2],
    /// Height of the plot in points.
    pub height: f32,
}

/// All that a drawing holds.
pub struct Drawing {
    pub runs: Vec<Run>,
    pub panels: Vec<Panel>,
    pub x: [f64; 2],
    /// Width of the plots in points.
    pub width: f32,
}

/// The table of these runs.
#[must_use]
pub fn table(runs: Vec<Run>) -> Errand {
    let name = format!("{}.csv", runs.first().map_or("curves", |run| run.name.as_str()));
    let bytes = move || csv(runs.iter().map(|run| (run.name.as_str(), &run.history))).into_bytes();
    Errand::Export { name, bytes: Box::new(bytes) }
}

/// The event file of a run.
#[must_use]
pub fn events(run: Run) -> Errand {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let name = format!("events.out.tfevents.{now:.0}.emberlab");
    let learned = run.history.clock().newest().seconds;
    Errand::Export { name, bytes: Box::new(move || event_file(&run.history, now - learned)) }
}

/// A part of a picture of the window; none where that part is empty. `scale` is pixels per point.
#[must_use]
pub fn picture(run: &str, window: Arc<ColorImage>, part: Rect, scale: f32) -> Option<Errand> {
    let [width, height] = window.size;
    let cut = |value: f32, most: usize| ((value * scale).round().max(0.0) as usize).min(most);
    let (left, right) = (cut(part.left(), width), cut(part.right(), width));
    let (top, bottom) = (cut(part.top(), height), cut(part.bottom(), height));
    if left >= right || top >= bottom {
        return None;
    }
    let bytes = move || {
        let rows = window.pixels.chunks_exact(width).take(bottom).skip(top);
        let rgb: Vec<u8> = rows.flat_map(|row| &row[left..right]).flat_map(|p| [p.r(), p.g(), p.b()]).collect();
        let mut png = Vec::new();
        let (across, down) = ((right - left) as u32, (bottom - top) as u32);
        // Writing to memory fails only for pictures too large for the format, which no window is.
        let _ = PngEncoder::new(&mut png).write_image(&rgb, across, down, ExtendedColorType::Rgb8);
        png
    };
    Some(Errand::Export { name: format!("{run}.png"), bytes: Box::new(bytes) })
}

/// A drawing.
#[must_use]
pub fn drawing(drawing: Drawing) -> Errand {
    let name = format!("{}.svg", drawing.runs.first().map_or("curves", |run| run.name.as_str()));
    Errand::Export { name, bytes: Box::new(move || drawing.svg().into_bytes()) }
}

/// Margins of a drawing and the height of its headings, in points.
const MARGIN: f32 = 12.0;
const HEADING: f32 = 24.0;

impl Drawing {
    fn svg(&self) -> String {
        let legend = MARGIN + plot::LEFT + self.width + 14.0;
        let (mut top, mut charts) = (MARGIN, Vec::new());
        let count = self.panels.len();
        for (at, panel) in self.panels.iter().enumerate() {
            let drawn: Vec<Drawn> =
                self.runs.iter().flat_map(|run| lines::lines(&run.history, run.overlay, &panel.look)).collect();
            let entries: Vec<Entry> = self.entries(&panel.look);
            let height = panel.height.max(svg::legend_height(entries.len()));
            let corner = pos2(MARGIN + plot::LEFT, top + HEADING);
            let frame = Rect::from_min_size(corner, vec2(self.width, height));
            let labelled = at + 1 == count;
            let figure = self.plot(panel, frame, &drawn, at == 0, labelled);
            let title = format!("{} ({})", panel.look.chart.title(), panel.look.chart.caption());
            charts.push(svg::Chart { figure, title, legend: entries });
            top = frame.bottom() + plot::BELOW;
        }
        let names = charts.iter().flat_map(|chart| &chart.legend).map(|entry| entry.name.as_str());
        let width = legend + svg::legend_width(names) + MARGIN;
        svg::svg(width, top + MARGIN, legend, &charts)
    }

    fn plot(&self, panel: &Panel, frame: Rect, drawn: &[Drawn], named: bool, labelled: bool) -> Figure {
        let markers: Vec<(f64, &Marker)> =
            self.runs.first().map_or_else(Vec::new, |run| placed(&run.history, panel.look.abscissa));
        let plot = Plot {
            scale: Scale { frame, x: self.x, y: panel.y },
            abscissa: panel.look.abscissa,
            log: panel.look.log,
            lines: drawn.iter().collect(),
            markers: &markers,
            palette: &PAPER,
            labelled,
            named,
            cursor: None,
        };
        plot.figure()
    }

    /// The legend of a chart: its curves, run by run.
    fn entries(&self, look: &Look) -> Vec<Entry> {
        let several = self.runs.len() > 1;
        let of_run = |run: &Run| -> Vec<Entry> {
            let brief = Look { most: 1, ..look.clone() };
            let drawn = lines::lines(&run.history, run.overlay, &brief);
            let whose = if several { format!(" · {}", run.name) } else { String::new() };
            drawn.into_iter().map(|line| Entry { name: format!("{}{whose}", line.name), stroke: line.stroke }).collect()
        };
        self.runs.iter().flat_map(of_run).collect()
    }
}

/// The markers of a run with their places.
#[must_use]
pub fn placed(history: &History, abscissa: Abscissa) -> Vec<(f64, &Marker)> {
    let clock = history.clock();
    history.markers().iter().map(|marker| (clock.place(abscissa, marker.iteration as f64), marker)).collect()
}
