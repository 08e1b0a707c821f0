//! Layers that look at one image and a few of its pixels or channels: group normalization, means of pixels and sums of
//! two maps. Each image is one piece of work.

use super::context::{Context, Job, Workspace};
use super::lanes::{ZERO, lanes, load, padded, store};
use super::matrix::LANES;
use super::normalization::{Affine, GradientSums, Moments};
use super::pointwise::{Copying, Entry, Exit, Finishing, Give, Pointwise, Source, WithGive};
use super::regions::{Piece, Rows};
use crate::compute::layer::NORM_EPSILON;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;
use std::ops::Range;

/// Images in a block.
const IMAGES: usize = 8;

/// See the module's text.
pub(super) enum Local {
    GroupNorm(GroupNorm),
    Pool(Pool),
}

/// Group normalization with its parameters.
pub(super) struct GroupNorm {
    channels: usize,
    pub(super) groups: usize,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// Means of `size` × `size` pixels; with a size of 1 the map itself.
pub(super) struct Pool {
    pub(super) size: usize,
    pub(super) side_in: usize,
    pub(super) side_out: usize,
    /// Values of one pixel.
    pub(super) channels: usize,
}

/// A map `[image, height, width, channel]` by its sizes.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) side: usize,
    /// Values of one pixel.
    pub(super) channels: usize,
}

impl Size {
    /// Values of one image.
    pub(super) fn length(&self) -> usize {
        self.side * self.side * self.channels
    }

    fn rows(&self) -> Rows {
        Rows { per_image: 1, lines: self.side, side: self.side, channels: self.channels }
    }

    /// Computes a map of that size, some images at a time. `after` is called with each finished block and its place.
    fn each_block<T: Send>(
        &self,
        job: Job,
        out: &mut [f32],
        compute: impl Fn(&mut Workspace, &mut Piece) + Sync,
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        job.each_block(self.rows(), job.blocks(job.images, IMAGES, 1), out, compute, after)
    }
}

impl Local {
    /// Takes a batch from `source`, a map of size `from`, to `out`, one of size `to`.
    pub(super) fn forward(&self, job: Job, source: Source, [from, to]: [Size; 2], out: &mut [f32]) {
        let arch = job.context.arch;
        let compute = |workspace: &mut Workspace, piece: &mut Piece| {
            let outputs = piece.pixels.chunks_exact_mut(to.length());
            for (image, out) in piece.rows.clone().zip(outputs) {
                let input = &mut workspace.left;
                input.resize(from.length());
                arch.dispatch(Copying { source: &source, first: image * from.length(), out: input });
                match self {
                    Self::GroupNorm(norm) => norm.forward(arch, input, out),
                    Self::Pool(pool) => arch.dispatch(Averaging { pool, map: input, out }),
                }
            }
        };
        to.each_block(job, out, compute, |_, _| ());
    }

    /// Takes `gradient`, of a map of size `to`, back to `out`, of the map of size `from` that `source` is. `after` is
    /// called with each finished block and its place.
    pub(super) fn backward<T: Send>(
        &self,
        job: Job,
        [source, gradient]: [Source; 2],
        [from, to]: [Size; 2],
        out: &mut [f32],
        exit: Exit,
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        let arch = job.context.arch;
        let compute = |workspace: &mut Workspace, piece: &mut Piece| {
            let outputs = piece.pixels.chunks_exact_mut(from.length());
            for (image, out) in piece.rows.clone().zip(outputs) {
                let gradient = &gradient.map[image * to.length()..][..to.length()];
                match self {
                    Self::GroupNorm(norm) => {
                        let input = &mut workspace.left;
                        input.resize(from.length());
                        arch.dispatch(Copying { source: &source, first: image * from.length(), out: input });
                        norm.backward(arch, input, gradient, out);
                    }
                    Self::Pool(pool) => arch.dispatch(Spreading { pool, gradient, out }),
                }
            }
            leave(arch, exit, from, piece);
        };
        from.each_block(job, out, compute, after)
    }
}

/// `out` becomes the sum of two maps.
pub(super) fn sum(job: Job, sources: [Source; 2], size: Size, out: &mut [f32]) {
    let arch = job.context.arch;
    let compute = |workspace: &mut Workspace, piece: &mut Piece| {
        let [first, second] = &sources;
        let other = &mut workspace.left;
        other.resize(piece.pixels.len());
        arch.dispatch(Copying { source: first, first: piece.start, out: piece.pixels });
        arch.dispatch(Copying { source: second, first: piece.start, out: other });
        arch.dispatch(Adding { out: piece.pixels, other });
    };
    size.each_block(job, out, compute, |_, _| ());
}

/// The gradient of a sum with respect to one of its two maps.
pub(super) fn sum_back<T: Send>(
    job: Job,
    gradient: Source,
    size: Size,
    out: &mut [f32],
    exit: Exit,
    after: impl Fn(usize, &mut [f32]) -> T + Sync,
) -> Vec<T> {
    let arch = job.context.arch;
    let compute = |_: &mut Workspace, piece: &mut Piece| {
        piece.pixels.copy_from_slice(&gradient.map[piece.start..][..piece.pixels.len()]);
        leave(arch, exit, size, piece);
    };
    size.each_block(job, out, compute, after)
}

/// Adds `other` to `out`, some images at a time.
pub(super) fn add(job: Job, size: Size, out: &mut [f32], other: &[f32]) {
    let compute = |_: &mut Workspace, piece: &mut Piece| {
        let other = &other[piece.start..][..piece.pixels.len()];
        job.context.arch.dispatch(Adding { out: piece.pixels, other });
    };
    size.each_block(job, out, compute, |_, _| ());
}

/// Makes results what `exit` says.
fn leave(arch: Arch, exit: Exit, size: Size, piece: &mut Piece) {
    let work = Leaving { start: piece.start, channels: size.channels, out: piece.pixels };
    arch.dispatch(Finishing { exit, work });
}

impl GroupNorm {
    pub(super) fn new(channels: usize, groups: usize) -> Self {
        Self { channels, groups, weight: vec![1.0; channels], bias: vec![0.0; channels] }
    }

    /// The channels of each group.
    fn groups(&self) -> impl Iterator<Item = Range<usize>> {
        let width = self.channels / self.groups;
        (0..self.groups).map(move |group| group * width..(group + 1) * width)
    }

    /// The affine map that it is for one image, by that image's own statistics.
    fn affine(&self, arch: Arch, image: &[f32]) -> Affine {
        let moments = Moments::of(arch, image, padded(self.channels));
        let own = Moments::merge(&[moments], self.channels);
        let mut affine = Affine::identity(self.channels);
        affine.scale.fill(0.0);
        for group in self.groups() {
            let average = |value: &dyn Fn(usize) -> f64| group.clone().map(value).sum::<f64>() / group.len() as f64;
            let mean = average(&|c| f64::from(own.mean[c]));
            let variance = average(&|c| f64::from(own.variance[c]) + (f64::from(own.mean[c]) - mean).powi(2));
            let deviation = (1.0 / (variance + f64::from(NORM_EPSILON)).sqrt()) as f32;
            for c in group {
                let scale = self.weight[c] * deviation;
                affine.scale[c] = scale;
                affine.shift[c] = self.bias[c] - mean as f32 * scale;
                affine.mean[c] = mean as f32;
                affine.deviation[c] = deviation;
            }
        }
        affine
    }

    fn forward(&self, arch: Arch, image: &[f32], out: &mut [f32]) {
        let Affine { scale, shift, .. } = &self.affine(arch, image);
        let entry = Entry::Activated(Pointwise { scale, shift, activation: None });
        let source = Source { map: image, channels: scale.len(), entry };
        arch.dispatch(Copying { source: &source, first: 0, out });
    }

    /// The gradient of an image x from `gradient`, that of the output: `g · scale + x · curve + offset`.
    fn backward(&self, arch: Arch, image: &[f32], gradient: &[f32], out: &mut [f32]) {
        let affine = self.affine(arch, image);
        let sums = GradientSums::of(arch, gradient, image, &affine.mean);
        let channels = affine.scale.len();
        let positions = image.len() / channels;
        let (mut curve, mut offset) = (vec![0.0; channels], vec![0.0; channels]);
        for group in self.groups() {
            let count = (positions * group.len()) as f64;
            let weighted =
                |sums: &[f64]| group.clone().map(|c| f64::from(self.weight[c]) * sums[c]).sum::<f64>() / count;
            let (shift, slope) = (weighted(&sums.gradient), weighted(&sums.centred));
            for c in group.clone() {
                let (mean, deviation) = (f64::from(affine.mean[c]), f64::from(affine.deviation[c]));
                let bend = -deviation.powi(3) * slope;
                curve[c] = bend as f32;
                offset[c] = (-deviation * shift - bend * mean) as f32;
            }
        }
        let entry = Entry::Normalized { slope: &affine.scale, curve: &curve, offset: &offset, values: image };
        let source = Source { map: gradient, channels, entry };
        arch.dispatch(Copying { source: &source, first: 0, out });
    }

    /// The gradients of bias and weight, from the input and the gradient of the output.
    pub(super) fn small_gradients(
        &self,
        context: &Context,
        size: Size,
        input: Source,
        gradient: &[f32],
    ) -> [Vec<f32>; 2] {
        let length = size.length();
        /// An image's sums, and the deviation of each of its channels.
        type Part = (GradientSums, Vec<f32>);
        let of_image = |(image, gradient): (usize, &[f32])| {
            let mut map = vec![0.0; length];
            context.arch.dispatch(Copying { source: &input, first: image * length, out: &mut map });
            let affine = self.affine(context.arch, &map);
            let sums = GradientSums::of(context.arch, gradient, &map, &affine.mean);
            (sums, affine.deviation)
        };
        let images = gradient.par_chunks_exact(length).enumerate();
        let parts: Vec<Part> = context.threads.run(|| images.map(of_image).collect());
        let total = |value: &dyn Fn(&Part, usize) -> f64| {
            (0..self.channels).map(|c| parts.iter().map(|part| value(part, c)).sum::<f64>() as f32).collect()
        };
        [
            total(&|(sums, _), c| sums.gradient[c]),
            total(&|(sums, deviation), c| sums.centred[c] * f64::from(deviation[c])),
        ]
    }
}

/// Results on their way out, in place.
struct Leaving<'a> {
    start: usize,
    channels: usize,
    out: &'a mut [f32],
}

impl WithGive for Leaving<'_> {
    #[inline(always)]
    fn run<G: Give>(self, give: G) {
        for (at, c) in (0..self.out.len()).step_by(LANES).map(|at| (at, at % self.channels)) {
            let value = load(self.out, at);
            store(self.out, at, give.give(self.start + at, c, value));
        }
    }
}

struct Adding<'a> {
    out: &'a mut [f32],
    other: &'a [f32],
}

impl NullaryFnOnce for Adding<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for at in (0..self.out.len()).step_by(LANES) {
            let (a, b) = (load(self.out, at), load(self.other, at));
            store(self.out, at, lanes(|i| a[i] + b[i]));
        }
    }
}

/// The means of one image.
struct Averaging<'a> {
    pool: &'a Pool,
    map: &'a [f32],
    out: &'a mut [f32],
}

impl NullaryFnOnce for Averaging<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { pool: &Pool { size, side_in, side_out, channels }, map, out } = self;
        let share = 1.0 / (size * size) as f32;
        for (position, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let corner = position / side_out * size * side_in + position % side_out * size;
            for c in (0..channels).step_by(LANES) {
                let mut total = ZERO;
                for row in 0..size {
                    for column in 0..size {
                        let value = load(map, (corner + row * side_in + column) * channels + c);
                        total = lanes(|i| total[i] + value[i]);
                    }
                }
                store(pixel, c, lanes(|i| total[i] * share));
            }
        }
    }
}

/// The gradient of the means of one image. Pixels beyond the last whole square get none.
struct Spreading<'a> {
    pool: &'a Pool,
    gradient: &'a [f32],
    out: &'a mut [f32],
}

impl NullaryFnOnce for Spreading<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { pool: &Pool { size, side_in, side_out, channels }, gradient, out } = self;
        let share = 1.0 / (size * size) as f32;
        for (position, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let [y, x] = [position / side_in / size, position % side_in / size];
            if y >= side_out || x >= side_out {
                pixel.fill(0.0);
                continue;
            }
            for c in (0..channels).step_by(LANES) {
                let g = load(gradient, (y * side_out + x) * channels + c);
                store(pixel, c, lanes(|i| g[i] * share));
            }
        }
    }
}
