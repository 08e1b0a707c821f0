//! The Laplacian pyramid of Burt & Adelson (1983), with the 5-tap binomial filter: each level holds the detail that the
//! next, half as large, lacks.

/// The binomial filter; its taps sum to 1.
const TAPS: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];

/// Sides of the levels: `side` halved (rounded up) while the result is at least `smallest`.
pub(super) fn sides(side: usize, smallest: usize) -> Vec<usize> {
    let half = |&side: &usize| Some(side.div_ceil(2)).filter(|&half| half >= smallest && half < side);
    std::iter::successors(Some(side), half).collect()
}

/// The levels of one image of square planes `[channel, side, side]`, one for each of `sides`, finest first; the last
/// one is the blurred image itself.
pub(super) fn pyramid(image: &[f32], sides: &[usize]) -> Vec<Vec<f32>> {
    let mut levels = Vec::with_capacity(sides.len());
    let mut fine = image.to_vec();
    for pair in sides.windows(2) {
        let coarse = each_plane(&fine, pair[0], |plane| down(plane, pair[0]));
        let blurred = each_plane(&coarse, pair[1], |plane| up(plane, pair[1], pair[0]));
        for (value, blurred) in fine.iter_mut().zip(&blurred) {
            *value -= blurred;
        }
        levels.push(std::mem::replace(&mut fine, coarse));
    }
    levels.push(fine);
    levels
}

fn each_plane(planes: &[f32], side: usize, change: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
    planes.chunks_exact(side * side).flat_map(change).collect()
}

/// Blurs, then keeps every second pixel of every second row.
fn down(plane: &[f32], side: usize) -> Vec<f32> {
    let blurred = blur(plane, side, 1.0);
    let kept = (0..side).step_by(2).flat_map(|y| (0..side).step_by(2).map(move |x| y * side + x));
    kept.map(|place| blurred[place]).collect()
}

/// Puts zeros between the pixels, then blurs; the factor of 4 makes up for the zeros.
fn up(plane: &[f32], from: usize, to: usize) -> Vec<f32> {
    let mut sparse = vec![0.0; to * to];
    for (y, row) in plane.chunks_exact(from).enumerate() {
        for (x, &value) in row.iter().enumerate() {
            sparse[2 * y * to + 2 * x] = value;
        }
    }
    blur(&sparse, to, 4.0)
}

/// The filter along rows, then along columns. Beyond the edge the image is mirrored at its outermost pixel.
fn blur(plane: &[f32], side: usize, gain: f32) -> Vec<f32> {
    let across = filter_transposed(plane, side, gain);
    filter_transposed(&across, side, 1.0)
}

/// The filter along rows, written transposed.
fn filter_transposed(plane: &[f32], side: usize, gain: f32) -> Vec<f32> {
    let mut result = vec![0.0; side * side];
    for (y, row) in plane.chunks_exact(side).enumerate() {
        for x in 0..side {
            let sum: f32 = TAPS.iter().enumerate().map(|(tap, weight)| weight * row[mirrored(x + tap, side)]).sum();
            result[x * side + y] = gain * sum;
        }
    }
    result
}

/// The pixel at place `padded - 2`, mirrored into `0..side`; `side` is at least 3.
fn mirrored(padded: usize, side: usize) -> usize {
    let place = padded.abs_diff(2);
    if place < side { place } else { 2 * (side - 1) - place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_halved_down_to_the_smallest() {
        assert_eq!(sides(64, 16), [64, 32, 16]);
        assert_eq!(sides(32, 16), [32, 16]);
        assert_eq!(sides(33, 16), [33, 17]);
        assert_eq!(sides(12, 16), [12]);
    }

    #[test]
    fn a_flat_image_has_no_detail() {
        let levels = pyramid(&[0.7; 3 * 32 * 32], &[32, 16]);
        assert_eq!([levels[0].len(), levels[1].len()], [3 * 32 * 32, 3 * 16 * 16]);
        assert!(levels[0].iter().all(|value| value.abs() < 1e-6));
        assert!(levels[1].iter().all(|value| (value - 0.7).abs() < 1e-6));
    }

    #[test]
    fn the_levels_add_up_to_the_image() {
        let image: Vec<f32> = (0..33 * 33).map(|value| ((value * 31) % 17) as f32).collect();
        let levels = pyramid(&image, &[33, 17]);
        let blurred = up(&levels[1], 17, 33);
        for ((detail, blurred), value) in levels[0].iter().zip(&blurred).zip(&image) {
            assert!((detail + blurred - value).abs() < 1e-4);
        }
    }

    #[test]
    fn edges_are_mirrored_without_repeating_them() {
        let places: Vec<usize> = (0..9).map(|padded| mirrored(padded, 5)).collect();
        assert_eq!(places, [2, 1, 0, 1, 2, 3, 4, 3, 2]);
    }
}
