//! Every recipe that ships learns: made small by its own words, and its iteration as it stands.

mod common;

use common::{error_of, finish, tiny_options};
use emberlab::recipe::RecipeText;
use emberlab::run::{Event, RunOptions};

/// A recipe on small grids, batches and networks, with chains of a few steps. What it says of them is kept where it is small.
fn small(text: &str) -> String {
    let mut text = text.to_string();
    for (large, small) in [
        ("folder(\"datasets/faces\")", "builtin(\"portraits\")"),
        ("svhn(\"datasets/svhn\")", concat!("svhn(\"", env!("CARGO_MANIFEST_DIR"), "/tests/data/mat/svhn\")")),
        ("resize(64)", "resize(16)"),
        ("resize(32)", "resize(16)"),
        ("size: 64", "size: 16"),
        ("size: 32", "size: 16"),
        ("[1, 32]", "[1, 16]"),
        ("steps: 100", "steps: 3"),
        ("steps: 90", "steps: 3"),
        ("steps: 30", "steps: 3"),
        ("steps: 20", "steps: 3"),
        ("fn batch_size()", "fn former_batch_size()"),
    ] {
        text = text.replace(large, small);
    }
    text + "\nfn batch_size() { 4 }\n"
}

#[test]
fn every_shipped_recipe_learns() {
    let mut recipes: Vec<_> = std::fs::read_dir("scripts").unwrap().map(|entry| entry.unwrap().path()).collect();
    recipes.sort();
    assert!(recipes.len() >= 12, "{recipes:?}");
    for path in recipes.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rhai")) {
        let text = small(&std::fs::read_to_string(&path).unwrap());
        let name = path.display().to_string();
        let events = finish(RunOptions { iterations: Some(2), ..tiny_options(RecipeText { path, text }) });
        assert_eq!(error_of(&events), None, "{name}");
        let learned = events.iter().any(|event| match event {
            Event::Update { iteration: 2, grids, .. } => {
                !grids.is_empty() && grids.iter().all(|grid| grid.gradient_norm > 0.0 && grid.gradient_norm.is_finite())
            }
            _ => false,
        });
        assert!(learned, "{name} updates every grid");
    }
}
