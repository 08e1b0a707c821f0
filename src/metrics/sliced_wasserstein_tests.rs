use super::*;

const SMALL: SlicedWasserstein =
    SlicedWasserstein { patches_per_image: 32, directions: 40, normalization: Normalization::EachSet, seed: 1 };

/// Noise smoothed by `blurs` passes of a 3 × 3 mean: images with structure of that scale.
fn textures(count: usize, seed: u64, blurs: usize) -> Images {
    let side = 32;
    let mut images = Images::zeros([count, 3, side, side]);
    for index in 0..count {
        let image = images.image_mut(index);
        NoiseKey::new(seed, Purpose::Probe).normal(index as u32, image);
        for plane in image.chunks_exact_mut(side * side) {
            (0..blurs).for_each(|_| smooth(plane, side));
        }
    }
    images
}

fn smooth(plane: &mut [f32], side: usize) {
    let old = plane.to_vec();
    for (place, value) in plane.iter_mut().enumerate() {
        let (y, x) = (place / side, place % side);
        let around =
            [side - 1, 0, 1].map(|dy| [side - 1, 0, 1].map(|dx| old[(y + dy) % side * side + (x + dx) % side]));
        *value = around.as_flattened().iter().sum::<f32>() / 9.0;
    }
}

fn plus_noise(images: &Images, deviation: f32) -> Images {
    let mut noise = Images::zeros(images.shape());
    NoiseKey::new(99, Purpose::Probe).normal(7, noise.data_mut());
    let sum = images.data().iter().zip(noise.data()).map(|(value, noise)| value + deviation * noise).collect();
    Images::new(images.shape(), sum)
}

fn distance(real: &Images, synthesized: &Images) -> f64 {
    SMALL.distance(real, synthesized).unwrap().mean
}

#[test]
fn levels_are_named_and_averaged() {
    let (one, two) = (textures(8, 1, 2), textures(8, 2, 2));
    let found = SMALL.distance(&one, &two).unwrap();
    assert_eq!(found.sides, [32, 16]);
    assert_eq!(found.levels.len(), 2);
    assert!((found.mean - (found.levels[0] + found.levels[1]) / 2.0).abs() < 1e-9);
    assert_eq!(found, SMALL.distance(&one, &two).unwrap());
}

#[test]
fn equal_sets_are_nearest_and_more_noise_is_farther() {
    let real = textures(40, 1, 2);
    let other = textures(40, 2, 2);
    let many = SlicedWasserstein { patches_per_image: 128, directions: 64, ..SMALL };
    let distance = |synthesized: &Images| many.distance(&real, synthesized).unwrap().mean;
    let same = distance(&real);
    let fresh = distance(&other);
    let [little, much] = [0.1, 1.0].map(|deviation| distance(&plus_noise(&other, deviation)));
    assert!(same < 50.0 && fresh < 50.0, "{same} {fresh}");
    assert!(1.2 * fresh < little && 1.2 * little < much, "{fresh} {little} {much}");
}

#[test]
fn blur_shows_and_pure_noise_is_worse() {
    let real = textures(40, 1, 2);
    let [same, blurred, noise] = [2, 3, 0].map(|blurs| distance(&real, &textures(40, 2, blurs)));
    assert!(same < blurred && blurred < noise, "{same} {blurred} {noise}");
}

#[test]
fn flat_images_are_as_far_as_the_normalization_lets_them() {
    // Projections of normalized patches against all zeros: near the mean of |N(0, 1)|, 0.8, times the spread, below 1.
    let flat = Images::new([10, 3, 32, 32], vec![0.3; 10 * 3 * 32 * 32]);
    let found = distance(&textures(10, 1, 2), &flat);
    assert!((300.0..900.0).contains(&found), "{found}");
}

#[test]
fn brightness_and_contrast_of_a_whole_set_are_normalized_away() {
    let (real, other) = (textures(10, 1, 2), textures(10, 2, 3));
    let shifted = Images::new(other.shape(), other.data().iter().map(|value| 40.0 * value + 100.0).collect());
    let (plain, changed) = (distance(&real, &other), distance(&real, &shifted));
    assert!((plain - changed).abs() < 0.05 * plain, "{plain} {changed}");
}

#[test]
fn against_the_real_set_contrast_counts() {
    let (real, other) = (textures(40, 1, 2), textures(40, 2, 2));
    let faded = Images::new(other.shape(), other.data().iter().map(|value| 0.5 * value).collect());
    let strict = SlicedWasserstein { normalization: Normalization::RealSet, ..SMALL };
    let found = |images: &Images| strict.distance(&real, images).unwrap().mean;
    // Projections of deviation 0.5 against 1: apart by half the mean of |N(0, 1)|, times the spread.
    assert!(found(&other) < 80.0 && found(&faded) > 250.0);
    assert!(distance(&real, &faded) < 80.0);
}

#[test]
fn sets_of_different_counts_are_compared_fairly() {
    let (few, many) = (textures(13, 1, 2), textures(40, 2, 2));
    let patches = SMALL.patches(&many, &[32, 16], 13 * 32, SYNTHESIZED);
    assert_eq!(patches[0].rows().len(), 13 * 32);
    assert!(distance(&few, &many) < 150.0);
}

#[test]
fn a_shift_of_known_size_has_a_known_distance() {
    // One-dimensional: the sorted difference of {0, 1, 2} and {1, 2, 3} is 1 throughout.
    assert_eq!(mean_difference(&[0.0, 1.0, 2.0], &[1.0, 2.0, 3.0]), 1.0);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let images = textures(2, 1, 0);
    let tiny = Images::zeros([2, 3, 6, 6]);
    assert_eq!(SMALL.distance(&tiny, &tiny), Err(MetricError::TooSmall { found: 6, needed: 7 }));
    assert!(matches!(SMALL.distance(&images, &tiny), Err(MetricError::Shapes { .. })));
    let none = SlicedWasserstein { directions: 0, ..SMALL };
    assert!(matches!(none.distance(&images, &images), Err(MetricError::Settings(_))));
}
