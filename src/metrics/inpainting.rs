//! Filling in without a model, which any model has to beat, and how far a fill is from what was hidden.
//!
//! A mask is above 0 where a value is hidden; images and masks have one shape, and each plane `[height, width]` is filled
//! from itself alone. Where a whole plane is hidden nothing is known of it, and it gets the middle of the range.

mod harmonic;
mod nearest;

use super::error::{MetricError, sound, width};
use crate::compute::Images;
use rayon::prelude::*;

/// How far a fill is from the image, over hidden values alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HiddenError {
    /// Mean absolute error as a share of the range: 0 when equal, 1 between black and white.
    pub mean_absolute: f64,
    /// Peak signal to noise ratio `-10 log10(mean square error / range²)`, decibels; infinite when equal.
    pub psnr: f64,
}

/// Every hidden value becomes the mean of the known ones.
///
/// # Errors
/// A mask of another shape, values that are not finite, a range without width.
pub fn mean_fill(images: &Images, mask: &Images, range: [f32; 2]) -> Result<Images, MetricError> {
    fill(images, mask, range, |plane, hidden, _| {
        let mean = known_mean(plane, hidden);
        plane.iter_mut().zip(hidden).filter(|(_, hidden)| **hidden).for_each(|(value, _)| *value = mean);
    })
}

/// Every hidden value becomes the known one at the least Euclidean distance, or the mean of those at that distance.
///
/// # Errors
/// A mask of another shape, values that are not finite, a range without width.
pub fn nearest_fill(images: &Images, mask: &Images, range: [f32; 2]) -> Result<Images, MetricError> {
    fill(images, mask, range, nearest::fill)
}

/// Hidden values become the harmonic function through the known ones: each is the mean of its neighbours above, below, left
/// and right, as far as they lie in the image.
///
/// # Errors
/// A mask of another shape, values that are not finite, a range without width.
pub fn harmonic_fill(images: &Images, mask: &Images, range: [f32; 2]) -> Result<Images, MetricError> {
    fill(images, mask, range, |plane, hidden, width| {
        let mean = known_mean(plane, hidden);
        harmonic::fill(plane, hidden, width, mean);
    })
}

/// How far `fills` is from `images` where `mask` hides them.
///
/// # Errors
/// Shapes that differ, values that are not finite, a range without width, a mask that hides nothing.
pub fn hidden_error(
    images: &Images,
    fills: &Images,
    mask: &Images,
    range: [f32; 2],
) -> Result<HiddenError, MetricError> {
    checked(images, mask)?;
    checked(fills, mask)?;
    let width = width(range)?;
    let pairs = images.data().iter().zip(fills.data()).zip(mask.data());
    let (mut absolute, mut square, mut count) = (0.0, 0.0, 0.0);
    for ((&wanted, &found), _) in pairs.filter(|(_, hidden)| **hidden > 0.0) {
        let error = (f64::from(found) - f64::from(wanted)) / width;
        absolute += error.abs();
        square += error * error;
        count += 1.0;
    }
    if count == 0.0 {
        return Err(MetricError::Settings("the mask hides nothing, so a fill has no error".into()));
    }
    Ok(HiddenError { mean_absolute: absolute / count, psnr: -10.0 * (square / count).log10() })
}

/// That `images` are finite and `mask` is of their shape.
fn checked(images: &Images, mask: &Images) -> Result<(), MetricError> {
    if images.shape() != mask.shape() {
        return Err(MetricError::Shapes { left: images.shape(), right: mask.shape() });
    }
    sound(images, 0)
}

/// The images with every plane filled by `change` (the plane, what is hidden of it, its width), or by the middle of the
/// range where nothing is known.
fn fill(
    images: &Images,
    mask: &Images,
    range: [f32; 2],
    change: impl Fn(&mut [f32], &[bool], usize) + Sync,
) -> Result<Images, MetricError> {
    checked(images, mask)?;
    width(range)?;
    let [_, _, rows, columns] = images.shape();
    let mut filled = images.clone();
    let length = (rows * columns).max(1);
    let planes = filled.data_mut().par_chunks_exact_mut(length).zip(mask.data().par_chunks_exact(length));
    planes.for_each(|(plane, mask)| {
        let hidden: Vec<bool> = mask.iter().map(|&value| value > 0.0).collect();
        match hidden.iter().all(|&hidden| hidden) {
            true => plane.fill(f32::midpoint(range[0], range[1])),
            false => change(plane, &hidden, columns),
        }
    });
    Ok(filled)
}

/// The mean of the known values, of which there is one at least.
fn known_mean(plane: &[f32], hidden: &[bool]) -> f32 {
    let known = plane.iter().zip(hidden).filter(|(_, hidden)| !**hidden);
    let (sum, count) = known.fold((0.0, 0.0), |(sum, count), (&value, _)| (sum + f64::from(value), count + 1.0));
    (sum / count) as f32
}

#[cfg(test)]
mod tests;
