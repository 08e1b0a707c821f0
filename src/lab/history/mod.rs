//! What a run did so far, as curves and markers, kept from its events.

mod clock;
mod marker;
mod usual_gap;

pub use clock::{Abscissa, Clock};
pub use marker::{Marker, MarkerKind};

use super::curve::Curve;
use super::edit_name::edit_name;
use super::format;
use crate::run::{Event, GridUpdate};
use marker::Markers;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use usual_gap::UsualGap;

/// Names a recipe may plot; more are left out, and the panel says so.
pub const MAX_NAMES: usize = 64;

/// A number of a learning update that is drawn over iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    ObservedEnergy,
    SynthesizedEnergy,
    Gap,
    GradientL1,
    GradientNorm,
    Temperature,
    StepTime,
    Clamped,
    Rate,
    Governor,
    Acceptance,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ObservedEnergy,
        Self::SynthesizedEnergy,
        Self::Gap,
        Self::GradientL1,
        Self::GradientNorm,
        Self::Temperature,
        Self::StepTime,
        Self::Clamped,
        Self::Rate,
        Self::Governor,
        Self::Acceptance,
    ];

    /// Its name in files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ObservedEnergy => "observed_energy",
            Self::SynthesizedEnergy => "synthesized_energy",
            Self::Gap => "gap",
            Self::GradientL1 => "gradient_l1",
            Self::GradientNorm => "gradient_norm",
            Self::Temperature => "temperature",
            Self::StepTime => "step_ms",
            Self::Clamped => "clamped",
            Self::Rate => "rate",
            Self::Governor => "governor",
            Self::Acceptance => "acceptance",
        }
    }

    fn of(self, update: &GridUpdate) -> f64 {
        match self {
            Self::ObservedEnergy => update.observed_energy,
            Self::SynthesizedEnergy => update.synthesized_energy,
            Self::Gap => update.gap,
            Self::GradientL1 => update.gradient_l1,
            Self::GradientNorm => update.gradient_norm,
            Self::Temperature => update.temperature.unwrap_or(f64::NAN),
            Self::StepTime => update.step_ms,
            Self::Clamped => update.clamped,
            Self::Rate => update.rate,
            Self::Governor => update.governor,
            Self::Acceptance => update.acceptance.unwrap_or(f64::NAN),
        }
    }
}

/// The curves of one grid, and its usual gap.
#[derive(Debug, Clone, Default)]
struct GridHistory {
    side: usize,
    curves: [Curve; Quantity::ALL.len()],
    usual_gap: UsualGap,
}

/// All curves and markers.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The grids of the newest update in their order, then those that a change of the pyramid left behind.
    grids: Vec<GridHistory>,
    current: usize,
    plotted: BTreeMap<String, Curve>,
    markers: Markers,
    clock: Clock,
    /// Share of an epoch that an update is, where it is known.
    epoch: Option<f64>,
    /// The text that runs, where it is known.
    recipe: Option<String>,
    /// Plotted names that were left out.
    pub names_left_out: bool,
    version: u64,
}

impl History {
    /// Nothing yet, of a run of this recipe.
    #[must_use]
    pub fn of(recipe: &str) -> Self {
        Self { recipe: Some(recipe.to_owned()), ..Self::default() }
    }

    /// Takes in one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Started { iteration: 0, .. } => self.clear(),
            Event::Data { training, batch, .. } if *training > 0 && *batch > 0 => {
                self.epoch = Some(*batch as f64 / *training as f64);
            }
            Event::Data { .. } => self.epoch = None,
            Event::Update { iteration, seconds, grids } => self.update(*iteration, *seconds, grids),
            Event::Plot { iteration, name, value } | Event::Measured { iteration, name, value } => {
                self.plot(*iteration, name, *value);
            }
            Event::RecipeApplied { iteration, text, renewed, .. } => {
                let name = self.recipe.as_ref().map_or_else(|| "recipe".to_owned(), |old| edit_name(old, text));
                let renewal = match renewed.is_empty() {
                    true => "nothing made anew".to_owned(),
                    false => format!("made anew: {}", renewed.join(", ")),
                };
                self.mark(*iteration, MarkerKind::Recipe, name, renewal);
                self.recipe = Some(text.clone());
            }
            Event::ParameterSet { iteration, name, value, word } => {
                let value = word.clone().unwrap_or_else(|| format::number(*value));
                self.markers.add_parameter(*iteration, name, &value);
                self.touch();
            }
            Event::Diverged { iteration, grid, reason, .. } => {
                self.mark(*iteration, MarkerKind::Divergence, format!("grid {grid} diverged"), reason.clone());
            }
            Event::Checkpoint { iteration, path } => {
                let place = path.file_name().unwrap_or(path.as_os_str()).display().to_string();
                self.mark(*iteration, MarkerKind::Checkpoint, "checkpoint".to_owned(), place);
            }
            _ => {}
        }
    }

    /// Adds one iteration, so many seconds of learning after the start.
    fn update(&mut self, iteration: u64, seconds: f64, grids: &[GridUpdate]) {
        if iteration <= 1 {
            self.markers.forget_after(iteration);
        }
        self.clock.push(iteration as f64, seconds, self.epoch);
        self.arrange(grids);
        for (history, update) in self.grids.iter_mut().zip(grids) {
            for (curve, quantity) in history.curves.iter_mut().zip(Quantity::ALL) {
                curve.push(iteration as f64, quantity.of(update));
            }
            history.usual_gap.push(update.gap);
        }
        self.touch();
    }

    /// Brings the curves of the grids' sides to the front, in the grids' order.
    fn arrange(&mut self, grids: &[GridUpdate]) {
        for (index, update) in grids.iter().enumerate() {
            let known = self.grids.iter().skip(index).position(|history| history.side == update.side);
            let history = match known {
                Some(0) => continue,
                Some(further) => self.grids.remove(index + further),
                None => GridHistory { side: update.side, ..GridHistory::default() },
            };
            self.grids.insert(index, history);
        }
        self.current = grids.len();
    }

    /// Adds a value the recipe plots.
    fn plot(&mut self, iteration: u64, name: &str, value: f64) {
        if !self.plotted.contains_key(name) {
            if self.plotted.len() >= MAX_NAMES {
                self.names_left_out = true;
                return;
            }
            self.plotted.insert(name.to_owned(), Curve::default());
        }
        if let Some(curve) = self.plotted.get_mut(name) {
            curve.push(iteration as f64, value);
        }
        self.touch();
    }

    fn mark(&mut self, iteration: u64, kind: MarkerKind, name: String, details: String) {
        self.markers.add(Marker { iteration, kind, name, details });
        self.touch();
    }

    /// Forgets everything but what runs on what data: the run starts again.
    fn clear(&mut self) {
        let (epoch, recipe) = (self.epoch, self.recipe.take());
        *self = Self { epoch, recipe, ..Self::default() };
        self.touch();
    }

    /// The sides of grids with curves, and whether the pyramid still has them: first those that it has, in its order,
    /// then those of earlier pyramids.
    pub fn sides(&self) -> impl Iterator<Item = (usize, bool)> {
        self.grids.iter().enumerate().map(|(index, grid)| (grid.side, index < self.current))
    }

    fn grid(&self, side: usize) -> Option<&GridHistory> {
        self.grids.iter().find(|grid| grid.side == side)
    }

    /// A curve of the grid of this side.
    #[must_use]
    pub fn curve(&self, side: usize, quantity: Quantity) -> Option<&Curve> {
        self.grid(side)?.curves.get(quantity as usize)
    }

    /// A curve that the recipe plots.
    #[must_use]
    pub fn plotted_curve(&self, name: &str) -> Option<&Curve> {
        self.plotted.get(name)
    }

    /// The curves that the recipe plots, by name.
    pub fn plotted(&self) -> impl Iterator<Item = (&str, &Curve)> {
        self.plotted.iter().map(|(name, curve)| (name.as_str(), curve))
    }

    /// The vertical lines, in the order in which they came.
    #[must_use]
    pub fn markers(&self) -> &[Marker] {
        self.markers.all()
    }

    /// Whether there is no curve.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grids.is_empty() && self.plotted.is_empty()
    }

    /// When each update was.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn touch(&mut self) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        self.version = NEXT.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes whenever a curve or a marker does; two histories have the same only where they hold the same.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The usual |gap| of the grid of this side, once there is one.
    #[must_use]
    pub fn usual_gap(&self, side: usize) -> Option<f64> {
        self.grid(side)?.usual_gap.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(side: usize, gap: f64) -> GridUpdate {
        GridUpdate { side, gap, ..GridUpdate::default() }
    }

    #[test]
    fn grids_may_come_and_go() {
        let mut history = History::default();
        history.update(1, 0.0, &[update(4, 1.0), update(16, 2.0)]);
        history.update(2, 0.0, &[update(4, 1.0)]);
        history.update(3, 0.0, &[]);
        assert_eq!(history.sides().collect::<Vec<_>>(), [(4, false), (16, false)]);
        let newest = |side| history.curve(side, Quantity::Gap).and_then(Curve::newest).map(|p| p.x);
        assert_eq!((newest(4), newest(16)), (Some(2.0), Some(1.0)));
        assert!(history.curve(0, Quantity::Gap).is_none());
    }

    #[test]
    fn another_pyramid_keeps_the_curves_of_the_sides_that_stay() {
        let mut history = History::default();
        let grids = |sides: &[usize]| -> Vec<GridUpdate> { sides.iter().map(|&side| update(side, 1.0)).collect() };
        history.update(1, 0.0, &grids(&[2, 3, 4, 8]));
        history.update(2, 0.0, &grids(&[4, 8]));
        history.update(3, 0.0, &grids(&[3, 8]));
        assert_eq!(history.sides().collect::<Vec<_>>(), [(3, true), (8, true), (4, false), (2, false)]);
        let points = |side| history.curve(side, Quantity::Gap).map(Curve::len);
        assert_eq!([3, 8, 4, 2].map(points), [Some(2), Some(3), Some(2), Some(1)]);
    }

    #[test]
    fn a_runaway_does_not_become_usual() {
        let mut history = History::default();
        for iteration in 0..300 {
            history.update(iteration, 0.0, &[update(4, 0.1)]);
        }
        for iteration in 300..310 {
            history.update(iteration, 0.0, &[update(4, 1e6)]);
        }
        assert!(history.usual_gap(4).is_some_and(|usual| usual < 0.4));
    }

    #[test]
    fn plotted_names_are_bounded() {
        let mut history = History::default();
        for at in 0..MAX_NAMES + 5 {
            history.plot(0, &format!("name {at}"), 1.0);
        }
        assert_eq!(history.plotted().count(), MAX_NAMES);
        assert!(history.names_left_out);
    }

    #[test]
    fn a_reset_takes_the_markers_along() {
        let mut history = History::default();
        history.update(50, 0.0, &[update(4, 0.0)]);
        let (grid, reason, action) = (2, "it ran away".to_owned(), String::new());
        history.take(&Event::Diverged { iteration: 50, grid, step: None, reason, action, asks: false });
        history.update(48, 0.0, &[update(4, 0.0)]);
        assert_eq!(history.markers().len(), 1, "a rollback keeps what it was rolled back for");
        history.update(1, 0.0, &[update(4, 0.0)]);
        assert!(history.markers().is_empty());
        assert_eq!(history.curve(4, Quantity::Gap).map(Curve::len), Some(1));
    }

    #[test]
    fn an_edit_is_marked_and_named() {
        let mut history = History::of("fn pyramid() { factor(2.0) }");
        let applied = |iteration, text: &str| Event::RecipeApplied {
            iteration,
            path: "a.rhai".into(),
            text: text.to_owned(),
            kept: Vec::new(),
            renewed: vec!["grid 2".to_owned()],
        };
        history.take(&applied(7, "fn pyramid() { factor(1.5) }"));
        history.take(&applied(9, "fn pyramid() { factor(1.5) }\nlet a = 1;"));
        let names: Vec<&str> = history.markers().iter().map(|marker| marker.name.as_str()).collect();
        assert_eq!(names, ["factor(1.5)", "+ let a = 1"]);
        assert_eq!(history.markers()[0].text(), "factor(1.5)\nupdate 7\nmade anew: grid 2");
    }

    #[test]
    fn a_reset_keeps_what_an_epoch_is() {
        let mut history = History::default();
        let (source, skipped) = (String::new(), Vec::new());
        history.take(&Event::Data { source, training: 200, held_out: 0, batch: 50, skipped });
        let started = Event::Started { directory: None, device: String::new(), seed: 1, iteration: 0 };
        history.take(&started);
        history.take(&Event::Update { iteration: 8, seconds: 4.0, grids: Vec::new() });
        assert!((history.clock().newest().epochs - 2.0).abs() < 1e-9);
    }
}
