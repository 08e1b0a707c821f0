//! What is done with runs that lie on disk: to the trash folder, and forked.

use super::checkpoint;
use super::directory::{read_text, write_whole};
use super::list::is_run;
use super::lock;
use super::options::RunError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The trash folder, beside the runs.
const TRASH: &str = ".trash";

/// Moves a run's directory to the folder `.trash` beside it; where it lies then. `shown` is the run in the window.
///
/// # Errors
/// What is no run directory, a symbolic link, a run that is open, or a folder that cannot be written.
pub fn trash(run: &Path, shown: Option<&Path>) -> Result<PathBuf, RunError> {
    let refused = |reason: String| RunError::NotMoved { path: run.to_path_buf(), reason };
    let failed = |error: io::Error| refused(error.to_string());
    if fs::symlink_metadata(run).map_err(failed)?.is_symlink() {
        return Err(refused("it is a symbolic link; remove the link yourself".into()));
    }
    if !is_run(run) {
        return Err(refused("it is no run directory".into()));
    }
    let place = fs::canonicalize(run).map_err(failed)?;
    if shown.and_then(|shown| fs::canonicalize(shown).ok()).as_ref() == Some(&place) {
        return Err(refused("it is the run in the window".into()));
    }
    let _lock = lock::hold(run)?;
    let (Some(folder), Some(name)) = (run.parent(), run.file_name()) else {
        return Err(refused("its path has no name; give the path of the run's own folder".into()));
    };
    let trash = folder.join(TRASH);
    fs::create_dir_all(&trash).map_err(failed)?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let first = format!("{}-{seconds}", name.to_string_lossy());
    let names = std::iter::once(first.clone()).chain((2..1000).map(|number| format!("{first}-{number}")));
    let Some(to) = names.map(|name| trash.join(name)).find(|path| !path.exists()) else {
        return Err(refused(format!("{} is full of runs of this name; empty it", trash.display())));
    };
    fs::rename(run, &to).map_err(failed)?;
    Ok(to)
}

/// Makes `into`, a new run directory: settings and recipe of the run that `checkpoint` belongs to, and this one
/// checkpoint, so that resuming it goes on from there. The recipe is that of the checkpoint where it lies with it.
///
/// # Errors
/// What is no checkpoint of a run, or a directory that is there already or cannot be written; nothing is left of it.
pub fn copy_for_fork(checkpoint: &Path, into: &Path) -> Result<(), RunError> {
    let refused = |reason: String| RunError::NoFork { path: checkpoint.to_path_buf(), reason };
    let run = checkpoint.parent().and_then(Path::parent);
    let (Some(run), true) = (run, checkpoint::number(checkpoint).is_some() && checkpoint.is_dir()) else {
        return Err(refused("it is no checkpoint of a run; choose one that is still there".into()));
    };
    let read = |path: PathBuf| read_text(&path).map_err(|error| refused(format!("{}: {error}", path.display())));
    let settings = read(run.join("run.toml"))?;
    let own = checkpoint.join("recipe.rhai");
    let recipe = read(if own.exists() { own } else { run.join("recipe.rhai") })?;
    let failed = |error: io::Error| refused(format!("{}: {error}", into.display()));
    if let Some(folder) = into.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir(into).map_err(failed)?;
    let fill = || -> io::Result<()> {
        let name = checkpoint.file_name().unwrap_or_default();
        copy_files(checkpoint, &into.join("checkpoints").join(name))?;
        write_whole(&into.join("recipe.rhai"), recipe.as_bytes())?;
        write_whole(&into.join("run.toml"), settings.as_bytes())
    };
    fill().map_err(|error| {
        let _ = fs::remove_dir_all(into);
        failed(error)
    })
}

/// Copies the files of a folder, and nothing else that may be in it.
fn copy_files(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), into.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::read_run;

    fn run(path: &Path, checkpoint: &str) -> PathBuf {
        let folder = path.join("checkpoints").join(checkpoint);
        fs::create_dir_all(&folder).unwrap();
        let settings =
            "emberlab = \"0.1.0\"\nrecipe = \"a.rhai\"\nseed = 1\ndevice = \"cpu\"\ndata_fingerprint = \"0\"\n";
        for (name, text) in [("run.toml", settings), ("recipe.rhai", "let newest = 1;"), ("events.jsonl", "")] {
            fs::write(path.join(name), text).unwrap();
        }
        for name in ["state.json", "model.safetensors", "learner.safetensors"] {
            fs::write(folder.join(name), name).unwrap();
        }
        folder
    }

    #[test]
    fn a_run_in_the_trash_folder_is_whole_and_two_of_one_name_stay_apart() {
        let runs = tempfile::tempdir().unwrap();
        let path = runs.path().join("a");
        let mut places = Vec::new();
        for _ in 0..2 {
            run(&path, "00000007");
            let place = trash(&path, None).unwrap();
            assert!(!path.exists());
            assert!(place.starts_with(runs.path().join(".trash")));
            assert!(place.join("checkpoints/00000007/state.json").exists() && read_run(&place).is_ok());
            places.push(place);
        }
        assert_ne!(places[0], places[1]);
    }

    #[test]
    fn what_must_stay_stays() {
        let runs = tempfile::tempdir().unwrap();
        let path = runs.path().join("a");
        run(&path, "00000007");
        let reason = |path: &Path, shown: Option<&Path>| trash(path, shown).unwrap_err().to_string();
        assert!(reason(&path, Some(&runs.path().join("./a"))).contains("in the window"));
        let held = lock::hold(&path).unwrap();
        assert!(reason(&path, None).contains("open already"));
        drop(held);
        let photos = runs.path().join("photos");
        fs::create_dir(&photos).unwrap();
        assert!(reason(&photos, None).contains("no run directory"));
        assert!(reason(&runs.path().join("none"), None).contains("No such file"));
        assert!(path.join("run.toml").exists() && photos.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_run_is_not_followed() {
        let runs = tempfile::tempdir().unwrap();
        run(&runs.path().join("a"), "00000007");
        let link = runs.path().join("link");
        std::os::unix::fs::symlink("a", &link).unwrap();
        assert!(trash(&link, None).unwrap_err().to_string().contains("symbolic link"));
        assert!(runs.path().join("a/run.toml").exists() && link.is_symlink());
    }

    #[test]
    fn a_fork_holds_one_checkpoint_and_the_recipe_that_belongs_to_it() {
        let runs = tempfile::tempdir().unwrap();
        let old = run(&runs.path().join("a"), "00000007");
        run(&runs.path().join("a"), "00000009");
        for (own, wanted) in [(None, "let newest = 1;"), (Some("let older = 1;"), "let older = 1;")] {
            if let Some(text) = own {
                fs::write(old.join("recipe.rhai"), text).unwrap();
            }
            let into = runs.path().join("new").join(wanted.len().to_string());
            copy_for_fork(&old, &into).unwrap();
            let (settings, recipe) = read_run(&into).unwrap();
            assert_eq!((settings.recipe, recipe.text.as_str()), (PathBuf::from("a.rhai"), wanted));
            assert_eq!(checkpoint::list(&into), [into.join("checkpoints/00000007")]);
            assert_eq!(fs::read_to_string(into.join("checkpoints/00000007/state.json")).unwrap(), "state.json");
            fs::write(into.join("run.toml"), "kept").unwrap();
            assert!(copy_for_fork(&old, &into).is_err(), "a run that is there is not touched");
            assert_eq!(fs::read_to_string(into.join("run.toml")).unwrap(), "kept");
        }
    }

    #[test]
    fn what_is_no_checkpoint_makes_no_run() {
        let runs = tempfile::tempdir().unwrap();
        let checkpoint = run(&runs.path().join("a"), "00000007");
        let into = runs.path().join("b");
        for wrong in [checkpoint.with_file_name("00000008"), checkpoint.with_file_name("partial"), "7".into()] {
            assert!(copy_for_fork(&wrong, &into).is_err(), "{}", wrong.display());
        }
        fs::remove_file(runs.path().join("a/run.toml")).unwrap();
        assert!(copy_for_fork(&checkpoint, &into).unwrap_err().to_string().contains("run.toml"));
        assert!(!into.exists());
    }
}
