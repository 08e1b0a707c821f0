//! Vertical lines in the curves: what happened to a run and when.

use super::super::format;

/// Markers that are kept.
const MOST: usize = 1_000;

/// Why there is a vertical line in the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    Recipe,
    Parameter,
    Divergence,
    Checkpoint,
}

/// A vertical line in the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    pub iteration: u64,
    pub kind: MarkerKind,
    /// A few words.
    pub name: String,
    /// More about it; may be empty.
    pub details: String,
}

impl Marker {
    /// All there is to say.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\nupdate {}", self.name, format::count(self.iteration));
        if !self.details.is_empty() {
            text.push('\n');
            text.push_str(&self.details);
        }
        text
    }
}

/// Markers in the order in which they came, in bounded memory.
#[derive(Debug, Clone, Default)]
pub struct Markers {
    markers: Vec<Marker>,
}

impl Markers {
    /// All of them, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> &[Marker] {
        &self.markers
    }

    /// Adds a marker. When there are too many the oldest checkpoint goes, then the oldest of all.
    pub fn add(&mut self, marker: Marker) {
        if self.markers.len() >= MOST {
            let checkpoint = self.markers.iter().position(|marker| marker.kind == MarkerKind::Checkpoint);
            self.markers.remove(checkpoint.unwrap_or(0));
        }
        self.markers.push(marker);
    }

    /// Adds that a live parameter was set; one that is drawn along keeps a single marker.
    pub fn add_parameter(&mut self, iteration: u64, parameter: &str, value: &str) {
        let name = format!("{parameter} = {value}");
        let drawn = |marker: &Marker| {
            marker.kind == MarkerKind::Parameter
                && marker.name.strip_prefix(parameter).is_some_and(|rest| rest.starts_with(" = "))
                && iteration.saturating_sub(marker.iteration) < 10
        };
        match self.markers.last_mut().filter(|marker| drawn(marker)) {
            Some(marker) => (marker.iteration, marker.name) = (iteration, name),
            None => self.add(Marker { iteration, kind: MarkerKind::Parameter, name, details: String::new() }),
        }
    }

    /// Forgets all after this iteration.
    pub fn forget_after(&mut self, iteration: u64) {
        self.markers.retain(|marker| marker.iteration <= iteration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_outlive_many_checkpoints() {
        let mut markers = Markers::default();
        let mut add = |iteration, kind| {
            markers.add(Marker { iteration, kind, name: String::new(), details: String::new() });
        };
        add(1, MarkerKind::Recipe);
        (2..3_000).for_each(|iteration| add(iteration, MarkerKind::Checkpoint));
        assert_eq!(markers.all().len(), MOST);
        assert_eq!(markers.all()[0].kind, MarkerKind::Recipe);
    }

    #[test]
    fn a_parameter_that_is_drawn_along_has_one_marker() {
        let mut markers = Markers::default();
        (0..5).for_each(|at| markers.add_parameter(100 + at, "delta", &format!("0.{at}")));
        markers.add_parameter(200, "delta", "1");
        let names: Vec<&str> = markers.all().iter().map(|marker| marker.name.as_str()).collect();
        assert_eq!(names, ["delta = 0.4", "delta = 1"]);
    }
}
