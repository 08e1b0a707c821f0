//! How different synthesized images are from each other and from the training images.
//!
//! The distance of two images is the root mean square difference of their values, as a share of the range: 0 for equal
//! images, 1 between black and white.

use super::distance::{mean_within, squared};
use super::error::{MetricError, comparable, sound, width};
use crate::compute::Images;
use rayon::prelude::*;

/// Mean distances of images that share a start and of images that do not (the paper's figure 5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSpread {
    /// Over all pairs of images of one group; a share of the range.
    pub within: f64,
    /// Over all pairs of images of different groups; a share of the range.
    pub between: f64,
}

/// The training image nearest to a synthesized one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its index among the training images; the first of equally near ones.
    pub index: usize,
    /// Its distance, a share of the range: near 0 is a memorized image.
    pub rmse: f64,
}

/// Mean distance over all pairs of different images, from 0 (all equal) to 1. Compare it with that of as many real
/// images: far less is mode collapse. Time grows as the square of the count.
///
/// # Errors
/// Fewer than two images, values that are not finite, a range without width.
pub fn pairwise_rmse(images: &Images, range: [f32; 2]) -> Result<f64, MetricError> {
    sound(images, 2)?;
    let unit = unit(images, range)?;
    let count = images.count() as f64;
    // The mean over all ordered pairs counts each image with itself, at distance 0.
    Ok(mean_within(images) * unit * count / (count - 1.0))
}

/// Spread within and between groups, each of `per_group` images that follow one another.
///
/// # Errors
/// Groups of fewer than two images, fewer than two whole groups, a count that `per_group` does not divide, values that
/// are not finite, a range without width.
pub fn group_spread(images: &Images, per_group: usize, range: [f32; 2]) -> Result<GroupSpread, MetricError> {
    if per_group < 2 {
        return Err(MetricError::Settings(format!("groups of {per_group} have no spread, it takes 2 images")));
    }
    sound(images, 2 * per_group)?;
    let count = images.count();
    if !count.is_multiple_of(per_group) {
        return Err(MetricError::Settings(format!("{count} images do not make whole groups of {per_group}")));
    }
    let unit = unit(images, range)?;
    let rows: Vec<[f64; 2]> = (0..count).into_par_iter().map(|i| row_sums(images, i, per_group)).collect();
    let [inside, across] = rows.iter().fold([0.0, 0.0], |sum, row| [sum[0] + row[0], sum[1] + row[1]]);
    let inside_pairs = (count * (per_group - 1)) as f64 / 2.0;
    let across_pairs = (count * (count - per_group)) as f64 / 2.0;
    Ok(GroupSpread { within: inside / inside_pairs * unit, between: across / across_pairs * unit })
}

/// Sums of the Euclidean distances from image i to the later ones: of its own group, of the others.
fn row_sums(images: &Images, i: usize, per_group: usize) -> [f64; 2] {
    let mut sums = [0.0, 0.0];
    for j in i + 1..images.count() {
        let across = usize::from(i / per_group != j / per_group);
        sums[across] += squared(images.image(i), images.image(j)).sqrt();
    }
    sums
}

/// For each synthesized image, the training image nearest to it. Mirrored training images are not looked at.
///
/// # Errors
/// Images of different sizes, an empty set, values that are not finite, a range without width.
pub fn nearest(synthesized: &Images, training: &Images, range: [f32; 2]) -> Result<Vec<Nearest>, MetricError> {
    comparable(synthesized, training)?;
    let unit = unit(training, range)?;
    let nearest_to = |i: usize| {
        let mut best = Nearest { index: 0, rmse: f64::INFINITY };
        for index in 0..training.count() {
            let distance = squared(synthesized.image(i), training.image(index));
            if distance < best.rmse {
                best = Nearest { index, rmse: distance };
            }
        }
        Nearest { rmse: best.rmse.sqrt() * unit, ..best }
    };
    Ok((0..synthesized.count()).into_par_iter().map(nearest_to).collect())
}

/// What turns a Euclidean distance into a root mean square as a share of the range.
fn unit(images: &Images, range: [f32; 2]) -> Result<f64, MetricError> {
    Ok(1.0 / ((images.image_len().max(1) as f64).sqrt() * width(range)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: [f32; 2] = [-1.0, 1.0];

    /// Flat images of these levels.
    fn flat(levels: &[f32]) -> Images {
        Images::new([levels.len(), 3, 2, 3], levels.iter().flat_map(|&level| [level; 18]).collect())
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }

    #[test]
    fn black_and_white_are_at_distance_one_in_any_range() {
        near(pairwise_rmse(&flat(&[-1.0, 1.0]), RANGE).unwrap(), 1.0);
        near(pairwise_rmse(&flat(&[0.0, 255.0]), [0.0, 255.0]).unwrap(), 1.0);
        near(pairwise_rmse(&flat(&[0.5, 0.5, 0.5]), RANGE).unwrap(), 0.0);
    }

    #[test]
    fn pairs_are_averaged() {
        // Pairs at 1, 2, 1 of a range of 2.
        near(pairwise_rmse(&flat(&[-1.0, 0.0, 1.0]), RANGE).unwrap(), (0.5 + 1.0 + 0.5) / 3.0);
    }

    #[test]
    fn groups_spread_less_within_than_between() {
        let spread = group_spread(&flat(&[-1.0, -0.8, 0.6, 1.0]), 2, RANGE).unwrap();
        near(spread.within, (0.1 + 0.2) / 2.0);
        near(spread.between, (0.8 + 1.0 + 0.7 + 0.9) / 4.0);
    }

    #[test]
    fn the_nearest_training_image_is_found() {
        let training = flat(&[-1.0, 0.0, 0.5, 0.0]);
        let found = nearest(&flat(&[0.1, 0.5, -3.0]), &training, RANGE).unwrap();
        assert_eq!(found.iter().map(|nearest| nearest.index).collect::<Vec<_>>(), [1, 2, 0]);
        near(found[0].rmse, 0.05);
        near(found[1].rmse, 0.0);
        near(found[2].rmse, 1.0);
    }

    #[test]
    fn what_has_no_spread_is_an_error() {
        assert!(matches!(pairwise_rmse(&flat(&[0.0]), RANGE), Err(MetricError::TooFew { .. })));
        assert!(matches!(group_spread(&flat(&[0.0; 4]), 1, RANGE), Err(MetricError::Settings(_))));
        assert!(matches!(group_spread(&flat(&[0.0; 5]), 2, RANGE), Err(MetricError::Settings(_))));
        assert!(matches!(group_spread(&flat(&[0.0; 3]), 2, RANGE), Err(MetricError::TooFew { .. })));
        assert!(matches!(nearest(&flat(&[]), &flat(&[0.0]), RANGE), Err(MetricError::TooFew { .. })));
        assert!(matches!(pairwise_rmse(&flat(&[0.0, 1.0]), [1.0, 0.0]), Err(MetricError::Settings(_))));
    }
}
