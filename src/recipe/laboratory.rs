//! What a recipe's iteration and kernels act on. A run implements it.

use super::compile::Recipe;
use super::error::RecipeError;
use super::plan::ScriptStep;
use crate::compute::{Images, NoiseKey, Threads};
use std::rc::Rc;
use std::sync::Arc;

/// Why the host does not go on with an iteration.
#[derive(Debug, Clone, PartialEq)]
pub enum HostError {
    /// The script asked for something it may not; it is told where.
    Script(String),
    /// Another function of the recipe failed while the host worked.
    Recipe(RecipeError),
    /// The run was told to stop, to start again or to take another plan.
    Interrupted,
    /// The device or the numbers failed; not the script's fault.
    Failed(String),
}

/// The observed images of an iteration.
#[derive(Debug, Clone, Default)]
pub struct BatchVersions {
    /// Entry s is the batch at grid s, `[batch, channel, side, side]`.
    pub grids: Vec<Arc<Images>>,
    /// Which training image each one is.
    pub indices: Vec<usize>,
}

/// What came of asking chains for their next step.
pub enum Advance {
    /// They took it.
    Moved,
    /// The recipe's own step is to move them, and [`Laboratory::moved`] to be told.
    Script(ScriptMove),
    /// They had taken all; these are their images.
    Ended(Images),
}

/// A step that a script is to take.
pub struct ScriptMove {
    pub recipe: Rc<Recipe>,
    pub step: ScriptStep,
    /// Where the chains are.
    pub state: Arc<Images>,
    /// The number of the step, from 0, and of how many.
    pub number: [usize; 2],
    /// Names the step's noise.
    pub key: NoiseKey,
}

/// What an iteration can do. Grids are numbered from 1 (coarsest model) to S; images are
/// `[batch, channel, height, width]`. A laboratory that only draws images has no more than it must.
pub trait Laboratory {
    /// S, the number of grids with a model.
    fn grids(&self) -> usize;

    /// The threads that arithmetic on images may use.
    fn threads(&self) -> Threads;

    /// Names noise of the iteration that belongs to no MCMC step.
    fn noise_key(&self) -> NoiseKey;

    /// Brings images of grid s - 1 to grid s.
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn up(&mut self, s: usize, images: &Images) -> Result<Images, HostError>;

    /// Brings images of grid s to grid s - 1.
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn down(&mut self, s: usize, images: &Images) -> Result<Images, HostError>;

    /// The score f of each image at grid s.
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn score(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError>;

    /// The energy of each image at grid s, equation (1).
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn energy(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError>;

    /// ∂E/∂Y at grid s.
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn energy_gradient(&mut self, s: usize, images: &Images) -> Result<Images, HostError>;

    /// Takes what the run was told meanwhile. Called before each verb of an iteration outside of steps.
    ///
    /// # Errors
    /// An interruption.
    fn glance(&mut self) -> Result<(), HostError> {
        Ok(())
    }

    /// Puts chains of grid s at `start`. `mask` is 1 where they may move and 0 where not.
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn begin(&mut self, _s: usize, _start: &Images, _mask: Option<&Images>) -> Result<(), HostError> {
        Err(absent("sample"))
    }

    /// Lets the chains of grid s take their next step.
    ///
    /// # Errors
    /// No chains, an interruption, values that are not finite, or a failing device.
    fn advance(&mut self, _s: usize) -> Result<Advance, HostError> {
        Err(absent("sample"))
    }

    /// The recipe's own step moved the chains of grid s here.
    ///
    /// # Errors
    /// Values that are not finite.
    fn moved(&mut self, _s: usize, _state: &Images) -> Result<(), HostError> {
        Err(absent("sample"))
    }

    /// Keeps images for the window, and for [`Self::kept`].
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn keep(&mut self, _s: usize, _images: Arc<Images>) -> Result<(), HostError> {
        Err(absent("keep"))
    }

    /// The images last kept at grid s.
    ///
    /// # Errors
    /// A grid that is not there, or nothing kept yet.
    fn kept(&self, _s: usize) -> Result<Arc<Images>, HostError> {
        Err(absent("kept"))
    }

    /// Updates the parameters of grid s, equation (9).
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn update(&mut self, _s: usize, _observed: &Images, _synthesized: &Images) -> Result<(), HostError> {
        Err(absent("update"))
    }

    /// Ascends `Σ w_i · f(Y_i)` of `images` in the parameters of grid s: one update.
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn learn(&mut self, _s: usize, _images: &Images, _weights: &[f32]) -> Result<(), HostError> {
        Err(absent("learn"))
    }

    /// `count` images of grid s drawn from the reference, equation (1); uniform on the range where it is.
    ///
    /// # Errors
    /// A grid that is not there.
    fn noise_start(&mut self, _s: usize, _count: usize) -> Result<Images, HostError> {
        Err(absent("from_noise"))
    }

    /// `count` 1×1 images drawn from p(0).
    ///
    /// # Errors
    /// None on a run.
    fn histogram_start(&mut self, _count: usize) -> Result<Images, HostError> {
        Err(absent("from_histogram"))
    }

    /// Where the chains of these training images ended when they were last stored at grid s. An image without a chain,
    /// and each with probability `share`, begins at itself.
    ///
    /// # Errors
    /// A grid that is not there.
    fn persistent(&mut self, _s: usize, _batch: &BatchVersions, _share: f64) -> Result<Images, HostError> {
        Err(absent("persistent"))
    }

    /// Stores where the chains of these training images are at grid s.
    ///
    /// # Errors
    /// A grid that is not there, images of another side or number, or more than the store holds.
    fn persist(&mut self, _s: usize, _batch: &BatchVersions, _images: &Images) -> Result<(), HostError> {
        Err(absent("persist"))
    }

    /// Draws a value as a curve of that name.
    fn plot(&mut self, _name: &str, _value: f64) {}

    /// Shows images under that name.
    fn show(&mut self, _name: &str, _images: &Images) {}
}

fn absent(verb: &str) -> HostError {
    HostError::Script(format!("lab.{verb} is only there inside iterate(lab, batch)"))
}
