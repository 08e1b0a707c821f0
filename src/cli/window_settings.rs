//! Where the window's settings lie: `lab.json` in the user's folder for settings, or in the one that `EMBERLAB_CONFIG` names.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const FOLDER: &str = "EMBERLAB_CONFIG";
const FILE: &str = "lab.json";
/// Bytes of it that are read.
const LARGEST: u64 = 1 << 20;
/// Settings that cannot be read are put aside under this name, so that nothing typed into them is lost.
const UNREADABLE: &str = "lab.unreadable.json";

/// The folder; none, where the user has none.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os(FOLDER).filter(|name| !name.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(dirs::config_dir()?.join("emberlab")))
}

/// The settings as they were kept, if they were.
pub(super) fn read() -> Option<String> {
    read_from(&folder()?)
}

fn read_from(folder: &Path) -> Option<String> {
    let path = folder.join(FILE);
    // Anything but a file might never answer.
    let file = path.metadata().ok()?.is_file().then(|| File::open(path))?.ok()?;
    let mut bytes = Vec::new();
    // What is longer is cut off, and is put aside as what cannot be read.
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Keeps settings.
///
/// # Errors
/// What to tell the user when they cannot be kept.
pub(super) fn save(text: &str) -> Result<(), String> {
    let Some(folder) = folder() else {
        return Err(format!("Settings cannot be kept: there is no folder for them. Name one by {FOLDER}."));
    };
    save_in(&folder, text).map_err(|error| {
        format!("Settings cannot be kept in {}: {error}. Name another folder by {FOLDER}.", folder.display())
    })
}

fn save_in(folder: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join(FILE);
    let unreadable = read_from(folder).is_some_and(|old| serde_json::from_str::<serde_json::Value>(&old).is_err());
    if unreadable {
        std::fs::rename(&file, folder.join(UNREADABLE))?;
    }
    super::errands::write(&file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_unreadable_ones_are_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("not/there/yet");
        assert_eq!(read_from(&place), None);
        for text in ["{\"zoom\": 1}", "{\"zoom\": 2}"] {
            save_in(&place, text).unwrap();
            assert_eq!(read_from(&place).as_deref(), Some(text));
        }
        std::fs::write(place.join(FILE), "{ my own ").unwrap();
        save_in(&place, "{}").unwrap();
        assert_eq!(std::fs::read_to_string(place.join(UNREADABLE)).unwrap(), "{ my own ");
        let names = std::fs::read_dir(&place).unwrap().count();
        assert_eq!(names, 2, "nothing half written is left behind");
    }

    #[test]
    fn a_huge_file_is_not_read_whole_and_is_put_aside_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let huge = format!("{{\"zoom\": 1, \"panels\": \"{}\"}}", "x".repeat(3 << 20));
        std::fs::write(&file, &huge).unwrap();
        assert_eq!(read_from(folder.path()).unwrap().len() as u64, LARGEST);
        save_in(folder.path(), "{}").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}");
        assert_eq!(std::fs::metadata(folder.path().join(UNREADABLE)).unwrap().len(), huge.len() as u64);
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert_eq!(read_from(folder.path()), None);
    }
}
