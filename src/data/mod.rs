//! Images from outside: sources of every layout, the batches of a run, and the distribution p(0) of 1 × 1 images that
//! chains start from.
//!
//! A [`Source`](record::Source) hands out images as they lie; they are prepared in parallel into a [`Store`](store::Store)
//! of 8-bit pixels, in memory or cached on disk; a [`DataSet`] is a store split in two. This room reads files and knows
//! nothing of networks.

mod archive;
mod batches;
mod below;
mod builtin;
mod cache;
mod celeba;
mod cifar;
mod class_folders;
mod class_names;
mod data_set;
mod error;
mod folder;
mod histogram;
mod idx;
mod labels;
mod layout;
mod lines;
mod listed;
mod load;
mod manifest;
mod mat;
mod montage;
mod names;
mod numpy;
mod parquet;
mod picture;
mod preparation;
mod prepare;
mod procedural;
mod record;
mod regular;
mod report;
mod resize;
mod series;
mod similar;
mod source;
mod split;
mod stable_hash;
mod store;
mod tar;
mod zip;

pub use batches::{Batch, Batches};
pub use builtin::BUILTIN;
pub use cache::Storage;
pub use data_set::{DataSet, ImageSet};
pub use error::DataError;
pub use histogram::{Histogram, HistogramKind};
pub use layout::Layout;
pub use load::load;
pub use manifest::Manifest;
pub use montage::{montage, spread_by_class};
pub use picture::{decode_square, read_square};
pub use preparation::{Crop, Filter, Preparation};
pub use prepare::Progress;
pub use procedural::{Density, Mixture, MixtureSpec, Texture, TextureSpec};
pub use record::Part;
pub use report::Report;
pub use source::{MadeUp, Place, SourceSpec};
