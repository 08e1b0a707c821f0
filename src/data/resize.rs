//! Area averaging: the pyramid's down-scaling operator `D X Dᵀ`, where row i of `D` holds the share of each pixel in
//! block i. Any ratio; for a whole-number ratio it is the plain block mean.

/// The pixels that block i covers and the weight of each; the weights sum to 1.
struct Block {
    first: usize,
    weights: Vec<f64>,
}

/// Rows of `D` for blocks of `from / to` pixels.
fn blocks(from: usize, to: usize) -> Vec<Block> {
    (0..to).map(|index| block(from, to, index)).collect()
}

/// Overlaps are counted in units of `1 / to` pixel, where block and pixel edges are whole numbers, so nothing rounds.
fn block(from: usize, to: usize, index: usize) -> Block {
    let (start, end) = (index * from, (index + 1) * from);
    let first = start / to;
    let last = end.div_ceil(to);
    let weights = (first..last)
        .map(|pixel| end.min((pixel + 1) * to) - start.max(pixel * to))
        .map(|overlap| overlap as f64 / from as f64)
        .collect();
    Block { first, weights }
}

/// Area average of one plane of `[height, width]` whose rows are made on demand: `row(j, out)` writes pixels `[width]` of
/// row j. Returns `[to, to]` in the same unit, with the same mean; no side may be zero. Large pictures are reduced this way
/// without a copy of them in floats.
pub(super) fn area_average_rows(
    [height, width]: [usize; 2],
    to: usize,
    mut row: impl FnMut(usize, &mut [f32]),
) -> Vec<f32> {
    let (down, across) = (blocks(height, to), blocks(width, to));
    let mut pixels = vec![0.0; width];
    let mut sum = vec![0.0f64; width];
    let mut result = Vec::with_capacity(to * to);
    for rows in &down {
        sum.fill(0.0);
        for (offset, &weight) in rows.weights.iter().enumerate() {
            row(rows.first + offset, &mut pixels);
            for (total, &pixel) in sum.iter_mut().zip(&pixels) {
                *total += weight * f64::from(pixel);
            }
        }
        for columns in &across {
            let covered = &sum[columns.first..][..columns.weights.len()];
            let value: f64 = covered.iter().zip(&columns.weights).map(|(&v, &w)| v * w).sum();
            result.push(value as f32);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area_average(plane: &[f32], from: usize, to: usize) -> Vec<f32> {
        area_average_rows([from, from], to, |row, out| out.copy_from_slice(&plane[row * from..][..from]))
    }

    #[test]
    fn whole_ratio_is_the_block_mean() {
        let plane: Vec<f32> = (0..16).map(|v| v as f32).collect();
        assert_eq!(area_average(&plane, 4, 2), [2.5, 4.5, 10.5, 12.5]);
    }

    #[test]
    fn ratio_of_one_and_a_half_splits_the_middle_pixel() {
        // Rows of D: (2/3, 1/3, 0) and (0, 1/3, 2/3).
        let plane = [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0];
        let found = area_average(&plane, 3, 2);
        for (value, expected) in found.iter().zip([4.0, 8.0, 16.0, 20.0]) {
            assert!((value - expected).abs() < 1e-5, "{found:?}");
        }
    }

    #[test]
    fn each_direction_has_a_ratio_of_its_own() {
        let plane = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let found = area_average_rows([3, 2], 2, |row, out| out.copy_from_slice(&plane[2 * row..][..2]));
        for (value, expected) in found.iter().zip([5.0 / 3.0, 8.0 / 3.0, 13.0 / 3.0, 16.0 / 3.0]) {
            assert!((value - expected).abs() < 1e-5, "{found:?}");
        }
    }

    #[test]
    fn every_ratio_keeps_the_mean() {
        for (from, to) in [(64, 1), (31, 7), (21, 14), (9, 6), (5, 5), (100, 99)] {
            let plane: Vec<f32> = (0..from * from).map(|v| ((v * 37) % 101) as f32).collect();
            let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
            let small = area_average(&plane, from, to);
            assert_eq!(small.len(), to * to);
            assert!((mean(&small) - mean(&plane)).abs() < 1e-3, "{from} to {to}");
        }
    }
}
