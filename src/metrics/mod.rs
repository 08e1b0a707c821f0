//! Measures of synthesized images that need no downloaded network. Pure functions of images; each names its reference,
//! its unit and its range.

mod autocovariance;
mod distance;
mod distributions;
mod diversity;
mod drift;
mod effective_sample_size;
mod energy_distance;
mod error;
mod features;
#[cfg(test)]
mod fixtures_tests;
mod frechet;
mod inpainting;
mod interval;
mod laplacian;
mod logistic;
mod memorization;
mod mixing;
mod mmd;
mod neighbourhoods;
mod normal_scores;
mod patches;
mod projections;
mod random_convolutions;
mod ranking;
mod sliced_wasserstein;
mod spectrum;
mod ssim;
mod streams;
mod two_sample;

pub use diversity::{GroupSpread, Nearest, group_spread, nearest, pairwise_rmse};
pub use drift::{Drift, long_run_drift};
pub use energy_distance::energy_distance;
pub use error::MetricError;
pub use features::{FeatureKind, Features};
pub use frechet::{FrechetDistance, frechet_distance};
pub use inpainting::{HiddenError, harmonic_fill, hidden_error, mean_fill, nearest_fill};
pub use interval::{Bootstrap, Interval, student_interval};
pub use memorization::{MemorizationResult, MemorizationTest, NearestStatistic};
pub use mixing::{Mixing, MixingError, ScalarChains};
pub use mmd::{PolynomialMmd, polynomial_mmd};
pub use neighbourhoods::{
    COVERAGE_NEIGHBOURS, DensityCoverage, PRECISION_NEIGHBOURS, PrecisionRecall, density_coverage, precision_recall,
};
pub use projections::Directions;
pub use ranking::{Auroc, auroc};
pub use sliced_wasserstein::{Normalization, SlicedWasserstein, SlicedWassersteinDistance};
pub use spectrum::power_spectrum;
pub use ssim::{MsSsimDiversity, ms_ssim, ms_ssim_diversity, ms_ssim_scales, ssim};
pub use two_sample::{Classifier, TwoSampleResult, TwoSampleTest};
