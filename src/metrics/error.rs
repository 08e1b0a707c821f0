//! Why a measure has no value.

use crate::compute::Images;

/// Images that a measure is not defined on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// The two sets hold images of different sizes.
    #[error("images of shape {left:?} cannot be compared with images of shape {right:?}")]
    Shapes { left: [usize; 4], right: [usize; 4] },
    #[error("{found} images are too few, this measure needs {needed}")]
    TooFew { found: usize, needed: usize },
    #[error("images of side {found} are too small, this measure needs {needed}")]
    TooSmall { found: usize, needed: usize },
    #[error("the images hold values that are not finite")]
    NotFinite,
    /// The two sets' features were taken in different ways.
    #[error("features \"{left}\" cannot be compared with features \"{right}\"; take both sets' by the same name")]
    FeatureNames { left: String, right: String },
    #[error("features of width {left} cannot be compared with features of width {right}")]
    FeatureWidths { left: usize, right: usize },
    #[error("{values} features do not fill whole rows of width {width}")]
    FeatureRows { values: usize, width: usize },
    /// Too few numbers (scores, seeds, resamples), where images are not what is counted.
    #[error("{found} {what} are too few, it takes {needed}")]
    TooFewValues { what: &'static str, found: usize, needed: usize },
    #[error("the {what} hold values that are not finite")]
    ValueNotFinite { what: &'static str },
    /// All values are equal, where their differences are what is measured.
    #[error("the {what} are all equal, so {lacking}")]
    NoVariance { what: &'static str, lacking: &'static str },
    #[error("{what} did not converge; {mend}")]
    NoConvergence { what: &'static str, mend: &'static str },
    /// A setting outside its range.
    #[error("{0}")]
    Settings(String),
}

/// That `left` and `right` can be compared: one or more finite images each, of the same size.
pub(super) fn comparable(left: &Images, right: &Images) -> Result<(), MetricError> {
    if left.shape()[1..] != right.shape()[1..] {
        return Err(MetricError::Shapes { left: left.shape(), right: right.shape() });
    }
    sound(left, 1)?;
    sound(right, 1)
}

/// That `images` holds at least `needed` images, all finite.
pub(super) fn sound(images: &Images, needed: usize) -> Result<(), MetricError> {
    if images.count() < needed {
        return Err(MetricError::TooFew { found: images.count(), needed });
    }
    if !images.is_finite() {
        return Err(MetricError::NotFinite);
    }
    Ok(())
}

/// The width of `range`, which must be finite and positive.
pub(super) fn width([low, high]: [f32; 2]) -> Result<f64, MetricError> {
    let width = f64::from(high) - f64::from(low);
    if width.is_finite() && width > 0.0 {
        Ok(width)
    } else {
        Err(MetricError::Settings(format!("range [{low}, {high}] has no width")))
    }
}
