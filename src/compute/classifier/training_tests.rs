//! The gradient that an update follows, held to finite differences.

use super::*;
use crate::compute::{Activation, Convolution, Device, Layer, Padding};

/// How far a parameter is moved. The closest difference counts: a long step may meet a kink of an activation, a short one the
/// rounding of single precision.
const STEPS: [f32; 3] = [4e-3, 1e-3, 3e-4];

/// The worst difference between the gradient of the mean loss and central differences, over some values of each tensor, as a
/// share of the tensor's largest gradient; and where it is.
pub(in crate::compute::classifier) fn worst_difference(
    classifier: &mut Classifier,
    inputs: &[Images],
    labels: &[usize],
) -> (f64, String) {
    let mut batch = Examples { inputs: inputs.to_vec(), labels: labels.to_vec() };
    let mut none = batch.select(&[]);
    classifier.start(&mut batch, &mut none, 3).unwrap();
    let (_, gradients) = classifier.gradient(&batch).unwrap();
    let mut worst = (0.0, String::new());
    for (grid, (tensors, _)) in gradients.iter().enumerate() {
        for (index, gradient) in tensors.iter().enumerate() {
            // A branch after the first has no bias of its own on top.
            if grid > 0 && index + 1 == tensors.len() {
                assert!(gradient.iter().all(|&g| g == 0.0));
                continue;
            }
            let largest = gradient.iter().fold(0.0f32, |most, g| most.max(g.abs()));
            // A bias before a normalization moves nothing.
            let scale = f64::from(largest).max(0.05);
            for at in (0..gradient.len()).step_by(gradient.len().div_ceil(7)) {
                let mut loss = |by: f32| {
                    let branch = &mut classifier.branches[grid];
                    let mut moved = branch.parameters.clone();
                    moved.tensors[index].data[at] += by;
                    branch.bottom.load(&moved).unwrap();
                    classifier.gradient(&batch).unwrap().0.loss
                };
                let differences = STEPS.map(|step| (loss(step) - loss(-step)) / (2.0 * f64::from(step)));
                let branch = &mut classifier.branches[grid];
                branch.bottom.load(&branch.parameters).unwrap();
                let far = |difference: f64| (difference - f64::from(gradient[at])).abs() / scale;
                let share = differences.map(far).into_iter().fold(f64::INFINITY, f64::min);
                if share > worst.0 {
                    worst =
                        (share, format!("grid {grid}, tensor {index}, {at}: {differences:?}, found {}", gradient[at]));
                }
            }
        }
    }
    worst
}

#[derive(serde::Deserialize)]
struct Values {
    shape: Vec<usize>,
    data: Vec<f32>,
}

/// What `tests/classifier/torch.py` writes.
#[derive(serde::Deserialize)]
struct Fixture {
    rate: f32,
    decay: f32,
    inputs: Vec<Values>,
    labels: Vec<usize>,
    before: Vec<Vec<Values>>,
    losses: Vec<f64>,
    errors: Vec<f64>,
    after: Vec<Vec<Values>>,
    running_mean: Vec<f32>,
}

#[test]
fn updates_are_those_of_pytorch() {
    let text = include_str!("../../../tests/classifier/torch.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    let images = |values: &Values| {
        let shape = <[usize; 4]>::try_from(values.shape.as_slice()).unwrap();
        Images::new(shape, values.data.clone())
    };
    let batch = Examples { inputs: fixture.inputs.iter().map(images).collect(), labels: fixture.labels };
    let settings =
        ClassifierTraining { rate: fixture.rate, weight_decay: fixture.decay, ..ClassifierTraining::default() };
    for device in ["cpu", "flex"] {
        let device = Device::choose(device, Some(2)).unwrap();
        let padding = Padding { before: 1, after: 1 };
        let (kernel, stride, side_in, side_out) = (3, 1, 4, 4);
        let shape = Convolution { inputs: 2, outputs: 4, kernel, stride, padding, side_in, side_out };
        let norm = Layer::BatchNorm { channels: 4, side: 4 };
        let layers = [Layer::Convolution(shape), norm, Layer::Activation(Activation::Relu)];
        let mut classifier = Classifier::new(&device, &[(&layers, (4, 4)), (&[], (3, 2))], Some(4), 3).unwrap();
        for (grid, (branch, before)) in classifier.branches.iter_mut().zip(&fixture.before).enumerate() {
            branch.initialize(1, grid, 1);
            assert_eq!(branch.parameters.tensors.len(), before.len());
            for (tensor, values) in branch.parameters.tensors.iter_mut().zip(before) {
                assert_eq!(tensor.shape, values.shape);
                tensor.data.clone_from(&values.data);
            }
            branch.bottom.load(&branch.parameters).unwrap();
        }
        let mut optimizers = [Adam::default(), Adam::default()];
        for (loss, error) in fixture.losses.iter().zip(&fixture.errors) {
            let measured = classifier.update(&batch, &settings, &mut optimizers).unwrap();
            assert!((measured.loss - loss).abs() < 1e-4 && measured.error == *error, "{measured:?}: {loss} {error}");
        }
        for (branch, after) in classifier.branches.iter().zip(&fixture.after) {
            for (index, (tensor, values)) in branch.parameters.tensors.iter().zip(after).enumerate() {
                // Adam makes whole steps of the rounding that a bias before a normalization has for a gradient.
                if branch.parameters.statistics.is_empty() || index != 1 {
                    let pairs = tensor.data.iter().zip(&values.data);
                    pairs.for_each(|(a, b)| assert!((a - b).abs() < 2e-3, "{} tensor {index}: {a} {b}", device.name()));
                }
            }
        }
        let means = &classifier.branches[0].parameters.statistics[0].mean;
        means.iter().zip(&fixture.running_mean).for_each(|(a, b)| assert!((a - b).abs() < 0.02, "{a} {b}"));
    }
}
