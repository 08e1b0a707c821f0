//! The curves panel: what the numbers of every grid did over the updates, in one to four charts with one horizontal axis.

mod axis;
mod canvas;
mod chart;
mod csv;
mod export;
mod figure;
mod legend;
mod lines;
mod overlay;
mod plot;
mod shot;
mod span;
mod svg;
mod tensorboard;
mod toolbar;

pub use chart::Chart;
pub use span::Span;

use super::asks::Asks;
use super::history::{Abscissa, History};
use super::model::Model;
use super::{format, theme};
use crate::run::Event;
use canvas::{Canvas, Layer, Move};
use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, vec2};
use figure::Scale;
use legend::{Change, Legend};
use lines::{Hidden, Look, Series};
use overlay::Overlays;
use plot::Plot;
use shot::Shot;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Charts at once.
const MOST_CHARTS: usize = 4;
/// Merged points drawn for a curve at most; each may be drawn as a low and a high end.
const DRAWN: usize = 1_000;
/// Width of a merged point on the screen. Where a processor paints the window, every vertex counts.
const POINT_WIDTH: f32 = 3.0;
/// Height of a chart's heading and what is left between charts, in points.
const HEADING: f32 = 26.0;
/// Narrower panels have no room for values in the legend.
const NARROW: f32 = 520.0;

/// The panel's own state.
pub struct Curves {
    charts: Vec<Canvas>,
    abscissa: Abscissa,
    smoothing: f64,
    /// Ranges hold bursts too.
    outliers: bool,
    hidden: Hidden,
    /// The part of the horizontal axis in view, where the user has zoomed.
    view: Option<[f64; 2]>,
    overlays: Overlays,
    shot: Shot,
}

impl Default for Curves {
    fn default() -> Self {
        Self {
            charts: vec![Canvas::new(Chart::Energy)],
            abscissa: Abscissa::Update,
            smoothing: 0.0,
            outliers: false,
            hidden: Hidden::default(),
            view: None,
            overlays: Overlays::default(),
            shot: Shot::default(),
        }
    }
}

impl Curves {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        if self.overlays.work() {
            ui.ctx().request_repaint();
        }
        if !model.history.clock().knows(self.abscissa) && !model.history.is_empty() {
            (self.abscissa, self.view) = (Abscissa::Update, None);
        }
        self.toolbar(ui, model, asks);
        self.take_shot(ui, model, asks);
        let charts: Vec<Chart> = self.charts.iter().map(|canvas| canvas.chart).collect();
        let room = ui.available_rect_before_wrap();
        let base = self.look(ui, model, 0, room.width());
        let (plots, side) = self.split(room, &charts);
        self.draw_layers(model, &base, plots.width());
        let cursor = self.cursor(ui, model);
        ui.scope_builder(UiBuilder::new().max_rect(plots), |ui| self.draw_charts(ui, model, cursor));
        self.legend(ui, model, &base, charts, side, cursor);
    }

    /// Whether the events of a run were asked for.
    #[must_use]
    pub fn wants(&self, run: &Path) -> bool {
        self.overlays.wants(run)
    }

    /// Takes what happened in a run that is to be overlaid.
    pub fn take_events(&mut self, run: &Path, events: Vec<Event>) {
        self.overlays.take(run, events);
    }

    /// Where plots and legend are: side by side, or in a narrow panel the legend above.
    fn split(&self, room: Rect, charts: &[Chart]) -> (Rect, Rect) {
        if room.width() < NARROW {
            let legend = (0.3 * room.height()).min(64.0);
            let cut = room.top() + legend;
            return (room.with_min_y(cut), room.with_max_y(cut - 4.0));
        }
        let columns: BTreeSet<_> = charts.iter().flat_map(|chart| chart.quantities()).collect();
        let width = legend::NAME + legend::VALUE * columns.len().max(1) as f32 + 14.0;
        let cut = room.right() - width.min(0.5 * room.width());
        (room.with_max_x(cut - 6.0), room.with_min_x(cut + 6.0))
    }

    /// What the lines of a chart depend on.
    fn look(&self, ui: &Ui, model: &Model, at: usize, width: f32) -> Look {
        let (mut colours, mut names) = (model.colours.clone(), BTreeSet::new());
        for history in self.histories(model) {
            history.1.sides().for_each(|(side, _)| colours.add(side));
            names.extend(history.1.plotted().map(|(name, _)| name.to_owned()));
        }
        let canvas = self.charts.get(at);
        Look {
            chart: canvas.map_or(Chart::Energy, |canvas| canvas.chart),
            abscissa: self.abscissa,
            log: canvas.is_some_and(Canvas::is_log),
            smoothing: self.smoothing,
            hidden: self.hidden.clone(),
            dark: ui.visuals().dark_mode,
            view: self.view,
            most: ((width / POINT_WIDTH) as usize).clamp(100, DRAWN),
            colours,
            names: names.into_iter().collect(),
        }
    }

    /// The runs that are drawn: the window's, and the overlaid ones that are shown.
    fn histories<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (Option<usize>, &'a History)> {
        let overlays = self.overlays.shown().map(|(at, overlay)| (Some(at), &overlay.history));
        std::iter::once((None, &model.history)).chain(overlays)
    }

    /// Makes the lines anew that changed.
    fn draw_layers(&mut self, model: &Model, base: &Look, width: f32) {
        for at in 0..self.charts.len() {
            let (chart, log) = (self.charts[at].chart, self.charts[at].is_log());
            let most = ((width / POINT_WIDTH) as usize).clamp(100, DRAWN);
            let look = Look { chart, log, most, ..base.clone() };
            let mut old = std::mem::take(&mut self.charts[at].layers);
            let layers = self.histories(model).map(|(overlay, history)| {
                let same = |(place, layer): &(Option<usize>, Layer)| {
                    *place == overlay && layer.version == history.version() && layer.look == look
                };
                match old.iter().position(same) {
                    Some(known) => old.swap_remove(known),
                    None => {
                        let lines = Arc::new(lines::lines(history, overlay, &look));
                        (overlay, Layer { version: history.version(), look: look.clone(), lines })
                    }
                }
            });
            self.charts[at].layers = layers.collect();
        }
    }

    /// Where the cursor is: at the update next to the pointer.
    fn cursor(&self, ui: &Ui, model: &Model) -> Option<f64> {
        let place = canvas::cursor(ui, self.charts.iter().filter_map(|canvas| canvas.scale))?;
        if self.shot.is_due() {
            return None;
        }
        let clock = model.history.clock();
        let newest = clock.newest().iteration;
        let iteration = clock.iteration(self.abscissa, place).round();
        // Overlaid runs may go on where this one has not come yet.
        let snaps = iteration < newest || place <= clock.place(self.abscissa, newest);
        Some(if snaps { clock.place(self.abscissa, iteration.max(0.0)) } else { place })
    }

    /// The horizontal range: what is zoomed into, or all of every curve.
    fn x_range(&self) -> [f64; 2] {
        if let Some(view) = self.view {
            return view;
        }
        let lines = self.charts.iter().flat_map(Canvas::lines);
        let ends = lines.filter_map(|line| Some([line.line.first()?[0], line.line.last()?[0]]));
        match ends.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]) {
            Some([low, high]) if high > low => [low, high],
            Some([low, _]) => [low - 1.0, low + 1.0],
            None => [0.0, 1.0],
        }
    }

    fn y_range(&self, canvas: &Canvas) -> [f64; 2] {
        let span = canvas.span().map_or([0.0, 1.0], |span| span.range(self.outliers));
        canvas.zoom.unwrap_or(span)
    }

    fn draw_charts(&mut self, ui: &mut Ui, model: &Model, cursor: Option<f64>) {
        let markers = export::placed(&model.history, self.abscissa);
        let palette = theme::palette(ui);
        let (count, x) = (self.charts.len(), self.x_range());
        let height = canvas::height(ui.available_height(), count, HEADING);
        ui.spacing_mut().item_spacing.y = 4.0;
        let (mut gone, mut moved) = (None, None);
        ScrollArea::vertical().id_salt("charts").auto_shrink(false).min_scrolled_height(0.0).show(ui, |ui| {
            for at in 0..count {
                if self.charts[at].heading(ui, at, count == 1) {
                    gone = Some(at);
                }
                let labelled = at + 1 == count;
                let tall = height + if labelled { plot::BELOW } else { 0.0 };
                let (_, room) = ui.allocate_space(vec2(ui.available_width(), tall));
                let y = self.y_range(&self.charts[at]);
                let scale = Scale { frame: plot::frame(room, labelled), x, y };
                let layers: Vec<_> = self.charts[at].layers.iter().map(|(_, layer)| Arc::clone(&layer.lines)).collect();
                let plot = Plot {
                    scale,
                    abscissa: self.abscissa,
                    log: self.charts[at].is_log(),
                    lines: layers.iter().rev().flat_map(|lines| lines.iter()).collect(),
                    markers: &markers,
                    palette,
                    labelled,
                    named: at == 0,
                    cursor,
                };
                let canvas = &mut self.charts[at];
                canvas.scale = Some(scale);
                moved = canvas.plot(ui, &plot, at).map(|step| (at, step)).or(moved);
            }
        });
        if let Some(at) = gone {
            self.charts.remove(at);
        }
        if let Some((at, step)) = moved {
            self.go(ui, at, step);
        }
    }

    /// Does what the user did to a plot.
    fn go(&mut self, ui: &Ui, at: usize, step: Move) {
        match step {
            Move::Fit => self.fit(),
            Move::Show { x, y } => {
                self.view = Some(x);
                if let (Some(y), Some(canvas)) = (y, self.charts.get_mut(at)) {
                    canvas.zoom = Some(y);
                }
            }
        }
        ui.ctx().request_repaint();
    }

    /// Everything in view again.
    fn fit(&mut self) {
        self.view = None;
        self.charts.iter_mut().for_each(|canvas| canvas.zoom = None);
    }

    fn legend(&mut self, ui: &mut Ui, model: &Model, look: &Look, charts: Vec<Chart>, room: Rect, cursor: Option<f64>) {
        let newest = format::count(model.history.clock().newest().iteration as u64);
        let place = match (cursor.map(|x| plot::place(self.abscissa, x)), self.smoothing > 0.0) {
            (Some(place), false) => format!("{} {place}", self.abscissa.title()),
            (Some(place), true) => format!("average at {place}"),
            (None, false) => format!("newest, {newest}"),
            (None, true) => format!("average, {newest}"),
        };
        let read =
            |history: &History, overlay: Option<usize>, series: &Series| self.read(history, overlay, series, cursor);
        let values = room.width() > legend::NAME + legend::VALUE;
        let legend = Legend { model, look, charts, values, averaged: self.smoothing > 0.0, place, read: &read };
        let mut hidden = self.hidden.clone();
        let changed = ui
            .scope_builder(UiBuilder::new().max_rect(room), |ui| {
                let scroll = ScrollArea::vertical().id_salt("legend").auto_shrink(false).min_scrolled_height(0.0);
                scroll.show(ui, |ui| legend.ui(ui, &mut hidden, &self.overlays)).inner
            })
            .inner;
        self.hidden = hidden;
        match changed {
            Some(Change::Switch(at)) => self.overlays.switch(at),
            Some(Change::Remove(at)) => self.overlays.remove(at),
            None => {}
        }
    }

    /// The value of a curve at the cursor, or its newest one.
    fn read(&self, history: &History, overlay: Option<usize>, series: &Series, cursor: Option<f64>) -> Option<f64> {
        if self.smoothing > 0.0 {
            let layers = self.charts.iter().flat_map(|canvas| canvas.layers.iter().map(move |layer| (canvas, layer)));
            let (canvas, line) = layers
                .filter(|(_, (place, _))| *place == overlay)
                .flat_map(|(canvas, (_, layer))| layer.lines.iter().map(move |line| (canvas, line)))
                .find(|(_, line)| line.series == *series)?;
            return plot::value_at(&line.line, cursor.unwrap_or(f64::INFINITY), canvas.is_log());
        }
        let curve = series.of(history)?;
        let (newest, Some(x)) = (curve.newest()?, cursor) else { return Some(curve.newest()?.mean) };
        let clock = history.clock();
        let iteration = clock.iteration(self.abscissa, x).round();
        let begun = curve.iter(0..1).next().is_some_and(|first| first.x <= iteration);
        let known = x <= clock.place(self.abscissa, newest.x) && begun;
        known.then(|| curve.near(iteration).map(|point| point.mean)).flatten()
    }
}
