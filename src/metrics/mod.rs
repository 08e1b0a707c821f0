//! Measures of synthesized images that need no downloaded network. Pure functions of images; each names its reference,
//! its unit and its range.

mod autocovariance;
mod distance;
mod diversity;
mod drift;
mod effective_sample_size;
mod energy_distance;
mod error;
mod inpainting;
mod laplacian;
mod mixing;
mod normal_scores;
mod patches;
mod projections;
mod sliced_wasserstein;
mod spectrum;
mod ssim;

pub use diversity::{GroupSpread, Nearest, group_spread, nearest, pairwise_rmse};
pub use drift::{Drift, long_run_drift};
pub use energy_distance::energy_distance;
pub use error::MetricError;
pub use inpainting::{HiddenError, harmonic_fill, hidden_error, mean_fill, nearest_fill};
pub use mixing::{Mixing, MixingError, ScalarChains};
pub use projections::Directions;
pub use sliced_wasserstein::{Normalization, SlicedWasserstein, SlicedWassersteinDistance};
pub use spectrum::power_spectrum;
pub use ssim::{MsSsimDiversity, ms_ssim, ms_ssim_diversity, ms_ssim_scales, ssim};
