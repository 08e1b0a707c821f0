//! Definitions of the language for editors: files for Rhai's language server, and the dictionary as JSON.

use super::{DictionaryError, Entry, dictionary};
use rhai::Engine;
use serde::Serialize;

/// `emberlab.json`.
#[derive(Serialize)]
struct Language {
    /// The version of the program.
    emberlab: &'static str,
    entries: &'static [Entry],
}

/// The files with their names: `emberlab.d.rhai` and `emberlab.json` of the dictionary, and what Rhai says of its own
/// functions and operators.
///
/// # Errors
/// Entries that are no JSON; there are none such.
pub fn definitions() -> Result<Vec<(String, String)>, DictionaryError> {
    let language = Language { emberlab: env!("CARGO_PKG_VERSION"), entries: dictionary() };
    let json = serde_json::to_string_pretty(&language);
    let json = json.map_err(|error| DictionaryError { place: "emberlab.json".into(), reason: error.to_string() })?;
    let mut files = vec![("emberlab.d.rhai".to_string(), declarations()), ("emberlab.json".into(), json + "\n")];
    // An engine without our words: the rest is said by its authors.
    files.extend(Engine::new().definitions().iter_files());
    Ok(files)
}

/// Every word that recipes may call, declared under its description.
fn declarations() -> String {
    let mut text = String::from("module static;\n");
    for entry in dictionary().iter().filter(|entry| !entry.is_defined_by_recipes()) {
        let comment: String =
            entry.description().lines().map(|line| format!("/// {line}").trim_end().to_string() + "\n").collect();
        for signature in &entry.signatures {
            text.push_str(&format!("\n{comment}{}\n", signature.declaration()));
        }
    }
    text
}
