use super::super::fixtures_tests::{cases, near};
use super::*;
use crate::compute::{NoiseKey, Purpose};
use serde::Deserialize;

const RANGE: [f32; 2] = [-1.0, 1.0];

#[derive(Deserialize)]
struct Case {
    side: usize,
    channels: usize,
    random_convolutions: Vec<f64>,
}

/// The texture of `tests/metrics/make.py`.
fn texture(side: usize, channels: usize) -> Images {
    let value = |at: usize| {
        let (c, y, x) = (at / (side * side), at / side % side, at % side);
        let grain = ((y * y * 31 + x * 17 + y * x * 7 + c * 53) % 101) as f64 / 101.0;
        let wave = ((y / 4 + x / 6 + c) % 5) as f64 / 5.0;
        let slope = (y + 2 * x) as f64 / (3 * side) as f64;
        ((grain + 2.0 * wave + 3.0 * slope) / 3.0 - 1.0) as f32
    };
    Images::new([1, channels, side, side], (0..channels * side * side).map(value).collect())
}

fn noise(count: usize, channels: usize, side: usize) -> Images {
    let mut images = Images::zeros([count, channels, side, side]);
    NoiseKey::new(5, Purpose::Probe).normal(0, images.data_mut());
    images
}

fn mapped(images: &Images, change: impl Fn(f32) -> f32) -> Images {
    Images::new(images.shape(), images.data().iter().map(|&value| change(value)).collect())
}

fn random(images: &Images) -> Features {
    FeatureKind::RandomConvolutions.of(images, RANGE).unwrap()
}

#[test]
fn random_convolutions_are_those_of_torch() {
    for case in cases::<Case>(include_str!("../../tests/metrics/features.json")) {
        let found = random(&texture(case.side, case.channels));
        assert_eq!((found.rows(), found.width()), (1, 96));
        for (&found, &wanted) in found.values().iter().zip(&case.random_convolutions) {
            near(f64::from(found), wanted, 1e-5);
        }
    }
}

#[test]
fn flat_images_have_no_deviations_and_grey_ones_are_colour_with_equal_channels() {
    let flat = random(&Images::new([1, 3, 12, 12], vec![0.4; 432]));
    for (first, channels) in [(8, 8), (32, 16), (72, 24)] {
        assert!(flat.row(0)[first..first + channels].iter().all(|value| value.abs() < 1e-6));
    }
    let grey = noise(2, 1, 12);
    let colour: Vec<f32> = (0..2).flat_map(|index| grey.image(index).repeat(3)).collect();
    assert_eq!(random(&grey).values(), random(&Images::new([2, 3, 12, 12], colour)).values());
}

#[test]
fn white_noise_keeps_its_mean_square_through_the_first_level() {
    let found = random(&noise(64, 3, 64));
    let square = |row: &[f32]| (0..8).map(|c| f64::from(row[c]).powi(2) + f64::from(row[c + 8]).powi(2)).sum::<f64>();
    let mean = (0..64).map(|index| square(found.row(index))).sum::<f64>() / (64.0 * 8.0);
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
}

#[test]
fn random_convolutions_are_proportional_to_contrast() {
    let images = noise(2, 3, 9);
    let (full, half) = (random(&images), random(&mapped(&images, |value| 0.5 * value)));
    full.values().iter().zip(half.values()).for_each(|(full, half)| assert!((0.5 * full - half).abs() < 1e-6));
}

#[test]
fn pixels_are_brought_to_one_range_and_averaged() {
    let images =
        Images::new([1, 1, 16, 16], (0..256).map(|at| ((at / 16 / 2 + at % 16 / 2) % 2) as f32 * 255.0).collect());
    let coarse = FeatureKind::CoarsePixels.of(&images, [0.0, 255.0]).unwrap();
    assert_eq!((coarse.width(), coarse.name()), (64, "pixels 8x8"));
    let board: Vec<f32> = (0..64).map(|at| if (at / 8 + at % 8) % 2 == 1 { 1.0 } else { -1.0 }).collect();
    assert_eq!(coarse.values(), board);
    let all = FeatureKind::Pixels.of(&images, [0.0, 255.0]).unwrap();
    assert_eq!((all.width(), all.name()), (256, "pixels"));
    assert_eq!(&all.values()[..4], [-1.0, -1.0, 1.0, 1.0]);
}

#[test]
fn every_kind_sees_the_same_image_in_any_range() {
    let images = noise(3, 3, 16);
    let stretched = mapped(&images, |value| (value + 1.0) * 127.5);
    for kind in [FeatureKind::Pixels, FeatureKind::CoarsePixels, FeatureKind::RandomConvolutions] {
        let (one, other) = (kind.of(&images, RANGE).unwrap(), kind.of(&stretched, [0.0, 255.0]).unwrap());
        assert_eq!(one.rows(), 3);
        one.values().iter().zip(other.values()).for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{a} {b}"));
    }
}

#[test]
fn images_are_taken_one_by_one() {
    let images = noise(5, 3, 8);
    for kind in [FeatureKind::Pixels, FeatureKind::CoarsePixels, FeatureKind::RandomConvolutions] {
        let chosen = kind.of(&images, RANGE).unwrap().select(&[4, 0, 4]).unwrap();
        assert_eq!(chosen, kind.of(&images.select(&[4, 0, 4]), RANGE).unwrap());
    }
}

#[test]
fn what_has_no_features_is_an_error() {
    let of = |kind: FeatureKind, shape: [usize; 4]| kind.of(&Images::zeros(shape), RANGE);
    let random = FeatureKind::RandomConvolutions;
    assert_eq!(of(random, [1, 3, 3, 3]), Err(MetricError::TooSmall { found: 3, needed: 4 }));
    assert!(matches!(of(random, [1, 2, 8, 8]), Err(MetricError::Settings(_))));
    assert_eq!(of(FeatureKind::CoarsePixels, [1, 3, 7, 7]), Err(MetricError::TooSmall { found: 7, needed: 8 }));
    assert_eq!(of(FeatureKind::Pixels, [0, 3, 8, 8]), Err(MetricError::TooFew { found: 0, needed: 1 }));
    let odd = Images::new([1, 1, 4, 4], vec![f32::NAN; 16]);
    assert_eq!(random.of(&odd, RANGE), Err(MetricError::NotFinite));
    assert!(matches!(random.of(&Images::zeros([1, 1, 4, 4]), [0.0, 0.0]), Err(MetricError::Settings(_))));
    assert_eq!(Features::new("x", 3, vec![0.0; 7]), Err(MetricError::FeatureRows { values: 7, width: 3 }));
    assert_eq!(Features::new("x", 0, vec![0.0; 7]), Err(MetricError::FeatureRows { values: 7, width: 0 }));
    assert_eq!(Features::new("x", 1, vec![]), Err(MetricError::TooFew { found: 0, needed: 1 }));
    assert_eq!(Features::new("x", 1, vec![f32::INFINITY]), Err(MetricError::ValueNotFinite { what: "features" }));
}

#[test]
fn features_of_other_names_or_widths_do_not_compare() {
    let features = |name: &str, width: usize| Features::new(name, width, vec![0.0; 12]).unwrap();
    let (one, other) = (features("pixels", 2), features("scores", 2));
    let error = one.comparable(&other, 1).unwrap_err();
    assert!(error.to_string().contains("\"pixels\"") && error.to_string().contains("\"scores\""));
    let wide = features("pixels", 3);
    assert_eq!(one.comparable(&wide, 1), Err(MetricError::FeatureWidths { left: 2, right: 3 }));
    assert_eq!(one.comparable(&one, 7), Err(MetricError::TooFew { found: 6, needed: 7 }));
}

#[test]
fn the_largest_numbers_have_finite_distances() {
    assert!(squared_distance(&[f32::MAX; 9], &[f32::MIN; 9]).is_finite());
    assert_eq!(squared_distance(&[0.0, 3.0, 0.0], &[4.0, 0.0, 0.0]), 25.0);
    let counting: Vec<f32> = (1..=11).map(|value| value as f32).collect();
    assert_eq!(dot(&counting, &counting), 506.0);
}
