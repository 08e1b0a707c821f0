//! What the tests sample: small networks, ways to run chains, and what is measured on them.

use emberlab::compute::{Activation, Device, Images, NoiseKey, PreparedNetwork, Purpose, Statistics};
use emberlab::model::{Initialization, LayerSpec, Network, NetworkSpec, NormMode, PaddingRule, Reference};
use emberlab::sampling::{Kernel, Rule, Walk, WalkReport};

pub const GAUSSIAN: Reference = Reference::Gaussian { sigma: 1.0 };

pub fn convolution(channels: usize, kernel: usize) -> LayerSpec {
    LayerSpec::Convolution { channels, kernel, stride: 1, padding: PaddingRule::Same }
}

/// A network for `[batch, channels, side, side]` whose weights are `change`d, on so many threads of the CPU.
pub fn prepared(
    layers: Vec<LayerSpec>,
    [channels, side]: [usize; 2],
    threads: usize,
    change: impl Fn(&str, &mut [f32]),
) -> Box<dyn PreparedNetwork> {
    let spec = NetworkSpec { layers, norm: NormMode::None, initialization: Initialization::FanIn };
    let network = Network::new(spec, channels, side).unwrap();
    let mut parameters = network.initialize(NoiseKey::new(3, Purpose::Parameters));
    parameters.tensors.iter_mut().for_each(|tensor| change(&tensor.name, &mut tensor.data));
    let mut prepared = Device::choose("cpu", Some(threads)).unwrap().prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    prepared
}

/// A network whose score is 0 everywhere: the energy is the reference's.
pub fn flat(channels: usize, side: usize) -> Box<dyn PreparedNetwork> {
    prepared(vec![convolution(1, 1)], [channels, side], 1, |_, values| values.fill(0.0))
}

/// A network whose score means something to every pixel: two convolutions over images of 3 channels.
pub fn lively(side: usize, threads: usize) -> Box<dyn PreparedNetwork> {
    let silu = LayerSpec::Activation(Activation::Silu);
    let layers = vec![convolution(6, 3), silu, convolution(4, 3), silu];
    prepared(layers, [3, side], threads, |_, values| values.iter_mut().for_each(|value| *value *= 2.0))
}

/// f(y) = `steepness` · |y| over single pixels.
pub fn two_wells(steepness: f32) -> Box<dyn PreparedNetwork> {
    let layers = vec![convolution(2, 1), LayerSpec::Activation(Activation::Relu)];
    prepared(layers, [1, 1], 1, |name, values| match name {
        "conv0.weight" => values.copy_from_slice(&[1.0, -1.0]),
        "fc.weight" => values.fill(steepness),
        _ => values.fill(0.0),
    })
}

pub fn kernel(rule: Rule, clamp: Option<[f32; 2]>, reference: Reference) -> Kernel {
    Kernel { steps: 10, rule, clamp, reference }
}

pub fn hamiltonian(step_size: f32, leapfrog: usize) -> Kernel {
    kernel(Rule::Hamiltonian { step_size, leapfrog }, None, GAUSSIAN)
}

/// The Metropolis-adjusted Langevin algorithm.
pub fn mala(delta: f32) -> Kernel {
    hamiltonian(delta, 1)
}

/// The paper's kernel with step size δ.
pub fn langevin(delta: f32) -> Kernel {
    let rule = Rule::Langevin { drift: delta * delta / 2.0, noise: delta, gradient_limit: None };
    kernel(rule, None, GAUSSIAN)
}

pub fn tempered(delta: f32, temperatures: &[f32], exchange_every: usize) -> Kernel {
    let (drift, temperatures) = (delta * delta / 2.0, temperatures.to_vec());
    kernel(Rule::Tempered { drift, gradient_limit: None, temperatures, exchange_every }, None, GAUSSIAN)
}

pub fn key(step: usize) -> NoiseKey {
    NoiseKey { step: step as u32, ..NoiseKey::new(17, Purpose::Langevin) }
}

pub fn constant(shape: [usize; 4], value: f32) -> Images {
    Images::new(shape, vec![value; shape.iter().product()])
}

pub fn random(shape: [usize; 4]) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(5, Purpose::Probe).normal(0, images.data_mut());
    images
}

/// All values of the chains after each `every` of `steps` steps, and their report.
pub fn sampled(
    network: &mut dyn PreparedNetwork,
    kernel: &Kernel,
    start: &Images,
    mask: Option<&Images>,
    [steps, every]: [usize; 2],
) -> (Vec<f32>, WalkReport) {
    let mut walk = Walk::begin(kernel, network, start, mask).unwrap();
    let mut values = Vec::new();
    for step in 0..steps {
        walk.step(network, Statistics::Frozen, kernel, step, key(step)).unwrap();
        if (step + 1) % every == 0 {
            values.extend_from_slice(walk.state(network).unwrap().data());
        }
    }
    let report = walk.report(network).unwrap();
    assert!(report.finite);
    (values, report)
}

/// Where the chains are after `steps` steps.
pub fn ended(network: &mut dyn PreparedNetwork, kernel: &Kernel, start: &Images, steps: usize) -> Vec<f32> {
    sampled(network, kernel, start, None, [steps, steps]).0
}

pub fn moment(values: &[f32], power: i32) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(power)).sum::<f64>() / values.len() as f64
}

pub fn variance(values: &[f32]) -> f64 {
    moment(values, 2) - moment(values, 1).powi(2)
}

/// Asserts that the histogram of `values` over equal bins of [low, high] is that of `density` within five standard errors
/// of independent draws. `density` need not be normalized, and must vanish outside.
pub fn assert_density(values: &[f32], [low, high]: [f64; 2], bins: usize, density: impl Fn(f64) -> f64) {
    const FINE: usize = 200;
    let width = (high - low) / bins as f64;
    let mass = |bin: usize| -> f64 {
        (0..FINE).map(|i| density(low + width * (bin as f64 + (i as f64 + 0.5) / FINE as f64))).sum()
    };
    let masses: Vec<f64> = (0..bins).map(mass).collect();
    let total: f64 = masses.iter().sum();
    let mut counts = vec![0usize; bins];
    for &value in values {
        let bin = ((f64::from(value) - low) / width).floor();
        assert!((-0.5..=bins as f64 + 0.5).contains(&bin), "{value} lies outside [{low}, {high}]");
        counts[(bin.max(0.0) as usize).min(bins - 1)] += 1;
    }
    for (bin, (&count, mass)) in counts.iter().zip(&masses).enumerate() {
        let (share, expected) = (count as f64 / values.len() as f64, mass / total);
        let error = (expected * (1.0 - expected) / values.len() as f64).sqrt();
        assert!((share - expected).abs() < 5.0 * error + 1e-4, "bin {bin}: {share:.4} where {expected:.4} is due");
    }
}
