//! Convolution of a map so small that the layer is best one matrix, from all values of the input to all of the output.

use super::context::{Context, Job, Workspace};
use super::lanes::{Buffer, load, store};
use super::matrix::{LANES, Left, PANEL, Product, ROWS, Right, Size};
use super::pointwise::{Copying, Exit, Finishing, Give, Source, WithGive};
use super::regions::{Piece, Rows};
use super::tiles::Grid;
use rayon::prelude::*;

/// Images in a block.
const IMAGES: usize = 28;

/// See the module's text.
pub(super) struct Whole {
    /// Its channels may be any number.
    pub(super) input: Grid,
    pub(super) output: Grid,
    /// In panels of outputs, `[panel, input, PANEL]`; inputs and outputs in the order of the maps.
    pub(super) weight: Buffer,
}

impl Whole {
    pub(super) fn between(input: Grid, output: Grid) -> Self {
        Self { input, output, weight: Buffer::default() }
    }

    /// Sixteenfold multiply-adds for one image; sixteen values moved count four.
    pub(super) fn cost(&self) -> usize {
        let (inner, outputs) = (self.inner(), self.columns() / LANES);
        inner * outputs + 4 * inner.div_ceil(LANES) + 4 * outputs
    }

    /// Prepares the weights. The one from channel k of an input's pixel p to channel n of an output's pixel q lies in
    /// `weight` at `k · strides[0] + n · strides[1] + place(p, q)`, if there is a place; `channels` are those of input
    /// and output that do not only pad.
    pub(super) fn load(
        &mut self,
        context: &Context,
        weight: &[f32],
        strides: [usize; 2],
        channels: [usize; 2],
        place: impl Fn(usize, usize) -> Option<usize> + Sync,
    ) {
        let (inner, columns) = (self.inner(), self.columns());
        let (inputs, outputs) = (self.input.channels, self.output.channels);
        self.weight.resize(columns.div_ceil(PANEL) * inner * PANEL);
        let fill = |(panel, values): (usize, &mut [f32])| {
            for (from, values) in values.chunks_exact_mut(inputs * PANEL).enumerate() {
                let places: [Option<usize>; PANEL] = std::array::from_fn(|lane| {
                    let column = panel * PANEL + lane;
                    let (to, n) = (column / outputs, column % outputs);
                    let inside = column < columns && n < channels[1];
                    Some(n * strides[1] + place(from, to).filter(|_| inside)?)
                });
                for (k, values) in values.chunks_exact_mut(PANEL).enumerate() {
                    for (value, place) in values.iter_mut().zip(places) {
                        let place = place.filter(|_| k < channels[0]);
                        *value = place.map_or(0.0, |place| weight[place + k * strides[0]]);
                    }
                }
            }
        };
        context.threads.run(|| self.weight.par_chunks_mut(inner * PANEL).enumerate().for_each(fill));
    }

    fn inner(&self) -> usize {
        self.input.side * self.input.side * self.input.channels
    }

    fn columns(&self) -> usize {
        self.output.side * self.output.side * self.output.channels
    }

    /// Convolves a batch. `after` is called with each finished block and its place in the map.
    pub(super) fn run<T: Send>(
        &self,
        job: Job,
        source: Source,
        out: &mut [f32],
        exit: Exit,
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        let Grid { side, channels, .. } = self.output;
        let rows = Rows { per_image: 1, lines: side, side, channels };
        let blocks = job.blocks(job.images, IMAGES, ROWS);
        let convolve =
            |workspace: &mut Workspace, piece: &mut Piece| self.convolve(job.context, &source, piece, exit, workspace);
        job.each_block(rows, blocks, out, convolve, after)
    }

    fn convolve(&self, context: &Context, source: &Source, piece: &mut Piece, exit: Exit, workspace: &mut Workspace) {
        let (rows, inner, columns) = (piece.rows.len(), self.inner(), self.columns());
        workspace.left.resize(rows * inner);
        context.arch.dispatch(Copying { source, first: piece.rows.start * inner, out: &mut workspace.left });
        workspace.products.resize(rows * columns);
        Product {
            out: &mut workspace.products,
            stride: columns,
            size: Size { rows, columns, inner },
            left: Left { data: &workspace.left, row: inner, step: 1 },
            right: Right { data: &self.weight, panel: inner * PANEL, step: PANEL },
            accumulate: false,
        }
        .run(context.arch);
        let (products, channels) = (&workspace.products[..], self.output.channels);
        let work = Giving { products, channels, start: piece.start, out: piece.pixels };
        context.arch.dispatch(Finishing { exit, work });
    }
}

struct Giving<'a> {
    products: &'a [f32],
    channels: usize,
    start: usize,
    out: &'a mut [f32],
}

impl WithGive for Giving<'_> {
    #[inline(always)]
    fn run<G: Give>(self, give: G) {
        for (at, c) in (0..self.out.len()).step_by(LANES).map(|at| (at, at % self.channels)) {
            store(self.out, at, give.give(self.start + at, c, load(self.products, at)));
        }
    }
}
