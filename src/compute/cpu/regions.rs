//! Cutting the work on a batch: each piece is some rows of tiles and the pixels of the result that they cover.

use std::ops::Range;

/// Rows of tiles of a map `[image, height, width, channel]`.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Rows of one image.
    pub(super) per_image: usize,
    /// Lines of pixels that one row covers; the last of an image may cover fewer.
    pub(super) lines: usize,
    pub(super) side: usize,
    /// Values of one pixel.
    pub(super) channels: usize,
}

/// One piece.
pub(super) struct Piece<'a> {
    /// Its rows, counted through all images.
    pub(super) rows: Range<usize>,
    /// Where its pixels begin in the map.
    pub(super) start: usize,
    pub(super) pixels: &'a mut [f32],
}

impl Rows {
    /// Where row `row` begins in the map.
    fn start(&self, row: usize) -> usize {
        let (image, row) = (row / self.per_image, row % self.per_image);
        (image * self.side + (row * self.lines).min(self.side)) * self.side * self.channels
    }

    /// Cuts all rows of `images` images, and the map `out` with them, into `count` pieces of equal size, but for a row.
    pub(super) fn cut<'a>(&self, images: usize, count: usize, mut out: &'a mut [f32]) -> Vec<Piece<'a>> {
        let total = images * self.per_image;
        let mut pieces = Vec::with_capacity(count);
        for index in 0..count {
            let rows = total * index / count..total * (index + 1) / count;
            let start = self.start(rows.start);
            let (pixels, rest) = out.split_at_mut(self.start(rows.end) - start);
            pieces.push(Piece { rows, start, pixels });
            out = rest;
        }
        pieces
    }
}
