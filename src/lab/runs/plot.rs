//! One quantity of one grid over updates, of both runs.

use super::super::curve::Curve;
use super::super::curves::{Chart, Span};
use super::super::history::{History, Quantity};
use super::super::{axis, format, theme};
use super::subject::Subject;
use super::table::mark_colour;
use eframe::egui::{Align2, Checkbox, ComboBox, FontId, Ui, WidgetInfo, accesskit::Role};
use egui_plot::{GridMark, HoverPosition, Line, Plot, PlotBounds, PlotPoint, PlotPoints};
use std::collections::BTreeSet;

/// Merged points of a curve at most.
const DRAWN: usize = 500;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Quantity(Quantity),
    /// A measure, or what the recipe plots.
    Named(String),
}

/// What the lines depend on.
#[derive(Clone, PartialEq)]
struct Key {
    shown: Shown,
    side: usize,
    runs: Vec<(String, u64)>,
}

/// The plot's own state.
pub struct Comparison {
    shown: Shown,
    /// Side of the grid; the finest that both have when `None`.
    side: Option<usize>,
    outliers: bool,
    cache: Option<(Key, Vec<Option<Drawn>>)>,
}

struct Drawn {
    points: Vec<PlotPoint>,
    span: Option<Span>,
}

impl Default for Comparison {
    fn default() -> Self {
        Self { shown: Shown::Quantity(Quantity::Gap), side: None, outliers: false, cache: None }
    }
}

fn title(shown: &Shown) -> &str {
    match shown {
        Shown::Quantity(Quantity::ObservedEnergy) => "Energy of observed",
        Shown::Quantity(Quantity::SynthesizedEnergy) => "Energy of synthesized",
        Shown::Quantity(quantity) => Chart::One(*quantity).title(),
        Shown::Named(name) => name,
    }
}

impl Comparison {
    /// Draws the curves of these runs.
    pub fn ui(&mut self, ui: &mut Ui, subjects: &[&Subject<'_>]) {
        let histories: Vec<&History> = subjects.iter().filter_map(|subject| subject.history).collect();
        let sides: BTreeSet<usize> =
            histories.iter().flat_map(|history| history.sides().map(|(side, _)| side)).collect();
        let finest = sides
            .iter()
            .rev()
            .find(|side| histories.iter().all(|history| history.curve(**side, Quantity::Gap).is_some()));
        let finest = finest.or(sides.last()).copied().unwrap_or_default();
        let side = self.side.filter(|side| sides.contains(side)).unwrap_or(finest);
        self.toolbar(ui, &histories, &sides, side);
        let version = |subject: &Subject<'_>| (subject.name.clone(), subject.history.map_or(0, History::version));
        let runs = subjects.iter().map(|subject| version(subject)).collect();
        let key = Key { shown: self.shown.clone(), side, runs };
        if self.cache.as_ref().is_none_or(|(old, _)| *old != key) {
            let lines =
                subjects.iter().map(|subject| subject.history.and_then(|history| line(history, &key))).collect();
            self.cache = Some((key, lines));
        }
        self.plot(ui, subjects);
    }

    fn toolbar(&mut self, ui: &mut Ui, histories: &[&History], sides: &BTreeSet<usize>, side: usize) {
        ui.horizontal(|ui| {
            let box_ = ComboBox::from_id_salt("compared quantity").selected_text(title(&self.shown)).width(150.0);
            let chosen = box_.height(400.0).show_ui(ui, |ui| {
                for shown in choices(histories) {
                    let name = title(&shown).to_owned();
                    ui.selectable_value(&mut self.shown, shown, name);
                }
            });
            let named = |name: &str, value: &str| {
                let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
                info.current_text_value = Some(value.to_owned());
                info
            };
            chosen.response.widget_info(|| named("Compared quantity", title(&self.shown)));
            if matches!(self.shown, Shown::Quantity(_)) && !sides.is_empty() {
                let box_ = ComboBox::from_id_salt("compared grid").selected_text(format::side(side)).width(70.0);
                let chosen = box_.show_ui(ui, |ui| {
                    for &other in sides {
                        if ui.selectable_label(other == side, format::side(other)).clicked() {
                            self.side = Some(other);
                        }
                    }
                });
                chosen.response.widget_info(|| named("Compared grid", &format::side(side)));
            }
            ui.add(Checkbox::new(&mut self.outliers, "outliers"))
                .on_hover_text("Bursts leave the picture unless this is on");
        });
    }

    fn plot(&self, ui: &mut Ui, subjects: &[&Subject<'_>]) {
        let Some((_, lines)) = &self.cache else { return };
        let palette = theme::palette(ui);
        let ranges = lines.iter().flatten().filter_map(|line| line.span.map(|span| span.range(self.outliers)));
        let range = ranges.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
        let last =
            lines.iter().flatten().filter_map(|line| line.points.last()).map(|point| point.x).fold(1.0, f64::max);
        let [low, high] = range.unwrap_or([0.0, 1.0]);
        let colours = [mark_colour(ui, 0), mark_colour(ui, 1)];
        let plot = Plot::new("compared curves")
            .show_background(false)
            .grid_fade(0.35)
            .grid_color(palette.line)
            .y_axis_min_width(52.0)
            .x_grid_spacer(axis::marks(11.0, 1.0))
            .y_grid_spacer(axis::marks(5.0, 0.0))
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .y_axis_formatter(|mark: GridMark, _: &_| format::short(mark.value))
            .x_axis_formatter(
                |mark: GridMark, _: &_| {
                    if mark.value >= 0.0 { format::count(mark.value as u64) } else { String::new() }
                },
            )
            .label_formatter(|hover: &HoverPosition<'_>| match hover {
                HoverPosition::NearDataPoint { plot_name, position, .. } => {
                    let updates = format::count(position.x.max(0.0) as u64);
                    Some(format!("{plot_name}\n{updates} updates\n{}", format::number(position.y)))
                }
                _ => None,
            });
        let shown = plot.show(ui, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max([0.0, low], [last * 1.04, high]));
            // The run that is looked at lies above the other.
            for ((line, subject), colour) in lines.iter().zip(subjects).zip(colours).rev() {
                if let Some(line) = line {
                    let points = PlotPoints::Borrowed(&line.points);
                    plot.line(Line::new(subject.name.clone(), points).color(colour).width(1.6));
                }
            }
        });
        let label = format!("Compared curves: {}", title(&self.shown));
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &label));
        if range.is_none() {
            let reading = subjects.iter().any(|subject| subject.history.is_none());
            let text = if reading { "Reading what happened." } else { "Neither run has values of this." };
            let centre = shown.response.rect.center();
            ui.painter().text(centre, Align2::CENTER_CENTER, text, FontId::proportional(13.0), palette.weak);
        }
    }
}

/// What can be drawn of these runs.
fn choices(histories: &[&History]) -> Vec<Shown> {
    let names: BTreeSet<&str> = histories.iter().flat_map(|history| history.plotted().map(|(name, _)| name)).collect();
    let named = names.into_iter().map(|name| Shown::Named(name.to_owned()));
    Quantity::ALL.into_iter().map(Shown::Quantity).chain(named).collect()
}

fn line(history: &History, key: &Key) -> Option<Drawn> {
    let curve: &Curve = match &key.shown {
        Shown::Quantity(quantity) => history.curve(key.side, *quantity)?,
        Shown::Named(name) => history.plotted().find(|(other, _)| other == name)?.1,
    };
    let whole = 0..curve.len();
    let points = curve.decimated(whole.clone(), DRAWN);
    let span = Span::of(&points, curve.sampled(whole, DRAWN), false);
    Some(Drawn { points: points.iter().map(|point| PlotPoint::new(point.x, point.mean)).collect(), span })
}
