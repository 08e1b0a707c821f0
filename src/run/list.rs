//! The runs in a folder, as they are listed: what each is, how far it came, and what it looks like.

use super::checkpoint;
use super::directory::{RunSettings, read_text};
use super::lock;
use super::message::Pictures;
use super::options::RunError;
use super::standing::Standing;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// How a run stands, by what lies in its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunStatus {
    /// A process has it open.
    Open,
    /// No process has it open, and its last event tells of no end.
    #[default]
    CutOff,
    Ended,
    Failed,
}

/// One run of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunSummary {
    pub directory: PathBuf,
    /// Where its recipe came from.
    pub recipe: PathBuf,
    /// Its recipe's text, as it was last.
    pub text: String,
    pub device: String,
    pub seed: u64,
    pub status: RunStatus,
    /// Why it failed.
    pub failure: Option<String>,
    /// Updates of its last event, or of its newest checkpoint.
    pub iteration: u64,
    /// Seconds of learning.
    pub seconds: f64,
    /// When it was last written to, seconds since 1970.
    pub changed: u64,
    /// Updates and folder of its checkpoints, oldest first.
    pub checkpoints: Vec<(u64, PathBuf)>,
    /// The file of its newest sheet.
    pub sheet: Option<PathBuf>,
    /// A piece of that sheet: one picture, once [`Thumbnails`](super::Thumbnails) has put it here.
    pub thumbnail: Arc<Pictures>,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// The runs in `folder`, the one written to last first. A folder that is not there holds none; what is no run directory
/// is passed over, and what is hidden.
///
/// # Errors
/// A folder that cannot be read.
pub fn list_runs(folder: &Path) -> Result<Vec<RunSummary>, RunError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(RunError::NoRun { path: folder.to_path_buf(), reason: format!("it cannot be read: {error}") });
        }
        Ok(entries) => entries.flatten(),
    };
    let hidden = |path: &Path| path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let paths = entries.map(|entry| entry.path()).filter(|path| !hidden(path) && is_run(path));
    let mut runs: Vec<RunSummary> = paths.map(summary).collect();
    runs.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.directory.cmp(&b.directory)));
    Ok(runs)
}

/// Whether something is the directory of a run, if only a broken one.
pub(super) fn is_run(path: &Path) -> bool {
    let has = |name: &str| path.join(name).symlink_metadata().is_ok();
    path.is_dir() && (has("run.toml") || (has("events.jsonl") && has("checkpoints")))
}

fn summary(directory: PathBuf) -> RunSummary {
    let mut problems = Vec::new();
    let mut missing = |name: &str, reason: String| problems.push(format!("{name}: {reason}"));
    let mut run = RunSummary { changed: changed(&directory), ..RunSummary::default() };
    match settings(&directory) {
        Ok(settings) => (run.recipe, run.device, run.seed) = (settings.recipe, settings.device, settings.seed),
        Err(reason) => missing("run.toml", reason),
    }
    match read_text(&directory.join("recipe.rhai")) {
        Ok(text) => run.text = text,
        Err(error) => missing("recipe.rhai", error.to_string()),
    }
    let standing = Standing::of(&directory);
    if let Some(error) = &standing.problem {
        missing("events.jsonl", error.to_string());
    }
    let sheet = standing.sheet.or_else(|| newest_sheet(&directory));
    run.sheet = sheet.map(|name| directory.join("sheets").join(name));
    run.status = if lock::is_open(&directory) { RunStatus::Open } else { standing.status };
    (run.failure, run.iteration, run.seconds) = (standing.failure, standing.iteration, standing.seconds);
    run.checkpoints = checkpoint::list(&directory)
        .into_iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| checkpoint::number(&path).map(|iteration| (iteration, path)))
        .collect();
    run.problem = (!problems.is_empty()).then(|| problems.join("; "));
    run.directory = directory;
    run
}

fn settings(directory: &Path) -> Result<RunSettings, String> {
    let text = read_text(&directory.join("run.toml")).map_err(|error| error.to_string())?;
    toml::from_str(&text).map_err(|error| error.message().to_owned())
}

/// When a run was last written to, seconds since 1970.
fn changed(directory: &Path) -> u64 {
    let time = |name| fs::metadata(directory.join(name)).and_then(|data| data.modified()).ok();
    let newest = ["events.jsonl", "run.toml", ""].into_iter().find_map(time);
    newest.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs())
}

/// The sheet of the latest iteration.
fn newest_sheet(directory: &Path) -> Option<OsString> {
    let names = fs::read_dir(directory.join("sheets")).ok()?.flatten().map(|entry| entry.file_name());
    let number = |name: &OsString| Path::new(name).file_stem()?.to_str()?.parse::<u64>().ok();
    names.filter_map(|name| number(&name).map(|number| (number, name))).max().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::super::message::Event;
    use super::*;
    use std::collections::BTreeMap;

    const SETTINGS: &str =
        "emberlab = \"0.1.0\"\nrecipe = \"a.rhai\"\nseed = 5\ndevice = \"cpu\"\ndata_fingerprint = \"0\"\n";

    fn update(iteration: u64) -> Event {
        Event::Update { iteration, seconds: iteration as f64 / 2.0, grids: Vec::new() }
    }

    fn ended(error: Option<&str>) -> Event {
        Event::Ended { iteration: 40, error: error.map(str::to_owned), input: false }
    }

    fn write(path: &Path, events: &[Event], checkpoints: &[&str]) {
        for name in checkpoints.iter().map(|name| format!("checkpoints/{name}")).chain(["sheets".to_owned()]) {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect();
        for (name, text) in [("run.toml", SETTINGS), ("recipe.rhai", "grid(4);"), ("events.jsonl", &lines.concat())] {
            fs::write(path.join(name), text).unwrap();
        }
    }

    fn by_name(folder: &Path) -> BTreeMap<String, RunSummary> {
        let name = |run: &RunSummary| run.directory.file_name().unwrap().to_string_lossy().into_owned();
        list_runs(folder).unwrap().into_iter().map(|run| (name(&run), run)).collect()
    }

    #[test]
    fn a_run_is_told_by_its_settings_its_record_and_its_checkpoints() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, &[update(39), update(40)], &["00000020", "00000040", "partial"]);
        fs::write(path.join("checkpoints/00000050"), "a file").unwrap();
        let run = by_name(folder.path()).remove("a").unwrap();
        assert_eq!((run.recipe, run.text.as_str()), (PathBuf::from("a.rhai"), "grid(4);"));
        assert_eq!((run.device.as_str(), run.seed, run.iteration, run.seconds), ("cpu", 5, 40, 20.0));
        let checkpoints = [20, 40].map(|number| (number, path.join(format!("checkpoints/{number:08}"))));
        assert_eq!(run.checkpoints, checkpoints);
        assert!(run.changed > 1_700_000_000);
        assert_eq!((run.status, run.problem), (RunStatus::CutOff, None));
    }

    #[test]
    fn a_run_is_open_cut_off_ended_or_failed() {
        let folder = tempfile::tempdir().unwrap();
        let started = Event::Started { directory: None, device: "cpu".into(), seed: 1, iteration: 40 };
        for (name, events) in [
            ("cut off", vec![update(40)]),
            ("ended", vec![update(40), ended(None)]),
            ("failed", vec![update(40), ended(Some("disk full"))]),
            ("resumed and cut off", vec![update(40), ended(None), started]),
            ("open", vec![update(40), ended(None)]),
        ] {
            write(&folder.path().join(name), &events, &[]);
        }
        let _held = lock::hold(&folder.path().join("open")).unwrap();
        let runs = by_name(folder.path());
        for (name, status) in [
            ("cut off", RunStatus::CutOff),
            ("ended", RunStatus::Ended),
            ("failed", RunStatus::Failed),
            ("resumed and cut off", RunStatus::CutOff),
            ("open", RunStatus::Open),
        ] {
            assert_eq!(runs[name].status, status, "{name}");
            assert_eq!(runs[name].iteration, 40, "{name}");
        }
        assert_eq!(runs["failed"].failure.as_deref(), Some("disk full"));
        assert_eq!(runs["resumed and cut off"].failure, None);
    }

    #[test]
    fn what_is_missing_is_named_and_the_rest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run.toml", "recipe.rhai", "events.jsonl"] {
            let path = folder.path().join(name);
            write(&path, &[update(40)], &["00000040"]);
            fs::remove_file(path.join(name)).unwrap();
            let state = r#"{"iteration": 40, "seconds": 20.0, "seed": 1, "grids": []}"#;
            fs::write(path.join("checkpoints/00000040/state.json"), state).unwrap();
        }
        for (name, run) in by_name(folder.path()) {
            let problem = run.problem.unwrap();
            assert!(problem.starts_with(&format!("{name}: ")) && !problem.contains(';'), "{problem}");
            assert_eq!((run.iteration, run.seconds, run.checkpoints.len()), (40, 20.0, 1), "{name}");
        }
        fs::write(folder.path().join("recipe.rhai/run.toml"), "seed = \"one\"").unwrap();
        assert!(by_name(folder.path())["recipe.rhai"].problem.as_ref().unwrap().contains("run.toml: "));
    }

    #[test]
    fn a_record_whose_updates_cannot_be_read_still_tells_how_far_the_run_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let started = Event::Started { directory: None, device: "cpu".into(), seed: 1, iteration: 0 };
        write(&path, &[started, ended(None)], &["00000020"]);
        fs::write(path.join("checkpoints/00000020/state.json"), r#"{"iteration": 20, "seconds": 9.5}"#).unwrap();
        let run = by_name(folder.path()).remove("a").unwrap();
        assert_eq!((run.iteration, run.seconds), (40, 9.5));
    }

    #[test]
    fn what_is_no_run_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("a"), &[update(1)], &[]);
        write(&folder.path().join(".trash/b-1"), &[update(1)], &[]);
        fs::create_dir(folder.path().join("photos")).unwrap();
        fs::write(folder.path().join("notes.txt"), "run.toml").unwrap();
        #[cfg(unix)]
        for (name, target) in [("loop", "loop"), ("up", ".."), ("gone", "nowhere")] {
            std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
        }
        assert_eq!(by_name(folder.path()).into_keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(list_runs(&folder.path().join("none")).unwrap(), []);
        assert!(list_runs(&folder.path().join("notes.txt")).unwrap_err().to_string().contains("notes.txt"));
    }

    #[test]
    fn the_newest_is_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, day) in [("a", 2), ("b", 3), ("c", 1)] {
            let path = folder.path().join(name);
            write(&path, &[update(1)], &[]);
            let time = UNIX_EPOCH + std::time::Duration::from_secs(86_400 * day);
            fs::File::options().append(true).open(path.join("events.jsonl")).unwrap().set_modified(time).unwrap();
        }
        let names = list_runs(folder.path()).unwrap();
        let names: Vec<_> = names.iter().map(|run| run.directory.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["b", "a", "c"]);
    }

    #[test]
    fn the_sheet_told_of_last_is_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let sheet = |iteration| Event::Sheet { iteration, path: format!("elsewhere/{iteration:08}.png").into() };
        write(&path, &[update(90), sheet(90), update(20), sheet(20)], &[]);
        for name in ["00000020.png", "00000090.png", "notes.txt"] {
            fs::write(path.join("sheets").join(name), "").unwrap();
        }
        let newest = || by_name(folder.path())["a"].sheet.clone().unwrap();
        assert_eq!(newest(), path.join("sheets/00000020.png"), "the run was reset");
        fs::write(path.join("events.jsonl"), "").unwrap();
        assert_eq!(newest(), path.join("sheets/00000090.png"), "the record tells of none");
    }
}
