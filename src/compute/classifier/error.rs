//! Why a classifier cannot be had, learned or asked.

use crate::compute::ComputeError;

/// See the module's text.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClassifierError {
    #[error("a classifier needs at least one grid to look at")]
    NoGrids,
    #[error("a classifier needs at least two classes, found {0}")]
    Classes(usize),
    #[error("grid {grid} has nothing to classify by: give it a map of at least 1×1 and layers of at least one channel")]
    NoLayers { grid: usize },
    #[error("the classifier looks at {expected} grids, but images of {found} were given: give one batch for each grid")]
    Grids { found: usize, expected: usize },
    #[error("there are no images to learn from or to classify")]
    NoImages,
    #[error("grid {grid} has {found} images where the first has {expected}: give every image on every grid")]
    Counts { grid: usize, found: usize, expected: usize },
    #[error("images of shape {found:?} do not fit grid {grid}, which takes [batch, {channels}, {side}, {side}]")]
    Shape { grid: usize, found: [usize; 4], channels: usize, side: usize },
    #[error("grid {grid} has values that are not finite: leave such images out")]
    NotFinite { grid: usize },
    #[error("{labels} labels do not fit {images} images: give each image one")]
    LabelCount { labels: usize, images: usize },
    #[error("image {image} has label {label}, but classes are numbered from 0 to {last}", last = classes - 1)]
    Label { image: usize, label: usize, classes: usize },
    #[error("{what} must be {range}, found {found}")]
    Settings { what: &'static str, range: &'static str, found: String },
    #[error(
        "a share of {share} of {images} images leaves none of any class to validate on: label more, or take a larger share \
         or none"
    )]
    Validation { share: f64, images: usize },
    #[error("the loss ceased to be finite in epoch {epoch}: lower the rate")]
    Diverged { epoch: usize },
    #[error("the classifier was not trained yet")]
    NotTrained,
    #[error(transparent)]
    Compute(#[from] ComputeError),
}
