//! Laws of the pyramid for any factor d > 1.

use emberlab::compute::{Images, NoiseKey, Purpose};
use emberlab::model::{Pyramid, PyramidError, UpScaling, sides};
use proptest::prelude::*;

fn random(side: usize, seed: u64) -> Images {
    let mut images = Images::zeros([2, 3, side, side]);
    NoiseKey::new(seed, Purpose::Probe).normal(0, images.data_mut());
    images
}

fn dot(a: &Images, b: &Images) -> f64 {
    a.data().iter().zip(b.data()).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

fn close(a: &Images, b: &Images, tolerance: f32) -> bool {
    a.shape() == b.shape() && a.data().iter().zip(b.data()).all(|(x, y)| (x - y).abs() <= tolerance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sides_follow_the_rule(size in 2usize..=96, factor in 1.01f64..9.0) {
        let sides = sides(size, factor).unwrap();
        prop_assert_eq!((sides[0], sides[sides.len() - 1]), (1, size));
        for pair in sides.windows(2) {
            let wanted = ((pair[1] as f64 / factor).round() as usize).clamp(1, pair[1] - 1);
            prop_assert_eq!(pair[0], wanted);
        }
    }

    #[test]
    fn the_pseudo_inverse_is_a_right_inverse(coarse in 1usize..=24, more in 1usize..=24, seed in any::<u64>()) {
        let fine = coarse + more;
        let list = if coarse == 1 { vec![1, fine] } else { vec![1, coarse, fine] };
        let s = list.len() - 1;
        let pyramid = Pyramid::new(list, UpScaling::PseudoInverse).unwrap();
        let y = random(coarse, seed);
        prop_assert!(close(&pyramid.down(s, &pyramid.up(s, &y)), &y, 2e-3));
    }

    #[test]
    fn up_after_down_is_an_orthogonal_projection(coarse in 1usize..=16, more in 1usize..=16, seed in any::<u64>()) {
        let fine = coarse + more;
        let list = if coarse == 1 { vec![1, fine] } else { vec![1, coarse, fine] };
        let s = list.len() - 1;
        let pyramid = Pyramid::new(list, UpScaling::PseudoInverse).unwrap();
        let project = |x: &Images| pyramid.up(s, &pyramid.down(s, x));
        let (x, y) = (random(fine, seed), random(fine, seed ^ 1));
        prop_assert!(close(&project(&project(&x)), &project(&x), 2e-3), "idempotent");
        let (left, right) = (dot(&project(&x), &y), dot(&x, &project(&y)));
        prop_assert!((left - right).abs() <= 1e-3 * (dot(&x, &x) * dot(&y, &y)).sqrt(), "symmetric");
    }

    #[test]
    fn down_keeps_the_mean(size in 2usize..=48, factor in 1.05f64..5.0, seed in any::<u64>()) {
        let pyramid = Pyramid::new(sides(size, factor).unwrap(), UpScaling::PseudoInverse).unwrap();
        let images = random(size, seed);
        let mean = |images: &Images| {
            images.data().iter().map(|&v| f64::from(v)).sum::<f64>() / images.data().len() as f64
        };
        for version in pyramid.versions(&images) {
            prop_assert!((mean(&version) - mean(&images)).abs() < 1e-5);
        }
    }

    #[test]
    fn whole_factors_are_block_means_and_blocks(coarse in 1usize..=12, d in 2usize..=5, seed in any::<u64>()) {
        let fine = coarse * d;
        let list = if coarse == 1 { vec![1, fine] } else { vec![1, coarse, fine] };
        let s = list.len() - 1;
        let (x, y) = (random(fine, seed), random(coarse, seed ^ 1));
        let mut mean = Images::zeros(y.shape());
        let mut block = Images::zeros(x.shape());
        for index in 0..x.data().len() {
            let (plane, row, column) = (index / (fine * fine), index / fine % fine, index % fine);
            let parent = (plane * coarse + row / d) * coarse + column / d;
            mean.data_mut()[parent] += x.data()[index] / (d * d) as f32;
            block.data_mut()[index] = y.data()[parent];
        }
        for up in [UpScaling::PseudoInverse, UpScaling::Block] {
            let pyramid = Pyramid::new(list.clone(), up).unwrap();
            prop_assert!(close(&pyramid.down(s, &x), &mean, 1e-5));
            prop_assert!(close(&pyramid.up(s, &y), &block, 1e-5));
        }
    }
}

#[test]
fn the_paper_and_its_remark() {
    assert_eq!(sides(64, 4.0).unwrap(), [1, 4, 16, 64]);
    assert_eq!(sides(32, 1.5).unwrap(), [1, 2, 3, 4, 6, 9, 14, 21, 32]);
    // For d = 1.5 constant blocks are not a right inverse; the pseudo-inverse is.
    let pyramid = Pyramid::new(vec![1, 4, 6], UpScaling::Block).unwrap();
    let y = random(4, 1);
    assert!(!close(&pyramid.down(2, &pyramid.up(2, &y)), &y, 0.01));
}

#[test]
fn what_is_no_pyramid_is_refused() {
    for factor in [1.0, 0.5, 0.0, -2.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(sides(64, factor), Err(PyramidError::Factor(_))), "{factor}");
    }
    for size in [0, 1, 5000] {
        assert_eq!(sides(size, 2.0), Err(PyramidError::Size(size)));
    }
    for list in [vec![], vec![1], vec![2, 4], vec![1, 4, 4], vec![1, 8, 4], vec![0, 1]] {
        let refused = Pyramid::new(list.clone(), UpScaling::PseudoInverse);
        assert_eq!(refused, Err(PyramidError::Sides(list)));
    }
}
