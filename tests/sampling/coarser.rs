//! What masks leave known on coarser grids.

use emberlab::compute::{Images, NoiseKey, Purpose};
use emberlab::model::{Pyramid, UpScaling, area_average, sides};
use emberlab::sampling::masks::{CoarseRule, coarser, pepper, square};
use proptest::prelude::*;

const RULES: [CoarseRule; 2] = [CoarseRule::AllKnown, CoarseRule::AnyKnown];

fn pyramid(size: usize, factor: f64) -> Pyramid {
    Pyramid::new(sides(size, factor).unwrap(), UpScaling::PseudoInverse).unwrap()
}

fn noise(shape: [usize; 4], seed: u64) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(seed, Purpose::Probe).normal(0, images.data_mut());
    images
}

fn close(found: &Images, wanted: &Images) {
    assert_eq!(found.shape(), wanted.shape());
    for (found, wanted) in found.data().iter().zip(wanted.data()) {
        assert!((found - wanted).abs() < 1e-5, "{found}, not {wanted}");
    }
}

#[test]
fn with_nothing_hidden_every_grid_is_known_as_it_is() {
    for factor in [2.0, 1.5, 4.0] {
        let pyramid = pyramid(16, factor);
        let images = noise([2, 3, 16, 16], 1);
        for rule in RULES {
            let known = coarser(&pyramid, &images, &Images::zeros(images.shape()), rule);
            let versions = pyramid.versions(&images);
            assert_eq!(known.len(), versions.len());
            for (known, version) in known.iter().zip(&versions) {
                assert!(known.mask.data().iter().all(|&free| free == 0.0));
                close(&known.images, version);
            }
        }
    }
}

#[test]
fn with_everything_hidden_nothing_is_known() {
    let pyramid = pyramid(12, 1.5);
    let images = noise([1, 3, 12, 12], 2);
    let all = Images::new(images.shape(), vec![0.5; images.data().len()]);
    for rule in RULES {
        for known in coarser(&pyramid, &images, &all, rule) {
            assert!(known.mask.data().iter().all(|&free| free == 1.0));
            assert!(known.images.data().iter().all(|&value| value == 0.0), "what is hidden shows");
        }
    }
}

#[test]
fn a_block_of_two_by_two_is_the_mean_of_its_known_pixels() {
    let pyramid = pyramid(4, 2.0);
    let values: Vec<f32> = (1..=16).map(|value| value as f32).collect();
    let images = Images::new([1, 1, 4, 4], values);
    // Hidden: the 2, and the whole lower right block.
    let mut mask = Images::zeros([1, 1, 4, 4]);
    for at in [1, 10, 11, 14, 15] {
        mask.data_mut()[at] = 1.0;
    }
    let any = coarser(&pyramid, &images, &mask, CoarseRule::AnyKnown);
    assert_eq!(any[1].mask.data(), [0.0, 0.0, 0.0, 1.0]);
    close(&any[1].images, &Images::new([1, 1, 2, 2], vec![12.0 / 3.0, 5.5, 11.5, 0.0]));
    // All eleven known pixels count alike.
    let total: f32 = (1..=16).map(|value| value as f32).sum::<f32>() - 2.0 - 11.0 - 12.0 - 15.0 - 16.0;
    close(&any[0].images, &Images::new([1, 1, 1, 1], vec![total / 11.0]));
    let all = coarser(&pyramid, &images, &mask, CoarseRule::AllKnown);
    assert_eq!(all[1].mask.data(), [1.0, 0.0, 0.0, 1.0]);
    close(&all[1].images, &Images::new([1, 1, 2, 2], vec![0.0, 5.5, 11.5, 0.0]));
    assert_eq!(all[0].mask.data(), [1.0]);
}

#[test]
fn a_pixel_on_the_edge_of_two_blocks_counts_in_both_by_its_overlap() {
    // Blocks of 1.5 pixels: the middle pixel of three lies half in each.
    let pyramid = Pyramid::new(vec![1, 2, 3], UpScaling::PseudoInverse).unwrap();
    let images = Images::new([1, 1, 3, 3], vec![1.0, 7.0, 4.0, 1.0, 7.0, 4.0, 1.0, 7.0, 4.0]);
    let hide = |columns: &[usize]| {
        let free = |at: usize| f32::from(columns.contains(&(at % 3)));
        Images::new([1, 1, 3, 3], (0..9).map(free).collect())
    };
    let columns = |mask: &Images, rule| {
        let known = &coarser(&pyramid, &images, mask, rule)[1];
        (known.mask.data()[..2].to_vec(), known.images.data()[..2].to_vec())
    };
    let (mask, means) = columns(&hide(&[0]), CoarseRule::AnyKnown);
    assert_eq!(mask, [0.0, 0.0]);
    assert!((means[0] - 7.0).abs() < 1e-5 && (means[1] - (4.0 + 7.0 / 2.0) / 1.5).abs() < 1e-5, "{means:?}");
    assert_eq!(columns(&hide(&[1]), CoarseRule::AllKnown).0, [1.0, 1.0], "both blocks hold a part of it");
    assert_eq!(columns(&hide(&[0]), CoarseRule::AllKnown).0, [1.0, 0.0]);
    assert_eq!(columns(&hide(&[0, 1]), CoarseRule::AnyKnown).0, [1.0, 0.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn means_are_those_of_the_overlaps(factor in prop::sample::select(vec![2.0, 1.5, 4.0]), share in 0.0..1.0, seed: u64) {
        let side = 12;
        let pyramid = pyramid(side, factor);
        let s = pyramid.finest();
        let coarse = pyramid.sides()[s - 1];
        let images = noise([2, 2, side, side], seed);
        let mask = pepper(images.shape(), share, NoiseKey::new(seed, Purpose::Mask));
        let weights = area_average(side, coarse);
        let all = &coarser(&pyramid, &images, &mask, CoarseRule::AllKnown)[s - 1];
        let any = &coarser(&pyramid, &images, &mask, CoarseRule::AnyKnown)[s - 1];
        let planes = images.data().chunks(side * side).zip(mask.data().chunks(side * side));
        for (plane, (image, mask)) in planes.enumerate() {
            for block in 0..coarse * coarse {
                let (mut sum, mut known, mut hidden) = (0.0, 0.0, 0.0);
                for at in 0..side * side {
                    let [row, column] = [block / coarse * side + at / side, block % coarse * side + at % side];
                    let weight = weights[row] * weights[column];
                    *(if mask[at] > 0.0 { &mut hidden } else { &mut known }) += weight;
                    sum += if mask[at] > 0.0 { 0.0 } else { weight * f64::from(image[at]) };
                }
                let at = plane * coarse * coarse + block;
                let near = |found: f32, wanted: f64| (f64::from(found) - wanted).abs() < 1e-4;
                prop_assert_eq!(any.mask.data()[at], f32::from(known == 0.0));
                prop_assert_eq!(all.mask.data()[at], f32::from(hidden > 0.0));
                let (mean, whole) = (if known > 0.0 { sum / known } else { 0.0 }, if hidden > 0.0 { 0.0 } else { sum });
                prop_assert!(near(any.images.data()[at], mean));
                prop_assert!(near(all.images.data()[at], whole));
            }
        }
    }

    #[test]
    fn what_one_rule_knows_the_other_knows_too(share in 0.0..=1.0, seed: u64) {
        let pyramid = pyramid(16, 2.0);
        let images = noise([2, 1, 16, 16], seed);
        let mask = square(images.shape(), share, NoiseKey::new(seed, Purpose::Mask));
        let [all, any] = RULES.map(|rule| coarser(&pyramid, &images, &mask, rule));
        for (all, any) in all.iter().zip(&any) {
            for at in 0..all.mask.data().len() {
                prop_assert!(any.mask.data()[at] <= all.mask.data()[at]);
                if all.mask.data()[at] == 0.0 {
                    prop_assert_eq!(all.images.data()[at], any.images.data()[at]);
                }
            }
        }
        let finest = &all[pyramid.finest()];
        prop_assert_eq!(&finest.mask, &mask);
    }
}
