//! Manifests of data sets, `datasets/NAME.toml`: what each one is, under which licence, and how to get it.

use super::builtin::roots;
use super::error::DataError;
use super::layout::Layout;
use crate::data::error::wrong;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest manifest that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// What is known of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// As recipes write it; lower-case letters, digits and `_`, and the manifest's file name.
    pub name: String,
    pub title: String,
    pub about: String,
    /// Whether it comes with the program.
    #[serde(default)]
    pub builtin: bool,
    pub licence: Licence,
    pub source: Origin,
    pub layout: Form,
    pub split: Counts,
    /// Where it is looked for, in this order: absolute paths, and paths relative to the folders that hold `datasets/`.
    /// Without any, `datasets/NAME`.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
}

/// Under which terms a data set may be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Licence {
    /// Identifier of the SPDX list of licences, where it has one.
    pub spdx: Option<String>,
    /// In words, where there is none.
    pub terms: Option<String>,
    pub copyright: Option<String>,
}

/// Where a data set comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Origin {
    /// The page that publishes it.
    pub page: Option<String>,
    /// To be cited.
    pub paper: Option<String>,
    /// The commands that get it, one a line, to be run where `datasets/` lies.
    pub how: String,
    #[serde(default)]
    pub files: Vec<Published>,
}

/// A file as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Published {
    pub name: String,
    /// In 32 hexadecimal digits, where it is known.
    pub md5: Option<String>,
}

/// How a data set lies on disk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Form {
    pub kind: Layout,
    /// In pixels, where all images are squares of one side.
    pub side: Option<usize>,
    /// 3 for colour, 1 for grey.
    pub channels: usize,
}

/// How many images it has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// Who divided it, or what no two parts share.
    pub by: Option<String>,
    pub training: usize,
    pub held_out: usize,
}

impl Manifest {
    /// The manifests of `datasets/` below the current directory, beside the executable or above it, and in the source
    /// tree that the program was built from, by name. Of two of one name the first counts.
    ///
    /// # Errors
    /// A manifest that cannot be read or lacks a field, by file and line.
    pub fn all() -> Result<Vec<Self>, DataError> {
        all_in(&roots())
    }

    /// The manifest of data set `name`.
    ///
    /// # Errors
    /// A name without a manifest; the message lists those that have one.
    pub fn named(name: &str) -> Result<Self, DataError> {
        named_in(&roots(), name)
    }

    /// The folder or file of the data set.
    ///
    /// # Errors
    /// [`DataError::NotFetched`] where it is at none of its places; the message has the commands that get it.
    pub fn place(&self) -> Result<PathBuf, DataError> {
        self.place_in(&roots())
    }

    fn place_in(&self, roots: &[PathBuf]) -> Result<PathBuf, DataError> {
        let own = [Path::new("datasets").join(&self.name)];
        let paths = if self.paths.is_empty() { &own[..] } else { &self.paths[..] };
        let mut looked: Vec<PathBuf> = Vec::new();
        // Joining an absolute path gives that path, whatever stands before it.
        for place in roots.iter().flat_map(|root| paths.iter().map(|path| root.join(path))) {
            if is_something(&place) {
                return Ok(place);
            }
            // The first is where its commands put it. Of the others, far above the program, those that might be.
            if !looked.contains(&place) && (looked.is_empty() || place.parent().is_some_and(Path::is_dir)) {
                looked.push(place);
            }
        }
        Err(DataError::NotFetched { name: self.name.clone(), looked, how: self.source.how.trim_end().to_owned() })
    }
}

fn all_in(roots: &[PathBuf]) -> Result<Vec<Manifest>, DataError> {
    let mut manifests = BTreeMap::new();
    for root in roots {
        // Most folders have no data sets.
        let Ok(entries) = root.join("datasets").read_dir() else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_stem().and_then(|stem| stem.to_str()).filter(|name| is_name(name));
            let is_manifest = path.extension().is_some_and(|ending| ending == "toml") && path.is_file();
            if let (Some(name), true) = (name, is_manifest)
                && !manifests.contains_key(name)
            {
                manifests.insert(name.to_owned(), read(&path, name)?);
            }
        }
    }
    Ok(manifests.into_values().collect())
}

fn named_in(roots: &[PathBuf], name: &str) -> Result<Manifest, DataError> {
    let places = roots.iter().map(|root| root.join("datasets").join(format!("{name}.toml")));
    match places.into_iter().find(|path| is_name(name) && path.is_file()) {
        Some(path) => read(&path, name),
        None => {
            let known: Vec<String> = all_in(roots)?.into_iter().map(|manifest| manifest.name).collect();
            Err(DataError::Settings(format!("there is no data set '{name}'; known are {}", known.join(", "))))
        }
    }
}

fn read(path: &Path, name: &str) -> Result<Manifest, DataError> {
    let length = path.metadata().map_err(|error| wrong(path, error.to_string()))?.len();
    if length > MAX_BYTES {
        return Err(wrong(path, format!("{length} bytes are too many for a manifest, the limit is {MAX_BYTES}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(path, error.to_string()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| wrong(path, error.to_string()))?;
    if manifest.name != name {
        let text = format!("it says name = \"{}\"; a manifest has the name of its file, \"{name}\"", manifest.name);
        return Err(wrong(path, text));
    }
    Ok(manifest)
}

/// No name leads to another folder.
fn is_name(name: &str) -> bool {
    let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    !name.is_empty() && name.bytes().all(letters)
}

/// A file, or a folder with something in it.
fn is_something(place: &Path) -> bool {
    place.is_file() || place.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
