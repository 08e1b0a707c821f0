use super::*;
use crate::compute::{Device, NoiseKey, Purpose, Statistics};
use crate::model::{Initialization, LayerSpec, NetworkSpec, NormMode, PaddingRule};
use proptest::prelude::*;

fn network(layers: Vec<LayerSpec>, channels: usize, side: usize) -> Network {
    let spec = NetworkSpec { layers, norm: NormMode::Frozen, initialization: Initialization::FanIn };
    Network::new(spec, channels, side).unwrap()
}

fn convolution(channels: usize, kernel: usize, stride: usize, padding: PaddingRule) -> LayerSpec {
    LayerSpec::Convolution { channels, kernel, stride, padding }
}

fn conv(channels: usize) -> LayerSpec {
    convolution(channels, 3, 1, PaddingRule::Same)
}

const RELU: LayerSpec = LayerSpec::Activation(Activation::Relu);
const SILU: LayerSpec = LayerSpec::Activation(Activation::Silu);

fn noise(shape: [usize; 4], seed: u64) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(seed, Purpose::Probe).normal(0, images.data_mut());
    images
}

/// Parameters of which nothing is 0 or 1: scales, shifts and running statistics too.
fn parameters(network: &Network, seed: u64) -> ParameterSet {
    let mut set = network.initialize(NoiseKey::new(seed, Purpose::Parameters));
    let mut item = 100;
    let mut draw = |values: &mut [f32], middle: f32| {
        NoiseKey::new(seed, Purpose::Probe).normal(item, values);
        item += 1;
        values.iter_mut().for_each(|value| *value = middle + 0.2 * value.clamp(-2.0, 2.0));
    };
    for tensor in set.tensors.iter_mut().filter(|tensor| tensor.name.contains('n') && tensor.shape.len() == 1) {
        let middle = if tensor.name.ends_with("weight") { 1.0 } else { 0.0 };
        draw(&mut tensor.data, middle);
    }
    for statistics in &mut set.statistics {
        draw(&mut statistics.mean, 0.1);
        draw(&mut statistics.variance, 0.7);
    }
    set
}

/// The scores of the last layer are those of the network on a device.
fn agrees(network: &Network, seed: u64) -> Result<(), TestCaseError> {
    let channels = match network.layers()[0] {
        Layer::Convolution(shape) | Layer::Spectral(shape) => shape.inputs,
        _ => 3,
    };
    let images = noise([3, channels, network.side(), network.side()], seed);
    let parameters = parameters(network, seed);
    let mut prepared = Device::choose("cpu", Some(1)).unwrap().prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    let wanted = prepared.score(&images, Statistics::Frozen).unwrap();
    let outputs = activations(network, &parameters, &images).unwrap();
    prop_assert_eq!(outputs.len(), network.layers().len());
    let last = &outputs[outputs.len() - 1].values;
    prop_assert_eq!(last.shape(), [3, 1, 1, 1]);
    let scale = wanted.iter().fold(0.1f32, |most, score| most.max(score.abs()));
    for (found, wanted) in last.data().iter().zip(&wanted) {
        prop_assert!((found - wanted).abs() <= 1e-4 * scale, "{} not {}: {:?}", found, wanted, network.spec());
    }
    let learned: usize = outputs.iter().map(|output| output.parameters).sum();
    prop_assert_eq!(learned, network.parameter_count());
    Ok(())
}

#[test]
fn every_kind_of_layer_scores_as_on_a_device() {
    let leaky = LayerSpec::Activation(Activation::LeakyRelu(0.2));
    let softplus = LayerSpec::Activation(Activation::Softplus);
    let group = |groups| LayerSpec::GroupNorm { groups };
    for layers in [
        vec![conv(5), RELU, convolution(9, 5, 2, PaddingRule::Pixels(2)), softplus],
        vec![convolution(12, 4, 3, PaddingRule::Pixels(0)), leaky, convolution(8, 2, 1, PaddingRule::Pixels(1)), SILU],
        vec![convolution(6, 5, 2, PaddingRule::Same), LayerSpec::Norm, RELU, conv(7), LayerSpec::Norm, leaky],
        vec![conv(8), group(None), RELU, conv(6), group(Some(3)), SILU],
        vec![conv(4), leaky, LayerSpec::Pool { size: 3 }, conv(6), RELU],
        vec![conv(4), LayerSpec::Fork, SILU, conv(4), LayerSpec::Join, SILU],
        vec![conv(4), LayerSpec::Fork, RELU, convolution(7, 3, 2, PaddingRule::Same), LayerSpec::Join, RELU],
        vec![conv(4), LayerSpec::Fork, conv(5), LayerSpec::Fork, SILU, conv(5), LayerSpec::Join, LayerSpec::Join],
        vec![conv(4), RELU, LayerSpec::FullyConnected { outputs: 11 }, SILU],
        vec![LayerSpec::Spectral, conv(9), RELU, LayerSpec::Spectral, LayerSpec::FullyConnected { outputs: 5 }, RELU],
        vec![LayerSpec::Pool { size: 2 }, conv(3), SILU, LayerSpec::Norm],
    ] {
        for side in [8, 10] {
            agrees(&network(layers.clone(), 3, side), 7).unwrap();
        }
    }
}

fn layer() -> impl Strategy<Value = Vec<LayerSpec>> {
    let rule = prop_oneof![Just(PaddingRule::Same), (0usize..3).prop_map(PaddingRule::Pixels)];
    let shape = (1usize..20, 1usize..5, 1usize..4, rule);
    let strided = shape.prop_map(|(channels, kernel, stride, rule)| vec![convolution(channels, kernel, stride, rule)]);
    let block = (1usize..9, 1usize..4).prop_map(|(channels, kernel)| {
        vec![LayerSpec::Fork, convolution(channels, kernel, 1, PaddingRule::Same), RELU, LayerSpec::Join]
    });
    let simple = prop::sample::select(vec![
        LayerSpec::Norm,
        LayerSpec::GroupNorm { groups: None },
        LayerSpec::Pool { size: 2 },
        SILU,
        RELU,
        LayerSpec::Activation(Activation::LeakyRelu(0.1)),
    ]);
    prop_oneof![
        3 => strided,
        1 => block,
        1 => (1usize..9).prop_map(|channels| vec![LayerSpec::Spectral, conv(channels)]),
        2 => simple.prop_map(|layer| vec![layer]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_network_scores_as_on_a_device(
        layers in prop::collection::vec(layer(), 1..6), channels in 1usize..4, side in 4usize..14, seed: u64,
    ) {
        let layers = [vec![conv(6)], layers.concat()].concat();
        let spec = NetworkSpec { layers, norm: NormMode::Frozen, initialization: Initialization::FanIn };
        if let Ok(network) = Network::new(spec, channels, side) {
            agrees(&network, seed)?;
        }
    }
}

#[test]
fn layers_are_told_in_words() {
    let layers = vec![
        convolution(96, 5, 2, PaddingRule::Pixels(2)),
        LayerSpec::Norm,
        RELU,
        LayerSpec::Fork,
        LayerSpec::Spectral,
        conv(8),
        LayerSpec::Join,
        LayerSpec::Activation(Activation::LeakyRelu(0.2)),
        LayerSpec::Pool { size: 2 },
        LayerSpec::FullyConnected { outputs: 3 },
    ];
    let network = network(layers, 3, 16);
    let outputs = activations(&network, &parameters(&network, 1), &noise([2, 3, 16, 16], 1)).unwrap();
    let told: Vec<String> =
        outputs.iter().map(|out| format!("{}: {}, {}", out.words, out.channels(), out.side())).collect();
    let wanted = [
        "conv 5×5, 96, stride 2, padding 2: 96, 8",
        "batch norm: 96, 8",
        "relu: 96, 8",
        "residual block: 96, 8",
        "spectral conv 3×3, 8: 8, 8",
        "residual sum: 8, 8",
        "leaky 0.2: 8, 8",
        "pool 2×2: 8, 4",
        "fully connected, 3: 3, 1",
        "score: 1, 1",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn dead_channels_are_counted_after_activations_alone() {
    for activation in [Activation::Relu, Activation::LeakyRelu(0.2)] {
        let network = network(vec![conv(4), LayerSpec::Activation(activation), conv(2), SILU], 3, 6);
        let mut parameters = parameters(&network, 2);
        // The biases of the first convolution: two channels are far below zero, one is far above, one is as it is.
        parameters.tensors[1].data = vec![-1e3, 1e3, -1e3, 0.0];
        let outputs = activations(&network, &parameters, &noise([3, 3, 6, 6], 2)).unwrap();
        let dead: Vec<Option<f64>> = outputs.iter().map(LayerOutput::dead_share).collect();
        assert_eq!(dead, [None, Some(0.5), None, None, None]);
    }
    // A channel that one image of two brings to life is alive.
    let values = Images::new([2, 2, 1, 1], vec![0.0, 0.0, 0.0, 3.0]);
    let output = LayerOutput { words: String::new(), parameters: 0, values, flat_below_zero: true };
    assert_eq!(output.dead_share(), Some(0.5));
}

#[test]
fn what_does_not_fit_is_named() {
    let network = network(vec![conv(4), LayerSpec::Norm, RELU], 3, 6);
    let fit = parameters(&network, 1);
    let wrong = activations(&network, &fit, &Images::zeros([1, 3, 5, 5]));
    assert_eq!(wrong, Err(ActivationError::Images { found: [1, 3, 5, 5], channels: 3, side: 6 }));
    let mut cut = fit.clone();
    cut.tensors.pop();
    let wrong = activations(&network, &cut, &Images::zeros([1, 3, 6, 6]));
    assert_eq!(wrong, Err(ActivationError::Parameters { needed: "fc.bias of shape [1]".into() }));
    cut = fit;
    cut.statistics.clear();
    let wrong = activations(&network, &cut, &Images::zeros([1, 3, 6, 6])).unwrap_err();
    assert!(wrong.to_string().contains("running statistics of 4 channels"), "{wrong}");
}

#[test]
fn maps_are_drawn_with_grey_or_black_for_zero() {
    let of = |values: Vec<f32>| LayerOutput {
        words: String::new(),
        parameters: 0,
        values: Images::new([1, 2, 1, 1], values),
        flat_below_zero: false,
    };
    assert_eq!(of(vec![0.5, 2.0]).scale(0), [0.0, 2.0]);
    assert_eq!(of(vec![0.5, -2.0]).scale(0), [-2.0, 2.0]);
    assert_eq!(of(vec![0.0, 0.0]).scale(0), [0.0, 1.0]);
    assert_eq!(of(vec![f32::NAN, 3.0]).scale(0), [0.0, 3.0]);
    assert_eq!(of(vec![0.5, -2.0]).largest(0), [0.5, -2.0]);
}
