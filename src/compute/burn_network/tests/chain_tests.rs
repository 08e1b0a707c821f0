//! Chains on Burn's devices against those on the CPU, and the noise a graphics device draws.

use super::super::super::device::Device;
use super::super::super::parameters::Tensor;
use super::*;

/// Burn's CPU backend and, where there is one, a software adapter.
fn devices() -> Vec<Device> {
    let flex = Device::choose("flex", Some(1)).unwrap();
    std::iter::once(flex).chain(software()).collect()
}

fn software() -> Option<Device> {
    let device = Device::choose("software", Some(1));
    device.inspect_err(|error| eprintln!("skipped in part: {error}")).ok()
}

fn prepare(device: &Device, layers: &[Layer], set: &ParameterSet) -> Box<dyn PreparedNetwork> {
    let mut network = device.prepare(layers).unwrap();
    network.load(set).unwrap();
    network
}

fn key(step: u32) -> NoiseKey {
    NoiseKey { step, iteration: 3, grid: 7, ..NoiseKey::new(11, Purpose::Langevin) }
}

/// Ones with a zero at every third value.
fn holes(shape: [usize; 4]) -> Images {
    let count = shape.iter().product();
    Images::new(shape, (0..count).map(|index| f32::from(u8::from(index % 3 != 0))).collect())
}

/// Holds chains of `layers` on `device` to those on the CPU, for both kinds of statistics.
fn hold_chain(device: &Device, layers: &[Layer], movement: &Movement, mask: Option<&Images>) {
    let set = parameters(layers);
    let start = noise_images([5, 2, 7, 7]);
    for statistics in [Statistics::Batch, Statistics::Frozen] {
        let mut cpu = prepare(&Device::choose("cpu", Some(1)).unwrap(), layers, &set);
        let mut other = prepare(device, layers, &set);
        for network in [&mut cpu, &mut other] {
            network.place(&start, mask).unwrap();
            (0..5).for_each(|step| network.step(statistics, movement, key(step)).unwrap());
        }
        let name = device.name();
        let near = |found: &[f32], expected: &[f32], what: &str| {
            let error = relative(found, &double(expected));
            assert!(error < 1e-4, "{what} is off by {error} on {name}, {statistics:?}, {movement:?}");
        };
        let state = other.chain_state().unwrap();
        near(state.data(), cpu.chain_state().unwrap().data(), "state");
        near(other.chain_gradient().unwrap().data(), cpu.chain_gradient().unwrap().data(), "∂E/∂Y");
        let (found, expected) = (other.chain_report().unwrap(), cpu.chain_report().unwrap());
        near(&found.score, &expected.score, "score");
        assert!((found.clamped - expected.clamped).abs() < 5e-3, "{found:?}, not {expected:?} on {name}");
        for (index, (moved, start)) in state.data().iter().zip(start.data()).enumerate() {
            let stays = mask.is_some_and(|mask| mask.data()[index] == 0.0);
            assert!(!stays || moved.to_bits() == start.to_bits(), "value {index} moved on {name}");
        }
    }
}

#[test]
fn chains_go_where_those_of_the_cpu_go() {
    let plain = Movement { drift: 0.02, noise: 0.0, pull: 1.0, gradient_limit: None, clamp: None };
    let mask = holes([5, 2, 7, 7]);
    for device in devices() {
        for activation in ACTIVATIONS {
            hold_chain(&device, &every_layer(activation), &plain, None);
        }
        let layers = every_layer(Activation::LeakyRelu(0.2));
        hold_chain(&device, &layers, &plain, Some(&mask));
        let boxed = Movement { gradient_limit: Some(0.3), clamp: Some([-0.5, 0.6]), ..plain };
        hold_chain(&device, &layers, &boxed, None);
        hold_chain(&device, &layers, &Movement { noise: 0.1, ..boxed }, Some(&mask));
        hold_chain(&device, &layers, &Movement { noise: 0.1, ..plain }, None);
    }
}

/// A normalization with no convolution before it is folded into nothing.
#[test]
fn chains_pass_any_first_layer() {
    let movement = Movement { drift: 0.02, noise: 0.0, pull: 0.5, gradient_limit: None, clamp: None };
    let norm = Layer::BatchNorm { channels: 2, side: 7 };
    let silu = Layer::Activation(Activation::Silu);
    for device in devices() {
        hold_chain(&device, &[norm, norm, silu, Layer::Dense { channels: 2, side: 7 }], &movement, None);
    }
}

#[test]
fn what_does_not_fit_a_chain_is_an_error() {
    let layers = every_layer(Activation::Relu);
    let movement = Movement { drift: 0.1, noise: 0.0, pull: 0.0, gradient_limit: None, clamp: None };
    for device in std::iter::once(Device::choose("cpu", Some(1)).unwrap()).chain(devices()) {
        let mut network = prepare(&device, &layers, &parameters(&layers));
        let step = |network: &mut dyn PreparedNetwork| network.step(Statistics::Frozen, &movement, key(0));
        assert!(matches!(step(&mut *network), Err(ComputeError::NoChain)));
        assert!(matches!(network.chain_state(), Err(ComputeError::NoChain)));
        let mask = Images::zeros([2, 2, 7, 7]);
        assert!(matches!(network.place(&noise_images([3, 2, 7, 7]), Some(&mask)), Err(ComputeError::Mask { .. })));
        let placed = network.place(&noise_images([3, 2, 8, 8]), None);
        assert!(matches!(placed.and_then(|()| step(&mut *network)), Err(ComputeError::Shape { .. })));
    }
}

#[test]
fn values_that_are_not_numbers_stay_visible() {
    let layers = [Layer::Dense { channels: 1, side: 2 }];
    let movement = Movement { drift: 0.1, noise: 0.1, pull: 1.0, gradient_limit: Some(1.0), clamp: Some([0.0, 1.0]) };
    for device in devices() {
        let mut network = prepare(&device, &layers, &parameters(&layers));
        network.place(&Images::new([1, 1, 2, 2], vec![f32::NAN, 0.5, 0.5, 0.5]), None).unwrap();
        (0..3).for_each(|step| network.step(Statistics::Frozen, &movement, key(step)).unwrap());
        assert!(network.chain_state().unwrap().data()[0].is_nan(), "{}", device.name());
    }
}

/// The noise of one step from black images that nothing else moves.
fn noise_of(device: &Device, shape: [usize; 4], key: NoiseKey) -> Vec<f32> {
    let [_, channels, side, _] = shape;
    let tensor = |name: &str, count: usize| Tensor { name: name.into(), shape: vec![1, count], data: vec![0.0; count] };
    let tensors = vec![tensor("weight", channels * side * side), tensor("bias", 1)];
    let set = ParameterSet { tensors, statistics: Vec::new() };
    let mut network = prepare(device, &[Layer::Dense { channels, side }], &set);
    network.place(&Images::zeros(shape), None).unwrap();
    let movement = Movement { drift: 0.0, noise: 1.0, pull: 0.0, gradient_limit: None, clamp: None };
    network.step(Statistics::Frozen, &movement, key).unwrap();
    network.chain_state().unwrap().into_data()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[test]
fn a_graphics_device_draws_white_noise() {
    let Some(device) = software() else { return };
    let shape = [32, 3, 33, 33];
    let first = noise_of(&device, shape, key(0));
    let noise = double(&first);
    let moment = |power| mean(noise.iter().map(|u| u.powi(power)));
    // Five standard errors of 104544 values.
    for (power, expected, spread) in
        [(1, 0.0, 1.0), (2, 1.0, 2f64.sqrt()), (3, 0.0, 15f64.sqrt()), (4, 3.0, 96f64.sqrt())]
    {
        let (found, allowed) = (moment(power), 5.0 * spread / (noise.len() as f64).sqrt());
        assert!((found - expected).abs() < allowed, "moment {power} is {found}, not {expected} ± {allowed}");
    }
    let second = double(&noise_of(&device, shape, key(1)));
    let between_steps = mean(noise.iter().zip(&second).map(|(a, b)| a * b));
    let image = 3 * 33 * 33;
    let between_images = mean(noise.iter().zip(&noise[image..]).map(|(a, b)| a * b));
    let between_neighbours = mean(noise.iter().zip(&noise[1..]).map(|(a, b)| a * b));
    for correlation in [between_steps, between_images, between_neighbours] {
        assert!(correlation.abs() < 5.0 / (noise.len() as f64).sqrt(), "correlation {correlation}");
    }
    assert_eq!(first, noise_of(&device, shape, key(0)), "the same key draws other noise");
}

#[test]
fn a_graphics_device_draws_the_noise_of_the_cpu() {
    let Some(device) = software() else { return };
    let shape = [3, 3, 5, 5];
    for step in 0..3 {
        let found = noise_of(&device, shape, key(step));
        for (image, found) in found.chunks(75).enumerate() {
            let mut expected = vec![0.0; 75];
            key(step).normal(image as u32, &mut expected);
            let farthest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(farthest < 1e-5, "image {image} is off by {farthest}");
        }
    }
}
