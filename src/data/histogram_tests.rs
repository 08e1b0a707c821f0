use super::*;
use crate::compute::Purpose;

const RANGE: [f32; 2] = [-1.0, 1.0];
const KINDS: [HistogramKind; 3] = [HistogramKind::Joint, HistogramKind::Marginal, HistogramKind::Resample];

fn key(seed: u64) -> NoiseKey {
    NoiseKey::new(seed, Purpose::Histogram)
}

/// Grey colours, r = g = b, spread unevenly over the range.
fn greys(count: usize) -> Images {
    let level = |index: usize| ((index as f32 / count as f32).powi(2)) * 1.8 - 0.9;
    Images::new([count, 3, 1, 1], (0..count).flat_map(|index| [level(index); 3]).collect())
}

fn means(images: &Images) -> [f64; 3] {
    std::array::from_fn(|channel| {
        images.data()[channel..].iter().step_by(3).map(|&value| f64::from(value)).sum::<f64>() / images.count() as f64
    })
}

/// Correlation of the first two channels.
fn correlation(images: &Images) -> f64 {
    let [x, y, _] = means(images);
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for colour in images.data().chunks_exact(3) {
        let (a, b) = (f64::from(colour[0]) - x, f64::from(colour[1]) - y);
        both += a * b;
        first += a * a;
        second += b * b;
    }
    both / (first * second).sqrt()
}

#[test]
fn sampled_colours_lie_in_occupied_bins() {
    let ones = Images::new([3, 3, 1, 1], vec![-1.0, 0.0, 1.0, 0.3, 0.3, -0.7, 0.3, 0.31, -0.7]);
    let occupied = |colour: &[f32]| colour.iter().map(|&value| bin_of(value, RANGE)).collect::<Vec<_>>();
    let known: Vec<_> = ones.data().chunks_exact(3).map(occupied).collect();
    let joint = Histogram::fit(HistogramKind::Joint, &ones, RANGE).unwrap().sample(key(1), 2000);
    assert_eq!(joint.shape(), [2000, 3, 1, 1]);
    assert!(joint.data().chunks_exact(3).all(|colour| known.contains(&occupied(colour))));
    let marginal = Histogram::fit(HistogramKind::Marginal, &ones, RANGE).unwrap().sample(key(1), 2000);
    for colour in marginal.data().chunks_exact(3).map(occupied) {
        assert!((0..3).all(|channel| known.iter().any(|bins| bins[channel] == colour[channel])));
    }
}

#[test]
fn joint_keeps_the_correlation_of_channels_and_marginal_does_not() {
    let ones = greys(500);
    let sampled = |kind| correlation(&Histogram::fit(kind, &ones, RANGE).unwrap().sample(key(2), 4000));
    assert!(sampled(HistogramKind::Joint) > 0.99);
    assert!(sampled(HistogramKind::Resample) > 0.999);
    assert!(sampled(HistogramKind::Marginal).abs() < 0.06);
}

#[test]
fn means_agree_within_the_sampling_error() {
    let ones = greys(500);
    let expected = means(&ones);
    for kind in KINDS {
        let found = means(&Histogram::fit(kind, &ones, RANGE).unwrap().sample(key(3), 10_000));
        for channel in 0..3 {
            // The spread is below 0.6: four standard errors, and a tenth of a bin for the jitter.
            assert!((found[channel] - expected[channel]).abs() < 0.024 + 0.006, "{kind:?} {found:?} {expected:?}");
        }
    }
}

#[test]
fn resample_draws_training_colours_only_and_all_of_them() {
    let ones = Images::new([4, 3, 1, 1], (0..12).map(|value| value as f32 / 12.0).collect());
    let drawn = Histogram::fit(HistogramKind::Resample, &ones, RANGE).unwrap().sample(key(4), 200);
    for colour in drawn.data().chunks_exact(3) {
        assert!(ones.data().chunks_exact(3).any(|known| known == colour));
    }
    assert!(ones.data().chunks_exact(3).all(|known| drawn.data().chunks_exact(3).any(|colour| colour == known)));
}

#[test]
fn bins_are_hit_in_proportion_to_their_counts() {
    let ones = Images::new([10, 1, 1, 1], [vec![-0.99; 7], vec![0.99; 3]].concat());
    let drawn = Histogram::fit(HistogramKind::Joint, &ones, RANGE).unwrap().sample(key(5), 10_000);
    let low = drawn.data().iter().filter(|&&value| value < 0.0).count();
    assert!((6800..7200).contains(&low), "{low}");
}

#[test]
fn samples_stay_within_the_range_and_depend_on_the_key_alone() {
    let ones = Images::new([2, 3, 1, 1], vec![-9.0, 9.0, 255.0, 255.0, 0.0, 128.0]);
    for kind in [HistogramKind::Joint, HistogramKind::Marginal] {
        let histogram = Histogram::fit(kind, &ones, [0.0, 255.0]).unwrap();
        let drawn = histogram.sample(key(6), 500);
        assert!(drawn.data().iter().all(|value| (0.0..=255.0).contains(value)));
        assert_eq!(drawn, histogram.sample(key(6), 500));
        assert_ne!(drawn, histogram.sample(key(7), 500));
    }
}

#[test]
fn what_is_no_set_of_colours_is_refused() {
    let bad = [Images::zeros([0, 3, 1, 1]), Images::zeros([2, 3, 2, 2]), Images::new([1, 1, 1, 1], vec![f32::NAN])];
    for images in &bad {
        assert!(matches!(Histogram::fit(HistogramKind::Joint, images, RANGE), Err(DataError::Settings(_))));
    }
    assert!(Histogram::fit(HistogramKind::Marginal, &greys(3), [1.0, -1.0]).is_err());
}
