//! Opening files that may be anything.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a regular file. Pipes, sockets and devices, on which reading may wait for ever, are refused.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    File::open(path)
}
