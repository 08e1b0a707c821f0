//! Which network is looked at, and when the run's probe is asked about it.

use super::super::format;
use super::super::model::Model;
use crate::run::{Frame, NetworkAnswer, NetworkQuestion, Pictures, Weights};
use std::sync::Arc;

/// Seconds between two questions that differ in nothing but the iteration.
const PAUSE: f64 = 0.5;

/// An image that the user chose.
pub struct Chosen {
    /// Such as `observed 3 at 1,234`.
    pub name: String,
    pub picture: Arc<Pictures>,
}

/// What the panel wants to know.
pub struct Asking {
    /// Side of the grid; the finest one when `None`.
    pub side: Option<usize>,
    pub weights: Weights,
    /// Ask again as the run learns.
    pub follow: bool,
    /// A training image when `None`.
    pub image: Option<Chosen>,
    last: Option<Asked>,
}

/// The last question, and what was known when it was asked.
struct Asked {
    question: NetworkQuestion,
    seconds: f64,
    iteration: u64,
    plan: u64,
    /// Of the newest answer then.
    answer: u64,
}

/// What is to be done now.
#[derive(Debug, PartialEq)]
pub enum Step {
    Ask(NetworkQuestion),
    /// Look again after so many seconds.
    Wait(f64),
    Nothing,
}

impl Default for Asking {
    fn default() -> Self {
        Self { side: None, weights: Weights::Newest, follow: true, image: None, last: None }
    }
}

impl Asking {
    /// The grid that is looked at, if there is one: its number s and its side.
    #[must_use]
    pub fn grid(&self, frame: &Frame) -> Option<(usize, usize)> {
        let grids = || frame.grids.iter().enumerate().skip(1).map(|(at, grid)| (at, grid.side));
        grids().find(|(_, side)| Some(*side) == self.side).or_else(|| grids().next_back())
    }

    /// Takes picture `at` of `pictures`, which is called `name`.
    pub fn choose(&mut self, pictures: &Pictures, at: usize, name: &str, iteration: u64) {
        let bytes = pictures.side * pictures.side * 4;
        if let Some(rgba) = pictures.rgba.get(at * bytes..(at + 1) * bytes) {
            let picture = Arc::new(Pictures { side: pictures.side, count: 1, rgba: rgba.to_vec() });
            self.image = Some(Chosen { name: format!("{name} {} at {}", at + 1, format::count(iteration)), picture });
        }
    }

    /// Whether this answers the last question, and not one before it.
    #[must_use]
    pub fn is_answered_by(&self, answer: &NetworkAnswer) -> bool {
        self.last.as_ref().is_some_and(|last| last.question == answer.asked)
    }

    /// What to do at this time, in seconds. What is to be asked counts as asked.
    pub fn step(&mut self, model: &Model, seconds: f64) -> Step {
        let frame = &model.frame;
        let Some((grid, _)) = self.grid(frame).filter(|_| !model.over()) else {
            return Step::Nothing;
        };
        let image = self.image.as_ref().map(|chosen| Arc::clone(&chosen.picture));
        let question = NetworkQuestion { grid, image, weights: self.weights.clone() };
        if let Some(last) = &self.last {
            let answer = number(model);
            let other = last.question != question || last.plan != frame.plan_fingerprint;
            // The run began again, or another run is looked at.
            let begun = frame.iteration < last.iteration || answer < last.answer;
            let learned = self.follow && self.weights == Weights::Newest && frame.iteration > last.iteration;
            let left = last.seconds + PAUSE - seconds;
            if !other && !begun {
                match (learned && answer > last.answer, left > 0.0) {
                    (false, _) => return Step::Nothing,
                    (true, true) => return Step::Wait(left),
                    (true, false) => {}
                }
            }
        }
        self.last = Some(Asked {
            question: question.clone(),
            seconds,
            iteration: frame.iteration,
            plan: frame.plan_fingerprint,
            answer: number(model),
        });
        Step::Ask(question)
    }
}

fn number(model: &Model) -> u64 {
    model.answers.network.as_deref().map_or(0, |answer: &NetworkAnswer| answer.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{GridFrame, RecipeText};

    fn model(iteration: u64) -> Model {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        let grids = [1, 4, 16].map(|side| GridFrame { side, ..GridFrame::default() }).to_vec();
        model.frame = Arc::new(Frame { iteration, grids, ..Frame::default() });
        model
    }

    fn answered(model: &mut Model, number: u64) {
        model.answers.network = Some(Arc::new(NetworkAnswer { number, ..NetworkAnswer::default() }));
    }

    fn asks(step: &Step) -> Option<usize> {
        if let Step::Ask(question) = step { Some(question.grid) } else { None }
    }

    #[test]
    fn a_question_is_asked_once_and_again_when_it_is_another() {
        let (mut asking, model) = (Asking::default(), model(5));
        assert_eq!(asks(&asking.step(&model, 0.0)), Some(2), "the finest grid");
        assert_eq!(asking.step(&model, 9.0), Step::Nothing);
        asking.side = Some(4);
        assert_eq!(asks(&asking.step(&model, 9.0)), Some(1));
        asking.weights = Weights::Checkpoint("a".into());
        assert_eq!(asks(&asking.step(&model, 9.0)), Some(1));
        let older = NetworkQuestion { grid: 1, ..NetworkQuestion::default() };
        let newer = NetworkQuestion { weights: asking.weights.clone(), ..older.clone() };
        let answers = |asked| asking.is_answered_by(&NetworkAnswer { asked, ..NetworkAnswer::default() });
        assert!(answers(newer) && !answers(older));
    }

    #[test]
    fn it_follows_the_run_at_most_twice_a_second_and_never_before_an_answer() {
        let mut asking = Asking::default();
        asking.step(&model(5), 10.0);
        assert_eq!(asking.step(&model(6), 20.0), Step::Nothing, "the first question is open");
        let mut now = model(6);
        answered(&mut now, 1);
        assert_eq!(asking.step(&now, 10.25), Step::Wait(0.25));
        assert_eq!(asks(&asking.step(&now, 10.5)), Some(2));
        answered(&mut now, 2);
        assert_eq!(asking.step(&now, 20.0), Step::Nothing, "nothing was learned meanwhile");
        asking.follow = false;
        let mut later = model(9);
        answered(&mut later, 2);
        assert_eq!(asking.step(&later, 30.0), Step::Nothing);
        assert_eq!(asks(&asking.step(&model(0), 30.0)), Some(2), "the run began again");
    }

    #[test]
    fn a_grid_that_left_the_pyramid_gives_way_to_the_finest() {
        let asking = Asking { side: Some(7), ..Asking::default() };
        assert_eq!(asking.grid(&model(1).frame), Some((2, 16)));
        assert_eq!(asking.grid(&Frame::default()), None);
    }

    #[test]
    fn a_chosen_picture_stays_as_it_was() {
        let mut asking = Asking::default();
        let pictures = Pictures { side: 1, count: 2, rgba: vec![1, 2, 3, 255, 4, 5, 6, 255] };
        asking.choose(&pictures, 1, "observed", 1_234);
        asking.choose(&pictures, 9, "observed", 1_234);
        let chosen = asking.image.as_ref().unwrap();
        assert_eq!((chosen.name.as_str(), &chosen.picture.rgba[..]), ("observed 2 at 1,234", &[4, 5, 6, 255][..]));
    }
}
