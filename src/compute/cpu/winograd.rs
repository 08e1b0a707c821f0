//! Winograd's minimal filtering (Lavin & Gray, arXiv 1509.09308): a tile of `M × M` outputs of an `r × r` filter
//! takes `A × A` products, A = M + r - 1, by polynomial interpolation at A - 1 points and infinity.
//!
//! In one dimension, with d the inputs and g the filter: `y = Yᵀ [(G g) ⊙ (D d)]`; in two, on rows and columns.

use super::lanes::{Lanes, ZERO, lanes};
use super::matrix::PANEL;

/// The finite points, in order; the first A - 1 of them are used.
const POINTS: [f64; 5] = [0.0, 1.0, -1.0, 2.0, -2.0];

/// The filter transform G: `points` rows of `taps` coefficients.
pub(super) fn filter_transform(points: usize, taps: usize) -> Vec<Vec<f32>> {
    let finite = &POINTS[..points - 1];
    let mut rows: Vec<Vec<f32>> = (0..finite.len())
        .map(|i| {
            let others = finite.iter().enumerate().filter(|&(j, _)| j != i);
            let scale: f64 = others.map(|(_, other)| finite[i] - other).product();
            (0..taps).map(|k| (finite[i].powi(k as i32) / scale) as f32).collect()
        })
        .collect();
    rows.push((0..taps).map(|k| f32::from(u8::from(k == taps - 1))).collect());
    rows
}

/// Filters of a panel of channels.
pub(super) type Filters = [[[f32; PANEL]; 3]; 3];

/// G g Gᵀ for a panel of filters at once; `visit` gets each point in row-major order.
#[inline(always)]
pub(super) fn transform_filter(filter: &[Vec<f32>], kernel: &Filters, mut visit: impl FnMut(usize, &[f32; PANEL])) {
    let points = filter.len();
    for (i, rows) in filter.iter().enumerate() {
        let mut half = [[0.0f32; PANEL]; 3];
        for (line, &weight) in kernel.iter().zip(rows) {
            for (half, values) in half.iter_mut().zip(line) {
                half.iter_mut().zip(values).for_each(|(half, value)| *half += weight * value);
            }
        }
        for (j, columns) in filter.iter().enumerate() {
            let mut out = [0.0f32; PANEL];
            for (half, &weight) in half.iter().zip(columns) {
                out.iter_mut().zip(half).for_each(|(out, value)| *out += weight * value);
            }
            visit(i * points + j, &out);
        }
    }
}

/// Gᵀ u G for a panel of filters: the gradient of the filters from that of their points, which `point` gives.
#[inline(always)]
pub(super) fn transform_filter_gradient<'a>(filter: &[Vec<f32>], point: impl Fn(usize) -> &'a [f32]) -> Filters {
    let points = filter.len();
    let mut kernel = [[[0.0f32; PANEL]; 3]; 3];
    for (i, rows) in filter.iter().enumerate() {
        let mut half = [[0.0f32; PANEL]; 3];
        for (j, columns) in filter.iter().enumerate() {
            for (half, &weight) in half.iter_mut().zip(columns) {
                half.iter_mut().zip(point(i * points + j)).for_each(|(half, value)| *half += weight * value);
            }
        }
        for (line, &weight) in kernel.iter_mut().zip(rows) {
            for (values, half) in line.iter_mut().zip(&half) {
                values.iter_mut().zip(half).for_each(|(value, half)| *value += weight * half);
            }
        }
    }
    kernel
}

/// The data transform D of a line of inputs.
#[inline(always)]
fn data<const A: usize>(d: [Lanes; A]) -> [Lanes; A] {
    let mut out = [ZERO; A];
    if A == 6 {
        out[0] = lanes(|i| 4.0 * d[0][i] - 5.0 * d[2][i] + d[4][i]);
        out[1] = lanes(|i| d[3][i] + d[4][i] - 4.0 * (d[1][i] + d[2][i]));
        out[2] = lanes(|i| d[4][i] - d[3][i] + 4.0 * (d[1][i] - d[2][i]));
        out[3] = lanes(|i| d[4][i] - d[2][i] + 2.0 * (d[3][i] - d[1][i]));
        out[4] = lanes(|i| d[4][i] - d[2][i] - 2.0 * (d[3][i] - d[1][i]));
        out[5] = lanes(|i| 4.0 * d[1][i] - 5.0 * d[3][i] + d[5][i]);
    } else {
        out[0] = lanes(|i| d[3][i] - d[1][i] - 2.0 * (d[2][i] - d[0][i]));
        out[1] = lanes(|i| d[3][i] - d[2][i] - 2.0 * d[1][i]);
        out[2] = lanes(|i| d[3][i] - 3.0 * d[2][i] + 2.0 * d[1][i]);
        out[3] = lanes(|i| d[3][i] - d[1][i]);
        out[4] = lanes(|i| d[4][i] - d[2][i] - 2.0 * (d[3][i] - d[1][i]));
    }
    out
}

/// The transform Yᵀ of a line of products to `M` outputs.
#[inline(always)]
fn outputs<const A: usize, const M: usize>(p: [Lanes; A]) -> [Lanes; M] {
    let mut out = [ZERO; M];
    let last = p[A - 1];
    let (even, odd) = (lanes(|i| p[1][i] + p[2][i]), lanes(|i| p[1][i] - p[2][i]));
    let (even_two, odd_two) = match A {
        6 => (lanes(|i| p[3][i] + p[4][i]), lanes(|i| p[3][i] - p[4][i])),
        _ => (p[3], p[3]),
    };
    out[0] = lanes(|i| p[0][i] + even[i] + even_two[i]);
    out[1] = lanes(|i| odd[i] + 2.0 * odd_two[i]);
    out[2] = lanes(|i| even[i] + 4.0 * even_two[i]);
    if M == 4 {
        out[3] = lanes(|i| odd[i] + 8.0 * odd_two[i]);
    }
    out[M - 1] = lanes(|i| out[M - 1][i] + last[i]);
    out
}

/// The transform Y, from the gradient of `M` outputs to that of the products.
#[inline(always)]
fn products<const A: usize, const M: usize>(y: [Lanes; M]) -> [Lanes; A] {
    let mut out = [ZERO; A];
    let third = if M == 4 { y[3] } else { ZERO };
    let (even, odd) = (lanes(|i| y[0][i] + y[2][i]), lanes(|i| y[1][i] + third[i]));
    let (even_two, odd_two) = (lanes(|i| y[0][i] + 4.0 * y[2][i]), lanes(|i| 2.0 * y[1][i] + 8.0 * third[i]));
    out[0] = y[0];
    out[1] = lanes(|i| even[i] + odd[i]);
    out[2] = lanes(|i| even[i] - odd[i]);
    out[3] = lanes(|i| even_two[i] + odd_two[i]);
    if A == 6 {
        out[4] = lanes(|i| even_two[i] - odd_two[i]);
    }
    out[A - 1] = y[M - 1];
    out
}

/// Where a square of values comes from and goes to.
pub(super) trait Square {
    fn read(&self, row: usize, column: usize) -> Lanes;

    fn write(&mut self, row: usize, column: usize, value: Lanes);
}

/// A transform of the lines of a square, from `IN` to `OUT` values.
pub(super) trait Lines<const IN: usize, const OUT: usize> {
    fn line(values: [Lanes; IN]) -> [Lanes; OUT];

    /// Transforms columns, then rows: reads each value once, in columns, and writes each once, in rows. `half` is room
    /// for what lies between.
    #[inline(always)]
    fn transform(half: &mut [[Lanes; IN]; OUT], mut square: impl Square) {
        for column in 0..IN {
            let mut values = [ZERO; IN];
            for (row, value) in values.iter_mut().enumerate() {
                *value = square.read(row, column);
            }
            for (half, value) in half.iter_mut().zip(Self::line(values)) {
                half[column] = value;
            }
        }
        for (row, values) in half.iter().enumerate() {
            let values = Self::line(*values);
            for (column, value) in values.iter().enumerate() {
                square.write(row, column, *value);
            }
        }
    }
}

/// From a tile of inputs.
pub(super) struct Data;

impl<const A: usize> Lines<A, A> for Data {
    #[inline(always)]
    fn line(values: [Lanes; A]) -> [Lanes; A] {
        data(values)
    }
}

/// From products to a tile of outputs.
pub(super) struct Outputs;

impl<const A: usize, const M: usize> Lines<A, M> for Outputs {
    #[inline(always)]
    fn line(values: [Lanes; A]) -> [Lanes; M] {
        outputs(values)
    }
}

/// From the gradient of a tile of outputs to that of its products.
pub(super) struct Products;

impl<const A: usize, const M: usize> Lines<M, A> for Products {
    #[inline(always)]
    fn line(values: [Lanes; M]) -> [Lanes; A] {
        products(values)
    }
}
