//! Images as numbers along directions.

use emberlab::compute::{Images, NoiseKey, Purpose};
use emberlab::metrics::{Directions, MixingError};

fn noise(shape: [usize; 4], item: u32) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(1, Purpose::Probe).normal(item, images.data_mut());
    images
}

#[test]
fn directions_have_length_1_and_hardly_meet() {
    let directions = Directions::random(3 * 16 * 16, 6, 4).unwrap();
    let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for (at, one) in directions.units().iter().enumerate() {
        assert!((inner(one, one) - 1.0).abs() < 1e-12);
        assert!(directions.units()[..at].iter().all(|other| inner(one, other).abs() < 0.15));
    }
    assert_eq!(directions, Directions::random(3 * 16 * 16, 6, 4).unwrap());
    assert_ne!(directions, Directions::random(3 * 16 * 16, 6, 5).unwrap());
}

#[test]
fn the_mean_image_lies_along_its_own_direction() {
    // The mean is (3, 4), of length 5.
    let images = Images::new([2, 1, 1, 2], vec![2.0, 4.0, 4.0, 4.0]);
    let directions = Directions::of_mean(&images).unwrap();
    assert_eq!(directions.units(), [[0.6, 0.8]]);
    let found = directions.project(&images).unwrap();
    assert!((found[0][0] - 4.4).abs() < 1e-12 && (found[0][1] - 5.6).abs() < 1e-12, "{found:?}");
    let both = Directions::random(2, 3, 0).unwrap().and(directions.clone());
    assert_eq!((both.units().len(), &both.units()[3]), (4, &directions.units()[0]));
}

#[test]
fn white_noise_keeps_its_variance_along_any_direction() {
    let images = noise([4000, 1, 4, 4], 2);
    for along in Directions::random(16, 5, 3).unwrap().project(&images).unwrap() {
        let variance = along.iter().map(|value| value * value).sum::<f64>() / along.len() as f64;
        assert!((variance - 1.0).abs() < 0.1, "{variance}");
    }
}

#[test]
fn snapshots_become_the_chains_of_each_direction() {
    let snapshots: Vec<Images> = (0..50).map(|step| noise([3, 1, 2, 2], step)).collect();
    let directions = Directions::random(4, 2, 0).unwrap();
    let chains = directions.chains(&snapshots).unwrap();
    assert_eq!((chains.len(), chains[0].rows().len(), chains[0].rows()[0].len()), (2, 3, 50));
    let alone = directions.project(&snapshots[7]).unwrap();
    assert_eq!(chains[1].rows()[2][7], alone[1][2]);
    assert!(chains.iter().all(|chains| chains.r_hat().unwrap() < 1.2));
}

#[test]
fn what_cannot_be_projected_is_named() {
    let directions = Directions::random(4, 2, 0).unwrap();
    let wrong = noise([3, 1, 3, 3], 0);
    assert_eq!(directions.project(&wrong), Err(MixingError::Shape { found: 9, expected: 4 }));
    assert!(matches!(Directions::random(0, 2, 0), Err(MixingError::Settings(_))));
    assert!(matches!(Directions::random(4, 0, 0), Err(MixingError::Settings(_))));
    assert_eq!(Directions::of_mean(&Images::zeros([0, 1, 2, 2])), Err(MixingError::NoChain));
    assert!(matches!(Directions::of_mean(&Images::zeros([2, 1, 2, 2])), Err(MixingError::Settings(_))));
    assert_eq!(directions.chains(&[]), Err(MixingError::NoChain));
    let mut snapshots: Vec<Images> = (0..6).map(|step| noise([2, 1, 2, 2], step)).collect();
    snapshots[5].data_mut()[4] = f32::NAN;
    assert_eq!(directions.chains(&snapshots), Err(MixingError::NotFinite { chain: 1, draw: 5 }));
    snapshots[5] = noise([1, 1, 2, 2], 0);
    assert!(matches!(directions.chains(&snapshots), Err(MixingError::Settings(_))));
}
