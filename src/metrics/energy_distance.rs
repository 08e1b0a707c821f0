//! Energy distance between two sets of images.

use super::distance::{mean_between, mean_within};
use super::error::{MetricError, comparable, width};
use crate::compute::Images;
use crate::model::shrink;

/// Images are compared at this side; smaller ones as they are.
const SIDE: usize = 8;

/// Energy distance `2E|X - Y| - E|X - X'| - E|Y - Y'|` of pixels averaged to 8 × 8 (Székely & Rizzo, Energy statistics,
/// Journal of Statistical Planning and Inference 143, 2013). It sees composition and colour, not detail.
///
/// `|·|` is the Euclidean norm over the 64 · channels values on [-1, 1] (so results of runs on other ranges compare), in
/// which unit the result is. All pairs count, an image with itself too (the V-statistic): the result is 0 for two equal
/// sets, else positive, and at most twice the largest distance. For samples of one distribution it is about
/// `E|X - X'| · (1/n + 1/m)`, not 0: compare it with that of held-out images, at the same counts.
///
/// `range` holds the images' values of black and white. Time grows as (n + m)².
///
/// # Errors
/// Images of different sizes, an empty set, values that are not finite, a range without width.
pub fn energy_distance(left: &Images, right: &Images, range: [f32; 2]) -> Result<f64, MetricError> {
    comparable(left, right)?;
    let scale = 2.0 / width(range)?;
    let (left, right) = (coarse(left), coarse(right));
    let raw = 2.0 * mean_between(&left, &right) - mean_within(&left) - mean_within(&right);
    Ok((raw * scale).max(0.0))
}

fn coarse(images: &Images) -> Images {
    if images.side() <= SIDE { images.clone() } else { shrink(images, SIDE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{NoiseKey, Purpose};

    const RANGE: [f32; 2] = [-1.0, 1.0];

    fn numbers(values: &[f32]) -> Images {
        Images::new([values.len(), 1, 1, 1], values.to_vec())
    }

    fn noise(count: usize, seed: u64, mean: f32) -> Images {
        let mut images = Images::zeros([count, 3, 16, 16]);
        NoiseKey::new(seed, Purpose::Metric).normal(0, images.data_mut());
        images.data_mut().iter_mut().for_each(|value| *value += mean);
        images
    }

    #[test]
    fn one_dimensional_cases_worked_by_hand() {
        // 2·1 - (0 + 2 + 2 + 0)/4 - 0
        assert_eq!(energy_distance(&numbers(&[-1.0, 1.0]), &numbers(&[0.0]), RANGE), Ok(1.0));
        // 2·(0 + 1 + 2 + 1 + 0 + 1)/6 - (1 + 1)/4 - 2·(1 + 2 + 1)/9
        let found = energy_distance(&numbers(&[0.0, 1.0]), &numbers(&[0.0, 1.0, 2.0]), RANGE).unwrap();
        assert!((found - (10.0 / 6.0 - 0.5 - 8.0 / 9.0)).abs() < 1e-12, "{found}");
    }

    #[test]
    fn equal_sets_are_at_zero_and_other_ranges_compare() {
        let (one, two) = (noise(20, 1, 0.0), noise(30, 2, 0.3));
        assert!(energy_distance(&one, &one, RANGE).unwrap() < 1e-12);
        let stretched = |images: &Images| {
            Images::new(images.shape(), images.data().iter().map(|value| (value + 1.0) * 127.5).collect())
        };
        let small = energy_distance(&one, &two, RANGE).unwrap();
        let large = energy_distance(&stretched(&one), &stretched(&two), [0.0, 255.0]).unwrap();
        assert!((small - large).abs() < 1e-4, "{small} {large}");
        let swapped = energy_distance(&two, &one, RANGE).unwrap();
        assert!((small - swapped).abs() < 1e-9, "{small} {swapped}");
    }

    #[test]
    fn it_grows_with_the_shift_of_the_mean() {
        let still = noise(60, 1, 0.0);
        let found = [0.0, 0.2, 0.5, 1.0].map(|mean| energy_distance(&still, &noise(60, 2, mean), RANGE).unwrap());
        assert!(found.is_sorted() && found[0] > 0.0, "{found:?}");
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let one = numbers(&[0.0]);
        let other = Images::zeros([1, 3, 1, 1]);
        assert!(matches!(energy_distance(&one, &other, RANGE), Err(MetricError::Shapes { .. })));
        let none = Images::zeros([0, 1, 1, 1]);
        assert_eq!(energy_distance(&one, &none, RANGE), Err(MetricError::TooFew { found: 0, needed: 1 }));
        assert_eq!(energy_distance(&one, &numbers(&[f32::NAN]), RANGE), Err(MetricError::NotFinite));
        assert!(matches!(energy_distance(&one, &one, [1.0, 1.0]), Err(MetricError::Settings(_))));
    }
}
