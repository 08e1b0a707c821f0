//! When a question is asked: at once when it changed, but not too often; and again when the run has learned on.

use crate::run::{DiversityAnswer, DiversityQuestion, Weights};

/// Seconds between two questions while something is dragged.
const PACE: f64 = 0.08;
/// Seconds between two questions that only the run's progress asks for.
const FOLLOWING: f64 = 0.5;

/// What was asked last.
#[derive(Default)]
pub struct Asking {
    asked: Option<DiversityQuestion>,
    /// Seconds on the window's clock.
    at: f64,
    /// Learning updates of the run at that time.
    iteration: u64,
    /// Number of the answer that was there.
    number: Option<u64>,
}

/// What to do about a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Due {
    Now,
    /// In so many seconds.
    In(f64),
    Nothing,
}

/// What is known while deciding.
pub struct Moment<'a> {
    /// Seconds on the window's clock.
    pub now: f64,
    /// Learning updates of the run.
    pub iteration: u64,
    pub answer: Option<&'a DiversityAnswer>,
    pub follow: bool,
}

impl Asking {
    /// Whether it is time to ask `wanted`.
    #[must_use]
    pub fn due(&self, wanted: &DiversityQuestion, moment: &Moment<'_>) -> Due {
        let pace = match &self.asked {
            None => return Due::Now,
            Some(asked) if asked != wanted => PACE,
            Some(_) if self.is_behind(moment) => FOLLOWING,
            Some(_) => return Due::Nothing,
        };
        let wait = self.at + pace - moment.now;
        if wait > 0.0 { Due::In(wait) } else { Due::Now }
    }

    /// Whether the run has learned on since, and the answer is there.
    fn is_behind(&self, moment: &Moment<'_>) -> bool {
        let newest = self.asked.as_ref().is_some_and(|asked| asked.chains.weights == Weights::Newest);
        moment.follow && newest && moment.iteration > self.iteration && !self.is_waiting(moment.answer)
    }

    /// Whether the answer to what was asked last is not complete yet.
    #[must_use]
    pub fn is_waiting(&self, answer: Option<&DiversityAnswer>) -> bool {
        let own = answer.filter(|answer| Some(answer.number) != self.number);
        self.asked.is_some() && !own.is_some_and(|answer| answer.progress.done || answer.error.is_some())
    }

    /// Whether nothing but the noise would be new in `wanted`.
    #[must_use]
    pub fn is_new_in_noise_alone(&self, wanted: &DiversityQuestion) -> bool {
        self.asked.as_ref().is_some_and(|asked| {
            let mut same_noise = wanted.clone();
            same_noise.chains.noise = asked.chains.noise;
            asked != wanted && *asked == same_noise
        })
    }

    /// Notes that it was asked.
    pub fn asked(&mut self, question: DiversityQuestion, moment: &Moment<'_>) {
        *self = Self {
            asked: Some(question),
            at: moment.now,
            iteration: moment.iteration,
            number: moment.answer.map(|answer| answer.number),
        };
    }

    /// Asks anew as soon as may be.
    pub fn again(&mut self) {
        self.asked = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{ChainProgress, ChainSettings};

    fn question(seed: u8) -> DiversityQuestion {
        DiversityQuestion { seeds: vec![[seed; 3]], others: 4, copies: 8, chains: ChainSettings::default() }
    }

    fn answer(number: u64, done: bool) -> DiversityAnswer {
        let progress = ChainProgress { done, ..ChainProgress::default() };
        DiversityAnswer { number, progress, ..DiversityAnswer::default() }
    }

    fn moment(now: f64, iteration: u64, answer: Option<&DiversityAnswer>) -> Moment<'_> {
        Moment { now, iteration, answer, follow: true }
    }

    #[test]
    fn a_change_is_asked_at_once_but_not_more_than_twelve_times_a_second() {
        let mut asking = Asking::default();
        assert_eq!(asking.due(&question(1), &moment(5.0, 0, None)), Due::Now);
        asking.asked(question(1), &moment(5.0, 0, None));
        assert_eq!(asking.due(&question(1), &moment(5.01, 0, None)), Due::Nothing);
        assert!(matches!(asking.due(&question(2), &moment(5.01, 0, None)), Due::In(wait) if wait < PACE));
        assert_eq!(asking.due(&question(2), &moment(5.09, 0, None)), Due::Now);
    }

    #[test]
    fn the_run_is_followed_once_the_answer_is_complete() {
        let mut asking = Asking::default();
        let (old, growing, done) = (answer(3, true), answer(4, false), answer(5, true));
        asking.asked(question(1), &moment(5.0, 10, Some(&old)));
        assert_eq!(asking.due(&question(1), &moment(9.0, 11, Some(&old))), Due::Nothing, "the answer before");
        assert_eq!(asking.due(&question(1), &moment(9.0, 11, Some(&growing))), Due::Nothing);
        assert_eq!(asking.due(&question(1), &moment(9.0, 10, Some(&done))), Due::Nothing, "nothing was learned");
        assert_eq!(asking.due(&question(1), &moment(9.0, 11, Some(&done))), Due::Now);
        assert!(matches!(asking.due(&question(1), &moment(5.2, 11, Some(&done))), Due::In(_)));
        let still = Moment { follow: false, ..moment(9.0, 11, Some(&done)) };
        assert_eq!(asking.due(&question(1), &still), Due::Nothing);
    }

    #[test]
    fn a_checkpoint_does_not_learn_on() {
        let mut fixed = question(1);
        fixed.chains.weights = Weights::Checkpoint("runs/a/1".into());
        let mut asking = Asking::default();
        asking.asked(fixed.clone(), &moment(5.0, 10, None));
        assert_eq!(asking.due(&fixed, &moment(9.0, 11, Some(&answer(1, true)))), Due::Nothing);
    }
}
