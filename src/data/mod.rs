//! Images from outside: sources, the batches of a run, and the distribution p(0) of 1 × 1 images that chains start from.
//!
//! This room reads files and knows nothing of networks.

mod batches;
mod below;
mod celeba;
mod cifar;
mod class_names;
mod idx;
mod labels;
mod layout;
mod lines;
mod listed;
mod manifest;
mod mat;
mod numpy;
mod parquet;
mod preparation;
mod record;
mod tar;
mod zip;
mod builtin;
mod data_set;
mod error;
mod folder;
mod histogram;
mod picture;
mod resize;
mod similar;
mod source;
mod stable_hash;

pub use batches::{Batch, Batches};
pub use builtin::BUILTIN;
pub use data_set::DataSet;
pub use error::DataError;
pub use histogram::{Histogram, HistogramKind};
pub use manifest::Manifest;
pub use source::{Place, SourceSpec, load};
