//! How different images are that grow from one same 1×1 seed (Fig. 5 of the paper).

use crate::compute::Images;
use crate::metrics::{GroupSpread, MetricError, group_spread};

/// The spread of one grid's images within a seed and between seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridDiversity {
    pub side: usize,
    pub spread: GroupSpread,
}

/// The spread at every grid of images drawn `copies` times in a row from each seed. Entry s of `grids` is grid s.
///
/// # Errors
/// Fewer than two seeds or two copies, images that are not finite, or a number of them that is no multiple of
/// `copies`.
pub fn diversity(grids: &[Images], copies: usize, range: [f32; 2]) -> Result<Vec<GridDiversity>, MetricError> {
    let grid =
        |images: &Images| Ok(GridDiversity { side: images.side(), spread: group_spread(images, copies, range)? });
    grids.iter().map(grid).collect()
}
