//! Hamiltonian Monte Carlo and MALA keep the model's distribution, for any step size, in a box and under a mask.

use crate::chains::{
    GAUSSIAN, assert_density, constant, convolution, ended, flat, hamiltonian, kernel, key, langevin, lively, mala,
    moment, prepared, random, sampled, variance,
};
use emberlab::compute::{Activation, Images, PreparedNetwork, Statistics};
use emberlab::model::{LayerSpec, Reference};
use emberlab::sampling::{Kernel, Rule, Walk, masks};

/// Mean, variance and kurtosis within five standard errors of so many independent draws.
fn assert_normal(values: &[f32], independent: usize, deviation: f64) {
    let error = 5.0 / (independent as f64).sqrt();
    let [mean, square, fourth] = [1, 2, 4].map(|power| moment(values, power) / deviation.powi(power));
    assert!(mean.abs() < error, "mean {mean:.4}, at most {error:.4}");
    assert!((square - 1.0).abs() < error * 2f64.sqrt(), "variance {square:.4}");
    assert!((fourth - 3.0).abs() < error * 96f64.sqrt(), "fourth moment {fourth:.4}");
}

#[test]
fn trajectories_keep_a_gaussian() {
    let mut network = flat(3, 2);
    let kernel = Kernel { reference: Reference::Gaussian { sigma: 2.0 }, ..hamiltonian(1.0, 3) };
    // Ten steps apart, states are as good as independent.
    let (values, report) = sampled(&mut *network, &kernel, &constant([300, 3, 2, 2], 5.0), None, [200, 20]);
    assert_normal(&values[3600..], values.len() - 3600, 2.0);
    assert!(report.acceptance.unwrap() > 0.8, "{report:?}");
}

#[test]
fn the_adjusted_step_is_exact_where_the_plain_one_is_biased() {
    let mut network = flat(3, 2);
    let start = constant([300, 3, 2, 2], 0.5);
    let (adjusted, _) = sampled(&mut *network, &mala(1.0), &start, None, [400, 40]);
    assert_normal(&adjusted[3600..], (adjusted.len() - 3600) / 2, 1.0);
    // Of Y ← (1 - δ²/2) Y + δ U the variance is 1 / (1 - δ²/4).
    let (plain, _) = sampled(&mut *network, &langevin(1.0), &start, None, [400, 40]);
    let found = variance(&plain[3600..]);
    assert!((found - 4.0 / 3.0).abs() < 0.05, "unadjusted: {found:.4}");
}

#[test]
fn acceptance_falls_with_the_step_size() {
    let mut network = lively(4, 1);
    let acceptance = |delta: f32, network: &mut dyn PreparedNetwork| {
        let (_, report) = sampled(network, &mala(delta), &random([32, 3, 4, 4]), None, [60, 60]);
        report.acceptance.unwrap()
    };
    let found = [0.02, 0.4, 0.8, 1.6].map(|delta| acceptance(delta, &mut *network));
    assert!(found[0] > 0.99, "{found:?}");
    assert!(found.windows(2).all(|pair| pair[0] > pair[1] + 0.02), "{found:?}");
}

#[test]
fn walls_keep_the_uniform_distribution() {
    let mut network = flat(1, 2);
    let walls = [-1.0, 2.0];
    // Steps of several times the box's width bounce more than once.
    for step_size in [0.3, 7.0] {
        let rule = Rule::Hamiltonian { step_size, leapfrog: 2 };
        let kernel = kernel(rule, Some(walls), Reference::Uniform);
        let (values, report) = sampled(&mut *network, &kernel, &constant([250, 1, 2, 2], 1.9), None, [400, 40]);
        assert_density(&values[1000..], walls.map(f64::from), 12, |_| 1.0);
        assert_eq!(report.acceptance, Some(1.0), "free flight keeps the energy");
    }
}

#[test]
fn walls_keep_a_density_that_leans_on_them() {
    let mut network = flat(1, 2);
    let walls = [-0.5, 1.5];
    let kernel = kernel(Rule::Hamiltonian { step_size: 0.9, leapfrog: 2 }, Some(walls), GAUSSIAN);
    let (values, report) = sampled(&mut *network, &kernel, &constant([250, 1, 2, 2], 7.0), None, [400, 20]);
    assert_density(&values[1000..], walls.map(f64::from), 12, |y| (-y * y / 2.0).exp());
    assert!(report.acceptance.unwrap() < 1.0 && report.clamped < 0.01, "{report:?}");
}

#[test]
fn chains_follow_the_density_of_a_network() {
    let layers = vec![convolution(8, 1), LayerSpec::Activation(Activation::Silu)];
    let mut network = prepared(layers, [1, 1], 1, |_, values| values.iter_mut().for_each(|value| *value *= 4.0));
    let reference = Reference::Gaussian { sigma: 1.5 };
    let bounds = [-7.0, 9.0];
    // The density on a fine grid, by the network's score alone.
    let grid: Vec<f32> = (0..16_000).map(|i| bounds[0] as f32 + i as f32 * 1e-3).collect();
    let points = Images::new([grid.len(), 1, 1, 1], grid);
    let score = network.score(&points, Statistics::Frozen).unwrap();
    let energy: Vec<f64> = reference.energies(&points, &score).into_iter().map(f64::from).collect();
    let least = energy.iter().copied().fold(f64::INFINITY, f64::min);
    let density = |y: f64| (least - energy[(((y - bounds[0]) * 1e3).round() as usize).min(15_999)]).exp();
    for kernel in [mala(1.2), hamiltonian(0.8, 3)] {
        let kernel = Kernel { reference, ..kernel };
        let (values, report) = sampled(&mut *network, &kernel, &constant([600, 1, 1, 1], 0.0), None, [700, 100]);
        assert_density(&values[600..], bounds, 64, density);
        assert!((0.3..0.999).contains(&report.acceptance.unwrap()), "{report:?}");
    }
}

#[test]
fn known_values_never_move() {
    let mut network = lively(4, 1);
    let start = random([6, 3, 4, 4]);
    let mask = masks::pepper(start.shape(), 0.5, key(0));
    for clamp in [None, Some([-0.5, 0.5])] {
        let kernel = Kernel { clamp, ..hamiltonian(0.3, 3) };
        let (values, report) = sampled(&mut *network, &kernel, &start, Some(&mask), [20, 20]);
        assert!(report.acceptance.unwrap() > 0.3);
        let mut moved = 0;
        for ((&value, &start), &free) in values.iter().zip(start.data()).zip(mask.data()) {
            match free {
                0.0 => assert_eq!(value.to_bits(), start.to_bits()),
                _ => moved += usize::from(value != start),
            }
            assert!(free == 0.0 || clamp.is_none_or(|[low, high]| (low..=high).contains(&value)));
        }
        assert!(moved > 130, "of 144 free values {moved} moved");
    }
}

#[test]
fn free_values_have_the_distribution_that_known_ones_leave() {
    // Over a flat score values are independent, so the free ones stay Gaussian.
    let mut network = flat(1, 4);
    let mask = masks::square([200, 1, 4, 4], 0.5, key(0));
    let (values, _) =
        sampled(&mut *network, &hamiltonian(0.7, 3), &constant([200, 1, 4, 4], 3.0), Some(&mask), [100, 20]);
    let free: Vec<f32> =
        values[3200..].iter().zip(mask.data().iter().cycle()).filter(|(_, m)| **m == 1.0).map(|(&y, _)| y).collect();
    assert_eq!(free.len(), 4 * 800);
    assert_normal(&free, free.len(), 1.0);
}

#[test]
fn a_proposal_without_finite_energy_is_rejected() {
    let mut network = lively(4, 1);
    let start = random([5, 3, 4, 4]);
    let (values, report) = sampled(&mut *network, &hamiltonian(1e30, 4), &start, None, [5, 5]);
    assert_eq!((values, report.acceptance), (start.into_data(), Some(0.0)));
}

#[test]
fn a_start_that_is_not_finite_is_told_of_and_alone() {
    let mut network = lively(4, 1);
    let start = random([5, 3, 4, 4]);
    let sound = ended(&mut *network, &hamiltonian(0.2, 2), &start, 5);
    let mut broken = start.clone();
    broken.image_mut(2)[7] = f32::NAN;
    let mut walk = Walk::begin(&hamiltonian(0.2, 2), &mut *network, &broken, None).unwrap();
    for step in 0..5 {
        walk.step(&mut *network, Statistics::Frozen, &hamiltonian(0.2, 2), step, key(step)).unwrap();
    }
    assert!(!walk.report(&mut *network).unwrap().finite);
    let state = walk.state(&mut *network).unwrap();
    for index in [0, 1, 3, 4] {
        assert_eq!(state.image(index), &sound[index * 48..][..48], "image {index}");
    }
}
