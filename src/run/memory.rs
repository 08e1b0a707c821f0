//! Whether a plan fits into the machine's memory: asked before anything is made for it.

use crate::recipe::{Plan, Recipe, RecipeError, free_memory, held_memory};

/// Refuses a plan that needs more than the machine can give. Where that cannot be known, any plan is taken.
///
/// # Errors
/// At `fn network` if a single image is too many already, else at `fn batch_size`; the message names both numbers.
pub(super) fn check(recipe: &Recipe, plan: &Plan) -> Result<(), RecipeError> {
    match available() {
        Some(most) => within(recipe, plan, most),
        None => Ok(()),
    }
}

fn within(recipe: &Recipe, plan: &Plan, most: u64) -> Result<(), RecipeError> {
    let needed = plan.memory();
    if needed <= most {
        return Ok(());
    }
    let single = Plan { batch: 1, ..plan.clone() }.memory();
    let (functions, remedy) = match single <= most {
        true => (["batch_size", "network", "pyramid"], "take fewer images in a batch"),
        false => (["network", "pyramid", "batch_size"], "take fewer channels, a larger stride or smaller grids"),
    };
    let batch = plan.batch;
    let message = format!(
        "learning with {batch} images in a batch takes about {} MB, but this machine has {} MB for it; {remedy}",
        needed / 1_000_000,
        most / 1_000_000
    );
    Err(recipe.refusal(&functions, message))
}

/// Bytes that the program may hold in all: what it holds now and what else is free.
fn available() -> Option<u64> {
    Some(free_memory()? + held_memory().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeText;
    use std::collections::BTreeMap;

    fn refused(text: &str, most: u64) -> Option<(usize, String)> {
        let text = RecipeText { path: "recipe.rhai".into(), text: text.into() };
        let recipe = Recipe::compile(text, &BTreeMap::new()).unwrap();
        let plan = recipe.plan().unwrap();
        within(&recipe, &plan, most).err().map(|error| (error.line, error.message))
    }

    #[test]
    fn a_plan_beyond_the_memory_is_refused_at_what_makes_it_large() {
        let recipe = "fn pyramid() { sides([1, 8]) }\nfn network(s) { net([conv(8, 3)]) }\nfn batch_size() { 1000 }\n";
        assert_eq!(refused(recipe, u64::MAX), None);
        let (line, message) = refused(recipe, 2_000_000).unwrap();
        assert!(line == 3 && message.contains("1000 images") && message.contains("has 2 MB"), "{message}");
        let (line, message) = refused(recipe, 1000).unwrap();
        assert!(line == 2 && message.contains("fewer channels"), "{message}");
        let (line, _) = refused("\nfn pyramid() { sides([1, 8]) }", 1000).unwrap();
        assert_eq!(line, 2, "what the recipe leaves out is not to blame");
    }

    #[test]
    fn this_machine_has_memory() {
        if cfg!(target_os = "linux") {
            assert!(available().is_some_and(|bytes| bytes > 1 << 20));
        }
    }
}
