//! Files that a list names, and that no name leads out of the list's folder.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// Finds named files below a folder. Remembers the folders it has been to, so that a file costs one look.
pub(super) struct Below {
    /// Canonical.
    root: PathBuf,
    /// Whether each folder of a name lies inside.
    folders: HashMap<PathBuf, bool>,
}

impl Below {
    /// Looks below `root`; names lie in `root` itself or in a folder of it.
    pub fn new(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        Self { root, folders: HashMap::new() }
    }

    /// The file `name` of folder `base`, a folder below the root; or why it is not used, in words.
    pub fn find(&mut self, base: &Path, name: &str) -> Result<PathBuf, String> {
        let mut relative = PathBuf::new();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => relative.push(part),
                Component::CurDir => {}
                Component::ParentDir => return Err("its name leads out of the folder by '..'".to_owned()),
                Component::RootDir | Component::Prefix(_) => {
                    return Err("its name is absolute; names of a list are relative to its folder".to_owned());
                }
            }
        }
        if relative.as_os_str().is_empty() {
            return Err("it is no file".to_owned());
        }
        let path = base.join(relative);
        let found = path.symlink_metadata().map_err(|_| "there is no such file".to_owned())?;
        let (inside, is_file) = match found.is_symlink() {
            true => (self.holds(&path), path.is_file()),
            false => (self.folder_is_inside(&path), found.is_file()),
        };
        match inside {
            false => Err("a link leads out of the folder".to_owned()),
            true if is_file => Ok(path),
            true => Err("it is no file".to_owned()),
        }
    }

    fn folder_is_inside(&mut self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(path);
        if let Some(&inside) = self.folders.get(folder) {
            return inside;
        }
        let inside = self.holds(folder);
        self.folders.insert(folder.to_path_buf(), inside);
        inside
    }

    fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.root))
    }
}

#[cfg(test)]
#[path = "below_tests.rs"]
mod tests;
