//! A run that must end the same whatever happens to it on its way.

use emberlab::run::{Event, read_events};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So quick that most of its time goes into checkpoints, with everything that is learned or kept from iteration to iteration:
/// running statistics, moments, an average, a governor, persistent chains, chains that the recipe keeps, a slider, curves of its
/// own.
pub const EVERYTHING: &str = concat!(
    "fn data() { idx(\"",
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/idx/mnist\").range(-1, 1).flip().noise(0.02) }",
    r#"
fn pyramid() { sides([1, 4, 8]) }
fn network(s) { net([conv(4, 3), norm("batch"), leaky(0.2), conv(4, 3), silu()]) }
fn kernel(s) { langevin(#{ steps: slider("steps", 2, 1, 9), drift: 1.0, noise: 0.02 }) }
fn batch_size() { 3 }
fn optimizer() { adam(#{ beta1: 0.5, clip_norm: 5, average: 0.9, governor: governor(#{ band: 0.5, settle: 3 }) }) }
fn rate(t) { 1e-3 }
fn iterate(lab, batch) {
    let y = lab.persistent(1, batch, 0.1);
    y = lab.sample(1, y);
    lab.persist(1, batch, y);
    let z = batch.grid(2);
    try { z = lab.kept(2); } catch { }
    z = lab.sample(2, z);
    lab.keep(2, z);
    lab.update(1, batch.grid(1), y);
    lab.update(2, batch.grid(2), z);
    lab.plot("one", 1.0);
}
"#
);

/// What a run comes to.
#[derive(PartialEq)]
pub struct Ended {
    /// Every tensor of its newest checkpoint by name.
    tensors: BTreeMap<String, Vec<u8>>,
    /// Its state, without the times.
    state: serde_json::Value,
    curves: Vec<Event>,
}

impl Ended {
    /// Points of its curves.
    pub fn events(&self) -> usize {
        self.curves.len()
    }

    /// Where two of them differ, in words.
    pub fn differs(&self, other: &Self) -> String {
        let names = |of: &Self| of.tensors.keys().cloned().collect::<Vec<_>>();
        let tensor = self.tensors.iter().find(|(name, bytes)| other.tensors.get(*name) != Some(bytes));
        let place = self.curves.iter().zip(&other.curves).position(|(one, other)| one != other);
        format!(
            "tensors {:?} and {:?}, the first other one {:?}; states {} and {}; {} and {} events, the first other at {:?}",
            names(self).len(),
            names(other).len(),
            tensor.map(|(name, _)| name),
            self.state,
            other.state,
            self.curves.len(),
            other.curves.len(),
            place.map(|place| (&self.curves[place], &other.curves[place])),
        )
    }
}

/// Folders of the checkpoints in a run's directory, the oldest first.
pub fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten().map(|entry| entry.path());
    let number = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u64>().is_ok());
    let mut paths: Vec<PathBuf> = entries.filter(number).collect();
    paths.sort();
    paths
}

/// What the run in this directory came to.
pub fn end_of(run: &Path) -> Ended {
    let checkpoint = checkpoints(run).pop().expect("there is no checkpoint");
    let mut tensors = BTreeMap::new();
    for file in ["model.safetensors", "learner.safetensors"] {
        let bytes = std::fs::read(checkpoint.join(file)).unwrap();
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            tensors.insert(name, view.data().to_vec());
        }
    }
    let bytes = std::fs::read(checkpoint.join("state.json")).unwrap();
    let mut state: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    state["seconds"] = 0.into();
    Ended { tensors, state, curves: curves(run) }
}

/// The curves of a run, without the times.
pub fn curves(run: &Path) -> Vec<Event> {
    let timeless = |event| match event {
        Event::Update { iteration, mut grids, .. } => {
            grids.iter_mut().for_each(|grid| grid.step_ms = 0.0);
            Some(Event::Update { iteration, seconds: 0.0, grids })
        }
        Event::Plot { .. } => Some(event),
        _ => None,
    };
    read_events(run).unwrap().into_iter().filter_map(timeless).collect()
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}
