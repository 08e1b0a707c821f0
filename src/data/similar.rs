//! Duplicates among images: the same pixels, or nearly the same picture. One in training and one held out is leakage.

use super::stable_hash::{StableHash, spread};

/// Hashes of one picture differ in at most so many bits.
const NEAR: u32 = 3;
/// Steps of brightness up to so many levels of 255 are noise.
const MARGIN: f32 = 2.0;
/// Pictures whose difference is up to this share of their contrast are one; as a correlation, 0.94. JPEG of quality 75
/// changes textures of leaves by 0.32 at most; no two of 400 different faces or digits are nearer than 0.48.
const SHARE: f64 = 0.35;
/// Root mean square, in levels of 255, up to which a picture is flat, and a difference is noise.
const FLAT: f64 = 3.0;
/// So many hashes are compared pair by pair.
const FEW: usize = 32;
/// With so many different images of one hash each further image is compared.
const LEADERS: usize = 64;

/// Which images are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alike {
    /// Groups of two or more images with the same pixels, each in ascending order, by their first images.
    pub same: Vec<Vec<usize>>,
    /// Groups of two or more images of nearly the same picture, those with the same pixels among them.
    pub near: Vec<Vec<usize>>,
}

/// Finds the duplicates among images with these [`pixel_hash`]es and [`picture_hash`]es, one each an image.
///
/// `pixels` gives the prepared pixels of an image, all of one shape. It is asked wherever hashes agree, so that no image
/// is a duplicate by its hashes alone.
///
/// There is no search over all pairs: hashes of 64 bits that differ in at most 3 agree in one of four bands of 16 (Manku,
/// Jain, Das Sarma, "Detecting Near-Duplicates for Web Crawling", WWW 2007). Of more than 64 different images of one hash
/// some may be missed.
pub(super) fn find<P: AsRef<[u8]>>(pixel_hashes: &[u64], picture_hashes: &[u64], pixels: impl Fn(usize) -> P) -> Alike {
    let count = pixel_hashes.len().min(picture_hashes.len());
    let equal = |one: usize, other: usize| pixels(one).as_ref() == pixels(other).as_ref();
    let alike = |one: usize, other: usize| is_same_picture(pixels(one).as_ref(), pixels(other).as_ref());
    let mut groups = Groups::new(count);
    for run in by_hash(pixel_hashes, 0..count).chunk_by(|one, other| one.0 == other.0) {
        leaders(run, &mut groups, &equal);
    }
    let same = groups.lists();
    // Of images with the same pixels one stands for all.
    let firsts: Vec<usize> = (0..count).filter(|&image| groups.first(image) == image).collect();
    let (mut keys, mut images) = (Vec::new(), Vec::new());
    for run in by_hash(picture_hashes, firsts.into_iter()).chunk_by(|one, other| one.0 == other.0) {
        keys.push((run[0].0, images.len()));
        images.push(leaders(run, &mut groups, &alike));
    }
    near_pairs(&mut keys, u64::MAX, &mut Vec::new(), &mut |one, other| {
        for (&one, &other) in images[one].iter().flat_map(|one| images[other].iter().map(move |other| (one, other))) {
            if groups.first(one) != groups.first(other) && alike(one, other) {
                groups.join(one, other);
            }
        }
    });
    Alike { same, near: groups.lists() }
}

/// A hash of all pixels: of the same pixels the same, of others almost surely another.
pub(super) fn pixel_hash(pixels: &[u8]) -> u64 {
    spread(StableHash::of(pixels))
}

/// A hash of how a picture looks, few bits of which change with noise, compression, brightness and size.
///
/// The difference hash (Krawetz, "Kind of Like That", 2013): of the means of 9 × 8 cells, in grey, which are darker than
/// their neighbours to the right; here by more than 2 levels, so that noise on even ground sets no bits. A picture without
/// any such step has its mean colour for a hash, as a thermometer: colours a few levels apart differ in few bits.
///
/// `pixels` is `[channel, side, side]` with 1 (grey) or 3 channels. Of pixels in another number the hash is 0.
pub(super) fn picture_hash(pixels: &[u8], channels: usize, side: usize) -> u64 {
    if channels == 0 || side == 0 || pixels.len() != channels * side * side {
        return 0;
    }
    let grey = grey(pixels, channels);
    let (rows, columns) = (cells(side, 8), cells(side, 9));
    let mut steps = Vec::with_capacity(64);
    for row in &rows {
        let mean = |column: &Vec<(usize, f32)>| -> f32 {
            row.iter()
                .map(|&(y, high)| high * column.iter().map(|&(x, wide)| wide * grey[y * side + x]).sum::<f32>())
                .sum()
        };
        let means: Vec<f32> = columns.iter().map(mean).collect();
        steps.extend(means.windows(2).map(|pair| pair[1] - pair[0]));
    }
    if steps.iter().all(|step| step.abs() <= MARGIN) {
        return thermometer(pixels, channels);
    }
    steps.iter().fold(0, |hash, &step| hash << 1 | u64::from(step > MARGIN))
}

/// The luma of Rec. 601.
fn grey(pixels: &[u8], channels: usize) -> Vec<f32> {
    let value = |&pixel: &u8| f32::from(pixel);
    let plane = pixels.len() / channels;
    if channels < 3 {
        return pixels[..plane].iter().map(value).collect();
    }
    let (red, rest) = pixels.split_at(plane);
    let (green, blue) = rest.split_at(plane);
    let colours = red.iter().zip(green).zip(blue);
    colours.map(|((red, green), blue)| 0.299 * value(red) + 0.587 * value(green) + 0.114 * value(blue)).collect()
}

/// The pixels of each of `count` cells of equal length along a side, with their shares of the cell, which sum to 1.
fn cells(side: usize, count: usize) -> Vec<Vec<(usize, f32)>> {
    // In units of 1 / count of a pixel, a pixel is `count` long and a cell `side`.
    let cell = |index: usize| {
        let (start, end) = (index * side, (index + 1) * side);
        let pixels = start / count..end.div_ceil(count);
        pixels.map(move |pixel| {
            let overlap = end.min((pixel + 1) * count) - start.max(pixel * count);
            (pixel, overlap as f32 / side as f32)
        })
    };
    (0..count).map(|index| cell(index).collect()).collect()
}

/// The mean of each channel as a number of set bits, 21 for white where there are three channels.
fn thermometer(pixels: &[u8], channels: usize) -> u64 {
    let bits = 63 / channels.min(63);
    pixels.chunks_exact(pixels.len() / channels).fold(0, |hash, plane| {
        let mean = plane.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / plane.len() as f64;
        let set = (mean / 255.0 * bits as f64).round() as u32;
        hash << bits | ((1_u64 << set) - 1)
    })
}

/// Whether two images of one shape show the same, up to brightness, some contrast and noise.
///
/// Of flat ones their colours must agree, too: nothing else is left of them.
fn is_same_picture(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() || one.is_empty() {
        return one == other;
    }
    let count = one.len() as f64;
    let (mut sums, mut squares, mut product) = ([0_u64; 2], [0_u64; 2], 0_u64);
    for (&one, &other) in one.iter().zip(other) {
        let (one, other) = (u64::from(one), u64::from(other));
        sums = [sums[0] + one, sums[1] + other];
        squares = [squares[0] + one * one, squares[1] + other * other];
        product += one * other;
    }
    let means = sums.map(|sum| sum as f64 / count);
    let [first, second] = [0, 1].map(|image| squares[image] as f64 / count - means[image] * means[image]);
    let centred = first + second - 2.0 * (product as f64 / count - means[0] * means[1]);
    let contrast = first.min(second);
    if first.max(second) <= FLAT * FLAT {
        return centred + (means[0] - means[1]).powi(2) <= FLAT * FLAT;
    }
    centred <= (FLAT * FLAT).max(SHARE * SHARE * contrast)
}

/// `images` with their hashes, by hash, those of one hash in ascending order.
fn by_hash(hashes: &[u64], images: impl Iterator<Item = usize>) -> Vec<(u64, usize)> {
    let mut sorted: Vec<(u64, usize)> = images.map(|image| (hashes[image], image)).collect();
    sorted.sort_unstable();
    sorted
}

/// Joins what `alike` finds alike among images of one hash. Returns different ones that stand for the others.
fn leaders(run: &[(u64, usize)], groups: &mut Groups, alike: &impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut leaders: Vec<usize> = Vec::new();
    for &(_, image) in run {
        let mut joined = false;
        for &leader in &leaders {
            if alike(leader, image) {
                groups.join(leader, image);
                joined = true;
            }
        }
        if !joined && leaders.len() < LEADERS {
            leaders.push(image);
        }
    }
    leaders
}

/// Visits each pair of different hashes that differ in at most [`NEAR`] bits, all of them among the `open` ones, once.
///
/// They agree in one of four bands of the open bits: hashes are sorted by each band in turn, and those that agree in it
/// looked at alone, by bands of the bits that remain where they are many. `passed` are the bands before, in which pairs
/// that agree have been visited.
fn near_pairs(keys: &mut [(u64, usize)], open: u64, passed: &mut Vec<u64>, visit: &mut impl FnMut(usize, usize)) {
    if keys.len() <= FEW || open.count_ones() < 8 {
        for (at, one) in keys.iter().enumerate() {
            for other in &keys[at + 1..] {
                let differing = one.0 ^ other.0;
                if differing.count_ones() <= NEAR && passed.iter().all(|band| differing & band != 0) {
                    visit(one.1, other.1);
                }
            }
        }
        return;
    }
    let before = passed.len();
    for band in bands(open) {
        keys.sort_unstable_by_key(|&(hash, place)| (hash & band, place));
        for run in keys.chunk_by_mut(|one, other| one.0 & band == other.0 & band) {
            near_pairs(run, open & !band, passed, visit);
        }
        passed.push(band);
    }
    passed.truncate(before);
}

/// The set bits of `open` in four bands of nearly equal width.
fn bands(open: u64) -> [u64; 4] {
    let mut bands = [0; 4];
    let set = (0..64).filter(|bit| open >> bit & 1 == 1);
    for (place, bit) in set.enumerate() {
        bands[place * 4 / open.count_ones() as usize] |= 1 << bit;
    }
    bands
}

/// Disjoint sets of images, each known by its first.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn first(&mut self, mut image: usize) -> usize {
        while self.0[image] != image {
            self.0[image] = self.0[self.0[image]];
            image = self.0[image];
        }
        image
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// Sets of two or more, each in ascending order, by their first images.
    fn lists(&mut self) -> Vec<Vec<usize>> {
        let mut lists = vec![Vec::new(); self.0.len()];
        for image in 0..self.0.len() {
            lists[self.first(image)].push(image);
        }
        lists.retain(|list| list.len() > 1);
        lists
    }
}

#[cfg(test)]
#[path = "similar_tests.rs"]
mod tests;
