//! A data set: prepared images, split in those to learn from and those held out.

use super::error::DataError;
use super::split::Split;
use super::stable_hash::StableHash;
use super::store::Store;
use crate::compute::Images;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Training and held-out images with what is known of them.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// Never empty.
    pub training: ImageSet,
    /// May be empty.
    pub held_out: ImageSet,
    /// One line for people: counts, size and range.
    pub description: String,
    /// Model values of black and white.
    pub range: [f32; 2],
    /// The same for the same names and pixels, on every machine; differs otherwise.
    pub fingerprint: u64,
}

/// Some images of a store, in model units.
#[derive(Debug, Clone)]
pub struct ImageSet {
    store: Arc<Store>,
    indices: Arc<Vec<u32>>,
    /// The model's value of each of the 256 levels.
    levels: Arc<[f32; 256]>,
}

impl DataSet {
    /// Splits `store`; `title` names it.
    pub(super) fn new(title: &str, store: Store, split: &Split, range: [f32; 2]) -> Self {
        let store = Arc::new(store);
        let levels = Arc::new(std::array::from_fn(|level| to_range(level as f32, range)));
        let parts = split.of(&store.index.names, &store.index.parts);
        let [training, held_out] =
            parts.map(|indices| ImageSet { store: store.clone(), indices: Arc::new(indices), levels: levels.clone() });
        let fingerprint = fingerprint(&[&training, &held_out]);
        let description = describe(title, &training, held_out.count(), store.index.skipped_count, range);
        Self { training, held_out, description, range, fingerprint }
    }

    /// Only the images of one class: of its name, or of its number where classes have none.
    ///
    /// # Errors
    /// A class that no training image is of.
    pub(super) fn of_class(self, class: &str) -> Result<Self, DataError> {
        let classes = self.classes();
        let label = match classes.iter().position(|name| name == class) {
            Some(place) => Some(place as u32),
            None if classes.is_empty() => class.parse().ok(),
            None => None,
        };
        let some = |set: &ImageSet| {
            let kept = (0..set.count()).filter(|&item| label.is_some() && set.label(item) == label);
            let indices = Arc::new(kept.map(|item| set.indices[item]).collect());
            ImageSet { indices, ..set.clone() }
        };
        let (training, held_out) = (some(&self.training), some(&self.held_out));
        if training.count() == 0 {
            let mut known: Vec<String> = classes.to_vec();
            if known.is_empty() {
                let labels: BTreeSet<u32> =
                    (0..self.training.count()).filter_map(|item| self.training.label(item)).collect();
                known = labels.iter().map(u32::to_string).collect();
            }
            let known = if known.is_empty() { "the images have no labels".into() } else { known.join(", ") };
            return Err(DataError::Settings(format!("no training image is of the class '{class}'; classes: {known}")));
        }
        let fingerprint = fingerprint(&[&training, &held_out]);
        let counts = format!("{} and {} of class {class}", training.count(), held_out.count());
        Ok(Self { description: format!("{}; {counts}", self.description), fingerprint, training, held_out, ..self })
    }

    /// Name and reason of files that were passed over: the first thousand.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        &self.training.store.index.skipped
    }

    /// How many files were passed over.
    #[must_use]
    pub fn skipped_count(&self) -> usize {
        self.training.store.index.skipped_count
    }

    /// Names of the classes, by label; empty where there are no labels, or none with names.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.training.store.index.classes
    }

    /// Mean and standard deviation of each channel over all images, in model units.
    #[must_use]
    pub fn statistics(&self) -> Vec<[f64; 2]> {
        let [low, high] = self.range.map(f64::from);
        let scale = (high - low) / 255.0;
        self.training.store.index.statistics().iter().map(|[mean, sd]| [low + scale * mean, scale * sd]).collect()
    }

    /// Whether the pixels are in memory, not read from the cache as they are needed.
    #[must_use]
    pub fn in_memory(&self) -> bool {
        self.training.store.in_memory()
    }
}

impl ImageSet {
    /// Number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.indices.len()
    }

    /// `[count, channel, side, side]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 4] {
        let index = &self.store.index;
        [self.count(), index.channels, index.side, index.side]
    }

    /// The images at `items`, `[items, channel, side, side]` in model units.
    ///
    /// # Errors
    /// A cache file that cannot be read any more, or that is damaged.
    pub fn select(&self, items: &[usize]) -> Result<Images, DataError> {
        let [_, channels, side, _] = self.shape();
        let mut images = Images::zeros([items.len(), channels, side, side]);
        let mut pixels = vec![0; self.store.index.image_len()];
        for (place, &item) in items.iter().enumerate() {
            self.store.read(self.indices[item] as usize, &mut pixels)?;
            for (value, &level) in images.image_mut(place).iter_mut().zip(&pixels) {
                *value = self.levels[usize::from(level)];
            }
        }
        Ok(images)
    }

    /// Pixels of image `item`, `[channel, side, side]`.
    ///
    /// # Errors
    /// As of [`Self::select`].
    pub fn pixels(&self, item: usize) -> Result<Vec<u8>, DataError> {
        let mut pixels = vec![0; self.store.index.image_len()];
        self.store.read(self.indices[item] as usize, &mut pixels)?;
        Ok(pixels)
    }

    /// The name of image `item`: its path inside the source, with `/` between its parts.
    #[must_use]
    pub fn name(&self, item: usize) -> &str {
        &self.store.index.names[self.indices[item] as usize]
    }

    /// The class of image `item`.
    #[must_use]
    pub fn label(&self, item: usize) -> Option<u32> {
        self.store.index.labels[self.indices[item] as usize]
    }

    /// Width, height and channels of image `item` before it was prepared.
    #[must_use]
    pub fn original(&self, item: usize) -> [u32; 3] {
        self.store.index.originals[self.indices[item] as usize]
    }

    /// Hash of the pixels of image `item`.
    #[must_use]
    pub fn hash(&self, item: usize) -> u64 {
        self.store.index.hashes[self.indices[item] as usize]
    }

    /// The 1 × 1 version of every image, its mean colour: `[count, channel, 1, 1]` in model units.
    #[must_use]
    pub fn colours(&self) -> Images {
        let [low, high] = [self.levels[0], self.levels[255]];
        let channels = self.store.index.channels;
        let colour = |&index: &u32| &self.store.index.colours[index as usize * channels..][..channels];
        let values = self.indices.iter().flat_map(colour).map(|&value| to_range(value, [low, high])).collect();
        Images::new([self.count(), channels, 1, 1], values)
    }
}

/// Maps 0..255 to `range` linearly; 0 and 255 land on the ends exactly.
fn to_range(value: f32, range: [f32; 2]) -> f32 {
    let share = value / 255.0;
    range[0] * (1.0 - share) + range[1] * share
}

fn describe(title: &str, training: &ImageSet, held_out: usize, skipped: usize, [low, high]: [f32; 2]) -> String {
    let [count, channels, side, _] = training.shape();
    let colour = if channels == 1 { "grey" } else { "colour" };
    let mut text = format!(
        "{title}: {count} training and {held_out} held-out images, {side} × {side}, {colour}, range [{low}, {high}]"
    );
    if skipped > 0 {
        text.push_str(&format!("; {skipped} files skipped"));
    }
    text
}

/// Hash of the parts' sizes, names and pixels.
fn fingerprint(parts: &[&ImageSet]) -> u64 {
    let mut hash = StableHash::new();
    for part in parts {
        for extent in part.shape() {
            hash.add_number(extent as u64);
        }
        for item in 0..part.count() {
            let name = part.name(item);
            hash.add_number(name.len() as u64);
            hash.add(name.as_bytes());
            hash.add_number(part.hash(item));
        }
    }
    hash.value()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::data::picture::{Original, Prepared};
    use crate::data::store::{Index, Pixels, Tag};

    /// Images in memory, all for training.
    pub fn in_memory(
        [count, channels, side]: [usize; 3],
        range: [f32; 2],
        level: impl Fn(usize, usize) -> u8,
    ) -> DataSet {
        let mut index = Index::new([channels, side], &[]);
        let mut all = Vec::new();
        for item in 0..count {
            let pixels: Vec<u8> = (0..channels * side * side).map(|pixel| level(item, pixel)).collect();
            all.extend_from_slice(&pixels);
            let original = Original { width: side as u32, height: side as u32, channels: channels as u8 };
            let tag = Tag { name: format!("{item}.png"), label: Some(item as u32 % 3), part: None };
            index.add(tag, &Prepared { pixels, original });
        }
        DataSet::new("test", Store::new(index, Pixels::Memory(all)), &Split::Share(0.0), range)
    }

    #[test]
    fn the_ends_of_the_range_are_met_exactly() {
        for range in [[-1.0, 1.0], [0.0, 255.0], [-0.3, 0.7]] {
            assert_eq!([to_range(0.0, range), to_range(255.0, range)], range);
            let set = in_memory([1, 1, 2], range, |_, pixel| [0, 255, 0, 255][pixel]);
            assert_eq!(set.training.select(&[0]).unwrap().image(0)[..2], range);
        }
        assert!((to_range(127.5, [-1.0, 1.0])).abs() < 1e-6);
    }

    #[test]
    fn one_class_leaves_the_others_out() {
        let set = in_memory([7, 1, 2], [0.0, 255.0], |item, _| item as u8);
        let whole = set.fingerprint;
        let one = set.clone().of_class("1").unwrap();
        let shown: Vec<f32> =
            (0..one.training.count()).map(|at| one.training.select(&[at]).unwrap().image(0)[0]).collect();
        assert_eq!(shown, [1.0, 4.0]);
        assert_ne!(one.fingerprint, whole);
        let message = set.of_class("3").unwrap_err().to_string();
        assert!(message.contains("'3'") && message.contains("0, 1, 2"), "{message}");
    }

    #[test]
    fn colours_are_the_means_of_the_images_and_statistics_those_of_all_pixels() {
        let set = in_memory([7, 3, 4], [-1.0, 1.0], |item, pixel| (item * 31 + pixel * 5) as u8);
        let images = set.training.select(&[0, 1, 2, 3, 4, 5, 6]).unwrap();
        let colours = set.training.colours();
        for item in 0..7 {
            for channel in 0..3 {
                let plane = &images.image(item)[channel * 16..][..16];
                let mean = plane.iter().sum::<f32>() / 16.0;
                assert!((colours.image(item)[channel] - mean).abs() < 1e-5);
            }
        }
        let red: Vec<f64> = (0..7).flat_map(|item| images.image(item)[..16].to_vec()).map(f64::from).collect();
        let mean = red.iter().sum::<f64>() / red.len() as f64;
        let sd = (red.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / red.len() as f64).sqrt();
        let [found_mean, found_sd] = set.statistics()[0];
        assert!((found_mean - mean).abs() < 1e-5 && (found_sd - sd).abs() < 1e-4);
    }
}
