//! What classifiers must do, seen from outside, and the loss worked by hand.

use super::softmax::cross_entropy;
use super::*;
use crate::compute::{
    Activation, Convolution, NoiseKey, Padding, ParameterSet, Purpose, RunningStatistics, Tensor, feature_maps,
};
use proptest::prelude::*;
use std::ops::ControlFlow;

fn cpu() -> Device {
    Device::choose("cpu", Some(2)).unwrap()
}

fn quick(epochs: usize) -> ClassifierTraining {
    ClassifierTraining { epochs, batch: 20, rate: 3e-3, validation: 0.0, patience: None, ..Default::default() }
}

fn train(classifier: &mut Classifier, inputs: &[Images], labels: &[usize], settings: &ClassifierTraining) -> Trained {
    classifier.train(inputs, labels, settings, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn noise(shape: [usize; 4], seed: u64) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(seed, Purpose::Metric).normal(0, images.data_mut());
    images
}

/// Noise, to which `strength` is added in a corner of the image that depends on the class, one of four.
fn corners(count: usize, channels: usize, side: usize, strength: f32, seed: u64) -> (Images, Vec<usize>) {
    let mut images = noise([count, channels, side, side], seed);
    let half = (side / 2).max(1);
    let labels: Vec<usize> = (0..count).map(|image| image % 4).collect();
    for (image, &label) in labels.iter().enumerate() {
        for (at, value) in images.image_mut(image).iter_mut().enumerate() {
            let (row, column) = (at % (side * side) / side / half, at % side / half);
            *value += if 2 * row + column == label { strength } else { 0.0 };
        }
    }
    (images, labels)
}

fn same(inputs: usize, outputs: usize, kernel: usize, stride: usize, side_in: usize) -> Layer {
    let side_out = side_in.div_ceil(stride);
    let total = ((side_out - 1) * stride + kernel).saturating_sub(side_in);
    let padding = Padding { before: total / 2, after: total - total / 2 };
    Layer::Convolution(Convolution { inputs, outputs, kernel, stride, padding, side_in, side_out })
}

/// A small ConvNet over 8×8 images, with batch normalization.
fn convnet() -> Vec<Layer> {
    vec![
        same(3, 8, 5, 2, 8),
        Layer::BatchNorm { channels: 8, side: 4 },
        Layer::Activation(Activation::Relu),
        same(8, 20, 3, 1, 4),
        Layer::Activation(Activation::LeakyRelu(0.2)),
        Layer::Dense { channels: 20, side: 4 },
    ]
}

/// Random parameters of [`convnet`], the top's among them.
fn parameters() -> ParameterSet {
    let shapes: [&[usize]; 8] = [&[8, 3, 5, 5], &[8], &[8], &[8], &[20, 8, 3, 3], &[20], &[1, 320], &[1]];
    let tensor = |(index, shape): (usize, &&[usize])| {
        let mut data = vec![0.0; shape.iter().product()];
        NoiseKey::new(9, Purpose::Parameters).normal(index as u32, &mut data);
        data.iter_mut().for_each(|value| *value *= 0.3);
        Tensor { name: format!("tensor{index}"), shape: shape.to_vec(), data }
    };
    let statistics = RunningStatistics { mean: vec![0.1; 8], variance: vec![2.0; 8] };
    ParameterSet { tensors: shapes.iter().enumerate().map(tensor).collect(), statistics: vec![statistics] }
}

#[test]
fn the_loss_is_worked_by_hand() {
    let ln = |x: f32| x.ln();
    // Softmax of (ln 1, ln 2, ln 5) is (1/8, 2/8, 5/8); equal scores are a half each.
    let scores = [ln(1.0), ln(2.0), ln(5.0), 7.0, 7.0, 7.0];
    let mut gradient = [0.0; 6];
    let measured = cross_entropy(&scores, &[1, 0], &mut gradient);
    assert!((measured.loss - (4f64.ln() + 3f64.ln()) / 2.0).abs() < 1e-6, "{measured:?}");
    // The first of equal scores is the prediction.
    assert_eq!(measured.error, 0.5);
    let expected = [1.0 / 16.0, -6.0 / 16.0, 5.0 / 16.0, -1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0];
    gradient.iter().zip(expected).for_each(|(found, expected)| assert!((found - expected).abs() < 1e-6));
}

#[test]
fn the_loss_of_huge_scores_is_finite() {
    let mut gradient = [0.0; 2];
    let measured = cross_entropy(&[3e38, -3e38], &[1], &mut gradient);
    assert!(measured.loss.is_finite() && gradient == [1.0, -1.0], "{measured:?} {gradient:?}");
}

proptest! {
    #[test]
    fn the_gradient_of_the_loss_is_that_of_finite_differences(
        scores in prop::collection::vec(-3.0f32..3.0, 12),
        labels in prop::collection::vec(0usize..4, 3),
        shift in -50.0f32..50.0,
    ) {
        let loss = |scores: &[f32]| cross_entropy(scores, &labels, &mut [0.0; 12]).loss;
        let mut gradient = [0.0; 12];
        cross_entropy(&scores, &labels, &mut gradient);
        for at in 0..12 {
            let moved = |by: f32| {
                let mut moved = scores.clone();
                moved[at] += by;
                loss(&moved)
            };
            let difference = (moved(0.01) - moved(-0.01)) / 0.02;
            prop_assert!((difference - f64::from(gradient[at])).abs() < 1e-4);
        }
        // Only differences of an image's scores count.
        let shifted: Vec<f32> = scores.iter().map(|score| score + shift).collect();
        prop_assert!((loss(&shifted) - loss(&scores)).abs() < 1e-4);
    }
}

#[test]
fn the_gradients_of_all_tensors_are_those_of_finite_differences() {
    let (images, labels) = corners(12, 3, 8, 1.0, 1);
    let inputs = [images, noise([12, 6, 2, 2], 2)];
    for device in ["cpu", "flex"] {
        let device = Device::choose(device, Some(2)).unwrap();
        let mut classifier = two_branches(&device);
        let (share, place) = training::tests::worst_difference(&mut classifier, &inputs, &labels);
        assert!(share < 0.02, "{}: {share} at {place}", device.name());
    }
}

/// A ConvNet, one of its convolutions divided by its largest singular value, on one grid beside a map on the other.
fn two_branches(device: &Device) -> Classifier {
    let mut layers = convnet();
    if let Layer::Convolution(shape) = layers[3] {
        layers[3] = Layer::Spectral(shape);
    }
    let below = super::below_top(&layers);
    Classifier::new(device, &[(below, (20, 4)), (&[], (6, 2))], Some(5), 4).unwrap()
}

#[test]
fn a_separable_set_is_learned_without_error() {
    let (images, labels) = corners(80, 3, 8, 3.0, 1);
    let (unseen, truth) = corners(80, 3, 8, 3.0, 2);
    let layers = convnet();
    for hidden in [None, Some(6)] {
        for mut classifier in [
            Classifier::from_scratch(&cpu(), &[&layers], hidden, 4).unwrap(),
            Classifier::over_maps(&cpu(), &[(3, 8)], hidden, 4).unwrap(),
        ] {
            let trained = train(&mut classifier, std::slice::from_ref(&images), &labels, &quick(30));
            assert_eq!(trained.kept.learned.error, 0.0, "{trained:?}");
            assert_eq!(classifier.error_rate(std::slice::from_ref(&unseen), &truth).unwrap(), 0.0);
            let scores = classifier.predict(std::slice::from_ref(&unseen)).unwrap();
            assert_eq!(error_rate(&scores, &truth).unwrap(), 0.0);
        }
    }
}

#[test]
fn more_labels_are_never_much_worse() {
    let (unseen, truth) = corners(400, 3, 4, 0.7, 5);
    let errors = [16, 64, 256].map(|count| {
        let (images, labels) = corners(count, 3, 4, 0.7, 6);
        let mut classifier = Classifier::over_maps(&cpu(), &[(3, 4)], Some(8), 4).unwrap();
        train(&mut classifier, &[images], &labels, &quick(20));
        classifier.error_rate(std::slice::from_ref(&unseen), &truth).unwrap()
    });
    // By 0.07, three standard errors of a difference of two shares of 400.
    assert!(errors[1] < errors[0] + 0.07 && errors[2] < errors[1] + 0.07 && errors[2] < 0.2, "{errors:?}");
}

#[test]
fn two_grids_beat_one_where_only_the_second_shows_the_class() {
    let (map, labels) = corners(120, 3, 4, 2.0, 3);
    let empty = noise([120, 5, 8, 8], 4);
    let (unseen, truth) = corners(120, 3, 4, 2.0, 13);
    let unseen = [noise([120, 5, 8, 8], 14), unseen];
    let mut one = Classifier::over_maps(&cpu(), &[(5, 8)], Some(8), 4).unwrap();
    let mut two = Classifier::over_maps(&cpu(), &[(5, 8), (3, 4)], Some(8), 4).unwrap();
    train(&mut one, std::slice::from_ref(&empty), &labels, &quick(15));
    train(&mut two, &[empty, map], &labels, &quick(15));
    let one = one.error_rate(&unseen[..1], &truth).unwrap();
    let two = two.error_rate(&unseen, &truth).unwrap();
    // Chance is 0.75, with a standard error of 0.04.
    assert!(one > 0.6 && two < 0.2, "{one} {two}");
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let (images, labels) = corners(50, 3, 8, 1.0, 1);
    let layers = convnet();
    let settings =
        ClassifierTraining { validation: 0.2, dropout: 0.1, flips: true, shift: 1, weight_decay: 1e-2, ..quick(3) };
    let scores = |threads: usize, seed: u64| {
        let device = Device::choose("cpu", Some(threads)).unwrap();
        let mut classifier = Classifier::from_scratch(&device, &[&layers], Some(6), 4).unwrap();
        let settings = ClassifierTraining { seed, ..settings.clone() };
        let first = train(&mut classifier, std::slice::from_ref(&images), &labels, &settings);
        // What was learned before leaves no trace.
        assert_eq!(first, train(&mut classifier, std::slice::from_ref(&images), &labels, &settings));
        classifier.predict(std::slice::from_ref(&images)).unwrap()
    };
    assert_eq!(scores(1, 1), scores(3, 1));
    assert_ne!(scores(1, 1), scores(1, 2));
}

#[test]
fn our_kernels_and_burn_learn_the_same() {
    let (images, labels) = corners(40, 3, 8, 1.0, 1);
    let inputs = [images, noise([40, 6, 2, 2], 2)];
    let [own, burn] = ["cpu", "flex"].map(|name| {
        let mut classifier = two_branches(&Device::choose(name, Some(2)).unwrap());
        let trained = train(&mut classifier, &inputs, &labels, &quick(2));
        (trained.kept.learned.loss, classifier.predict(&inputs).unwrap())
    });
    assert!((own.0 - burn.0).abs() < 1e-3, "{} {}", own.0, burn.0);
    for (own, burn) in own.1.iter().flatten().zip(burn.1.iter().flatten()) {
        assert!((own - burn).abs() < 0.02, "{own} {burn}");
    }
}

#[test]
fn feature_maps_are_those_of_a_pass_written_out_by_burn() {
    let images = noise([70, 3, 8, 8], 3);
    let [own, burn] = ["cpu", "flex"].map(|name| {
        let device = Device::choose(name, Some(2)).unwrap();
        feature_maps(&device, &convnet(), &parameters(), &images).unwrap()
    });
    assert_eq!((own.shape(), burn.shape()), ([70, 20, 4, 4], [70, 20, 4, 4]));
    own.data().iter().zip(burn.data()).for_each(|(own, burn)| assert!((own - burn).abs() < 1e-4, "{own} {burn}"));
}

#[test]
fn the_best_epoch_on_images_held_out_is_kept() {
    let (images, labels) = corners(60, 3, 4, 0.5, 1);
    let mut classifier = Classifier::over_maps(&cpu(), &[(3, 4)], Some(8), 4).unwrap();
    let settings = ClassifierTraining { validation: 0.4, patience: Some(5), ..quick(200) };
    let mut seen = Vec::new();
    let mut watch = |progress: &Progress| {
        seen.push(*progress);
        ControlFlow::Continue(())
    };
    let trained = classifier.train(&[images], &labels, &settings, &mut watch).unwrap();
    assert_eq!((trained.epochs, trained.stopped), (trained.kept.epoch + 5, false), "{trained:?}");
    assert_eq!(seen.len(), trained.epochs);
    let errors: Vec<f64> = seen.iter().map(|progress| progress.validation.unwrap().error).collect();
    assert!(errors.iter().all(|&error| error >= trained.kept.validation.unwrap().error), "{errors:?}");
}

#[test]
fn who_watches_may_stop() {
    let (images, labels) = corners(20, 3, 4, 1.0, 1);
    let mut classifier = Classifier::over_maps(&cpu(), &[(3, 4)], None, 4).unwrap();
    let mut watch = |progress: &Progress| match progress.epoch {
        2 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let trained = classifier.train(std::slice::from_ref(&images), &labels, &quick(10), &mut watch).unwrap();
    assert_eq!((trained.epochs, trained.stopped, trained.kept.epoch), (2, true, 2));
    assert!(classifier.predict(&[images]).is_ok());
}

#[test]
fn scales_and_dead_channels_do_not_matter() {
    let (images, labels) = corners(60, 2, 4, 3.0, 1);
    let mut scaled = images.clone();
    for map in scaled.data_mut().chunks_exact_mut(32) {
        map[..16].iter_mut().for_each(|value| *value = *value * 1e4 + 3e4);
        map[16..].fill(7.0);
    }
    let mut classifier = Classifier::over_maps(&cpu(), &[(2, 4)], Some(8), 4).unwrap();
    train(&mut classifier, &[scaled.clone()], &labels, &quick(30));
    assert_eq!(classifier.error_rate(&[scaled], &labels).unwrap(), 0.0);
}

#[test]
fn the_head_of_the_paper_has_its_size() {
    // 64 · (128 · 9 + 1) a map, and (64 · (64 + 4 + 1) + 1) · 10 on top of all; biases count once for each map.
    let head = Classifier::over_maps(&cpu(), &[(128, 8), (128, 2), (128, 1)], Some(PAPER_CHANNELS), 10).unwrap();
    assert_eq!(head.parameter_count(), 3 * 64 * (128 * 9 + 1) + 64 * 69 * 10 + 10);
}

#[test]
fn what_cannot_be_built_is_an_error() {
    let over = |maps: &[(usize, usize)], hidden, classes| {
        Classifier::over_maps(&cpu(), maps, hidden, classes).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(over(&[], None, 3).contains("at least one grid"));
    assert!(over(&[(2, 4)], None, 1).contains("two classes, found 1"));
    assert!(over(&[(2, 4), (0, 4)], None, 2).contains("grid 1"));
    assert!(over(&[(2, 4)], Some(0), 2).contains("grid 0"));
    let empty = Classifier::from_scratch(&cpu(), &[&[Layer::Dense { channels: 3, side: 8 }]], None, 2);
    assert!(matches!(empty.err(), Some(ClassifierError::NoLayers { grid: 0 })));
}

#[test]
fn what_cannot_be_learned_is_an_error() {
    let (images, labels) = corners(20, 2, 4, 1.0, 1);
    let mut classifier = Classifier::over_maps(&cpu(), &[(2, 4)], None, 4).unwrap();
    assert!(matches!(classifier.predict(std::slice::from_ref(&images)), Err(ClassifierError::NotTrained)));
    let mut fails = |inputs: &[Images], labels: &[usize], settings: ClassifierTraining| {
        classifier.train(inputs, labels, &settings, &mut |_| ControlFlow::Continue(())).unwrap_err()
    };
    let mut wrong = labels.clone();
    wrong[3] = 4;
    let error = fails(std::slice::from_ref(&images), &wrong, quick(1));
    assert!(matches!(error, ClassifierError::Label { image: 3, label: 4, classes: 4 }), "{error}");
    assert!(error.to_string().contains("from 0 to 3"), "{error}");
    let error = fails(std::slice::from_ref(&images), &labels[1..], quick(1));
    assert!(matches!(error, ClassifierError::LabelCount { labels: 19, images: 20 }), "{error}");
    assert!(matches!(fails(&[Images::zeros([0, 2, 4, 4])], &[], quick(1)), ClassifierError::NoImages));
    assert!(matches!(fails(&[], &[], quick(1)), ClassifierError::Grids { found: 0, expected: 1 }));
    let error = fails(&[Images::zeros([20, 2, 5, 5])], &labels, quick(1));
    assert!(matches!(error, ClassifierError::Shape { grid: 0, channels: 2, side: 4, .. }), "{error}");
    let mut broken = images.clone();
    broken.data_mut()[7] = f32::NAN;
    assert!(matches!(fails(&[broken], &labels, quick(1)), ClassifierError::NotFinite { grid: 0 }));
    let tiny = ClassifierTraining { validation: 0.01, ..quick(1) };
    assert!(matches!(fails(std::slice::from_ref(&images), &labels, tiny), ClassifierError::Validation { .. }));
    for settings in [
        ClassifierTraining { epochs: 0, ..quick(1) },
        ClassifierTraining { batch: 0, ..quick(1) },
        ClassifierTraining { rate: f32::NAN, ..quick(1) },
        ClassifierTraining { weight_decay: -1.0, ..quick(1) },
        ClassifierTraining { dropout: 1.0, ..quick(1) },
        ClassifierTraining { validation: f64::NAN, ..quick(1) },
    ] {
        let error = fails(std::slice::from_ref(&images), &labels, settings);
        assert!(matches!(error, ClassifierError::Settings { .. }), "{error}");
    }
}

#[test]
fn images_of_two_grids_come_in_equal_numbers() {
    let mut classifier = Classifier::over_maps(&cpu(), &[(2, 4), (1, 2)], None, 4).unwrap();
    let inputs = [Images::zeros([8, 2, 4, 4]), Images::zeros([7, 1, 2, 2])];
    let error = classifier.train(&inputs, &[0; 8], &quick(1), &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(error, ClassifierError::Counts { grid: 1, found: 7, expected: 8 }), "{error}");
}

#[test]
fn error_rates_are_counted_by_hand() {
    let scores = [vec![0.0, 1.0], vec![2.0, 1.0], vec![0.0, 0.0]];
    assert_eq!(error_rate(&scores, &[1, 1, 1]).unwrap(), 2.0 / 3.0);
    assert!(matches!(error_rate(&[], &[]), Err(ClassifierError::NoImages)));
    assert!(matches!(error_rate(&scores, &[0, 1, 2]), Err(ClassifierError::Label { image: 2, .. })));
}
