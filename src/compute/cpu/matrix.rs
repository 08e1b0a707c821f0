//! Matrix products on slices: one kernel, compiled for every instruction set that the processor may have.
//!
//! Each value of a product is one sum over k in its order, so it does not depend on how the work is cut up.

use pulp::{Arch, Simd, WithSimd};

/// Columns in a panel of the right matrix.
pub(super) const PANEL: usize = 32;
/// Rows that fill the kernel where the registers are widest; a product should have no fewer.
pub(super) const ROWS: usize = 14;
/// Columns that every matrix here has a multiple of.
pub(super) const LANES: usize = 16;

/// The left matrix; value (r, k) lies at `r · row + k · step`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) data: &'a [f32],
    pub(super) row: usize,
    pub(super) step: usize,
}

/// The right matrix in panels of [`PANEL`] columns; value (k, n) lies at
/// `(n / PANEL) · panel + k · step + n % PANEL`.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub(super) data: &'a [f32],
    pub(super) panel: usize,
    pub(super) step: usize,
}

/// Rows, columns (a multiple of [`LANES`]) and inner size of a product.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) inner: usize,
}

/// A product `out = left · right`, or `out += left · right` if `accumulate`; `out` has `stride` values to a row.
pub(super) struct Product<'a> {
    pub(super) out: &'a mut [f32],
    pub(super) stride: usize,
    pub(super) size: Size,
    pub(super) left: Left<'a>,
    pub(super) right: Right<'a>,
    pub(super) accumulate: bool,
}

impl Product<'_> {
    /// Computes it on the calling thread.
    pub(super) fn run(self, arch: Arch) {
        let Size { rows, columns, inner } = self.size;
        if rows == 0 || columns == 0 {
            return;
        }
        let last = |count: usize| count.saturating_sub(1);
        let left = last(rows) * self.left.row + last(inner) * self.left.step;
        let right = last(columns) / PANEL * self.right.panel + last(inner) * self.right.step + last(columns) % PANEL;
        assert!(
            columns.is_multiple_of(LANES)
                && columns <= self.stride
                && last(rows) * self.stride + columns <= self.out.len()
                && (inner == 0 || left < self.left.data.len() && right < self.right.data.len()),
            "matrices smaller than their sizes say"
        );
        arch.dispatch(self);
    }

    /// Pointers to the first values of the block at `row` and `column`.
    #[inline(always)]
    fn corner(&mut self, row: usize, column: usize) -> Corner {
        let right = column / PANEL * self.right.panel + column % PANEL;
        Corner {
            out: self.out[row * self.stride + column..].as_mut_ptr(),
            stride: self.stride,
            inner: self.size.inner,
            left: self.left.data.get(row * self.left.row..).unwrap_or_default().as_ptr(),
            left_row: self.left.row,
            left_step: self.left.step,
            right: self.right.data.get(right..).unwrap_or_default().as_ptr(),
            right_step: self.right.step,
            accumulate: self.accumulate,
        }
    }
}

/// Calls `block` with the number of rows as a constant.
macro_rules! with_rows {
    ($rows:expr, $vectors:literal, $simd:expr, $corner:expr; $($count:literal)*) => {
        match $rows {
            // SAFETY: `Product::run` has checked that all rows and columns of the product lie inside the slices, the
            // block is one of them, and `out` is borrowed mutably, so it overlaps neither operand.
            $($count => unsafe { block::<S, $count, $vectors>($simd, $corner) },)*
            _ => {}
        }
    };
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// Blocks that fill the registers: with 16 lanes 14 rows by a panel, with fewer 6 rows by half a panel.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Size { rows, columns, .. } = self.size;
        let (tall, width) = match S::F32_LANES {
            16 => (ROWS, PANEL),
            4 | 8 => (6, LANES),
            _ => (2, LANES),
        };
        let blocks = rows.div_ceil(tall);
        for column in (0..columns).step_by(width) {
            for index in 0..blocks {
                let row = rows * index / blocks;
                let count = rows * (index + 1) / blocks - row;
                let corner = self.corner(row, column);
                match S::F32_LANES {
                    16 if columns - column >= PANEL => {
                        with_rows!(count, 2, simd, corner; 1 2 3 4 5 6 7 8 9 10 11 12 13 14);
                    }
                    16 => with_rows!(count, 1, simd, corner; 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
                    8 => with_rows!(count, 2, simd, corner; 1 2 3 4 5 6),
                    4 => with_rows!(count, 4, simd, corner; 1 2 3 4 5 6),
                    _ => with_rows!(count, 16, simd, corner; 1 2),
                }
            }
        }
    }
}

/// Where a block begins.
#[derive(Clone, Copy)]
struct Corner {
    out: *mut f32,
    stride: usize,
    inner: usize,
    left: *const f32,
    left_row: usize,
    left_step: usize,
    right: *const f32,
    right_step: usize,
    accumulate: bool,
}

/// A block of `ROWS` rows by `VECTORS` vectors, kept in registers.
///
/// # Safety
/// Every value of the block and of the rows and columns that it is made of lies inside its slice, and no other
/// reference to the block is alive.
#[inline(always)]
unsafe fn block<S: Simd, const ROWS: usize, const VECTORS: usize>(simd: S, corner: Corner) {
    let Corner { out, stride, inner, left, left_row, left_step, right, right_step, accumulate } = corner;
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for k in 0..inner {
        // SAFETY: the caller vouches for k < inner, all rows of the block and all its columns.
        unsafe {
            let columns = right.add(k * right_step);
            let right: [S::f32s; VECTORS] =
                std::array::from_fn(|v| columns.add(v * S::F32_LANES).cast::<S::f32s>().read_unaligned());
            let row = left.add(k * left_step);
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = simd.splat_f32s(row.add(r * left_row).read());
                for (sum, &right) in sums.iter_mut().zip(&right) {
                    *sum = simd.mul_add_e_f32s(value, right, *sum);
                }
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (v, sum) in sums.into_iter().enumerate() {
            // SAFETY: the caller vouches for all rows and columns of the block.
            unsafe {
                let out = out.add(r * stride + v * S::F32_LANES).cast::<S::f32s>();
                let before = if accumulate { out.read_unaligned() } else { simd.splat_f32s(0.0) };
                out.write_unaligned(simd.add_f32s(before, sum));
            }
        }
    }
}
