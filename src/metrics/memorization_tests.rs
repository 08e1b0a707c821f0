use super::super::fixtures_tests::{features, near, noise};
use super::*;

const SHORT: MemorizationTest = MemorizationTest { statistic: NearestStatistic::Mean, permutations: 999, seed: 3 };
const MEDIAN: MemorizationTest = MemorizationTest { statistic: NearestStatistic::Median, ..SHORT };

fn line(places: &[f32]) -> Features {
    features(&places.iter().map(|&place| vec![place]).collect::<Vec<_>>())
}

/// Training images with a little noise on them.
fn jittered(training: &Features, deviation: f32) -> Features {
    let noise = noise(training.rows(), training.width(), 77, 0.0);
    let values = training.values().iter().zip(noise.values()).map(|(value, noise)| value + deviation * noise);
    Features::new("test", training.width(), values.collect()).unwrap()
}

#[test]
fn typical_distances_are_worked_by_hand() {
    // Distances 1, 2, 4 of the synthesized and 8, 8 of the held-out images.
    let (training, synthesized, held_out) = (line(&[0.0]), line(&[1.0, -2.0, 4.0]), line(&[8.0, -8.0]));
    for test in [SHORT, MEDIAN] {
        let found = test.test(&synthesized, &held_out, &training).unwrap();
        near(found.synthesized, 2.0, 1e-12);
        near(found.held_out, 8.0, 1e-12);
        near(found.ratio, 0.25, 1e-12);
        assert_eq!((found.copies, found.features.as_str()), (0, "test"));
    }
    // Of the 10 deals of five distances only the one at hand is as extreme: its own share, up to chance.
    let found = SHORT.test(&synthesized, &held_out, &training).unwrap();
    assert!((found.p_value - 0.1).abs() < 0.03, "{}", found.p_value);
}

#[test]
fn jittered_copies_are_found_and_fresh_images_are_not() {
    let (training, held_out, fresh) = (noise(60, 6, 1, 0.0), noise(40, 6, 2, 0.0), noise(40, 6, 3, 0.0));
    for test in [SHORT, MEDIAN] {
        let copied = test.test(&jittered(&training, 0.1), &held_out, &training).unwrap();
        assert_eq!(copied.p_value, 1.0 / 1000.0);
        assert!(copied.ratio < 0.3, "{copied:?}");
        let fresh = test.test(&fresh, &held_out, &training).unwrap();
        assert!(fresh.p_value > 0.01 && (fresh.ratio - 1.0).abs() < 0.3, "{fresh:?}");
        let far = test.test(&noise(40, 6, 3, 5.0), &held_out, &training).unwrap();
        assert!(far.p_value > 0.99 && far.ratio > 1.5, "{far:?}");
    }
}

#[test]
fn exact_copies_are_counted_and_have_a_finite_effect() {
    let (training, held_out) = (noise(30, 4, 1, 0.0), noise(30, 4, 2, 0.0));
    let all = SHORT.test(&training, &held_out, &training).unwrap();
    assert_eq!((all.copies, all.p_value), (30, 1.0 / 1000.0));
    assert!(all.ratio > 0.0 && all.ratio < 0.01, "{all:?}");
    let few = Features::new("test", 4, [training.row(0), noise(29, 4, 3, 0.0).values()].concat()).unwrap();
    assert_eq!(SHORT.test(&few, &held_out, &training).unwrap().copies, 1);
}

#[test]
fn by_chance_small_p_values_are_as_rare_as_they_say() {
    let short = MemorizationTest { permutations: 99, ..SHORT };
    for test in [short, MemorizationTest { statistic: NearestStatistic::Median, ..short }] {
        let p_value = |seed: u64| {
            let [training, held_out, synthesized] = [0, 1, 2].map(|set| noise(20, 3, 3 * seed + set, 0.0));
            test.test(&synthesized, &held_out, &training).unwrap().p_value
        };
        let found: Vec<f64> = (0..400).map(p_value).collect();
        // 400 trials of a chance of 0.1 or 0.5: four standard deviations are 24 and 40.
        let below = |level: f64| found.iter().filter(|&&p| p <= level).count();
        assert!((16..=64).contains(&below(0.1)), "{}", below(0.1));
        assert!((160..=240).contains(&below(0.5)), "{}", below(0.5));
    }
}

#[test]
fn equal_distances_are_no_evidence() {
    let found = SHORT.test(&line(&[1.0, -1.0, 1.0]), &line(&[-1.0, 1.0]), &line(&[0.0])).unwrap();
    assert_eq!((found.p_value, found.ratio), (1.0, 1.0));
}

#[test]
fn the_seed_names_the_deals() {
    let [training, held_out, synthesized] = [1, 2, 3].map(|seed| noise(15, 3, seed, 0.0));
    let p_value =
        |seed: u64| MemorizationTest { seed, ..SHORT }.test(&synthesized, &held_out, &training).unwrap().p_value;
    assert_eq!(p_value(1), p_value(1));
    assert!((1..9).any(|seed| p_value(seed) != p_value(0)));
}

#[test]
fn what_cannot_be_tested_is_an_error() {
    let (one, two) = (line(&[1.0]), line(&[1.0, 2.0]));
    assert_eq!(SHORT.test(&one, &two, &two), Err(MetricError::TooFew { found: 1, needed: 2 }));
    assert!(matches!(SHORT.test(&two, &two, &two), Err(MetricError::NoVariance { .. })));
    let none = MemorizationTest { permutations: 0, ..SHORT };
    assert!(matches!(none.test(&two, &two, &one), Err(MetricError::Settings(_))));
    let other = noise(5, 2, 1, 0.0);
    assert!(matches!(SHORT.test(&two, &other, &one), Err(MetricError::FeatureWidths { .. })));
}
