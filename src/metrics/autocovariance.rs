//! Autocovariances of chains, by the Fourier transform: a chain that hardly moves needs all its lags.

use std::f64::consts::PI;

/// The mean of `draws`: exact where all are equal. There is at least one.
pub(super) fn mean(draws: &[f64]) -> f64 {
    draws[0] + draws.iter().map(|draw| draw - draws[0]).sum::<f64>() / draws.len() as f64
}

/// The unbiased variance of `draws`: exactly 0 where all are equal. There are at least two.
pub(super) fn variance(draws: &[f64]) -> f64 {
    let mean = mean(draws);
    draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (draws.len() - 1) as f64
}

/// The autocovariances of one chain at lags 0, 1, … n - 1: `Σ (x_i - x̄)(x_{i+lag} - x̄) / n`, divided by n at every lag.
/// There is at least one draw.
pub(super) fn autocovariance(draws: &[f64]) -> Vec<f64> {
    let mean = mean(draws);
    // As many zeros behind the draws, or the end of the chain would meet its beginning.
    let length = (2 * draws.len()).next_power_of_two();
    let mut waves: Vec<[f64; 2]> = draws.iter().map(|draw| [draw - mean, 0.0]).collect();
    waves.resize(length, [0.0; 2]);
    transform(&mut waves);
    for wave in &mut waves {
        *wave = [wave[0] * wave[0] + wave[1] * wave[1], 0.0];
    }
    // Powers are real and even, so the transform is its own inverse but for the length.
    transform(&mut waves);
    waves.iter().take(draws.len()).map(|wave| wave[0] / (length * draws.len()) as f64).collect()
}

/// The discrete Fourier transform in place (Cooley & Tukey 1965, radix 2). The length is a power of two.
fn transform(waves: &mut [[f64; 2]]) {
    let length = waves.len();
    let bits = length.trailing_zeros();
    for place in 1..length {
        let mirrored = place.reverse_bits() >> (usize::BITS - bits);
        if place < mirrored {
            waves.swap(place, mirrored);
        }
    }
    let roots: Vec<[f64; 2]> = (0..length / 2)
        .map(|k| (-2.0 * PI * k as f64 / length as f64).sin_cos())
        .map(|(sin, cos)| [cos, sin])
        .collect();
    let mut half = 1;
    while half < length {
        for block in waves.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let turns = roots.iter().step_by(length / (2 * half));
            for ((low, high), turn) in low.iter_mut().zip(high).zip(turns) {
                let turned = [turn[0] * high[0] - turn[1] * high[1], turn[0] * high[1] + turn[1] * high[0]];
                *high = [low[0] - turned[0], low[1] - turned[1]];
                *low = [low[0] + turned[0], low[1] + turned[1]];
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_chain_worked_by_hand() {
        // About its mean 2: -1, 1, -1, 1.
        let found = autocovariance(&[1.0, 3.0, 1.0, 3.0]);
        for (found, expected) in found.iter().zip([1.0, -0.75, 0.5, -0.25]) {
            assert!((found - expected).abs() < 1e-15, "{found} is not {expected}");
        }
        assert_eq!(autocovariance(&[0.1, 0.1, 0.1]), [0.0; 3]);
        assert_eq!(autocovariance(&[7.0]), [0.0]);
    }

    proptest! {
        #[test]
        fn it_is_the_sum_over_pairs(draws in prop::collection::vec(-1e3..1e3, 1..80)) {
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            for (lag, found) in autocovariance(&draws).into_iter().enumerate() {
                let pairs = draws.iter().zip(&draws[lag..]);
                let sum = pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / draws.len() as f64;
                prop_assert!((found - sum).abs() < 1e-8, "lag {lag}: {found} is not {sum}");
            }
        }
    }
}
