//! The energy `E(Y) = |Y|²/2σ² - f(Y)`, equation (2). High score = low energy = likely.

use crate::compute::{Images, NoiseKey};

/// The reference distribution p0 of equation (1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// White noise `N(0, σ²)`.
    Gaussian { sigma: f32 },
    /// Uniform on the range of the data; adds nothing to the energy.
    Uniform,
    /// Uniform on another box.
    Box { low: f32, high: f32 },
}

impl Reference {
    /// `1/σ²`: how strongly the reference pulls a pixel to zero.
    #[must_use]
    pub fn pull(self) -> f32 {
        match self {
            Self::Gaussian { sigma } => 1.0 / (sigma * sigma),
            Self::Uniform | Self::Box { .. } => 0.0,
        }
    }

    /// Draws an image: item `item` of `key`'s stream. Uniform noise fills its box, which is `range` if it has none of
    /// its own.
    pub fn draw(self, key: NoiseKey, item: u32, range: [f32; 2], out: &mut [f32]) {
        match self {
            Self::Gaussian { sigma } => {
                key.normal(item, out);
                out.iter_mut().for_each(|value| *value *= sigma);
            }
            Self::Uniform | Self::Box { .. } => {
                let [low, high] = match self {
                    Self::Box { low, high } => [low, high],
                    _ => range,
                };
                let draw = |index: usize| low + (high - low) * key.uniform(item, index as u32) as f32;
                out.iter_mut().enumerate().for_each(|(index, value)| *value = draw(index));
            }
        }
    }

    /// Energies of `images` whose scores are `score`.
    #[must_use]
    pub fn energies(self, images: &Images, score: &[f32]) -> Vec<f32> {
        let pull = f64::from(self.pull());
        let energy = |(index, &f): (usize, &f32)| {
            let square: f64 = match pull {
                0.0 => 0.0,
                _ => images.image(index).iter().map(|&y| f64::from(y) * f64::from(y)).sum(),
            };
            (0.5 * pull * square - f64::from(f)) as f32
        };
        score.iter().enumerate().map(energy).collect()
    }
}
