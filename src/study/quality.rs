//! The measures of quality and diversity that studies take of synthesized images.

use super::drawn::Observed;
use super::error::StudyError;
use super::report::Best;
use crate::compute::Images;
use crate::metrics::{
    COVERAGE_NEIGHBOURS, Classifier, FeatureKind, Interval, MemorizationTest, PRECISION_NEIGHBOURS, SlicedWasserstein,
    TwoSampleTest, density_coverage, energy_distance, frechet_distance, ms_ssim_diversity, pairwise_rmse,
    polynomial_mmd, precision_recall, student_interval,
};

/// One measure of one set of synthesized images.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    /// What it sees, and where it is from.
    pub about: &'static str,
    /// Which values are better; `None` where the observed images' own value is the best.
    pub best: Option<Best>,
    /// It says how near synthesized images come to observed ones, rather than how they differ among each other.
    pub is_quality: bool,
    /// `None` where the images are too few or too small for it.
    pub value: Option<f64>,
}

impl Best {
    /// Whether `own` lies apart from `other`, on the better side.
    #[must_use]
    pub fn is_ahead(self, own: Interval, other: Interval) -> bool {
        match self {
            Self::Lowest => own.high < other.low,
            Self::Highest => own.low > other.high,
        }
    }
}

/// Images of each set of which all pairs are compared by MS-SSIM.
const COMPARED: usize = 100;

/// Measures of `synthesized` against `reference`; `observed` tells whether it is nearer to the training images than held-out
/// ones are.
///
/// # Errors
/// Images of different sizes, or values that are not finite.
pub fn measures(
    reference: &Images,
    synthesized: &Images,
    observed: &Observed,
    seed: u64,
) -> Result<Vec<Measure>, StudyError> {
    let range = observed.range;
    let features = |images: &Images| FeatureKind::RandomConvolutions.of(images, range);
    let (real, drawn) = (features(reference)?, features(synthesized)?);
    let neighbours = precision_recall(&real, &drawn, PRECISION_NEIGHBOURS).ok();
    let balls = density_coverage(&real, &drawn, COVERAGE_NEIGHBOURS).ok();
    let some: Vec<usize> = (0..synthesized.count().min(COMPARED)).collect();
    let alike = ms_ssim_diversity(&synthesized.select(&some), range).ok();
    let quality =
        |name, unit, best, value, about| Measure { name, unit, about, best: Some(best), is_quality: true, value };
    let other = |name, unit, value, about| Measure { name, unit, about, best: None, is_quality: false, value };
    Ok(vec![
        quality(
            "sliced Wasserstein",
            "×1000",
            Best::Lowest,
            SlicedWasserstein { seed, ..SlicedWasserstein::default() }
                .distance(reference, synthesized)
                .ok()
                .map(|d| d.mean),
            "patches of 7 × 7 on a Laplacian pyramid (Karras et al. 2018): local patterns",
        ),
        quality(
            "energy distance",
            "",
            Best::Lowest,
            energy_distance(reference, synthesized, range).ok(),
            "of pixels averaged to 8 × 8 (Székely & Rizzo 2013): composition and colour",
        ),
        quality(
            "MMD",
            "random convolutions",
            Best::Lowest,
            polynomial_mmd(&real, &drawn).ok().map(|found| found.value),
            "unbiased, of degree 3 (Bińkowski et al. 2018), on features of a fixed random network: texture and contrast",
        ),
        quality(
            "Fréchet distance",
            "random convolutions",
            Best::Lowest,
            frechet_distance(&real, &drawn).ok().map(|found| found.value),
            "of Gaussians fitted to the same features; this is no FID and compares with none",
        ),
        quality(
            "precision",
            "random convolutions",
            Best::Highest,
            neighbours.as_ref().map(|found| found.precision),
            "share of synthesized images within the third nearest neighbour of an observed one (Kynkäänniemi et al. 2019)",
        ),
        quality(
            "recall",
            "random convolutions",
            Best::Highest,
            neighbours.as_ref().map(|found| found.recall),
            "share of observed images within the third nearest neighbour of a synthesized one",
        ),
        quality(
            "density",
            "random convolutions",
            Best::Highest,
            balls.as_ref().map(|found| found.density),
            "as precision, counting every neighbourhood (Naeem et al. 2020)",
        ),
        quality(
            "coverage",
            "random convolutions",
            Best::Highest,
            balls.as_ref().map(|found| found.coverage),
            "share of observed images with a synthesized one within their fifth nearest neighbour",
        ),
        quality(
            "two-sample accuracy",
            "pixels 8x8",
            Best::Lowest,
            two_sample(reference, synthesized, range, seed),
            "of a nearest-neighbour classifier that tells synthesized from observed images (Lopez-Paz & Oquab 2017); .5 is \
             chance",
        ),
        other(
            "MS-SSIM",
            "",
            alike.map(|found| found.mean),
            "mean over pairs of synthesized images; nearer to the observed images' own is better, 1 is one and the same image",
        ),
        other(
            "spread",
            "share of the range",
            pairwise_rmse(synthesized, range).ok(),
            "root mean square difference of two synthesized images",
        ),
        other(
            "nearness to training images",
            "ratio",
            memorized(synthesized, observed, seed),
            "distance to the nearest training image over that of held-out images, by 8 × 8 pixels: well below 1 is memory",
        ),
    ])
}

fn two_sample(reference: &Images, synthesized: &Images, range: [f32; 2], seed: u64) -> Option<f64> {
    let features = |images: &Images| FeatureKind::CoarsePixels.of(images, range).ok();
    let test = TwoSampleTest { classifier: Classifier::NearestNeighbours, seed };
    test.test(&features(reference)?, &features(synthesized)?).ok().map(|found| found.accuracy)
}

fn memorized(synthesized: &Images, observed: &Observed, seed: u64) -> Option<f64> {
    let features = |images: &Images| FeatureKind::CoarsePixels.of(images, observed.range).ok();
    let test = MemorizationTest { seed, ..MemorizationTest::default() };
    let found =
        test.test(&features(synthesized)?, &features(&observed.held_out)?, &features(&observed.training)?).ok()?;
    Some(found.ratio)
}

/// The mean of each measure over seeds, with a 95 % interval by Student's t; of one seed its value alone.
#[must_use]
pub fn over_seeds(measured: &[Vec<Measure>]) -> Vec<Option<Interval>> {
    let count = measured.first().map_or(0, Vec::len);
    let of = |at: usize| {
        let values: Vec<f64> = measured.iter().filter_map(|seed| seed.get(at)?.value).collect();
        if values.len() == measured.len() { mean_interval(&values) } else { None }
    };
    (0..count).map(of).collect()
}

/// The mean of some values with a 95 % interval by Student's t, which has no width for one value or equal ones. `None` for no
/// values, or some that are not finite.
pub(super) fn mean_interval(values: &[f64]) -> Option<Interval> {
    let &value = values.first().filter(|_| values.iter().all(|value| value.is_finite()))?;
    student_interval(values, 0.95).ok().or(Some(Interval { value, low: value, high: value }))
}
