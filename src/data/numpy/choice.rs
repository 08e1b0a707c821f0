//! Which of several arrays are images, and which are their labels.
//!
//! Where names speak of parts (`x_train` and `x_test`; `train_images`, `val_images` and `test_images`, …), there is one
//! array of images a part; validation is held out. Else there is one array of images. Names with the words images, image,
//! imgs, data or x and `arr_0` go before others, and what stands first before what follows. Of a folder's `.npy` files
//! all those count that of an archive would be the candidates for first.
//!
//! Labels are numbers [n] or [n, 1] whose name is that of the images with another word: y for x, labels for images, and
//! so on; those of a single array of images may also be called y, labels, label, targets or `y_train`.

use super::super::series::Grid;
use super::array::Array;
use crate::data::names::part_among_words;
use crate::data::record::{Part, Skipped};

/// Largest image, as it is stored.
const MAX_BYTES: usize = 512 * 1024 * 1024;
/// Words of names of images.
const IMAGES: [&str; 5] = ["images", "image", "imgs", "data", "x"];
/// Words of names of labels.
const LABELS: [&str; 4] = ["labels", "label", "y", "targets"];
/// Names of the labels of a single array.
const ONLY_LABELS: [&str; 6] = ["y", "labels", "label", "targets", "y_train", "arr_1"];

/// An array of images.
#[derive(Debug)]
pub(super) struct Chosen {
    pub images: Array,
    pub count: u64,
    pub grid: Grid,
    /// Steps of y, x and channel within an image's numbers.
    pub steps: [usize; 3],
    pub labels: Option<Array>,
    pub part: Option<Part>,
}

impl Chosen {
    /// # Errors
    /// Why the array is none of images, in words.
    fn of(images: &Array) -> Result<Self, String> {
        let (count, [height, width, channels], planar) = match images.shape[..] {
            [height, width, channels @ (1 | 3)] => (1, [height, width, channels], false),
            [count, height, width] => (count, [height, width, 1], false),
            [count, height, width, channels @ (1 | 3)] => (count, [height, width, channels], false),
            [count, channels @ (1 | 3), height, width] => (count, [height, width, channels], true),
            _ => return Err("is no shape of images".to_owned()),
        };
        let grid = Grid::new(height, width, channels)?;
        if grid.values() * images.encoding.size() > MAX_BYTES {
            return Err(format!("has images of more than {MAX_BYTES} bytes"));
        }
        let steps = match (planar, images.fortran) {
            (false, false) => grid.interleaved(),
            (true, false) => grid.planar(),
            (false, true) => grid.column_major(),
            (true, true) => grid.channels_then_columns(),
        };
        Ok(Self { images: images.clone(), count, grid, steps, labels: None, part: part_among_words(&images.name) })
    }
}

/// The arrays of images in `arrays`, with their labels: one, or one a part, or `every` that is as good. Notes in
/// `others` the readable ones that are neither, and in `misfits` labels of another number than their images.
pub(super) fn choose(
    arrays: &[Array],
    every: bool,
    others: &mut Vec<String>,
    misfits: &mut Vec<Skipped>,
) -> Vec<Chosen> {
    let mut candidates = Vec::new();
    for array in arrays {
        match Chosen::of(array) {
            Ok(images) => candidates.push(images),
            Err(reason) => others.push(format!("{} {:?} ({reason})", array.shown, array.shape)),
        }
    }
    let mut groups: Vec<(Option<String>, Vec<Chosen>)> = Vec::new();
    let some_have_parts = candidates.iter().any(|images| images.part.is_some());
    candidates.retain(|images| images.part.is_some() || !some_have_parts);
    for images in candidates {
        let part = words(&images.images.name).into_iter().find(|word| part_among_words(word).is_some());
        match groups.iter_mut().find(|(known, _)| *known == part) {
            Some((_, group)) => group.push(images),
            None => groups.push((part, vec![images])),
        }
    }
    let mut chosen: Vec<Chosen> = groups.into_iter().flat_map(|(_, group)| best(group, every)).collect();
    chosen.sort_by_key(|images| images.part == Some(Part::HeldOut));
    let only = chosen.len() == 1;
    for images in &mut chosen {
        images.labels = labels_of(images, arrays, only, |count| count == images.count).cloned();
        if let (None, Some(labels)) = (&images.labels, labels_of(images, arrays, only, |count| count != images.count)) {
            let [of_labels, of_images] = [labels.shape[0], images.count];
            let reason = format!("{of_labels} labels for {of_images} images, so they are left out");
            misfits.push(Skipped { name: labels.shown.clone(), reason });
        }
    }
    chosen
}

/// Those of a part that are named as images are, or else all of them; the first, or `every` one.
fn best(mut group: Vec<Chosen>, every: bool) -> Vec<Chosen> {
    if group.iter().any(is_named_so) {
        group.retain(is_named_so);
    }
    if !every {
        group.truncate(1);
    }
    group
}

fn is_named_so(images: &Chosen) -> bool {
    let name = &images.images.name;
    name == "arr_0" || words(name).iter().any(|word| IMAGES.contains(&word.as_str()))
}

fn words(name: &str) -> Vec<String> {
    name.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

/// The array of labels of as many as `counts` says that goes with `images` by its name.
fn labels_of<'a>(images: &Chosen, arrays: &'a [Array], only: bool, counts: impl Fn(u64) -> bool) -> Option<&'a Array> {
    let own = words(&images.images.name);
    let matches = |name: &str| {
        let other = words(name);
        // The same words but one, or one more.
        let exchanged = other.len() == own.len()
            && own.iter().zip(&other).all(|(of_images, of_labels)| {
                of_images == of_labels || (IMAGES.contains(&of_images.as_str()) && LABELS.contains(&of_labels.as_str()))
            });
        let added = other.len() == own.len() + 1
            && LABELS.iter().any(|label| {
                let mut with_label = own.clone();
                with_label.push((*label).to_owned());
                with_label.rotate_right(usize::from(other[0] == *label));
                with_label == other
            });
        exchanged || added
    };
    let fits = |array: &&Array| {
        matches!(array.shape[..], [count] | [count, 1] if counts(count)) && array.name != images.images.name
    };
    let paired = arrays.iter().filter(fits).find(|array| matches(&array.name));
    let named = |wanted: &str| arrays.iter().filter(fits).find(|array| array.name.eq_ignore_ascii_case(wanted));
    paired.or_else(|| ONLY_LABELS.iter().filter(|_| only).find_map(|wanted| named(wanted)))
}
