//! The system's file dialogs, each on a thread of its own: a dialog is open as long as the user likes.

use crate::lab::{Choice, ClientPort, Return};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set to anything but 0, no dialog is opened.
const OFF: &str = "EMBERLAB_NO_DIALOGS";
/// Where exports go when nobody can be asked, below the working directory.
const EXPORTS: &str = "exports";
const IMAGES: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];
const ARCHIVES: [&str; 10] = ["tar", "tgz", "gz", "zip", "npy", "npz", "mat", "parquet", "idx", "bin"];

/// The dialogs of one window: one at a time.
#[derive(Clone)]
pub(super) struct Dialogs {
    port: Arc<ClientPort>,
    open: Arc<AtomicBool>,
}

impl Dialogs {
    pub(super) fn new(port: Arc<ClientPort>) -> Self {
        Self { port, open: Arc::default() }
    }

    /// Lets the user choose a file or folder.
    pub(super) fn choose(&self, choice: Choice) {
        if !available() {
            return self.port.give(Return::NoDialog(choice));
        }
        self.on_a_thread(move |port| {
            if let Some(path) = pick(choice) {
                port.give(Return::Chosen(choice, path));
            }
        });
    }

    /// Lets the user choose a place and writes there what `bytes` makes; where nobody can be asked, below the working directory.
    pub(super) fn export(&self, name: &str, bytes: Box<dyn FnOnce() -> Vec<u8> + Send>) {
        let name = plain(name);
        if !available() {
            return self.port.give(exported(&unused(Path::new(EXPORTS), &name), &bytes()));
        }
        self.on_a_thread(move |port| {
            let dialog = rfd::FileDialog::new().set_title("Export").set_file_name(name);
            if let Some(path) = dialog.save_file() {
                port.give(exported(&path, &bytes()));
            }
        });
    }

    fn on_a_thread(&self, ask: impl FnOnce(&ClientPort) + Send + 'static) {
        if self.open.swap(true, Ordering::AcqRel) {
            return self.port.give(Return::Failed("A file dialog is open already; close it first.".to_owned()));
        }
        let (port, open) = (Arc::clone(&self.port), Arc::clone(&self.open));
        let work = move || {
            ask(&port);
            open.store(false, Ordering::Release);
        };
        if let Err(error) = std::thread::Builder::new().name("dialog".into()).spawn(work) {
            self.open.store(false, Ordering::Release);
            self.port.give(Return::Failed(format!("No file dialog can be opened: {error}")));
        }
    }
}

fn pick(choice: Choice) -> Option<PathBuf> {
    let dialog = rfd::FileDialog::new();
    match choice {
        Choice::Image => dialog.set_title("An image to fill in").add_filter("Images", &IMAGES).pick_file(),
        Choice::Mask => dialog.set_title("A mask: white pixels are hidden").add_filter("Images", &IMAGES).pick_file(),
        Choice::Recipe => dialog.set_title("A recipe").add_filter("Recipes", &["rhai"]).pick_file(),
        Choice::Run => dialog.set_title("The folder of a run").pick_folder(),
        // No dialog offers files and folders at once.
        Choice::Data => dialog
            .set_title("An archive, arrays, or any image of a folder of images")
            .add_filter("Images, archives, arrays", &[&IMAGES[..], &ARCHIVES[..]].concat())
            .add_filter("All files", &["*"])
            .pick_file()
            .map(folder_of_image),
    }
}

/// The folder that an image lies in; of anything else itself.
fn folder_of_image(path: PathBuf) -> PathBuf {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    match path.parent() {
        Some(folder) if IMAGES.contains(&end.as_str()) => folder.to_path_buf(),
        _ => path,
    }
}

/// Whether a dialog can be opened. One that cannot looks as if the user had closed it, so this is found out before.
fn available() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set(OFF).is_some_and(|value| value != "0") {
        return false;
    }
    if !cfg!(target_os = "linux") {
        return true;
    }
    let zenity = set("PATH").is_some_and(|path| holds(&path, Path::new("zenity")));
    let bus = set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists());
    let folders = set("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let portal = holds(&folders, Path::new("dbus-1/services/org.freedesktop.portal.Desktop.service"));
    zenity || (bus && portal)
}

/// Whether a file lies in one of the folders of a list such as `PATH`.
fn holds(folders: &OsStr, file: &Path) -> bool {
    std::env::split_paths(folders).any(|folder| folder.join(file).is_file())
}

/// The last part of a name, and never none.
fn plain(name: &str) -> String {
    let last = Path::new(name).file_name().map(|last| last.to_string_lossy().replace('\0', ""));
    last.filter(|last| !last.is_empty()).unwrap_or_else(|| "export".to_owned())
}

/// A name in `folder` that no file has: `name`, or with a number behind it.
fn unused(folder: &Path, name: &str) -> PathBuf {
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name, String::new()),
    };
    let numbered = (2..10_000).map(|number| folder.join(format!("{stem}-{number}{end}")));
    let mut names = std::iter::once(folder.join(name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

fn exported(path: &Path, bytes: &[u8]) -> Return {
    if bytes.is_empty() {
        return Return::Failed(format!("{} was not written: there is nothing to write in it.", path.display()));
    }
    let written =
        path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| super::errands::write(path, bytes));
    match written {
        Ok(()) => Return::Exported(std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())),
        Err(error) => Return::Failed(format!("Cannot write {}: {error}. Choose another place.", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_takes_no_other_files_place() {
        let folder = tempfile::tempdir().unwrap();
        let exports = folder.path().join("exports");
        for wanted in ["curves.csv", "curves-2.csv", "curves-3.csv"] {
            let path = unused(&exports, "curves.csv");
            assert_eq!(path, exports.join(wanted));
            assert!(matches!(exported(&path, b"1,2"), Return::Exported(written) if written.ends_with(wanted)));
        }
        assert_eq!(std::fs::read(exports.join("curves-2.csv")).unwrap(), b"1,2");
        assert!(matches!(exported(&exports.join("curves.csv/x"), b""), Return::Failed(_)));
    }

    #[test]
    fn names_stay_in_their_folder() {
        for (name, wanted) in
            [("a.png", "a.png"), ("../../a.png", "a.png"), ("/etc/x", "x"), ("..", "export"), ("", "export")]
        {
            assert_eq!(plain(name), wanted, "{name}");
        }
    }

    #[test]
    fn an_image_stands_for_its_folder() {
        assert_eq!(folder_of_image("/faces/1.JPG".into()), Path::new("/faces"));
        assert_eq!(folder_of_image("/faces.zip".into()), Path::new("/faces.zip"));
    }
}
