//! Checkpoints: `model.safetensors` (weights and averaged weights, as PyTorch names and lays them out),
//! `learner.safetensors` (moments, sound states and chains), `recipe.rhai`, `state.json`, `log.json` (where the log of events stood)
//! and their `checksums`. Each checkpoint is a folder that is written aside, synced and renamed, so it is there whole or not at
//! all.

use super::checksums::{self, Checksums};
use super::directory::{open_file, read_text, sync_folder, write_synced};
use super::event_log::Mark;
use super::grid::{Grid, Learned, SoundState};
use super::options::RunError;
use super::rotation::Keep;
use super::store::ChainStore;
use super::tensor_file;
use crate::compute::{Images, ParameterSet, RunningStatistics, Tensor};
use crate::learning::{Average, Governor, Guard, Optimizer};
use crate::recipe::Setting;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a checkpoint.
const FILES: [&str; 5] = [MODEL, LEARNER, RECIPE, STATE, LOG];
const MODEL: &str = "model.safetensors";
const LEARNER: &str = "learner.safetensors";
const RECIPE: &str = "recipe.rhai";
const STATE: &str = "state.json";
const LOG: &str = "log.json";
/// Bytes of the largest file of a checkpoint that is read.
const LARGEST: u64 = 16 << 30;
/// Ends the name of a checkpoint that another of the same iteration is about to replace.
const OLD: &str = "old";

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
    #[serde(default)]
    norm_limit: Option<f64>,
    optimizer_steps: u64,
    averaged: u64,
    governor: Governor,
    guard: Guard,
    sound: Vec<u64>,
    /// The training images that have a persistent chain.
    #[serde(default)]
    persistent: Vec<usize>,
    /// Shape of the chains that the recipe kept.
    #[serde(default)]
    kept: Option<[usize; 4]>,
}

impl SavedGrid {
    pub(super) fn of(grid: &Grid) -> Self {
        let learned = &grid.learned;
        Self {
            side: grid.network.side(),
            updates: learned.updates,
            rate_cut: learned.rate_cut,
            norm_limit: learned.norm_limit,
            optimizer_steps: learned.optimizer.steps,
            averaged: learned.average.updates(),
            governor: learned.governor,
            guard: learned.guard.clone(),
            sound: learned.sound.iter().map(|state| state.update).collect(),
            persistent: learned.store.parts().0,
            kept: grid.kept.as_ref().map(|images| images.shape()),
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

    fn bytes(self) -> Result<Vec<u8>, String> {
        let mut views = Vec::with_capacity(self.0.len());
        for (name, shape, bytes) in &self.0 {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| error.to_string())?;
            views.push((name.as_str(), view));
        }
        safetensors::serialize(views, None).map_err(|error| error.to_string())
    }
}

/// Writes a checkpoint below `directory`, and lets go those that `keep` does not keep. Returns its folder.
///
/// # Errors
/// What cannot be written; then the checkpoints are those of before.
pub(super) fn save(
    directory: &Path,
    state: &SavedState,
    log: Option<Mark>,
    (recipe, grids): (&str, &[Grid]),
    keep: Keep,
) -> Result<PathBuf, RunError> {
    let folder = directory.join("checkpoints");
    let path = folder.join(format!("{:08}", state.iteration));
    let aside = folder.join("partial");
    let written = write(&aside, state, log, recipe, grids).and_then(|()| put_in_place(&aside, &path));
    written.map_err(|reason| {
        // What is there of it takes room that others need.
        let _ = fs::remove_dir_all(&aside);
        RunError::Directory {
            path: directory.to_path_buf(),
            source: io::Error::other(format!("the checkpoint was not written: {reason}")),
        }
    })?;
    rotate(directory, state.iteration, keep);
    Ok(path)
}

/// Writes the files of a checkpoint into `aside`, synced.
fn write(aside: &Path, state: &SavedState, log: Option<Mark>, recipe: &str, grids: &[Grid]) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let _ = fs::remove_dir_all(aside);
    fs::create_dir_all(aside).map_err(text)?;
    let mut sums = Checksums::default();
    let mut put = |name: &str, bytes: &[u8]| {
        sums.note(name, bytes);
        write_synced(&aside.join(name), bytes).map_err(text)
    };
    put(MODEL, &model_tensors(grids).bytes()?)?;
    put(LEARNER, &learner_tensors(grids).bytes()?)?;
    put(RECIPE, recipe.as_bytes())?;
    put(STATE, &serde_json::to_vec(state).map_err(|error| error.to_string())?)?;
    put(LOG, &serde_json::to_vec(&log).map_err(|error| error.to_string())?)?;
    write_synced(&aside.join(checksums::NAME), sums.text().as_bytes()).map_err(text)?;
    sync_folder(aside).map_err(text)
}

/// Renames a whole checkpoint to `path`. One that is there already stays until the new one is in its place.
fn put_in_place(aside: &Path, path: &Path) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let old = path.with_extension(OLD);
    if path.exists() {
        let _ = fs::remove_dir_all(&old);
        fs::rename(path, &old).map_err(text)?;
    }
    fs::rename(aside, path).map_err(text)?;
    if let Some(folder) = path.parent() {
        sync_folder(folder).map_err(text)?;
    }
    let _ = fs::remove_dir_all(old);
    Ok(())
}

/// Lets go the checkpoints that are not kept, now that the one of `iteration` is written.
fn rotate(directory: &Path, iteration: u64, keep: Keep) {
    // One is renamed before it is emptied: half of one is none.
    let leaving = directory.join("checkpoints").join("leaving");
    let let_go = |path: &Path| {
        let _ = fs::remove_dir_all(&leaving);
        let _ = fs::rename(path, &leaving);
        let _ = fs::remove_dir_all(&leaving);
    };
    // Later ones are of a time before a reset.
    let (later, earlier): (Vec<_>, Vec<_>) =
        list(directory).into_iter().partition(|path| number(path) > Some(iteration));
    later.iter().for_each(|path| let_go(path));
    let (replaced, earlier): (Vec<_>, Vec<_>) =
        earlier.into_iter().partition(|path| path.extension().is_some() && path.with_extension("").exists());
    replaced.iter().for_each(|path| let_go(path));
    for (newer, path) in earlier.iter().rev().enumerate() {
        if number(path).is_some_and(|number| !keep.keeps(number, newer)) {
            let_go(path);
        }
    }
}

/// Folders of a run's checkpoints, the oldest first.
#[must_use]
pub(super) fn list(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("checkpoints")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| number(path).is_some()).collect();
    paths.sort_by_key(|path| (number(path), path.extension().is_none()));
    paths
}

/// The iteration that a checkpoint's folder is named after.
pub(super) fn number(path: &Path) -> Option<u64> {
    let is_one = path.extension().is_none_or(|extension| extension == OLD);
    if is_one { path.file_stem()?.to_str()?.parse().ok() } else { None }
}

fn model_tensors(grids: &[Grid]) -> Outgoing {
    let mut out = Outgoing::default();
    for Grid { network, learned, .. } in grids {
        let side = network.side();
        out.put_set(&format!("side{side}.weights"), &learned.parameters);
        out.put_set(&format!("side{side}.average"), &learned.average.parameters);
    }
    out
}

fn learner_tensors(grids: &[Grid]) -> Outgoing {
    let mut out = Outgoing::default();
    for Grid { network, learned, kept, .. } in grids {
        let side = network.side();
        let (numbers, chains) = learned.store.parts();
        if !numbers.is_empty() {
            out.put(format!("side{side}.persistent"), &[numbers.len(), chains.len() / numbers.len()], &chains);
        }
        if let Some(images) = kept {
            out.put(format!("side{side}.kept"), &images.shape(), images.data());
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
    /// Where the log of events stood, where that is known.
    pub(super) log: Option<Mark>,
    /// The recipe it was written under, where it lies with it.
    pub(super) recipe: Option<String>,
    path: PathBuf,
    tensors: BTreeMap<String, Vec<f32>>,
}

/// Reads a checkpoint's folder, if it is sound by its checksums.
///
/// # Errors
/// The file at fault and why.
pub(super) fn load(path: &Path) -> Result<Loaded, RunError> {
    let unsound = |reason: String| RunError::Checkpoint { path: path.to_path_buf(), reason };
    let is_checked = checksums::check(path, &FILES).map_err(unsound)?;
    // Those of the time before there were checksums had no such file.
    if !is_checked && path.join(LOG).exists() {
        return Err(unsound(format!("{}: it is missing", checksums::NAME)));
    }
    let read = |name: &str| read_whole(&path.join(name)).map_err(|error| unsound(format!("{name}: {error}")));
    let state: SavedState =
        serde_json::from_slice(&read(STATE)?).map_err(|error| unsound(format!("{STATE}: {error}")))?;
    let mut tensors = BTreeMap::new();
    for name in [MODEL, LEARNER] {
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
    let recipe = read_text(&path.join(RECIPE)).ok();
    let log = read_text(&path.join(LOG)).ok().and_then(|text| serde_json::from_str(&text).ok());
    Ok(Loaded { state, log, recipe, path: path.to_path_buf(), tensors })
}

/// Reads a regular file; what it declares of itself makes no room for more than it has.
fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if open_file(path)?.take(LARGEST + 1).read_to_end(&mut bytes)? as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} GiB", LARGEST >> 30)));
    }
    Ok(bytes)
}

impl Loaded {
    /// The directory of its run.
    pub(super) fn run(&self) -> &Path {
        self.path.parent().and_then(Path::parent).unwrap_or(Path::new("."))
    }

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
                first: self.moments(side, "first", like)?,
                second: self.moments(side, "second", like)?,
            },
            governor: grid.governor,
            guard: grid.guard.clone(),
            updates: grid.updates,
            rate_cut: grid.rate_cut,
            norm_limit: grid.norm_limit,
            sound: sound.collect::<Result<_, RunError>>()?,
            store: self.store(side, &grid.persistent)?,
        })
    }

    /// The chains that the recipe kept in the last iteration.
    pub(super) fn kept(&self, side: usize) -> Result<Option<Arc<Images>>, RunError> {
        let Some(shape) = self.state.grids.iter().find(|grid| grid.side == side).and_then(|grid| grid.kept) else {
            return Ok(None);
        };
        let values = self.tensors.get(&format!("side{side}.kept"));
        let fills =
            |values: &&Vec<f32>| shape.iter().try_fold(1, |n: usize, &m| n.checked_mul(m)) == Some(values.len());
        match values.filter(fills) {
            Some(values) => Ok(Some(Arc::new(Images::new(shape, values.clone())))),
            None => Err(self.unsound(format!("the kept chains of side {side} are not of shape {shape:?}"))),
        }
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
        let mut set = ParameterSet::default();
        for tensor in &like.tensors {
            let data = self.take(format!("{prefix}.{}", tensor.name), tensor.data.len())?;
            set.tensors.push(Tensor { data, ..tensor.clone() });
        }
        for (index, statistics) in like.statistics.iter().enumerate() {
            let length = statistics.mean.len();
            set.statistics.push(RunningStatistics {
                mean: self.take(format!("{prefix}.bn{index}.running_mean"), length)?,
                variance: self.take(format!("{prefix}.bn{index}.running_var"), length)?,
            });
        }
        Ok(set)
    }

    /// Moments of all parameters, or of none: not every optimizer has them.
    fn moments(&self, side: usize, kind: &str, like: &ParameterSet) -> Result<Vec<Vec<f32>>, RunError> {
        let name = |tensor: &Tensor| format!("side{side}.{kind}.{}", tensor.name);
        if !like.tensors.iter().any(|tensor| self.tensors.contains_key(&name(tensor))) {
            return Ok(Vec::new());
        }
        like.tensors.iter().map(|tensor| self.take(name(tensor), tensor.data.len())).collect()
    }

    /// The values of a tensor that must have so many.
    fn take(&self, name: String, length: usize) -> Result<Vec<f32>, RunError> {
        match self.tensors.get(&name) {
            Some(values) if values.len() == length => Ok(values.clone()),
            Some(values) => Err(self.unsound(format!(
                "{name} has {} values, the recipe's network {length}; it belongs to another recipe",
                values.len()
            ))),
            None => Err(self.unsound(format!("{name} is missing; it belongs to another recipe"))),
        }
    }

    fn unsound(&self, reason: String) -> RunError {
        RunError::Checkpoint { path: self.path.clone(), reason }
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
