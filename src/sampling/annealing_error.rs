//! Why annealing estimates no log Z.

/// Why there is no estimate of log Z.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnnealingError<E> {
    #[error("{found} chains are too few, a standard error needs 2")]
    TooFew { found: usize },
    /// Where chains begin the score has no finite value.
    #[error("the score of image {image} is not finite where its chain begins; look for weights that ran away")]
    NotFinite { image: usize },
    #[error(
        "sample {image} has values outside of [{low}, {high}], where the reference has no density; clip or leave it out"
    )]
    Outside { image: usize, low: f32, high: f32 },
    /// The score answers for another number or shape of images.
    #[error("the score gave {found} numbers or a gradient of another shape for {expected} images")]
    Scores { found: usize, expected: usize },
    /// A setting outside its range.
    #[error("{0}")]
    Settings(String),
    #[error("the score failed: {0}")]
    Score(#[source] E),
}
