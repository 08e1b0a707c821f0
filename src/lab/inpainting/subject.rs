//! The image that is filled in.

use super::resample::first_on_side;
use crate::run::Pictures;
use std::sync::Arc;

/// The image that is filled in.
pub struct Subject {
    /// As it was given, of whatever side.
    pub source: Arc<Pictures>,
    /// On the finest grid's side.
    pub image: Arc<Pictures>,
    /// Counts the images.
    pub number: u64,
    /// Seconds of the window's clock when it was taken.
    pub since: f64,
}

impl Subject {
    /// The first of these pictures on this side; `None` when there is none.
    #[must_use]
    pub fn new(source: Arc<Pictures>, side: usize, number: u64, since: f64) -> Option<Self> {
        let image = Arc::new(first_on_side(&source, side)?);
        Some(Self { source, image, number, since })
    }
}
