//! What a run did so far, as curves and markers, kept from its events.

use super::curve::Curve;
use crate::run::GridUpdate;
use std::collections::BTreeMap;

/// Names a recipe may plot; more are left out, and the panel says so.
pub const MAX_NAMES: usize = 64;
const MAX_MARKERS: usize = 1_000;

/// A number of a learning update that is drawn over iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 10] = [
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
    ];

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
        }
    }
}

/// Why there is a vertical line in the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    Recipe,
    Parameter,
    Divergence,
}

/// A vertical line in the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    pub iteration: u64,
    pub kind: MarkerKind,
    pub name: String,
}

/// The curves of one grid, and its usual gap.
#[derive(Debug, Clone, Default)]
struct GridHistory {
    side: usize,
    curves: [Curve; Quantity::ALL.len()],
    usual_gap: UsualGap,
}

/// A slow mean of |gap|, against which a gap is judged.
#[derive(Debug, Clone, Copy, Default)]
struct UsualGap {
    mean: f64,
    mass: f64,
}

impl UsualGap {
    fn push(&mut self, gap: f64) {
        const WEIGHT: f64 = 0.99;
        // A runaway must not make itself the usual case.
        let most = self.get().map_or(f64::INFINITY, |usual| 10.0 * usual.max(1e-6));
        if gap.is_finite() {
            self.mean = WEIGHT * self.mean + (1.0 - WEIGHT) * gap.abs().min(most);
            self.mass = WEIGHT * self.mass + (1.0 - WEIGHT);
        }
    }

    /// Known after twenty updates.
    fn get(&self) -> Option<f64> {
        (self.mass > 0.18).then(|| self.mean / self.mass)
    }
}

/// All curves and markers.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The grids of the newest update in their order, then those that a change of the pyramid left behind.
    grids: Vec<GridHistory>,
    current: usize,
    plotted: BTreeMap<String, Curve>,
    markers: Vec<Marker>,
    /// Plotted names that were left out.
    pub names_left_out: bool,
    version: u64,
}

impl History {
    /// Adds one iteration.
    pub fn update(&mut self, iteration: u64, grids: &[GridUpdate]) {
        if iteration <= 1 {
            self.markers.retain(|marker| marker.iteration <= iteration);
        }
        self.arrange(grids);
        for (history, update) in self.grids.iter_mut().zip(grids) {
            for (curve, quantity) in history.curves.iter_mut().zip(Quantity::ALL) {
                curve.push(iteration as f64, quantity.of(update));
            }
            history.usual_gap.push(update.gap);
        }
        self.version += 1;
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
    pub fn plot(&mut self, iteration: u64, name: &str, value: f64) {
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
        self.version += 1;
    }

    /// Adds a marker; the oldest goes when there are too many.
    pub fn mark(&mut self, iteration: u64, kind: MarkerKind, name: String) {
        if self.markers.len() >= MAX_MARKERS {
            self.markers.remove(0);
        }
        self.markers.push(Marker { iteration, kind, name });
    }

    /// Marks that a live parameter was set; one that is drawn along keeps a single marker.
    pub fn mark_parameter(&mut self, iteration: u64, parameter: &str, name: String) {
        let drawn = |marker: &Marker| {
            marker.kind == MarkerKind::Parameter
                && marker.name.strip_prefix(parameter).is_some_and(|rest| rest.starts_with(" = "))
                && iteration.saturating_sub(marker.iteration) < 10
        };
        match self.markers.last_mut().filter(|marker| drawn(marker)) {
            Some(marker) => (marker.iteration, marker.name) = (iteration, name),
            None => self.mark(iteration, MarkerKind::Parameter, name),
        }
    }

    /// Forgets everything: the run starts again.
    pub fn clear(&mut self) {
        *self = Self { version: self.version + 1, ..Self::default() };
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

    /// The curves that the recipe plots, by name.
    pub fn plotted(&self) -> impl Iterator<Item = (&str, &Curve)> {
        self.plotted.iter().map(|(name, curve)| (name.as_str(), curve))
    }

    /// The vertical lines, in the order in which they came.
    #[must_use]
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// Changes whenever a curve does.
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
        history.update(1, &[update(4, 1.0), update(16, 2.0)]);
        history.update(2, &[update(4, 1.0)]);
        history.update(3, &[]);
        assert_eq!(history.sides().collect::<Vec<_>>(), [(4, false), (16, false)]);
        let newest = |side| history.curve(side, Quantity::Gap).and_then(Curve::newest).map(|p| p.x);
        assert_eq!((newest(4), newest(16)), (Some(2.0), Some(1.0)));
        assert!(history.curve(0, Quantity::Gap).is_none());
    }

    #[test]
    fn another_pyramid_keeps_the_curves_of_the_sides_that_stay() {
        let mut history = History::default();
        let grids = |sides: &[usize]| -> Vec<GridUpdate> { sides.iter().map(|&side| update(side, 1.0)).collect() };
        history.update(1, &grids(&[2, 3, 4, 8]));
        history.update(2, &grids(&[4, 8]));
        history.update(3, &grids(&[3, 8]));
        assert_eq!(history.sides().collect::<Vec<_>>(), [(3, true), (8, true), (4, false), (2, false)]);
        let points = |side| history.curve(side, Quantity::Gap).map(Curve::len);
        assert_eq!([3, 8, 4, 2].map(points), [Some(2), Some(3), Some(2), Some(1)]);
    }

    #[test]
    fn a_runaway_does_not_become_usual() {
        let mut history = History::default();
        for iteration in 0..300 {
            history.update(iteration, &[update(4, 0.1)]);
        }
        for iteration in 300..310 {
            history.update(iteration, &[update(4, 1e6)]);
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
        history.update(50, &[update(4, 0.0)]);
        history.mark(50, MarkerKind::Divergence, "grid 2 ran away".to_owned());
        history.update(48, &[update(4, 0.0)]);
        assert_eq!(history.markers().len(), 1, "a rollback keeps what it was rolled back for");
        history.update(1, &[update(4, 0.0)]);
        assert!(history.markers().is_empty());
        assert_eq!(history.curve(4, Quantity::Gap).map(Curve::len), Some(1));
    }
}
