//! The network panel: the layers of a grid's network, the filters of its first, and what comes out of each for an image.
//!
//! It asks the run's probe only while it is seen, and again as the run learns.

mod asking;
mod export;
mod layers;
mod maps;
mod strip;
mod toolbar;

use super::asks::Asks;
use super::client::Errand;
use super::model::Model;
use super::{format, theme};
use crate::run::{NetworkAnswer, NetworkLayer, Question};
use asking::{Asking, Step};
use eframe::egui::{Align, Button, Label, Layout, Rect, RichText, ScrollArea, Slider, Ui, UiBuilder, WidgetInfo, pos2};
use maps::{Maps, Series};
use std::sync::Arc;
use std::time::Duration;
use strip::Strip;

/// A narrower panel has the pictures below the table.
const WIDE: f32 = 640.0;
/// Share of a wide panel that the table takes, and space between it and the pictures.
const TABLE: f32 = 0.57;
const BETWEEN: f32 = 18.0;
/// Room that a scroll bar takes.
const MARGIN: f32 = 8.0;

/// Which pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum View {
    /// What comes out of the chosen layer.
    #[default]
    Maps,
    /// The filters of the first layer.
    Filters,
}

/// The panel's own state.
pub struct Network {
    asking: Asking,
    /// The chosen layer, from 0.
    layer: usize,
    view: View,
    strip: Strip,
    maps: Maps,
    filters: Maps,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            asking: Asking::default(),
            layer: 0,
            view: View::Maps,
            strip: Strip::default(),
            maps: Maps::new("network maps"),
            filters: Maps::new("network filters"),
        }
    }
}

impl Network {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        let Some((grid, side)) = self.asking.grid(&model.frame) else {
            ui.weak("No network yet: the run is preparing its grids.");
            return;
        };
        let answer = model.answers.network.clone().filter(|answer| (answer.grid, answer.side) == (grid, side));
        let sound = answer.as_deref().filter(|answer| answer.error.is_none());
        toolbar::ui(ui, model, &mut self.asking, sound);
        ui.add_space(4.0);
        match &answer {
            None if model.over() => {
                ui.weak("The run has ended; it tells no more of its networks.");
            }
            None => {
                ui.weak(format!("Looking at the network of {} …", format::side(side)));
            }
            Some(answer) => match &answer.error {
                Some(error) => {
                    ui.add(Label::new(RichText::new(error).color(theme::palette(ui).bad)).wrap());
                }
                None => self.answer(ui, model, asks, answer),
            },
        }
        self.ask(ui, model, asks);
    }

    fn ask(&mut self, ui: &Ui, model: &Model, asks: &mut Asks) {
        match self.asking.step(model, ui.input(|input| input.time)) {
            Step::Ask(question) => asks.questions.push(Question::Network(question)),
            Step::Wait(seconds) => ui.ctx().request_repaint_after(Duration::from_secs_f64(seconds)),
            Step::Nothing => {}
        }
    }

    fn answer(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks, answer: &Arc<NetworkAnswer>) {
        self.layer = self.layer.min(answer.layers.len().saturating_sub(1));
        let room = ui.available_rect_before_wrap();
        if room.width() < WIDE {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                layers::ui(ui, answer, &mut self.layer);
                ui.add_space(BETWEEN);
                self.pictures(ui, model, asks, answer);
            });
            return;
        }
        let split = room.left() + TABLE * (room.width() - BETWEEN);
        let left = Rect::from_min_max(room.min, pos2(split, room.bottom()));
        let right = Rect::from_min_max(pos2(split + BETWEEN, room.top()), room.max);
        ui.scope_builder(UiBuilder::new().max_rect(left).id_salt("layers"), |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                let before = self.layer;
                layers::ui(ui, answer, &mut self.layer);
                if self.layer != before {
                    self.view = View::Maps;
                }
            });
        });
        ui.scope_builder(UiBuilder::new().max_rect(right).id_salt("pictures"), |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                ui.set_width(ui.available_width() - MARGIN);
                self.pictures(ui, model, asks, answer);
            });
        });
    }

    fn pictures(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks, answer: &Arc<NetworkAnswer>) {
        self.strip.ui(ui, model, &mut self.asking, answer);
        ui.add_space(6.0);
        let layer = answer.layers.get(self.layer);
        self.choice(ui, asks, answer);
        match (self.view, layer) {
            (View::Maps, Some(layer)) => self.activations(ui, answer, layer),
            (View::Filters, _) => self.kernels(ui, answer),
            (View::Maps, None) => {
                ui.weak("This network has no layers.");
            }
        }
    }

    /// The choice between maps and filters, their size, and saving them.
    fn choice(&mut self, ui: &mut Ui, asks: &mut Asks, answer: &Arc<NetworkAnswer>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (view, text, tip) in [
                (View::Maps, "Maps", "What comes out of the chosen layer for the image, a picture for each channel"),
                (View::Filters, "Filters", "The weights of the first layer"),
            ] {
                let button = Button::selectable(self.view == view, text);
                if ui.add(button).on_hover_text(tip).clicked() {
                    self.view = view;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let save = ui.button("Save…").on_hover_text("Save these pictures as a PNG file");
                if save.clicked() {
                    asks.errands.push(self.export(answer));
                }
                ui.spacing_mut().slider_width = 72.0;
                let size = match self.view {
                    View::Maps => &mut self.maps.side,
                    View::Filters => &mut self.filters.side,
                };
                let slider = Slider::new(size, maps::SIDES).show_value(false).step_by(2.0);
                let response = ui.add(slider).on_hover_text("Size of the pictures");
                response.widget_info(|| WidgetInfo::slider(true, f64::from(*size), "Picture size"));
            });
        });
    }

    fn export(&self, answer: &Arc<NetworkAnswer>) -> Errand {
        let (answer, layer, view) = (Arc::clone(answer), self.layer, self.view);
        let words = answer.layers.get(layer).map_or("", |layer| &layer.words);
        let what = match view {
            View::Maps => format!("layer {} {words}", layer + 1),
            View::Filters => "filters".to_owned(),
        };
        let name = export::file_name(&format!("network {} {what}", format::side(answer.side)));
        let bytes = move || match (view, answer.layers.get(layer)) {
            (View::Maps, Some(layer)) => export::png(&layer.activations),
            _ => export::png(&answer.filters),
        };
        Errand::Export { name, bytes: Box::new(bytes) }
    }

    fn activations(&mut self, ui: &mut Ui, answer: &NetworkAnswer, layer: &NetworkLayer) {
        let all = format!("maps of layer {}: {}", self.layer + 1, layer.words);
        let [low, high] = layer.scale.map(|value| format::short(f64::from(value)));
        let zero = if layer.scale[0] < 0.0 { ", grey 0" } else { "" };
        ui.weak(format!("layer {} · black {low}, white {high}{zero}", self.layer + 1))
            .on_hover_text("One scale for all maps of the layer");
        let series = Series {
            one: "channel",
            all: &all,
            pictures: &layer.activations,
            scale: Some(layer.scale),
            largest: &layer.largest,
        };
        self.maps.ui(ui, (answer.number, self.layer), &series);
    }

    fn kernels(&mut self, ui: &mut Ui, answer: &NetworkAnswer) {
        let side = format::side(answer.filters.side);
        ui.weak(format!("{side} weights, each filter scaled by its own largest; grey is 0"));
        let series = Series {
            one: "filter",
            all: "filters of the first layer",
            pictures: &answer.filters,
            scale: None,
            largest: &[],
        };
        self.filters.ui(ui, (answer.number, 0), &series);
    }
}
