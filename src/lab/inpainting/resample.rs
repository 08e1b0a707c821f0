//! Square images on another side: each new pixel is the mean of what it covers.

use crate::run::Pictures;

/// What each new pixel covers: old pixels and how much of each, in shares that add up to 1.
fn covered(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let step = from as f64 / to.max(1) as f64;
    let pixel = |at: usize| {
        let (start, end) = (at as f64 * step, (at + 1) as f64 * step);
        let last = (end.ceil() as usize).clamp(1, from.max(1)) - 1;
        let share = |old: usize| ((end.min(old as f64 + 1.0) - start.max(old as f64)) / step) as f32;
        (start.floor() as usize..=last).map(|old| (old, share(old))).filter(|covered| covered.1 > 0.0).collect()
    };
    (0..to).map(pixel).collect()
}

/// A square image of `channels` bytes a pixel on side `to`; the same bytes where the side stays. Nothing from nothing.
#[must_use]
pub fn resampled(values: &[u8], from: usize, channels: usize, to: usize) -> Vec<u8> {
    if from == to {
        return values.to_vec();
    }
    if values.len() < from * from * channels || from == 0 {
        return vec![0; to * to * channels];
    }
    let axis = covered(from, to);
    let mut rows = vec![0.0f32; to * from * channels];
    for (row, old) in rows.chunks_exact_mut(to * channels).zip(values.chunks_exact(from * channels)) {
        for (column, parts) in axis.iter().enumerate() {
            for channel in 0..channels {
                let mean = parts.iter().map(|&(at, share)| share * f32::from(old[at * channels + channel])).sum();
                row[column * channels + channel] = mean;
            }
        }
    }
    let width = to * channels;
    let mut out = Vec::with_capacity(to * width);
    for parts in &axis {
        // A mean of bytes, so the cast saturates nothing.
        let mean = |at: usize| parts.iter().map(|&(row, share)| share * rows[row * width + at]).sum::<f32>();
        out.extend((0..width).map(|at| mean(at).round() as u8));
    }
    out
}

/// The first of these pictures on another side; `None` when there is none.
#[must_use]
pub fn first_on_side(pictures: &Pictures, side: usize) -> Option<Pictures> {
    let bytes = pictures.side * pictures.side * 4;
    let first = pictures.rgba.get(..bytes).filter(|first| !first.is_empty())?;
    Some(Pictures { side, count: 1, rgba: resampled(first, pictures.side, 4, side) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_means_and_doubling_repeats() {
        assert_eq!(resampled(&[0, 100, 200, 100], 2, 1, 1), [100]);
        assert_eq!(resampled(&[10, 20, 30, 40], 2, 1, 4)[..8], [10, 10, 20, 20, 10, 10, 20, 20]);
        assert_eq!(resampled(&[1, 2, 3, 4], 1, 4, 2), [1, 2, 3, 4].repeat(4));
    }

    #[test]
    fn an_even_image_stays_even() {
        for (from, to) in [(3, 7), (7, 3), (64, 48), (5, 1), (1, 5)] {
            let even = vec![137; from * from * 3];
            assert_eq!(resampled(&even, from, 3, to), vec![137; to * to * 3], "{from} to {to}");
        }
    }

    #[test]
    fn nothing_comes_from_nothing() {
        assert_eq!(resampled(&[], 0, 1, 2), [0; 4]);
        assert!(first_on_side(&Pictures { side: 2, count: 1, rgba: vec![1; 3] }, 2).is_none());
    }
}
