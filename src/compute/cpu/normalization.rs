//! Batch normalization over batch, height and width.

use crate::compute::RunningStatistics;
use crate::compute::layer::NORM_EPSILON;

/// A normalization layer with its parameters and running statistics.
pub(super) struct PreparedNorm {
    pub(super) channels: usize,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) running: RunningStatistics,
}

/// Sums over a batch, one for each channel.
pub(super) type ChannelSums = Vec<f64>;

impl PreparedNorm {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            channels,
            weight: vec![1.0; channels],
            bias: vec![0.0; channels],
            running: RunningStatistics { mean: vec![0.0; channels], variance: vec![1.0; channels] },
        }
    }

    /// `output = weight · (input - mean) / √(variance + ε) + bias`.
    pub(super) fn forward(&self, input: &[f32], statistics: &RunningStatistics, output: &mut [f32]) {
        let scale = self.scale(statistics);
        for (out, pixel) in output.chunks_exact_mut(self.channels).zip(input.chunks_exact(self.channels)) {
            for (c, (out, &x)) in out.iter_mut().zip(pixel).enumerate() {
                *out = (x - statistics.mean[c]) * scale[c] + self.bias[c];
            }
        }
    }

    /// The gradient with respect to the input when the statistics are constants.
    pub(super) fn backward_frozen(&self, statistics: &RunningStatistics, gradient: &mut [f32]) {
        let scale = self.scale(statistics);
        for pixel in gradient.chunks_exact_mut(self.channels) {
            for (g, scale) in pixel.iter_mut().zip(&scale) {
                *g *= scale;
            }
        }
    }

    /// The gradient with respect to the input through the batch's own statistics. `sums` are those of
    /// [`Self::gradient_sums`] over the whole batch of `positions` pixels.
    pub(super) fn backward_batch(
        &self,
        input: &[f32],
        statistics: &RunningStatistics,
        [bias_sum, weight_sum]: &[ChannelSums; 2],
        positions: usize,
        gradient: &mut [f32],
    ) {
        let scale = self.scale(statistics);
        let deviation = inverse_deviation(statistics);
        let mean_of = |sums: &ChannelSums| sums.iter().map(|sum| (sum / positions as f64) as f32).collect::<Vec<_>>();
        let (shift, slope) = (mean_of(bias_sum), mean_of(weight_sum));
        for (pixel, values) in gradient.chunks_exact_mut(self.channels).zip(input.chunks_exact(self.channels)) {
            for (c, (g, &x)) in pixel.iter_mut().zip(values).enumerate() {
                let normalized = (x - statistics.mean[c]) * deviation[c];
                *g = scale[c] * (*g - shift[c] - normalized * slope[c]);
            }
        }
    }

    /// `Σ g` and `Σ g · normalized input` of each channel: the gradients of bias and weight.
    pub(super) fn gradient_sums(
        &self,
        input: &[f32],
        statistics: &RunningStatistics,
        gradient: &[f32],
    ) -> [ChannelSums; 2] {
        let deviation = inverse_deviation(statistics);
        let mut sums = [vec![0.0f64; self.channels], vec![0.0f64; self.channels]];
        for (pixel, values) in gradient.chunks_exact(self.channels).zip(input.chunks_exact(self.channels)) {
            for (c, (&g, &x)) in pixel.iter().zip(values).enumerate() {
                sums[0][c] += f64::from(g);
                sums[1][c] += f64::from(g * (x - statistics.mean[c]) * deviation[c]);
            }
        }
        sums
    }

    fn scale(&self, statistics: &RunningStatistics) -> Vec<f32> {
        self.weight.iter().zip(inverse_deviation(statistics)).map(|(w, d)| w * d).collect()
    }
}

/// Sum over `values` of each channel, of `value` or of its squared distance from `mean`.
pub(super) fn channel_sums(values: &[f32], channels: usize, mean: Option<&[f64]>) -> ChannelSums {
    let mut sums = vec![0.0f64; channels];
    for pixel in values.chunks_exact(channels) {
        match mean {
            None => pixel.iter().zip(&mut sums).for_each(|(&x, sum)| *sum += f64::from(x)),
            Some(mean) => pixel
                .iter()
                .zip(&mut sums)
                .zip(mean)
                .for_each(|((&x, sum), mean)| *sum += (f64::from(x) - mean) * (f64::from(x) - mean)),
        }
    }
    sums
}

fn inverse_deviation(statistics: &RunningStatistics) -> Vec<f32> {
    statistics.variance.iter().map(|variance| 1.0 / (variance + NORM_EPSILON).sqrt()).collect()
}
