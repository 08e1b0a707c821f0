//! One picture from a file, prepared as the pictures of a data set are.

use super::error::{DataError, wrong};
use super::picture;
use super::preparation::Preparation;
use super::record::Content;
use std::path::Path;

/// The picture in a file: `[channel, side, side]` of `preparation`, 8 bits a value.
///
/// # Errors
/// A file that is no readable picture, with the reason.
pub fn one_picture(path: &Path, preparation: &Preparation) -> Result<Vec<u8>, DataError> {
    let prepared = picture::prepare(Content::File(path.to_path_buf()), preparation);
    prepared.map(|prepared| prepared.pixels).map_err(|reason| wrong(path, reason))
}
