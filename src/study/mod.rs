//! Studies: the paper's figures as functions over what a run draws.

mod diversity;
pub mod report;

pub use diversity::{GridDiversity, diversity};
