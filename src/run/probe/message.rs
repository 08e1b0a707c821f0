//! What a probe is asked, and what it answers. A probe draws from a run's model beside the run: it has networks of its own,
//! so the run neither waits for it nor changes by it.

use crate::run::Pictures;
use std::path::PathBuf;
use std::sync::Arc;

/// Whose weights chains are drawn with: averaged ones, and running statistics in batch normalization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Weights {
    /// The run's, as they were at the end of its last iteration.
    #[default]
    Newest,
    /// Those of a checkpoint: its folder.
    Checkpoint(PathBuf),
}

/// How chains move, beside what the recipe's kernel says.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainSettings {
    pub weights: Weights,
    /// Factor on the kernel's effective temperature, 0 to 100; 1 is the recipe's own.
    pub temperature: f64,
    /// MCMC steps on each grid, 1 to 100,000; the recipe's own when `None`.
    pub steps: Option<usize>,
    /// Names the noise: the same chains come from the same name.
    pub noise: u64,
}

impl Default for ChainSettings {
    fn default() -> Self {
        Self { weights: Weights::Newest, temperature: 1.0, steps: None, noise: 1 }
    }
}

/// Which of the answers of one kind: 0 and 1 stand side by side, 2 plays one chain, 3 looks at a checkpoint.
pub type Slot = usize;

/// Answers of one kind that are kept.
pub const SLOTS: usize = 4;

/// What a probe is asked. A newer question of the same kind (and slot) takes the place of the older one.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Diversity(Slot, DiversityQuestion),
    /// Fill in, and go on filling in as the mask changes, until `None`.
    Inpainting(Option<InpaintingQuestion>),
    Network(NetworkQuestion),
    Nearest(NearestQuestion),
    LongRun(Option<LongRunQuestion>),
    /// Some held-out images, others each time.
    HeldOut,
}

/// How different are the images that grow from one 1×1 seed?
#[derive(Debug, Clone, PartialEq)]
pub struct DiversityQuestion {
    /// The 1×1 images, as 8-bit colours of the model's range. The first is the one that is looked at.
    pub seeds: Vec<[u8; 3]>,
    /// Seeds drawn from p(0) beside them, to compare with.
    pub others: usize,
    /// Chains from each seed, K.
    pub copies: usize,
    pub chains: ChainSettings,
}

/// What becomes of the seeds, as far as it is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiversityAnswer {
    /// Counts the answers of a probe.
    pub number: u64,
    /// The 1×1 images: those that were asked about, then those of p(0).
    pub seeds: Vec<[u8; 3]>,
    pub copies: usize,
    /// Grids 0 to S as far as they are drawn: `seeds × copies` pictures each, seed by seed.
    pub grids: Vec<Pictures>,
    /// Every step so far (of long chains every n-th), in order: all pictures as after it.
    pub steps: Vec<ChainStep>,
    /// Spread at each grid that is drawn, grid 0 first.
    pub spread: Vec<SeedSpread>,
    pub progress: ChainProgress,
    /// Whose weights were asked for.
    pub weights: Weights,
    /// Updates that the weights had learned.
    pub iteration: u64,
    /// Why there is nothing to see.
    pub error: Option<String>,
}

/// Chains after one step.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainStep {
    /// Grid s, from 1.
    pub grid: usize,
    /// Step τ, from 0: the start.
    pub step: usize,
    pub pictures: Arc<Pictures>,
    /// Mean energy of the images where it is known.
    pub energy: Option<f64>,
}

/// How different images are at one grid. Distances are root mean square errors as a share of the model's range, means over
/// pairs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SeedSpread {
    pub side: usize,
    /// Among images of the first seed.
    pub within: f64,
    /// Between images of different seeds; none with one seed.
    pub between: Option<f64>,
    /// Mean MS-SSIM among images of the first seed, 1 when all are equal; none where images are too small for it.
    pub ms_ssim: Option<f64>,
}

/// Where chains are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainProgress {
    pub grid: usize,
    pub step: usize,
    pub steps: usize,
    pub done: bool,
}

/// Fill in what a mask hides, on every grid: only hidden pixels move.
#[derive(Debug, Clone, PartialEq)]
pub struct InpaintingQuestion {
    /// One picture of the finest grid's side.
    pub image: Arc<Pictures>,
    /// How much of each pixel is hidden, 0 to 255, row by row: a pixel above 0 moves, and what is shown blends both.
    pub mask: Arc<Vec<u8>>,
    /// Fills at once.
    pub fills: usize,
    /// Go on moving on the finest grid when all grids are done.
    pub keep_moving: bool,
    pub chains: ChainSettings,
}

/// Fills, as far as they are drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InpaintingAnswer {
    /// Counts the answers of a probe.
    pub number: u64,
    /// Grids 0 to S: the newest fills of each, blended with the image on the finest.
    pub grids: Vec<Pictures>,
    /// The image at every grid, hidden pixels and all.
    pub original: Vec<Pictures>,
    /// The masks of every grid as pictures, hidden white.
    pub masks: Vec<Pictures>,
    /// Fill by fill, then those without a model: mean, nearest, harmonic.
    pub errors: Vec<FillError>,
    /// Fills without a model, in the order of their errors.
    pub trivial: Vec<Pictures>,
    pub progress: ChainProgress,
    /// Sweeps through all grids so far.
    pub sweeps: u64,
    pub iteration: u64,
    pub error: Option<String>,
}

/// How far a fill is from the image, over the hidden pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct FillError {
    /// `fill 1`, …, `mean`, `nearest`, `harmonic`.
    pub name: String,
    /// Mean absolute error as a share of the range.
    pub error: f64,
    /// Peak signal to noise ratio, decibels.
    pub psnr: f64,
}

/// What does the network of a grid look like?
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkQuestion {
    /// Grid s, from 1.
    pub grid: usize,
    /// The image whose activations are shown, of any side; a training image when `None`.
    pub image: Option<Arc<Pictures>>,
    pub weights: Weights,
}

/// A network, layer by layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkAnswer {
    pub number: u64,
    /// The question that it answers.
    pub asked: NetworkQuestion,
    pub grid: usize,
    pub side: usize,
    /// Colour channels of the images.
    pub channels: usize,
    pub parameters: usize,
    pub layers: Vec<NetworkLayer>,
    /// Kernels of the first convolution as pictures, each scaled by its own largest weight: grey is 0.
    pub filters: Pictures,
    /// The image as the grid sees it.
    pub image: Pictures,
    pub score: f64,
    pub iteration: u64,
    pub error: Option<String>,
}

/// One layer of a network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkLayer {
    /// Such as `conv 5×5, 64, stride 2`.
    pub words: String,
    /// Channels and side of what comes out.
    pub channels: usize,
    pub side: usize,
    pub parameters: usize,
    /// What comes out for the image: one picture a channel, all of a layer on one scale.
    pub activations: Pictures,
    /// The values that black and white stand for in these pictures.
    pub scale: [f32; 2],
    /// The largest value of each channel for the image.
    pub largest: Vec<f32>,
    /// Share of channels that are 0 on a batch of training images, 0 to 1; where it makes sense.
    pub dead: Option<f64>,
}

/// Which training images are nearest to these?
#[derive(Debug, Clone, PartialEq)]
pub struct NearestQuestion {
    /// Pictures of one grid's side.
    pub pictures: Arc<Pictures>,
}

/// The nearest training image of each picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NearestAnswer {
    pub number: u64,
    pub asked: Arc<Pictures>,
    pub nearest: Pictures,
    /// Names, and distances: root mean square errors as a share of the range.
    pub names: Vec<String>,
    pub distances: Vec<f64>,
    /// Median distance from a held-out image to its nearest training image: a picture far below it was memorized.
    pub usual: Option<f64>,
    pub error: Option<String>,
}

/// What do chains come to when they go on far beyond the recipe's steps?
#[derive(Debug, Clone, PartialEq)]
pub struct LongRunQuestion {
    /// Chains.
    pub count: usize,
    /// Steps on the finest grid, 1,000 to 100,000.
    pub steps: usize,
    pub chains: ChainSettings,
}

/// Long chains so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LongRunAnswer {
    pub number: u64,
    /// After the recipe's own steps, and now.
    pub short: Pictures,
    pub long: Pictures,
    /// Step and mean energy, thinned.
    pub energy: Vec<[f64; 2]>,
    /// Step and root mean square distance from where the long chains began, as a share of the range.
    pub distance: Vec<[f64; 2]>,
    pub progress: ChainProgress,
    pub iteration: u64,
    pub error: Option<String>,
}

/// The newest answer of every kind.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    pub diversity: [Option<Arc<DiversityAnswer>>; SLOTS],
    pub inpainting: Option<Arc<InpaintingAnswer>>,
    pub network: Option<Arc<NetworkAnswer>>,
    pub nearest: Option<Arc<NearestAnswer>>,
    pub long_run: Option<Arc<LongRunAnswer>>,
    /// Held-out images at the finest grid's side; none where the data hold none.
    pub held_out: Option<Arc<Pictures>>,
}
