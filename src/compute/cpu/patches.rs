//! Convolution by gathered patches: each output's patch becomes a row of a matrix. Outputs of one phase see the same
//! taps, so no row holds a structural zero.

use super::context::{Context, Job, Workspace};
use super::lanes::{Buffer, ZERO, load, store};
use super::matrix::{LANES, Left, PANEL, Product, ROWS, Right, Size};
use super::pointwise::{Exit, Finishing, Give, Source, Take, WithGive, WithTake};
use super::regions::{Piece, Rows};
use super::tiles::Grid;
use pulp::NullaryFnOnce;
use rayon::prelude::*;
use std::ops::Range;

/// Rows of patches in a block.
const PATCHES: usize = 56;

/// A convolution by patches.
pub(super) struct Patches {
    /// `phases` is the stride of the input; its channels may be any number.
    pub(super) input: Grid,
    pub(super) output: Grid,
    /// One for each phase of the output, row-major.
    pub(super) phases: Vec<Phase>,
}

/// The outputs of one phase.
pub(super) struct Phase {
    /// The input's rows that output row Y sees, less `stride · Y`.
    pub(super) rows: Vec<isize>,
    pub(super) columns: Vec<isize>,
    /// In panels of outputs, `[panel, row · column · channel, PANEL]`.
    pub(super) weight: Buffer,
}

impl Phase {
    pub(super) fn new(rows: &[isize], columns: &[isize]) -> Self {
        Self { rows: rows.to_vec(), columns: columns.to_vec(), weight: Buffer::default() }
    }
}

impl Patches {
    /// Sixteenfold multiply-adds for one image; sixteen values gathered or brought back count four.
    pub(super) fn cost(&self) -> usize {
        let positions = self.output.phase_side().pow(2);
        let outputs = self.output.channels / LANES;
        let phase = |phase: &Phase| {
            let (taps, inner) = (phase.rows.len() * phase.columns.len(), self.inner(phase));
            positions * (inner * outputs + 4 * taps * self.input.channels.div_ceil(LANES) + 4 * outputs)
        };
        self.phases.iter().map(phase).sum()
    }

    /// Prepares the weights; `value(phase, tap, k, n)` is the one from channel k to channel n at row and column `tap`.
    pub(super) fn load(&mut self, context: &Context, value: impl Fn(usize, [isize; 2], usize, usize) -> f32 + Sync) {
        let (channels, panels) = (self.input.channels, self.output.channels.div_ceil(PANEL));
        for (index, phase) in self.phases.iter_mut().enumerate() {
            let Phase { rows, columns, weight } = phase;
            let inner = rows.len() * columns.len() * channels;
            weight.resize(panels * inner * PANEL);
            let fill = |(panel, values): (usize, &mut [f32])| {
                for (k, values) in values.chunks_exact_mut(PANEL).enumerate() {
                    let (tap, channel) = (k / channels, k % channels);
                    let tap = [rows[tap / columns.len()], columns[tap % columns.len()]];
                    for (n, lane) in values.iter_mut().enumerate() {
                        *lane = value(index, tap, channel, panel * PANEL + n);
                    }
                }
            };
            context.threads.run(|| weight.par_chunks_mut((inner * PANEL).max(1)).enumerate().for_each(fill));
        }
    }

    /// Values of a patch of `phase`.
    pub(super) fn inner(&self, phase: &Phase) -> usize {
        phase.rows.len() * phase.columns.len() * self.input.channels
    }

    fn rows(&self) -> Rows {
        let Grid { side, phases, channels } = self.output;
        Rows { per_image: self.output.phase_side(), lines: phases, side, channels }
    }

    /// Blocks to cut the rows of pixels into.
    fn blocks(&self, job: Job) -> usize {
        let side = self.output.phase_side();
        job.blocks(job.images * side, PATCHES.div_ceil(side), ROWS.div_ceil(side))
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
        let convolve = |workspace: &mut Workspace, piece: &mut Piece| {
            for index in 0..self.phases.len() {
                self.convolve(job.context, &source, index, piece, exit, workspace);
            }
        };
        job.each_block(self.rows(), self.blocks(job), out, convolve, after)
    }

    fn convolve(
        &self,
        context: &Context,
        source: &Source,
        index: usize,
        piece: &mut Piece,
        exit: Exit,
        workspace: &mut Workspace,
    ) {
        let phase = &self.phases[index];
        let count = piece.rows.len() * self.output.phase_side();
        let (inner, columns) = (self.inner(phase), self.output.channels);
        workspace.left.resize(count * inner);
        workspace.products.resize(count * columns);
        let rows = piece.rows.clone();
        context.arch.dispatch(Gathering { layer: self, source, index, rows, out: &mut workspace.left });
        Product {
            out: &mut workspace.products,
            stride: columns,
            size: Size { rows: count, columns, inner },
            left: Left { data: &workspace.left, row: inner, step: 1 },
            right: Right { data: &phase.weight, panel: inner * PANEL, step: PANEL },
            accumulate: false,
        }
        .run(context.arch);
        let products = &workspace.products[..];
        context.arch.dispatch(Finishing { exit, work: Finish { layer: self, index, products, piece } });
    }
}

/// The patches of all outputs of phase `index` in `rows`, one after the other.
pub(super) struct Gathering<'a> {
    pub(super) layer: &'a Patches,
    pub(super) source: &'a Source<'a>,
    pub(super) index: usize,
    pub(super) rows: Range<usize>,
    pub(super) out: &'a mut [f32],
}

impl NullaryFnOnce for Gathering<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { layer, source, index, rows, out } = self;
        let gather = Gather { layer, phase: &layer.phases[index], rows, out };
        match layer.input.channels.is_multiple_of(LANES) {
            true => source.with(gather),
            false => gather.copy(source.map),
        }
    }
}

struct Gather<'a> {
    layer: &'a Patches,
    phase: &'a Phase,
    rows: Range<usize>,
    out: &'a mut [f32],
}

impl Gather<'_> {
    /// Calls `visit` for each tap of each patch, in the order of the rows, with the pixel's values in the map; `None`
    /// in the padding.
    #[inline(always)]
    fn for_each(&self, mut visit: impl FnMut(Option<usize>)) {
        let Grid { side, phases, channels } = self.layer.input;
        let width = self.layer.output.phase_side();
        let inside = |at: isize| usize::try_from(at).ok().filter(|&at| at < side);
        for row in self.rows.clone() {
            let (image, y) = (row / width, row % width * phases);
            for x in (0..width).map(|x| x * phases) {
                for &tap in &self.phase.rows {
                    let line = inside(y as isize + tap);
                    for &tap in &self.phase.columns {
                        let pixel = line.zip(inside(x as isize + tap));
                        visit(pixel.map(|(line, pixel)| ((image * side + line) * side + pixel) * channels));
                    }
                }
            }
        }
    }

    /// Copies pixels of any number of channels as they are.
    fn copy(mut self, map: &[f32]) {
        let channels = self.layer.input.channels;
        let out = std::mem::take(&mut self.out);
        let mut pixels = out.chunks_exact_mut(channels);
        self.for_each(|pixel| match (pixels.next(), pixel) {
            (Some(out), Some(at)) => out.copy_from_slice(&map[at..at + channels]),
            (Some(out), None) => out.fill(0.0),
            (None, _) => {}
        });
    }
}

impl WithTake for Gather<'_> {
    #[inline(always)]
    fn run(mut self, take: impl Take) {
        let channels = self.layer.input.channels;
        let out = std::mem::take(&mut self.out);
        let mut pixels = out.chunks_exact_mut(channels);
        self.for_each(|pixel| {
            let Some(out) = pixels.next() else { return };
            for c in (0..channels).step_by(LANES) {
                store(out, c, pixel.map_or(ZERO, |at| take.take(at + c, c)));
            }
        });
    }
}

/// Brings the products of one phase to their pixels.
struct Finish<'a, 'b> {
    layer: &'a Patches,
    index: usize,
    products: &'a [f32],
    piece: &'a mut Piece<'b>,
}

impl WithGive for Finish<'_, '_> {
    #[inline(always)]
    fn run<G: Give>(self, give: G) {
        let Self { layer, index, products, piece } = self;
        let Grid { side, phases, channels } = layer.output;
        let width = layer.output.phase_side();
        let mut results = products.chunks_exact(channels);
        for row in piece.rows.clone() {
            let (image, y) = (row / width, row % width * phases + index / phases);
            for x in (0..width).map(|x| x * phases + index % phases) {
                let Some(result) = results.next() else { return };
                if y >= side || x >= side {
                    continue;
                }
                for c in (0..channels).step_by(LANES) {
                    let at = ((image * side + y) * side + x) * channels + c;
                    store(piece.pixels, at - piece.start, give.give(at, c, load(result, c)));
                }
            }
        }
    }
}
