//! The recipe under the user's hands, next to the one that runs: who has changed what, and who wins.

use super::undo::{Change, Undo};
use crate::run::{Preview, RecipeText};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where and why a recipe was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub path: PathBuf,
    /// From 1; 0 when the place is not known.
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// What became of the text that was sent last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The run has not said yet.
    Sent,
    /// It runs since this iteration.
    Applied(u64),
    Refused(Refusal),
}

/// What the recipe that was applied last kept and made anew.
#[derive(Debug, Clone)]
pub struct Landing {
    pub iteration: u64,
    pub kept: Vec<String>,
    pub renewed: Vec<String>,
    /// What an update costs since, in words, where the run had said so.
    pub cost: String,
    at: Instant,
}

/// The edited text and what it is compared with.
#[derive(Debug, Clone)]
pub struct Draft {
    path: PathBuf,
    /// What the editor shows.
    pub text: String,
    /// The text last written, or taken from the run: no unsaved edits against this.
    saved: String,
    /// The text that the run last said it applied.
    running: String,
    /// A text that came from outside while there were unsaved edits.
    theirs: Option<String>,
    fate: Option<Fate>,
    refusals: u64,
    /// What the run said that a text would change.
    preview: Option<Preview>,
    /// The text as it was when it last changed, and since when.
    still: (String, Instant),
    /// The text that the run was last asked about, and when.
    asked: Option<(String, Instant)>,
    landing: Option<Landing>,
    undo: Undo,
}

/// How long what a recipe kept is told after it was applied.
const TOLD: Duration = Duration::from_secs(8);
/// The keys must have rested for so long before the run is asked what a text would change.
const REST: Duration = Duration::from_millis(300);
/// A question that was not answered is put again.
const AGAIN: Duration = Duration::from_secs(2);

impl Draft {
    /// A draft of the recipe that runs.
    #[must_use]
    pub fn new(recipe: RecipeText) -> Self {
        Self {
            path: recipe.path,
            saved: recipe.text.clone(),
            running: recipe.text.clone(),
            undo: Undo::new(&recipe.text),
            landing: None,
            text: recipe.text,
            theirs: None,
            fate: None,
            refusals: 0,
            preview: None,
            still: (String::new(), Instant::now()),
            asked: None,
        }
    }

    /// The recipe's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the editor shows something that was not saved.
    #[must_use]
    pub fn unsaved(&self) -> bool {
        self.text != self.saved
    }

    /// Whether the editor shows something else than what runs.
    #[must_use]
    pub fn differs_from_running(&self) -> bool {
        self.text != self.running
    }

    /// The text that runs.
    #[must_use]
    pub fn running(&self) -> &str {
        &self.running
    }

    /// What became of the text sent last.
    #[must_use]
    pub fn fate(&self) -> Option<&Fate> {
        self.fate.as_ref()
    }

    /// The refusal, if it is about this file.
    #[must_use]
    pub fn refusal_here(&self) -> Option<&Refusal> {
        match &self.fate {
            Some(Fate::Refused(refusal)) if same_file(&refusal.path, &self.path) => Some(refusal),
            _ => None,
        }
    }

    /// Refusals so far; tells a new one from one that was seen.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals
    }

    /// Whether the user must choose between two texts.
    #[must_use]
    pub fn in_conflict(&self) -> bool {
        self.theirs.is_some()
    }

    /// The text that came from outside while there were unsaved edits.
    #[must_use]
    pub fn theirs(&self) -> Option<&str> {
        self.theirs.as_deref()
    }

    /// The text was changed in this way; it can be undone.
    pub fn changed(&mut self, change: Change) {
        self.undo.see(&self.text, change);
    }

    /// Puts another text in the editor, as one step that can be undone.
    pub fn replace(&mut self, text: &str) {
        self.changed(Change::Whole);
        text.clone_into(&mut self.text);
        self.changed(Change::Whole);
    }

    /// Takes the last change back; the byte of the text where that was.
    pub fn undo(&mut self) -> Option<usize> {
        self.undo.undo(&mut self.text)
    }

    /// Takes back that a change was taken back.
    pub fn redo(&mut self) -> Option<usize> {
        self.undo.redo(&mut self.text)
    }

    /// The recipe as the editor shows it, to write and to send.
    #[must_use]
    pub fn recipe(&self) -> RecipeText {
        RecipeText { path: self.path.clone(), text: self.text.clone() }
    }

    /// How long until the run is to be asked what the text would change, if it is to be.
    #[must_use]
    pub fn rest(&self) -> Option<Duration> {
        let known = self.preview.as_ref().is_some_and(|preview| preview.text == self.text);
        let asked = self.asked.as_ref().filter(|(text, _)| *text == self.text);
        let left =
            asked.map_or(REST.saturating_sub(self.still.1.elapsed()), |(_, at)| AGAIN.saturating_sub(at.elapsed()));
        (self.differs_from_running() && !known).then_some(left)
    }

    /// A question for the run, what the text would change, once the keys rest.
    pub fn question(&mut self) -> Option<RecipeText> {
        if self.still.0 != self.text {
            self.still = (self.text.clone(), Instant::now());
        }
        let known = self.preview.as_ref().is_some_and(|preview| preview.text == self.text);
        let waiting = self.asked.as_ref().is_some_and(|(text, at)| *text == self.text && at.elapsed() < AGAIN);
        if !self.differs_from_running() || known || waiting || self.still.1.elapsed() < REST {
            return None;
        }
        self.asked = Some((self.text.clone(), Instant::now()));
        Some(self.recipe())
    }

    /// The run answered.
    pub fn previewed(&mut self, preview: Preview) {
        self.preview = Some(preview);
    }

    /// What the text would change, where it differs from the one that runs and the run has said so.
    #[must_use]
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref().filter(|preview| self.differs_from_running() && preview.text == self.text)
    }

    /// This text was written and sent.
    pub fn mark_sent(&mut self, text: &str) {
        self.changed(Change::Whole);
        text.clone_into(&mut self.saved);
        self.theirs = None;
        self.fate = Some(Fate::Sent);
    }

    /// Goes back to the text that runs.
    pub fn revert(&mut self) {
        self.replace(&self.running.clone());
        self.theirs = None;
    }

    /// The user keeps the own text.
    pub fn keep_mine(&mut self) {
        self.theirs = None;
    }

    /// The user takes the text from outside.
    pub fn take_theirs(&mut self) {
        if let Some(theirs) = self.theirs.take() {
            self.replace(&theirs);
            self.saved = theirs;
        }
    }

    /// The run applied a recipe.
    pub fn applied(&mut self, iteration: u64, path: &Path, text: &str) {
        // A refused recipe stays in the editor when the run goes back to the one before it.
        if text == self.running && matches!(self.fate, Some(Fate::Refused(_))) && text != self.text {
            return;
        }
        text.clone_into(&mut self.running);
        self.fate = Some(Fate::Applied(iteration));
        if text == self.text || text == self.saved {
            // Our own text, come back; what was typed since then stays.
            if text == self.text {
                text.clone_into(&mut self.saved);
            }
            self.theirs = None;
        } else if self.unsaved() {
            self.theirs = Some(text.to_owned());
        } else {
            self.replace(text);
            text.clone_into(&mut self.saved);
            path.clone_into(&mut self.path);
        }
    }

    /// What the recipe that the run applied kept and made anew.
    pub fn landed(&mut self, iteration: u64, kept: &[String], renewed: &[String]) {
        let known = self.preview.as_ref().filter(|preview| preview.text == self.running);
        let cost = known.map_or(String::new(), |preview| preview.cost.clone());
        let (kept, renewed) = (kept.to_vec(), renewed.to_vec());
        self.landing = Some(Landing { iteration, kept, renewed, cost, at: Instant::now() });
    }

    /// What was kept and made anew, for a while after a recipe was applied, and how long that is still told.
    #[must_use]
    pub fn landing(&self) -> Option<(&Landing, Duration)> {
        let landing = self.landing.as_ref().filter(|_| matches!(self.fate, Some(Fate::Applied(_))))?;
        let left = TOLD.checked_sub(landing.at.elapsed())?;
        Some((landing, left))
    }

    /// The run went back to this text after the one that it had applied failed.
    pub fn went_back(&mut self, text: &str) {
        text.clone_into(&mut self.running);
    }

    /// The run refused a recipe.
    pub fn refused(&mut self, refusal: Refusal) {
        self.fate = Some(Fate::Refused(refusal));
        self.refusals += 1;
    }
}

/// Whether two paths mean one file, where one of them may be relative.
fn same_file(a: &Path, b: &Path) -> bool {
    a.ends_with(b) || b.ends_with(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "scripts/a.rhai";

    fn draft() -> Draft {
        Draft::new(RecipeText { path: PATH.into(), text: "a".to_owned() })
    }

    fn refusal(line: usize) -> Refusal {
        Refusal { path: PATH.into(), line, column: 1, message: "no".to_owned() }
    }

    #[test]
    fn a_change_outside_is_taken_when_nothing_is_unsaved() {
        let mut draft = draft();
        draft.applied(5, Path::new(PATH), "b");
        assert_eq!((draft.text.as_str(), draft.unsaved()), ("b", false));
        assert_eq!(draft.fate(), Some(&Fate::Applied(5)));
    }

    #[test]
    fn a_change_outside_waits_while_edits_are_unsaved() {
        let mut draft = draft();
        draft.text = "mine".to_owned();
        draft.applied(5, Path::new(PATH), "b");
        assert!(draft.in_conflict());
        assert_eq!(draft.text, "mine");
        let mut kept = draft.clone();
        kept.keep_mine();
        assert_eq!((kept.text.as_str(), kept.in_conflict(), kept.unsaved()), ("mine", false, true));
        draft.take_theirs();
        assert_eq!((draft.text.as_str(), draft.in_conflict(), draft.unsaved()), ("b", false, false));
    }

    #[test]
    fn typing_on_after_a_save_is_no_conflict() {
        let mut draft = draft();
        draft.text = "b".to_owned();
        draft.mark_sent(&draft.text.clone());
        draft.text = "bc".to_owned();
        draft.applied(6, Path::new(PATH), "b");
        assert_eq!((draft.text.as_str(), draft.in_conflict(), draft.unsaved()), ("bc", false, true));
        draft.revert();
        assert_eq!((draft.text.as_str(), draft.unsaved()), ("b", false));
    }

    #[test]
    fn what_was_not_typed_can_be_undone_too() {
        let mut draft = draft();
        draft.text = "mine".to_owned();
        draft.applied(5, Path::new(PATH), "theirs");
        draft.take_theirs();
        draft.text = "written back".to_owned();
        draft.mark_sent(&draft.text.clone());
        draft.applied(6, Path::new(PATH), "from outside");
        let mut undone = Vec::new();
        while draft.undo().is_some() {
            undone.push(draft.text.clone());
        }
        assert_eq!(undone, ["written back", "theirs", "mine", "a"]);
        assert!(draft.redo().is_some());
        assert_eq!(draft.text, "mine");
    }

    #[test]
    fn a_text_that_failed_is_no_longer_the_one_that_runs() {
        let mut draft = draft();
        draft.text = "fails".to_owned();
        draft.mark_sent("fails");
        draft.applied(7, Path::new(PATH), "fails");
        assert!(!draft.differs_from_running());
        draft.refused(refusal(1));
        draft.went_back("a");
        assert!(draft.differs_from_running());
        draft.revert();
        assert_eq!(draft.text, "a");
    }

    #[test]
    fn a_refused_text_stays_in_the_editor() {
        let mut draft = draft();
        draft.text = "broken".to_owned();
        draft.mark_sent(&draft.text.clone());
        draft.refused(refusal(3));
        draft.applied(7, Path::new(PATH), "a");
        assert_eq!(draft.text, "broken");
        assert_eq!(draft.refusal_here().map(|refusal| refusal.line), Some(3));
        draft.revert();
        assert_eq!((draft.text.as_str(), draft.unsaved()), ("a", true));
    }

    #[test]
    fn a_refusal_in_another_file_marks_no_line_here() {
        let mut draft = draft();
        draft.refused(Refusal { path: "scripts/module.rhai".into(), ..refusal(1) });
        assert!(draft.refusal_here().is_none());
        assert!(matches!(draft.fate(), Some(Fate::Refused(_))));
    }
}
