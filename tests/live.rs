//! Live parameters: what they may be, how they are set and kept, and writing them back into the recipe's text.

mod common;

use common::{TINY, Watched, error_of, finish, text, tiny_options};
use emberlab::recipe::{LiveKind, LiveParameter, Recipe, Setting, WriteBackError};
use emberlab::run::{Command, Event, RunOptions};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn declared(script: &str, set: &[(&str, Setting)]) -> (Recipe, Vec<LiveParameter>) {
    let set: BTreeMap<String, Setting> = set.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let recipe = Recipe::compile(text(script), &set).unwrap();
    recipe.plan().unwrap();
    let live = recipe.live_parameters();
    (recipe, live)
}

const SCRIPT: &str = r#"// slider("steps", 99, 1, 999) in a comment is none
fn kernel(s) {
    let name = "slider(\"steps\", 1, 1, 1)";
    if toggle("cold", false, "no noise") { return langevin(#{ steps: 3, drift: 1 }); }
    langevin(#{ steps: slider("steps", 10, 1, 200), drift: slider( "drift" , 5e-4, 1e-5, 1e-1, "", "c" ), noise: slider("noise", 0.02, 0.0, 1.0) })
}
fn histogram() { choice("p(0)", "joint", ["joint", "marginal", "resample"]) }
"#;

#[test]
fn each_kind_is_its_value_and_can_be_set() {
    let word = |word: &str| Setting::Word(word.into());
    let (recipe, live) = declared(SCRIPT, &[("p(0)", word("resample")), ("cold", word("true"))]);
    assert_eq!(recipe.plan().unwrap().kernels[0].kernel.steps, 3);
    let kinds: Vec<(&str, Option<String>)> = live.iter().map(|live| (live.name.as_str(), live.word())).collect();
    assert_eq!(kinds, [("p(0)", Some("resample".into())), ("cold", Some("true".into()))]);
    assert_eq!(recipe.set_live_parameter("cold", 0.0).unwrap().word().unwrap(), "false");
    recipe.plan().unwrap();
    assert_eq!(recipe.live_parameters().len(), 5);
    assert_eq!(recipe.set_live_parameter("p(0)", 7.0).unwrap().setting(), word("resample"));
    assert!(matches!(recipe.live_parameters()[0].kind, LiveKind::Choice(ref words) if words.len() == 3));
    // A word that is no longer offered is the default again.
    assert_eq!(declared(SCRIPT, &[("p(0)", word("gone"))]).1[0].word().unwrap(), "joint");
}

#[test]
fn wrong_declarations_say_the_rule() {
    for (call, rule) in [
        ("choice(\"x\", \"c\", [\"a\", \"b\"])", "the default 'c' must be one of a, b"),
        ("choice(\"x\", \"a\", [])", "from 1 to 64 options"),
        ("choice(\"x\", \"a\", [\"a\", \"a\"])", "'a' stands there twice"),
        ("choice(\"x\", \"a\", [1])", "an option must be a string"),
        ("toggle(\"x\", 1)", "must be true or false, found i64"),
        ("slider(\"x\", 2, 3, 4)", "the default 2 must be from 3 to 4"),
        ("{ toggle(\"x\", true); slider(\"x\", 1, 0, 2) }", "declared twice, as two kinds"),
    ] {
        let script = format!("fn rate(t) {{\n    {call}\n}}");
        let error = Recipe::compile(text(&script), &BTreeMap::new()).and_then(|recipe| recipe.plan()).unwrap_err();
        assert!(error.message.contains(rule) && error.line == 2, "{call}: {error}");
    }
}

#[test]
fn words_are_told_kept_and_refused() {
    let recipe = TINY.replace(
        "noise: 0.02",
        "noise: if choice(\"noise\", \"low\", [\"low\", \"high\"]) == \"low\" { 0.1 } else { 0.2 }",
    );
    let set = |value: &str| RunOptions {
        iterations: Some(2),
        set: BTreeMap::from([("noise".into(), Setting::Word(value.into()))]),
        ..tiny_options(text(&recipe))
    };
    let error = error_of(&finish(set("loud"))).unwrap();
    assert!(error.contains("'noise' must be one of low, high, found 'loud'"), "{error}");
    assert_eq!(error_of(&finish(set("high"))), None);
    let mut run = Watched::new(tiny_options(text(&recipe)));
    run.wait_for_iteration(1);
    run.send(Command::SetParameter { name: "noise".into(), value: 1.0 });
    run.wait("the word", |event| match event {
        Event::ParameterSet { word, iteration, .. } => {
            Some((word.clone(), *iteration)).filter(|(word, _)| *word == Some("high".into()))
        }
        _ => None,
    });
    run.frame("the next step under it", |frame| {
        frame.grids[1].update.and_then(|update| update.temperature).is_some_and(|t| (t - 0.02).abs() < 1e-6)
    });
}

fn slider(name: &str, value: f64, low: f64, high: f64) -> LiveParameter {
    LiveParameter { name: name.into(), value, low, high, ..LiveParameter::default() }
}

#[test]
fn a_value_is_written_at_its_place_and_nothing_else_changes() {
    let live = declared(SCRIPT, &[]).1;
    let with = |name: &str, value: f64| {
        let parameter = live.iter().find(|live| live.name == name).unwrap();
        LiveParameter { value, ..parameter.clone() }.write_into(SCRIPT).unwrap()
    };
    assert_eq!(with("steps", 25.0), SCRIPT.replace("\"steps\", 10,", "\"steps\", 25,"));
    assert_eq!(with("drift", 0.002), SCRIPT.replace("5e-4", "2e-3"));
    assert_eq!(with("noise", f64::from(0.3f32)), SCRIPT.replace("0.02, 0.0", "0.3, 0.0"));
    assert_eq!(with("noise", 1.0), SCRIPT.replace("0.02, 0.0", "1.0, 0.0"));
    assert_eq!(with("cold", 1.0), SCRIPT.replace("\"cold\", false", "\"cold\", true"));
    assert_eq!(with("p(0)", 1.0), SCRIPT.replace("\"joint\", [", "\"marginal\", ["));
}

#[test]
fn what_cannot_be_written_says_why() {
    let write = |text: &str| slider("x", 2.0, 0.0, 4.0).write_into(text).unwrap_err();
    assert_eq!(write("fn rate(t) { 1 }"), WriteBackError::Absent { name: "x".into() });
    assert_eq!(write("// slider(\"x\", 1, 0, 4)"), WriteBackError::Absent { name: "x".into() });
    let twice = "slider(\"x\", 1, 0, 4) + slider(\"x\", 1, 0, 4)";
    assert_eq!(write(twice), WriteBackError::Repeated { name: "x".into(), times: 2 });
    let expression = "slider(\"x\", max(1, 2), 0, 4)";
    assert_eq!(write(expression), WriteBackError::Expression { name: "x".into(), default: "max(1, 2)".into() });
    for odd in [
        "slider(\"x\",",
        "slider(\"x\", )",
        "slider(\"x\", \"",
        "/* slider(\"x\", 1, 0, 4)",
        "`slider(\"x\", 1`",
        "é(\"x\", 1)",
        "slider(\"x\", 1",
    ] {
        let _ = slider("x", 2.0, 0.0, 4.0).write_into(odd).unwrap_err();
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(value in -1e6..1e6f64, wide in 1e-6..1e7f64, before in "[ -~é\n]{0,40}", after in "[ -~é\n]{0,40}") {
        let (low, high) = (value - wide, value + wide);
        let before = before.replace(['"', '`', '\'', '/'], " ");
        let text = format!("{before}\nslider(\"x\", 0.5, {low}, {high}){after}");
        let written = slider("x", value, low, high).write_into(&text).unwrap();
        let beginning = format!("{before}\nslider(\"x\", ");
        prop_assert!(written.starts_with(&beginning));
        let ending = format!(", {low}, {high}){after}");
        prop_assert!(written.ends_with(&ending));
        let found: f64 = written[before.len() + 13..written.len() - ending.len()].parse().unwrap();
        prop_assert!((found - value).abs() <= 3e-7 * wide, "{found} for {value}");
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC*") {
        let _ = slider("x", 1.0, 0.0, 2.0).write_into(&text);
    }
}
