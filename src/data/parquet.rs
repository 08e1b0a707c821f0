//! p.

use super::error::DataError;
use super::record::Source;
use std::path::Path;

/// Whether `path` looks like it.
pub(super) fn recognises(_path: &Path) -> bool {
    false
}

/// Opens it.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    Err(DataError::Unknown { path: path.to_path_buf() })
}
