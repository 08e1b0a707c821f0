//! What concerns all charts: the horizontal axis, the moving average, bursts, other runs, and files to write.

use super::super::asks::Asks;
use super::super::history::Abscissa;
use super::super::model::Model;
use super::super::theme;
use super::canvas::Canvas;
use super::chart::Chart;
use super::export::{self, Drawing, Format, Panel, Run};
use super::overlay;
use super::shot::Shot;
use super::{Curves, MOST_CHARTS, NARROW};
use eframe::egui::{Align, Button, Layout, RichText, Slider, Ui, WidgetInfo, containers::menu::MenuButton};

impl Curves {
    pub(super) fn toolbar(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let wide = ui.available_width() >= NARROW;
        ui.horizontal_wrapped(|ui| {
            self.axis_choice(ui, model);
            ui.add_space(6.0);
            self.smoothing(ui);
            self.bursts(ui);
            match wide {
                true => {
                    let right = Layout::right_to_left(Align::Center);
                    ui.with_layout(right, |ui| self.buttons(ui, model, asks));
                }
                false => self.buttons(ui, model, asks),
            }
        });
    }

    fn buttons(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        self.export_button(ui, model, asks);
        self.overlays.button(ui, model, &mut asks.errands);
        self.more_charts(ui);
        let zoomed = self.view.is_some() || self.charts.iter().any(|canvas| canvas.zoom.is_some());
        if zoomed && ui.button("Fit").on_hover_text("Everything in view again (double-click a plot)").clicked() {
            self.fit();
        }
    }

    fn axis_choice(&mut self, ui: &mut Ui, model: &Model) {
        ui.spacing_mut().item_spacing.x = 4.0;
        for axis in Abscissa::ALL {
            let known = model.history.clock().knows(axis);
            let button = ui.add_enabled(known, Button::selectable(self.abscissa == axis, axis.title()));
            let button = button.on_disabled_hover_text("The run has not said how many images an epoch has");
            button.widget_info(|| {
                let name = format!("Over {}", axis.title());
                WidgetInfo::selected(eframe::egui::accesskit::Role::RadioButton, known, self.abscissa == axis, name)
            });
            let tip = match axis {
                Abscissa::Update => "Learning updates along the horizontal axis",
                Abscissa::Epoch => "How often every training image was seen, along the horizontal axis",
                Abscissa::Time => "Time of learning, pauses left out, along the horizontal axis",
            };
            if button.on_hover_text(tip).clicked() && self.abscissa != axis {
                (self.abscissa, self.view) = (axis, None);
            }
        }
    }

    fn smoothing(&mut self, ui: &mut Ui) {
        ui.spacing_mut().slider_width = 72.0;
        ui.weak("smooth");
        ui.add(Slider::new(&mut self.smoothing, 0.0..=0.99).show_value(false))
            .on_hover_text(format!("Moving average of weight {:.2}; the raw curve stays faint behind", self.smoothing))
            .widget_info(|| WidgetInfo::slider(true, self.smoothing, "Smoothing"));
    }

    fn bursts(&mut self, ui: &mut Ui) {
        let bursts = self.charts.iter().filter_map(Canvas::span).any(|span| span.has_bursts());
        let mut text = RichText::new("outliers");
        if bursts && !self.outliers {
            text = text.color(theme::palette(ui).ember);
        }
        let hint = if bursts { "Bursts leave the picture unless this is on" } else { "No burst is left out now" };
        ui.checkbox(&mut self.outliers, text).on_hover_text(hint);
    }

    fn more_charts(&mut self, ui: &mut Ui) {
        let room = self.charts.len() < MOST_CHARTS;
        let button = ui.add_enabled(room, Button::new("+ Chart"));
        let button = button.on_hover_text("One more chart below, with the same horizontal axis");
        if button.on_disabled_hover_text("Four charts are the most").clicked() {
            let new = Chart::ALL.into_iter().find(|chart| self.charts.iter().all(|canvas| canvas.chart != *chart));
            self.charts.push(Canvas::new(new.unwrap_or(Chart::Energy)));
        }
    }

    fn export_button(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let (button, _) = MenuButton::new("Export").ui(ui, |ui| {
            for (format, name, tip) in Format::ALL {
                if ui.button(name).on_hover_text(tip).clicked() {
                    self.export(format, model, asks);
                }
            }
        });
        button.on_hover_text("Write the curves to a file");
    }

    fn export(&mut self, format: Format, model: &Model, asks: &mut Asks) {
        let own = Run { name: self.run_name(model), history: model.history.clone(), overlay: None };
        let mut runs = vec![own.clone()];
        runs.extend(self.overlays.shown().map(|(at, overlay)| Run {
            name: overlay.name(),
            history: overlay.history.clone(),
            overlay: Some(at),
        }));
        match format {
            Format::Csv => asks.errands.push(export::table(runs)),
            Format::TensorBoard => asks.errands.push(export::events(own)),
            Format::Svg => asks.errands.push(export::drawing(self.drawing(runs))),
            Format::Png => self.shot = Shot::Due,
        }
    }

    /// What is shown, to be drawn on paper.
    fn drawing(&self, runs: Vec<Run>) -> Drawing {
        let panel = |canvas: &Canvas| {
            let (_, layer) = canvas.layers.first()?;
            let mut look = layer.look.clone();
            look.dark = false;
            let y = self.y_range(canvas);
            Some(Panel { look, y, height: canvas.scale.map_or(160.0, |scale| scale.frame.height()) })
        };
        let width = self.charts.iter().filter_map(|canvas| canvas.scale).map(|scale| scale.frame.width());
        let panels = self.charts.iter().filter_map(panel).collect();
        Drawing { runs, panels, x: self.x_range(), width: width.fold(320.0, f32::max) }
    }

    /// What files about the window's run are called.
    pub(super) fn run_name(&self, model: &Model) -> String {
        match &model.directory {
            Some(directory) => overlay::name(directory),
            None => {
                let recipe = model.draft.path();
                recipe.file_stem().unwrap_or(recipe.as_os_str()).display().to_string()
            }
        }
    }
}
