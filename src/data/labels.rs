//! A table of labels and parts beside a folder of images, `labels.csv`.

use super::error::DataError;
use super::lines::{Split, Table};
use super::record::{Part, Skipped};
use crate::data::error::wrong;
use crate::data::names::file_name;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What a table says of images.
#[derive(Debug)]
pub(super) struct Labels {
    /// By name; in each the rows of no split, of training, of validation, of test.
    entries: HashMap<String, [Option<Entry>; 4]>,
    /// Whether any row has a split.
    splits: bool,
    classes: Vec<String>,
    bad: Vec<Skipped>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    label: Option<u32>,
    part: Option<Part>,
}

impl Labels {
    /// Label and part of the image `name`, with `/` between its parts, where the table has it.
    ///
    /// A row is that image's if it alone has that name; or if it has the name without the image's first folder, and that
    /// folder is named after the row's split (`test/00000.png` is `00000.png` of split `test`), or is any folder (such as
    /// `images/`) that is not named after a split, in a table without splits.
    pub fn of(&self, name: &str) -> Option<(Option<u32>, Option<Part>)> {
        let found = self.by_name(name).or_else(|| {
            let (folder, inside) = name.split_once('/')?;
            match split_of_folder(folder) {
                Some(split) => self.entries.get(inside)?[place_of(Some(split))],
                None if self.splits => None,
                None => self.by_name(inside),
            }
        });
        found.map(|entry| (entry.label, entry.part))
    }

    /// Names of the classes, by label; empty where labels are numbers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The rows that say nothing or contradict an earlier one, by `FILE:LINE`.
    pub fn bad(&self) -> &[Skipped] {
        &self.bad
    }

    fn by_name(&self, name: &str) -> Option<Entry> {
        let mut rows = self.entries.get(name)?.iter().flatten();
        rows.next().filter(|_| rows.next().is_none()).copied()
    }

    fn add(&mut self, name: String, split: Option<Split>, label: Option<u32>, place: impl Fn() -> String) {
        let entry = Entry { label, part: split.map(Split::part) };
        let known = self.entries.get(&name).and_then(|rows| rows[place_of(split)]);
        if known.is_some_and(|earlier| earlier != entry) {
            let reason = format!("'{name}' stands in an earlier line with another label; that one counts");
            self.bad.push(Skipped { name: place(), reason });
        } else {
            self.entries.entry(name).or_default()[place_of(split)] = Some(entry);
        }
    }
}

fn place_of(split: Option<Split>) -> usize {
    split.map_or(0, |split| split as usize + 1)
}

/// A folder's name, unlike a column, holds no numbers of splits.
fn split_of_folder(name: &str) -> Option<Split> {
    Split::named(name).filter(|_| !name.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// Reads a table, whose first line names its columns: `file` (or `image`, `filename`, `image_id`), and `label` (or
/// `class`) or `split` (or `partition`) or both; others are passed over.
///
/// Labels are numbers if all of them are (a negative one is none), else names of classes, numbered in their order.
///
/// # Errors
/// A table that cannot be read, or without such a first line.
pub(super) fn read(path: &Path) -> Result<Labels, DataError> {
    let mut table = Table::open(path)?;
    if !table.has_header() || !table.says_something() {
        let text = "the first line must name the columns, as in 'file,label,split' (label or split may be left out)";
        return Err(wrong(path, text));
    }
    let place = |line: usize| format!("{}:{line}", file_name(path));
    let (mut rows, mut bad, mut words) = (Vec::new(), Vec::new(), Words::default());
    while let Some(row) = table.next()? {
        match row {
            Ok(row) => {
                let split = row.split.as_deref().and_then(Split::named);
                if let (None, Some(word)) = (split, &row.split) {
                    let reason = format!("'{word}' is no split known here; write train, val or test");
                    bad.push(Skipped { name: place(row.line), reason });
                }
                rows.push((row.line, row.image, row.label.map(|label| words.number(label)), split));
            }
            Err(skipped) => bad.push(skipped),
        }
    }
    let (numbers, classes) = words.labels();
    let splits = rows.iter().any(|(.., split)| split.is_some());
    let mut labels = Labels { entries: HashMap::with_capacity(rows.len()), splits, classes, bad };
    for (line, name, word, split) in rows {
        let label = word.and_then(|word| numbers[word as usize]);
        labels.add(name, split, label, || place(line));
    }
    Ok(labels)
}

/// The distinct labels of a table, as written.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<String, u32>);

impl Words {
    /// The number of `word`, in the order in which words come.
    pub fn number(&mut self, word: String) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(word).or_insert(next)
    }

    /// The number of a word that came before.
    pub fn get(&self, word: &str) -> Option<u32> {
        self.0.get(word).copied()
    }

    /// The label of each word by its number, and the names of the classes; no names where all words are numbers.
    pub fn labels(&self) -> (Vec<Option<u32>>, Vec<String>) {
        let mut labels = vec![None; self.0.len()];
        let numbers: Option<Vec<(u32, i64)>> =
            self.0.iter().map(|(word, &index)| Some((index, whole_number(word)?))).collect();
        if let Some(numbers) = numbers {
            numbers.into_iter().for_each(|(index, number)| labels[index as usize] = u32::try_from(number).ok());
            return (labels, Vec::new());
        }
        let classes: BTreeSet<String> = self.0.keys().cloned().collect();
        for (label, class) in (0..).zip(&classes) {
            labels[self.0[class] as usize] = Some(label);
        }
        (labels, classes.into_iter().collect())
    }
}

/// A number of a class, also as other programs write it where some are missing (`3.0`).
pub(super) fn whole_number(word: &str) -> Option<i64> {
    word.strip_suffix(".0").unwrap_or(word).parse().ok().filter(|&number| i64::from(u32::MAX) >= number)
}

#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
