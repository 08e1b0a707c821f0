//! What a recipe would change, found out aside, while the run goes on.

use super::engine::Engine;
use super::handle::RunPort;
use super::message::{Event, Preview};
use super::options::RunOptions;
use crate::recipe::{PlanDiff, Recipe, RecipeError, RecipeText};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a preview is under way: there is one at a time, and what is asked meanwhile must be asked again.
#[derive(Clone, Default)]
pub(super) struct Previews(Arc<AtomicBool>);

impl Engine {
    /// Tells what `text` would change. The answer comes from a thread of its own.
    pub(super) fn preview(&mut self, text: RecipeText) {
        if self.previews.0.swap(true, Ordering::AcqRel) {
            return;
        }
        let (running, options) = (self.recipe.text().clone(), self.options.clone());
        let (port, busy) = (self.port.clone(), self.previews.0.clone());
        let spawned = std::thread::Builder::new().name("plan".into()).spawn(move || {
            crate::compute::lower_priority();
            tell(&port, &options, running, text);
            busy.store(false, Ordering::Release);
        });
        if spawned.is_err() {
            self.previews.0.store(false, Ordering::Release);
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
