//! Walks: any kernel on the same chains, changed from step to step.

use crate::chains::{
    GAUSSIAN, constant, ended, flat, hamiltonian, kernel, key, langevin, lively, mala, random, sampled, tempered,
    variance,
};
use emberlab::compute::{
    ComputeError, Images, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork, Purpose, Statistics,
    StepReport,
};
use emberlab::model::Reference;
use emberlab::sampling::{Chain, Kernel, Rule, Walk, masks};

const SHAPE: [usize; 4] = [6, 3, 4, 4];

#[test]
fn a_langevin_walk_is_the_networks_own_chain() {
    let mut network = lively(4, 1);
    let start = random(SHAPE);
    let mask = masks::square(SHAPE, 0.5, key(0));
    let rule = Rule::Langevin { drift: 0.02, noise: 0.1, gradient_limit: Some(0.4) };
    let kernel = kernel(rule, Some([-1.0, 1.0]), GAUSSIAN);
    let (values, report) = sampled(&mut *network, &kernel, &start, Some(&mask), [9, 9]);
    let mut chain = Chain::place(&mut *network, &start, Some(&mask)).unwrap();
    for step in 0..9 {
        chain.step(Statistics::Frozen, &kernel.langevin_at(step).unwrap(), key(step)).unwrap();
    }
    let due = chain.report().unwrap();
    assert_eq!(values, chain.state().unwrap().into_data());
    assert_eq!((report.score, report.clamped, report.acceptance), (due.score, due.clamped, None));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let start = random([20, 3, 8, 8]);
    for kernel in [hamiltonian(0.2, 3), tempered(0.2, &[1.0, 1.1, 1.2], 2)] {
        let walks = [1, 2, 3].map(|threads| sampled(&mut *lively(8, threads), &kernel, &start, None, [12, 4]));
        assert!(walks[0].1.acceptance.is_some_and(|share| share > 0.0));
        assert!(walks[1] == walks[0] && walks[2] == walks[0], "{kernel:?}");
    }
}

#[test]
fn no_image_knows_of_another() {
    let start = random(SHAPE);
    for kernel in [hamiltonian(0.2, 3), tempered(0.2, &[1.0, 1.1], 2)] {
        let all = ended(&mut *lively(4, 1), &kernel, &start, 8);
        let first = ended(&mut *lively(4, 1), &kernel, &start.select(&[0, 1]), 8);
        assert_eq!(all[..96], first);
    }
}

#[test]
fn random_numbers_of_other_purposes_are_others() {
    let mut network = flat(3, 4);
    for kernel in [hamiltonian(0.2, 1), mala(0.2)] {
        let mut moved = |purpose| {
            let mut walk = Walk::begin(&kernel, &mut *network, &random(SHAPE), None).unwrap();
            let key = NoiseKey { purpose, ..key(0) };
            walk.step(&mut *network, Statistics::Frozen, &kernel, 0, key).unwrap();
            walk.state(&mut *network).unwrap()
        };
        assert_eq!(moved(Purpose::Langevin), moved(Purpose::Langevin));
        assert_ne!(moved(Purpose::Langevin), moved(Purpose::Probe));
    }
}

#[test]
fn chains_go_on_under_another_rule() {
    let mut network = lively(4, 1);
    let mask = masks::square(SHAPE, 0.5, key(0));
    let kernels = [langevin(0.1), hamiltonian(0.1, 2), tempered(0.1, &[1.0, 2.0], 2), mala(0.2), langevin(0.1)];
    let mut walk = Walk::begin(&kernels[0], &mut *network, &random(SHAPE), Some(&mask)).unwrap();
    let mut before = random(SHAPE);
    for (step, kernel) in kernels.iter().enumerate() {
        walk.step(&mut *network, Statistics::Frozen, kernel, step, key(step)).unwrap();
        let state = walk.state(&mut *network).unwrap();
        // The same as chains that begin where the last rule left them.
        let mut anew = Walk::begin(kernel, &mut *network, &before, Some(&mask)).unwrap();
        anew.step(&mut *network, Statistics::Frozen, kernel, step, key(step)).unwrap();
        assert_eq!(state, anew.state(&mut *network).unwrap(), "{kernel:?}");
        let known = |images: &Images| -> Vec<f32> {
            images.data().iter().zip(mask.data()).filter(|(_, free)| **free == 0.0).map(|(&y, _)| y).collect()
        };
        assert_eq!(known(&state), known(&before));
        assert_ne!(state, before);
        before = state;
    }
}

#[test]
fn numbers_may_change_between_steps() {
    let mut network = flat(1, 2);
    let start = constant([500, 1, 2, 2], 0.0);
    let mut walk = Walk::begin(&mala(0.4), &mut *network, &start, None).unwrap();
    for step in 0..120 {
        let sigma = if step < 60 { 1.0 } else { 0.5 };
        let kernel = if step % 2 == 0 { mala(0.4) } else { hamiltonian(0.2, 4) };
        let kernel = Kernel { reference: Reference::Gaussian { sigma }, ..kernel };
        walk.step(&mut *network, Statistics::Frozen, &kernel, step, key(step)).unwrap();
    }
    // The energies that are kept follow the reference: 0.25 is due, and 2000 values have a standard error of 0.008.
    let found = variance(walk.state(&mut *network).unwrap().data());
    assert!((found - 0.25).abs() < 0.04, "{found}");
}

#[test]
fn chains_that_were_put_elsewhere_go_on_from_there() {
    let mut network = lively(4, 1);
    let (start, elsewhere) = (random(SHAPE), constant(SHAPE, 0.3));
    for kernel in [langevin(0.1), hamiltonian(0.1, 2), tempered(0.1, &[1.0], 2)] {
        let mut walk = Walk::begin(&kernel, &mut *network, &start, None).unwrap();
        walk.step(&mut *network, Statistics::Frozen, &kernel, 0, key(0)).unwrap();
        walk.replace(&mut *network, &elsewhere).unwrap();
        assert_eq!(walk.state(&mut *network).unwrap(), elsewhere);
        walk.step(&mut *network, Statistics::Frozen, &kernel, 0, key(0)).unwrap();
        assert_eq!(walk.state(&mut *network).unwrap().into_data(), ended(&mut *network, &kernel, &elsewhere, 1));
        let error = walk.replace(&mut *network, &constant([6, 3, 2, 2], 0.0)).unwrap_err();
        assert!(error.to_string().contains("[6, 3, 2, 2]"), "{error}");
    }
}

#[test]
fn what_cannot_be_walked_is_refused() {
    let mut network = lively(4, 1);
    let start = random(SHAPE);
    let mask = constant([6, 3, 4, 1], 1.0);
    for kernel in [langevin(0.1), hamiltonian(0.1, 2), tempered(0.1, &[1.0, 2.0], 2)] {
        let error = Walk::begin(&kernel, &mut *network, &start, Some(&mask)).err().unwrap();
        assert!(error.to_string().contains("mask of shape [6, 3, 4, 1]"), "{error}");
        let mut walk = Walk::begin(&kernel, &mut *network, &random([2, 3, 5, 5]), None).unwrap();
        let error = walk.step(&mut *network, Statistics::Frozen, &kernel, 0, key(0)).unwrap_err();
        assert!(error.to_string().contains("[2, 3, 5, 5]"), "{error}");
        let none = Kernel { steps: 0, ..kernel.clone() };
        assert!(Walk::begin(&none, &mut *network, &start, None).is_err());
        let mut walk = Walk::begin(&kernel, &mut *network, &start, None).unwrap();
        let stepped = walk.step(&mut *network, Statistics::Batch, &kernel, 0, key(0));
        assert_eq!(stepped.is_err(), kernel.needs_densities());
    }
}

/// A network that counts the image gradients it is asked for.
struct Counting {
    network: Box<dyn PreparedNetwork>,
    gradients: usize,
}

impl PreparedNetwork for Counting {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        self.network.load(parameters)
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.network.score(images, statistics)
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.gradients += 1;
        self.network.score_gradient(images, statistics, gradient)
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.network.parameter_gradient(images, statistics, weights)
    }

    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
        self.network.place(state, mask)
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        self.network.step(statistics, movement, key)
    }

    fn chain_state(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_state()
    }

    fn chain_gradient(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_gradient()
    }

    fn chain_report(&mut self) -> Result<StepReport, ComputeError> {
        self.network.chain_report()
    }
}

#[test]
fn a_trajectory_costs_one_gradient_a_leapfrog_step() {
    let mut network = Counting { network: lively(4, 1), gradients: 0 };
    let mut walk = Walk::begin(&hamiltonian(0.2, 3), &mut network, &random(SHAPE), None).unwrap();
    let mut costs = Vec::new();
    for step in 0..4 {
        if step == 3 {
            walk.reload();
        }
        let before = network.gradients;
        walk.step(&mut network, Statistics::Frozen, &hamiltonian(0.2, 3), step, key(step)).unwrap();
        costs.push(network.gradients - before);
    }
    // One more where the energies of the start are not known, at first and after other weights.
    assert_eq!(costs, [4, 3, 3, 4]);
    let ladder = tempered(0.2, &[1.0, 2.0, 3.0], 1);
    let before = network.gradients;
    sampled(&mut network, &ladder, &random(SHAPE), None, [5, 5]);
    assert_eq!(network.gradients - before, 5, "exchanges cost none");
}
