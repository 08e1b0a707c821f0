//! Names of the files that a report is kept in.

use super::document::Report;

/// Longest part of a file's name that is taken from a report.
const LONGEST: usize = 60;

/// The name of a report's page, such as `table1.html`, under which the overview of [`super::index`] links to it.
#[must_use]
pub fn page_file(report: &Report) -> String {
    format!("{}.html", file_stem(&report.name, "report"))
}

/// `text` in lower case letters, digits and hyphens, which any file system takes; `otherwise` where nothing is left.
pub(super) fn file_stem(text: &str, otherwise: &str) -> String {
    let mut stem = String::new();
    for character in text.chars() {
        if stem.len() == LONGEST {
            break;
        }
        if character.is_ascii_alphanumeric() || character == '_' {
            stem.push(character.to_ascii_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    match stem.trim_end_matches('-') {
        "" => otherwise.to_owned(),
        stem => stem.to_owned(),
    }
}
