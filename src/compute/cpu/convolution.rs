//! Convolution as a matrix product: each output pixel's patch becomes a row, in the order kernel row, kernel
//! column, channel, so that a kernel row of a patch is one run of memory in the map and in the matrix alike.

use super::matmul::{View, multiply};
use crate::compute::Convolution;

/// A convolution with its weights packed as a `[kernel · kernel · inputs, outputs]` matrix.
pub(super) struct PreparedConvolution {
    pub(super) shape: Convolution,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl PreparedConvolution {
    pub(super) fn new(shape: Convolution) -> Self {
        Self { shape, weight: vec![0.0; shape.patch() * shape.outputs], bias: vec![0.0; shape.outputs] }
    }

    /// Packs `weight` `[output, input, kernel, kernel]` and `bias`.
    pub(super) fn load(&mut self, weight: &[f32], bias: &[f32]) {
        let Convolution { inputs, outputs, kernel, .. } = self.shape;
        let taps = kernel * kernel;
        for (output, filter) in weight.chunks(inputs * taps).enumerate() {
            for (input, plane) in filter.chunks(taps).enumerate() {
                for (tap, &value) in plane.iter().enumerate() {
                    self.weight[(tap * inputs + input) * outputs + output] = value;
                }
            }
        }
        self.bias.copy_from_slice(bias);
    }

    /// `output = input ∗ weight + bias` for `count` images.
    pub(super) fn forward(&self, input: &[f32], count: usize, output: &mut [f32], patches: &mut Vec<f32>) {
        let Convolution { outputs, .. } = self.shape;
        for pixel in output.chunks_exact_mut(outputs) {
            pixel.copy_from_slice(&self.bias);
        }
        self.gather(input, count, patches);
        let (weight, patch) = (View::rows(&self.weight, outputs), self.shape.patch());
        multiply(output, [self.rows(count), outputs, patch], View::rows(patches, patch), weight, true);
    }

    /// The gradient with respect to the input, written over `gradient_in`.
    pub(super) fn backward(&self, gradient_out: &[f32], count: usize, gradient_in: &mut [f32], patches: &mut Vec<f32>) {
        let Convolution { outputs, .. } = self.shape;
        let (rows, patch) = (self.rows(count), self.shape.patch());
        resize(patches, rows * patch);
        let weight = View::transposed(&self.weight, outputs);
        multiply(patches, [rows, patch, outputs], View::rows(gradient_out, outputs), weight, false);
        self.scatter(patches, count, gradient_in);
    }

    /// Adds the gradient with respect to weight (packed as a matrix) and bias.
    pub(super) fn backward_parameters(
        &self,
        input: &[f32],
        gradient_out: &[f32],
        count: usize,
        [weight, bias]: [&mut [f32]; 2],
        patches: &mut Vec<f32>,
    ) {
        let Convolution { outputs, .. } = self.shape;
        let (rows, patch) = (self.rows(count), self.shape.patch());
        self.gather(input, count, patches);
        let left = View::transposed(patches, patch);
        multiply(weight, [patch, outputs, rows], left, View::rows(gradient_out, outputs), true);
        for pixel in gradient_out.chunks_exact(outputs) {
            for (sum, value) in bias.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
    }

    /// A packed weight gradient in the layout `[output, input, kernel, kernel]`.
    pub(super) fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let Convolution { inputs, outputs, kernel, .. } = self.shape;
        let taps = kernel * kernel;
        let mut weight = vec![0.0; packed.len()];
        for (row, values) in packed.chunks(outputs).enumerate() {
            let (tap, input) = (row / inputs, row % inputs);
            for (output, &value) in values.iter().enumerate() {
                weight[(output * inputs + input) * taps + tap] = value;
            }
        }
        weight
    }

    fn rows(&self, count: usize) -> usize {
        count * self.shape.side_out * self.shape.side_out
    }

    /// Copies every patch of `input` to its row.
    fn gather(&self, input: &[f32], count: usize, patches: &mut Vec<f32>) {
        let Convolution { inputs, kernel, .. } = self.shape;
        let run = kernel * inputs;
        resize(patches, self.rows(count) * self.shape.patch());
        let mut rows = patches.chunks_exact_mut(run);
        self.for_each_run(count, |run_in_map, skipped| {
            let Some(row) = rows.next() else { return };
            let Some(map) = run_in_map else { return row.fill(0.0) };
            let (start, length) = (skipped * inputs, map.len());
            row[..start].fill(0.0);
            row[start..start + length].copy_from_slice(&input[map]);
            row[start + length..].fill(0.0);
        });
    }

    /// Adds every row to the pixels its patch was gathered from.
    fn scatter(&self, patches: &[f32], count: usize, output: &mut [f32]) {
        let Convolution { inputs, kernel, .. } = self.shape;
        output.fill(0.0);
        let mut rows = patches.chunks_exact(kernel * inputs);
        self.for_each_run(count, |run_in_map, skipped| {
            let (Some(row), Some(map)) = (rows.next(), run_in_map) else { return };
            let start = skipped * inputs;
            for (sum, value) in output[map].iter_mut().zip(&row[start..]) {
                *sum += value;
            }
        });
    }

    /// Calls `visit` for each kernel row of each patch, in the order of the matrix, with the range of the map that
    /// it covers (`None` if it lies in the padding) and the kernel columns that lie in the padding before it.
    #[inline]
    fn for_each_run(&self, count: usize, mut visit: impl FnMut(Option<std::ops::Range<usize>>, usize)) {
        let Convolution { inputs, kernel, stride, padding, side_in, side_out, .. } = self.shape;
        for image in 0..count {
            for y in 0..side_out {
                for x in 0..side_out {
                    let left = x * stride;
                    let skipped = padding.before.saturating_sub(left).min(kernel);
                    let first = (left + skipped).saturating_sub(padding.before);
                    let last = (left + kernel).saturating_sub(padding.before).min(side_in);
                    for row in 0..kernel {
                        let inside = (y * stride + row).checked_sub(padding.before).filter(|&row| row < side_in);
                        let map = inside.filter(|_| first < last).map(|row| {
                            let line = (image * side_in + row) * side_in;
                            (line + first) * inputs..(line + last) * inputs
                        });
                        visit(map, skipped);
                    }
                }
            }
        }
    }
}

impl Convolution {
    /// Values in one patch.
    pub(super) fn patch(&self) -> usize {
        self.kernel * self.kernel * self.inputs
    }
}

/// Sets the length without clearing what is there: every caller overwrites it.
fn resize(buffer: &mut Vec<f32>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    buffer.truncate(length);
}
