//! Classifiers learned from labelled examples by softmax cross entropy: a head over feature maps that stay as they are,
//! and whole ConvNets from scratch to compare it with (the paper, section 7.3 and table 2).
//!
//! Each grid has a branch of layers that ends in a convolution as large as its map, with an output for each class. The
//! class scores are the sums over the branches: together these convolutions are one fully connected layer over all maps.
//! On our own CPU kernels the same seed gives the same bits on any number of threads; Burn promises that nowhere.

mod adam;
mod augmentation;
mod branch;
mod error;
mod softmax;
mod split;
#[cfg(test)]
mod tests;
mod training;

use super::bottom::{below_top, in_batches};
use super::{Device, Images, Layer};
use branch::Branch;
pub use error::ClassifierError;
pub use softmax::Measured;
pub use training::{ClassifierTraining, Progress, Trained};

/// Channels of the paper's first layer over each grid's feature map.
pub const PAPER_CHANNELS: usize = 64;

/// See the module's text.
pub struct Classifier {
    branches: Vec<Branch>,
    classes: usize,
    trained: bool,
}

impl Classifier {
    /// A classifier over one feature map of each grid, `maps` its channels and side. With `hidden` channels it has the
    /// paper's two layers: a 3×3 convolution of stride 1 and ReLU on each map separately, then one fully connected layer
    /// over all; without, the fully connected layer alone.
    ///
    /// # Errors
    /// No maps, maps without size, fewer than two classes, or a failing device.
    pub fn over_maps(
        device: &Device,
        maps: &[(usize, usize)],
        hidden: Option<usize>,
        classes: usize,
    ) -> Result<Self, ClassifierError> {
        let branches = maps.iter().map(|&size| (&[][..], size)).collect::<Vec<_>>();
        Self::new(device, &branches, hidden, classes)
    }

    /// A classifier that learns whole ConvNets: the layers of each grid's network below its fully connected top, then the
    /// same as in [`Self::over_maps`].
    ///
    /// # Errors
    /// No networks, a network without layers below its top, fewer than two classes, or a failing device.
    pub fn from_scratch(
        device: &Device,
        networks: &[&[Layer]],
        hidden: Option<usize>,
        classes: usize,
    ) -> Result<Self, ClassifierError> {
        let branch = |(grid, layers): (usize, &&'_ [Layer])| {
            let layers = below_top(layers);
            let size = super::bottom::size_out(layers).ok_or(ClassifierError::NoLayers { grid })?;
            Ok((layers.to_vec(), size))
        };
        let branches = networks.iter().enumerate().map(branch).collect::<Result<Vec<_>, ClassifierError>>()?;
        let branches: Vec<_> = branches.iter().map(|(layers, size)| (layers.as_slice(), *size)).collect();
        Self::new(device, &branches, hidden, classes)
    }

    /// Of the layers of each grid below what it adds, and the channels and side of the map that they give.
    fn new(
        device: &Device,
        grids: &[(&[Layer], (usize, usize))],
        hidden: Option<usize>,
        classes: usize,
    ) -> Result<Self, ClassifierError> {
        if grids.is_empty() {
            return Err(ClassifierError::NoGrids);
        }
        if classes < 2 {
            return Err(ClassifierError::Classes(classes));
        }
        let branch = |(grid, &(layers, size)): (usize, &(&[Layer], (usize, usize)))| {
            if size.0 == 0 || size.1 == 0 || hidden == Some(0) {
                return Err(ClassifierError::NoLayers { grid });
            }
            Branch::new(device, layers, size, hidden, classes)
        };
        let branches = grids.iter().enumerate().map(branch).collect::<Result<_, _>>()?;
        Ok(Self { branches, classes, trained: false })
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of learned values.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        // One fully connected layer has one bias for each class, however many grids it is over.
        let biases = (self.branches.len() - 1) * self.classes;
        self.branches.iter().map(Branch::parameter_count).sum::<usize>() - biases
    }

    /// The class scores of each image, `[image][class]`; the largest is the class that it predicts, and the softmax of all
    /// their probabilities. `inputs` holds a batch `[image, channel, side, side]` for each grid.
    ///
    /// # Errors
    /// [`Self::train`] was not called before, inputs that do not fit, values that are not finite, or a failing device.
    pub fn predict(&mut self, inputs: &[Images]) -> Result<Vec<Vec<f32>>, ClassifierError> {
        if !self.trained {
            return Err(ClassifierError::NotTrained);
        }
        self.check(inputs)?;
        let inputs: Vec<Images> =
            self.branches.iter().zip(inputs).map(|(branch, images)| branch.standardized(images)).collect();
        Ok(self.scores(&inputs)?.data().chunks_exact(self.classes).map(<[f32]>::to_vec).collect())
    }

    /// Share of the images, 0 to 1, whose class is predicted wrongly.
    ///
    /// # Errors
    /// As [`Self::predict`], and labels that do not fit.
    pub fn error_rate(&mut self, inputs: &[Images], labels: &[usize]) -> Result<f64, ClassifierError> {
        self.check(inputs)?;
        self.check_labels(inputs, labels)?;
        error_rate(&self.predict(inputs)?, labels)
    }

    /// The class scores `[image, class, 1, 1]` of standardized inputs.
    fn scores(&mut self, inputs: &[Images]) -> Result<Images, ClassifierError> {
        let maps = self.branches.iter_mut().zip(inputs);
        let maps = maps.map(|(branch, images)| in_batches(images, |batch| branch.bottom.evaluate(batch)));
        Ok(sum(maps.collect::<Result<_, _>>()?))
    }

    fn check(&self, inputs: &[Images]) -> Result<(), ClassifierError> {
        if inputs.len() != self.branches.len() {
            return Err(ClassifierError::Grids { found: inputs.len(), expected: self.branches.len() });
        }
        let expected = inputs.first().map_or(0, Images::count);
        if expected == 0 {
            return Err(ClassifierError::NoImages);
        }
        for (grid, (branch, images)) in self.branches.iter().zip(inputs).enumerate() {
            let (channels, side) = branch.input;
            let found = images.shape();
            if found[1..] != [channels, side, side] {
                return Err(ClassifierError::Shape { grid, found, channels, side });
            }
            if found[0] != expected {
                return Err(ClassifierError::Counts { grid, found: found[0], expected });
            }
            if !images.is_finite() {
                return Err(ClassifierError::NotFinite { grid });
            }
        }
        Ok(())
    }

    fn check_labels(&self, inputs: &[Images], labels: &[usize]) -> Result<(), ClassifierError> {
        let images = inputs.first().map_or(0, Images::count);
        if labels.len() != images {
            return Err(ClassifierError::LabelCount { labels: labels.len(), images });
        }
        match labels.iter().enumerate().find(|&(_, &label)| label >= self.classes) {
            Some((image, &label)) => Err(ClassifierError::Label { image, label, classes: self.classes }),
            None => Ok(()),
        }
    }
}

/// Share of the images, 0 to 1, whose largest class score, the first of equal ones, is not that of their label.
///
/// # Errors
/// No images, another number of labels, or a label without a score.
pub fn error_rate(scores: &[Vec<f32>], labels: &[usize]) -> Result<f64, ClassifierError> {
    if scores.is_empty() {
        return Err(ClassifierError::NoImages);
    }
    if scores.len() != labels.len() {
        return Err(ClassifierError::LabelCount { labels: labels.len(), images: scores.len() });
    }
    let mut wrong = 0;
    for (image, (scores, &label)) in scores.iter().zip(labels).enumerate() {
        if label >= scores.len() {
            return Err(ClassifierError::Label { image, label, classes: scores.len() });
        }
        wrong += usize::from(softmax::largest(scores) != label);
    }
    Ok(wrong as f64 / scores.len() as f64)
}

/// The sum of maps of one shape, in their order.
fn sum(maps: Vec<Images>) -> Images {
    let mut maps = maps.into_iter();
    let mut total = maps.next().unwrap_or_default();
    for map in maps {
        total.data_mut().iter_mut().zip(map.data()).for_each(|(sum, value)| *sum += value);
    }
    total
}
