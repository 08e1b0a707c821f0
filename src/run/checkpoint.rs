//! Checkpoints: `model.safetensors` (weights and averaged weights, as PyTorch names and lays them out),
//! `learner.safetensors` (moments and sound states), `recipe.rhai` and `state.json`. Each checkpoint is a folder that is written
//! aside, synced and renamed, so it is there whole or not at all.

use super::directory::write_whole;
use super::grid::{Learned, SoundState};
use super::options::RunError;
use super::store::ChainStore;
use super::tensor_file;
use crate::compute::{ParameterSet, RunningStatistics, Tensor};
use crate::learning::{Average, Governor, Guard, Optimizer};
use crate::recipe::Setting;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Checkpoints that are kept.
const KEPT: usize = 3;

/// What a checkpoint holds beside tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedState {
    pub(super) iteration: u64,
    pub(super) seconds: f64,
    pub(super) seed: u64,
    pub(super) parameters: BTreeMap<String, Setting>,
    pub(super) grids: Vec<SavedGrid>,
    /// Sides of the grids that learn no more.
    #[serde(default)]
    pub(super) frozen: BTreeSet<usize>,
}

/// One grid's part of [`SavedState`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedGrid {
    pub(super) side: usize,
    updates: u64,
    rate_cut: f64,
    optimizer_steps: u64,
    averaged: u64,
    governor: Governor,
    guard: Guard,
    sound: Vec<u64>,
    /// The training images that have a persistent chain.
    #[serde(default)]
    persistent: Vec<usize>,
}

impl SavedGrid {
    pub(super) fn of(learned: &Learned, side: usize) -> Self {
        Self {
            side,
            updates: learned.updates,
            rate_cut: learned.rate_cut,
            optimizer_steps: learned.optimizer.steps,
            averaged: learned.average.updates(),
            governor: learned.governor,
            guard: learned.guard.clone(),
            sound: learned.sound.iter().map(|state| state.update).collect(),
            persistent: learned.store.parts().0,
        }
    }
}

/// Named tensors on their way to a file.
#[derive(Default)]
struct Outgoing(Vec<(String, Vec<usize>, Vec<u8>)>);

impl Outgoing {
    fn put(&mut self, name: String, shape: &[usize], data: &[f32]) {
        let bytes = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.0.push((name, shape.to_vec(), bytes));
    }

    fn put_set(&mut self, prefix: &str, set: &ParameterSet) {
        for tensor in &set.tensors {
            self.put(format!("{prefix}.{}", tensor.name), &tensor.shape, &tensor.data);
        }
        for (index, statistics) in set.statistics.iter().enumerate() {
            let shape = [statistics.mean.len()];
            self.put(format!("{prefix}.bn{index}.running_mean"), &shape, &statistics.mean);
            self.put(format!("{prefix}.bn{index}.running_var"), &shape, &statistics.variance);
        }
    }

    fn write(self, path: &Path) -> Result<(), String> {
        let mut views = Vec::with_capacity(self.0.len());
        for (name, shape, bytes) in &self.0 {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| error.to_string())?;
            views.push((name.as_str(), view));
        }
        let bytes = safetensors::serialize(views, None).map_err(|error| error.to_string())?;
        write_whole(path, &bytes).map_err(|error| error.to_string())
    }
}

/// Writes a checkpoint below `directory`; it and the two before it are kept. Returns its folder.
pub(super) fn save(
    directory: &Path,
    state: &SavedState,
    recipe: &str,
    grids: &[(usize, &Learned)],
) -> Result<PathBuf, RunError> {
    let folder = directory.join("checkpoints");
    let path = folder.join(format!("{:08}", state.iteration));
    let aside = folder.join("partial");
    let write = || -> Result<(), String> {
        let text = |error: std::io::Error| error.to_string();
        let _ = fs::remove_dir_all(&aside);
        fs::create_dir_all(&aside).map_err(text)?;
        model_tensors(grids).write(&aside.join("model.safetensors"))?;
        learner_tensors(grids).write(&aside.join("learner.safetensors"))?;
        write_whole(&aside.join("recipe.rhai"), recipe.as_bytes()).map_err(text)?;
        let json = serde_json::to_vec(state).map_err(|error| error.to_string())?;
        write_whole(&aside.join("state.json"), &json).map_err(text)?;
        if path.exists() {
            fs::remove_dir_all(&path).map_err(text)?;
        }
        fs::rename(&aside, &path).map_err(text)?;
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(text)
    };
    write().map_err(|reason| RunError::Directory {
        path: directory.to_path_buf(),
        source: std::io::Error::other(format!("the checkpoint was not written: {reason}")),
    })?;
    // Later ones are of a time before a reset, or unsound ones that were passed over.
    let (later, earlier): (Vec<_>, Vec<_>) =
        list(directory).into_iter().partition(|old| number(old) > Some(state.iteration));
    for old in later.iter().chain(earlier.iter().rev().skip(KEPT)) {
        let _ = fs::remove_dir_all(old);
    }
    Ok(path)
}

/// Folders of a run's checkpoints, the oldest first.
#[must_use]
pub(super) fn list(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("checkpoints")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| number(path).is_some()).collect();
    paths.sort_by_key(|path| number(path));
    paths
}

/// The iteration that a checkpoint's folder is named after.
pub(super) fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.parse().ok()
}

fn model_tensors(grids: &[(usize, &Learned)]) -> Outgoing {
    let mut out = Outgoing::default();
    for (side, learned) in grids {
        out.put_set(&format!("side{side}.weights"), &learned.parameters);
        out.put_set(&format!("side{side}.average"), &learned.average.parameters);
    }
    out
}

fn learner_tensors(grids: &[(usize, &Learned)]) -> Outgoing {
    let mut out = Outgoing::default();
    for (side, learned) in grids {
        let (numbers, chains) = learned.store.parts();
        if !numbers.is_empty() {
            out.put(format!("side{side}.persistent"), &[numbers.len(), chains.len() / numbers.len()], &chains);
        }
        for (kind, moments) in [("first", &learned.optimizer.first), ("second", &learned.optimizer.second)] {
            for (moment, tensor) in moments.iter().zip(&learned.parameters.tensors) {
                out.put(format!("side{side}.{kind}.{}", tensor.name), &tensor.shape, moment);
            }
        }
        for (index, state) in learned.sound.iter().enumerate() {
            out.put_set(&format!("side{side}.sound{index}.weights"), &state.parameters);
            if let Some(average) = &state.average {
                out.put_set(&format!("side{side}.sound{index}.average"), average);
            }
        }
    }
    out
}

/// A checkpoint that was read; tensors are taken out of it grid by grid.
pub(super) struct Loaded {
    pub(super) state: SavedState,
    /// The recipe it was written under, where it lies with it.
    pub(super) recipe: Option<String>,
    path: PathBuf,
    tensors: BTreeMap<String, Vec<f32>>,
}

/// Reads a checkpoint's folder.
pub(super) fn load(path: &Path) -> Result<Loaded, RunError> {
    let unsound = |reason: String| RunError::Checkpoint { path: path.to_path_buf(), reason };
    let read = |name: &str| fs::read(path.join(name)).map_err(|error| unsound(format!("{name}: {error}")));
    let state: SavedState =
        serde_json::from_slice(&read("state.json")?).map_err(|error| unsound(format!("state.json: {error}")))?;
    let mut tensors = BTreeMap::new();
    for name in ["model.safetensors", "learner.safetensors"] {
        let bytes = read(name)?;
        let parsed = tensor_file::open(&bytes).map_err(|error| unsound(format!("{name}: {error}")))?;
        for (key, view) in parsed.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(unsound(format!("{name}: {key} is not f32")));
            }
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            tensors.insert(key, values);
        }
    }
    let recipe = fs::read_to_string(path.join("recipe.rhai")).ok();
    Ok(Loaded { state, recipe, path: path.to_path_buf(), tensors })
}

impl Loaded {
    /// What the grid of that side had learned; `like` gives the names and shapes it must have.
    pub(super) fn learned(&self, side: usize, like: &ParameterSet) -> Result<Learned, RunError> {
        let Some(grid) = self.state.grids.iter().find(|grid| grid.side == side) else {
            return Err(self.unsound(format!("it has no grid of side {side}; it belongs to another recipe")));
        };
        let sound = grid.sound.iter().enumerate().map(|(index, &update)| {
            let set = |kind: &str| self.set(&format!("side{side}.sound{index}.{kind}"), like);
            Ok(SoundState { update, parameters: set("weights")?, average: Some(set("average")?) })
        });
        Ok(Learned {
            parameters: self.set(&format!("side{side}.weights"), like)?,
            average: Average::new(self.set(&format!("side{side}.average"), like)?, grid.averaged),
            optimizer: Optimizer {
                steps: grid.optimizer_steps,
                first: self.moments(side, "first", like),
                second: self.moments(side, "second", like),
            },
            governor: grid.governor,
            guard: grid.guard.clone(),
            updates: grid.updates,
            rate_cut: grid.rate_cut,
            sound: sound.collect::<Result<_, RunError>>()?,
            store: self.store(side, &grid.persistent)?,
        })
    }

    fn store(&self, side: usize, numbers: &[usize]) -> Result<Arc<ChainStore>, RunError> {
        let chains = match self.tensors.get(&format!("side{side}.persistent")) {
            Some(chains) => chains.as_slice(),
            None if numbers.is_empty() => &[],
            None => return Err(self.unsound(format!("the persistent chains of side {side} are missing"))),
        };
        if !numbers.is_empty() && !chains.len().is_multiple_of(numbers.len()) {
            return Err(self.unsound(format!("the persistent chains of side {side} are not {} chains", numbers.len())));
        }
        Ok(Arc::new(ChainStore::new(numbers, chains)))
    }

    fn set(&self, prefix: &str, like: &ParameterSet) -> Result<ParameterSet, RunError> {
        let take = |name: String, length: usize| match self.tensors.get(&name) {
            Some(values) if values.len() == length => Ok(values.clone()),
            Some(values) => Err(self.unsound(format!(
                "{name} has {} values, the recipe's network {length}; it belongs to another recipe",
                values.len()
            ))),
            None => Err(self.unsound(format!("{name} is missing; it belongs to another recipe"))),
        };
        let mut set = ParameterSet::default();
        for tensor in &like.tensors {
            let data = take(format!("{prefix}.{}", tensor.name), tensor.data.len())?;
            set.tensors.push(Tensor { data, ..tensor.clone() });
        }
        for (index, statistics) in like.statistics.iter().enumerate() {
            let length = statistics.mean.len();
            set.statistics.push(RunningStatistics {
                mean: take(format!("{prefix}.bn{index}.running_mean"), length)?,
                variance: take(format!("{prefix}.bn{index}.running_var"), length)?,
            });
        }
        Ok(set)
    }

    fn moments(&self, side: usize, kind: &str, like: &ParameterSet) -> Vec<Vec<f32>> {
        let name = |tensor: &Tensor| format!("side{side}.{kind}.{}", tensor.name);
        like.tensors.iter().filter_map(|tensor| self.tensors.get(&name(tensor)).cloned()).collect()
    }

    fn unsound(&self, reason: String) -> RunError {
        RunError::Checkpoint { path: self.path.clone(), reason }
    }
}
