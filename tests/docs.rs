//! The documents are true: their recipes plan, they name every word of the language, and what they point to is there.

mod common;

use common::{TINY, error_of, finish, tiny_options};
use emberlab::recipe::{Plan, Recipe, RecipeError, RecipeText, dictionary, page};
use emberlab::run::{Event, RunOptions};
use std::collections::BTreeMap;
use std::path::Path;

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/recipes.md",
    "docs/performance.md",
    "docs/reproduction.md",
    "docs/reliability.md",
    "docs/safety.md",
    "docs/tour.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn plan(name: &str, text: String) -> Result<Plan, RecipeError> {
    Recipe::compile(RecipeText { path: name.into(), text }, &BTreeMap::new())?.plan()
}

/// Blocks of a document that are marked with exactly `language`, with the number of the line before each one's first.
fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (index, line) in document.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(name)) => open = Some((name == language, index + 1, String::new())),
            (Some(_), Some(_)) => {
                if let Some((true, before, text)) = open.take() {
                    blocks.push((before, text));
                }
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without end");
    blocks
}

/// What stands between each `before` and the `after` that follows it.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Whether a document shows `word` as code: called as a function, or alone in backticks.
fn shows(document: &str, word: &str) -> bool {
    document.match_indices(word).any(|(at, _)| {
        let before = document[..at].chars().next_back();
        let after = document[at + word.len()..].chars().next();
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        begins && (after == Some('(') || (after == Some('`') && matches!(before, Some('`' | '.'))))
    })
}

#[test]
fn every_recipe_in_the_documents_plans() {
    let mut count = 0;
    for name in DOCUMENTS {
        for (before, text) in blocks(&read(name), "rhai") {
            count += 1;
            // Empty lines in front make the error's line that of the document.
            let text = "\n".repeat(before) + text.as_str();
            if let Err(error) = plan(name, text) {
                panic!("{error}");
            }
        }
    }
    assert!(count >= 9, "{count} recipes found");
}

/// Whether a recipe says what is done with images, rather than what is done with defaults.
fn moves_images(recipe: &str) -> bool {
    ["fn iterate(", "fn step(", "custom("].iter().any(|part| recipe.contains(part))
}

/// Runs a recipe for two iterations, which must each make an update.
fn runs_twice(recipe: RecipeText, what: &str) {
    let events = finish(RunOptions { threads: None, iterations: Some(2), ..tiny_options(recipe) });
    let updates = events.iter().filter(|event| matches!(event, Event::Update { .. })).count();
    assert_eq!((error_of(&events), updates), (None, 2), "{what}");
}

#[test]
fn every_iteration_in_the_documents_runs_twice() {
    let mut count = 0;
    for (before, text) in blocks(&read("docs/recipes.md"), "rhai").into_iter().filter(|(_, text)| moves_images(text)) {
        count += 1;
        let recipe = RecipeText { path: "docs/recipes.md".into(), text: "\n".repeat(before) + text.as_str() };
        runs_twice(recipe, &format!("the recipe after line {before} of docs/recipes.md"));
    }
    assert!(count >= 8, "{count} iterations found");
}

/// A recipe with the tiny one's functions where it has none of its own.
fn made_tiny(recipe: &str) -> String {
    let missing = |line: &&str| !between(line, "fn ", "(").iter().any(|name| recipe.contains(&format!("fn {name}(")));
    TINY.lines().filter(missing).fold(format!("{recipe}\n"), |recipe, line| recipe + line + "\n")
}

#[test]
fn every_example_of_the_dictionary_plans_and_runs() {
    let mut statements = String::from("fn iterate(lab, batch) { let s = 1;\n");
    for entry in dictionary() {
        let (name, example) = (entry.names()[0], entry.example.as_deref().unwrap_or_default());
        assert!(!example.is_empty(), "{name} has no example");
        if !example.contains("fn ") {
            statements += &format!("{{ {example} }}\n");
            continue;
        }
        if let Err(error) = plan(&format!("example of {name}"), example.to_string()) {
            panic!("{error}");
        }
        if moves_images(example) {
            let path = format!("example of {name}").into();
            runs_twice(RecipeText { path, text: made_tiny(example) }, &format!("the example of {name}"));
        }
    }
    let text = made_tiny(&(statements + "}"));
    assert!(text.lines().count() > 40, "{text}");
    runs_twice(RecipeText { path: "examples".into(), text: text.clone() }, &text);
}

#[test]
fn the_page_of_recipes_is_written_from_the_dictionary() {
    let written = page(&read("docs/recipes.template.md")).unwrap();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(root().join("docs/recipes.md"), &written).unwrap();
    }
    let committed = read("docs/recipes.md");
    let differs = written.lines().zip(committed.lines()).position(|(written, committed)| written != committed);
    assert!(written == committed, "docs/recipes.md differs at line {differs:?}; run cargo run -p xtask -- docs");
}

#[test]
fn every_script_plans() {
    let mut count = 0;
    for folder in ["scripts", "benches"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "rhai") {
                count += 1;
                let name = format!("{folder}/{}", path.file_name().unwrap().display());
                if let Err(error) = plan(&name, read(&name)) {
                    panic!("{error}");
                }
            }
        }
    }
    assert!(count >= 5, "{count} scripts found");
}

#[test]
fn every_function_a_recipe_may_define_is_documented() {
    let document = read("docs/recipes.md");
    let source = read("src/recipe/compile.rs");
    let list = between(&source, "const FUNCTIONS", "];")[0];
    let functions = between(list, "(\"", "\"");
    assert!(functions.len() >= 10 && functions.contains(&"iterate"), "{functions:?}");
    for name in functions {
        assert!(document.contains(&format!("| `{name}(")), "docs/recipes.md has no row for fn {name}");
    }
}

#[test]
fn the_page_of_recipes_shows_every_word_and_option_of_the_dictionary() {
    let document = read("docs/recipes.md");
    for entry in dictionary() {
        for signature in &entry.signatures {
            let call = signature.call().replace('|', "\\|");
            assert!(document.contains(&format!("`{call}`")), "docs/recipes.md does not show {call}");
        }
        for option in &entry.options {
            let row = format!("| `{}` |", option.name);
            assert!(
                document.contains(&row),
                "docs/recipes.md has no row for option {} of {}",
                option.name,
                entry.names()[0]
            );
        }
    }
}

#[test]
fn every_word_is_documented() {
    let document = read("docs/recipes.md");
    let mut count = 0;
    for file in ["vocabulary", "kernels", "layers", "iteration", "live", "compile"] {
        let source = read(&format!("src/recipe/{file}.rs"));
        for registration in ["register_fn(", "register_get("] {
            for call in source.split(registration).skip(1) {
                // The name is the first argument; a call without one is not how a word is registered.
                let name = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                let name = name.unwrap_or_else(|| panic!("src/recipe/{file}.rs registers a word without a name"));
                assert!(shows(&document, name), "docs/recipes.md does not show {name}");
                count += 1;
            }
        }
    }
    assert!(count >= 45, "{count} words found");
}

#[test]
fn every_option_is_documented() {
    let document = read("docs/recipes.md");
    let source = [read("src/recipe/vocabulary.rs"), read("src/recipe/kernels.rs")].concat();
    let mut options = Vec::new();
    for reader in ["number", "count", "word", "take"] {
        options.extend(between(&source, &format!("options.{reader}(\""), "\""));
    }
    assert!(options.len() >= 30 && options.contains(&"per_position_cap"), "{options:?}");
    for name in options {
        assert!(document.contains(&format!("`{name}`")) || document.contains(&format!("#{{ {name}")), "option {name}");
    }
}

#[test]
fn what_the_documents_point_to_is_there() {
    for name in DOCUMENTS {
        let document = read(name);
        let mut places = between(&document, "](", ")");
        places.extend(document.split('`').skip(1).step_by(2));
        for place in places {
            let inside = ["src/", "tests/", "scripts/", "plugins/", "examples/", "benches/", "xtask/", "datasets/"];
            let is_path = !place.contains([' ', '*', '\n']) && inside.iter().any(|folder| place.starts_with(folder));
            let is_document = place.ends_with(".md") && !place.contains(' ');
            // Documents name each other and the tree from the repository's root.
            if is_path || is_document {
                assert!(root().join(place).exists(), "{name} points to {place}, which is not there");
            }
        }
    }
}

#[test]
fn the_documents_speak_of_the_project_alone() {
    for name in DOCUMENTS {
        let text = read(name);
        for word in ["/home/", "/root/", "/tmp/", "/work/", "crates.io"] {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
    let commands: Vec<String> = blocks(&read("README.md"), "sh").into_iter().map(|(_, text)| text).collect();
    for command in ["cargo run --release\n", "cargo test --release\n"] {
        assert!(commands.iter().any(|block| block == command), "README.md has no block with {command}");
    }
}

/// What stands in backquotes in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_fault_that_is_told_of_has_its_test() {
    let text = read("docs/reliability.md");
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 3).collect();
    assert!(rows.len() > 10, "docs/reliability.md has no table of faults");
    for row in rows.iter().filter(|row| !row.starts_with("| fault")) {
        let tests = row.rsplit(" | ").next().unwrap_or_default();
        let (files, names): (Vec<&str>, Vec<&str>) = quoted(tests).partition(|name| name.contains('/'));
        assert!(!files.is_empty() && !names.is_empty(), "no test by name and file: {row}");
        let texts: String = files.iter().map(|file| read(file)).collect();
        for name in names {
            assert!(texts.contains(&format!("fn {name}(")), "there is no {name} in {files:?}");
        }
    }
}

#[test]
fn the_oldest_compiler_is_the_one_that_is_stated() {
    let manifest = read("Cargo.toml");
    let stated = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    for name in ["README.md", "docs/safety.md"] {
        assert!(read(name).contains(&format!("Rust {stated}")), "{name} does not name Rust {stated}");
    }
}
