//! The gradient with respect to the weights of a convolution: matrix products over the same transformed tiles or
//! gathered patches that the forward pass makes, summed in the order of the blocks whatever thread made them.

use super::context::Context;
use super::convolution::{Pass, PreparedConvolution};
use super::lanes::{Lanes, ZERO, store};
use super::matrix::{LANES, Left, PANEL, Product, Right, Size};
use super::patches::{Gathering, Patches, Phase};
use super::pointwise::{Copying, Source, Take, WithTake};
use super::tiles::{Grid, TILES, Tiles, Windows};
use super::winograd::{Lines, Products, Square, filter_transform, transform_filter_gradient};
use pulp::NullaryFnOnce;
use rayon::prelude::*;
use std::ops::Range;

/// Values that the transformed blocks at hand may take.
const HELD: usize = 6 << 20;
/// Rows of the weight gradient that one task sums.
const SUMMED: usize = 56;

impl PreparedConvolution {
    /// The weight gradient `[output, input, kernel, kernel]`, from the input and the gradient of the output.
    pub(super) fn weight_gradient(
        &self,
        context: &Context,
        images: usize,
        input: &Source,
        gradient: &Source,
    ) -> Vec<f32> {
        match &self.forward {
            Pass::Tiles(tiles) => {
                let points = tiles.gradient(context, images, input, gradient);
                self.collect_points(context, tiles, &points)
            }
            Pass::Patches(patches) => {
                let matrix = patches.gradient(context, images, input, gradient);
                self.collect_patches(patches, &matrix)
            }
            Pass::Whole(whole) => {
                let before = self.shape.padding.before as isize;
                let offsets: Vec<isize> = (0..self.shape.kernel).map(|k| k as isize - before).collect();
                let phases = vec![Phase::new(&offsets, &offsets)];
                let patches = Patches { input: whole.input, output: whole.output, phases };
                let matrix = patches.gradient(context, images, input, gradient);
                self.collect_patches(&patches, &matrix)
            }
        }
    }

    /// From `[point, channel, output]` to the layout of the weights.
    fn collect_points(&self, context: &Context, tiles: &Tiles, points: &[f32]) -> Vec<f32> {
        let shape = self.shape;
        let filter = filter_transform(tiles.points, self.taps.count);
        let of_one = shape.inputs * shape.kernel.pow(2);
        let mut weight = vec![0.0; shape.outputs * of_one];
        let collect = |(panel, weight): (usize, &mut [f32])| {
            context.arch.dispatch(Collecting {
                layer: self,
                tiles,
                filter: &filter,
                points,
                first: panel * PANEL,
                weight,
            });
        };
        context.threads.run(|| weight.par_chunks_mut(PANEL * of_one).enumerate().for_each(collect));
        weight
    }

    /// From `[tap, channel, output]` to the layout of the weights.
    fn collect_patches(&self, patches: &Patches, matrix: &[f32]) -> Vec<f32> {
        let shape = self.shape;
        let (channels, outputs) = (patches.input.channels, patches.output.channels);
        let mut weight = vec![0.0; shape.outputs * shape.inputs * shape.kernel.pow(2)];
        for (k, values) in matrix.chunks_exact(outputs).enumerate() {
            let (tap, input) = (k / channels, k % channels);
            if input < shape.inputs {
                for (output, value) in values.iter().take(shape.outputs).enumerate() {
                    weight[shape.weight(output, input, [tap / shape.kernel, tap % shape.kernel])] = *value;
                }
            }
        }
        weight
    }
}

/// The filters of a panel of outputs from the gradient of their points.
struct Collecting<'a> {
    layer: &'a PreparedConvolution,
    tiles: &'a Tiles,
    filter: &'a [Vec<f32>],
    points: &'a [f32],
    /// The panel's first output.
    first: usize,
    weight: &'a mut [f32],
}

impl NullaryFnOnce for Collecting<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { layer: PreparedConvolution { shape, taps, phased, .. }, tiles, filter, points, first, weight } =
            self;
        let (inner, outputs) = (tiles.inner, tiles.output.channels);
        let (of_one, width) = (shape.inputs * shape.kernel.pow(2), PANEL.min(outputs - first));
        for k in 0..inner {
            let Some((phase, input)) = phased.split(k) else { continue };
            let point = |point: usize| &points[(point * inner + k) * outputs + first..][..width];
            let kernel = transform_filter_gradient(filter, point);
            for (row, line) in kernel.iter().enumerate().take(taps.count) {
                for (column, values) in line.iter().enumerate().take(taps.count) {
                    let tap = [row, column].map(|tap| taps.first + tap as isize);
                    let Some(at) = taps.weight(0, input, phase, tap) else { continue };
                    for (out, value) in weight[at..].iter_mut().step_by(of_one).zip(values) {
                        *out = *value;
                    }
                }
            }
        }
    }
}

impl Tiles {
    /// The gradient of the weights' points, `[point, inner, output]`.
    fn gradient(&self, context: &Context, images: usize, input: &Source, gradient: &Source) -> Vec<f32> {
        let (points, inner, outputs) = (self.points * self.points, self.inner, self.output.channels);
        let total = images * self.along();
        let block = (TILES / self.along()).clamp(1, total.div_ceil(4).max(1));
        let tiles = block * self.along();
        let (spacing, stride) = (self.spacing(tiles), tiles * outputs + LANES);
        let held = (HELD / (points * (spacing + stride))).max(1);
        let blocks: Vec<Range<usize>> =
            (0..total).step_by(block).map(|first| first..total.min(first + block)).collect();
        let mut room = context.room();
        let [data, products] = &mut *room;
        data.resize(held.min(blocks.len()) * points * spacing);
        products.resize(held.min(blocks.len()) * points * stride);
        let mut sums = vec![0.0; points * inner * outputs];
        for blocks in blocks.chunks(held) {
            let transform = |((rows, data), products): ((&Range<usize>, &mut [f32]), &mut [f32])| {
                context.arch.dispatch(Windows { layer: self, source: input, rows: rows.clone(), out: data, spacing });
                context.arch.dispatch(Returns { layer: self, gradient, rows, out: products, spacing: stride });
            };
            context.threads.run(|| {
                let (data, products) =
                    (data.par_chunks_mut(points * spacing), products.par_chunks_mut(points * stride));
                blocks.par_iter().zip(data).zip(products).for_each(transform);
            });
            let add = |(point, sums): (usize, &mut [f32])| {
                for (index, rows) in blocks.iter().enumerate() {
                    let place = index * points + point;
                    Product {
                        out: sums,
                        stride: outputs,
                        size: Size { rows: inner, columns: outputs, inner: rows.len() * self.along() },
                        left: Left { data: &data[place * spacing..], row: 1, step: self.input.width() },
                        right: Right { data: &products[place * stride..], panel: PANEL, step: outputs },
                        accumulate: true,
                    }
                    .run(context.arch);
                }
            };
            context.threads.run(|| sums.par_chunks_mut(inner * outputs).enumerate().for_each(add));
        }
        sums
    }
}

/// The gradients of the products of all tiles in `rows`: `[point, tile, output]`, `spacing` values for each point.
struct Returns<'a> {
    layer: &'a Tiles,
    gradient: &'a Source<'a>,
    rows: &'a Range<usize>,
    out: &'a mut [f32],
    spacing: usize,
}

impl NullaryFnOnce for Returns<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { layer, gradient, rows, out, spacing } = self;
        match (layer.points, layer.tile) {
            (6, _) => gradient.with(GatherProducts::<6, 4> { layer, rows, out, spacing }),
            (_, 4) => gradient.with(GatherProducts::<5, 4> { layer, rows, out, spacing }),
            _ => gradient.with(GatherProducts::<5, 3> { layer, rows, out, spacing }),
        }
    }
}

struct GatherProducts<'a, const A: usize, const M: usize> {
    layer: &'a Tiles,
    rows: &'a Range<usize>,
    out: &'a mut [f32],
    spacing: usize,
}

impl<const A: usize, const M: usize> WithTake for GatherProducts<'_, A, M> {
    #[inline(always)]
    fn run(self, take: impl Take) {
        let Self { layer, rows, out, spacing } = self;
        let Grid { side, channels, .. } = layer.output;
        let mut half = [[ZERO; M]; A];
        for tile in 0..rows.len() * layer.along() {
            let [image, row, column] = layer.place(rows, tile);
            for c in (0..channels).step_by(LANES) {
                let at = tile * channels + c;
                let (image, out) = (image * side, &mut *out);
                let tile = Tile::<_, A> { take, image, side, channels, corner: [row, column], c, out, spacing, at };
                <Products as Lines<M, A>>::transform(&mut half, tile);
            }
        }
    }
}

/// The gradient of one tile's outputs, sixteen channels of it, on its way to the points.
struct Tile<'a, T, const A: usize> {
    take: T,
    /// Lines of the images before this one.
    image: usize,
    side: usize,
    channels: usize,
    /// Row and column of the first pixel.
    corner: [usize; 2],
    c: usize,
    out: &'a mut [f32],
    spacing: usize,
    at: usize,
}

impl<T: Take, const A: usize> Square for Tile<'_, T, A> {
    #[inline(always)]
    fn read(&self, row: usize, column: usize) -> Lanes {
        let (y, x) = (self.corner[0] + row, self.corner[1] + column);
        if y >= self.side || x >= self.side {
            return ZERO;
        }
        self.take.take(((self.image + y) * self.side + x) * self.channels + self.c, self.c)
    }

    #[inline(always)]
    fn write(&mut self, row: usize, column: usize, value: Lanes) {
        store(self.out, (row * A + column) * self.spacing + self.at, value);
    }
}

impl Patches {
    /// The gradient of the weights as a matrix `[tap, channel, output]`.
    fn gradient(&self, context: &Context, images: usize, input: &Source, gradient: &Source) -> Vec<f32> {
        let Some(phase) = self.phases.first() else { return Vec::new() };
        let (inner, outputs, side) = (self.inner(phase), self.output.channels, self.output.side);
        let (block, total) = (SUMMED.div_ceil(side), images * side);
        let held = (HELD / (block * side * (inner + outputs))).max(1) * block;
        let mut room = context.room();
        let [patches, values] = &mut *room;
        let mut sums = vec![0.0; inner * outputs];
        for first in (0..total).step_by(held) {
            let rows = first..total.min(first + held);
            let count = rows.len() * side;
            patches.resize(count * inner);
            values.resize(count * outputs);
            let gather = |(index, (patches, values)): (usize, (&mut [f32], &mut [f32]))| {
                let from = first + index * block;
                let rows = from..rows.end.min(from + block);
                context.arch.dispatch(Gathering { layer: self, source: input, index: 0, rows, out: patches });
                context.arch.dispatch(Copying { source: gradient, first: from * side * outputs, out: values });
            };
            context.threads.run(|| {
                let patches = patches.par_chunks_mut(block * side * inner);
                patches.zip(values.par_chunks_mut(block * side * outputs)).enumerate().for_each(gather);
            });
            let add = |(index, sums): (usize, &mut [f32])| {
                Product {
                    size: Size { rows: sums.len() / outputs, columns: outputs, inner: count },
                    out: sums,
                    stride: outputs,
                    left: Left { data: &patches[index * SUMMED..], row: 1, step: inner },
                    right: Right { data: values, panel: PANEL, step: outputs },
                    accumulate: true,
                }
                .run(context.arch);
            };
            context.threads.run(|| sums.par_chunks_mut(SUMMED * outputs).enumerate().for_each(add));
        }
        sums
    }
}
