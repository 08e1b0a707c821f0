//! Optimizers against values worked out by hand.

use emberlab::compute::{ParameterSet, Tensor};
use emberlab::learning::{Optimizer, OptimizerSpec, Rule};

const ADAM: Rule = Rule::Adam { beta1: 0.5, beta2: 0.9, epsilon: 0.1 };

fn adamw(decay: f32) -> Rule {
    Rule::AdamW { beta1: 0.5, beta2: 0.9, epsilon: 0.1, decay }
}

/// A convolution's weight, its bias and a normalization's scale, all of value 1, after each of three steps at rate 0.1.
fn stepped(rule: Rule) -> Vec<Vec<f32>> {
    let tensor = |name: &str, shape: Vec<usize>| Tensor { name: name.to_string(), shape, data: vec![1.0] };
    let tensors =
        vec![tensor("conv0.weight", vec![1; 4]), tensor("conv0.bias", vec![1]), tensor("bn0.weight", vec![1])];
    let mut parameters = ParameterSet { tensors, statistics: Vec::new() };
    let mut optimizer = Optimizer::default();
    let spec = OptimizerSpec { rule, clip_norm: None };
    let step = |gradient: f32| {
        optimizer.step(&spec, &mut parameters, &vec![vec![gradient]; 3], &[1; 3], 0.1);
        parameters.tensors.iter().map(|tensor| tensor.data[0]).collect()
    };
    [0.5, -0.25, 1.0].map(step).to_vec()
}

fn assert_near(found: f32, due: f64) {
    assert!((f64::from(found) - due).abs() < 1e-6, "{found} where {due} is due");
}

// Gradients 0.5, -0.25, 1 have first moments 0.25, 0, 0.5, which make 1/2, 0, 4/7 without bias, and second moments
// 0.025, 0.02875, 0.125875, which make 0.25, …, 0.125875/0.271. The directions are 0.5/0.6, 0 and
// (4/7)/(√0.464483 + 0.1) = 0.731167.

#[test]
fn adam_takes_the_steps_of_its_paper() {
    for (found, due) in stepped(ADAM).into_iter().zip([1.0833333, 1.0833333, 1.1564500]) {
        found.into_iter().for_each(|value| assert_near(value, due));
    }
}

#[test]
fn decay_takes_its_share_of_weights_beside_the_step() {
    // With decay 0.2 each step takes 0.1 · 0.2 of the weight it begins with.
    let weight = [1.0 + 0.0833333 - 0.02, 1.0633333 * 0.98, 1.0420667 * 0.98 + 0.0731167];
    for (found, due) in stepped(adamw(0.2)).into_iter().zip(weight) {
        assert_near(found[0], due);
    }
}

#[test]
fn decay_leaves_biases_and_normalization_alone() {
    let [plain, decayed] = [ADAM, adamw(0.2)].map(stepped);
    for (plain, decayed) in plain.iter().zip(&decayed) {
        assert_eq!(plain[1..], decayed[1..]);
        assert!(plain[0] > decayed[0]);
    }
}

#[test]
fn without_decay_it_is_adam() {
    assert_eq!(stepped(adamw(0.0)), stepped(ADAM));
}

#[test]
fn moments_outlive_a_change_between_the_two() {
    let mut parameters = ParameterSet {
        tensors: vec![Tensor { name: "fc.weight".to_string(), shape: vec![1, 1], data: vec![1.0] }],
        statistics: Vec::new(),
    };
    let mut optimizer = Optimizer::default();
    for rule in [ADAM, adamw(0.2), ADAM] {
        let spec = OptimizerSpec { rule, clip_norm: None };
        optimizer.step(&spec, &mut parameters, &[vec![1.0]], &[1], 0.1);
    }
    assert_eq!(optimizer.steps, 3);
    assert_near(optimizer.first[0][0], 0.875);
}
