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

/// The files of a checkpoint that are read.
pub const FILES: [&str; 4] = ["state.json", "model.safetensors", "learner.safetensors", "recipe.rhai"];

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
    let checkpoint = entries.map(|entry| entry.expect("a checkpoint").path()).max().expect("a checkpoint");
    // Without checksums and the like, which would refuse all else that was changed.
    for entry in std::fs::read_dir(&checkpoint).expect("a checkpoint") {
        let path = entry.expect("a file").path();
        if !FILES.iter().any(|name| path.ends_with(name)) {
            std::fs::remove_file(path).expect("a file");
        }
    }
    checkpoint
}

/// Ends the process unless a message is words that fit a terminal.
pub fn sound(message: &str) {
    assert!(!message.trim().is_empty(), "an error without words");
}

/// Lets panics pass that are caught where foreign code is called; one that is not caught still ends the process.
pub fn caught_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
