//! Shipped recipes with tokens lost, doubled, exchanged and replaced, as edits of a healthy run: whatever comes of it,
//! nothing panics, a refusal changes nothing, and the healthy recipe can be put back. More cases by `PROPTEST_CASES`.

mod common;

use common::TINY;
use common::edits::{Healthy, Outcome};
use emberlab::recipe::RecipeText;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Cases where `PROPTEST_CASES` says nothing.
const CASES: u32 = 150;
/// How long an edit may take to its first iteration's end before the healthy recipe is put back.
const LONG: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
enum Mutation {
    Delete(prop::sample::Index),
    Double(prop::sample::Index),
    Exchange(prop::sample::Index, prop::sample::Index),
    Number(prop::sample::Index, &'static str),
    Word(prop::sample::Index, prop::sample::Index),
}

/// What numbers are replaced by.
const EXTREMES: [&str; 11] =
    ["0", "-1", "1", "0.5", "1e18", "1e-30", "1e39", "(0.0 / 0.0)", "(1.0 / 0.0)", "9223372036854775807", "\"3\""];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Mutation::Delete),
        at().prop_map(Mutation::Double),
        (at(), at()).prop_map(|(one, other)| Mutation::Exchange(one, other)),
        (at(), prop::sample::select(&EXTREMES[..])).prop_map(|(one, extreme)| Mutation::Number(one, extreme)),
        (at(), at()).prop_map(|(one, other)| Mutation::Word(one, other)),
    ]
}

/// Shipped recipes, on a pyramid, networks and batches of `TINY`'s size.
fn recipes() -> Vec<String> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(scripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| tiny(&std::fs::read_to_string(file).unwrap())).collect()
}

fn tiny(recipe: &str) -> String {
    let mut text = recipe.to_string();
    for function in ["data", "pyramid", "network", "batch_size"] {
        let Some(begin) = text.find(&format!("fn {function}(")) else { continue };
        let (mut depth, mut end) = (0, begin);
        for (at, letter) in text[begin..].char_indices() {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            if letter == '}' && depth == 0 {
                end = begin + at + 1;
                break;
            }
        }
        text.replace_range(begin..end, "");
    }
    let pyramid = if recipe.contains("sides(") { "sides([1, 8])" } else { "grids(#{ size: 8, factor: 2 })" };
    format!(
        "{text}\nfn pyramid() {{ {pyramid} }}\nfn network(s) {{ net([conv(4, 3), leaky(0.2)]) }}\nfn batch_size() {{ 4 }}\n"
    )
}

/// Words, numbers, spaces and comments, and single other letters.
fn tokens(text: &str) -> Vec<String> {
    let kind = |letter: char| match letter {
        letter if letter.is_alphanumeric() || "_.\"".contains(letter) => 0,
        letter if letter.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut last = 2;
    for letter in text.chars() {
        match tokens.last_mut() {
            Some(token) if kind(letter) == last && last != 2 => token.push(letter),
            _ => tokens.push(letter.to_string()),
        }
        last = kind(letter);
    }
    tokens
}

/// The text without its comments: a mutation in one of them would be none.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn mutated(text: &str, mutations: &[Mutation]) -> String {
    let mut tokens = tokens(&without_comments(text));
    for mutation in mutations {
        let of = |wanted: fn(char) -> bool| -> Vec<usize> {
            (0..tokens.len()).filter(|&at| tokens[at].starts_with(wanted)).collect()
        };
        let (any, numbers) = (of(|letter| !letter.is_whitespace()), of(|letter| letter.is_ascii_digit()));
        let words = of(|letter| letter.is_alphabetic() || letter == '"');
        if any.is_empty() || numbers.is_empty() || words.is_empty() {
            continue;
        }
        match mutation {
            Mutation::Delete(at) => tokens[*at.get(&any)].clear(),
            Mutation::Double(at) => {
                let token = &mut tokens[*at.get(&any)];
                *token = format!("{token} {token}");
            }
            Mutation::Exchange(one, other) => tokens.swap(*one.get(&any), *other.get(&any)),
            Mutation::Number(at, extreme) => tokens[*at.get(&numbers)] = (*extreme).into(),
            Mutation::Word(one, other) => tokens[*one.get(&words)] = tokens[*other.get(&words)].clone(),
        }
        tokens.retain(|token| !token.is_empty());
    }
    tokens.concat()
}

#[test]
fn a_damaged_recipe_never_harms_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.rhai");
    let shipped = recipes();
    let run = RefCell::new(Healthy::new(folder.path()));
    let outcomes = RefCell::new([0; 3]);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 30, ..Config::default() };
    let edits = (0..shipped.len(), prop::collection::vec(mutation(), 1..4));
    let result = TestRunner::new(config).run(&edits, |(recipe, mutations)| {
        let text = mutated(&shipped[recipe], &mutations);
        let mut run = run.borrow_mut();
        let before = run.saved();
        let outcome = run.edit(RecipeText { path: path.clone(), text: text.clone() }, LONG);
        match outcome {
            Outcome::Refused(refusal) => {
                outcomes.borrow_mut()[0] += 1;
                let within = (1..=text.lines().count() + 1).contains(&refusal.line) && refusal.column > 0;
                prop_assert!(within && !refusal.message.trim().is_empty(), "{text}\n{refusal:?}");
                let difference = run.saved().difference(&before);
                prop_assert!(difference.is_none(), "{text}\n{refusal:?}\nleft its mark: {difference:?}");
                prop_assert_eq!(run.recipe(), TINY);
            }
            // Some damage leaves a recipe that is sound, or a slow one.
            Outcome::Finished => {
                outcomes.borrow_mut()[1] += 1;
                run.heal(folder.path());
            }
            Outcome::UnderWay => {
                outcomes.borrow_mut()[2] += 1;
                run.heal(folder.path());
            }
        }
        Ok::<(), TestCaseError>(())
    });
    let [refused, finished, slow] = outcomes.into_inner();
    println!("{refused} refused, {finished} sound, {slow} slow");
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(refused > 0 && refused + finished + slow >= cases as usize);
}

#[test]
fn shipped_recipes_are_sound_before_they_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Healthy::new(folder.path());
    for text in recipes() {
        let recipe = RecipeText { path: folder.path().join("recipe.rhai"), text };
        match run.edit(recipe.clone(), Duration::from_secs(60)) {
            Outcome::Finished => run.heal(folder.path()),
            other => panic!("{}\n{other:?}", recipe.text),
        }
    }
}
