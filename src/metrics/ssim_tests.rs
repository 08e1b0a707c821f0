use super::*;

const RANGE: [f32; 2] = [-1.0, 1.0];

/// The images of `tests/data/make_measures.py`, which made the numbers here.
fn texture(side: usize, seed: usize) -> Images {
    let value = |at: usize| {
        let (c, y, x) = (at / (side * side), at / side % side, at % side);
        let grain = ((y * y * 31 + x * 17 + y * x * 7 + c * 53 + seed * 29) % 101) as f64 / 101.0;
        let wave = ((y / 4 + x / 6 + c + seed) % 5) as f64 / 5.0;
        let slope = (y + 2 * x) as f64 / (3 * side) as f64;
        ((grain + 2.0 * wave + 3.0 * slope) / 3.0 - 1.0) as f32
    };
    Images::new([1, 3, side, side], (0..3 * side * side).map(value).collect())
}

/// A texture, and the same with three tenths of another.
fn pair(side: usize) -> [Images; 2] {
    let (a, b) = (texture(side, 0), texture(side, 1));
    let mixed = a.data().iter().zip(b.data()).map(|(a, b)| 0.7 * a + 0.3 * b).collect();
    [Images::new(a.shape(), mixed), a]
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 2e-6, "{found}, not {wanted}");
}

#[test]
fn ssim_is_that_of_scikit_image() {
    for (side, wanted) in
        [(11, 0.768_408_877), (22, 0.647_650_014), (23, 0.667_568_097), (64, 0.724_987_956), (176, 0.727_199_203)]
    {
        let [a, b] = pair(side);
        near(ssim(&a, &b, RANGE).unwrap()[0], wanted);
    }
}

#[test]
fn ms_ssim_takes_as_many_scales_as_the_image_has() {
    for (side, scales, wanted) in [
        (11, 1, 0.768_408_877),
        (22, 2, 0.652_297_201),
        (23, 2, 0.750_213_276),
        (64, 3, 0.899_219_677),
        (176, 5, 0.917_208_632),
    ] {
        let [a, b] = pair(side);
        assert_eq!(ms_ssim_scales(side), scales);
        near(ms_ssim(&a, &b, RANGE).unwrap()[0], wanted);
    }
    assert_eq!([0, 1, 10, 20, 21, 160, 161, 2_000].map(ms_ssim_scales), [0, 0, 0, 1, 2, 4, 5, 5]);
}

#[test]
fn diversity_is_the_mean_over_pairs() {
    let images = (1..4).fold(texture(32, 0), |images, seed| images.concat(&texture(32, seed)));
    let found = ms_ssim_diversity(&images, RANGE).unwrap();
    near(found.mean, 0.036_484_400);
    assert_eq!(found.scales, 2);
    let same = images.select(&[2, 2, 2]);
    near(ms_ssim_diversity(&same, RANGE).unwrap().mean, 1.0);
}

#[test]
fn equal_images_are_at_one_and_order_does_not_count() {
    let [a, b] = pair(48);
    for measure in [ssim, ms_ssim] {
        near(measure(&a, &a, RANGE).unwrap()[0], 1.0);
        let [one, other] = [measure(&a, &b, RANGE).unwrap()[0], measure(&b, &a, RANGE).unwrap()[0]];
        assert!((one - other).abs() < 1e-12 && one < 1.0, "{one} and {other}");
    }
}

#[test]
fn inverted_structure_is_negative() {
    let board = |sign: f32| {
        let value = |at: usize| 0.5 + if (at / 16 + at % 16).is_multiple_of(2) { sign } else { -sign };
        Images::new([1, 1, 16, 16], (0..256).map(value).collect())
    };
    near(ssim(&board(0.3), &board(-0.3), RANGE).unwrap()[0], (0.0036 - 0.18) / (0.0036 + 0.18));
}

#[test]
fn what_has_no_similarity_is_an_error() {
    let small = Images::zeros([2, 3, 10, 10]);
    assert_eq!(ssim(&small, &small, RANGE), Err(MetricError::TooSmall { found: 10, needed: 11 }));
    assert_eq!(ms_ssim_diversity(&small, RANGE), Err(MetricError::TooSmall { found: 10, needed: 11 }));
    let (one, two) = (Images::zeros([1, 3, 16, 16]), Images::zeros([2, 3, 16, 16]));
    assert!(matches!(ms_ssim(&one, &two, RANGE), Err(MetricError::Shapes { .. })));
    assert!(matches!(ms_ssim_diversity(&one, RANGE), Err(MetricError::TooFew { found: 1, needed: 2 })));
    assert!(matches!(ssim(&one, &one, [1.0, 1.0]), Err(MetricError::Settings(_))));
    let odd = Images::new([1, 1, 11, 11], vec![f32::NAN; 121]);
    assert_eq!(ssim(&odd, &odd, RANGE), Err(MetricError::NotFinite));
}
