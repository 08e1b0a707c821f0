//! Chains of images as chains of numbers: projections on directions in the space of images.

use super::mixing::{MixingError, ScalarChains};
use crate::compute::{Images, NoiseKey, Purpose};

/// Directions of length 1 in the space of images, on which images are projected. An energy may have mixed where the images
/// have not; random directions see what moves anywhere, the direction of a mean image sees brightness and the common
/// pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Directions {
    /// `[direction][channel · height · width]`
    units: Vec<Vec<f64>>,
}

impl Directions {
    /// `count` directions drawn evenly from all, for images of `values` = channels · height · width. `seed` names them.
    ///
    /// # Errors
    /// [`MixingError::Settings`] for no direction or images of no value.
    pub fn random(values: usize, count: usize, seed: u64) -> Result<Self, MixingError> {
        if values == 0 || count == 0 {
            return Err(MixingError::Settings("it takes at least 1 direction and images of 1 value".to_owned()));
        }
        let key = NoiseKey::new(seed, Purpose::Metric).companion(Purpose::Probe);
        let direction = |item: usize| {
            let mut noise = vec![0.0f32; values];
            key.normal(item as u32, &mut noise);
            unit(noise.into_iter().map(f64::from).collect())
        };
        let units: Option<Vec<_>> = (0..count).map(direction).collect();
        let units =
            units.ok_or_else(|| MixingError::Settings("a direction has no length; take another seed".to_owned()));
        Ok(Self { units: units? })
    }

    /// The direction from black to the mean of `images`, `[batch, channel, height, width]`: those of the data, or of where
    /// the chains began.
    ///
    /// # Errors
    /// [`MixingError::NoChain`] for no image, [`MixingError::Settings`] where their mean is black or not finite.
    pub fn of_mean(images: &Images) -> Result<Self, MixingError> {
        if images.count() == 0 {
            return Err(MixingError::NoChain);
        }
        let mut sum = vec![0.0; images.image_len()];
        for index in 0..images.count() {
            sum.iter_mut().zip(images.image(index)).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let mean = sum.into_iter().map(|sum| sum / images.count() as f64).collect();
        let nowhere =
            || MixingError::Settings("the mean image is all zero or not finite: it has no direction".to_owned());
        Ok(Self { units: vec![unit(mean).ok_or_else(nowhere)?] })
    }

    /// These directions followed by `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.units.extend(other.units);
        self
    }

    /// Each direction, `[direction][channel · height · width]`, of length 1.
    #[must_use]
    pub fn units(&self) -> &[Vec<f64>] {
        &self.units
    }

    /// The inner product of each direction with each image of `[batch, channel, height, width]`: `[direction][image]`, in
    /// the unit of the images. Not a number where an image holds one.
    ///
    /// # Errors
    /// [`MixingError::Shape`] for images of another size.
    pub fn project(&self, images: &Images) -> Result<Vec<Vec<f64>>, MixingError> {
        let found = images.image_len();
        let inner = |unit: &[f64], image: &[f32]| unit.iter().zip(image).map(|(u, &y)| u * f64::from(y)).sum();
        let along = |unit: &Vec<f64>| match unit.len() == found {
            true => Ok((0..images.count()).map(|index| inner(unit, images.image(index))).collect()),
            false => Err(MixingError::Shape { found, expected: unit.len() }),
        };
        self.units.iter().map(along).collect()
    }

    /// The chains of each direction from what was seen of the images step by step: `snapshots` hold the same chains in one
    /// order, `[chain, channel, height, width]` each.
    ///
    /// # Errors
    /// [`MixingError::Shape`], and what [`ScalarChains::from_steps`] refuses.
    pub fn chains(&self, snapshots: &[Images]) -> Result<Vec<ScalarChains>, MixingError> {
        let steps: Vec<Vec<Vec<f64>>> =
            snapshots.iter().map(|images| self.project(images)).collect::<Result<_, _>>()?;
        let along = |direction: usize| {
            let of_direction: Vec<Vec<f64>> = steps.iter().map(|step| step[direction].clone()).collect();
            ScalarChains::from_steps(&of_direction)
        };
        (0..self.units.len()).map(along).collect()
    }
}

/// `vector` brought to length 1; none where it has no finite length above 0.
fn unit(vector: Vec<f64>) -> Option<Vec<f64>> {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    (length.is_finite() && length > 0.0).then(|| vector.into_iter().map(|value| value / length).collect())
}
