//! Convolution in tiles by Winograd's minimal filtering: data transform, one matrix product for each point of the
//! tile, output transform, a block of tiles at a time so that all of it stays in the cache.

use super::context::{Context, Job, Workspace};
use super::lanes::{Buffer, Lanes, ZERO, load, store};
use super::matrix::{LANES, Left, PANEL, Product, ROWS, Right, Size};
use super::pointwise::{Exit, Give, Source, Take, WithGive, WithTake};
use super::regions::{Piece, Rows};
use super::taps::Taps;
use super::winograd::{Data, Lines, Outputs, Square, filter_transform, transform_filter};
use pulp::NullaryFnOnce;
use rayon::prelude::*;
use std::ops::Range;

/// Tiles in a block, at most.
pub(super) const TILES: usize = 56;
/// Values that a core's own cache holds.
const CACHE: usize = 1 << 18;
/// Columns of the product that are computed before their outputs are transformed.
const COLUMNS: usize = 128;

/// One side of a convolution: a map whose pixels are taken apart into `phases × phases` phase grids.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) side: usize,
    pub(super) phases: usize,
    /// Values of one pixel, a multiple of [`LANES`].
    pub(super) channels: usize,
}

impl Grid {
    /// Side of a phase grid.
    pub(super) fn phase_side(&self) -> usize {
        self.side.div_ceil(self.phases)
    }

    /// Where `A` pixels of a phase, from `first` on, lie along an axis of the map.
    #[inline(always)]
    fn inside<const A: usize>(&self, first: isize, phase: usize) -> [usize; A] {
        let mut line = [OUTSIDE; A];
        for (i, place) in line.iter_mut().enumerate() {
            let at = (first + i as isize) * self.phases as isize + phase as isize;
            if 0 <= at && (at as usize) < self.side {
                *place = at as usize;
            }
        }
        line
    }

    /// Values of one pixel of all phases.
    pub(super) fn width(&self) -> usize {
        self.phases * self.phases * self.channels
    }
}

/// A convolution with stride 1 from one phase grid to another.
pub(super) struct Tiles {
    pub(super) input: Grid,
    pub(super) output: Grid,
    /// Rows and columns from an output to the first input that it sees.
    pub(super) first: isize,
    /// Points A of a tile's line, and its outputs M.
    pub(super) points: usize,
    pub(super) tile: usize,
    /// Values of an input pixel that have weights; the others only pad.
    pub(super) inner: usize,
    /// `[panel, point, inner, PANEL]`
    pub(super) weight: Buffer,
}

impl Tiles {
    /// The cheaper size of tiles for a convolution of `taps` from one phase grid to another; `None` if these tiles do
    /// not do so many taps.
    pub(super) fn between(taps: &Taps, input: Grid, output: Grid, inner: usize, first: isize) -> Option<Self> {
        let sizes: &[[usize; 2]] = match taps.count {
            2 => &[[5, 4]],
            3 => &[[6, 4], [5, 3]],
            _ => &[],
        };
        let with = |&[points, tile]: &[usize; 2]| Self {
            input,
            output,
            first,
            points,
            tile,
            inner,
            weight: Buffer::default(),
        };
        sizes.iter().map(with).min_by_key(Self::cost)
    }

    /// Sixteenfold multiply-adds for one image; a transform counts six for sixteen values.
    pub(super) fn cost(&self) -> usize {
        let (inner, outputs) = (self.input.width() / LANES, self.output.width() / LANES);
        let values = self.along().pow(2) * self.points.pow(2);
        values * (self.inner * outputs + 6 * (inner + outputs))
    }

    /// Prepares the weights. The one from channel k to channel n at row and column `tap` of `taps` lies in `weight` at
    /// `from(k, tap) + to(n, tap)`; without either there is none.
    pub(super) fn load(
        &mut self,
        context: &Context,
        taps: usize,
        weight: &[f32],
        from: impl Fn(usize, [usize; 2]) -> Option<usize> + Sync,
        to: impl Fn(usize, [usize; 2]) -> Option<usize> + Sync,
    ) {
        let filter = filter_transform(self.points, taps);
        let (points, inner) = (self.points, self.inner);
        let panel = points * points * inner * PANEL;
        self.weight.resize(self.output.width().div_ceil(PANEL) * panel);
        let fill = |(index, panel): (usize, &mut [f32])| {
            let mut places = [[[NOWHERE; PANEL]; 3]; 3];
            for (row, line) in places.iter_mut().enumerate().take(taps) {
                for (column, places) in line.iter_mut().enumerate().take(taps) {
                    for (n, place) in (index * PANEL..).zip(places) {
                        *place = to(n, [row, column]).unwrap_or(NOWHERE);
                    }
                }
            }
            let places = &places;
            context.arch.dispatch(Filling { filter: &filter, taps, inner, weight, from: &from, places, panel });
        };
        context.threads.run(|| self.weight.par_chunks_mut(panel).enumerate().for_each(fill));
    }

    /// Tiles along one axis.
    pub(super) fn along(&self) -> usize {
        self.output.phase_side().div_ceil(self.tile)
    }

    fn rows(&self) -> Rows {
        let Grid { side, phases, channels } = self.output;
        Rows { per_image: self.along(), lines: self.tile * phases, side, channels }
    }

    /// Blocks to cut the tiles into: of as many as a core's own cache holds with their products, but no fewer than fill
    /// the matrix kernel. A matter of shapes alone.
    fn blocks(&self, job: Job) -> usize {
        let width = self.input.width() + COLUMNS.min(self.output.width());
        let most = (CACHE / (self.points * self.points * width)).clamp(ROWS, TILES);
        job.blocks(job.images * self.along(), (most / self.along()).max(1), ROWS.div_ceil(self.along()))
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
        let convolve =
            |workspace: &mut Workspace, piece: &mut Piece| self.convolve(job.context, &source, piece, exit, workspace);
        job.each_block(self.rows(), self.blocks(job), out, convolve, after)
    }

    fn convolve(&self, context: &Context, source: &Source, piece: &mut Piece, exit: Exit, workspace: &mut Workspace) {
        let count = piece.rows.len() * self.along();
        let (width, spacing) = (self.input.width(), self.spacing(count));
        let points = self.points * self.points;
        workspace.left.resize(points * spacing);
        let rows = piece.rows.clone();
        context.arch.dispatch(Windows { layer: self, source, rows, out: &mut workspace.left, spacing });
        let outputs = self.output.width();
        for column in (0..outputs).step_by(COLUMNS) {
            let columns = COLUMNS.min(outputs - column);
            let size = Size { rows: count, columns, inner: self.inner };
            let stride = count * columns + LANES;
            workspace.products.resize(points * stride);
            for point in 0..points {
                let left = Left { data: &workspace.left[point * spacing..], row: width, step: 1 };
                Product {
                    out: &mut workspace.products[point * stride..],
                    stride: columns,
                    size,
                    left,
                    right: self.panels(point, column),
                    accumulate: false,
                }
                .run(context.arch);
            }
            let products = &workspace.products[..];
            let columns = Columns { first: column, count: columns, stride };
            context.arch.dispatch(Results { layer: self, products, columns, piece, exit });
        }
    }

    /// Values between the points of `count` transformed tiles: a little more than they take, so that the points do
    /// not fall on the same lines of the cache.
    pub(super) fn spacing(&self, count: usize) -> usize {
        count * self.input.width() + LANES
    }

    /// The weights of `point` from panel `column / PANEL` on.
    fn panels(&self, point: usize, column: usize) -> Right<'_> {
        let points = self.points * self.points;
        let block = self.inner * PANEL;
        let data = &self.weight[(column / PANEL * points + point) * block..];
        Right { data, panel: points * block, step: PANEL }
    }

    /// Image, row and column of the tile with number `index` in the rows of a piece.
    #[inline(always)]
    pub(super) fn place(&self, rows: &Range<usize>, index: usize) -> [usize; 3] {
        let along = self.along();
        let row = rows.start + index / along;
        [row / along, row % along * self.tile, index % along * self.tile]
    }
}

/// No place in the weights.
const NOWHERE: usize = usize::MAX;

/// Transforms the filters of one panel.
struct Filling<'a, F> {
    filter: &'a [Vec<f32>],
    taps: usize,
    inner: usize,
    weight: &'a [f32],
    from: &'a F,
    /// What the panel's columns add to the place of a weight, at each tap.
    places: &'a [[[usize; PANEL]; 3]; 3],
    panel: &'a mut [f32],
}

impl<F: Fn(usize, [usize; 2]) -> Option<usize>> NullaryFnOnce for Filling<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { filter, taps, inner, weight, from, places, panel } = self;
        let mut kernel = [[[0.0f32; PANEL]; 3]; 3];
        for k in 0..inner {
            for row in 0..taps {
                for column in 0..taps {
                    let (values, places) = (&mut kernel[row][column], &places[row][column]);
                    values.fill(0.0);
                    let Some(from) = from(k, [row, column]) else { continue };
                    for (value, &place) in values.iter_mut().zip(places) {
                        if place != NOWHERE {
                            *value = weight[from + place];
                        }
                    }
                }
            }
            transform_filter(filter, &kernel, |point, values| {
                panel[(point * inner + k) * PANEL..][..PANEL].copy_from_slice(values);
            });
        }
    }
}

/// Some columns of the products.
#[derive(Clone, Copy)]
struct Columns {
    first: usize,
    count: usize,
    /// Values between two points.
    stride: usize,
}

/// Transforms the windows of all tiles in `rows`: `[point, tile, channel]`, `spacing` values for each point.
pub(super) struct Windows<'a> {
    pub(super) layer: &'a Tiles,
    pub(super) source: &'a Source<'a>,
    pub(super) rows: Range<usize>,
    pub(super) out: &'a mut [f32],
    pub(super) spacing: usize,
}

impl NullaryFnOnce for Windows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { layer, source, rows, out, spacing } = self;
        match layer.points {
            6 => source.with(Gather::<6> { layer, rows, out, spacing }),
            _ => source.with(Gather::<5> { layer, rows, out, spacing }),
        }
    }
}

struct Gather<'a, const A: usize> {
    layer: &'a Tiles,
    rows: Range<usize>,
    out: &'a mut [f32],
    spacing: usize,
}

impl<const A: usize> WithTake for Gather<'_, A> {
    #[inline(always)]
    fn run(self, take: impl Take) {
        let Self { layer, rows, out, spacing } = self;
        let Grid { side, phases, channels } = layer.input;
        let width = layer.input.width();
        let mut half = [[ZERO; A]; A];
        for tile in 0..rows.len() * layer.along() {
            let [image, row, column] = layer.place(&rows, tile);
            for phase in 0..phases * phases {
                let lines = layer.input.inside::<A>(row as isize + layer.first, phase / phases);
                let pixels = layer.input.inside::<A>(column as isize + layer.first, phase % phases);
                for c in (0..channels).step_by(LANES) {
                    let at = tile * width + phase * channels + c;
                    let (image, out) = (image * side, &mut *out);
                    Data::transform(
                        &mut half,
                        Window { take, image, side, channels, lines, pixels, c, out, spacing, at },
                    );
                }
            }
        }
    }
}

/// The window of one tile, sixteen channels of it, on its way to the points.
struct Window<'a, T, const A: usize> {
    take: T,
    /// Lines of the images before this one.
    image: usize,
    side: usize,
    channels: usize,
    lines: [usize; A],
    pixels: [usize; A],
    c: usize,
    out: &'a mut [f32],
    spacing: usize,
    at: usize,
}

impl<T: Take, const A: usize> Square for Window<'_, T, A> {
    #[inline(always)]
    fn read(&self, row: usize, column: usize) -> Lanes {
        let (line, pixel) = (self.lines[row], self.pixels[column]);
        if line == OUTSIDE || pixel == OUTSIDE {
            return ZERO;
        }
        self.take.take(((self.image + line) * self.side + pixel) * self.channels + self.c, self.c)
    }

    #[inline(always)]
    fn write(&mut self, row: usize, column: usize, value: Lanes) {
        store(self.out, (row * A + column) * self.spacing + self.at, value);
    }
}

/// Of a line or pixel beyond the map.
const OUTSIDE: usize = usize::MAX;

/// Transforms the products of all tiles of a piece to its pixels.
struct Results<'a, 'b> {
    layer: &'a Tiles,
    products: &'a [f32],
    columns: Columns,
    piece: &'a mut Piece<'b>,
    exit: Exit<'a>,
}

impl NullaryFnOnce for Results<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { layer, products, columns, piece, exit } = self;
        match (layer.points, layer.tile) {
            (6, _) => exit.with(Finish::<6, 4> { layer, products, columns, piece }),
            (_, 4) => exit.with(Finish::<5, 4> { layer, products, columns, piece }),
            _ => exit.with(Finish::<5, 3> { layer, products, columns, piece }),
        }
    }
}

struct Finish<'a, 'b, const A: usize, const M: usize> {
    layer: &'a Tiles,
    products: &'a [f32],
    columns: Columns,
    piece: &'a mut Piece<'b>,
}

impl<const A: usize, const M: usize> WithGive for Finish<'_, '_, A, M> {
    #[inline(always)]
    fn run<G: Give>(self, give: G) {
        let Self { layer, products, columns, piece } = self;
        let Grid { side, phases, channels } = layer.output;
        let mut half = [[ZERO; A]; M];
        for tile in 0..piece.rows.len() * layer.along() {
            let [image, row, column] = layer.place(&piece.rows, tile);
            for offset in (0..columns.count).step_by(LANES) {
                let index = columns.first + offset;
                let (phase, c) = (index / channels, index % channels);
                let from = tile * columns.count + offset;
                let pixels = Pixels::<G, A> {
                    give,
                    products,
                    stride: columns.stride,
                    from,
                    start: piece.start,
                    out: &mut *piece.pixels,
                    image: image * side,
                    side,
                    channels,
                    phases,
                    corner: [row * phases + phase / phases, column * phases + phase % phases],
                    c,
                };
                <Outputs as Lines<A, M>>::transform(&mut half, pixels);
            }
        }
    }
}

/// The products of one tile, sixteen channels of them, on their way to the pixels.
struct Pixels<'a, G, const A: usize> {
    give: G,
    products: &'a [f32],
    stride: usize,
    from: usize,
    /// Where `out` begins in the map.
    start: usize,
    out: &'a mut [f32],
    /// Lines of the images before this one.
    image: usize,
    side: usize,
    channels: usize,
    phases: usize,
    /// Row and column of the first pixel.
    corner: [usize; 2],
    c: usize,
}

impl<G: Give, const A: usize> Square for Pixels<'_, G, A> {
    #[inline(always)]
    fn read(&self, row: usize, column: usize) -> Lanes {
        load(self.products, (row * A + column) * self.stride + self.from)
    }

    #[inline(always)]
    fn write(&mut self, row: usize, column: usize, value: Lanes) {
        let (y, x) = (self.corner[0] + row * self.phases, self.corner[1] + column * self.phases);
        if y < self.side && x < self.side {
            let at = ((self.image + y) * self.side + x) * self.channels + self.c;
            store(self.out, at - self.start, self.give.give(at, self.c, value));
        }
    }
}
