//! The data sets that come with the program, and where they are found.

use super::error::DataError;
use std::path::{Path, PathBuf};

/// Names of the built-in data sets.
pub const BUILTIN: [&str; 1] = ["portraits"];

/// The folder of built-in data set `name`: `datasets/NAME` below the current directory, else beside the executable or
/// above it, else in the source tree that the program was built from.
pub(super) fn folder(name: &str) -> Result<PathBuf, DataError> {
    if !BUILTIN.contains(&name) {
        let known = BUILTIN.iter().map(|&known| known.to_owned()).collect();
        return Err(DataError::UnknownBuiltin { name: name.to_owned(), known });
    }
    let inside = Path::new("datasets").join(name);
    let places: Vec<PathBuf> = roots().iter().map(|root| root.join(&inside)).collect();
    let found = places.iter().find(|place| place.join("train").is_dir());
    found.cloned().ok_or(DataError::MissingFolder { asked: inside, looked: places })
}

/// Where `datasets/` is looked for, in this order.
pub(super) fn roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    roots.extend(std::env::current_dir());
    if let Ok(program) = std::env::current_exe() {
        roots.extend(program.ancestors().skip(1).map(Path::to_path_buf));
    }
    roots.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = folder("potraits").unwrap_err().to_string();
        assert!(message.contains("potraits") && message.contains("portraits"), "{message}");
    }

    #[test]
    fn the_manifest_counts_what_is_there() {
        let place = folder("portraits").unwrap();
        let manifest = std::fs::read_to_string(place.with_extension("toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        for (part, count) in [("train", "training"), ("test", "held_out")] {
            let files = std::fs::read_dir(place.join(part)).unwrap().count() as i64;
            assert_eq!(manifest["split"][count].as_integer(), Some(files));
        }
        let licence = std::fs::read_to_string(place.join("LICENSE")).unwrap();
        assert!(licence.contains("Apache License") && licence.contains("END OF TERMS AND CONDITIONS"));
        assert!(place.join("ATTRIBUTION.md").is_file());
    }
}
