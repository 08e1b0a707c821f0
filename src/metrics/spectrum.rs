//! The radially averaged power spectrum of images.

use crate::compute::Images;
use std::f64::consts::TAU;

/// Mean power by radial frequency 0, 1, … side/2 (waves across an image, rounded), over images, channels and directions.
/// The power of a frequency is `|Σ Y exp(-2πi (ux + vy)/n)|² / n²`, so that white noise of variance σ² has σ² at each.
#[must_use]
pub fn power_spectrum(images: &Images) -> Vec<f64> {
    let n = images.side();
    if n == 0 || images.count() == 0 {
        return Vec::new();
    }
    let mut sums = vec![[0.0; 2]; n / 2 + 1];
    for plane in images.data().chunks_exact(n * n) {
        let plane: Vec<[f64; 2]> = plane.iter().map(|&value| [f64::from(value), 0.0]).collect();
        let transformed = transform_columns(&transform_columns(&plane, n), n);
        for (at, [re, im]) in transformed.into_iter().enumerate() {
            let waves = |k: usize| k.min(n - k) as f64;
            let radius = waves(at / n).hypot(waves(at % n)).round() as usize;
            if let Some([sum, count]) = sums.get_mut(radius) {
                *sum += (re * re + im * im) / (n * n) as f64;
                *count += 1.0;
            }
        }
    }
    sums.into_iter().map(|[sum, count]| if count > 0.0 { sum / count } else { 0.0 }).collect()
}

/// The Fourier transform of each column of an n × n plane, and the plane turned over its diagonal.
fn transform_columns(plane: &[[f64; 2]], n: usize) -> Vec<[f64; 2]> {
    let turn: Vec<[f64; 2]> =
        (0..n).map(|k| (TAU * k as f64 / n as f64).sin_cos()).map(|(sin, cos)| [cos, -sin]).collect();
    let mut out = vec![[0.0; 2]; n * n];
    for column in 0..n {
        for frequency in 0..n {
            let mut sum = [0.0; 2];
            for row in 0..n {
                let ([re, im], [cos, sin]) = (plane[row * n + column], turn[row * frequency % n]);
                sum[0] += re * cos - im * sin;
                sum[1] += re * sin + im * cos;
            }
            out[column * n + frequency] = sum;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{NoiseKey, Purpose};

    fn image(n: usize, value: impl Fn(usize, usize) -> f64) -> Images {
        let data = (0..n * n).map(|at| value(at / n, at % n) as f32).collect();
        Images::new([1, 1, n, n], data)
    }

    #[test]
    fn a_wave_has_its_own_frequency_alone() {
        for (n, waves) in [(16, 3), (9, 2)] {
            let found = power_spectrum(&image(n, |y, _| (TAU * (waves * y) as f64 / n as f64).cos()));
            let power: f64 = found[waves];
            assert!(power > 0.0 && found.iter().enumerate().all(|(k, &p)| k == waves || p < 1e-9 * power), "{found:?}");
        }
    }

    #[test]
    fn a_constant_is_all_at_frequency_0() {
        let found = power_spectrum(&image(8, |_, _| 0.5));
        assert!((found[0] - 0.25 * 64.0).abs() < 1e-9 && found[1..].iter().all(|p| *p < 1e-12), "{found:?}");
    }

    #[test]
    fn white_noise_has_its_variance_everywhere() {
        let mut images = Images::zeros([64, 1, 16, 16]);
        for index in 0..64 {
            NoiseKey::new(5, Purpose::Metric).normal(index as u32, images.image_mut(index));
        }
        images.data_mut().iter_mut().for_each(|value| *value *= 2.0);
        for (k, power) in power_spectrum(&images).into_iter().enumerate() {
            // Frequency 0 is a single value of each image: its mean over 64 images has an error of 0.7.
            assert!((power - 4.0).abs() < if k == 0 { 2.5 } else { 0.8 }, "{k}: {power}");
        }
    }
}
