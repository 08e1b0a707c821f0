//! What the engine of recipes knows, to hold the dictionary against it.

use crate::recipe::compile::plain_engine;
use rhai::FnAccess;
use std::collections::BTreeSet;

/// A function of the engine, named as the engine names it: `get$count` is a property, `index$get$` is `y[i]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegisteredWord {
    pub name: String,
    /// The type of the first parameter, if it is one of ours: `noise` of `Data` is another word than `noise` of `Images`.
    pub of: Option<String>,
    /// With the first.
    pub parameters: usize,
}

impl RegisteredWord {
    pub(super) fn new(name: String, first: &str, parameters: usize) -> Self {
        let ours = first.starts_with(|c: char| c.is_ascii_uppercase()) && first.chars().all(char::is_alphanumeric);
        Self { name, of: ours.then(|| first.to_string()), parameters }
    }
}

/// All words that recipes have beyond Rhai's own.
#[must_use]
pub fn registered_words() -> BTreeSet<RegisteredWord> {
    let words = plain_engine().collect_fn_metadata(
        None,
        |function| {
            let found = function.metadata;
            let first = found.params_info.first().and_then(|text| text.split_once(": "));
            let first = first.map_or("", |(_, kind)| kind.trim_start_matches("&mut ")).to_string();
            let public = found.access == FnAccess::Public;
            public.then(|| RegisteredWord::new(found.name.to_string(), &first, found.num_params))
        },
        false,
    );
    // It is there to be refused.
    words.into_iter().filter(|word| word.name != "sleep").collect()
}
