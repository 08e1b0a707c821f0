use super::*;

const KEY: NoiseKey = NoiseKey { seed: 11, purpose: Purpose::Probe, iteration: 0, grid: 3, step: 0 };

fn densities() -> Vec<Box<dyn Density>> {
    let mixture = |spec| Box::new(Mixture::new(spec).unwrap()) as Box<dyn Density>;
    let texture = |spec| Box::new(Texture::new(spec).unwrap()) as Box<dyn Density>;
    let near = MixtureSpec { modes: 3, radius: 0.8, spread: 0.5, noise: 0.4, ..MixtureSpec::new(5, 3) };
    vec![
        mixture(near),
        mixture(MixtureSpec::new(4, 1)),
        texture(TextureSpec::new(6, 1)),
        texture(TextureSpec { exponent: 0.7, ..TextureSpec::new(5, 3) }),
    ]
}

#[test]
fn the_score_is_the_slope_of_the_log_density() {
    for density in densities() {
        let drawn = density.sample(KEY, 3);
        for image in (0..3).map(|index| drawn.image(index)) {
            let mut score = vec![0.0; image.len()];
            density.score(image, &mut score);
            let size = score.iter().map(|value| value.abs()).fold(1.0f32, f32::max);
            for at in 0..image.len() {
                // A power of two large enough that single precision moves by exactly twice as much.
                let moved = |by: f32| {
                    let mut image = image.to_vec();
                    image[at] += by;
                    (f64::from(image[at]), density.log_density(&image))
                };
                let ((low, below), (high, above)) = (moved(-1.0 / 1024.0), moved(1.0 / 1024.0));
                let slope = (above - below) / (high - low);
                assert!((slope - f64::from(score[at])).abs() < 2e-4 * f64::from(size), "{slope} {}", score[at]);
            }
        }
    }
}

#[test]
fn draws_are_a_function_of_key_and_number() {
    for density in densities() {
        let [many, few] = [9, 4].map(|count| density.sample(KEY, count));
        assert_eq!(many.data()[..few.data().len()], *few.data());
        assert_ne!(many.image(0), many.image(1));
        let other = density.sample(NoiseKey { grid: 4, ..KEY }, 1);
        assert_ne!(many.image(0), other.image(0));
    }
}

/// The sum of p over a grid of 2 × 2 images, times the volume of a cell.
fn integral(density: &dyn Density, reach: f64, step: f64) -> f64 {
    let points = (2.0 * reach / step) as usize + 1;
    let value = |index: usize| (index as f64 * step - reach) as f32;
    let cells = (0..points.pow(4)).map(|cell| {
        let image = [0, 1, 2, 3].map(|axis| value(cell / points.pow(axis) % points));
        density.log_density(&image).exp()
    });
    cells.sum::<f64>() * step.powi(4)
}

#[test]
fn densities_integrate_to_one() {
    let near = MixtureSpec { modes: 3, radius: 0.8, spread: 0.5, noise: 0.5, ..MixtureSpec::new(2, 1) };
    let mixture = integral(&Mixture::new(near).unwrap(), 4.5, 0.5);
    assert!((mixture - 1.0).abs() < 1e-4, "{mixture}");
    let mild = TextureSpec { exponent: 1.0, deviation: 0.8, ..TextureSpec::new(2, 1) };
    let texture = integral(&Texture::new(mild).unwrap(), 5.0, 0.5);
    assert!((texture - 1.0).abs() < 1e-4, "{texture}");
}

/// ln N(y; 0, C) by a Cholesky factor of C, `[d, d]`.
fn gaussian(y: &[f64], covariance: &[Vec<f64>]) -> f64 {
    let d = y.len();
    let mut factor = vec![vec![0.0; d]; d];
    let mut total = 0.0;
    let mut white = vec![0.0; d];
    for row in 0..d {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| factor[row][k] * factor[column][k]).sum();
            let rest = covariance[row][column] - known;
            factor[row][column] = if row == column { rest.sqrt() } else { rest / factor[column][column] };
        }
        let known: f64 = (0..row).map(|k| factor[row][k] * white[k]).sum();
        white[row] = (y[row] - known) / factor[row][row];
        total -= 0.5 * white[row] * white[row] + (factor[row][row] * std::f64::consts::TAU.sqrt()).ln();
    }
    total
}

fn doubles(image: &[f32]) -> Vec<f64> {
    image.iter().map(|&value| f64::from(value)).collect()
}

#[test]
fn a_textures_density_is_that_of_its_covariance_matrix() {
    for side in [4, 5] {
        let texture = Texture::new(TextureSpec { exponent: 1.3, ..TextureSpec::new(side, 1) }).unwrap();
        let lag = |a: usize, b: usize| (a as i64) - (b as i64);
        let entry = |a: usize, b: usize| texture.covariance([lag(a % side, b % side), lag(a / side, b / side)]);
        let pixels = side * side;
        let covariance: Vec<Vec<f64>> = (0..pixels).map(|a| (0..pixels).map(|b| entry(a, b)).collect()).collect();
        assert!((covariance[3][3] - 0.09).abs() < 1e-12);
        for index in 0..3 {
            let image = texture.sample(KEY, 3).image(index).to_vec();
            let expected = gaussian(&doubles(&image), &covariance);
            assert!((texture.log_density(&image) - expected).abs() < 1e-7, "{expected}");
        }
    }
}

#[test]
fn a_mixtures_density_is_that_of_its_gaussians() {
    let spec = MixtureSpec { modes: 5, radius: 0.8, spread: 0.5, noise: 0.4, ..MixtureSpec::new(3, 3) };
    let mixture = Mixture::new(spec).unwrap();
    let wave = |at: usize| (std::f64::consts::PI * (at as f64 + 0.5) / 3.0).cos() * 2f64.sqrt() / (3.0 * 3f64.sqrt());
    let patterns: Vec<[f64; 2]> = (0..27).map(|at| [wave(at % 3), wave(at / 3 % 3)]).collect();
    let entry = |a: usize, b: usize| {
        let plane = patterns[a][0] * patterns[b][0] + patterns[a][1] * patterns[b][1];
        0.25 * plane + if a == b { 0.16 } else { 0.0 }
    };
    let covariance: Vec<Vec<f64>> = (0..27).map(|a| (0..27).map(|b| entry(a, b)).collect()).collect();
    let image = mixture.sample(KEY, 1).into_data();
    let around = |mean: &[f64; 2]| -> Vec<f64> {
        let centre = |pattern: &[f64; 2]| pattern[0] * mean[0] + pattern[1] * mean[1];
        doubles(&image).iter().zip(&patterns).map(|(value, pattern)| value - centre(pattern)).collect()
    };
    let sum: f64 = mixture.means().iter().map(|mean| gaussian(&around(mean), &covariance).exp()).sum();
    assert!((mixture.log_density(&image) - (sum / 5.0).ln()).abs() < 1e-9);
}

/// E[y · ∇ ln p(y)] = −d for any density on d dimensions (Stein).
#[test]
fn draws_and_score_obey_steins_identity() {
    for density in densities() {
        let count = 3000;
        let drawn = density.sample(KEY, count);
        let dimensions = drawn.image_len() as f64;
        let mut score = vec![0.0; drawn.image_len()];
        let mut products = Vec::new();
        for image in (0..count).map(|index| drawn.image(index)) {
            density.score(image, &mut score);
            products.push(image.iter().zip(&score).map(|(&y, &s)| f64::from(y) * f64::from(s)).sum::<f64>());
        }
        let mean = products.iter().sum::<f64>() / count as f64;
        let variance = products.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
        let error = (variance / count as f64).sqrt();
        assert!((mean + dimensions).abs() < 4.5 * error, "{mean} ± {error} for {dimensions}");
    }
}

#[test]
fn a_textures_draws_have_its_covariance() {
    let texture = Texture::new(TextureSpec::new(8, 3)).unwrap();
    let (count, side) = (1500, 8usize);
    let drawn = texture.sample(KEY, count);
    for lag in [[0, 0], [1, 0], [0, 1], [2, 3], [-1, 1], [4, 4]] {
        let shifted = |at: usize| {
            let (x, y) = ((at % side) as i64 + lag[0], (at / side) as i64 + lag[1]);
            (y.rem_euclid(8) * 8 + x.rem_euclid(8)) as usize
        };
        let per_image: Vec<f64> = (0..count * 3)
            .map(|plane| {
                let values = &drawn.data()[plane * 64..][..64];
                (0..64).map(|at| f64::from(values[at]) * f64::from(values[shifted(at)])).sum::<f64>() / 64.0
            })
            .collect();
        let mean = per_image.iter().sum::<f64>() / per_image.len() as f64;
        let variance = per_image.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / per_image.len() as f64;
        let error = (variance / per_image.len() as f64).sqrt();
        assert!((mean - texture.covariance(lag)).abs() < 4.5 * error, "lag {lag:?}: {mean} ± {error}");
    }
    let between: f64 = (0..count).map(|index| f64::from(drawn.image(index)[5] * drawn.image(index)[64 + 5])).sum();
    assert!((between / count as f64).abs() < 4.5 * 0.09 / (count as f64).sqrt());
}

#[test]
fn a_mixtures_draws_fall_on_its_modes_in_equal_shares() {
    let mixture = Mixture::new(MixtureSpec::new(8, 3)).unwrap();
    let (count, spec) = (4000, mixture.spec());
    let drawn = mixture.sample(KEY, count);
    let mut shares = vec![0.0f64; spec.modes];
    let mut spread = 0.0;
    for image in (0..count).map(|index| drawn.image(index)) {
        let (mode, x) = (mixture.mode(image), mixture.coordinates(image));
        shares[mode] += 1.0;
        spread += (x[0] - mixture.means()[mode][0]).powi(2) + (x[1] - mixture.means()[mode][1]).powi(2);
    }
    let expected = count as f64 / spec.modes as f64;
    for share in shares {
        assert!((share - expected).abs() < 4.5 * expected.sqrt(), "{share} of {expected}");
    }
    // The squared distance is exponential with mean 2(σ² + τ²), and so is its deviation.
    let true_spread = 2.0 * (spec.spread.powi(2) + spec.noise.powi(2));
    let error = true_spread / (count as f64).sqrt();
    assert!((spread / count as f64 - true_spread).abs() < 4.5 * error);
    assert!(drawn.data().iter().filter(|value| value.abs() > 1.0).count() < drawn.data().len() / 1000);
}

#[test]
fn modes_are_tall_where_images_lie() {
    let mixture = Mixture::new(MixtureSpec::new(8, 1)).unwrap();
    let mean = mixture.means()[0];
    let wave = |at: usize| (std::f64::consts::PI * ((at % 8) as f64 + 0.5) / 8.0).cos() * 2f64.sqrt() / 8.0;
    let centre: Vec<f32> = (0..64).map(|at| (mean[0] * wave(at)) as f32).collect();
    assert_eq!(mixture.mode(&centre), 0);
    let mut score = vec![1.0; 64];
    mixture.score(&centre, &mut score);
    assert!(score.iter().all(|value| value.abs() < 1e-3), "the top of a mode is flat");
    assert!(mixture.log_density(&centre) > mixture.log_density(&[0.0; 64]) + 10.0);
}

fn collect(source: &dyn Source) -> Vec<Record> {
    let mut records = Vec::new();
    source
        .records(&mut |found| {
            records.push(found.unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    records
}

#[test]
fn a_source_hands_out_rounded_draws_with_labels_and_parts() {
    let mixture = Mixture::new(MixtureSpec::new(6, 3)).unwrap();
    let source = Procedural::new(Box::new(mixture.clone()), 600, 0.25, 5).unwrap();
    assert_eq!((source.count(), source.classes().len(), source.files().len()), (Some(600), 8, 0));
    assert_eq!(source.classes()[3], "mode 3");
    let records = collect(&source);
    let drawn = mixture.sample(source.key(IMAGES), 600);
    for (index, record) in records.iter().enumerate() {
        let image = drawn.image(index);
        assert_eq!(record.label, Some(mixture.mode(image) as u32));
        let Content::Pixels(raw) = &record.content else { panic!("encoded") };
        assert_eq!((raw.width, raw.height, raw.channels, raw.data.len()), (6, 6, 3, 108));
        for (at, &byte) in raw.data.iter().enumerate() {
            let truth = image[at % 3 * 36 + at / 3].clamp(-1.0, 1.0);
            assert!((f32::from(byte) / 127.5 - 1.0 - truth).abs() <= 1.0 / 255.0 + 1e-6);
        }
    }
    let held_out = records.iter().filter(|record| record.part == Some(Part::HeldOut)).count();
    assert!((100..200).contains(&held_out), "{held_out} of 600");
    assert_eq!(records[0].part, Some(Part::Training));
    let names: std::collections::BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names.len(), 600);
}

#[test]
fn more_images_of_a_source_begin_with_the_same_ones() {
    let source = |count, seed| {
        let texture = Texture::new(TextureSpec::new(4, 1)).unwrap();
        collect(&Procedural::new(Box::new(texture), count, 0.3, seed).unwrap())
    };
    assert_eq!(source(20, 1)[..8], source(8, 1)[..]);
    assert_ne!(source(8, 1), source(8, 2));
    assert!(source(8, 1).iter().all(|record| record.label.is_none()));
}

#[test]
fn a_source_stops_when_told() {
    let texture = Texture::new(TextureSpec::new(4, 1)).unwrap();
    let source = Procedural::new(Box::new(texture), 1000, 0.0, 1).unwrap();
    let mut seen = 0;
    source
        .records(&mut |_| {
            seen += 1;
            if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(seen, 3);
}

#[test]
fn settings_out_of_range_are_named() {
    let (mixture, texture) = (MixtureSpec::new(8, 3), TextureSpec::new(8, 3));
    let refused = |outcome: Result<(), DataError>, name: &str| {
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("must be"), "{message}");
    };
    let made = |spec| Mixture::new(spec).map(drop);
    refused(made(MixtureSpec { side: 1, ..mixture }), "side is 1");
    refused(made(MixtureSpec { channels: 2, ..mixture }), "channels is 2");
    refused(made(MixtureSpec { modes: 0, ..mixture }), "modes is 0");
    refused(made(MixtureSpec { radius: f64::NAN, ..mixture }), "radius is NaN");
    refused(made(MixtureSpec { noise: 0.0, ..mixture }), "noise is 0");
    let made = |spec| Texture::new(spec).map(drop);
    refused(made(TextureSpec { side: 257, ..texture }), "side is 257");
    refused(made(TextureSpec { corner: 0.0, ..texture }), "corner is 0");
    refused(made(TextureSpec { exponent: -1.0, ..texture }), "exponent is -1");
    refused(made(TextureSpec { deviation: f64::INFINITY, ..texture }), "deviation is inf");
    let share = |held_out| {
        let density = Box::new(Texture::new(texture).unwrap());
        Procedural::new(density, 10, held_out, 1).map(drop)
    };
    refused(share(1.0), "held_out is 1");
    refused(share(-0.1), "held_out is -0.1");
}
