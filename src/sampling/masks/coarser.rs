//! What a mask of the finest grid leaves known on the grids below it.

use crate::compute::Images;
use crate::model::Pyramid;

/// When a block of a coarser grid is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CoarseRule {
    /// All its pixels are known: nothing that is fixed is guessed, and a coarse grid knows little.
    AllKnown,
    /// Any of its pixels is known: it is fixed at the mean of those, a guess at the mean of all that ties coarse chains to
    /// the image.
    #[default]
    AnyKnown,
}

/// What is known of images at one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// 1 where a value is free to move, 0 where it is known.
    pub mask: Images,
    /// The known values; 0 where a value is free, so that nothing hidden shows.
    pub images: Images,
}

/// What `rule` makes known at grids 0 to S of images whose finest version hides the pixels where `mask` is above 0. A
/// block's known value is the mean of its known pixels of the finest grid, weighted as the pyramid weighs them on its way
/// down. `images` and `mask` have one shape, of the finest grid's side.
#[must_use]
pub fn coarser(pyramid: &Pyramid, images: &Images, mask: &Images, rule: CoarseRule) -> Vec<Known> {
    let free = map(mask, |free| f32::from(free > 0.0));
    let known = map(&free, |free| 1.0 - free);
    // Shares of a block are sums of positive weights: one is 0 exactly where nothing was added to it.
    let (shares_free, shares_known) = (pyramid.versions(&free), pyramid.versions(&known));
    let sums = pyramid.versions(&zip(images, &known, |value, known| if known > 0.0 { value } else { 0.0 }));
    let grids = sums.iter().zip(shares_free.iter().zip(&shares_known));
    let at_grid = |(sums, (free, known)): (&Images, (&Images, &Images))| {
        let mask = match rule {
            CoarseRule::AllKnown => map(free, |free| f32::from(free > 0.0)),
            CoarseRule::AnyKnown => map(known, |known| f32::from(known <= 0.0)),
        };
        let means = zip(sums, known, |sum, known| if known > 0.0 { sum / known } else { 0.0 });
        let images = zip(&means, &mask, |mean, free| if free > 0.0 { 0.0 } else { mean });
        Known { mask, images }
    };
    grids.map(at_grid).collect()
}

fn map(images: &Images, value: impl Fn(f32) -> f32) -> Images {
    Images::new(images.shape(), images.data().iter().map(|&pixel| value(pixel)).collect())
}

fn zip(left: &Images, right: &Images, value: impl Fn(f32, f32) -> f32) -> Images {
    let pixels = left.data().iter().zip(right.data());
    Images::new(left.shape(), pixels.map(|(&a, &b)| value(a, b)).collect())
}
