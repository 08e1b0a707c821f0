//! What every source of images hands out, image by image.

use super::error::DataError;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Which part of a data set an image belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Training,
    HeldOut,
}

/// One image as it lies in its source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// Unique within the source, with `/` between its parts. Only ever shown: no file is opened by it.
    pub name: String,
    /// Its class, an index into [`Source::classes`] where that has names.
    pub label: Option<u32>,
    /// Where the source itself says.
    pub part: Option<Part>,
    pub content: Content,
}

/// The pixels of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// An encoded image file, opened when it is decoded.
    File(PathBuf),
    /// The bytes of an encoded image (PNG, JPEG, …).
    Encoded(Vec<u8>),
    Pixels(RawPixels),
}

/// Pixels that need no decoding.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawPixels {
    pub width: u32,
    pub height: u32,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: u8,
    /// `[height, width, channel]`, of exactly that length.
    pub data: Vec<u8>,
}

/// Something that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    pub name: String,
    /// In words, without a full stop.
    pub reason: String,
}

/// What a source comes upon.
pub(super) type Found = Result<Record, Skipped>;

/// A data set as it lies on disk, or as it is made up.
///
/// A source holds no more than one record's bytes at a time, checks what headers declare before it makes room for it, and
/// never opens a path that a file's *content* names unless it lies below the source's own folder.
pub(super) trait Source: Send + Sync {
    /// Hands every image to `each`, in an order that is the same on every machine and every time, until `each` breaks off.
    ///
    /// # Errors
    /// What makes all further images unreadable. Single bad images are handed over as [`Skipped`].
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError>;

    /// How many images there will be, where that is known without reading them.
    fn count(&self) -> Option<usize> {
        None
    }

    /// The files that the images depend on: where size or time of one changes, the images may have.
    fn files(&self) -> Vec<PathBuf>;

    /// Names of the classes, by label; empty where labels have none.
    fn classes(&self) -> &[String] {
        &[]
    }
}
