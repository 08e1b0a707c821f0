//! The dictionary says what is true of the language: the words that the engine knows, the options that they take, and
//! the ranges that they keep to.

use emberlab::recipe::{Recipe, RecipeText, RegisteredWord, dictionary, registered_words};
use std::collections::{BTreeMap, BTreeSet};

/// What the engine says to a recipe whose pyramid is this expression.
fn refusal(expression: &str) -> String {
    let text = RecipeText { path: "recipe.rhai".into(), text: format!("fn pyramid() {{ {expression} }}") };
    let recipe = Recipe::compile(text, &BTreeMap::new()).unwrap_or_else(|error| panic!("{expression}: {error}"));
    recipe.plan().expect_err(expression).to_string()
}

#[test]
fn the_dictionary_and_the_engine_know_the_same_words() {
    let known = registered_words();
    let words = dictionary().iter().filter(|entry| !entry.is_defined_by_recipes());
    let described: BTreeSet<RegisteredWord> =
        words.flat_map(|entry| entry.signatures.iter().map(|signature| signature.registered())).collect();
    let missing: Vec<_> = known.difference(&described).collect();
    let unknown: Vec<_> = described.difference(&known).collect();
    assert!(known.len() > 90, "{} words", known.len());
    assert!(missing.is_empty(), "registered, but in no file of src/recipe/dictionary/: {missing:#?}");
    assert!(unknown.is_empty(), "in src/recipe/dictionary/, but not registered: {unknown:#?}");
}

#[test]
fn a_word_that_takes_a_map_has_the_options_that_the_dictionary_says() {
    let mut count = 0;
    for entry in dictionary() {
        let name = entry.names()[0];
        let takes_map = |kind: &str| kind == "map";
        let map_alone = entry.signatures.iter().any(|signature| match signature.parameters.as_slice() {
            [only] => takes_map(&only.kind),
            _ => false,
        });
        let some_map = entry.signatures.iter().any(|signature| signature.parameters.iter().any(|p| takes_map(&p.kind)));
        assert_eq!(some_map, !entry.options.is_empty(), "{name} takes a map, or has options, but not both");
        if !map_alone {
            continue;
        }
        count += 1;
        let error = refusal(&format!("{name}(#{{ no_such_option: 1 }})"));
        let known = error.split("there are ").nth(1).unwrap_or_else(|| panic!("{error}"));
        let known: BTreeSet<&str> = known.trim().split(", ").collect();
        let described: BTreeSet<&str> = entry.options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(known, described, "the options of {name}: what it takes, and what the dictionary says");
    }
    assert!(count >= 6, "{count} words with options");
}

#[test]
fn options_keep_to_the_ranges_that_the_dictionary_says() {
    let ends = |text: &str| -> Option<[f64; 2]> {
        let (low, high) = text.split_once(" to ")?;
        Some([low.replace(',', "").parse().ok()?, high.replace(',', "").parse().ok()?])
    };
    let mut count = 0;
    for entry in dictionary() {
        for option in &entry.options {
            let Some([low, high]) = option.range.as_deref().and_then(ends) else { continue };
            count += 1;
            let (word, name) = (entry.names()[0], &option.name);
            let error = refusal(&format!("{word}(#{{ {name}: {:.1} }})", 2.0 * high.max(0.0) + 1.0));
            let range = error.split("must be from ").nth(1).and_then(|rest| rest.split(',').next()).and_then(ends);
            assert_eq!(range, Some([low, high]), "the range of {name} of {word}: {error}");
        }
    }
    assert!(count >= 15, "{count} ranges");
}

#[test]
fn the_functions_of_a_recipe_take_what_the_dictionary_says() {
    for entry in dictionary().iter().filter(|entry| entry.is_defined_by_recipes()) {
        let [signature] = entry.signatures.as_slice() else { panic!("{:?}", entry.names()) };
        let parameters: Vec<&str> = signature.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let compile = |parameters: &[&str]| {
            let text = format!("fn {}({}) {{ }}", signature.name, parameters.join(", "));
            Recipe::compile(RecipeText { path: "recipe.rhai".into(), text }, &BTreeMap::new()).map(|_| ())
        };
        assert_eq!(compile(&parameters), Ok(()), "{}", signature.text);
        let error = compile(&[&parameters[..], &["more"]].concat()).unwrap_err().to_string();
        assert!(error.contains(&format!("must take {} parameters", parameters.len())), "{error}");
    }
}
