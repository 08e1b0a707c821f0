//! A data set in memory.

use super::folder::Part;
use super::stable_hash::StableHash;
use crate::compute::Images;
use rayon::prelude::*;

/// Training and held-out images with what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// `[n, channel, side, side]` in model units; never empty.
    pub training: Images,
    /// Of the same size; may be empty.
    pub held_out: Images,
    /// One name an image: its path inside the folder, with `/` between its parts.
    pub training_names: Vec<String>,
    pub held_out_names: Vec<String>,
    /// Name and reason of each file that was passed over.
    pub skipped: Vec<String>,
    /// One line for people: counts, size and range.
    pub description: String,
    /// Model values of black and white.
    pub range: [f32; 2],
    /// The same for the same names and pixels, on every machine; differs otherwise.
    pub fingerprint: u64,
}

impl DataSet {
    pub(super) fn new(title: &str, training: Part, held_out: Part, skipped: Vec<String>, range: [f32; 2]) -> Self {
        let description = describe(title, &training.images, held_out.names.len(), skipped.len(), range);
        let fingerprint = fingerprint(&[&training, &held_out]);
        Self {
            training: training.images,
            held_out: held_out.images,
            training_names: training.names,
            held_out_names: held_out.names,
            skipped,
            description,
            range,
            fingerprint,
        }
    }
}

fn describe(title: &str, training: &Images, held_out: usize, skipped: usize, [low, high]: [f32; 2]) -> String {
    let colour = if training.shape()[1] == 1 { "grey" } else { "colour" };
    let mut text = format!(
        "{title}: {} training and {held_out} held-out images, {side} × {side}, {colour}, range [{low}, {high}]",
        training.count(),
        side = training.side(),
    );
    if skipped > 0 {
        text.push_str(&format!("; {skipped} files skipped"));
    }
    text
}

/// Hash of the parts' sizes, names and pixels. Each image is hashed on its own, in parallel, then their hashes in order.
fn fingerprint(parts: &[&Part]) -> u64 {
    let mut hash = StableHash::new();
    for part in parts {
        for extent in part.images.shape() {
            hash.add_number(extent as u64);
        }
        let pixels: Vec<u64> =
            (0..part.names.len()).into_par_iter().map(|index| hash_of(part.images.image(index))).collect();
        for (name, pixels) in part.names.iter().zip(pixels) {
            hash.add_number(name.len() as u64);
            hash.add(name.as_bytes());
            hash.add_number(pixels);
        }
    }
    hash.value()
}

fn hash_of(values: &[f32]) -> u64 {
    let mut hash = StableHash::new();
    hash.add_values(values);
    hash.value()
}
