//! When each update of a run was: seconds of learning, and epochs.

use crate::lab::curve::MAX_POINTS;

/// An update.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tick {
    pub iteration: f64,
    /// Seconds of learning since the start of the run.
    pub seconds: f64,
    /// How often every training image was seen; NaN where it is not known.
    pub epochs: f64,
}

/// What runs along the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Abscissa {
    #[default]
    Update,
    Epoch,
    Time,
}

impl Abscissa {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Update, Self::Epoch, Self::Time];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Epoch => "epoch",
            Self::Time => "time",
        }
    }

    fn of(self, tick: &Tick) -> f64 {
        match self {
            Self::Update => tick.iteration,
            Self::Epoch => tick.epochs,
            Self::Time => tick.seconds,
        }
    }
}

/// The updates of a run in bounded memory: when it is full, every second one is forgotten, and times between are
/// interpolated.
#[derive(Debug, Clone)]
pub struct Clock {
    ticks: Vec<Tick>,
    newest: Tick,
    /// One update of so many is kept.
    stride: u32,
    passed: u32,
}

impl Default for Clock {
    fn default() -> Self {
        Self { ticks: Vec::new(), newest: Tick::default(), stride: 1, passed: 0 }
    }
}

impl Clock {
    /// Adds an update. `epoch` is the share of an epoch that an update is. An iteration that was seen before takes the
    /// place of everything from there on.
    pub fn push(&mut self, iteration: f64, seconds: f64, epoch: Option<f64>) {
        if iteration <= self.newest.iteration {
            self.ticks.truncate(self.ticks.partition_point(|tick| tick.iteration < iteration));
            self.newest = self.ticks.last().copied().unwrap_or_default();
        }
        let epochs = self.newest.epochs + (iteration - self.newest.iteration) * epoch.unwrap_or(f64::NAN);
        self.newest = Tick { iteration, seconds, epochs };
        self.passed += 1;
        if self.passed < self.stride {
            return;
        }
        self.passed = 0;
        self.ticks.push(self.newest);
        if self.ticks.len() >= MAX_POINTS {
            let mut second = true;
            self.ticks.retain(|_| {
                second = !second;
                second
            });
            self.stride *= 2;
        }
    }

    /// The newest update.
    #[must_use]
    pub fn newest(&self) -> &Tick {
        &self.newest
    }

    /// Whether the axis means something for this run.
    #[must_use]
    pub fn knows(&self, axis: Abscissa) -> bool {
        axis.of(&self.newest).is_finite()
    }

    /// Where an iteration is on an axis.
    #[must_use]
    pub fn place(&self, axis: Abscissa, iteration: f64) -> f64 {
        match axis {
            Abscissa::Update => iteration,
            axis => self.between(iteration, |tick| tick.iteration, |tick| axis.of(tick)),
        }
    }

    /// Which iteration is at a place of an axis.
    #[must_use]
    pub fn iteration(&self, axis: Abscissa, place: f64) -> f64 {
        match axis {
            Abscissa::Update => place,
            axis => self.between(place, |tick| axis.of(tick), |tick| tick.iteration),
        }
    }

    /// The value of `to` where `from` has this value, on straight lines between ticks and as far as the first and last.
    fn between(&self, value: f64, from: impl Fn(&Tick) -> f64, to: impl Fn(&Tick) -> f64) -> f64 {
        let after = self.ticks.partition_point(|tick| from(tick) < value);
        let start = Tick::default();
        let before = after.checked_sub(1).map_or(&start, |at| &self.ticks[at]);
        let next = self.ticks.get(after).unwrap_or(&self.newest);
        let width = from(next) - from(before);
        let share = if width > 0.0 { ((value - from(before)) / width).clamp(0.0, 1.0) } else { 1.0 };
        to(before) + share * (to(next) - to(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_epochs_are_found_and_found_back() {
        let mut clock = Clock::default();
        (1..=100).for_each(|at| clock.push(f64::from(at), 0.5 * f64::from(at), Some(0.02)));
        assert!((clock.place(Abscissa::Time, 30.0) - 15.0).abs() < 1e-9);
        assert!((clock.place(Abscissa::Epoch, 50.0) - 1.0).abs() < 1e-9);
        for axis in Abscissa::ALL {
            let there = clock.place(axis, 41.5);
            assert!((clock.iteration(axis, there) - 41.5).abs() < 1e-9, "{axis:?}");
        }
        assert_eq!(clock.place(Abscissa::Time, 1e9), 50.0, "nothing is known beyond the newest update");
    }

    #[test]
    fn other_batches_make_other_epochs_from_there_on() {
        let mut clock = Clock::default();
        (1..=10).for_each(|at| clock.push(f64::from(at), 0.0, Some(0.1)));
        (11..=20).for_each(|at| clock.push(f64::from(at), 0.0, Some(0.2)));
        assert!((clock.newest().epochs - 3.0).abs() < 1e-9);
        clock.push(11.0, 0.0, Some(0.1));
        assert!((clock.newest().epochs - 1.1).abs() < 1e-9, "going back goes back in epochs");
    }

    #[test]
    fn epochs_may_be_unknown() {
        let mut clock = Clock::default();
        clock.push(1.0, 1.0, None);
        assert!(!clock.knows(Abscissa::Epoch) && clock.knows(Abscissa::Time));
    }

    #[test]
    fn memory_stays_bounded_and_times_stay_right() {
        let mut clock = Clock::default();
        let count = MAX_POINTS as u32 * 3;
        (1..=count).for_each(|at| clock.push(f64::from(at), 2.0 * f64::from(at), None));
        assert!(clock.ticks.len() <= MAX_POINTS);
        for at in [1.0, 777.0, f64::from(count)] {
            assert!((clock.place(Abscissa::Time, at) - 2.0 * at).abs() < 1e-6, "{at}");
        }
    }
}
