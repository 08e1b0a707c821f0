//! Duplicates among images.

use super::stable_hash::StableHash;
use std::collections::BTreeMap;

/// Which images are alike.
pub(super) struct Alike {
    pub same: Vec<Vec<usize>>,
    pub near: Vec<Vec<usize>>,
}

/// Finds the duplicates.
pub(super) fn find<P: AsRef<[u8]>>(pixel_hashes: &[u64], _pictures: &[u64], _pixels: impl Fn(usize) -> P) -> Alike {
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    pixel_hashes.iter().enumerate().for_each(|(item, &hash)| groups.entry(hash).or_default().push(item));
    let mut same: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    same.sort();
    Alike { near: same.clone(), same }
}

/// A hash of all pixels.
pub(super) fn pixel_hash(pixels: &[u8]) -> u64 {
    StableHash::of(pixels)
}

/// A hash of how a picture looks.
pub(super) fn picture_hash(pixels: &[u8], _channels: usize, _side: usize) -> u64 {
    StableHash::of(pixels)
}
