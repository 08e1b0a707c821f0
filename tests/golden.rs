//! Every tensor of the float64 oracle is reproduced: scores, energies, image gradients, Langevin and inpainting
//! states, V, learning gradients, updated parameters and scaling operators.

use emberlab::compute::{
    Activation, Convolution, Device, Images, Layer, NoiseKey, Padding, ParameterSet, PreparedNetwork, Purpose,
    RunningStatistics, Statistics, Tensor,
};
use emberlab::learning::{Contrast, Optimizer, OptimizerSpec, Rule, learning_gradient};
use emberlab::model::{NormMode, Pyramid, Reference, UpScaling, area_average, pseudo_inverse};
use emberlab::sampling::{Chain, Langevin};
use safetensors::SafeTensors;
use std::collections::{BTreeMap, BTreeSet};

/// Layers of grids 1 to 3 as (channels, kernel, stride).
const NETWORKS: [&[(usize, usize, usize)]; 3] =
    [&[(4, 5, 2), (6, 3, 1)], &[(4, 5, 2), (6, 3, 1), (5, 3, 1)], &[(4, 5, 2), (6, 3, 2)]];
const CASES: [&str; 4] = ["train", "frozen", "train_nobias", "frozen_nobias"];
const DELTA: f32 = 0.3;

struct Golden {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    seen: BTreeSet<String>,
    tolerance: f64,
}

impl Golden {
    fn read(tolerance: f64) -> Self {
        let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/golden.safetensors")).unwrap();
        let parsed = SafeTensors::deserialize(&bytes).unwrap();
        let read = |view: &safetensors::tensor::TensorView| {
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
            (view.shape().to_vec(), values)
        };
        let tensors = parsed.tensors().iter().map(|(name, view)| (name.clone(), read(view))).collect();
        Self { tensors, seen: BTreeSet::new(), tolerance }
    }

    fn take(&mut self, name: &str) -> (Vec<usize>, Vec<f32>) {
        self.seen.insert(name.to_string());
        self.tensors.get(name).unwrap_or_else(|| panic!("the oracle has no {name}")).clone()
    }

    fn values(&mut self, name: &str) -> Vec<f32> {
        self.take(name).1
    }

    fn images(&mut self, name: &str) -> Images {
        let (shape, values) = self.take(name);
        Images::new(shape.try_into().unwrap(), values)
    }

    /// The relative error of `found`, as a norm, stays within the tolerance; values that are zero in exact arithmetic
    /// within it absolutely.
    fn check(&mut self, name: &str, found: &[f32]) {
        let wanted = self.values(name);
        assert_eq!(found.len(), wanted.len(), "{name}");
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
        let error = square(&mut found.iter().zip(&wanted).map(|(&a, &b)| f64::from(a) - f64::from(b)));
        let norm = square(&mut wanted.iter().map(|&v| f64::from(v)));
        let bound = if norm < 1e-9 { self.tolerance } else { self.tolerance * norm };
        assert!(error <= bound, "{name}: error {error:.3e} of {norm:.3e}, allowed {bound:.3e}");
    }
}

fn layers(grid: usize, side: usize) -> Vec<Layer> {
    let (mut inputs, mut map, mut layers) = (3, side, Vec::new());
    for &(outputs, kernel, stride) in NETWORKS[grid - 1] {
        let side_out = (map + 2 * (kernel / 2) - kernel) / stride + 1;
        let padding = Padding { before: kernel / 2, after: kernel / 2 };
        layers.push(Layer::Convolution(Convolution {
            inputs,
            outputs,
            kernel,
            stride,
            padding,
            side_in: map,
            side_out,
        }));
        layers.push(Layer::BatchNorm { channels: outputs, side: side_out });
        layers.push(Layer::Activation(Activation::Relu));
        (inputs, map) = (outputs, side_out);
    }
    layers.push(Layer::Dense { channels: inputs, side: map });
    layers
}

fn parameters(golden: &mut Golden, prefix: &str, grid: usize) -> ParameterSet {
    let mut set = ParameterSet::default();
    let mut put = |golden: &mut Golden, name: String| {
        let (shape, data) = golden.take(&format!("{prefix}.param.{name}"));
        set.tensors.push(Tensor { name, shape, data });
    };
    for index in 0..NETWORKS[grid - 1].len() {
        for name in ["conv", "bn"] {
            put(golden, format!("{name}{index}.weight"));
            put(golden, format!("{name}{index}.bias"));
        }
    }
    put(golden, "fc.weight".into());
    put(golden, "fc.bias".into());
    for index in 0..NETWORKS[grid - 1].len() {
        set.statistics.push(RunningStatistics {
            mean: golden.values(&format!("{prefix}.param.bn{index}.running_mean")),
            variance: golden.values(&format!("{prefix}.param.bn{index}.running_var")),
        });
    }
    set
}

/// One Langevin step of `kernel` from `state`: the scores before it, ∂E/∂Y, and where it leads.
fn step(
    network: &mut dyn PreparedNetwork,
    statistics: Statistics,
    kernel: &Langevin,
    state: &Images,
    mask: Option<&Images>,
) -> (Vec<f32>, Images, Images) {
    let mut chain = Chain::place(network, state, mask).unwrap();
    chain.step(statistics, kernel, NoiseKey::new(0, Purpose::Langevin)).unwrap();
    (chain.report().unwrap().score, chain.energy_gradient().unwrap(), chain.state().unwrap())
}

/// One Langevin step with the oracle's noise: the kernel's drift, then the given noise where the mask lets it.
fn step_with(
    noise: &Images,
    network: &mut dyn PreparedNetwork,
    statistics: Statistics,
    state: &mut Images,
    mask: Option<&Images>,
) -> (Vec<f32>, Images) {
    let kernel = Langevin { noise: 0.0, ..Langevin::with_delta(1, DELTA, Reference::Gaussian { sigma: 1.0 }) };
    let (score, gradient, moved) = step(network, statistics, &kernel, state, mask);
    *state = moved;
    for (index, (value, u)) in state.data_mut().iter_mut().zip(noise.data()).enumerate() {
        if mask.is_none_or(|mask| mask.data()[index] != 0.0) {
            *value += DELTA * u;
        }
    }
    (score, gradient)
}

fn check_case(golden: &mut Golden, device: &Device, case: &str) {
    let statistics = if case.starts_with("train") { Statistics::Batch } else { Statistics::Frozen };
    let norm = if case.starts_with("train") { NormMode::Batch } else { NormMode::Frozen };
    let reference = Reference::Gaussian { sigma: 1.0 };
    let pyramid = Pyramid::new(vec![1, 2, 4, 8], UpScaling::PseudoInverse).unwrap();
    let mut coarser = golden.images("obs.grid0");
    for grid in 1..=3 {
        let prefix = format!("{case}.grid{grid}");
        let observed = golden.images(&format!("obs.grid{grid}"));
        let set = parameters(golden, &prefix, grid);
        let mut network = device.prepare(&layers(grid, observed.side())).unwrap();
        network.load(&set).unwrap();

        let kernel = Langevin::with_delta(1, DELTA, reference);
        let (score, gradient, _) = step(&mut *network, statistics, &kernel, &observed, None);
        golden.check(&format!("{prefix}.obs.f"), &score);
        golden.check(&format!("{prefix}.obs.energy"), &reference.energies(&observed, &score));
        golden.check(&format!("{prefix}.obs.dEdY"), gradient.data());

        let mut state = pyramid.up(grid, &coarser);
        golden.check(&format!("{prefix}.langevin.state0"), state.data());
        for t in 0..2 {
            let before = state.clone();
            let noise = golden.images(&format!("noise.grid{grid}.step{t}"));
            let (score, gradient) = step_with(&noise, &mut *network, statistics, &mut state, None);
            golden.check(&format!("{prefix}.langevin.f{t}"), &score);
            golden.check(&format!("{prefix}.langevin.energy{t}"), &reference.energies(&before, &score));
            golden.check(&format!("{prefix}.langevin.dEdY{t}"), gradient.data());
            golden.check(&format!("{prefix}.langevin.state{}", t + 1), state.data());
        }
        if grid == 3 {
            let start = golden.images(&format!("{prefix}.langevin.state0"));
            check_inpainting(golden, &prefix, &mut *network, statistics, [&start, &observed]);
        }
        coarser = state;
        check_learning(golden, &prefix, &mut *network, norm, set, [&observed, &coarser]);
    }
}

fn check_inpainting(
    golden: &mut Golden,
    prefix: &str,
    network: &mut dyn PreparedNetwork,
    statistics: Statistics,
    [start, observed]: [&Images; 2],
) {
    let (shape, mask) = golden.take("inpaint.mask");
    let plane = shape[2] * shape[3];
    let mut full = Images::zeros(observed.shape());
    let mut state = observed.clone();
    for index in 0..observed.data().len() {
        let (image, position) = (index / (3 * plane), index % plane);
        full.data_mut()[index] = mask[image * plane + position];
        if full.data()[index] == 1.0 {
            state.data_mut()[index] = start.data()[index];
        }
    }
    golden.check(&format!("{prefix}.inpaint.state0"), state.data());
    for t in 0..2 {
        let noise = golden.images(&format!("noise.grid3.step{t}"));
        step_with(&noise, network, statistics, &mut state, Some(&full));
        golden.check(&format!("{prefix}.inpaint.state{}", t + 1), state.data());
    }
}

fn check_learning(
    golden: &mut Golden,
    prefix: &str,
    network: &mut dyn PreparedNetwork,
    norm: NormMode,
    mut set: ParameterSet,
    [observed, synthesized]: [&Images; 2],
) {
    let reference = Reference::Gaussian { sigma: 1.0 };
    let gradient = learning_gradient(network, observed, synthesized, norm, Contrast::default()).unwrap();
    let energies = reference.energies(synthesized, &gradient.synthesized_score);
    golden.check(&format!("{prefix}.syn.f"), &gradient.synthesized_score);
    golden.check(&format!("{prefix}.syn.energy"), &energies);
    let mean = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
    let value = mean(&energies) - mean(&reference.energies(observed, &gradient.observed_score));
    // V is a small difference of energies: held to the tolerance relative to them.
    let wanted = f64::from(golden.values(&format!("{prefix}.V"))[0]);
    let scale = mean(&energies).abs().max(1.0);
    assert!((value - wanted).abs() <= golden.tolerance * scale, "{prefix}.V: {value} is not {wanted}");

    let frozen = norm == NormMode::Frozen;
    for (index, batch) in gradient.statistics.iter().enumerate() {
        let used = if frozen { &set.statistics[index] } else { batch };
        golden.check(&format!("{prefix}.obs_stats.bn{index}.mean"), &used.mean);
        golden.check(&format!("{prefix}.obs_stats.bn{index}.var"), &used.variance);
    }
    let nobias = prefix.contains("nobias");
    let fixed = |name: &str| nobias && name.starts_with("conv") && name.ends_with("bias");
    let mut l1 = 0.0;
    for (tensor, values) in set.tensors.iter().zip(&gradient.tensors) {
        if !fixed(&tensor.name) {
            golden.check(&format!("{prefix}.lgrad.{}", tensor.name), values);
            l1 += values.iter().map(|&g| f64::from(g.abs())).sum::<f64>();
        }
    }
    golden.check(&format!("{prefix}.lgrad_l1"), &[l1 as f32]);
    let spec = OptimizerSpec { rule: Rule::Sgd { momentum: 0.0, per_position_cap: None }, clip_norm: None };
    Optimizer::default().step(&spec, &mut set, &gradient.tensors, &[], 0.1);
    for tensor in &set.tensors {
        if !fixed(&tensor.name) {
            golden.check(&format!("{prefix}.after.{}", tensor.name), &tensor.data);
        }
    }
}

fn check_scaling(golden: &mut Golden, name: &str, sides: &[usize]) {
    let narrow = |matrix: Vec<f64>| matrix.into_iter().map(|v| v as f32).collect::<Vec<_>>();
    let exact = Pyramid::new(ascending(sides), UpScaling::PseudoInverse);
    let block = Pyramid::new(ascending(sides), UpScaling::Block);
    for pair in sides.windows(2) {
        let (fine, coarse) = (pair[0], pair[1]);
        let prefix = format!("scale.{name}.{fine}to{coarse}");
        let (down, up) = (area_average(fine, coarse), pseudo_inverse(fine, coarse));
        golden.check(&format!("{prefix}.down1d"), &narrow(down.clone()));
        golden.check(&format!("{prefix}.pinv1d"), &narrow(up.clone()));
        if fine <= 9 {
            golden.check(&format!("{prefix}.down2d"), &narrow(kron(&down, coarse, fine)));
            golden.check(&format!("{prefix}.pinv2d"), &narrow(kron(&up, fine, coarse)));
        }
        let (Ok(exact), Ok(block)) = (&exact, &block) else { unreachable!() };
        let s = exact.sides().iter().position(|&side| side == fine).unwrap();
        let image = golden.images(&format!("scale.{name}.img{fine}"));
        let coarser = golden.images(&format!("scale.{name}.img{coarse}"));
        golden.check(&format!("scale.{name}.img{coarse}"), exact.down(s, &image).data());
        golden.check(&format!("scale.{name}.up_pinv.{coarse}to{fine}"), exact.up(s, &coarser).data());
        golden.check(&format!("scale.{name}.up_block.{coarse}to{fine}"), block.up(s, &coarser).data());
        // The block expansion in one dimension: d · Dᵀ.
        let ratio = fine as f64 / coarse as f64;
        let expansion: Vec<f32> =
            (0..fine * coarse).map(|i| (ratio * down[(i % coarse) * fine + i / coarse]) as f32).collect();
        golden.check(&format!("{prefix}.block1d"), &expansion);
    }
}

/// Sides from 1 up, as a pyramid wants them; a list that ends above 1 gets its 1.
fn ascending(sides: &[usize]) -> Vec<usize> {
    let mut sides: Vec<usize> = sides.iter().rev().copied().collect();
    if sides[0] != 1 {
        sides.insert(0, 1);
    }
    sides
}

/// `A ⊗ A` for A `[rows, columns]`.
fn kron(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows * rows * columns * columns];
    for (i, j) in (0..rows).flat_map(|i| (0..rows).map(move |j| (i, j))) {
        for (k, l) in (0..columns).flat_map(|k| (0..columns).map(move |l| (k, l))) {
            out[(i * rows + j) * columns * columns + k * columns + l] = a[i * columns + k] * a[j * columns + l];
        }
    }
    out
}

fn reproduce(device: &Device, tolerance: f64) {
    let mut golden = Golden::read(tolerance);
    for case in CASES {
        check_case(&mut golden, device, case);
    }
    check_scaling(&mut golden, "d2", &[8, 4, 2, 1]);
    check_scaling(&mut golden, "d4", &[16, 4, 1]);
    check_scaling(&mut golden, "d1_5", &[9, 6, 4]);
    let unseen: Vec<_> = golden.tensors.keys().filter(|name| !golden.seen.contains(*name)).collect();
    assert!(unseen.is_empty(), "tensors that nothing was compared with: {unseen:?}");
}

#[test]
fn our_cpu_kernels_reproduce_the_oracle() {
    for threads in [1, 2, 3] {
        reproduce(&Device::choose("cpu", Some(threads)).unwrap(), 1e-5);
    }
}

#[test]
fn burn_on_the_cpu_reproduces_the_oracle() {
    reproduce(&Device::choose("flex", None).unwrap(), 1e-5);
}

#[test]
fn a_wgpu_device_reproduces_the_oracle() {
    match Device::choose("gpu", None).or_else(|_| Device::choose("software", None)) {
        Ok(device) => reproduce(&device, 1e-4),
        Err(error) => eprintln!("skipped: {error}"),
    }
}
