//! Pictures from files, as the window and the terminal give them to a model.

use crate::data::{DataError, Preparation, one_picture};
use crate::run::Pictures;
use std::path::Path;

/// The picture in a file: its central square at `side` × `side`, prepared as `preparation` says otherwise, in colour.
pub(super) fn read(path: &Path, side: usize, preparation: &Preparation) -> Result<Pictures, DataError> {
    let planes = one_picture(path, &Preparation { side, channels: 3, ..*preparation })?;
    let area = side * side;
    let rgba = (0..area).flat_map(|at| [planes[at], planes[area + at], planes[2 * area + at], 255]).collect();
    Ok(Pictures { side, count: 1, rgba })
}
