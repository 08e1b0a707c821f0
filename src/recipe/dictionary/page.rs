//! The page of the language: a template of prose with the dictionary's tables in it.

use super::{DictionaryError, Entry, EntryOption, dictionary};

/// What the written page begins with.
const NOTE: &str =
    "<!-- Written by `cargo run -p xtask -- docs` from docs/recipes.template.md and src/recipe/dictionary/. -->\n";

/// Fills a template: `<!-- words: SECTION -->` becomes the table of a section's words, `<!-- options: SECTION -->` that
/// of their options.
///
/// # Errors
/// A section that is not there, with the line.
pub fn page(template: &str) -> Result<String, DictionaryError> {
    let mut page = NOTE.to_string();
    for (index, line) in template.lines().enumerate() {
        let command = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let filled = match command.and_then(|command| command.split_once(": ")) {
            Some((table, section)) => {
                let entries: Vec<&Entry> = dictionary().iter().filter(|entry| entry.section == section).collect();
                match (table, entries.is_empty()) {
                    ("words", false) => words_table(&entries),
                    ("options", false) => options_table(&entries),
                    _ => {
                        let place = format!("line {} of the template", index + 1);
                        return Err(DictionaryError {
                            place,
                            reason: format!("there is no table of {table} of {section}"),
                        });
                    }
                }
            }
            None => format!("{line}\n"),
        };
        page.push_str(&filled);
    }
    Ok(page)
}

/// Calls and meanings; defaults too, where some word has one.
fn words_table(entries: &[&Entry]) -> String {
    let has_defaults = entries.iter().any(|entry| entry.default.is_some());
    let header = if has_defaults { "| | | default |\n|---|---|---|\n" } else { "| | |\n|---|---|\n" };
    let row = |entry: &&Entry| {
        let mut calls: Vec<String> = Vec::new();
        for call in entry.signatures.iter().map(|signature| format!("`{}`", signature.call())) {
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
        let source = entry.source.as_ref().map(|source| format!(" *{source}*")).unwrap_or_default();
        let default = match has_defaults {
            true => format!(" {} |", cell(entry.default.as_deref().unwrap_or_default())),
            false => String::new(),
        };
        format!("| {} | {}{} |{default}\n", cell(&calls.join(", ")), cell(&entry.about), cell(&source))
    };
    header.to_string() + entries.iter().map(row).collect::<String>().as_str()
}

/// Names, meanings, ranges and defaults; the words that take each, where there are several.
fn options_table(entries: &[&Entry]) -> String {
    let takers: Vec<&&Entry> = entries.iter().filter(|entry| !entry.options.is_empty()).collect();
    let mut options: Vec<(&EntryOption, Vec<String>)> = Vec::new();
    for entry in &takers {
        for option in &entry.options {
            let name = format!("`{}`", entry.names().first().unwrap_or(&""));
            match options.iter_mut().find(|(known, _)| *known == option) {
                Some((_, of)) => of.push(name),
                None => options.push((option, vec![name])),
            }
        }
    }
    let several = takers.len() > 1;
    let header = match several {
        true => "| option | of | | range | default |\n|---|---|---|---|---|\n",
        false => "| option | | range | default |\n|---|---|---|---|\n",
    };
    let row = |(option, of): &(&EntryOption, Vec<String>)| {
        let of = if several { format!(" {} |", of.join(", ")) } else { String::new() };
        let [range, default] = [&option.range, &option.default].map(|part| cell(part.as_deref().unwrap_or_default()));
        format!("| `{}` |{of} {} | {range} | {default} |\n", option.name, cell(&option.about))
    };
    header.to_string() + options.iter().map(row).collect::<String>().as_str()
}

/// The text of a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
