//! What is in a data set: counts, sizes, classes, copies, and images that are on both sides of the split.

use super::data_set::{DataSet, ImageSet};
use super::error::DataError;
use super::similar::{self, Alike};
use rayon::prelude::*;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How many groups of copies, and how many sizes, a report names.
const NAMED: usize = 100;

/// A report on a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// One line: the source, counts, size and range of prepared images.
    pub description: String,
    pub training: usize,
    pub held_out: usize,
    /// Files that were passed over, and the name and reason of the first thousand.
    pub skipped_count: usize,
    pub skipped: Vec<String>,
    /// Width and height before preparation, and how many images have them; the most frequent first.
    pub sizes: Vec<([u32; 2], usize)>,
    /// Channels before preparation (4 with an alpha channel), and how many images have so many.
    pub channels: Vec<(u32, usize)>,
    /// The name of each class, and how many training and held-out images it has.
    pub classes: Vec<(String, [usize; 2])>,
    /// Images without a class.
    pub unlabelled: usize,
    /// Mean and standard deviation of each channel, in model units.
    pub statistics: Vec<[f64; 2]>,
    /// Groups of images whose prepared pixels are equal, by name.
    pub duplicates: Vec<Vec<String>>,
    pub duplicate_groups: usize,
    /// Groups of images that look alike, equal ones among them: perceptual hashes at most three bits apart.
    pub near_duplicates: Vec<Vec<String>>,
    pub near_duplicate_groups: usize,
    /// Held-out images that have a copy, equal or alike, in the training set: its name and the copy's.
    pub leaks: Vec<[String; 2]>,
    pub leak_count: usize,
}

impl Report {
    /// Looks at every image of `set`.
    ///
    /// # Errors
    /// Images that cannot be read any more.
    pub fn of(set: &DataSet) -> Result<Self, DataError> {
        let parts = [&set.training, &set.held_out];
        let mut sizes: BTreeMap<[u32; 2], usize> = BTreeMap::new();
        let mut channels: BTreeMap<u32, usize> = BTreeMap::new();
        for part in parts {
            for item in 0..part.count() {
                let [width, height, depth] = part.original(item);
                *sizes.entry([width, height]).or_default() += 1;
                *channels.entry(depth).or_default() += 1;
            }
        }
        let mut sizes: Vec<_> = sizes.into_iter().collect();
        sizes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        sizes.truncate(NAMED);
        let (classes, unlabelled) = balance(set.classes(), parts);
        let both = Both { parts };
        let copies = both.copies()?;
        let named = |groups: &[Vec<usize>]| {
            groups.iter().take(NAMED).map(|group| group.iter().map(|&item| both.name(item)).collect()).collect()
        };
        let Alike { same, near } = &copies;
        let leaks = both.leaks(&copies);
        Ok(Self {
            description: set.description.clone(),
            training: set.training.count(),
            held_out: set.held_out.count(),
            skipped_count: set.skipped_count(),
            skipped: set.skipped().to_vec(),
            sizes,
            channels: channels.into_iter().collect(),
            classes,
            unlabelled,
            statistics: set.statistics(),
            duplicates: named(same),
            duplicate_groups: same.len(),
            near_duplicates: named(near),
            near_duplicate_groups: near.len(),
            leak_count: leaks.len(),
            leaks: leaks.into_iter().take(NAMED).collect(),
        })
    }
}

/// Images per class, and those without one. Labels without a name are named by their number.
fn balance(names: &[String], parts: [&ImageSet; 2]) -> (Vec<(String, [usize; 2])>, usize) {
    let mut counts: BTreeMap<u32, [usize; 2]> = (0..names.len() as u32).map(|label| (label, [0; 2])).collect();
    let mut unlabelled = 0;
    for (side, part) in parts.into_iter().enumerate() {
        for item in 0..part.count() {
            match part.label(item) {
                Some(label) => counts.entry(label).or_default()[side] += 1,
                None => unlabelled += 1,
            }
        }
    }
    let name = |label: u32| names.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
    (counts.into_iter().map(|(label, count)| (name(label), count)).collect(), unlabelled)
}

/// Training images, then held-out ones, in one row.
struct Both<'a> {
    parts: [&'a ImageSet; 2],
}

impl Both<'_> {
    fn name(&self, item: usize) -> String {
        let first = self.parts[0].count();
        if item < first { self.parts[0].name(item).to_owned() } else { self.parts[1].name(item - first).to_owned() }
    }

    fn pixels(&self, item: usize) -> Result<Vec<u8>, DataError> {
        let first = self.parts[0].count();
        if item < first { self.parts[0].pixels(item) } else { self.parts[1].pixels(item - first) }
    }

    fn copies(&self) -> Result<Alike, DataError> {
        let [_, channels, side, _] = self.parts[0].shape();
        let count = self.parts[0].count() + self.parts[1].count();
        let hashes: Vec<[u64; 2]> = (0..count)
            .into_par_iter()
            .map(|item| {
                let pixels = self.pixels(item)?;
                Ok([similar::pixel_hash(&pixels), similar::picture_hash(&pixels, channels, side)])
            })
            .collect::<Result<_, DataError>>()?;
        let (pixel_hashes, picture_hashes): (Vec<u64>, Vec<u64>) =
            hashes.into_iter().map(|[one, two]| (one, two)).unzip();
        let failure = RefCell::new(None);
        let copies = similar::find(&pixel_hashes, &picture_hashes, |item| {
            self.pixels(item).unwrap_or_else(|error| {
                failure.borrow_mut().get_or_insert(error);
                Vec::new()
            })
        });
        failure.into_inner().map_or(Ok(copies), Err)
    }

    fn leaks(&self, copies: &Alike) -> Vec<[String; 2]> {
        let first = self.parts[0].count();
        let mut leaks: BTreeMap<usize, usize> = BTreeMap::new();
        for group in copies.same.iter().chain(&copies.near) {
            let Some(&training) = group.iter().find(|&&item| item < first) else { continue };
            for &held_out in group.iter().filter(|&&item| item >= first) {
                leaks.entry(held_out).or_insert(training);
            }
        }
        leaks.into_iter().map(|pair| [self.name(pair.0), self.name(pair.1)]).collect()
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
