//! Square patches of images and their normalization, for [`super::sliced_wasserstein`].

use crate::compute::NoiseKey;

/// Side of a patch, in pixels of its level.
pub(super) const SIDE: usize = 7;
const AREA: usize = SIDE * SIDE;

/// Patches of one set at one level.
#[derive(Debug, Clone)]
pub(super) struct Patches {
    /// `[patch, channel, SIDE, SIDE]`.
    values: Vec<f32>,
    channels: usize,
    /// A channel that varies less than this is flat: what is left is rounding.
    resolution: f64,
}

/// Mean and standard deviation of one channel over all patches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistics {
    mean: f64,
    deviation: f64,
}

impl Patches {
    /// Patches from `values`, `[patch, channel, SIDE, SIDE]`, of images whose largest absolute value is `largest`.
    pub fn new(values: Vec<f32>, channels: usize, largest: f32) -> Self {
        let resolution = 1e-6 * f64::from(largest);
        Self { values, channels, resolution }
    }

    /// Values in one patch.
    pub fn row(&self) -> usize {
        self.channels * AREA
    }

    /// The patches one by one, `[channel, SIDE, SIDE]` each.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.row())
    }

    /// One entry a channel.
    pub fn statistics(&self) -> Vec<Statistics> {
        (0..self.channels).map(|channel| self.channel_statistics(channel)).collect()
    }

    fn channel_statistics(&self, channel: usize) -> Statistics {
        let number = (self.rows().len() * AREA) as f64;
        let values = || self.rows().flat_map(|patch| &patch[channel * AREA..][..AREA]).map(|&value| f64::from(value));
        let mean = values().sum::<f64>() / number;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / number;
        Statistics { mean, deviation: variance.sqrt() }
    }

    /// Takes each channel's mean away and divides by its standard deviation. A flat channel becomes 0.
    pub fn normalize(&mut self, statistics: &[Statistics]) {
        let (row, resolution) = (self.row(), self.resolution);
        for patch in self.values.chunks_exact_mut(row) {
            for (values, channel) in patch.chunks_exact_mut(AREA).zip(statistics) {
                let flat = channel.deviation <= resolution;
                let scale = if flat { 0.0 } else { 1.0 / channel.deviation };
                for value in values {
                    *value = ((f64::from(*value) - channel.mean) * scale) as f32;
                }
            }
        }
    }
}

/// `count` patches at random places of one image's level `[channel, side, side]`, `[patch, channel, SIDE, SIDE]`.
pub(super) fn cut(planes: &[f32], side: usize, key: NoiseKey, image: u32, count: usize) -> Vec<f32> {
    let places = side - SIDE + 1;
    let mut values = Vec::with_capacity(count * planes.len() / (side * side) * AREA);
    for patch in 0..count as u32 {
        let (y, x) = (key.below(places, image, 2 * patch), key.below(places, image, 2 * patch + 1));
        for plane in planes.chunks_exact(side * side) {
            for row in plane.chunks_exact(side).skip(y).take(SIDE) {
                values.extend_from_slice(&row[x..x + SIDE]);
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::Purpose;

    #[test]
    fn normalized_channels_have_mean_zero_and_deviation_one() {
        let values: Vec<f32> = (0..4 * 2 * 49).map(|value| ((value * 37) % 101) as f32).collect();
        let mut patches = Patches::new(values, 2, 100.0);
        patches.normalize(&patches.statistics());
        for channel in patches.statistics() {
            assert!(channel.mean.abs() < 1e-6 && (channel.deviation - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_flat_channel_becomes_zero() {
        let values = (0..3 * 49).map(|place| 1e-8 * (place % 3) as f32).collect();
        let mut patches = Patches::new(values, 1, 0.5);
        patches.normalize(&patches.statistics());
        assert!(patches.rows().flatten().all(|&value| value == 0.0));
    }

    #[test]
    fn patches_are_cut_inside_the_image_with_all_channels() {
        let side = 9;
        let plane: Vec<f32> = (0..side * side).map(|place| place as f32).collect();
        let planes = [plane.clone(), plane.iter().map(|value| value + 1000.0).collect()].concat();
        let drawn = cut(&planes, side, NoiseKey::new(1, Purpose::Metric), 0, 50);
        let patches = Patches::new(drawn, 2, 1080.0);
        assert_eq!(patches.rows().len(), 50);
        let mut corners = std::collections::BTreeSet::new();
        for patch in patches.rows() {
            let corner = patch[0];
            corners.insert(corner as usize);
            assert_eq!(patch[AREA - 1], corner + (6 * side + 6) as f32);
            assert_eq!(patch[AREA], corner + 1000.0);
        }
        assert_eq!(corners.len(), 9, "{corners:?}");
    }
}
