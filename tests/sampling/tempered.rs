//! Parallel tempering: Langevin at one temperature; more of them cross barriers that one does not.

use crate::chains::{
    GAUSSIAN, constant, ended, flat, kernel, langevin, lively, moment, random, sampled, tempered, two_wells, variance,
};
use emberlab::model::Reference;
use emberlab::sampling::{Kernel, Rule, masks};

#[test]
fn one_replica_is_a_langevin_chain() {
    let mut network = lively(4, 1);
    let start = random([6, 3, 4, 4]);
    let mask = masks::square(start.shape(), 0.5, crate::chains::key(0));
    for (gradient_limit, clamp, mask) in [(None, None, None), (Some(0.3), Some([-0.6, 0.6]), Some(&mask))] {
        // √(2c) with c = 0.02
        let plain = Rule::Langevin { drift: 0.02, noise: 0.04f32.sqrt(), gradient_limit };
        let replica = Rule::Tempered { drift: 0.02, gradient_limit, temperatures: vec![1.0], exchange_every: 1 };
        let [plain, replica] =
            [plain, replica].map(|rule| sampled(&mut *network, &kernel(rule, clamp, GAUSSIAN), &start, mask, [12, 12]));
        assert_eq!(plain, replica);
    }
}

#[test]
fn each_temperature_has_its_variance_and_the_coldest_is_given() {
    let mut network = flat(1, 2);
    let start = constant([250, 1, 2, 2], 0.0);
    let (cold, report) = sampled(&mut *network, &tempered(0.3, &[1.0, 1.5, 2.5], 5), &start, None, [500, 50]);
    let found = variance(&cold[2000..]);
    // 1 / (1 - δ²/4), and about 8000 independent values.
    assert!((found - 1.023).abs() < 0.08, "{found:.4}");
    assert!((0.05..0.95).contains(&report.acceptance.unwrap()), "{report:?}");
    let (warm, _) = sampled(&mut *network, &tempered(0.3, &[2.0, 3.0], 5), &start, None, [500, 50]);
    assert!((variance(&warm[2000..]) - 2.046).abs() < 0.16);
}

#[test]
fn closer_temperatures_exchange_more() {
    let mut network = flat(1, 4);
    let mut acceptance = |temperatures: &[f32]| {
        let start = random([60, 1, 4, 4]);
        sampled(&mut *network, &tempered(0.5, temperatures, 2), &start, None, [200, 200]).1.acceptance.unwrap()
    };
    let found = [&[1.0, 1.2][..], &[1.0, 2.0], &[1.0, 4.0]].map(&mut acceptance);
    assert!(found[0] < 1.0 && found[2] > 0.0, "{found:?}");
    assert!(found.windows(2).all(|pair| pair[0] > pair[1] + 0.05), "{found:?}");
}

#[test]
fn it_crosses_a_barrier_that_plain_langevin_does_not() {
    // E = y²/2 - 4.5|y|: wells at ±4.5, about ten units deep.
    let mut network = two_wells(4.5);
    let start = constant([100, 1, 1, 1], 4.5);
    let crossed = |values: &[f32]| values.iter().filter(|&&y| y < 0.0).count() as f64 / values.len() as f64;
    let plain = ended(&mut *network, &langevin(0.4), &start, 1500);
    assert!(crossed(&plain) < 0.05, "plain: {}", crossed(&plain));
    let ladder = [1.0, 1.8, 3.2, 5.6, 10.0];
    let (mixed, report) = sampled(&mut *network, &tempered(0.4, &ladder, 2), &start, None, [1500, 250]);
    let mixed = &mixed[200..];
    assert!((crossed(mixed) - 0.5).abs() < 0.15, "tempered: {}", crossed(mixed));
    // Within a well it is as cold as the model.
    let depth: Vec<f32> = mixed.iter().map(|y| y.abs()).collect();
    assert!((moment(&depth, 1) - 4.5).abs() < 0.25 && (variance(&depth) - 1.0).abs() < 0.3, "{depth:?}");
    assert!(report.acceptance.unwrap() > 0.2);
}

#[test]
fn temperatures_may_come_and_go() {
    let mut network = flat(1, 2);
    let start = constant([200, 1, 2, 2], 0.0);
    let ladders = [&[1.0][..], &[1.0, 2.0, 3.0], &[1.0, 1.5]].map(|ladder| tempered(0.4, ladder, 3));
    let mut walk = emberlab::sampling::Walk::begin(&ladders[0], &mut *network, &start, None).unwrap();
    for step in 0..300 {
        let kernel = &ladders[step / 100];
        walk.step(&mut *network, emberlab::compute::Statistics::Frozen, kernel, step, crate::chains::key(step))
            .unwrap();
    }
    let state = walk.state(&mut *network).unwrap();
    assert_eq!(state.shape(), start.shape());
    assert!((variance(state.data()) - 1.04).abs() < 0.25, "{}", variance(state.data()));
}

#[test]
fn replicas_stay_in_the_box() {
    let mut network = lively(4, 1);
    let kernel = Kernel { clamp: Some([-0.2, 0.2]), reference: Reference::Uniform, ..tempered(0.3, &[1.0, 5.0], 2) };
    let (values, report) = sampled(&mut *network, &kernel, &random([5, 3, 4, 4]), None, [20, 20]);
    assert!(values.iter().all(|y| (-0.2..=0.2).contains(y)));
    let edge = values.iter().filter(|y| y.abs() == 0.2).count() as f64 / values.len() as f64;
    assert!(edge > 0.1 && (report.clamped - edge).abs() < 1e-9, "{} and {edge}", report.clamped);
}
