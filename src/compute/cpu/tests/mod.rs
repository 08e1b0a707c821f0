//! The kernels against double precision, for every shape, way to convolve and instruction set.

mod oracle;

use super::context::Context;
use super::convolution::Pass;
use super::matrix::{LANES, Left, PANEL, Product, Right, Size};
use super::network::CpuNetwork;
use crate::compute::{
    Activation, Convolution, Device, Images, Layer, NoiseKey, Padding, ParameterSet, PreparedNetwork, Purpose,
    RunningStatistics, Shortcut, Statistics, Tensor, Threads,
};
use proptest::prelude::*;
use pulp::Arch;

/// Every instruction set that this processor has.
fn instruction_sets() -> Vec<Arch> {
    let mut sets = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    {
        sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
        sets.extend(pulp::x86::V4::try_new().map(Arch::V4));
    }
    if !sets.iter().any(|set| format!("{set:?}") == format!("{:?}", Arch::new())) {
        sets.push(Arch::new());
    }
    sets
}

fn normal(count: usize, item: u32, spread: f32) -> Vec<f32> {
    let mut values = vec![0.0; count];
    NoiseKey::new(5, Purpose::Probe).normal(item, &mut values);
    values.iter_mut().for_each(|value| *value *= spread);
    values
}

/// Norm of the difference, relative to the norm of what is right; absolute where that is zero.
fn error(found: &[f32], right: &[f64]) -> f64 {
    assert_eq!(found.len(), right.len());
    let difference: f64 = found.iter().zip(right).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum();
    let norm: f64 = right.iter().map(|b| b * b).sum();
    // A NaN must not pass for small.
    if difference.is_nan() { f64::INFINITY } else { (difference / norm.max(1e-12)).sqrt() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A product is right for every instruction set, in a poisoned buffer, and touches nothing around it.
    #[test]
    fn a_product_is_right(
        rows in 0usize..40, columns in 1usize..7, inner in 0usize..50, gap in 0usize..3, add: bool, transposed: bool,
    ) {
        let (columns, stride) = (columns * LANES, columns * LANES + gap);
        let left = normal(rows * inner, 1, 1.0);
        let panels = columns.div_ceil(PANEL);
        let right = normal(panels * inner * PANEL, 2, 1.0);
        let (row, step) = if transposed { (1, rows) } else { (inner, 1) };
        let value = |r: usize, n: usize| -> f64 {
            let at = |k: usize| right[(n / PANEL * inner + k) * PANEL + n % PANEL];
            (0..inner).map(|k| f64::from(left[r * row + k * step]) * f64::from(at(k))).sum()
        };
        for arch in instruction_sets() {
            let begin = if add { 1.0 } else { f32::NAN };
            let mut out = vec![begin; rows * stride + 5];
            let size = Size { rows, columns, inner };
            Product {
                out: &mut out,
                stride,
                size,
                left: Left { data: &left, row, step },
                right: Right { data: &right, panel: inner * PANEL, step: PANEL },
                accumulate: add,
            }
            .run(arch);
            for (at, &found) in out.iter().enumerate() {
                let (r, n) = (at / stride, at % stride);
                match r < rows && n < columns {
                    true => {
                        let right = value(r, n) + if add { 1.0 } else { 0.0 };
                        prop_assert!((f64::from(found) - right).abs() < 1e-4, "{arch:?} ({r}, {n}): {found}, {right}");
                    }
                    false => prop_assert_eq!(found.to_bits(), begin.to_bits(), "({}, {}) was touched", r, n),
                }
            }
        }
    }
}

/// One convolution of a test: outputs, kernel, stride, padding before and after (cut to below the kernel).
type Spec = (usize, usize, usize, [usize; 2]);

/// Convolutions with a normalization each, if asked for, and an activation, under a fully connected top.
fn network(
    channels: usize,
    side: usize,
    specs: &[Spec],
    norm: bool,
    activation: Option<Activation>,
) -> Option<Vec<Layer>> {
    let (mut inputs, mut map, mut layers) = (channels, side, Vec::new());
    for &(outputs, kernel, stride, [before, after]) in specs {
        let padding = Padding { before: before % kernel, after: after % kernel };
        let room = (map + padding.before + padding.after).checked_sub(kernel)?;
        let side_out = room / stride + 1;
        let shape = Convolution { inputs, outputs, kernel, stride, padding, side_in: map, side_out };
        layers.push(Layer::Convolution(shape));
        if norm {
            layers.push(Layer::BatchNorm { channels: outputs, side: side_out });
        }
        layers.extend(activation.map(Layer::Activation));
        (inputs, map) = (outputs, side_out);
    }
    layers.push(Layer::Dense { channels: inputs, side: map });
    Some(layers)
}

fn parameters(layers: &[Layer]) -> ParameterSet {
    let mut set = ParameterSet::default();
    let mut add = |length: usize, spread: f32, centre: f32| {
        let data = normal(length, 10 + set.tensors.len() as u32, spread);
        let data: Vec<f32> = data.into_iter().map(|value| value + centre).collect();
        set.tensors.push(Tensor { name: String::new(), shape: vec![length], data });
    };
    for layer in layers {
        match *layer {
            Layer::Convolution(shape) => {
                let patch = shape.inputs * shape.kernel.pow(2);
                add(shape.outputs * patch, (2.0 / patch as f32).sqrt(), 0.0);
                add(shape.outputs, 0.2, 0.0);
            }
            Layer::BatchNorm { channels, .. } => {
                add(channels, 0.2, 1.0);
                add(channels, 0.2, 0.0);
            }
            Layer::GroupNorm { channels, .. } => {
                add(channels, 0.2, 1.0);
                add(channels, 0.2, 0.0);
            }
            Layer::Join(Shortcut { inputs, outputs, .. }) if inputs != outputs => {
                add(outputs * inputs, (inputs as f32).powf(-0.5), 0.0);
                add(outputs, 0.2, 0.0);
            }
            Layer::Dense { channels, side } => {
                add(channels * side * side, 0.5, 0.0);
                add(1, 0.2, 0.0);
            }
            Layer::Activation(_) | Layer::Pool { .. } | Layer::Fork | Layer::Join(_) | Layer::Spectral(_) => {}
        }
    }
    for layer in layers {
        if let Layer::BatchNorm { channels, .. } = *layer {
            let mean = normal(channels, 90, 0.3);
            let variance = normal(channels, 91, 0.3).into_iter().map(|value| 1.0 + value.abs()).collect();
            set.statistics.push(RunningStatistics { mean, variance });
        }
    }
    set
}

/// Takes the way that `wanted` says wherever it is there.
fn prefer(wanted: fn(&Pass) -> bool) -> impl Fn(&Pass) -> usize {
    move |pass| usize::from(!wanted(pass))
}

/// Name, which passes it is, and the error it may make.
type Way = (&'static str, fn(&Pass) -> bool, f64);

const WAYS: [Way; 3] = [
    ("tiles", |pass| matches!(pass, Pass::Tiles(_)), 5e-5),
    ("patches", |pass| matches!(pass, Pass::Patches(_)), 1e-5),
    ("whole", |pass| matches!(pass, Pass::Whole(_)), 1e-5),
];

/// Holds scores, image gradient and parameter gradients of `layers` to double precision, with every way to convolve.
fn check(layers: &[Layer], batch: usize, statistics: Statistics, arch: Arch) -> Result<(), TestCaseError> {
    let Some((channels, side)) = layers.iter().find_map(|layer| match layer {
        Layer::Convolution(shape) => Some((shape.inputs, shape.side_in)),
        _ => None,
    }) else {
        return Ok(());
    };
    let set = parameters(layers);
    let images = Images::new([batch, channels, side, side], normal(batch * channels * side * side, 3, 0.7));
    let weights = |index: usize| 0.3 + index as f64 * 0.1;
    let ones = oracle::evaluate(layers, &set, images.data(), statistics, &vec![1.0; batch]);
    let weighted =
        oracle::evaluate(layers, &set, images.data(), statistics, &(0..batch).map(weights).collect::<Vec<_>>());
    for (name, wanted, limit) in WAYS {
        let context = Context::with_arch(Threads::new(Some(2)), arch);
        let mut network = CpuNetwork::with(layers, context, &prefer(wanted)).unwrap();
        network.load(&set).unwrap();
        let mut gradient = Images::zeros([0; 4]);
        for _ in 0..2 {
            let score = network.score_gradient(&images, statistics, &mut gradient).unwrap();
            // A sum of so many terms of either sign, half as large as one on average.
            let terms = set.tensors[set.tensors.len() - 2].data.len() as f64;
            for (&found, right) in score.iter().zip(&ones.score) {
                let off = (f64::from(found) - right).abs() / (right.abs() + 0.5 * terms.sqrt());
                prop_assert!(off < limit, "{name}: a score is off by {off}");
            }
            let off = error(gradient.data(), &ones.image);
            prop_assert!(off < limit, "{name}: the image gradient is off by {off}");
        }
        let of_scores = |scores: &[f32]| (0..scores.len()).map(|index| weights(index) as f32).collect();
        let found = network.parameter_gradient(&images, statistics, &of_scores).unwrap();
        let total: f64 = weighted.tensors.iter().flatten().map(|g| g * g).sum();
        prop_assert_eq!(found.tensors.len(), weighted.tensors.len());
        for (index, (found, right)) in found.tensors.iter().zip(&weighted.tensors).enumerate() {
            let difference: f64 = found.iter().zip(right).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum();
            // A weight whose scale a normalization takes out again has hardly any gradient of its own.
            let norm = right.iter().map(|b| b * b).sum::<f64>().max(1e-2 * total);
            let off = if difference.is_nan() { f64::INFINITY } else { (difference / norm).sqrt() };
            prop_assert!(off < limit, "{name}: gradient of tensor {index} is off by {off}");
        }
    }
    Ok(())
}

fn specs() -> impl Strategy<Value = Vec<Spec>> {
    let kernel = prop_oneof![Just(1usize), Just(2), Just(3), Just(3), Just(4), Just(5), Just(7)];
    let spec = (1usize..36, kernel, 1usize..4, [0usize..7, 0usize..7]);
    prop::collection::vec(spec, 1..4)
}

fn activation() -> impl Strategy<Value = Option<Activation>> {
    // Where a kink lies, rounding decides: the golden values hold those.
    prop_oneof![Just(None), Just(Some(Activation::Silu)), Just(Some(Activation::Softplus))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Every network is right in every way, in every instruction set, whatever its sides, strides and paddings.
    #[test]
    fn a_network_is_right(
        channels in 1usize..5, side in 1usize..15, specs in specs(), norm: bool, frozen: bool,
        activation in activation(), batch in 1usize..7, set in 0usize..4,
    ) {
        let Some(layers) = network(channels, side, &specs, norm, activation) else { return Ok(()) };
        // Normalizing a handful of values, or a multiple of one channel, is ill-conditioned in any precision.
        let few = layers.iter().any(|layer| match layer {
            Layer::BatchNorm { side, .. } => batch * side * side < 24,
            Layer::Convolution(shape) => shape.inputs * shape.kernel.pow(2) < 8,
            _ => false,
        });
        let statistics = if frozen || few { Statistics::Frozen } else { Statistics::Batch };
        let sets = instruction_sets();
        check(&layers, batch, statistics, sets[set % sets.len()])?;
    }
}

/// The layers of the paper's networks and of the d = 1.5 recipe, narrower, at larger batches.
#[test]
fn the_recipes_shapes_are_right() {
    let same = |side: usize, kernel: usize, stride: usize| {
        let total = ((side.div_ceil(stride) - 1) * stride + kernel).saturating_sub(side);
        [total / 2, total - total / 2]
    };
    for (side, batch, specs) in [
        (4, 100, vec![(24, 5, 2), (32, 3, 1), (48, 3, 1)]),
        (16, 20, vec![(24, 5, 2), (32, 3, 1), (48, 3, 1)]),
        (21, 8, vec![(16, 5, 2), (24, 3, 2), (16, 3, 1)]),
        (14, 16, vec![(16, 3, 1), (24, 4, 2), (16, 3, 1)]),
        (9, 30, vec![(16, 3, 1), (24, 3, 2), (16, 3, 1)]),
        (3, 64, vec![(16, 3, 1), (24, 3, 1), (16, 3, 1)]),
        (2, 100, vec![(16, 3, 1), (24, 3, 1), (16, 3, 1)]),
    ] {
        let mut map = side;
        let mut list = Vec::new();
        for (outputs, kernel, stride) in specs {
            list.push((outputs, kernel, stride, same(map, kernel, stride)));
            map = map.div_ceil(stride);
        }
        for (norm, statistics) in [(true, Statistics::Batch), (false, Statistics::Frozen)] {
            let layers = network(3, side, &list, norm, Some(Activation::Silu)).unwrap();
            check(&layers, batch, statistics, Arch::new()).unwrap_or_else(|error| panic!("side {side}: {error}"));
        }
    }
}

/// Group norm, pools that leave pixels over, and shortcuts of all kinds, some inside others, after batch normalization
/// and before it; activations wherever they may stand.
fn branched() -> Vec<Vec<Layer>> {
    let conv = |inputs: usize, outputs: usize, side_in: usize, kernel: usize, stride: usize| {
        let padding = Padding { before: kernel / 2, after: kernel / 2 };
        let side_out = (side_in + 2 * padding.before - kernel) / stride + 1;
        Layer::Convolution(Convolution { inputs, outputs, kernel, stride, padding, side_in, side_out })
    };
    let (silu, softplus) = (Layer::Activation(Activation::Silu), Layer::Activation(Activation::Softplus));
    let group = |channels: usize, side: usize, groups: usize| Layer::GroupNorm { channels, side, groups };
    let batch = |channels: usize, side: usize| Layer::BatchNorm { channels, side };
    let pool = |channels: usize, side_in: usize, size: usize| Layer::Pool {
        channels,
        size,
        side_in,
        side_out: side_in / size,
    };
    let join = |inputs: usize, outputs: usize, side_in: usize, side_out: usize| {
        Layer::Join(Shortcut { inputs, outputs, side_in, side_out })
    };
    let dense = |channels: usize, side: usize| Layer::Dense { channels, side };
    vec![
        vec![conv(3, 12, 8, 3, 1), group(12, 8, 4), silu, conv(12, 20, 8, 3, 2), silu, group(20, 4, 1), dense(20, 4)],
        vec![conv(3, 10, 9, 3, 1), softplus, pool(10, 9, 2), conv(10, 6, 4, 3, 1), pool(6, 4, 3), silu, dense(6, 1)],
        vec![conv(3, 8, 8, 3, 1), Layer::Fork, silu, conv(8, 8, 8, 3, 1), join(8, 8, 8, 8), silu, dense(8, 8)],
        vec![
            conv(3, 18, 8, 3, 1),
            batch(18, 8),
            softplus,
            Layer::Fork,
            conv(18, 24, 8, 3, 2),
            batch(24, 4),
            silu,
            conv(24, 24, 4, 3, 1),
            batch(24, 4),
            join(18, 24, 8, 4),
            silu,
            conv(24, 8, 4, 1, 1),
            dense(8, 4),
        ],
        vec![
            conv(3, 8, 8, 3, 1),
            silu,
            Layer::Fork,
            conv(8, 8, 8, 3, 1),
            Layer::Fork,
            silu,
            conv(8, 6, 8, 3, 1),
            silu,
            join(8, 6, 8, 8),
            pool(6, 8, 2),
            join(8, 6, 8, 4),
            dense(6, 4),
        ],
        vec![
            conv(3, 8, 6, 3, 1),
            Layer::Fork,
            Layer::Fork,
            join(8, 8, 6, 6),
            join(8, 8, 6, 6),
            silu,
            silu,
            dense(8, 6),
        ],
    ]
}

#[test]
fn branches_pools_and_group_norm_are_right() {
    for (index, layers) in branched().into_iter().enumerate() {
        for statistics in [Statistics::Batch, Statistics::Frozen] {
            for (arch, batch) in instruction_sets().into_iter().zip([5, 19, 3].into_iter().cycle()) {
                let checked = check(&layers, batch, statistics, arch);
                checked.unwrap_or_else(|error| panic!("network {index}, {statistics:?}, {arch:?}: {error}"));
            }
        }
    }
}

/// Burn's automatic differentiation, which GPUs use for these layers, gives the same numbers.
#[test]
fn branches_pools_and_group_norm_are_right_by_burn() {
    for name in ["flex", "software"] {
        let device = match Device::choose(name, Some(2)) {
            Ok(device) => device,
            Err(error) => return eprintln!("skipped: {error}"),
        };
        for (index, layers) in branched().into_iter().enumerate() {
            let set = parameters(&layers);
            let Layer::Convolution(Convolution { side_in, .. }) = layers[0] else { continue };
            let images = Images::new([5, 3, side_in, side_in], normal(5 * 3 * side_in * side_in, 3, 0.7));
            let mut network = device.prepare(&layers).unwrap();
            network.load(&set).unwrap();
            let mut gradient = Images::default();
            for statistics in [Statistics::Batch, Statistics::Frozen] {
                let right = oracle::evaluate(&layers, &set, images.data(), statistics, &[1.0; 5]);
                let score = network.score_gradient(&images, statistics, &mut gradient).unwrap();
                let found = network.parameter_gradient(&images, statistics, &|scores| vec![1.0; scores.len()]).unwrap();
                let off = [
                    error(&score, &right.score),
                    error(gradient.data(), &right.image),
                    error(&found.tensors.concat(), &right.tensors.concat()),
                ];
                assert!(off.iter().all(|&off| off < 1e-4), "{name}, network {index}, {statistics:?}: {off:?}");
            }
        }
    }
}

/// A layer order that the kernels do not know is left to Burn, which gives the same numbers.
#[test]
fn other_orders_go_through_burn() {
    let plain = network(3, 6, &[(8, 3, 1, [1, 1])], true, Some(Activation::Silu)).unwrap();
    assert!(CpuNetwork::new(&plain, Threads::new(Some(1))).is_some());
    assert!(CpuNetwork::new(&plain[1..], Threads::new(Some(1))).is_none());
    assert!(CpuNetwork::new(&plain[..2], Threads::new(Some(1))).is_none());
    let mut turned = plain;
    turned.swap(1, 2);
    assert!(CpuNetwork::new(&turned, Threads::new(Some(1))).is_none());

    let set = parameters(&turned);
    let images = Images::new([5, 3, 6, 6], normal(5 * 3 * 36, 3, 0.7));
    let mut network = Device::choose("cpu", Some(2)).unwrap().prepare(&turned).unwrap();
    network.load(&set).unwrap();
    let mut gradient = Images::default();
    for statistics in [Statistics::Batch, Statistics::Frozen] {
        let right = oracle::evaluate(&turned, &set, images.data(), statistics, &[1.0; 5]);
        let score = network.score_gradient(&images, statistics, &mut gradient).unwrap();
        assert!(error(&score, &right.score) < 1e-5 && error(gradient.data(), &right.image) < 1e-5, "{statistics:?}");
    }
}
