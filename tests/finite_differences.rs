//! Gradients against central differences: the score's with respect to the image for every layer, and the contrast's
//! with respect to the parameters in every normalization mode.

use emberlab::compute::{Activation, Device, Images, NoiseKey, ParameterSet, PreparedNetwork, Purpose, Statistics};
use emberlab::learning::{Contrast, learning_gradient};
use emberlab::model::{Initialization, LayerSpec, Network, NetworkSpec, NormMode, PaddingRule};

fn random(shape: [usize; 4], item: u32) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(5, Purpose::Probe).normal(item, images.data_mut());
    images
}

fn network(layers: Vec<LayerSpec>, norm: NormMode, side: usize) -> (Network, ParameterSet) {
    let network = Network::new(NetworkSpec { layers, norm, initialization: Initialization::FanIn }, 3, side).unwrap();
    let mut parameters = network.initialize(NoiseKey::new(3, Purpose::Parameters));
    // Normalization off its fresh state, so that its own terms count.
    for (index, statistics) in parameters.statistics.iter_mut().enumerate() {
        NoiseKey::new(7, Purpose::Probe).normal(index as u32, &mut statistics.mean);
        statistics.mean.iter_mut().for_each(|mean| *mean *= 0.1);
        statistics.variance.iter_mut().enumerate().for_each(|(c, v)| *v = 0.5 + 0.1 * (c % 5) as f32);
    }
    (network, parameters)
}

fn convolution(channels: usize, kernel: usize, stride: usize, padding: PaddingRule) -> LayerSpec {
    LayerSpec::Convolution { channels, kernel, stride, padding }
}

fn total(network: &mut dyn PreparedNetwork, images: &Images, statistics: Statistics) -> f64 {
    network.score(images, statistics).unwrap().iter().map(|&f| f64::from(f)).sum()
}

/// The directional derivative of the summed score agrees with the gradient along several random directions.
///
/// With a kinked activation the score is only piecewise smooth, and a kink within a step spoils that direction: there
/// most directions must agree. (The oracle holds those activations to 1e-5 everywhere.)
fn check_image_gradient(layers: Vec<LayerSpec>, norm: NormMode, side: usize, what: &str) {
    let kinked =
        |layer: &LayerSpec| matches!(layer, LayerSpec::Activation(Activation::Relu | Activation::LeakyRelu(_)));
    let kinked = layers.iter().any(kinked);
    let (step, directions, share) = if kinked { (1e-3, 25, 0.1) } else { (1e-2, 4, 0.03) };
    let (network, parameters) = network(layers, norm, side);
    let device = Device::choose("cpu", Some(2)).unwrap();
    let mut prepared = device.prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    let statistics = if norm == NormMode::Batch { Statistics::Batch } else { Statistics::Frozen };
    let images = random([5, 3, side, side], 1);
    let mut gradient = Images::zeros(images.shape());
    prepared.score_gradient(&images, statistics, &mut gradient).unwrap();
    let mut errors = Vec::new();
    for direction in 2..2 + directions {
        let direction = random(images.shape(), direction);
        let moved = |sign: f32| {
            let mut moved = images.clone();
            moved.data_mut().iter_mut().zip(direction.data()).for_each(|(y, d)| *y += sign * step * d);
            moved
        };
        let difference =
            total(&mut *prepared, &moved(1.0), statistics) - total(&mut *prepared, &moved(-1.0), statistics);
        let numeric = difference / (2.0 * f64::from(step));
        let analytic = dot(gradient.data(), direction.data());
        let size = norm_of(gradient.data()) * norm_of(direction.data()) / (images.data().len() as f64).sqrt();
        errors.push((numeric - analytic).abs() / (share * size + 1e-4));
    }
    errors.sort_by(f64::total_cmp);
    let worst = if kinked { errors[errors.len() / 2] } else { errors[errors.len() - 1] };
    assert!(worst <= 1.0, "{what}: {worst:.2} times the allowed difference");
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

fn norm_of(a: &[f32]) -> f64 {
    dot(a, a).sqrt()
}

#[test]
fn the_image_gradient_of_every_convolution() {
    for kernel in [1, 2, 3, 4, 5, 7] {
        for stride in [1, 2, 3] {
            for padding in [PaddingRule::Same, PaddingRule::Pixels(0), PaddingRule::Pixels(2)] {
                for side in [7, 8, 11] {
                    let layers = vec![
                        convolution(6, kernel, stride, padding),
                        LayerSpec::Activation(Activation::Silu),
                        convolution(4, 1, 1, PaddingRule::Same),
                        LayerSpec::Activation(Activation::Softplus),
                    ];
                    let what = format!("kernel {kernel}, stride {stride}, {padding:?}, side {side}");
                    check_image_gradient(layers, NormMode::None, side, &what);
                }
            }
        }
    }
}

#[test]
fn the_image_gradient_of_every_activation_and_normalization() {
    let activations = [Activation::Relu, Activation::LeakyRelu(0.2), Activation::Silu, Activation::Softplus];
    for activation in activations {
        for norm in [NormMode::None, NormMode::Frozen, NormMode::Batch] {
            let mut layers = Vec::new();
            for (channels, kernel, stride) in [(8, 5, 2), (6, 3, 1)] {
                layers.push(convolution(channels, kernel, stride, PaddingRule::Same));
                if norm != NormMode::None {
                    layers.push(LayerSpec::Norm);
                }
                layers.push(LayerSpec::Activation(activation));
            }
            check_image_gradient(layers, norm, 9, &format!("{activation:?}, {norm:?}"));
        }
    }
}

/// Networks of the layers that are not in a plain row.
fn other_networks() -> Vec<(&'static str, Vec<LayerSpec>)> {
    let smooth = LayerSpec::Activation(Activation::Silu);
    let conv = |channels, kernel, stride| convolution(channels, kernel, stride, PaddingRule::Same);
    vec![
        ("group norm", vec![conv(6, 3, 1), LayerSpec::GroupNorm { groups: Some(3) }, smooth, conv(4, 3, 1), smooth]),
        ("pool", vec![conv(4, 3, 1), smooth, LayerSpec::Pool { size: 2 }, conv(5, 3, 1), smooth]),
        ("residual", vec![conv(4, 3, 1), LayerSpec::Fork, smooth, conv(4, 3, 1), LayerSpec::Join, smooth]),
        (
            "shortcut",
            vec![conv(4, 3, 1), LayerSpec::Fork, conv(6, 3, 2), smooth, conv(6, 3, 2), LayerSpec::Join, smooth],
        ),
        ("fc", vec![conv(4, 3, 2), smooth, LayerSpec::FullyConnected { outputs: 7 }, smooth]),
        ("spectral", vec![LayerSpec::Spectral, conv(5, 3, 1), smooth, LayerSpec::Spectral, conv(4, 3, 2), smooth]),
    ]
}

#[test]
fn the_image_gradient_of_other_layers() {
    for (what, layers) in other_networks() {
        check_image_gradient(layers, NormMode::None, 8, what);
    }
}

#[test]
fn the_learning_gradient_of_other_layers() {
    for (what, layers) in other_networks() {
        check_learning_gradient(layers, NormMode::None, what);
    }
}

#[test]
fn with_group_norm_no_image_knows_of_another() {
    let (network, parameters) = network(other_networks().remove(0).1, NormMode::None, 8);
    let mut prepared = Device::choose("cpu", Some(2)).unwrap().prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    let images = random([4, 3, 8, 8], 1);
    let together = prepared.score(&images, Statistics::Frozen).unwrap();
    for (index, together) in together.into_iter().enumerate() {
        let alone = prepared.score(&images.select(&[index]), Statistics::Frozen).unwrap()[0];
        assert!((alone - together).abs() < 1e-5, "{alone} and {together}");
    }
}

#[test]
fn a_spectral_convolution_stretches_no_more_than_by_1() {
    // Over one pixel the convolution is its matrix: |W x| ≤ |x|, and W, W·c convolve alike.
    let layers = vec![LayerSpec::Spectral, convolution(9, 1, 1, PaddingRule::Same)];
    let (network, mut parameters) = network(layers, NormMode::None, 1);
    let device = Device::choose("cpu", Some(1)).unwrap();
    let mut prepared = device.prepare(network.layers()).unwrap();
    // The top reads output k alone, so that the gradient of the score is row k of the weight.
    let mut rows = Vec::new();
    for scale in [1.0, 30.0] {
        parameters.tensors[0].data.iter_mut().for_each(|w| *w *= scale);
        let mut matrix = Vec::new();
        for output in 0..9 {
            parameters.tensors[2].data.iter_mut().enumerate().for_each(|(k, w)| *w = f32::from(k == output));
            prepared.load(&parameters).unwrap();
            let mut row = Images::zeros([1, 3, 1, 1]);
            prepared.score_gradient(&random([1, 3, 1, 1], 1), Statistics::Frozen, &mut row).unwrap();
            matrix.push(row.into_data());
        }
        rows.push(matrix);
    }
    let mut x = [1.0f64, 0.5, -0.3];
    let mut stretch = 0.0;
    for _ in 0..200 {
        let y: Vec<f64> = rows[0].iter().map(|row| row.iter().zip(x).map(|(&w, x)| f64::from(w) * x).sum()).collect();
        stretch = y.iter().map(|y| y * y).sum::<f64>().sqrt();
        for (k, x) in x.iter_mut().enumerate() {
            *x = rows[0].iter().zip(&y).map(|(row, y)| f64::from(row[k]) * y).sum();
        }
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter_mut().for_each(|x| *x /= length);
    }
    assert!((stretch - 1.0).abs() < 1e-3, "the largest singular value is {stretch}");
    let same = rows[0].iter().flatten().zip(rows[1].iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(same, "the weight's own size does not matter");
}

/// The contrast of equation (9), evaluated directly.
fn contrast_value(
    network: &mut dyn PreparedNetwork,
    [observed, synthesized]: [&Images; 2],
    norm: NormMode,
    contrast: Contrast,
) -> f64 {
    let statistics =
        if matches!(norm, NormMode::Batch | NormMode::Joint) { Statistics::Batch } else { Statistics::Frozen };
    let count = observed.count();
    let (up, down) = if norm == NormMode::Joint {
        let both = network.score(&observed.concat(synthesized), statistics).unwrap();
        (both[..count].to_vec(), both[count..].to_vec())
    } else {
        (network.score(observed, statistics).unwrap(), network.score(synthesized, statistics).unwrap())
    };
    let mean = |values: &[f32], power: i32| {
        values.iter().map(|&f| f64::from(f).powi(power)).sum::<f64>() / values.len() as f64
    };
    f64::from(contrast.share) * (mean(&up, 1) - mean(&down, 1))
        - f64::from(contrast.penalty) * (mean(&up, 2) + mean(&down, 2))
}

#[test]
fn the_learning_gradient_in_every_mode() {
    for norm in [NormMode::None, NormMode::Frozen, NormMode::Batch, NormMode::Joint] {
        let mut layers = vec![convolution(6, 4, 2, PaddingRule::Same)];
        if norm != NormMode::None {
            layers.push(LayerSpec::Norm);
        }
        layers.push(LayerSpec::Activation(Activation::Silu));
        layers.push(convolution(5, 3, 1, PaddingRule::Same));
        layers.push(LayerSpec::Activation(Activation::Softplus));
        check_learning_gradient(layers, norm, &format!("{norm:?}"));
    }
}

fn check_learning_gradient(layers: Vec<LayerSpec>, norm: NormMode, what: &str) {
    let device = Device::choose("cpu", Some(2)).unwrap();
    let contrast = Contrast { share: 0.7, penalty: 0.05 };
    let (network, parameters) = network(layers, norm, 8);
    let mut prepared = device.prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    let (observed, synthesized) = (random([6, 3, 8, 8], 1), random([6, 3, 8, 8], 2));
    let gradient = learning_gradient(&mut *prepared, &observed, &synthesized, norm, contrast).unwrap();
    for (index, tensor) in parameters.tensors.iter().enumerate() {
        let mut direction = vec![0.0; tensor.data.len()];
        NoiseKey::new(9, Purpose::Probe).normal(index as u32, &mut direction);
        let step = 1e-2;
        let mut value = |sign: f32| {
            let mut moved = parameters.clone();
            moved.tensors[index].data.iter_mut().zip(&direction).for_each(|(w, d)| *w += sign * step * d);
            prepared.load(&moved).unwrap();
            contrast_value(&mut *prepared, [&observed, &synthesized], norm, contrast)
        };
        let numeric = (value(1.0) - value(-1.0)) / (2.0 * f64::from(step));
        let analytic = dot(&gradient.tensors[index], &direction);
        let size = norm_of(&gradient.tensors[index]) * norm_of(&direction) / (direction.len() as f64).sqrt();
        let error = (numeric - analytic).abs();
        assert!(error <= 0.03 * size + 1e-4, "{what}, {}: {numeric} and {analytic}", tensor.name);
    }
}
