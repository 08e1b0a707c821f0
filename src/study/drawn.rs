//! What studies look at: observed images and images that a model draws, and sheets of them.

use super::error::StudyError;
use super::report::Picture;
use super::workshop::Model;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::data::ImageSet;
use crate::run::{ChainSettings, Pictures, pictures, sheet};
use std::io::Cursor;

/// Observed images at the finest grid, `[count, channel, side, side]`.
pub struct Observed {
    pub training: Images,
    pub held_out: Images,
    /// Model values of black and white.
    pub range: [f32; 2],
}

impl Observed {
    /// At most `most` of each, spread evenly over all.
    ///
    /// # Errors
    /// Data that cannot be read, or of which nothing is held out.
    pub fn of(model: &mut Model, most: usize) -> Result<Self, StudyError> {
        let range = model.saved.plan().data.range;
        let data = model.saved.data()?;
        let (training, held_out) = (spread(&data.training, most)?, spread(&data.held_out, most)?);
        if held_out.count() < 2 {
            let message = "nothing is held out of these data; let the recipe hold out a share, as in .held_out(0.1)";
            return Err(StudyError::Asked(message.into()));
        }
        Ok(Self { training, held_out, range })
    }

    /// The images that synthesized ones are compared with: held-out ones where there are enough, else training images.
    #[must_use]
    pub fn reference(&self) -> (&Images, &'static str) {
        const ENOUGH: usize = 200;
        match self.held_out.count() >= ENOUGH {
            true => (&self.held_out, "held-out images"),
            false => (&self.training, "training images, as few are held out"),
        }
    }
}

/// At most `most` images of a set, spread evenly over it.
fn spread(set: &ImageSet, most: usize) -> Result<Images, StudyError> {
    let (count, number) = (set.count(), set.count().min(most));
    let items: Vec<usize> = (0..number).map(|at| at * count / number.max(1)).collect();
    Ok(set.select(&items).map_err(crate::run::RunError::from)?)
}

/// `count` images of each grid from 0 up, drawn from p(0) through all grids, in `steps` MCMC steps on each.
///
/// # Errors
/// Data that cannot be read, or a failing device.
pub fn draw(model: &mut Model, count: usize, steps: Option<usize>, noise: u64) -> Result<Vec<Images>, StudyError> {
    let start = model.saved.starts(count, 1, noise)?;
    Ok(model.saved.grow(&start, &ChainSettings { steps, noise, ..ChainSettings::default() })?)
}

/// The finest of [`draw`]'s images.
///
/// # Errors
/// As of [`draw`].
pub fn draw_finest(model: &mut Model, count: usize, steps: Option<usize>, noise: u64) -> Result<Images, StudyError> {
    let grown = draw(model, count, steps, noise)?;
    grown.into_iter().next_back().ok_or_else(|| StudyError::Asked("this run has no grid".into()))
}

/// Images of another kind with the colours and the power spectrum of `images`: the phases of every frequency are drawn at
/// random, the same for all channels. What is an image and not texture is gone.
#[must_use]
pub fn random_phases(images: &Images, range: [f32; 2], seed: u64) -> Images {
    let (side, key) = (images.side(), NoiseKey::new(seed, Purpose::Metric));
    let mut scrambled = images.clone();
    let turns = Turns::new(side);
    for index in 0..images.count() {
        // The phases of white noise are odd in frequency, so what comes back is real.
        let mut white = vec![0.0; side * side];
        key.normal(index as u32, &mut white);
        let phases = turns.forward(&white);
        for plane in scrambled.image_mut(index).chunks_exact_mut(side * side) {
            let mut spectrum = turns.forward(plane);
            for (at, (value, phase)) in spectrum.iter_mut().zip(&phases).enumerate() {
                let length = phase[0].hypot(phase[1]);
                // The mean stays.
                if at > 0 && length > 0.0 {
                    let [cos, sin] = [phase[0] / length, phase[1] / length];
                    *value = [value[0] * cos - value[1] * sin, value[0] * sin + value[1] * cos];
                }
            }
            plane.copy_from_slice(&turns.back(&spectrum));
            plane.iter_mut().for_each(|value| *value = value.clamp(range[0], range[1]));
        }
    }
    scrambled
}

/// The discrete Fourier transform of square planes, as a sum: planes are small.
struct Turns {
    side: usize,
    /// cos and sin of 2π k / side.
    circle: Vec<[f64; 2]>,
}

impl Turns {
    fn new(side: usize) -> Self {
        let angle = |k: usize| std::f64::consts::TAU * k as f64 / side.max(1) as f64;
        Self { side, circle: (0..side).map(|k| [angle(k).cos(), angle(k).sin()]).collect() }
    }

    fn forward(&self, plane: &[f32]) -> Vec<[f64; 2]> {
        let values: Vec<[f64; 2]> = plane.iter().map(|&value| [f64::from(value), 0.0]).collect();
        self.columns(&self.rows(&values, -1.0), -1.0)
    }

    fn back(&self, spectrum: &[[f64; 2]]) -> Vec<f32> {
        let values = self.columns(&self.rows(spectrum, 1.0), 1.0);
        let share = 1.0 / (self.side * self.side) as f64;
        values.iter().map(|value| (value[0] * share) as f32).collect()
    }

    fn rows(&self, values: &[[f64; 2]], sign: f64) -> Vec<[f64; 2]> {
        let n = self.side;
        let at = |row: usize, k: usize| self.sum((0..n).map(|x| (values[row * n + x], x * k % n)), sign);
        (0..n * n).map(|place| at(place / n, place % n)).collect()
    }

    fn columns(&self, values: &[[f64; 2]], sign: f64) -> Vec<[f64; 2]> {
        let n = self.side;
        let at = |k: usize, column: usize| self.sum((0..n).map(|y| (values[y * n + column], y * k % n)), sign);
        (0..n * n).map(|place| at(place / n, place % n)).collect()
    }

    fn sum(&self, terms: impl Iterator<Item = ([f64; 2], usize)>, sign: f64) -> [f64; 2] {
        terms.fold([0.0; 2], |[real, imaginary], ([a, b], turn)| {
            let [cos, sin] = [self.circle[turn][0], sign * self.circle[turn][1]];
            [real + a * cos - b * sin, imaginary + a * sin + b * cos]
        })
    }
}

/// Cells of a sheet, in pixels.
const CELL: usize = 64;

/// A sheet with a row for each entry of `rows`: its images and how many of them.
///
/// # Errors
/// A picture that cannot be encoded.
pub fn gallery(file: &str, rows: &[(&Images, usize)], range: [f32; 2], caption: &str) -> Result<Picture, StudyError> {
    let shown: Vec<Pictures> = rows.iter().map(|(images, most)| pictures(images, range, *most)).collect();
    let lines: Vec<Vec<(&Pictures, usize)>> =
        shown.iter().map(|row| (0..row.count).map(|at| (row, at)).collect()).collect();
    let side = rows.iter().map(|(images, _)| images.side()).max().unwrap_or(1).max(1);
    let image = sheet(&lines, side * (CELL / side).max(1));
    let mut png = Cursor::new(Vec::new());
    let written = image.write_to(&mut png, image::ImageFormat::Png);
    written.map_err(|error| StudyError::Asked(format!("the picture {file} cannot be encoded: {error}")))?;
    Ok(Picture {
        file: file.to_owned(),
        png: png.into_inner(),
        caption: caption.to_owned(),
        alternative: caption.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_phases_keep_mean_and_power_and_lose_the_image() {
        let mut images = Images::zeros([1, 3, 8, 8]);
        NoiseKey::new(3, Purpose::Metric).normal(7, images.data_mut());
        images.data_mut().iter_mut().for_each(|value| *value *= 0.1);
        let scrambled = random_phases(&images, [-10.0, 10.0], 1);
        for channel in 0..3 {
            let plane = |images: &Images| images.image(0)[64 * channel..64 * (channel + 1)].to_vec();
            let (before, after) = (plane(&images), plane(&scrambled));
            let power = |plane: &[f32]| plane.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
            let mean = |plane: &[f32]| plane.iter().map(|&value| f64::from(value)).sum::<f64>() / 64.0;
            assert!((mean(&before) - mean(&after)).abs() < 1e-6);
            assert!((power(&before) - power(&after)).abs() < 1e-5 * power(&before));
            let away: f64 = before.iter().zip(&after).map(|(a, b)| f64::from(a - b).powi(2)).sum();
            assert!(away > 0.3 * power(&before));
        }
    }
}
