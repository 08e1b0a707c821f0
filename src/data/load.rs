//! From a recipe's words to a data set.

use super::cache::{Sink, Slot, Storage};
use super::data_set::DataSet;
use super::error::{DataError, wrong};
use super::layout::Layout;
use super::manifest::Manifest;
use super::prepare::{Progress, prepare};
use super::procedural::Procedural;
use super::record::Source;
use super::source::{MadeUp, Place, SourceSpec};
use super::split::Split;
use super::{builtin, celeba};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Most bytes of a list of held-out names.
const LONGEST_LIST: u64 = 64 << 20;

/// Reads the images of `spec`. A relative path is looked for below `base`, then below the current directory.
///
/// Files that cannot be used are skipped and listed in [`DataSet::skipped`]. `watch` is told how far it is, and may break
/// off.
///
/// # Errors
/// A setting out of range, a place where nothing is, or nothing that can be read, or no readable training image.
pub fn load(
    spec: &SourceSpec,
    base: &Path,
    storage: &Storage,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<DataSet, DataError> {
    spec.check()?;
    let split = split(spec, base)?;
    let (title, place, source) = open(spec, base)?;
    let preparation = spec.preparation();
    let slot = Slot::new(storage, &place.display().to_string(), &preparation, source.as_ref());
    let store = match slot.find() {
        Some(store) => store,
        None => prepare(source.as_ref(), &preparation, Sink::new(slot), watch)?,
    };
    let set = DataSet::new(&title, store, &split, spec.range);
    let set = match &spec.class {
        Some(class) => set.of_class(class)?,
        None => set,
    };
    if set.training.count() == 0 {
        let reasons = set.skipped().to_vec();
        return Err(DataError::NothingReadable { folder: place, skipped: set.skipped_count(), reasons });
    }
    Ok(set)
}

/// The title, the absolute path and the source of `spec`.
fn open(spec: &SourceSpec, base: &Path) -> Result<(String, PathBuf, Box<dyn Source>), DataError> {
    match &spec.place {
        Place::Builtin(name) => {
            let folder = builtin::folder(name)?;
            let source = Layout::Folder.open(&folder)?;
            Ok((name.clone(), folder, source))
        }
        Place::Named(name) => {
            let manifest = Manifest::named(name)?;
            let place = manifest.place()?;
            let source = manifest.layout.kind.open(&place)?;
            Ok((manifest.title, place, source))
        }
        Place::At { layout, path } => {
            let found = find(path, base, Path::exists)?;
            let layout = layout.map_or_else(|| Layout::of(&found), Ok)?;
            let Some(attribute) = &spec.attribute else {
                let source = layout.open(&found)?;
                return Ok((path.display().to_string(), found, source));
            };
            let source = celeba::open_by(&found, attribute)?;
            // Labels are kept with the prepared images.
            Ok((path.display().to_string(), found.join(attribute), source))
        }
        &Place::Made { density, count, seed } => {
            let title = match density {
                MadeUp::Mixture { modes, .. } => format!("a mixture of {modes} Gaussians"),
                MadeUp::Texture { .. } => "a Gaussian texture".to_owned(),
            };
            let source = Procedural::new(density.density(spec.channels, spec.side)?, count, spec.held_out, seed)?;
            // Its settings stand for a path.
            Ok((title, format!("{density:?} {count} {seed} {}", spec.held_out).into(), Box::new(source)))
        }
    }
}

fn split(spec: &SourceSpec, base: &Path) -> Result<Split, DataError> {
    let Some(list) = &spec.held_out_list else { return Ok(Split::Share(spec.held_out)) };
    let path = find(list, base, Path::is_file)?;
    let failed = |message: String| wrong(&path, message);
    let size = std::fs::metadata(&path).map_err(|error| failed(error.to_string()))?.len();
    if size > LONGEST_LIST {
        return Err(failed(format!("the list of held-out images has {size} bytes, the limit is {LONGEST_LIST}")));
    }
    let text = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&text);
    let names: HashSet<String> =
        text.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Err(failed("the list of held-out images is empty; write one image's name a line".to_owned()));
    }
    Ok(Split::Named(names))
}

fn find(path: &Path, base: &Path, is_wanted: impl Fn(&Path) -> bool) -> Result<PathBuf, DataError> {
    if path.as_os_str().is_empty() {
        return Err(DataError::Settings("the path is empty".to_owned()));
    }
    let mut looked: Vec<PathBuf> = Vec::new();
    // Joining an absolute path gives that path, whatever stands before it.
    for candidate in [base.join(path), path.to_path_buf()] {
        let candidate = std::path::absolute(&candidate).unwrap_or(candidate);
        if is_wanted(&candidate) {
            return Ok(candidate);
        }
        if !looked.contains(&candidate) {
            looked.push(candidate);
        }
    }
    Err(DataError::MissingFolder { asked: path.to_path_buf(), looked })
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
