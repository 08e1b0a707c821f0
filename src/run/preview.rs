//! What a recipe would change, found out aside, while the run goes on.

use super::engine::Engine;
use super::handle::RunPort;
use super::message::{Event, Preview};
use super::options::RunOptions;
use crate::recipe::{PlanDiff, Recipe, RecipeError, RecipeText};
use std::sync::{Arc, Mutex, PoisonError};

/// What previews are asked for. One is worked out at a time; of those asked for meanwhile the newest is next.
#[derive(Clone, Default)]
pub(super) struct Previews(Arc<Mutex<Asked>>);

#[derive(Default)]
struct Asked {
    under_way: bool,
    /// The running recipe and the text.
    next: Option<[RecipeText; 2]>,
}

impl Previews {
    /// Whether a thread must be started for these texts; the one under way takes them else.
    fn ask(&self, texts: [RecipeText; 2]) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.next = Some(texts);
        !std::mem::replace(&mut asked.under_way, true)
    }

    /// The next one, or the end of the thread: an ask from then on starts another.
    fn next(&self) -> Option<[RecipeText; 2]> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = asked.next.take();
        asked.under_way = next.is_some();
        next
    }

    /// Nothing is asked for, nothing under way.
    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Asked::default();
    }
}

impl Engine {
    /// Tells what `text` would change. The answer comes from a thread of its own.
    pub(super) fn preview(&mut self, text: RecipeText) {
        if !self.previews.ask([self.recipe.text().clone(), text]) {
            return;
        }
        let (port, options, previews) = (self.port.clone(), self.options.clone(), self.previews.clone());
        let spawned = std::thread::Builder::new().name("plan".into()).spawn(move || {
            crate::compute::lower_priority();
            while let Some([running, text]) = previews.next() {
                tell(&port, &options, running, text);
            }
        });
        if spawned.is_err() {
            self.previews.forget();
        }
    }
}

fn tell(port: &RunPort, options: &RunOptions, running: RecipeText, text: RecipeText) {
    let plan = |text: RecipeText| Recipe::compile_with(text, &options.set, &options.modules)?.plan();
    let preview = match plan(running).and_then(|old| Ok((old, plan(text.clone())?))) {
        Ok((old, new)) => {
            let diff = PlanDiff::between(&old, &new);
            let cost = diff.cost();
            Preview { text: text.text, kept: diff.kept, renewed: diff.renewed, cost, refusal: None }
        }
        Err(error) => {
            let RecipeError { path, line, column, message } = error;
            Preview { text: text.text, refusal: Some((path, line, column, message)), ..Preview::default() }
        }
    };
    port.tell(Event::Previewed(preview));
}
