//! The dictionary of recipes: every word with its signatures, meaning, options and an example. The page
//! `docs/recipes.md`, the definitions for editors and the lab's hints are made of it.

mod definitions;
mod page;
mod registered;
mod signature;

pub use definitions::definitions;
pub use page::page;
pub use registered::{RegisteredWord, registered_words};
pub use signature::{Form, Parameter, Signature};

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The sections in the order of the page, each a file.
const SECTIONS: [(&str, &str); 11] = [
    ("functions", include_str!("functions.toml")),
    ("data", include_str!("data.toml")),
    ("pyramid", include_str!("pyramid.toml")),
    ("layers", include_str!("layers.toml")),
    ("kernels", include_str!("kernels.toml")),
    ("learning", include_str!("learning.toml")),
    ("schedules", include_str!("schedules.toml")),
    ("iteration", include_str!("iteration.toml")),
    ("starts", include_str!("starts.toml")),
    ("images", include_str!("images.toml")),
    ("live", include_str!("live.toml")),
];

/// The section of the functions that a recipe may define; all others hold words that it may call.
const FUNCTIONS: &str = "functions";

/// A word of recipes, or words of one meaning; or a function that a recipe may define.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `functions`, `data`, `pyramid`, `layers`, `kernels`, `learning`, `schedules`, `iteration`, `starts`, `images`
    /// or `live`.
    pub section: String,
    /// The ways to call it; at least one.
    pub signatures: Vec<Signature>,
    /// A sentence or two, in Markdown, with ranges.
    pub about: String,
    /// What holds where a recipe leaves it out.
    pub default: Option<String>,
    /// The names that its map takes.
    pub options: Vec<EntryOption>,
    /// Functions of a recipe, or statements of an iteration in which `s`, `lab` and `batch` are known.
    pub example: Option<String>,
    /// Where it comes from: an equation of the paper, or another paper.
    pub source: Option<String>,
}

/// A name in the map that a word takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryOption {
    pub name: String,
    pub about: String,
    pub range: Option<String>,
    pub default: Option<String>,
}

/// What is wrong with the dictionary, or with what is made of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DictionaryError {
    pub place: String,
    pub reason: String,
}

/// All entries, section by section.
#[must_use]
pub fn dictionary() -> &'static [Entry] {
    // Its files are part of the program, and a test parses them.
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        SECTIONS.iter().flat_map(|(section, text)| parse(section, text).unwrap_or_default()).collect()
    });
    &ENTRIES
}

impl Entry {
    /// Whether it is a function that recipes may define, rather than a word that they call.
    #[must_use]
    pub fn is_defined_by_recipes(&self) -> bool {
        self.section == FUNCTIONS
    }

    /// The names that it can be looked up by: one, or several for words of one meaning.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.signatures.iter().map(|signature| signature.name.as_str()).collect();
        names.dedup();
        names
    }

    /// All that is known of it, in Markdown: for a hint at the word.
    #[must_use]
    pub fn markdown(&self) -> String {
        let signatures: Vec<&str> = self.signatures.iter().map(|signature| signature.text.as_str()).collect();
        format!("```text\n{}\n```\n\n{}", signatures.join("\n"), self.description())
    }

    /// As [`Self::markdown`], without the signatures.
    fn description(&self) -> String {
        let mut text = self.about.clone();
        let mut add = |part: String| text.push_str(&part);
        if let Some(default) = &self.default {
            add(format!("\n\nDefault: {default}."));
        }
        if !self.options.is_empty() {
            add("\n".into());
        }
        for option in &self.options {
            let range = option.range.iter().map(|range| format!(", {range}"));
            let default = option.default.iter().map(|default| format!("; default {default}"));
            let limits: String = range.chain(default).collect();
            add(format!("\n- `{}`: {}{limits}", option.name, option.about));
        }
        if let Some(source) = &self.source {
            add(format!("\n\nSource: {source}."));
        }
        if let Some(example) = &self.example {
            add(format!("\n\n```rhai\n{}\n```", example.trim()));
        }
        text
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    word: Vec<WordText>,
    #[serde(default)]
    option: Vec<OptionText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordText {
    signatures: Vec<String>,
    about: String,
    default: Option<String>,
    example: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionText {
    /// The words that take it.
    of: Vec<String>,
    name: String,
    about: String,
    range: Option<String>,
    default: Option<String>,
}

/// Reads the text of a section.
fn parse(section: &str, text: &str) -> Result<Vec<Entry>, DictionaryError> {
    let wrong = |reason: String| DictionaryError { place: format!("dictionary/{section}.toml"), reason };
    let file: SectionFile = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let mut entries = Vec::new();
    for word in file.word {
        let signature = |text: &String| {
            Signature::parse(text).ok_or_else(|| wrong(format!("'{text}' is no signature; see signature.rs for those")))
        };
        let signatures = word.signatures.iter().map(signature).collect::<Result<Vec<_>, _>>()?;
        if signatures.is_empty() || word.about.is_empty() {
            return Err(wrong("a word needs a signature and what it is about".into()));
        }
        let WordText { about, default, example, source, .. } = word;
        let (section, options) = (section.to_string(), Vec::new());
        entries.push(Entry { section, signatures, about, default, options, example, source });
    }
    for OptionText { of, name, about, range, default } in file.option {
        let option = EntryOption { name, about, range, default };
        for word in &of {
            let entry = entries.iter_mut().find(|entry| entry.names().contains(&word.as_str()));
            let known = format!("option '{}' is of '{word}', which is no word of this file", option.name);
            entry.ok_or_else(|| wrong(known))?.options.push(option.clone());
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_read() {
        for (section, text) in SECTIONS {
            let entries = parse(section, text).unwrap_or_else(|error| panic!("{error}"));
            assert!(!entries.is_empty() && entries.iter().all(|entry| entry.example.is_some()), "{section}");
        }
    }

    #[test]
    fn options_belong_to_the_words_they_name() {
        let text = r#"
            word = [{ signatures = ["a(options: map) -> Kernel"], about = "A." }, { signatures = ["b()"], about = "B." }]
            option = [{ of = ["a"], name = "steps", about = "how many", range = "1 to 9", default = "2" }]
        "#;
        let entries = parse("kernels", text).unwrap();
        assert_eq!((entries[0].options.len(), entries[1].options.len()), (1, 0));
        assert!(entries[0].markdown().contains("- `steps`: how many, 1 to 9; default 2"));
    }

    #[test]
    fn mistakes_are_named_with_their_file() {
        for (text, says) in [
            ("word = [{ signatures = [\"a(\"], about = \"A.\" }]", "'a(' is no signature"),
            ("word = [{ signatures = [], about = \"A.\" }]", "needs a signature"),
            ("word = []\noption = [{ of = [\"c\"], name = \"n\", about = \"N.\" }]", "no word of this file"),
            ("word = [{ signatures = [\"a()\"], about = \"A.\", exmaple = \"\" }]", "exmaple"),
        ] {
            let error = parse("data", text).unwrap_err().to_string();
            assert!(error.starts_with("dictionary/data.toml: ") && error.contains(says), "{error}");
        }
    }
}
