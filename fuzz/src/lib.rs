//! What the targets share.

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder for what this process reads, in memory where the machine has such a place.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    }
    .expect("a temporary folder")
}

/// A recipe of a network with a normalization, small enough to open a checkpoint of it many times a second.
pub const RECIPE: &str = r#"fn pyramid() { sides([1, 2]) }
fn network(s) { net([conv(1, 1), norm("batch"), leaky(0.2)]) }
fn optimizer() { adam(#{ average: 0.9 }) }
fn kernel(s) { langevin(#{ steps: 1, drift: 1.0, noise: 0.02 }) }
fn batch_size() { 2 }
fn data() { mixture(#{ modes: 2, count: 8 }) }
"#;

/// A run of [`RECIPE`] that learned a little, in `folder/run`; its newest checkpoint.
pub fn run(folder: &Path) -> PathBuf {
    use emberlab::recipe::RecipeText;
    use emberlab::run::{Event, Run, RunOptions};
    let directory = folder.join("run");
    let recipe = RecipeText { path: "recipe.rhai".into(), text: RECIPE.into() };
    let options = RunOptions {
        device: "cpu".into(),
        threads: Some(1),
        iterations: Some(2),
        directory: Some(directory.clone()),
        ..RunOptions::new(recipe)
    };
    let run = Run::spawn(options).expect("a run");
    loop {
        match run.events.recv().expect("an end") {
            Event::Ended { error: None, .. } => break,
            Event::Ended { error, .. } => panic!("{error:?}"),
            _ => {}
        }
    }
    drop(run);
    let entries = std::fs::read_dir(directory.join("checkpoints")).expect("checkpoints");
    entries.map(|entry| entry.expect("a checkpoint").path()).max().expect("a checkpoint")
}

/// Ends the process unless a message is words that fit a terminal.
pub fn sound(message: &str) {
    assert!(!message.trim().is_empty(), "an error without words");
}
