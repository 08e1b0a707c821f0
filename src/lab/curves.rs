//! The curves panel: what the numbers of every grid did over the iterations.

use super::asks::Asks;
use super::chart::Chart;
use super::history::{History, MarkerKind};
use super::lines::{self, Drawn, Key, Span};
use super::model::Model;
use super::{axis, format, theme};
use eframe::egui::{
    Align, Align2, Checkbox, Color32, ComboBox, FontId, Id, Label, Layout, RichText, Slider, Ui, WidgetInfo,
    accesskit::Role, pos2, vec2,
};
use egui_plot::{
    GridMark, HoverPosition, Line, LineStyle, Plot, PlotBounds, PlotMemory, PlotPoint, PlotPoints, PlotTransform, VLine,
};
use std::collections::BTreeSet;

/// Merged points drawn for a curve at most; each may be drawn as a low and a high end.
const DRAWN: usize = 1_000;
/// Width of a merged point on the screen. Where a processor paints the window, every vertex counts.
const POINT_WIDTH: f32 = 4.0;
/// How near the pointer must be to a marker, in points.
const NEAR: f32 = 5.0;

/// The panel's own state.
pub struct Curves {
    chart: Chart,
    log: bool,
    /// The range holds bursts too.
    outliers: bool,
    smoothing: f64,
    /// Sides of the grids that are not drawn.
    hidden: BTreeSet<usize>,
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
            outliers: false,
            smoothing: 0.0,
            hidden: BTreeSet::new(),
            view: None,
            iterations_per_point: 0.0,
            cache: None,
        }
    }
}

impl Curves {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, _: &mut Asks) {
        let key = self.key(ui, &model.history);
        if self.cache.as_ref().is_none_or(|(old, _)| *old != key) {
            let lines = lines::lines(model, &key);
            self.cache = Some((key, lines));
        }
        let span = self.cache.as_ref().and_then(|(_, lines)| Span::over(lines));
        self.toolbar(ui, span.is_some_and(|span| span.has_bursts()));
        if self.chart != Chart::Plotted {
            self.grid_switches(ui, model);
        }
        self.plot(ui, &model.history, span);
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
            most: ((ui.available_width() / POINT_WIDTH) as usize).clamp(100, DRAWN),
        }
    }

    fn toolbar(&mut self, ui: &mut Ui, bursts: bool) {
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
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.options(ui, bursts);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(self.chart.caption()).weak()).truncate());
                });
            });
        });
    }

    fn options(&mut self, ui: &mut Ui, bursts: bool) {
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
        let mut text = RichText::new("outliers");
        if bursts && !self.outliers {
            text = text.color(theme::palette(ui).ember);
        }
        let hint = if bursts { "Bursts leave the picture unless this is on" } else { "No burst is left out now" };
        ui.checkbox(&mut self.outliers, text).on_hover_text(hint);
    }

    /// A switch for each grid; those that only an earlier pyramid had are at the end.
    fn grid_switches(&mut self, ui: &mut Ui, model: &Model) {
        let dark = ui.visuals().dark_mode;
        let earlier: Vec<usize> = model.history.sides().filter(|(_, current)| !current).map(|(side, _)| side).collect();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, 2.0);
            for (side, current) in model.history.sides() {
                if earlier.first() == Some(&side) {
                    self.earlier_switch(ui, &earlier);
                }
                let text = RichText::new(format::side(side)).color(lines::side_colour(model, side, current, dark));
                let hint = if current { "Curves of this grid" } else { "An earlier pyramid had this grid" };
                let mut shown = !self.hidden.contains(&side);
                if ui.checkbox(&mut shown, text).on_hover_text(hint).changed() {
                    self.set_shown(side, shown);
                }
            }
        });
    }

    /// Shows or hides all grids of earlier pyramids.
    fn earlier_switch(&mut self, ui: &mut Ui, earlier: &[usize]) {
        let mut shown = earlier.iter().any(|side| !self.hidden.contains(side));
        let text = RichText::new("earlier grids:").weak();
        if ui.checkbox(&mut shown, text).on_hover_text("All grids of earlier pyramids").changed() {
            earlier.iter().for_each(|&side| self.set_shown(side, shown));
        }
    }

    fn set_shown(&mut self, side: usize, shown: bool) {
        if shown {
            self.hidden.remove(&side);
        } else {
            self.hidden.insert(side);
        }
    }

    fn plot(&mut self, ui: &mut Ui, history: &History, span: Option<Span>) {
        let Some((key, lines)) = &self.cache else {
            return;
        };
        let log = key.log;
        let palette = theme::palette(ui);
        let (markers, scale) = (history.markers(), self.iterations_per_point);
        let near_marker = |x: f64| markers.iter().any(|m| (m.iteration as f64 - x).abs() < f64::from(NEAR) * scale);
        let value = move |y: f64| if log { 10f64.powf(y) } else { y };
        let id = Id::unique(("curves", key.chart.title(), log));
        let [low, high] = span.map_or([0.0, 1.0], |span| span.range(self.outliers));
        let is_new = PlotMemory::load(ui.ctx(), id).is_none();
        let plot = Plot::new("curves")
            .id(id)
            .default_y_bounds(low, high)
            .show_background(false)
            .grid_fade(0.35)
            .grid_color(palette.line)
            .y_axis_min_width(52.0)
            .x_grid_spacer(axis::marks(11.0, 1.0))
            .y_grid_spacer(axis::marks(5.0, 0.0))
            .allow_scroll([false, false])
            .y_axis_formatter(move |mark: GridMark, _: &_| format::short(value(mark.value)))
            .x_axis_formatter(|mark: GridMark, _: &_| {
                let whole = mark.value >= 0.0 && mark.value.fract() == 0.0;
                if whole { format::count(mark.value as u64) } else { String::new() }
            })
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
                    MarkerKind::Parameter => (palette.weak, LineStyle::dotted_dense()),
                    MarkerKind::Divergence => (palette.bad, LineStyle::Solid),
                };
                let line = VLine::new("", marker.iteration as f64);
                plot.vline(line.color(colour.gamma_multiply(0.7)).width(1.0).style(style));
            }
            for line in lines {
                draw(plot, line);
            }
            if is_new {
                // Given bounds are otherwise kept as they were at first.
                plot.set_auto_bounds(true);
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
