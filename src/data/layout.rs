//! The layouts that data sets come in, and recognising them.

use super::error::DataError;
use super::record::Source;
use super::{celeba, cifar, folder, idx, listed, mat, numpy, parquet, tar, zip};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How a data set lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Image files in a folder and its sub-folders; class folders, `train/` and `test/`, `labels.csv`.
    Folder,
    /// `img_align_celeba/` with its partition, attributes and identities.
    Celeba,
    /// SVHN's cropped digits in MATLAB files, `{train,test,extra}_32x32.mat`.
    Svhn,
    /// Trees of Places205 with its list files (`train_places205.csv`, …), or any list of paths and labels.
    Listed,
    /// CIFAR-10 or CIFAR-100, binary version.
    Cifar,
    /// IDX as of MNIST and Fashion-MNIST, gzipped or not.
    Idx,
    /// `.npy` and `.npz` arrays.
    Numpy,
    /// Tar archives: `WebDataset` shards, or a folder in an archive.
    Tar,
    /// A folder in a zip archive.
    Zip,
    /// Parquet with an image column, as hubs lay it out.
    Parquet,
}

/// Whether what lies at a path is of a layout.
type Recognizer = fn(&Path) -> bool;
/// Opens what lies at a path as of a layout.
type Opener = fn(&Path) -> Result<Box<dyn Source>, DataError>;

/// In the order in which they are tried; a folder of images is what remains.
const LAYOUTS: [(Layout, Recognizer, Opener); 10] = [
    (Layout::Celeba, celeba::recognises, celeba::open),
    (Layout::Svhn, mat::recognises, mat::open),
    (Layout::Cifar, cifar::recognises, cifar::open),
    (Layout::Idx, idx::recognises, idx::open),
    (Layout::Numpy, numpy::recognises, numpy::open),
    (Layout::Parquet, parquet::recognises, parquet::open),
    (Layout::Tar, tar::recognises, tar::open),
    (Layout::Zip, zip::recognises, zip::open),
    (Layout::Listed, listed::recognises, listed::open),
    (Layout::Folder, folder::recognises, folder::open),
];

impl Layout {
    /// The layout of what lies at `path`.
    ///
    /// # Errors
    /// A file that is of none of them.
    pub fn of(path: &Path) -> Result<Self, DataError> {
        let found = LAYOUTS.iter().find(|(_, recognises, _)| recognises(path));
        found.map(|&(layout, ..)| layout).ok_or_else(|| DataError::Unknown { path: path.to_path_buf() })
    }

    /// The layout in words, such as `folder of images`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Folder => "folder of images",
            Self::Celeba => "CelebA",
            Self::Svhn => "SVHN, MATLAB files",
            Self::Listed => "images named by lists",
            Self::Cifar => "CIFAR, binary version",
            Self::Idx => "IDX files, as MNIST",
            Self::Numpy => "NumPy arrays",
            Self::Tar => "tar archive",
            Self::Zip => "zip archive",
            Self::Parquet => "Parquet files",
        }
    }

    /// Opens what lies at `path` as of this layout. Reads no pixels.
    ///
    /// # Errors
    /// A file or folder that is missing, or that is not of this layout.
    pub(super) fn open(self, path: &Path) -> Result<Box<dyn Source>, DataError> {
        let opener = LAYOUTS.iter().find(|(layout, ..)| *layout == self).map(|&(.., open)| open);
        opener.unwrap_or(folder::open)(path)
    }
}
