use super::*;
use proptest::prelude::*;

const RANGE: [f32; 2] = [-1.0, 1.0];

type Fill = fn(&Images, &Images, [f32; 2]) -> Result<Images, MetricError>;

const FILLS: [Fill; 3] = [mean_fill, nearest_fill, harmonic_fill];

/// One plane of `side` × `side` values.
fn plane(side: usize, value: impl Fn(usize, usize) -> f64) -> Images {
    Images::new([1, 1, side, side], (0..side * side).map(|at| value(at / side, at % side) as f32).collect())
}

fn mask(side: usize, hidden: impl Fn(usize, usize) -> bool) -> Images {
    plane(side, |y, x| f64::from(u8::from(hidden(y, x))))
}

/// The image and the mask of `tests/data/make_measures.py`, which made the numbers here.
fn fixture() -> [Images; 2] {
    let value = |y: usize, x: usize| {
        let grain = ((y * y * 31 + x * 17 + y * x * 7) % 101) as f64 / 101.0;
        let wave = ((y / 4 + x / 6) % 5) as f64 / 5.0;
        (grain + 2.0 * wave + 3.0 * (y + 2 * x) as f64 / 36.0) / 3.0 - 1.0
    };
    let hidden =
        |y: usize, x: usize| (y * 5 + x * 3) % 7 < 3 || (y.abs_diff(6) < 4 && x.abs_diff(7) < 3) || (y < 3 && x < 4);
    [plane(12, value), mask(12, hidden)]
}

fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() < tolerance, "{found}, not {wanted}");
}

#[test]
fn fills_are_those_of_scipy() {
    let [image, mask] = fixture();
    let [mean, nearest, harmonic] = FILLS.map(|fill| fill(&image, &mask, RANGE).unwrap());
    // Place, solution of the Laplace equation, mean of the known pixels at the least distance.
    for (at, solution, taken) in [
        (0, -0.638_879_0, -0.814_906_5),
        (12, -0.645_877_3, -0.814_906_5),
        (24, -0.655_290_1, -0.814_906_5),
        (35, 0.016_905_0, 0.016_905_0),
        (45, -0.071_071_5, -0.052_860_3),
        (57, 0.026_512_5, 0.091_089_1),
        (68, 0.018_188_6, 0.235_038_5),
        (78, -0.087_183_0, -0.232_178_2),
        (89, -0.117_032_8, -0.232_178_2),
        (99, -0.254_499_4, -0.239_475_6),
        (110, -0.266_611_7, -0.272_570_6),
        (119, 0.414_209_8, 0.414_209_8),
        (135, -0.143_857_7, -0.143_857_7),
    ] {
        near(f64::from(harmonic.data()[at]), solution, 1e-6);
        near(f64::from(nearest.data()[at]), taken, 1e-6);
        near(f64::from(mean.data()[at]), -0.145_759_665, 1e-6);
    }
    let error = hidden_error(&image, &harmonic, &mask, RANGE).unwrap();
    near(error.mean_absolute, 0.050_244_041, 1e-6);
    near(error.psnr, 24.117_046, 1e-4);
}

#[test]
fn errors_are_shares_of_the_range() {
    let (black, white) = (plane(4, |_, _| 0.0), plane(4, |_, _| 255.0));
    let range = [0.0, 255.0];
    let half = mask(4, |y, _| y < 2);
    assert_eq!(hidden_error(&black, &white, &half, range).unwrap(), HiddenError { mean_absolute: 1.0, psnr: 0.0 });
    let dim = plane(4, |y, _| if y < 2 { 25.5 } else { 255.0 });
    let error = hidden_error(&black, &dim, &half, range).unwrap();
    near(error.mean_absolute, 0.1, 1e-6);
    near(error.psnr, 20.0, 1e-4);
    assert!(matches!(hidden_error(&black, &white, &mask(4, |_, _| false), range), Err(MetricError::Settings(_))));
    assert!(matches!(hidden_error(&black, &plane(5, |_, _| 0.0), &half, range), Err(MetricError::Shapes { .. })));
}

#[test]
fn what_is_hidden_whole_gets_the_middle_of_the_range_and_other_planes_do_not_tell_it() {
    let image = Images::new([1, 2, 2, 2], vec![7.0, 7.0, 7.0, 7.0, 3.0, 3.0, 3.0, 3.0]);
    let hidden = Images::new([1, 2, 2, 2], vec![1.0, 0.5, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    for fill in FILLS {
        let filled = fill(&image, &hidden, [0.0, 10.0]).unwrap();
        assert_eq!(filled.data(), [5.0, 5.0, 5.0, 5.0, 3.0, 3.0, 3.0, 3.0]);
    }
}

#[test]
fn the_middle_between_two_known_pixels_is_their_mean() {
    let image = Images::new([1, 1, 1, 5], vec![0.0, 9.0, 9.0, 9.0, 0.8]);
    let hidden = Images::new([1, 1, 1, 5], vec![0.0, 1.0, 1.0, 1.0, 0.0]);
    let nearest = nearest_fill(&image, &hidden, RANGE).unwrap();
    assert_eq!(nearest.data(), [0.0, 0.0, 0.4, 0.8, 0.8]);
    let harmonic = harmonic_fill(&image, &hidden, RANGE).unwrap();
    for (found, wanted) in harmonic.data().iter().zip([0.0, 0.2, 0.4, 0.6, 0.8]) {
        near(f64::from(*found), wanted, 1e-6);
    }
}

#[test]
fn a_large_hole_is_solved_closely() {
    // x² - y² is harmonic, also on a grid.
    let side = 48;
    let image = plane(side, |y, x| (x as f64 / 47.0).powi(2) - (y as f64 / 47.0).powi(2));
    let hole = mask(side, |y, x| [y, x].iter().all(|place| (1..side - 1).contains(place)));
    let error = hidden_error(&image, &harmonic_fill(&image, &hole, RANGE).unwrap(), &hole, RANGE).unwrap();
    assert!(error.mean_absolute < 1e-6, "{error:?}");
}

/// Images of one plane, with a mask that leaves at least one pixel known.
fn images_and_masks() -> impl Strategy<Value = [Images; 2]> {
    (1usize..12, 1usize..12).prop_flat_map(|(height, width)| {
        let count = height * width;
        let values = prop::collection::vec(-1.0f32..1.0, count);
        let hidden = prop::collection::vec(prop::bool::weighted(0.6), count);
        (values, hidden, 0..count).prop_map(move |(values, mut hidden, known)| {
            hidden[known] = false;
            let mask = hidden.into_iter().map(f32::from).collect();
            [Images::new([1, 1, height, width], values), Images::new([1, 1, height, width], mask)]
        })
    })
}

proptest! {
    #[test]
    fn known_pixels_stay_and_hidden_ones_do_not_tell([image, mask] in images_and_masks()) {
        let mut other = image.clone();
        for (value, hidden) in other.data_mut().iter_mut().zip(mask.data()) {
            *value = if *hidden > 0.0 { 9.0 } else { *value };
        }
        for fill in FILLS {
            let filled = fill(&image, &mask, RANGE).unwrap();
            prop_assert_eq!(&filled, &fill(&other, &mask, RANGE).unwrap());
            for ((filled, value), hidden) in filled.data().iter().zip(image.data()).zip(mask.data()) {
                prop_assert!(*hidden > 0.0 || filled == value);
                prop_assert!((-1.0..=1.0).contains(filled));
            }
        }
    }

    #[test]
    fn a_constant_image_is_filled_exactly([image, mask] in images_and_masks(), level in -1.0f32..1.0) {
        let flat = Images::new(image.shape(), vec![level; image.data().len()]);
        for fill in FILLS {
            prop_assert_eq!(&fill(&flat, &mask, RANGE).unwrap(), &flat);
        }
    }

    #[test]
    fn harmonic_pixels_are_the_mean_of_their_neighbours([image, mask] in images_and_masks()) {
        let [_, _, height, width] = image.shape();
        let filled = harmonic_fill(&image, &mask, RANGE).unwrap();
        for at in (0..height * width).filter(|&at| mask.data()[at] > 0.0) {
            let (row, column) = (at / width, at % width);
            let around = [(row.wrapping_sub(1), column), (row + 1, column), (row, column.wrapping_sub(1)), (row, column + 1)];
            let around: Vec<f32> = around
                .into_iter()
                .filter(|&(row, column)| row < height && column < width)
                .map(|(row, column)| filled.data()[row * width + column])
                .collect();
            let mean = around.iter().sum::<f32>() / around.len() as f32;
            prop_assert!((filled.data()[at] - mean).abs() < 1e-5);
        }
    }

    #[test]
    fn a_ramp_is_filled_where_the_edges_are_known(side in 3usize..16, down in -0.5..0.5, right in -0.5..0.5) {
        let ramp = plane(side, |y, x| (down * y as f64 + right * x as f64) / side as f64);
        let inside = mask(side, |y, x| [y, x].iter().all(|place| (1..side - 1).contains(place)));
        let error = hidden_error(&ramp, &harmonic_fill(&ramp, &inside, RANGE).unwrap(), &inside, RANGE).unwrap();
        prop_assert!(error.mean_absolute < 1e-6);
    }

    #[test]
    fn the_nearest_pixels_are_found([image, mask] in images_and_masks()) {
        let [_, _, height, width] = image.shape();
        let filled = nearest_fill(&image, &mask, RANGE).unwrap();
        for at in (0..height * width).filter(|&at| mask.data()[at] > 0.0) {
            let distance = |other: usize| {
                (other / width).abs_diff(at / width).pow(2) + (other % width).abs_diff(at % width).pow(2)
            };
            let known = || (0..height * width).filter(|&other| mask.data()[other] == 0.0);
            let least = known().map(distance).min().unwrap();
            let tied: Vec<f32> = known().filter(|&other| distance(other) == least).map(|at| image.data()[at]).collect();
            let mean = tied.iter().sum::<f32>() / tied.len() as f32;
            prop_assert!((filled.data()[at] - mean).abs() < 1e-6);
        }
    }

    #[test]
    fn the_error_is_zero_for_equal_images_alone([image, mask] in images_and_masks(), at: prop::sample::Index) {
        let hidden: Vec<usize> = (0..mask.data().len()).filter(|&at| mask.data()[at] > 0.0).collect();
        prop_assume!(!hidden.is_empty());
        let same = hidden_error(&image, &image, &mask, RANGE).unwrap();
        prop_assert!(same.mean_absolute == 0.0 && same.psnr == f64::INFINITY);
        let mut other = image.clone();
        other.data_mut()[*at.get(&hidden)] += 0.01;
        let error = hidden_error(&image, &other, &mask, RANGE).unwrap();
        prop_assert!(error.mean_absolute > 0.0 && error.psnr.is_finite());
    }
}
