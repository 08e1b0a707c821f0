//! The recipe that a run begins with.

use super::engine::printing;
use super::handle::{COMMANDS, RunPort};
use super::inspect::Inspections;
use super::message::{Command, Event};
use super::options::{RunError, RunOptions};
use super::plugins::with_plugins;
use crate::recipe::{Plan, Recipe, RecipeError, RecipeText};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Waits for a recipe in place of `refused`, or for plugins that may mend it; `None` when the run is to end instead. What else is
/// commanded meanwhile is for the run, once it has begun.
pub(super) fn next_recipe(port: &RunPort, options: &mut RunOptions, refused: &RecipeText) -> Option<RecipeText> {
    let inspections = Inspections::default();
    let mut others = VecDeque::new();
    let next = loop {
        match port.take() {
            Ok(Command::SwapRecipe(text)) => break Some(text),
            Ok(Command::SetPlugins(plugins)) => {
                for error in &plugins.broken {
                    port.tell(Event::Warning { iteration: 0, message: format!("{error}; it is left out") });
                }
                options.modules = with_plugins(options, plugins);
                break Some(refused.clone());
            }
            Ok(Command::Inspect(path)) => inspections.ask_without_plan(port, path, refused),
            Ok(Command::Stop) | Err(_) => return None,
            Ok(other) => {
                others.push_back(other);
                // Whoever commands on and on, and no recipe, has the newest kept.
                if others.len() > COMMANDS {
                    others.pop_front();
                }
            }
        }
    };
    port.put_back(others);
    next
}

/// The first recipe and its plan. In the window a broken one waits for a better one.
pub(super) fn first_recipe(
    port: &RunPort,
    options: &mut RunOptions,
    printed_at: &Rc<Cell<u64>>,
) -> Result<Option<(Recipe, Plan)>, RunError> {
    let mut text = options.recipe.clone();
    loop {
        let error = match compile(port, options, printed_at, text.clone()) {
            Ok((recipe, plan)) => {
                check_parameters(&recipe, options)?;
                return Ok(Some((recipe, plan)));
            }
            Err(error) if options.interactive => error,
            Err(error) => return Err(error.into()),
        };
        let RecipeError { path, line, column, message } = error;
        port.tell(Event::RecipeRefused { iteration: 0, path, line, column, message });
        text = match next_recipe(port, options, &text) {
            Some(text) => text,
            None => return Ok(None),
        };
    }
}

/// A compiled recipe that tells the client what it prints, from its plan on, and the plan.
pub(super) fn compile(
    port: &RunPort,
    options: &RunOptions,
    printed_at: &Rc<Cell<u64>>,
    text: RecipeText,
) -> Result<(Recipe, Plan), RecipeError> {
    let mut recipe = Recipe::compile_with(text, &options.set, &options.modules)?;
    recipe.on_print(printing(port, printed_at));
    let plan = recipe.plan()?;
    super::memory::check(&recipe, &plan)?;
    Ok((recipe, plan))
}

/// Parameters set on the command line must be there.
fn check_parameters(recipe: &Recipe, options: &RunOptions) -> Result<(), RunError> {
    let declared = recipe.live_parameters();
    for (name, setting) in &options.set {
        let Some(parameter) = declared.iter().find(|live| live.name == *name) else {
            let names: Vec<&str> = declared.iter().map(|live| live.name.as_str()).collect();
            let known = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(RunError::Parameter { name: name.clone(), known });
        };
        if let Err(rule) = parameter.accepts(setting) {
            return Err(RunError::Setting { name: name.clone(), setting: setting.to_string(), rule });
        }
    }
    Ok(())
}
