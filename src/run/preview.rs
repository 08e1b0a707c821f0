//! What a recipe would change, found out aside, while the run goes on.

use super::engine::Engine;
use super::handle::RunPort;
use super::message::{Event, Preview};
use super::newest::Newest;
use super::options::RunOptions;
use crate::recipe::{PlanDiff, Recipe, RecipeError, RecipeText};

/// The running recipe and a text that would take its place.
pub(super) type Previews = Newest<[RecipeText; 2]>;

impl Engine {
    /// Tells what `text` would change. The answer comes from a thread of its own.
    pub(super) fn preview(&mut self, text: RecipeText) {
        let (port, options) = (self.port.clone(), self.options.clone());
        let asked = self.previews.ask("plan", [self.recipe.text().clone(), text], move |[running, text]| {
            tell(&port, &options, running, text);
        });
        if let Err(error) = asked {
            let message = format!("no thread can be started to look at the recipe: {error}");
            self.port.tell(Event::Warning { iteration: self.iteration, message });
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
