//! One chart in the window: its heading, and a plot that is dragged, zoomed and read.

use super::super::theme;
use super::chart::Chart;
use super::figure::Scale;
use super::lines::{Drawn, Look};
use super::plot::Plot;
use super::span::Span;
use eframe::egui::{
    Align, Align2, Button, Checkbox, ComboBox, FontId, Label, Layout, PointerButton, Pos2, Rect, Response, RichText,
    Sense, Stroke, StrokeKind, Tooltip, Ui, WidgetInfo, accesskit::Role, pos2,
};
use std::sync::Arc;

/// The lines of one run, and what they were made of.
pub struct Layer {
    pub version: u64,
    pub look: Look,
    pub lines: Arc<Vec<Drawn>>,
}

/// A chart that the user has put up.
pub struct Canvas {
    pub chart: Chart,
    pub log: bool,
    /// The values in view, where the user has zoomed.
    pub zoom: Option<[f64; 2]>,
    /// The window's run, then the overlaid ones that are shown.
    pub layers: Vec<(Option<usize>, Layer)>,
    /// Where the plot was drawn last.
    pub scale: Option<Scale>,
    /// Where a box to zoom into begins.
    corner: Option<Pos2>,
}

/// What the user did to a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Move {
    /// The horizontal axis of all charts, and the values of this one.
    Show { x: [f64; 2], y: Option<[f64; 2]> },
    /// Everything in view again.
    Fit,
}

impl Canvas {
    /// A chart of this.
    #[must_use]
    pub fn new(chart: Chart) -> Self {
        Self { chart, log: false, zoom: None, layers: Vec::new(), scale: None, corner: None }
    }

    /// Whether the axis is logarithmic.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.log && self.chart.positive()
    }

    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = &Drawn> {
        self.layers.iter().flat_map(|(_, layer)| layer.lines.iter())
    }

    /// Where the curves lie.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        Span::over(self.lines().filter_map(|line| line.span))
    }

    /// The heading: which quantity, what it means, and how. Returns whether the chart is to go.
    pub fn heading(&mut self, ui: &mut Ui, at: usize, alone: bool) -> bool {
        let mut gone = false;
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().button_padding.y = 1.0;
        ui.horizontal(|ui| {
            let number = if at == 0 { "Quantity".to_owned() } else { format!("Quantity of chart {}", at + 1) };
            let before = self.chart;
            let chosen = ComboBox::from_id_salt(("quantity", at))
                .selected_text(RichText::new(self.chart.title()).size(12.5))
                .width(150.0)
                .height(320.0)
                .show_ui(ui, |ui| {
                    for chart in Chart::ALL {
                        ui.selectable_value(&mut self.chart, chart, chart.title());
                    }
                });
            chosen.response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ComboBox, true, &number);
                info.current_text_value = Some(self.chart.title().to_owned());
                info
            });
            if self.chart != before {
                self.zoom = None;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !alone {
                    let remove = ui.add(Button::new("×").frame(false)).on_hover_text("Take this chart away");
                    let name = format!("Remove chart {}", at + 1);
                    remove.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                    gone = remove.clicked();
                }
                let log = ui
                    .add_enabled(self.chart.positive(), Checkbox::new(&mut self.log, RichText::new("log").size(12.0)))
                    .on_hover_text("Logarithmic axis")
                    .on_disabled_hover_text("Only for quantities that are always positive");
                if log.changed() {
                    self.zoom = None;
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(self.chart.caption()).weak().size(11.0)).truncate());
                });
            });
        });
        gone
    }

    /// Draws the plot and tells what was done to it.
    pub fn plot(&mut self, ui: &mut Ui, plot: &Plot<'_>, at: usize) -> Option<Move> {
        let frame = plot.scale.frame;
        let name = format!("Curves: {}", self.chart.title());
        let response = ui.interact(frame, ui.scope_id().with(("plot", at)), Sense::click_and_drag());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Canvas, true, &name);
            info.current_text_value = Some(plot.words());
            info
        });
        plot.figure().paint(ui.painter());
        if plot.lines.iter().all(|line| line.line.is_empty()) {
            let text =
                if self.chart == Chart::Plotted { "The recipe plots nothing." } else { "No learning update yet." };
            let (at, font) = (frame.center(), FontId::proportional(13.0));
            ui.painter().text(at, Align2::CENTER_CENTER, text, font, plot.palette.weak);
        }
        if let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) {
            name_markers(&response, plot, pointer);
        }
        let zoomed = self.zoom.is_some();
        self.moved(ui, &response, &plot.scale, zoomed)
    }

    fn moved(&mut self, ui: &Ui, response: &Response, scale: &Scale, zoomed: bool) -> Option<Move> {
        if response.double_clicked() {
            return Some(Move::Fit);
        }
        if response.drag_started_by(PointerButton::Secondary) {
            self.corner = ui.input(|input| input.pointer.press_origin());
        }
        if let (Some(from), Some(to)) = (self.corner, ui.input(|input| input.pointer.interact_pos())) {
            let chosen = Rect::from_two_pos(from, to).intersect(scale.frame);
            if response.drag_stopped() {
                self.corner = None;
                let large = chosen.width() > 4.0 && chosen.height() > 4.0;
                let x = [scale.value_x(chosen.left()), scale.value_x(chosen.right())];
                let y = [scale.value_y(chosen.bottom()), scale.value_y(chosen.top())];
                return large.then_some(Move::Show { x, y: Some(y) });
            }
            let ember = theme::palette(ui).ember;
            let pen = Stroke::new(1.0, ember);
            ui.painter().rect(chosen, 0.0, ember.gamma_multiply(0.1), pen, StrokeKind::Inside);
            return None;
        }
        if response.dragged_by(PointerButton::Primary) {
            let (drag, [dx, dy]) = (response.drag_delta(), scale.per_point());
            let x = scale.x.map(|x| x - f64::from(drag.x) * dx);
            let y = zoomed.then(|| scale.y.map(|y| y + f64::from(drag.y) * dy));
            return (drag.length() > 0.0).then_some(Move::Show { x, y });
        }
        let pointer = response.contains_pointer().then(|| ui.input(|input| input.pointer.hover_pos())).flatten()?;
        let (factor, upright) = ui.input(|input| (f64::from(input.zoom_delta()), input.modifiers.shift));
        if factor == 1.0 {
            return None;
        }
        let about = |range: [f64; 2], centre: f64| range.map(|end| centre + (end - centre) / factor);
        let (x, y) = (scale.value_x(pointer.x), scale.value_y(pointer.y));
        Some(match upright {
            true => Move::Show { x: scale.x, y: Some(about(scale.y, y)) },
            false => Move::Show { x: about(scale.x, x), y: None },
        })
    }
}

/// Names the markers under the pointer.
fn name_markers(response: &Response, plot: &Plot<'_>, pointer: Pos2) {
    const SHOWN: usize = 3;
    let near = plot.markers_near(pointer.x);
    if near.is_empty() {
        return;
    }
    let tooltip = Tooltip::for_widget(response).at_pointer().gap(14.0);
    tooltip.show(|ui| {
        for marker in near.iter().take(SHOWN) {
            let text = marker.text();
            let (name, rest) = text.split_once('\n').unwrap_or((&text, ""));
            ui.label(RichText::new(name).strong());
            ui.label(RichText::new(rest).weak().size(11.5));
        }
        if near.len() > SHOWN {
            ui.weak(format!("and {} more", near.len() - SHOWN));
        }
    });
}

/// The room of one of several charts that share a height.
#[must_use]
pub fn height(available: f32, charts: usize, heading: f32) -> f32 {
    const LEAST: f32 = 44.0;
    let count = charts.max(1) as f32;
    ((available - super::plot::BELOW) / count - heading).max(LEAST)
}

/// The pointer's place on the horizontal axis, where it is over one of the plots.
#[must_use]
pub fn cursor(ui: &Ui, scales: impl Iterator<Item = Scale>) -> Option<f64> {
    let pointer = ui.input(|input| input.pointer.hover_pos())?;
    if ui.ctx().layer_id_at(pointer).is_some_and(|layer| layer != ui.layer_id()) {
        return None;
    }
    let over = |scale: &Scale| scale.frame.contains(pos2(pointer.x, pointer.y));
    scales.into_iter().find(over).map(|scale| scale.value_x(pointer.x))
}
