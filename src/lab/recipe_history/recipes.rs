//! The recipes that ran, and the way from one to another and back.

use super::name::name_of_change;
use crate::run::{Frame, Pictures};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Recipes that are remembered.
pub const MOST: usize = 64;
/// Pictures of a recipe, and their longest side in pixels.
const PICTURES: usize = 4;
const SIDE: usize = 64;
/// Pictures of the recipe in force are taken no more often.
const EVERY: Duration = Duration::from_secs(1);

/// A recipe that ran.
#[derive(Debug, Clone)]
pub struct Version {
    /// Names it for good.
    pub number: u64,
    pub text: Arc<str>,
    /// The text that ran before it; `None` for the first.
    pub before: Option<Arc<str>>,
    /// A few words: what it changed.
    pub name: String,
    /// The iterations at which it was put in place first and last.
    pub first: u64,
    pub last: u64,
    /// How often it was put in place.
    pub times: u64,
    /// What it made anew when it was put in place last.
    pub renewed: Vec<String>,
    /// Images of the finest grid when it was last in force, of the side they have here; and of which frame.
    pub pictures: Arc<Pictures>,
    pub pictured: u64,
    /// The run gave it up in its first iteration.
    pub failed: bool,
    parent: Option<u64>,
    child: Option<u64>,
}

/// Where to go among the recipes that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Travel {
    /// To the one in force before.
    Back,
    /// To the one from which the user went back.
    Forward,
    /// To the one of this number.
    To(u64),
}

/// The recipes that ran, oldest first.
#[derive(Debug, Clone)]
pub struct Recipes {
    versions: VecDeque<Version>,
    next: u64,
    current: u64,
    /// The one in force before the current one.
    previous: Option<u64>,
    /// Where the user went and the run is not yet.
    asked: VecDeque<u64>,
    /// Learning iterations that ended since the current one was put in place.
    updates: u64,
    pictured: Option<Instant>,
}

impl Recipes {
    /// Nothing but the recipe that the lab began with.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut recipes = Self {
            versions: VecDeque::new(),
            next: 0,
            current: 0,
            previous: None,
            asked: VecDeque::new(),
            updates: 0,
            pictured: None,
        };
        recipes.add(0, text, &[]);
        recipes
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn versions(&self) -> &VecDeque<Version> {
        &self.versions
    }

    /// The number of the one in force.
    #[must_use]
    pub fn current(&self) -> u64 {
        self.current
    }

    /// Whether there is one to go back to.
    #[must_use]
    pub fn can_go(&self, to: Travel) -> bool {
        self.target(to).is_some()
    }

    fn get(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Version> {
        self.versions.iter_mut().find(|version| version.number == number)
    }

    /// Where the user is: where the run is, or will be when it has taken what it was asked for.
    fn position(&self) -> u64 {
        self.asked.back().copied().unwrap_or(self.current)
    }

    fn target(&self, to: Travel) -> Option<u64> {
        let here = self.get(self.position());
        let number = match to {
            Travel::Back => here?.parent,
            Travel::Forward => here?.child,
            Travel::To(number) => Some(number),
        };
        number.filter(|&number| self.get(number).is_some())
    }

    /// Goes to another one; its text, or why there is none.
    pub fn travel(&mut self, to: Travel) -> Result<Arc<str>, &'static str> {
        let Some(number) = self.target(to) else {
            return Err(match to {
                Travel::Back => "This is the first recipe that this window knows; there is none to go back to.",
                Travel::Forward => "This is the newest recipe; there is none to go forward to.",
                Travel::To(_) => "That recipe is not remembered any more.",
            });
        };
        let here = self.position();
        let Some(version) = self.get_mut(number) else {
            return Err("That recipe is not remembered any more.");
        };
        if to == Travel::Back {
            version.child = Some(here);
        }
        let text = Arc::clone(&version.text);
        self.asked.push_back(number);
        Ok(text)
    }

    /// What was asked for does not come.
    pub fn stay(&mut self) {
        self.asked.clear();
    }

    /// The run put a recipe in place.
    pub fn applied(&mut self, iteration: u64, text: &str, renewed: &[String]) {
        let asked = self.asked.iter().position(|&number| self.get(number).is_some_and(|of| *of.text == *text));
        let number = match asked.and_then(|at| self.asked.drain(..=at).next_back()) {
            Some(number) => Some(number),
            None => {
                self.asked.clear();
                self.get(self.current).filter(|version| *version.text == *text).map(|version| version.number)
            }
        };
        match number {
            Some(number) if number == self.current && asked.is_none() => return,
            Some(number) => self.return_to(number, iteration, renewed),
            None => self.add(iteration, text, renewed),
        }
        self.updates = 0;
        self.pictured = None;
    }

    fn return_to(&mut self, number: u64, iteration: u64, renewed: &[String]) {
        self.previous = Some(self.current);
        self.current = number;
        if let Some(version) = self.get_mut(number) {
            (version.last, version.failed) = (iteration, false);
            version.times += 1;
            version.renewed = renewed.to_vec();
        }
    }

    fn add(&mut self, iteration: u64, text: &str, renewed: &[String]) {
        let number = self.next;
        let parent = self.get(self.current).map(|version| version.number);
        let before = self.get(self.current).map(|version| Arc::clone(&version.text));
        let name = before.as_ref().map_or_else(|| "as it began".to_owned(), |before| name_of_change(before, text));
        if let Some(current) = self.get_mut(self.current) {
            current.child = Some(number);
        }
        self.versions.push_back(Version {
            number,
            text: text.into(),
            before,
            name,
            first: iteration,
            last: iteration,
            times: 1,
            renewed: renewed.to_vec(),
            pictures: Arc::default(),
            pictured: 0,
            failed: false,
            parent,
            child: None,
        });
        self.next += 1;
        self.previous = parent;
        self.current = number;
        if self.versions.len() > MOST {
            self.versions.pop_front();
        }
    }

    /// The run ended an iteration.
    pub fn updated(&mut self) {
        self.updates += 1;
    }

    /// The run refused a recipe: one that was sent, or else maybe the one it had just put in place, from which it then went
    /// back to the one before, whose text this returns.
    pub fn refused(&mut self, was_sent: bool) -> Option<Arc<str>> {
        let was_sent = was_sent || !self.asked.is_empty();
        self.asked.clear();
        // The iteration in which a recipe was put in place may have ended; in the next one it is still on probation.
        let previous = self.previous.filter(|_| !was_sent && self.updates <= 1)?;
        let text = Arc::clone(&self.get(previous)?.text);
        if let Some(version) = self.get_mut(self.current) {
            version.failed = true;
        }
        self.current = previous;
        self.previous = None;
        Some(text)
    }

    /// Takes pictures of the recipe in force.
    pub fn look(&mut self, frame: &Frame) {
        if self.pictured.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        let Some(finest) = frame.grids.last().filter(|grid| grid.synthesized.count > 0) else {
            return;
        };
        let pictures = small(&finest.synthesized);
        if let Some(version) = self.get_mut(self.current).filter(|_| pictures.count > 0) {
            version.pictures = Arc::new(pictures);
            version.pictured = frame.number;
            self.pictured = Some(Instant::now());
        }
    }
}

/// The first few pictures, made smaller by means of whole blocks where they are large.
fn small(pictures: &Pictures) -> Pictures {
    let (from, bytes) = (pictures.side, pictures.side * pictures.side * 4);
    let block = from.div_ceil(SIDE).max(1);
    let side = from / block;
    let mut rgba = Vec::new();
    let whole = pictures.rgba.chunks_exact(bytes.max(1)).take(pictures.count.min(PICTURES));
    let count = whole.len();
    for picture in whole {
        for at in 0..side * side {
            let corner = (at / side * from + at % side) * block;
            for channel in 0..4 {
                let pixels = (0..block * block).map(|of| corner + of / block * from + of % block);
                let sum: usize = pixels.map(|pixel| usize::from(picture[pixel * 4 + channel])).sum();
                rgba.push((sum / (block * block)) as u8);
            }
        }
    }
    Pictures { side, count: if side == 0 { 0 } else { count }, rgba }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::GridFrame;

    fn names(recipes: &Recipes) -> Vec<u64> {
        recipes.versions().iter().map(|version| version.number).collect()
    }

    /// The run takes what the user went to.
    fn go(recipes: &mut Recipes, to: Travel, iteration: u64) -> String {
        let text = recipes.travel(to).unwrap();
        recipes.applied(iteration, &text, &[]);
        text.to_string()
    }

    #[test]
    fn back_and_forward_go_along_what_ran() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        recipes.applied(20, "c", &[]);
        assert_eq!(go(&mut recipes, Travel::Back, 30), "b");
        assert_eq!(go(&mut recipes, Travel::Back, 40), "a");
        assert!(recipes.travel(Travel::Back).is_err());
        assert_eq!(go(&mut recipes, Travel::Forward, 50), "b");
        assert_eq!(go(&mut recipes, Travel::Forward, 60), "c");
        assert!(recipes.travel(Travel::Forward).is_err());
        assert_eq!(names(&recipes), [0, 1, 2], "going about adds nothing");
        assert_eq!((recipes.versions()[1].first, recipes.versions()[1].last), (10, 50));
    }

    #[test]
    fn back_goes_to_what_was_in_force_before() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        go(&mut recipes, Travel::Back, 20);
        recipes.applied(30, "c", &[]);
        assert_eq!(go(&mut recipes, Travel::Back, 40), "a", "c followed a, not b");
        assert_eq!(go(&mut recipes, Travel::Forward, 50), "c");
        assert_eq!(go(&mut recipes, Travel::To(1), 60), "b");
    }

    #[test]
    fn pressing_twice_goes_two_back_before_the_run_has_taken_the_first() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        recipes.applied(20, "c", &[]);
        assert_eq!(&*recipes.travel(Travel::Back).unwrap(), "b");
        assert_eq!(&*recipes.travel(Travel::Back).unwrap(), "a");
        recipes.applied(30, "b", &[]);
        assert_eq!(recipes.current(), 1);
        recipes.applied(30, "a", &[]);
        assert_eq!((recipes.current(), recipes.versions().len()), (0, 3));
    }

    #[test]
    fn the_same_text_by_hand_is_a_step_of_its_own() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        recipes.applied(20, "a", &[]);
        recipes.applied(30, "a", &[]);
        assert_eq!(recipes.versions().len(), 3, "but not when it runs already");
        assert_eq!(go(&mut recipes, Travel::Back, 40), "b");
    }

    #[test]
    fn a_recipe_that_fails_at_once_is_left_for_the_one_before() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        recipes.updated();
        assert_eq!(recipes.refused(false).as_deref(), Some("a"));
        assert_eq!(recipes.current(), 0);
        assert!(recipes.versions()[1].failed);
        assert_eq!(recipes.refused(false), None);
        recipes.applied(20, "c", &[]);
        assert_eq!(recipes.refused(true), None, "one that was sent was refused, and this one runs on");
        recipes.updated();
        recipes.updated();
        assert_eq!(recipes.refused(false), None, "it has proved itself");
    }

    #[test]
    fn what_is_refused_on_the_way_leaves_the_user_where_the_run_is() {
        let mut recipes = Recipes::new("a");
        recipes.applied(10, "b", &[]);
        recipes.travel(Travel::Back).unwrap();
        assert_eq!(recipes.refused(true), None);
        assert_eq!(recipes.current(), 1);
        assert_eq!(&*recipes.travel(Travel::Back).unwrap(), "a");
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut recipes = Recipes::new("0");
        for at in 1..200 {
            recipes.applied(at, &at.to_string(), &[]);
        }
        assert_eq!(recipes.versions().len(), MOST);
        for at in (200 - MOST as u64..199).rev() {
            assert_eq!(go(&mut recipes, Travel::Back, 0), at.to_string());
        }
        assert!(recipes.travel(Travel::Back).is_err());
        assert!(recipes.versions()[0].before.is_some(), "what it changed is still told");
    }

    #[test]
    fn each_keeps_small_pictures_of_its_own() {
        let frame = |number, side, count, grey| {
            let synthesized = Pictures { side, count, rgba: vec![grey; side * side * 4 * count] };
            let grid = GridFrame { side, synthesized, ..GridFrame::default() };
            Frame { number, grids: vec![grid], ..Frame::default() }
        };
        let mut recipes = Recipes::new("a");
        recipes.look(&Frame::default());
        recipes.look(&frame(1, 128, 9, 40));
        recipes.applied(10, "b", &[]);
        recipes.look(&frame(2, 3, 2, 90));
        let [a, b] = [0, 1].map(|at| Arc::clone(&recipes.versions()[at].pictures));
        assert_eq!((a.side, a.count, a.rgba.len(), a.rgba[0]), (64, 4, 64 * 64 * 4 * 4, 40));
        assert_eq!((b.side, b.count, b.rgba[0]), (3, 2, 90));
        let mut broken = frame(3, 8, 4, 1);
        broken.grids[0].synthesized.rgba.truncate(7);
        recipes.applied(11, "c", &[]);
        recipes.look(&broken);
        assert_eq!(recipes.versions()[2].pictures.count, 0);
    }
}
