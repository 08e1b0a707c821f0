//! Undoing changes of a text, whoever made them: the user's keys, a slider written back, the file.

use std::collections::VecDeque;

/// Steps that can be undone, and bytes that they may hold together.
const STEPS: usize = 500;
const BYTES: usize = 8_000_000;

/// How a change came about, which says whether it is one step with the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By keys: a word is one step.
    Typed,
    /// A number that is stepped up and down, which begins at this byte: all its steps are one.
    Stepped(usize),
    /// Otherwise: a step of its own.
    Whole,
}

/// A stretch of text and what took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// In bytes.
    at: usize,
    removed: String,
    inserted: String,
    change: Change,
}

/// The steps that led to a text.
#[derive(Debug, Clone, Default)]
pub struct Undo {
    /// The text as it was last seen.
    known: String,
    undone: Vec<Step>,
    done: VecDeque<Step>,
}

impl Undo {
    /// Nothing was changed yet.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { known: text.to_owned(), ..Self::default() }
    }

    /// Sees the text as it is now; if it changed, that was `change`.
    pub fn see(&mut self, text: &str, change: Change) {
        let Some(step) = Step::between(&self.known, text, change) else {
            return;
        };
        self.undone.clear();
        match self.done.back_mut().filter(|last| last.belongs_with(&step)) {
            Some(last) => {
                let mut before = std::mem::take(&mut self.known);
                before.replace_range(last.at..last.at + last.inserted.len(), &last.removed);
                match Step::between(&before, text, change) {
                    Some(both) => *last = both,
                    // Together they change nothing.
                    None => drop(self.done.pop_back()),
                }
            }
            None => self.done.push_back(step),
        }
        text.clone_into(&mut self.known);
        while self.done.len() > STEPS || self.done.len() > 1 && self.bytes() > BYTES {
            self.done.pop_front();
        }
    }

    /// Takes the last step back; the place in bytes where the text changed.
    pub fn undo(&mut self, text: &mut String) -> Option<usize> {
        self.see(text, Change::Whole);
        let step = self.done.pop_back()?;
        let (end, after) = (step.at + step.inserted.len(), step.at + step.removed.len());
        text.replace_range(step.at..end, &step.removed);
        text.clone_into(&mut self.known);
        self.undone.push(step);
        Some(after)
    }

    /// Takes back that a step was taken back.
    pub fn redo(&mut self, text: &mut String) -> Option<usize> {
        self.see(text, Change::Whole);
        let step = self.undone.pop()?;
        let (end, after) = (step.at + step.removed.len(), step.at + step.inserted.len());
        text.replace_range(step.at..end, &step.inserted);
        text.clone_into(&mut self.known);
        self.done.push_back(step);
        Some(after)
    }

    fn bytes(&self) -> usize {
        self.done.iter().map(|step| step.removed.len() + step.inserted.len()).sum()
    }
}

impl Step {
    /// The one stretch that differs.
    fn between(old: &str, new: &str, change: Change) -> Option<Self> {
        if old == new {
            return None;
        }
        let mut at = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        while !(old.is_char_boundary(at) && new.is_char_boundary(at)) {
            at -= 1;
        }
        let most = old.len().min(new.len()) - at;
        let mut tail = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
        while !(old.is_char_boundary(old.len() - tail) && new.is_char_boundary(new.len() - tail)) {
            tail -= 1;
        }
        let removed = old[at..old.len() - tail].to_owned();
        Some(Self { at, removed, inserted: new[at..new.len() - tail].to_owned(), change })
    }

    /// Whether this step and the next one are one to the user.
    fn belongs_with(&self, next: &Self) -> bool {
        let (end, next_end) = (self.at + self.inserted.len(), next.at + next.removed.len());
        match (self.change, next.change) {
            (Change::Typed, Change::Typed) => {
                let inside = self.at <= next.at && next_end <= end;
                let before = self.inserted.is_empty() && next.inserted.is_empty() && next_end == self.at;
                (inside || before || next.at == self.at) && self.is_one_word_with(next)
            }
            (Change::Stepped(number), Change::Stepped(next)) => number == next,
            _ => false,
        }
    }

    /// Whether keys that follow one another write or delete one word, with the space behind it.
    fn is_one_word_with(&self, next: &Self) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut written = next.inserted.chars();
        match (written.next(), written.next()) {
            // One character, typed behind others.
            (Some(key), None) if next.removed.is_empty() => {
                let last = self.inserted.chars().last();
                let begins = is_word(key) && last.is_some_and(|last| !is_word(last));
                key != '\n' && last.is_some() && !begins
            }
            // One character, deleted.
            (None, _) => {
                let one = |text: &str| text.chars().count() == 1;
                let edge = self.removed.chars().next().or_else(|| self.inserted.chars().last());
                let same = |c: char| edge.is_some_and(|edge| is_word(edge) == is_word(c));
                one(&next.removed) && next.removed.chars().all(|c| same(c) && c != '\n')
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Types at the end, key by key.
    fn typed(undo: &mut Undo, text: &mut String, keys: &str) {
        for key in keys.chars() {
            text.push(key);
            undo.see(text, Change::Typed);
        }
    }

    fn undone(undo: &mut Undo, text: &mut String) -> Vec<String> {
        std::iter::from_fn(|| undo.undo(text).map(|_| text.clone())).collect()
    }

    #[test]
    fn typing_is_undone_word_by_word() {
        let (mut undo, mut text) = (Undo::new(""), String::new());
        typed(&mut undo, &mut text, "let é = 1;\nx");
        let steps = undone(&mut undo, &mut text);
        assert_eq!(steps, ["let é = 1;\n", "let é = 1;", "let é = ", "let ", ""]);
        let mut again = Vec::new();
        while let Some(at) = undo.redo(&mut text) {
            again.push((text.clone(), at));
        }
        assert_eq!(again.last(), Some(&("let é = 1;\nx".to_owned(), 13)));
    }

    #[test]
    fn deleting_backwards_is_undone_word_by_word() {
        let (mut undo, mut text) = (Undo::new("one two"), "one two".to_owned());
        for _ in 0..5 {
            text.pop();
            undo.see(&text, Change::Typed);
        }
        assert_eq!(undone(&mut undo, &mut text), ["one", "one ", "one two"]);
    }

    #[test]
    fn what_the_program_changes_is_one_step() {
        let (mut undo, mut text) = (Undo::new("steps: 10"), "steps: 10".to_owned());
        typed(&mut undo, &mut text, "0");
        "noise: 1\nsteps: 7".clone_into(&mut text);
        undo.see(&text, Change::Whole);
        "steps: 100".clone_into(&mut text);
        undo.see(&text, Change::Whole);
        assert_eq!(undone(&mut undo, &mut text), ["noise: 1\nsteps: 7", "steps: 100", "steps: 10"]);
    }

    #[test]
    fn a_change_that_nobody_announced_is_seen_before_it_is_undone() {
        let (mut undo, mut text) = (Undo::new("a"), "b".to_owned());
        assert_eq!(undo.undo(&mut text), Some(1));
        assert_eq!(text, "a");
        assert_eq!(undo.redo(&mut text), Some(1));
        assert_eq!(text, "b");
        assert_eq!(undo.redo(&mut text), None);
    }

    #[test]
    fn a_stepped_number_goes_back_at_once() {
        let (mut undo, mut text) = (Undo::new("d: 1.8"), "d: 1.8".to_owned());
        for value in ["1.9", "2.0", "2.1"] {
            text = format!("d: {value}");
            undo.see(&text, Change::Stepped(3));
        }
        "d: 3.1".clone_into(&mut text);
        undo.see(&text, Change::Stepped(3));
        assert_eq!(undone(&mut undo, &mut text), ["d: 1.8"]);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(texts in proptest::collection::vec(("[aé \n]{0,9}", 0_usize..3), 1..20)) {
            let mut undo = Undo::new("");
            let mut text = String::new();
            for (next, change) in &texts {
                next.clone_into(&mut text);
                undo.see(&text, [Change::Typed, Change::Stepped(0), Change::Whole][*change]);
            }
            let last = text.clone();
            while undo.undo(&mut text).is_some() {}
            prop_assert_eq!(&text, "");
            while undo.redo(&mut text).is_some() {}
            prop_assert_eq!(text, last);
        }
    }
}
