//! Counter-based noise: standard normal, a function of its key and item alone, independent from key to key.

use emberlab::compute::{NoiseKey, Purpose};

fn draw(key: NoiseKey, item: u32) -> Vec<f32> {
    let mut values = vec![0.0; 20_000];
    key.normal(item, &mut values);
    values
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>() / a.len() as f64
}

#[test]
fn it_is_standard_normal() {
    let values = draw(NoiseKey::new(1, Purpose::Langevin), 0);
    let moment = |power: i32| values.iter().map(|&v| f64::from(v).powi(power)).sum::<f64>() / values.len() as f64;
    // Five standard errors of each moment.
    let bound = 5.0 / (values.len() as f64).sqrt();
    assert!(moment(1).abs() < bound);
    assert!((moment(2) - 1.0).abs() < bound * 2f64.sqrt());
    assert!(moment(3).abs() < bound * 15f64.sqrt());
    assert!((moment(4) - 3.0).abs() < bound * 96f64.sqrt());
    let beyond = |z: f32| values.iter().filter(|v| v.abs() > z).count() as f64 / values.len() as f64;
    assert!((beyond(1.0) - 0.3173).abs() < 0.017 && (beyond(2.0) - 0.0455).abs() < 0.008);
}

#[test]
fn every_part_of_the_key_names_another_stream() {
    let key = NoiseKey { seed: 1, purpose: Purpose::Langevin, iteration: 3, grid: 8, step: 2 };
    let base = draw(key, 4);
    let others = [
        draw(NoiseKey { seed: 2, ..key }, 4),
        draw(NoiseKey { seed: 1 << 40, ..key }, 4),
        draw(NoiseKey { purpose: Purpose::DataNoise, ..key }, 4),
        draw(NoiseKey { iteration: 4, ..key }, 4),
        draw(NoiseKey { iteration: 1 << 33, ..key }, 4),
        draw(NoiseKey { grid: 16, ..key }, 4),
        draw(NoiseKey { step: 3, ..key }, 4),
        draw(key, 5),
    ];
    assert_eq!(draw(key, 4), base, "the same key and item, the same noise");
    for other in &others {
        assert!(correlation(&base, other).abs() < 5.0 / (base.len() as f64).sqrt());
    }
    // Neighbours within a stream too.
    assert!(correlation(&base[1..], &base[..base.len() - 1]).abs() < 5.0 / (base.len() as f64).sqrt());
}

#[test]
fn a_shorter_draw_is_the_beginning_of_a_longer_one() {
    let key = NoiseKey::new(9, Purpose::Langevin);
    let mut short = vec![0.0; 37];
    key.normal(2, &mut short);
    assert_eq!(short, draw(key, 2)[..37]);
}

#[test]
fn orders_are_permutations() {
    let mut order = NoiseKey::new(3, Purpose::DataOrder).permutation(100);
    assert_ne!(order, (0..100).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}
