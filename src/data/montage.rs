//! A sheet of prepared images.

use super::data_set::ImageSet;
use super::error::DataError;
use image::{Rgb, RgbImage};
use std::collections::BTreeMap;

/// Pixels between two images.
const GAP: u32 = 2;
/// Shown between images.
const GROUND: Rgb<u8> = Rgb([24, 24, 24]);
/// Images are enlarged to at least that many pixels.
const LEAST: u32 = 32;

/// `most` images spread evenly over a set, class by class, as far as there are as many of each as of any other.
#[must_use]
pub fn spread_by_class(set: &ImageSet, most: usize) -> Vec<usize> {
    let mut classes: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
    for item in 0..set.count() {
        classes.entry(set.label(item)).or_default().push(item);
    }
    let classes: Vec<Vec<usize>> = every(classes.into_values().collect(), most);
    let mut left = most.min(classes.iter().map(Vec::len).sum());
    let mut shares = vec![0; classes.len()];
    while left > 0 {
        for (share, items) in shares.iter_mut().zip(&classes) {
            if left > 0 && *share < items.len() {
                (*share, left) = (*share + 1, left - 1);
            }
        }
    }
    classes.into_iter().zip(shares).flat_map(|(items, share)| every(items, share)).collect()
}

/// `most` of all, evenly spread.
fn every<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len();
    let kept = |at: usize| count <= most || (at * most) / count != ((at + 1) * most) / count;
    all.into_iter().enumerate().filter(|&(at, _)| kept(at)).map(|(_, one)| one).collect()
}

/// The images `items` of `set`, row by row, enlarged by a whole number to at least 32 pixels.
///
/// # Errors
/// Images that cannot be read any more.
pub fn montage(set: &ImageSet, items: &[usize], columns: usize) -> Result<RgbImage, DataError> {
    let [_, channels, side, _] = set.shape();
    let side = side as u32;
    let enlarged = LEAST.div_ceil(side).max(1);
    let cell = side * enlarged + GAP;
    let columns = columns.clamp(1, items.len().max(1)) as u32;
    let rows = (items.len() as u32).div_ceil(columns).max(1);
    let mut sheet = RgbImage::from_pixel(columns * cell + GAP, rows * cell + GAP, GROUND);
    for (place, &item) in items.iter().enumerate() {
        let pixels = set.pixels(item)?;
        let plane = (side * side) as usize;
        let (left, top) = (place as u32 % columns * cell + GAP, place as u32 / columns * cell + GAP);
        for y in 0..side * enlarged {
            for x in 0..side * enlarged {
                let at = (y / enlarged * side + x / enlarged) as usize;
                let value = |channel: usize| pixels[channel.min(channels - 1) * plane + at];
                sheet.put_pixel(left + x, top + y, Rgb([value(0), value(1), value(2)]));
            }
        }
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::super::data_set::tests::in_memory;
    use super::*;

    #[test]
    fn classes_share_a_montage_evenly() {
        // Three classes by turns.
        let set = in_memory([30, 1, 2], [0.0, 1.0], |item, _| item as u8).training;
        let chosen = spread_by_class(&set, 9);
        assert_eq!(chosen.len(), 9);
        for class in 0..3 {
            assert_eq!(chosen.iter().filter(|&&item| set.label(item) == Some(class)).count(), 3);
        }
        assert_eq!(spread_by_class(&set, 100).len(), 30);
        assert_eq!(spread_by_class(&set, 1).len(), 1);
    }

    #[test]
    fn images_stand_row_by_row_in_their_colours() {
        let set = in_memory([3, 3, 32], [0.0, 1.0], |item, pixel| (100 * item + pixel / 1024) as u8).training;
        let sheet = montage(&set, &[2, 0, 1], 2).unwrap();
        assert_eq!(sheet.dimensions(), (70, 70));
        assert_eq!(sheet.get_pixel(2, 2).0, [200, 201, 202]);
        assert_eq!(sheet.get_pixel(36 + 31, 33).0, [0, 1, 2]);
        assert_eq!(sheet.get_pixel(2, 36).0, [100, 101, 102]);
        assert_eq!(sheet.get_pixel(36, 36), &GROUND);
    }

    #[test]
    fn what_is_kept_of_a_row_is_spread_over_all_of_it() {
        for (count, most) in [(10, 64), (64, 64), (65, 64), (1000, 64), (7, 3), (5, 0), (0, 4)] {
            let kept = every((0..count).collect::<Vec<usize>>(), most);
            assert_eq!(kept.len(), count.min(most), "{most} of {count}");
            let gap = count.div_ceil(most.max(1)) + 1;
            assert!(kept.windows(2).all(|pair| pair[1] > pair[0] && pair[1] - pair[0] <= gap), "{most} of {count}");
        }
    }
}
