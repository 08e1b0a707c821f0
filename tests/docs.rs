//! The documents are true: their recipes compile and plan, and they name every word of the language.

use emberlab::recipe::{Recipe, RecipeText};
use std::collections::BTreeMap;
use std::path::Path;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Blocks of a document that are marked with exactly `language`, with the line each begins at.
fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (index, line) in document.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(name)) => open = Some((name == language, index + 2, String::new())),
            (Some(_), Some(_)) => {
                if let Some((true, start, text)) = open.take() {
                    blocks.push((start, text));
                }
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn every_recipe_in_the_documents_compiles() {
    let mut count = 0;
    for name in ["docs/recipes.md", "README.md"] {
        for (line, text) in blocks(&read(name), "rhai") {
            count += 1;
            let text = RecipeText { path: format!("{name} from line {line}").into(), text };
            let plan = Recipe::compile(text, &BTreeMap::new()).and_then(|recipe| recipe.plan());
            assert!(plan.is_ok(), "{}", plan.unwrap_err());
        }
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn every_word_is_documented() {
    let document = read("docs/recipes.md");
    let functions = "data batch_size histogram pyramid reference network kernel optimizer rate iterate";
    let words = "builtin folder resize range flip grey noise held_out grids sides conv norm relu leaky silu softplus \
                 net init fan_in normal langevin uniform gaussian sgd adam governor decade staircase cosine slider side \
                 up down sample keep kept update plot show grid count mean";
    for word in functions.split_whitespace().chain(words.split_whitespace()) {
        let named = ["(", "`", "."].iter().any(|end| document.contains(&format!("{word}{end}")));
        assert!(named, "docs/recipes.md does not name {word}");
    }
    // And the list above is whole: it has every word the vocabulary registers.
    for file in ["src/recipe/vocabulary.rs", "src/recipe/iteration.rs", "src/recipe/live.rs", "src/recipe/compile.rs"] {
        let source = read(file);
        for part in source.split("register_fn(").skip(1).chain(source.split("register_get(").skip(1)) {
            let word = part.split('"').nth(1).unwrap();
            assert!(words.split_whitespace().any(|known| known == word), "{file} registers {word}");
        }
    }
}

#[test]
fn documents_speak_of_the_project_alone() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/recipes.md"] {
        let text = read(name);
        for word in ["/home/", "/tmp/", "crates.io"] {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
    assert!(read("README.md").contains("cargo run --release") && read("README.md").contains("cargo test --release"));
}
