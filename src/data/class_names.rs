//! Names of the classes of a list: from a file of categories, or from the folders of the images.

use super::error::DataError;
use super::labels::whole_number;
use super::lines::Table;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// `/a/abbey 0` a line.
const CATEGORIES: [&str; 6] = [
    "categoryIndex_places205.csv",
    "categoryIndex_places205.txt",
    "categories_places205.csv",
    "categories_places205.txt",
    "categories.csv",
    "categories.txt",
];

/// Most classes that are given names.
const MAX_CLASSES: usize = 100_000;

/// The file of categories in one of `folders` of `root`.
pub(super) fn beside(root: &Path, folders: &[&str]) -> Option<PathBuf> {
    let places = folders.iter().flat_map(|folder| CATEGORIES.map(|name| root.join(folder).join(name)));
    places.into_iter().find(|path| path.is_file())
}

/// Names by label as the file at `path` has them: a name and its label a line, or only names, in their order. Labels of
/// `used` that it does not name are `class N`.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read(path: &Path, used: &[Option<u32>]) -> Result<Vec<String>, DataError> {
    let mut table = Table::open(path)?;
    let (mut numbered, mut plain) = (HashMap::new(), Vec::new());
    while let Some(row) = table.next()? {
        let Ok(row) = row else { continue };
        match row.label.as_deref().map(whole_number) {
            Some(Some(label)) => drop(u32::try_from(label).map(|label| numbered.insert(label, class_of(&row.image)))),
            // A line that names the columns.
            Some(None) => {}
            None => plain.push(class_of(&row.image)),
        }
    }
    if numbered.is_empty() {
        numbered = (0..).zip(plain).collect();
    }
    Ok(in_order(numbered, used))
}

/// Where the images of each label lie.
#[derive(Debug, Default)]
pub(super) struct ByPath {
    /// By the word that stands for a label; `None` where they lie in several folders.
    folders: Vec<Option<String>>,
}

impl ByPath {
    /// Takes in an image of the label that is word `word` of its list.
    pub fn see(&mut self, word: Option<u32>, image: &str) {
        let Some(word) = word.map(|word| word as usize) else { return };
        let folder = image.rsplit_once('/').map(|(folder, _)| folder);
        if word == self.folders.len() {
            self.folders.push(folder.map(str::to_owned));
        } else if let Some(known) = self.folders.get_mut(word)
            && known.as_deref() != folder
        {
            *known = None;
        }
    }

    /// The folders' names by label, if each label has one folder of its own; else none.
    pub fn names(self, labels: &[Option<u32>]) -> Vec<String> {
        let pairs = labels.iter().zip(self.folders).filter_map(|(label, folder)| Some(((*label)?, folder)));
        let names: Option<HashMap<u32, String>> =
            pairs.map(|(label, folder)| Some((label, class_of(&folder?)))).collect();
        let names = names.unwrap_or_default();
        let different: HashSet<&String> = names.values().collect();
        if different.len() < names.len() { Vec::new() } else { in_order(names, labels) }
    }
}

/// `abbey` of `/a/abbey`: without the folder of the first letter.
fn class_of(folder: &str) -> String {
    let folder = folder.trim_matches('/');
    let (letter, class) = folder.split_once('/').unwrap_or(("", folder));
    if letter.chars().count() == 1 { class.to_owned() } else { folder.to_owned() }
}

fn in_order(mut names: HashMap<u32, String>, used: &[Option<u32>]) -> Vec<String> {
    let Some(&last) = names.keys().chain(used.iter().flatten()).max() else { return Vec::new() };
    if names.is_empty() || last as usize >= MAX_CLASSES {
        return Vec::new();
    }
    (0..=last).map(|label| names.remove(&label).unwrap_or_else(|| format!("class {label}"))).collect()
}
