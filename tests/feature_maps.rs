//! Feature maps drawn on a device are those that the layers' definitions give.

use emberlab::compute::{Activation, Device, Images, NoiseKey, ParameterSet, Purpose, feature_maps};
use emberlab::model::{Initialization, LayerSpec, Network, NetworkSpec, NormMode, PaddingRule, activations};

const RELU: LayerSpec = LayerSpec::Activation(Activation::Relu);

fn convolution(channels: usize, kernel: usize, stride: usize) -> LayerSpec {
    LayerSpec::Convolution { channels, kernel, stride, padding: PaddingRule::Same }
}

fn network(layers: &[LayerSpec]) -> Network {
    let spec =
        NetworkSpec { layers: layers.to_vec(), norm: NormMode::Batch, initialization: Initialization::Normal(0.2) };
    Network::new(spec, 3, 16).unwrap()
}

/// Parameters whose running statistics are not those of a fresh network.
fn parameters(network: &Network) -> ParameterSet {
    let mut parameters = network.initialize(NoiseKey::new(5, Purpose::Parameters));
    for (index, running) in parameters.statistics.iter_mut().enumerate() {
        NoiseKey::new(6, Purpose::Parameters).normal(index as u32, &mut running.mean);
        running.variance.iter_mut().enumerate().for_each(|(c, variance)| *variance = 0.5 + c as f32 / 7.0);
    }
    parameters
}

fn noise(count: usize) -> Images {
    let mut images = Images::zeros([count, 3, 16, 16]);
    NoiseKey::new(7, Purpose::Metric).normal(0, images.data_mut());
    images
}

#[test]
fn they_are_what_the_last_layer_below_the_top_gives() {
    let networks = [
        network(&[convolution(12, 5, 2), LayerSpec::Norm, RELU, convolution(20, 3, 1), LayerSpec::Norm, RELU]),
        network(&[convolution(16, 3, 1), RELU, LayerSpec::Pool { size: 2 }, LayerSpec::FullyConnected { outputs: 9 }]),
        network(&[
            LayerSpec::Spectral,
            convolution(16, 5, 2),
            LayerSpec::GroupNorm { groups: None },
            LayerSpec::Activation(Activation::Silu),
            LayerSpec::Fork,
            convolution(16, 3, 1),
            LayerSpec::Join,
            LayerSpec::Activation(Activation::LeakyRelu(0.1)),
        ]),
    ];
    for network in networks {
        let (parameters, images) = (parameters(&network), noise(70));
        let layers = activations(&network, &parameters, &images).unwrap();
        let expected = &layers[layers.len() - 2].values;
        for device in ["cpu", "flex"] {
            let device = Device::choose(device, Some(2)).unwrap();
            let found = feature_maps(&device, network.layers(), &parameters, &images).unwrap();
            assert_eq!(found.shape(), expected.shape());
            let most = expected.data().iter().fold(0.0f32, |most, value| most.max(value.abs()));
            let pairs = found.data().iter().zip(expected.data());
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4 * most && most > 0.1, "{}: {worst} of {most}", device.name());
        }
    }
}

#[test]
fn layers_may_be_cut_anywhere() {
    let network = network(&[convolution(12, 5, 2), LayerSpec::Norm, RELU, convolution(20, 3, 1), RELU]);
    let (parameters, images) = (parameters(&network), noise(3));
    let device = Device::choose("cpu", Some(1)).unwrap();
    let found = feature_maps(&device, &network.layers()[..3], &parameters, &images);
    let expected = activations(&network, &parameters, &images).unwrap().swap_remove(2).values;
    let found = found.unwrap();
    found.data().iter().zip(expected.data()).for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{a} {b}"));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let network = network(&[convolution(4, 3, 2), LayerSpec::Norm, RELU]);
    let (good, device) = (parameters(&network), Device::choose("cpu", Some(1)).unwrap());
    let maps = |parameters: &ParameterSet, images: &Images| {
        feature_maps(&device, network.layers(), parameters, images).err().map(|error| error.to_string())
    };
    assert_eq!(maps(&good, &noise(2)), None);
    assert!(maps(&good, &Images::zeros([2, 1, 16, 16])).unwrap().contains("[2, 1, 16, 16]"));
    assert!(maps(&good, &Images::zeros([0, 3, 16, 16])).unwrap().contains("[0, 3, 16, 16]"));
    let mut short = good.clone();
    short.tensors[0].data.pop();
    assert!(maps(&short, &noise(2)).unwrap().contains("another network"));
    let mut unknown = good.clone();
    unknown.statistics.clear();
    assert!(maps(&unknown, &noise(2)).unwrap().contains("statistics"));
}
