//! Recipes made of the dictionary's words with arbitrary arguments and maps: each plans or is refused.
#![no_main]

use emberlab::recipe::{Recipe, RecipeText};
use emberlab::run::{DictionaryEntry, DictionaryForm, dictionary};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The functions that a recipe may define, and what they are given.
const FUNCTIONS: [(&str, &str); 9] = [
    ("data", ""),
    ("pyramid", ""),
    ("network", "s"),
    ("kernel", "s"),
    ("reference", ""),
    ("optimizer", ""),
    ("rate", "t"),
    ("batch_size", ""),
    ("histogram", ""),
];

/// Values that are at the edge of something.
const EDGES: [&str; 24] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "8",
    "128",
    "1024",
    "65536",
    "0.5",
    "1e-30",
    "1e18",
    "1e39",
    "1e308",
    "-0.0",
    "(0.0 / 0.0)",
    "(1.0 / 0.0)",
    "9223372036854775807",
    "(-9223372036854775807 - 1)",
    "()",
    "true",
    "\"\"",
    "[]",
    "#{}",
];

/// Texts that some word knows.
const TEXTS: [&str; 18] = [
    "batch",
    "none",
    "group",
    "instance",
    "layer",
    "spectral",
    "same",
    "valid",
    "portraits",
    "joint",
    "marginal",
    "resample",
    "rollback",
    "pause",
    "block",
    "pseudo_inverse",
    "..",
    "/dev/null",
];

fn value(u: &mut Unstructured<'_>, out: &mut String, depth: usize) -> Result<()> {
    match u.int_in_range(0..=if depth > 4 { 4 } else { 8 })? {
        0 | 1 => out.push_str(u.choose(&EDGES)?),
        2 => write!(out, "({:?})", u.arbitrary::<i64>()?).unwrap_or(()),
        3 => write!(out, "({:?})", f64::from(u.arbitrary::<f32>()?)).unwrap_or(()),
        4 => write!(out, "{:?}", u.choose(&TEXTS)?).unwrap_or(()),
        5 => {
            out.push('[');
            for _ in 0..u.int_in_range(0..=4)? {
                value(u, out, depth + 1)?;
                out.push_str(", ");
            }
            out.push(']');
        }
        6 => {
            out.push_str("|a, b, c| ");
            value(u, out, depth + 1)?;
        }
        _ => call(u, out, depth + 1)?,
    }
    // Infinity and NaN are no literals of the language.
    for (word, literal) in [("(inf)", "(1.0/0.0)"), ("(-inf)", "(-1.0/0.0)"), ("(NaN)", "(0.0/0.0)")] {
        if out.ends_with(word) {
            out.truncate(out.len() - word.len());
            out.push_str(literal);
        }
    }
    Ok(())
}

/// A word of the dictionary, with arguments.
fn call(u: &mut Unstructured<'_>, out: &mut String, depth: usize) -> Result<()> {
    let entries: Vec<&DictionaryEntry> = dictionary().iter().filter(|entry| entry.section != "functions").collect();
    let entry = *u.choose(&entries)?;
    let signature = u.choose(&entry.signatures)?;
    let mut parameters = signature.parameters.iter();
    if signature.form == DictionaryForm::Method {
        parameters.next();
        value(u, out, depth + 1)?;
        out.push('.');
    }
    out.push_str(&signature.name);
    out.push('(');
    for (index, parameter) in parameters.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        match parameter.kind == "map" && !u.ratio(1, 16)? {
            true => map(u, out, entry, depth)?,
            false => value(u, out, depth + 1)?,
        }
    }
    out.push(')');
    Ok(())
}

/// A map of a word's options, each at most once.
fn map(u: &mut Unstructured<'_>, out: &mut String, entry: &DictionaryEntry, depth: usize) -> Result<()> {
    out.push_str("#{ ");
    for option in &entry.options {
        if u.ratio(1, 2)? {
            write!(out, "{}: ", option.name).unwrap_or(());
            value(u, out, depth + 1)?;
            out.push_str(", ");
        }
    }
    if u.ratio(1, 16)? {
        out.push_str("unknown: 1");
    }
    out.push('}');
    Ok(())
}

fn recipe(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for (name, parameters) in FUNCTIONS {
        if u.ratio(1, 3)? {
            write!(text, "fn {name}({parameters}) {{ ").unwrap_or(());
            value(u, &mut text, 0)?;
            text.push_str(" }\n");
        }
    }
    Ok(text)
}

fuzz_target!(|bytes: &[u8]| {
    emberlab_fuzz::caught_panics();
    let Ok(text) = recipe(&mut Unstructured::new(bytes)) else { return };
    if std::env::var_os("EMBERLAB_FUZZ_SHOW").is_some() {
        eprintln!("{text}");
    }
    let lines = text.split('\n').count();
    let recipe = RecipeText { path: "fuzz/recipe.rhai".into(), text };
    if let Err(error) = Recipe::compile(recipe, &BTreeMap::new()).and_then(|recipe| recipe.plan().map(drop)) {
        emberlab_fuzz::sound(&error.message);
        assert!((1..=lines + 1).contains(&error.line) && error.column > 0, "no place in the text: {error}");
    }
});
