//! Any text as a recipe: it compiles and plans, or it is refused with a place.
#![no_main]

use emberlab::recipe::{Recipe, RecipeText};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|text: &str| {
    emberlab_fuzz::caught_panics();
    let lines = text.split('\n').count();
    let recipe = RecipeText { path: "fuzz/recipe.rhai".into(), text: text.into() };
    if let Err(error) = Recipe::compile(recipe, &BTreeMap::new()).and_then(|recipe| recipe.plan().map(drop)) {
        emberlab_fuzz::sound(&error.message);
        assert!((1..=lines + 1).contains(&error.line) && error.column > 0, "no place in the text: {error}");
    }
});
