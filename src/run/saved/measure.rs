//! What a saved run's model says of images.

use super::SavedRun;
use crate::compute::{Images, ParameterSet, PreparedNetwork, Statistics};
use crate::model::{Network, Reference};
use crate::recipe::GridKernel;
use crate::run::options::RunError;
use crate::run::probe::ChainSettings;

/// Images that are scored together.
const PART: usize = 64;

impl SavedRun {
    /// Number of grids S.
    #[must_use]
    pub fn grids(&self) -> usize {
        self.trained.grids.len()
    }

    /// The network of grid s, from 1. `None` where there is no such grid.
    #[must_use]
    pub fn network(&self, s: usize) -> Option<&Network> {
        self.trained.grids.get(s.wrapping_sub(1)).map(|grid| &grid.network)
    }

    /// The averaged weights of grid s, from 1.
    #[must_use]
    pub fn weights(&self, s: usize) -> Option<&ParameterSet> {
        self.trained.grids.get(s.wrapping_sub(1)).map(|grid| &grid.learned.average.parameters)
    }

    /// The network of grid s, from 1, with its averaged weights on the device.
    #[must_use]
    pub fn prepared(&mut self, s: usize) -> Option<&mut dyn PreparedNetwork> {
        self.trained.grids.get_mut(s.wrapping_sub(1)).map(|grid| &mut *grid.prepared as &mut dyn PreparedNetwork)
    }

    /// The kernels of all grids.
    ///
    /// # Errors
    /// A recipe that fails, or a kernel that has no such temperature or steps.
    pub fn kernels(&self, chains: &ChainSettings) -> Result<Vec<GridKernel>, RunError> {
        self.trained.kernels(chains)
    }

    /// The reference p0 of grid s, from 1.
    ///
    /// # Errors
    /// A recipe that fails.
    pub fn reference(&self, s: usize) -> Result<Reference, RunError> {
        let kernels = self.trained.kernels(&ChainSettings::default())?;
        Ok(kernels.get(s.wrapping_sub(1)).map_or(Reference::Uniform, |kernel| kernel.kernel.reference))
    }

    /// Scores f(Y) of images of grid s, from 1, with the averaged weights; batch normalization by its running statistics.
    ///
    /// # Errors
    /// A grid that is not there, images of another size, or a failing device.
    pub fn score(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, RunError> {
        let missing = || RunError::Question(format!("there is no grid {s}"));
        let network = self.prepared(s).ok_or_else(missing)?;
        let mut scores = Vec::with_capacity(images.count());
        for first in (0..images.count()).step_by(PART) {
            let part: Vec<usize> = (first..(first + PART).min(images.count())).collect();
            scores.extend(network.score(&images.select(&part), Statistics::Frozen)?);
        }
        Ok(scores)
    }
}
