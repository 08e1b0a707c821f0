//! Convolution as a product of patches and weights, in blocks that stay in registers.

use crate::compute::{Convolution, Images, Padding, Shortcut};

/// Pixels and channels of a block.
const PIXELS: usize = 4;
const CHANNELS: usize = 8;

/// The convolution that a fully connected top with one output is.
pub(super) fn whole(channels: usize, side: usize) -> Convolution {
    let padding = Padding { before: 0, after: 0 };
    Convolution { inputs: channels, outputs: 1, kernel: side, stride: 1, padding, side_in: side, side_out: 1 }
}

/// The convolution that brings what was kept at a fork to the channels.
pub(super) fn pointwise(shortcut: &Shortcut) -> Convolution {
    let Shortcut { inputs, outputs, side_out: side, .. } = *shortcut;
    let padding = Padding { before: 0, after: 0 };
    Convolution { inputs, outputs, kernel: 1, stride: 1, padding, side_in: side, side_out: side }
}

/// Convolves `images` `[image, input, side, side]`; `weight` is `[output, input, kernel, kernel]`.
pub(super) fn convolve(shape: &Convolution, images: &Images, weight: &[f32], bias: &[f32]) -> Images {
    let (pixels, taps) = (shape.side_out * shape.side_out, shape.inputs * shape.kernel * shape.kernel);
    let packed = pack(weight, taps);
    let mut out = Images::zeros([images.count(), shape.outputs, shape.side_out, shape.side_out]);
    let mut patches = vec![[0.0; PIXELS]; taps];
    for index in 0..images.count() {
        let (input, maps) = (images.image(index), out.image_mut(index));
        for first in (0..pixels).step_by(PIXELS) {
            gather(shape, input, first, &mut patches);
            for (tile, weights) in packed.chunks_exact(taps).enumerate() {
                let sums = multiply(&patches, weights);
                for (channel, sums) in (tile * CHANNELS..shape.outputs).zip(&sums) {
                    let map = &mut maps[channel * pixels..(channel + 1) * pixels];
                    let places = map[first..].iter_mut().zip(sums);
                    places.for_each(|(value, sum)| *value = sum + bias[channel]);
                }
            }
        }
    }
    out
}

/// Weights `[output, tap]` as `[tile of outputs, tap, output in the tile]`; the last tile is filled with zeros.
fn pack(weight: &[f32], taps: usize) -> Vec<[f32; CHANNELS]> {
    let mut packed = Vec::with_capacity(weight.len().div_ceil(CHANNELS));
    for rows in weight.chunks(CHANNELS * taps) {
        let value = |tap: usize, channel: usize| rows.get(channel * taps + tap).copied().unwrap_or(0.0);
        packed.extend((0..taps).map(|tap| std::array::from_fn(|channel| value(tap, channel))));
    }
    packed
}

/// What the kernel sees at the output pixels from `first` on; zero beyond the edges.
fn gather(shape: &Convolution, input: &[f32], first: usize, patches: &mut [[f32; PIXELS]]) {
    let (side, kernel) = (shape.side_in, shape.kernel);
    patches.fill([0.0; PIXELS]);
    for pixel in 0..PIXELS.min(shape.side_out * shape.side_out - first) {
        let at = first + pixel;
        let [top, left] = [at / shape.side_out, at % shape.side_out].map(|place| place * shape.stride);
        // The part of the kernel that lies on the map, along one axis.
        let inside = |start: usize| {
            let before = shape.padding.before;
            before.saturating_sub(start).min(kernel)..(side + before).saturating_sub(start).min(kernel)
        };
        for (input, patches) in input.chunks_exact(side * side).zip(patches.chunks_exact_mut(kernel * kernel)) {
            for row in inside(top) {
                let line = &input[(top + row - shape.padding.before) * side..][..side];
                for column in inside(left) {
                    patches[row * kernel + column][pixel] = line[left + column - shape.padding.before];
                }
            }
        }
    }
}

/// Sums over taps, `[output in the tile, pixel]`.
fn multiply(patches: &[[f32; PIXELS]], weights: &[[f32; CHANNELS]]) -> [[f32; PIXELS]; CHANNELS] {
    let mut sums = [[0.0; PIXELS]; CHANNELS];
    for (pixels, weights) in patches.iter().zip(weights) {
        for (sums, weight) in sums.iter_mut().zip(weights) {
            sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| *sum += weight * pixel);
        }
    }
    sums
}
