//! Measures of synthesized images that need no downloaded network. Pure functions of images; each names its reference,
//! its unit and its range.

mod distance;
mod diversity;
mod energy_distance;
mod error;
mod inpainting;
mod laplacian;
mod patches;
mod sliced_wasserstein;
mod spectrum;
mod ssim;

pub use diversity::{GroupSpread, Nearest, group_spread, nearest, pairwise_rmse};
pub use energy_distance::energy_distance;
pub use error::MetricError;
pub use inpainting::{HiddenError, harmonic_fill, hidden_error, mean_fill, nearest_fill};
pub use sliced_wasserstein::{Normalization, SlicedWasserstein, SlicedWassersteinDistance};
pub use spectrum::power_spectrum;
pub use ssim::{MsSsimDiversity, ms_ssim, ms_ssim_diversity, ms_ssim_scales, ssim};
