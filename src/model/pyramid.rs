//! The pyramid of grids (section 6): repeated area averaging down to 1×1, for any factor d > 1, and the way up.

use crate::compute::Images;

/// How a coarser image is brought to the side of the next finer grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpScaling {
    /// The Moore-Penrose pseudo-inverse of the down-scaling: `down(up(y)) = y` for any factor.
    PseudoInverse,
    /// Blocks of constant value. The same for whole factors; not a right inverse of `down` for others.
    Block,
}

/// What is wrong with a pyramid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PyramidError {
    #[error("the grid factor d must be above 1, found {0}; the paper uses 4, and 1.5 is a fine pyramid")]
    Factor(f64),
    #[error("the image side must be a whole number from 2 to 4096, found {0}")]
    Size(usize),
    #[error("sides must start at 1 and grow, such as [1, 4, 16, 64]; found {0:?}")]
    Sides(Vec<usize>),
}

/// The sides `n_0 = 1 < … < n_S = size` with `n_{s-1} = round(n_s / d)`, at least 1 and always smaller than `n_s`.
///
/// # Errors
/// A factor of 1 or less (or not finite), or a side out of range.
pub fn sides(size: usize, factor: f64) -> Result<Vec<usize>, PyramidError> {
    if !(2..=4096).contains(&size) {
        return Err(PyramidError::Size(size));
    }
    if !(factor > 1.0 && factor.is_finite()) {
        return Err(PyramidError::Factor(factor));
    }
    let mut sides = vec![size];
    let mut side = size;
    while side > 1 {
        side = ((side as f64 / factor).round() as usize).clamp(1, side - 1);
        sides.push(side);
    }
    sides.reverse();
    Ok(sides)
}

/// The 1-D area average from `from` pixels to `to` blocks, `[to, from]` row-major: entry (i, j) is the overlap of
/// block i with pixel j over the block's length `from / to`.
#[must_use]
pub fn area_average(from: usize, to: usize) -> Vec<f64> {
    overlaps(from, to).into_iter().map(|overlap| overlap * to as f64 / from as f64).collect()
}

/// The Moore-Penrose pseudo-inverse of [`area_average`], `[from, to]` row-major: `Dᵀ (D Dᵀ)⁻¹`.
#[must_use]
pub fn pseudo_inverse(from: usize, to: usize) -> Vec<f64> {
    let down = area_average(from, to);
    let mut gram = vec![0.0; to * to];
    for i in 0..to {
        for j in 0..to {
            gram[i * to + j] = (0..from).map(|k| down[i * from + k] * down[j * from + k]).sum();
        }
    }
    let solved = solve(gram, down, to, from);
    let mut inverse = vec![0.0; from * to];
    for i in 0..to {
        for k in 0..from {
            inverse[k * to + i] = solved[i * from + k];
        }
    }
    inverse
}

/// Overlap of block i (of length `from / to`) with pixel j, `[to, from]`.
fn overlaps(from: usize, to: usize) -> Vec<f64> {
    // In units of 1/to pixel every edge is a whole number, so the overlaps are exact.
    let mut overlaps = vec![0.0; to * from];
    for block in 0..to {
        for pixel in 0..from {
            let first = (block * from).max(pixel * to);
            let last = ((block + 1) * from).min((pixel + 1) * to);
            overlaps[block * from + pixel] = last.saturating_sub(first) as f64 / to as f64;
        }
    }
    overlaps
}

/// Solves `A X = B` for a symmetric positive definite A `[n, n]` and B `[n, m]` by elimination.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>, n: usize, m: usize) -> Vec<f64> {
    for pivot in 0..n {
        let scale = 1.0 / a[pivot * n + pivot];
        for row in 0..n {
            if row == pivot {
                continue;
            }
            let factor = a[row * n + pivot] * scale;
            if factor == 0.0 {
                continue;
            }
            for column in pivot..n {
                a[row * n + column] -= factor * a[pivot * n + column];
            }
            for column in 0..m {
                b[row * m + column] -= factor * b[pivot * m + column];
            }
        }
    }
    for row in 0..n {
        let scale = 1.0 / a[row * n + row];
        b[row * m..(row + 1) * m].iter_mut().for_each(|value| *value *= scale);
    }
    b
}

/// A separable linear operator: the same 1-D matrix `[to, from]` along rows and columns.
#[derive(Debug, Clone, PartialEq)]
struct Scaling {
    from: usize,
    to: usize,
    /// For each output pixel, its non-zero inputs: first index and weights.
    rows: Vec<(usize, Vec<f32>)>,
}

impl Scaling {
    fn new(matrix: &[f64], from: usize, to: usize) -> Self {
        let rows = matrix.chunks(from).map(|row| {
            let first = row.iter().position(|&w| w != 0.0).unwrap_or(0);
            let last = row.iter().rposition(|&w| w != 0.0).unwrap_or(0);
            (first, row[first..=last].iter().map(|&w| w as f32).collect())
        });
        Self { from, to, rows: rows.collect() }
    }

    /// `A X Aᵀ` for each channel of each image.
    fn apply(&self, images: &Images) -> Images {
        let [batch, channels, ..] = images.shape();
        let mut out = Images::zeros([batch, channels, self.to, self.to]);
        let mut half = vec![0.0f32; self.to * self.from];
        let planes = images.data().chunks_exact(self.from * self.from);
        for (plane, result) in planes.zip(out.data_mut().chunks_exact_mut(self.to * self.to)) {
            for ((first, weights), line) in self.rows.iter().zip(half.chunks_exact_mut(self.from)) {
                line.fill(0.0);
                for (k, &w) in weights.iter().enumerate() {
                    let source = &plane[(first + k) * self.from..][..self.from];
                    line.iter_mut().zip(source).for_each(|(sum, value)| *sum += w * value);
                }
            }
            for (line, pixels) in half.chunks_exact(self.from).zip(result.chunks_exact_mut(self.to)) {
                for ((first, weights), pixel) in self.rows.iter().zip(pixels) {
                    *pixel = weights.iter().zip(&line[*first..]).map(|(w, value)| w * value).sum();
                }
            }
        }
        out
    }
}

/// Images area-averaged to `side` × `side`, straight from the side they have; both must be at least 1.
#[must_use]
pub fn shrink(images: &Images, side: usize) -> Images {
    let from = images.side();
    Scaling::new(&area_average(from, side), from, side).apply(images)
}

/// Grids 0 (1×1) to S with the operators between neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    sides: Vec<usize>,
    up_scaling: UpScaling,
    down: Vec<Scaling>,
    up: Vec<Scaling>,
}

impl Pyramid {
    /// A pyramid over an explicit list of sides, from 1 up.
    ///
    /// # Errors
    /// A list that does not start at 1, does not grow, has fewer than two sides or a side above 4096.
    pub fn new(sides: Vec<usize>, up_scaling: UpScaling) -> Result<Self, PyramidError> {
        let grows = sides.windows(2).all(|pair| pair[0] < pair[1]);
        if sides.len() < 2 || sides[0] != 1 || !grows || sides.iter().any(|&side| side > 4096) {
            return Err(PyramidError::Sides(sides));
        }
        let pairs = || sides.windows(2).map(|pair| (pair[1], pair[0]));
        let down = pairs().map(|(fine, coarse)| Scaling::new(&area_average(fine, coarse), fine, coarse)).collect();
        let up = pairs().map(|(fine, coarse)| {
            let matrix = match up_scaling {
                UpScaling::PseudoInverse => pseudo_inverse(fine, coarse),
                UpScaling::Block => blocks(fine, coarse),
            };
            Scaling::new(&matrix, coarse, fine)
        });
        let up = up.collect();
        Ok(Self { sides, up_scaling, down, up })
    }

    /// Sides of grids 0 to S.
    #[must_use]
    pub fn sides(&self) -> &[usize] {
        &self.sides
    }

    /// S: the number of grids that have a model, and the index of the finest.
    #[must_use]
    pub fn finest(&self) -> usize {
        self.sides.len() - 1
    }

    #[must_use]
    pub fn up_scaling(&self) -> UpScaling {
        self.up_scaling
    }

    /// From grid `s` to grid `s - 1`. `images` must have grid s's side.
    #[must_use]
    pub fn down(&self, s: usize, images: &Images) -> Images {
        self.down[s - 1].apply(images)
    }

    /// From grid `s - 1` to grid `s`. `images` must have grid (s-1)'s side.
    #[must_use]
    pub fn up(&self, s: usize, images: &Images) -> Images {
        self.up[s - 1].apply(images)
    }

    /// The multi-grid versions of full-size images: entry s is `Y^(s)`.
    #[must_use]
    pub fn versions(&self, images: &Images) -> Vec<Images> {
        let mut versions = vec![images.clone()];
        for s in (1..=self.finest()).rev() {
            let coarser = self.down(s, &versions[versions.len() - 1]);
            versions.push(coarser);
        }
        versions.reverse();
        versions
    }
}

/// The constant-block expansion from `to` blocks to `from` pixels, `[from, to]`.
fn blocks(from: usize, to: usize) -> Vec<f64> {
    let overlaps = overlaps(from, to);
    let mut matrix = vec![0.0; from * to];
    for block in 0..to {
        for pixel in 0..from {
            matrix[pixel * to + block] = overlaps[block * from + pixel];
        }
    }
    matrix
}
