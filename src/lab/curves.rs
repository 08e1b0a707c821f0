//! The curves panel: what the numbers of every grid did over the iterations.

use super::chart::Chart;
use super::curve::{self, Curve, Point};
use super::history::{History, MarkerKind, Quantity};
use super::model::Model;
use super::{format, theme};
use eframe::egui::{
    Align, Align2, Checkbox, Color32, ComboBox, FontId, Layout, RichText, Slider, Ui, WidgetInfo, accesskit::Role,
    pos2, vec2,
};
use egui_plot::{
    GridMark, HoverPosition, Line, LineStyle, Plot, PlotBounds, PlotPoint, PlotPoints, PlotTransform, VLine,
};

/// Merged points drawn for a curve at most; each may be drawn as a low and a high end.
const DRAWN: usize = 1_000;
/// Width of a merged point on the screen. Where a processor paints the window, every vertex counts.
const POINT_WIDTH: f32 = 4.0;
/// How near the pointer must be to a marker, in points.
const NEAR: f32 = 5.0;

/// One line, ready to draw.
struct Drawn {
    name: String,
    colour: Color32,
    thin: bool,
    line: Vec<PlotPoint>,
    /// Drawn faint behind the line: the samples that it averages.
    raw: Vec<PlotPoint>,
}

/// What the drawn lines depend on.
#[derive(Clone, PartialEq)]
struct Key {
    version: u64,
    chart: Chart,
    log: bool,
    smoothing: f64,
    hidden: Vec<bool>,
    dark: bool,
    view: Option<(f64, f64)>,
    drawn: usize,
}

/// The panel's own state.
pub struct Curves {
    chart: Chart,
    log: bool,
    smoothing: f64,
    hidden: Vec<bool>,
    /// The iterations in view, where the user has zoomed.
    view: Option<(f64, f64)>,
    iterations_per_point: f64,
    cache: Option<(Key, Vec<Drawn>)>,
}

impl Default for Curves {
    fn default() -> Self {
        Self {
            chart: Chart::Energy,
            log: false,
            smoothing: 0.0,
            hidden: Vec::new(),
            view: None,
            iterations_per_point: 0.0,
            cache: None,
        }
    }
}

impl Curves {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) {
        self.hidden.resize(model.history.grid_count().max(self.hidden.len()), false);
        self.toolbar(ui);
        if self.chart != Chart::Plotted {
            self.grid_switches(ui, &model.history);
        }
        let key = self.key(ui, &model.history);
        if self.cache.as_ref().is_none_or(|(old, _)| *old != key) {
            let lines = self.lines(&model.history, &key);
            self.cache = Some((key, lines));
        }
        self.plot(ui, &model.history);
    }

    fn key(&self, ui: &Ui, history: &History) -> Key {
        Key {
            version: history.version(),
            chart: self.chart,
            log: self.log && self.chart.positive(),
            smoothing: self.smoothing,
            hidden: self.hidden.clone(),
            dark: ui.visuals().dark_mode,
            view: self.view,
            drawn: ((ui.available_width() / POINT_WIDTH) as usize).clamp(100, DRAWN),
        }
    }

    fn toolbar(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let chosen = ComboBox::from_id_salt("quantity")
                .selected_text(self.chart.title())
                .width(156.0)
                .height(320.0)
                .show_ui(ui, |ui| {
                    for chart in Chart::ALL {
                        ui.selectable_value(&mut self.chart, chart, chart.title());
                    }
                });
            chosen.response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Quantity");
                info.current_text_value = Some(self.chart.title().to_owned());
                info
            });
            ui.add(eframe::egui::Label::new(RichText::new(self.chart.caption()).weak()).truncate());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let slider = Slider::new(&mut self.smoothing, 0.0..=0.99).show_value(false);
                ui.spacing_mut().slider_width = 80.0;
                ui.add(slider)
                    .on_hover_text("Moving average; the raw curve stays faint behind")
                    .widget_info(|| WidgetInfo::slider(true, self.smoothing, "Smoothing"));
                ui.weak("smooth");
                let positive = self.chart.positive();
                ui.add_enabled(positive, Checkbox::new(&mut self.log, "log"))
                    .on_hover_text("Logarithmic axis")
                    .on_disabled_hover_text("Only for quantities that are always positive");
            });
        });
    }

    fn grid_switches(&mut self, ui: &mut Ui, history: &History) {
        let dark = ui.visuals().dark_mode;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, 2.0);
            for (at, hidden) in self.hidden.iter_mut().enumerate().take(history.grid_count()) {
                let text = RichText::new(grid_name(history, at + 1)).color(grid_colour(history, at + 1, dark));
                let mut shown = !*hidden;
                let clicked = ui.checkbox(&mut shown, text);
                if clicked.on_hover_text(format!("Grid {}", at + 1)).changed() {
                    *hidden = !shown;
                }
            }
        });
    }

    fn lines(&self, history: &History, key: &Key) -> Vec<Drawn> {
        let make = |name: String, curve: &Curve, colour: Color32, thin: bool| {
            let points = curve.points();
            let range = match key.view {
                Some((from, to)) => curve::visible(&points, from, to),
                None => 0..points.len(),
            };
            let raw = curve::decimate(&points[range.clone()], key.drawn);
            let averages = raw.iter().any(|point| point.low < point.high);
            let line = if key.smoothing > 0.0 {
                let smooth = curve::smooth(&points, key.smoothing);
                means(&curve::decimate(&smooth[range], key.drawn), key.log)
            } else {
                means(&raw, key.log)
            };
            let behind = averages || key.smoothing > 0.0;
            let raw = if behind { ends(&raw, key.log) } else { Vec::new() };
            Drawn { name, colour, thin, line, raw }
        };
        if key.chart == Chart::Plotted {
            let plotted = history.plotted().enumerate();
            return plotted
                .map(|(at, (name, curve))| make(name.to_owned(), curve, theme::series(at, key.dark), false))
                .collect();
        }
        let quantities: &[(Quantity, &str)] = match key.chart {
            Chart::One(quantity) => &[(quantity, "")],
            _ => &[(Quantity::ObservedEnergy, " observed"), (Quantity::SynthesizedEnergy, " synthesized")],
        };
        let grids = (1..=history.grid_count()).filter(|grid| !key.hidden.get(grid - 1).copied().unwrap_or_default());
        grids
            .flat_map(|grid| quantities.iter().map(move |quantity| (grid, quantity)))
            .filter_map(|(grid, &(quantity, suffix))| {
                let name = format!("{}{suffix}", grid_name(history, grid));
                let colour = grid_colour(history, grid, key.dark);
                let thin = quantity == Quantity::SynthesizedEnergy;
                Some(make(name, history.curve(grid, quantity)?, colour, thin))
            })
            .collect()
    }

    fn plot(&mut self, ui: &mut Ui, history: &History) {
        let Some((key, lines)) = &self.cache else {
            return;
        };
        let log = key.log;
        let palette = theme::palette(ui);
        let (markers, scale) = (history.markers(), self.iterations_per_point);
        let near_marker = |x: f64| markers.iter().any(|m| (m.iteration as f64 - x).abs() < f64::from(NEAR) * scale);
        let value = move |y: f64| if log { 10f64.powf(y) } else { y };
        let plot = Plot::new(("curves", key.chart.title(), log))
            .show_background(false)
            .grid_fade(0.35)
            .grid_color(palette.line)
            .y_axis_min_width(52.0)
            .allow_scroll([false, false])
            .y_axis_formatter(move |mark: GridMark, _: &_| format::short(value(mark.value)))
            .x_axis_formatter(
                |mark: GridMark, _: &_| {
                    if mark.value < 0.0 { String::new() } else { format::count(mark.value as u64) }
                },
            )
            .label_formatter(move |hover: &HoverPosition<'_>| match hover {
                HoverPosition::NearDataPoint { plot_name, position, .. } if !near_marker(position.x) => {
                    let (x, y) = (format::count(position.x.max(0.0) as u64), value(position.y));
                    Some(format!("{plot_name}\niteration {x}\n{}", format::number(y)))
                }
                _ => None,
            });
        let shown = plot.show(ui, |plot| {
            for marker in markers {
                let (colour, style) = match marker.kind {
                    MarkerKind::Recipe => (palette.ember, LineStyle::dashed_dense()),
                    MarkerKind::Divergence => (palette.bad, LineStyle::Solid),
                };
                let line = VLine::new("", marker.iteration as f64);
                plot.vline(line.color(colour.gamma_multiply(0.7)).width(1.0).style(style));
            }
            for line in lines {
                draw(plot, line);
            }
            plot.auto_bounds()
        });
        let bounds = *shown.transform.bounds();
        self.view = (!shown.inner.x).then(|| (bounds.min()[0], bounds.max()[0]));
        self.iterations_per_point = bounds.width() / f64::from(shown.response.rect.width().max(1.0));
        let named = shown.response.hover_pos();
        shown
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("Curves: {}", key.chart.title())));
        if let Some(pointer) = named {
            name_marker(ui, history, &shown.transform, pointer.x);
        }
        if lines.iter().all(|line| line.line.is_empty()) {
            let text =
                if key.chart == Chart::Plotted { "The recipe plots nothing." } else { "No learning update yet." };
            let centre = shown.response.rect.center();
            let font = FontId::proportional(13.0);
            ui.painter().text(centre, Align2::CENTER_CENTER, text, font, palette.weak);
        }
    }
}

fn draw<'a>(plot: &mut egui_plot::PlotUi<'a>, line: &'a Drawn) {
    let width = if line.thin { 0.8 } else { 1.7 };
    let make = |points: &'a [PlotPoint], colour: Color32, width: f32| {
        Line::new(line.name.clone(), PlotPoints::Borrowed(points)).color(colour).width(width)
    };
    if !line.raw.is_empty() {
        let faint = line.colour.gamma_multiply(if line.thin { 0.16 } else { 0.28 });
        plot.line(make(&line.raw, faint, 0.8).allow_hover(false));
    }
    plot.line(make(&line.line, line.colour, width));
}

/// Writes the name of the marker under the pointer beside it.
fn name_marker(ui: &Ui, history: &History, transform: &PlotTransform, pointer: f32) {
    let bounds: &PlotBounds = transform.bounds();
    let nearest = history
        .markers()
        .iter()
        .filter(|marker| bounds.range_x().contains(&(marker.iteration as f64)))
        .map(|marker| (marker, transform.position_from_point_x(marker.iteration as f64)))
        .filter(|(_, x)| (x - pointer).abs() < NEAR)
        .min_by(|(_, a), (_, b)| (a - pointer).abs().total_cmp(&(b - pointer).abs()));
    let Some((marker, x)) = nearest else { return };
    let palette = theme::palette(ui);
    let text = format!("{}\niteration {}", marker.name, format::count(marker.iteration));
    let frame = transform.frame();
    let galley = ui.painter().layout(text, FontId::proportional(11.5), palette.strong, 300.0);
    let left = (x + 8.0).min(frame.right() - galley.size().x - 6.0).max(frame.left());
    let at = pos2(left, frame.top() + 6.0);
    let back = galley.rect.translate(at.to_vec2()).expand2(vec2(6.0, 4.0));
    ui.painter().rect_filled(back, 4.0, palette.raised);
    ui.painter().galley(at, galley, palette.strong);
}

/// The side of a grid, such as `16×16`; one that an earlier pyramid had says so.
fn grid_name(history: &History, grid: usize) -> String {
    match history.side(grid) {
        Some((side, true)) if side > 0 => format::side(side),
        Some((side, false)) => format!("{} before", format::side(side)),
        _ => format!("grid {grid}"),
    }
}

/// A grid's colour, faint if only an earlier pyramid had it.
fn grid_colour(history: &History, grid: usize, dark: bool) -> Color32 {
    let colour = theme::series(grid, dark);
    if history.side(grid).is_some_and(|(_, current)| current) { colour } else { colour.gamma_multiply(0.4) }
}

/// The means of the points; on a logarithmic axis what is not positive is left out.
fn means(points: &[Point], log: bool) -> Vec<PlotPoint> {
    points.iter().filter_map(|point| place(point.x, point.mean, log)).collect()
}

/// The two ends of each point that stands for several, and the one value of the others.
fn ends(points: &[Point], log: bool) -> Vec<PlotPoint> {
    let mut drawn = Vec::with_capacity(points.len() * 2);
    for point in points {
        drawn.extend(place(point.x, point.low, log));
        if point.low < point.high {
            drawn.extend(place(point.x, point.high, log));
        }
    }
    drawn
}

fn place(x: f64, y: f32, log: bool) -> Option<PlotPoint> {
    let y = f64::from(y);
    if log { (y > 0.0).then(|| PlotPoint::new(x, y.log10())) } else { Some(PlotPoint::new(x, y)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::GridUpdate;

    #[test]
    fn a_long_curve_is_drawn_with_at_most_two_thousand_points() {
        let mut history = History::default();
        for iteration in 0..12_345 {
            let observed_energy = (iteration as f64).sin();
            history.update(iteration, &[GridUpdate { observed_energy, ..GridUpdate::default() }]);
        }
        let curve = history.curve(1, Quantity::ObservedEnergy).map(Curve::points);
        let drawn = ends(&curve::decimate(&curve.unwrap_or_default(), DRAWN), false);
        assert!(drawn.len() <= 2_000 && drawn.len() > 1_000, "{}", drawn.len());
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_not_positive() {
        let points = [(0.0, -1.0), (1.0, 0.0), (2.0, 100.0)].map(|(x, y)| Point { x, mean: y, low: y, high: y });
        let drawn = means(&points, true);
        assert_eq!(drawn.len(), 1);
        assert!((drawn[0].y - 2.0).abs() < 1e-9);
    }
}
