//! Annealed importance sampling and its reverse on energies whose partition function is known.

use emberlab::compute::{Images, NoiseKey, Purpose};
use emberlab::model::Reference;
use emberlab::sampling::{
    AnnealedImportance, AnnealingError, AnnealingSchedule, Bound, LogPartition, LogPartitionBounds, StepSizes,
};
use std::convert::Infallible;
use std::f64::consts::TAU;

/// f(Y) = offset - Σ (y - mean)² / 2 spread², a Gaussian hill.
#[derive(Clone, Copy)]
struct Hill {
    mean: f64,
    spread: f64,
    offset: f64,
}

impl Hill {
    fn score(self, images: &Images, gradient: &mut Images) -> Result<Vec<f32>, Infallible> {
        let precision = self.spread.powi(-2);
        for (g, &y) in gradient.data_mut().iter_mut().zip(images.data()) {
            *g = (precision * (self.mean - f64::from(y))) as f32;
        }
        let square = |image: &[f32]| image.iter().map(|&y| (f64::from(y) - self.mean).powi(2)).sum::<f64>();
        Ok((0..images.count()).map(|at| (self.offset - 0.5 * precision * square(images.image(at))) as f32).collect())
    }

    /// log E[exp f] under N(0, σ²) in `dimensions`.
    fn log_z_under_gaussian(self, sigma: f64, dimensions: usize) -> f64 {
        let (whole, own) = (sigma.powi(2) + self.spread.powi(2), self.spread.powi(2));
        self.offset + 0.5 * dimensions as f64 * ((own / whole).ln() - self.mean.powi(2) / whole)
    }

    /// log E[exp f] under the uniform distribution on [-1, 1], where the hill lies inside but for its far tails.
    fn log_z_under_box(self, dimensions: usize) -> f64 {
        self.offset + dimensions as f64 * (self.spread * TAU.sqrt() / 2.0).ln()
    }

    /// Exact samples of exp(f) N(0, σ²), `[count, 1, 1, dimensions]`; an infinite σ leaves the hill alone.
    fn samples(self, sigma: f64, count: usize, dimensions: usize, seed: u64) -> Images {
        let (pull, own) = (sigma.powi(-2), self.spread.powi(-2));
        let (mean, spread) = (self.mean * own / (own + pull), (own + pull).powf(-0.5));
        let mut images = Images::zeros([count, 1, 1, dimensions]);
        let key = NoiseKey::new(seed, Purpose::Probe);
        (0..count).for_each(|at| key.normal(at as u32, images.image_mut(at)));
        images.data_mut().iter_mut().for_each(|y| *y = (mean + spread * f64::from(*y)) as f32);
        images
    }
}

fn annealing(reference: Reference, intervals: usize, seed: u64) -> AnnealedImportance {
    let schedule = AnnealingSchedule::Sigmoid { intervals, sharpness: 4.0 };
    AnnealedImportance { reference, range: [-1.0, 1.0], schedule, transitions: 1, leapfrog: 1, seed }
}

/// Both passes from as many chains as there are samples.
fn bounds(annealing: AnnealedImportance, hill: Hill, samples: &Images) -> LogPartitionBounds {
    annealing.bounds(&mut |images: &Images, gradient: &mut Images| hill.score(images, gradient), samples).unwrap()
}

/// That an estimate lies within a few of its standard errors of the truth, and says something.
fn hits(found: &LogPartition, truth: f64, what: &str) {
    let far = (found.log_z - truth).abs() / found.standard_error;
    assert!(far < 4.0, "{what}: {} ± {} is not {truth}", found.log_z, found.standard_error);
    assert!(found.standard_error < 0.2, "{what}: ± {}", found.standard_error);
    assert!(found.effective_sample_size > 20.0, "{what}: {} chains count", found.effective_sample_size);
}

#[test]
fn gaussian_references_in_1_to_64_dimensions() {
    let hill = Hill { mean: 0.8, spread: 0.5, offset: 3.0 };
    for (dimensions, intervals) in [(1, 100), (4, 300), (16, 1000), (64, 4000)] {
        let samples = hill.samples(1.5, 100, dimensions, 77);
        let found = bounds(annealing(Reference::Gaussian { sigma: 1.5 }, intervals, 1), hill, &samples);
        let truth = hill.log_z_under_gaussian(1.5, dimensions);
        hits(&found.lower, truth, &format!("forward, {dimensions} dimensions"));
        hits(&found.upper, truth, &format!("reverse, {dimensions} dimensions"));
        assert_eq!((found.lower.bound, found.upper.bound), (Bound::Lower, Bound::Upper));
        let acceptance = found.lower.mean_acceptance().unwrap();
        assert!((0.45..0.75).contains(&acceptance), "{dimensions} dimensions: {acceptance} was accepted");
    }
}

#[test]
fn a_narrow_hill_in_a_box_in_1_to_64_dimensions() {
    let hill = Hill { mean: -0.3, spread: 0.15, offset: -2.0 };
    for (dimensions, intervals) in [(1, 200), (4, 600), (16, 2000), (64, 4000)] {
        let samples = hill.samples(f64::INFINITY, 100, dimensions, 77);
        let found = bounds(annealing(Reference::Uniform, intervals, 2), hill, &samples);
        let truth = hill.log_z_under_box(dimensions);
        hits(&found.lower, truth, &format!("forward, {dimensions} dimensions"));
        hits(&found.upper, truth, &format!("reverse, {dimensions} dimensions"));
    }
}

#[test]
fn several_leapfrog_steps_narrow_the_gap() {
    let hill = Hill { mean: 0.8, spread: 0.3, offset: 0.0 };
    let (samples, truth) = (hill.samples(1.0, 100, 16, 77), hill.log_z_under_gaussian(1.0, 16));
    let short = annealing(Reference::Gaussian { sigma: 1.0 }, 400, 3);
    let one = bounds(short, hill, &samples);
    let many = bounds(AnnealedImportance { leapfrog: 5, ..short }, hill, &samples);
    hits(&many.lower, truth, "forward");
    hits(&many.upper, truth, "reverse");
    assert!(many.gap_error() < one.gap_error(), "{} {}", many.gap_error(), one.gap_error());
    let acceptance = many.lower.mean_acceptance().unwrap();
    assert!((0.5..0.85).contains(&acceptance), "{acceptance}");
}

#[test]
fn with_few_steps_the_truth_lies_between() {
    let hill = Hill { mean: 0.8, spread: 0.3, offset: 0.0 };
    let truth = hill.log_z_under_gaussian(1.0, 64);
    let mut gaps = Vec::new();
    for intervals in [4, 16, 64, 256, 1024] {
        let run = |seed| {
            bounds(
                annealing(Reference::Gaussian { sigma: 1.0 }, intervals, seed),
                hill,
                &hill.samples(1.0, 20, 64, seed),
            )
        };
        let found: Vec<LogPartitionBounds> = (0..8).map(run).collect();
        let mean = |of: fn(&LogPartitionBounds) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
        let (lower, upper) = (mean(|bounds| bounds.lower.log_z), mean(|bounds| bounds.upper.log_z));
        // The last gap is as small as its error.
        let slack = if intervals < 1000 { 0.0 } else { 0.3 };
        assert!(lower < truth + slack && truth < upper + slack, "{intervals} intervals: {lower} {truth} {upper}");
        gaps.push(upper - lower);
    }
    assert!(gaps.windows(2).all(|pair| pair[1] < pair[0] / 1.5), "{gaps:?}");
    assert!(gaps[0] > 100.0 && gaps[4] < 2.0, "{gaps:?}");
}

/// f(y) = slope · y on [-1, 1]: its density leans on a wall, and Z = sinh(slope) / slope.
fn slope(slope: f32) -> impl FnMut(&Images, &mut Images) -> Result<Vec<f32>, Infallible> {
    move |images, gradient| {
        gradient.data_mut().fill(slope);
        Ok(images.data().iter().map(|y| slope * y).collect())
    }
}

#[test]
fn weights_are_unbiased_however_few_and_long_the_steps() {
    let steep = 3.0f64;
    let truth = (steep.sinh() / steep).ln();
    let uniform = |at: u32| NoiseKey::new(3, Purpose::Probe).uniform(at, 0);
    // The inverse of the distribution function.
    let exact = |at: u32| ((-steep).exp() + uniform(at) * 2.0 * steep.sinh()).ln() / steep;
    let samples: Vec<f32> = (0..20_000).map(|at| (exact(at) as f32).clamp(-1.0, 1.0)).collect();
    let samples = Images::new([20_000, 1, 1, 1], samples);
    for (leapfrog, size) in [(1, 0.05), (1, 0.7), (3, 0.5), (2, 5.0)] {
        let schedule = AnnealingSchedule::Linear { intervals: 4 };
        let annealing = AnnealedImportance { leapfrog, schedule, ..annealing(Reference::Uniform, 4, 5) };
        let steps = StepSizes::new(vec![size; 3]);
        let lower = annealing.forward(&steps, &mut slope(3.0), samples.shape()).unwrap();
        let upper = annealing.reverse(&steps, &mut slope(3.0), &samples).unwrap();
        hits(&lower, truth, &format!("forward by {leapfrog} · {size}"));
        hits(&upper, truth, &format!("reverse by {leapfrog} · {size}"));
    }
}

#[test]
fn without_distributions_between_it_is_plain_importance_sampling() {
    let schedule = AnnealingSchedule::Linear { intervals: 1 };
    let annealing = AnnealedImportance { schedule, ..annealing(Reference::Box { low: 0.0, high: 2.0 }, 1, 6) };
    let steps = annealing.pilot(&mut slope(1.0), [2, 1, 1, 1]).unwrap();
    assert!(steps.sizes().is_empty());
    let found = annealing.forward(&steps, &mut slope(1.0), [5000, 1, 1, 1]).unwrap();
    // The mean of exp(y) over [0, 2].
    hits(&found, (0.5 * (2f64.exp() - 1.0)).ln(), "importance sampling");
    assert_eq!(found.mean_acceptance(), None);
    assert!(found.log_weights.iter().all(|weight| (0.0..=2.0).contains(weight)));
}

#[test]
fn a_constant_score_is_log_z_itself() {
    for reference in [Reference::Gaussian { sigma: 0.5 }, Reference::Uniform] {
        let mut score = |images: &Images, gradient: &mut Images| -> Result<Vec<f32>, Infallible> {
            gradient.data_mut().fill(0.0);
            Ok(vec![-1234.5; images.count()])
        };
        let found = annealing(reference, 10, 7).bounds(&mut score, &Images::zeros([4, 3, 2, 2])).unwrap();
        for found in [&found.lower, &found.upper] {
            assert!((found.log_z + 1234.5).abs() < 1e-9 && found.standard_error < 1e-9, "{found:?}");
            assert!((found.effective_sample_size - 4.0).abs() < 1e-9);
        }
        assert!(found.gap().abs() < 1e-9);
    }
}

#[test]
fn samples_of_a_lesser_mode_are_no_upper_bound() {
    // Hills of equal width at ±0.6 of a box, the left one higher by 5.
    let hill = |mean, offset| Hill { mean, spread: 0.05, offset };
    let (left, right) = (hill(-0.6, 5.0), hill(0.6, 0.0));
    let mut score = |images: &Images, gradient: &mut Images| {
        let mut other = gradient.clone();
        let (low, high) = (left.score(images, &mut other)?, right.score(images, gradient)?);
        for at in (0..images.count()).filter(|&at| low[at] > high[at]) {
            gradient.image_mut(at).copy_from_slice(other.image(at));
        }
        Ok::<_, Infallible>(low.iter().zip(&high).map(|(low, high)| low.max(*high)).collect())
    };
    let truth = left.log_z_under_box(1) + (-5.0f64).exp().ln_1p();
    let annealing = annealing(Reference::Uniform, 400, 8);
    let exact: Vec<f32> = left.samples(f64::INFINITY, 400, 1, 0).into_data();
    // One sample in 1 + exp(5) belongs to the right hill.
    let exact = exact.iter().enumerate().map(|(at, y)| if at % 149 == 148 { -y } else { *y }).collect();
    let found = annealing.bounds(&mut score, &Images::new([400, 1, 1, 1], exact)).unwrap();
    assert!((found.lower.log_z - truth).abs() < 4.0 * found.lower.standard_error, "{truth}: {:?}", found.lower.log_z);
    assert!(found.upper.log_z > truth - 4.0 * found.upper.standard_error, "{truth}: {:?}", found.upper.log_z);
    let missed = annealing.bounds(&mut score, &right.samples(f64::INFINITY, 400, 1, 0)).unwrap();
    assert!(missed.upper.log_z < truth - 1.0 && missed.gap() < -1.0, "{truth}: {}", missed.upper.log_z);
}

#[test]
fn likelihoods_are_densities() {
    // exp(f) p0 / Z of a hill alone is a normal density.
    let hill = Hill { mean: 0.2, spread: 0.4, offset: 1.0 };
    let images = hill.samples(2.0, 3, 5, 77);
    let annealing = annealing(Reference::Gaussian { sigma: 2.0 }, 1, 0);
    let mut gradient = images.clone();
    let scores = hill.score(&images, &mut gradient).unwrap();
    let log_z = hill.log_z_under_gaussian(2.0, 5);
    let (variance, mean) = (1.0 / (0.25 + 6.25), 0.2 * 6.25 / (0.25 + 6.25));
    for (at, (log_reference, score)) in annealing.log_reference(&images).into_iter().zip(scores).enumerate() {
        let square: f64 = images.image(at).iter().map(|&y| (f64::from(y) - mean).powi(2)).sum();
        let expected = -0.5 * (square / variance + 5.0 * (TAU * variance).ln());
        let found = log_reference + f64::from(score) - log_z;
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
    let uniform = AnnealedImportance { reference: Reference::Uniform, range: [0.0, 4.0], ..annealing };
    let found = uniform.log_reference(&Images::new([2, 1, 1, 2], vec![1.0, 2.0, 1.0, 4.5]));
    assert!((found[0] + 2.0 * 4f64.ln()).abs() < 1e-12 && found[1] == f64::NEG_INFINITY, "{found:?}");
}

#[test]
fn one_seed_gives_one_result_and_passes_differ() {
    let hill = Hill { mean: 0.1, spread: 0.3, offset: 0.0 };
    let samples = hill.samples(1.0, 8, 4, 77);
    let run = |seed| bounds(annealing(Reference::Gaussian { sigma: 1.0 }, 10, seed), hill, &samples);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).lower.log_weights, run(2).lower.log_weights);
}

#[test]
fn what_has_no_estimate_is_named() {
    let good = annealing(Reference::Uniform, 4, 0);
    let pilot = |annealing: AnnealedImportance, chains| annealing.pilot(&mut slope(1.0), [chains, 1, 1, 1]);
    assert_eq!(pilot(good, 1), Err(AnnealingError::TooFew { found: 1 }));
    let flawed = [
        AnnealedImportance { transitions: 0, ..good },
        AnnealedImportance { leapfrog: 0, ..good },
        AnnealedImportance { range: [1.0, 1.0], ..good },
        AnnealedImportance { range: [0.0, f32::NAN], ..good },
        AnnealedImportance { reference: Reference::Gaussian { sigma: 0.0 }, ..good },
        AnnealedImportance { schedule: AnnealingSchedule::Linear { intervals: 0 }, ..good },
    ];
    for flawed in flawed {
        assert!(matches!(pilot(flawed, 4), Err(AnnealingError::Settings(_))), "{flawed:?}");
    }
    for sizes in [vec![0.1; 2], vec![0.1, f32::NAN, 0.1], vec![0.0; 3]] {
        let found = good.forward(&StepSizes::new(sizes), &mut slope(1.0), [4, 1, 1, 1]);
        assert!(matches!(found, Err(AnnealingError::Settings(_))), "{found:?}");
    }
    let steps = StepSizes::new(vec![0.1; 3]);
    let outside = good.reverse(&steps, &mut slope(1.0), &Images::new([2, 1, 1, 1], vec![0.0, 1.5]));
    assert_eq!(outside, Err(AnnealingError::Outside { image: 1, low: -1.0, high: 1.0 }));
    let wild = good.forward(&steps, &mut slope(f32::NAN), [4, 1, 1, 1]);
    assert_eq!(wild, Err(AnnealingError::NotFinite { image: 0 }));
    let mut short = |_: &Images, _: &mut Images| -> Result<Vec<f32>, Infallible> { Ok(vec![0.0]) };
    let short = good.forward(&steps, &mut short, [4, 1, 1, 1]);
    assert_eq!(short, Err(AnnealingError::Scores { found: 1, expected: 4 }));
    let mut broken = |_: &Images, _: &mut Images| Err("the device is gone");
    assert_eq!(good.pilot(&mut broken, [4, 1, 1, 1]), Err(AnnealingError::Score("the device is gone")));
}

#[test]
fn proposals_without_finite_energy_are_refused() {
    // Beyond 0.5 the score is not a number; within it is 0, so Z is the share of the box, were it known at the start.
    let mut score = |images: &Images, gradient: &mut Images| -> Result<Vec<f32>, Infallible> {
        gradient.data_mut().fill(0.0);
        Ok(images.data().iter().map(|y| if y.abs() <= 0.5 { 0.0 } else { f32::NAN }).collect())
    };
    let annealing = annealing(Reference::Uniform, 5, 9);
    let found = annealing.reverse(&StepSizes::new(vec![1.0; 4]), &mut score, &Images::zeros([50, 1, 1, 1])).unwrap();
    assert_eq!(found.log_z, 0.0);
    assert!(found.mean_acceptance().is_some_and(|share| share > 0.05 && share < 0.95), "{found:?}");
}
