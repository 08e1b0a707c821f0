//! Trees of images with lists of paths and labels, as Places205 has them, or a list by itself.
//!
//! Zhou, Lapedriza, Xiao, Torralba, Oliva, "Learning Deep Features for Scene Recognition using Places Database", NIPS 2014.

use super::below::Below;
use super::class_names;
use super::error::DataError;
use super::labels::Words;
use super::lines::{Row, Split, Table};
use super::record::{Content, Found, Part, Record, Skipped, Source};
use super::stable_hash::{StableHash, spread};
use crate::data::error::wrong;
use crate::data::names::{file_name, is_image};
use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Folders that hold Places205's lists.
const LIST_FOLDERS: [&str; 3] = ["", "trainvalsplit_places205", "trainvalsplit/trainvalsplit_places205"];
/// Folders that its images are unpacked to; names of the lists lie below one of them.
const IMAGE_FOLDERS: [&str; 9] = [
    "",
    "images256",
    "images",
    "data/vision/torralba/deeplearning/images256",
    "images/data/vision/torralba/deeplearning/images256",
    "imagesPlaces205_resize",
    "imagesPlaces205_resize/data/vision/torralba/deeplearning/images256",
    "testSetPlaces205_resize",
    "testSet_resize",
];
const PLACES: [(&str, Split); 3] =
    [("train_places205", Split::Training), ("val_places205", Split::Validation), ("test_places205", Split::Test)];
/// Lists of other trees, which count only if their first lines name images.
const PLAIN: [(&str, Split); 4] =
    [("train", Split::Training), ("val", Split::Validation), ("valid", Split::Validation), ("test", Split::Test)];
const ENDINGS: [&str; 3] = ["csv", "txt", "lst"];

/// Rows that are read to see whether a list is one of images.
const ROWS_TRIED: usize = 20;
/// Rows that are read to find the folder that a list's names lie in; a copy of a part of the images may lack the first.
const ROWS_SEARCHED: usize = 20_000;
/// Most images that are watched one by one for changes; of more, their folders are.
const IMAGES_WATCHED: usize = 250_000;

/// The images of lists, list by list, in their order.
///
/// The images of a validation or test list are held out. An image that is listed twice counts once.
struct Listed {
    /// Canonical.
    root: PathBuf,
    lists: Vec<List>,
    /// Lists none of whose images is there.
    skipped: Vec<Skipped>,
    words: Words,
    /// Label of each word.
    labels: Vec<Option<u32>>,
    classes: Vec<String>,
    categories: Option<PathBuf>,
    rows: usize,
}

struct List {
    path: PathBuf,
    /// The folder that its names lie in, below the root.
    base: PathBuf,
    part: Option<Part>,
}

/// Whether `path` is a folder with Places205's lists, or with lists `train`, `val`, `test` whose first lines name images;
/// or such a list.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return !lists_in(path).is_empty();
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let known = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
    known && path.is_file() && names_images(path)
}

/// Opens a folder with lists, or a list whose paths are relative to its folder. Reads the lists, no pixels.
///
/// # Errors
/// A list that cannot be read, or none of whose images is there.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let unreadable = |error: std::io::Error| wrong(path, format!("{error}. Give a list, or a folder with lists"));
    let itself = path.canonicalize().map_err(unreadable)?;
    let (root, lists, folders): (_, _, &[&str]) = if itself.is_dir() {
        (itself.clone(), lists_in(&itself), &IMAGE_FOLDERS)
    } else {
        let root = itself.parent().unwrap_or(&itself).to_path_buf();
        (root, vec![(itself, None)], &IMAGE_FOLDERS[..1])
    };
    if lists.is_empty() {
        return Err(wrong(
            path,
            "there is no list here. Put train_places205.csv there, with a line 'a/abbey/1.jpg 0' an image",
        ));
    }
    let categories = class_names::beside(&root, &LIST_FOLDERS);
    let mut source = Listed {
        root,
        lists: Vec::new(),
        skipped: Vec::new(),
        words: Words::default(),
        labels: Vec::new(),
        classes: Vec::new(),
        categories,
        rows: 0,
    };
    source.read_lists(lists, folders)?;
    Ok(Box::new(source))
}

/// The list of each split in `root`.
fn lists_in(root: &Path) -> Vec<(PathBuf, Option<Part>)> {
    let files = |folder: &str, stem: &str| ENDINGS.map(|ending| root.join(folder).join(format!("{stem}.{ending}")));
    let places = PLACES.iter().filter_map(|&(stem, split)| {
        let mut places = LIST_FOLDERS.iter().flat_map(|folder| files(folder, stem));
        Some((places.find(|list| list.is_file())?, Some(split.part())))
    });
    let places: Vec<_> = places.collect();
    if !places.is_empty() {
        return places;
    }
    let plain = PLAIN.iter().filter_map(|&(stem, split)| {
        let mut lists = files("", stem).into_iter();
        Some((lists.find(|list| list.is_file() && names_images(list))?, Some(split.part())))
    });
    plain.collect()
}

/// Whether most of a list's first lines name images in its folder.
fn names_images(list: &Path) -> bool {
    let root = list.parent().unwrap_or(list);
    let mut below = Below::new(root);
    let Ok(mut table) = Table::open(list) else { return false };
    let (mut tried, mut found) = (0, 0);
    while let (true, Ok(Some(row))) = (tried < ROWS_TRIED, table.next()) {
        tried += 1;
        found += usize::from(row.is_ok_and(|row| is_image(&row.image) && below.find(root, &row.image).is_ok()));
    }
    found > 0 && found * 2 >= tried
}

impl Listed {
    /// Finds the folder of each list's images and the names of the classes.
    fn read_lists(&mut self, lists: Vec<(PathBuf, Option<Part>)>, folders: &[&str]) -> Result<(), DataError> {
        let mut below = Below::new(&self.root);
        let mut by_path = class_names::ByPath::default();
        let folders: Vec<PathBuf> = folders.iter().map(|folder| self.root.join(folder)).collect();
        let folders: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
        for (path, part) in lists {
            let (mut rows, mut base) = (0, None);
            let mut table = Table::open(&path)?;
            while let Some(row) = table.next()? {
                rows += 1;
                let Ok(row) = row else { continue };
                if base.is_none() && rows <= ROWS_SEARCHED {
                    base = folders.iter().find(|folder| below.find(folder, &row.image).is_ok());
                }
                let word = row.label.map(|label| self.words.number(label));
                by_path.see(word, &row.image);
            }
            self.rows += rows;
            match base {
                Some(base) => self.lists.push(List { path, base: base.clone(), part }),
                None => self.skipped.push(Skipped { name: file_name(&path), reason: self.no_images(rows) }),
            }
        }
        if let (true, Some(skipped)) = (self.lists.is_empty(), self.skipped.first()) {
            return Err(wrong(&self.root, format!("{}: {}", skipped.name, skipped.reason)));
        }
        (self.labels, self.classes) = self.words.labels();
        if self.classes.is_empty() {
            self.classes = match &self.categories {
                Some(categories) => class_names::read(categories, &self.labels)?,
                None => by_path.names(&self.labels),
            };
        }
        Ok(())
    }

    fn no_images(&self, rows: usize) -> String {
        let folders = IMAGE_FOLDERS[1..4].join(", ");
        let tried = rows.min(ROWS_SEARCHED);
        let root = self.root.display();
        format!(
            "none of its first {tried} images lies in '{root}' or in {folders} there (nor may links lead out of it). \
             Unpack the images there"
        )
    }

    /// A row's record, or why it is passed over.
    fn record(&self, list: &List, row: Row, below: &mut Below, seen: &mut HashSet<u64>) -> Found {
        let place = format!("{}:{}", file_name(&list.path), row.line);
        let path = match below.find(&list.base, &row.image) {
            Ok(path) => path,
            Err(reason) => return Err(Skipped { name: row.image, reason: format!("{reason} (in {place})") }),
        };
        let name = self.name_of(&path);
        if !seen.insert(spread(StableHash::of(name.as_bytes()))) {
            return Err(Skipped { name: place, reason: format!("{name} is listed before") });
        }
        let label = row.label.and_then(|word| self.labels.get(self.words.get(&word)? as usize).copied().flatten());
        let split = row.split.as_deref().and_then(Split::named).map(Split::part);
        Ok(Record { name, label, part: split.or(list.part), content: Content::File(path) })
    }

    /// Relative to the folder of the first list's images, else to the root.
    fn name_of(&self, path: &Path) -> String {
        let first = self.lists.first().map(|list| list.base.as_path()).and_then(|base| path.strip_prefix(base).ok());
        let inside = first.or_else(|| path.strip_prefix(&self.root).ok()).unwrap_or(path);
        inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    fn each_row(&self, mut each: impl FnMut(&List, Result<Row, Skipped>) -> ControlFlow<()>) -> Result<(), DataError> {
        for list in &self.lists {
            let mut table = Table::open(&list.path)?;
            while let Some(row) = table.next()? {
                if each(list, row).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Source for Listed {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        if self.skipped.iter().cloned().map(Err).try_for_each(&mut *each).is_break() {
            return Ok(());
        }
        let mut below = Below::new(&self.root);
        let mut seen = HashSet::new();
        self.each_row(|list, row| each(row.and_then(|row| self.record(list, row, &mut below, &mut seen))))
    }

    /// How many the lists name; whether they are there is seen on the way.
    fn count(&self) -> Option<usize> {
        Some(self.rows)
    }

    /// Beside the lists the images, where there are not too many, else their folders.
    fn files(&self) -> Vec<PathBuf> {
        let mut below = Below::new(&self.root);
        let (mut images, mut folders) = (Vec::new(), BTreeSet::new());
        // A list that has become unreadable is in what is returned, too.
        let _ = self.each_row(|list, row| {
            if let Some(path) = row.ok().and_then(|row| below.find(&list.base, &row.image).ok()) {
                if let Some(folder) = path.parent().filter(|&folder| !folders.contains(folder)) {
                    folders.insert(folder.to_path_buf());
                }
                if images.len() <= IMAGES_WATCHED {
                    images.push(path);
                }
            }
            ControlFlow::Continue(())
        });
        let watched = if images.len() > IMAGES_WATCHED { folders.into_iter().collect() } else { images };
        let lists = self.lists.iter().map(|list| list.path.clone());
        lists.chain(self.categories.clone()).chain(watched).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

#[cfg(test)]
#[path = "listed_tests.rs"]
mod tests;
