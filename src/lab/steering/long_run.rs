//! Chains that go on far beyond the recipe's steps, beside those that stop there.

use super::time_left::TimeLeft;
use crate::lab::asks::Asks;
use crate::lab::chain_settings::{self, named};
use crate::lab::model::Model;
use crate::lab::strip::Strip;
use crate::lab::{axis, format, theme};
use crate::run::{ChainSettings, LongRunAnswer, LongRunQuestion, Pictures, Question};
use eframe::egui::{
    Align, Button, Color32, Label, Layout, ProgressBar, Rect, RichText, ScrollArea, Sense, Slider, Ui, UiBuilder, Vec2,
    WidgetInfo, accesskit::Role, pos2, vec2,
};
use egui_plot::{GridMark, Line, Plot, PlotPoints};
use std::sync::Arc;

const SIDEBAR: f32 = 226.0;
/// Chains that a user may ask for.
const CHAINS: std::ops::RangeInclusive<usize> = 1..=16;
/// Steps on the finest grid.
const STEPS: std::ops::RangeInclusive<usize> = 1_000..=100_000;
const LEAST: f32 = 40.0;
const LARGEST: f32 = 96.0;
const GAP: f32 = 3.0;
const PLOT: f32 = 84.0;
/// From this width on images and curves lie side by side.
const BESIDE: f32 = 460.0;

/// What is asked, and what is seen of it.
pub struct LongRun {
    count: usize,
    steps: usize,
    chains: ChainSettings,
    /// Asked for and neither stopped nor done; with the answer there was then.
    asked: Option<Option<u64>>,
    left: TimeLeft,
    rows: [Strip; 2],
    seen: Option<Arc<LongRunAnswer>>,
}

impl Default for LongRun {
    fn default() -> Self {
        Self {
            count: 6,
            steps: 10_000,
            chains: ChainSettings::default(),
            asked: None,
            left: TimeLeft::default(),
            rows: Default::default(),
            seen: None,
        }
    }
}

impl LongRun {
    /// Draws settings, images and curves.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        self.take(ui, model.answers.long_run.as_ref());
        let room = ui.available_rect_before_wrap();
        let split = room.left() + SIDEBAR.min(0.45 * room.width());
        let left = Rect::from_min_max(room.min, pos2(split, room.bottom()));
        ui.scope_builder(UiBuilder::new().max_rect(left).id_salt("long settings"), |ui| {
            ScrollArea::vertical().id_salt("long settings").auto_shrink([false, false]).show(ui, |ui| {
                self.settings(ui, model, asks);
            });
        });
        let right = Rect::from_min_max(pos2(split + 12.0, room.top()), room.max);
        ui.scope_builder(UiBuilder::new().max_rect(right).id_salt("long chains"), |ui| {
            ScrollArea::vertical().id_salt("long chains").auto_shrink([false, false]).show(ui, |ui| match &self.seen {
                Some(answer) => self.answer(ui, model, answer),
                None => {
                    let text = "Start lets chains go on far beyond the recipe's steps: images that change their kind, \
                                or an energy that keeps falling, show how far short chains are from the model.";
                    ui.add(Label::new(RichText::new(text).weak()).wrap());
                }
            });
        });
        ui.advance_cursor_after_rect(room);
    }

    fn take(&mut self, ui: &Ui, answer: Option<&Arc<LongRunAnswer>>) {
        let Some(answer) = answer else {
            self.seen = None;
            return;
        };
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, answer)) {
            return;
        }
        self.left.see(answer.progress, ui.input(|input| input.time));
        for (row, (name, pictures)) in self.rows.iter_mut().zip([("short", &answer.short), ("long", &answer.long)]) {
            row.show(ui.ctx(), &format!("{name}-run chains"), pictures, 0, pictures.count);
        }
        let own = self.asked.is_some_and(|before| before != Some(answer.number));
        if own && (answer.progress.done || answer.error.is_some()) {
            self.asked = None;
        }
        self.seen = Some(Arc::clone(answer));
    }

    fn settings(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        ui.horizontal(|ui| {
            let text = if self.asked.is_some() { "Start anew" } else { "Start" };
            if ui.add_enabled(!model.over(), Button::new(text)).on_hover_text("Draw long-run chains").clicked() {
                let (count, steps, chains) = (self.count, self.steps, self.chains.clone());
                asks.questions.push(Question::LongRun(Some(LongRunQuestion { count, steps, chains })));
                self.asked = Some(model.answers.long_run.as_ref().map(|answer| answer.number));
                self.left = TimeLeft::default();
            }
            if ui.add_enabled(self.asked.is_some(), Button::new("Stop")).clicked() {
                asks.questions.push(Question::LongRun(None));
                self.asked = None;
            }
        });
        named(ui, "steps", "MCMC steps on the finest grid", |ui| {
            ui.spacing_mut().slider_width = 62.0;
            let slider = ui.add(Slider::new(&mut self.steps, STEPS).logarithmic(true).step_by(100.0));
            slider.widget_info(|| WidgetInfo::slider(true, self.steps as f64, "Long-run steps"));
        });
        named(ui, "chains", "Chains at once", |ui| {
            ui.spacing_mut().slider_width = 62.0;
            let slider = ui.add(Slider::new(&mut self.count, CHAINS));
            slider.widget_info(|| WidgetInfo::slider(true, self.count as f64, "Long-run chains"));
        });
        chain_settings::ui(ui, "the long run", &mut self.chains, &model.checkpoints);
    }

    fn answer(&self, ui: &mut Ui, model: &Model, answer: &LongRunAnswer) {
        if let Some(error) = &answer.error {
            ui.add(Label::new(RichText::new(error).color(theme::palette(ui).bad)).wrap());
        }
        self.progress(ui, model, answer);
        let beside = ui.available_width() > BESIDE;
        let width = if beside { (ui.available_width() - 12.0) / 2.0 } else { ui.available_width() };
        let layout = if beside { Layout::left_to_right(Align::Min) } else { Layout::top_down(Align::Min) };
        ui.with_layout(layout, |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                self.pictures(ui, model, answer);
            });
            ui.vertical(|ui| {
                ui.set_width(width);
                curve(ui, "mean energy", "low energy = likely", &answer.energy);
                curve(ui, "distance from the start", "share of the range", &answer.distance);
            });
        });
    }

    /// Short-run chains above long-run ones.
    fn pictures(&self, ui: &mut Ui, model: &Model, answer: &LongRunAnswer) {
        let long = format!("long-run, after {} steps", format::count(answer.progress.step as u64));
        let names = ["short-run, after the recipe's steps", &long];
        for ((row, pictures), name) in self.rows.iter().zip([&answer.short, &answer.long]).zip(names) {
            pictures_row(ui, row, pictures, name, model.frame.range);
        }
    }

    fn progress(&self, ui: &mut Ui, model: &Model, answer: &LongRunAnswer) {
        let progress = answer.progress;
        let side = model.frame.grids.get(progress.grid).map(|grid| format::side(grid.side)).unwrap_or_default();
        let steps =
            format!("{side}, {} of {}", format::count(progress.step as u64), format::count(progress.steps as u64));
        let state = if progress.done {
            format!("done: {steps} steps with the weights of {} updates", format::count(answer.iteration))
        } else if self.asked.is_none() {
            format!("stopped at {steps} steps")
        } else {
            match self.left.seconds(progress) {
                Some(seconds) => format!("{steps} steps, {} left", format::clock(seconds.ceil())),
                None => format!("{steps} steps"),
            }
        };
        let share = progress.step as f32 / progress.steps.max(1) as f32;
        let bar = ProgressBar::new(share.clamp(0.0, 1.0)).desired_height(5.0).fill(theme::palette(ui).ember);
        ui.label(&state);
        ui.add(bar).widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &state));
    }
}

/// The pictures in as many lines as they need to be seen.
fn pictures_row(ui: &mut Ui, row: &Strip, pictures: &Pictures, name: &str, range: [f32; 2]) {
    let count = pictures.count.max(1);
    let room = ui.available_width();
    let across = (((room + GAP) / (LEAST + GAP)) as usize).clamp(1, count);
    let across = count.div_ceil(count.div_ceil(across));
    let side = ((room + GAP) / across as f32 - GAP).clamp(1.0, LARGEST).floor();
    ui.small(name);
    let lines = count.div_ceil(across) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(room, lines * (side + GAP)), Sense::hover());
    let cell = |at: usize| {
        let corner = vec2((at % across) as f32, (at / across) as f32) * (side + GAP);
        Rect::from_min_size(rect.min + corner, Vec2::splat(side))
    };
    row.ui(ui, rect, cell, name, (Color32::WHITE, range));
}

fn curve(ui: &mut Ui, name: &str, unit: &str, points: &[[f64; 2]]) {
    ui.small(format!("{name}; {unit}"));
    let palette = theme::palette(ui);
    let plot = Plot::new(name)
        .height(PLOT)
        .show_background(false)
        .grid_color(palette.line)
        .allow_scroll(false)
        .x_grid_spacer(axis::marks(9.0, 1.0))
        .y_grid_spacer(axis::marks(5.0, 0.0))
        .y_axis_formatter(|mark: GridMark, _: &_| format::short(mark.value))
        .x_axis_formatter(|mark: GridMark, _: &_| format::count(mark.value.max(0.0) as u64));
    let shown = plot.show(ui, |plot| {
        let finite = points.iter().copied().filter(|[x, y]| x.is_finite() && y.is_finite());
        plot.line(Line::new(name, finite.collect::<PlotPoints<'_>>()).color(palette.ember).width(1.5));
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("Curve: {name}")));
}
