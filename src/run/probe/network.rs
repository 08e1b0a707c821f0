//! What the network of a grid looks like: layers, filters of the first one, activations.

use super::message::{NetworkAnswer, NetworkLayer, NetworkQuestion};
use super::pixels;
use crate::compute::{Images, Layer, ParameterSet, Tensor};
use crate::data::DataSet;
use crate::model::{LayerOutput, activations, shrink};
use crate::run::Pictures;
use crate::run::options::RunError;
use crate::run::present::pictures;
use crate::run::trained::Trained;

/// Training images that tell dead units, and maps and filters that are shown at most.
const BATCH: usize = 32;
const MOST: usize = 512;

/// Looks at the network of a grid.
///
/// # Errors
/// A grid that is not there, or images that cannot be read.
pub(super) fn look(question: &NetworkQuestion, trained: &Trained, set: &DataSet) -> Result<NetworkAnswer, RunError> {
    let grids = trained.grids.len();
    let Some(grid) = question.grid.checked_sub(1).and_then(|index| trained.grids.get(index)) else {
        return Err(RunError::Question(format!("there is no grid {}; there are grids 1 to {grids}", question.grid)));
    };
    let (range, side) = (trained.plan.data.range, grid.network.side());
    let count = set.training.count().min(BATCH);
    let training = set.training.select(&(0..count).collect::<Vec<_>>())?;
    let image = match &question.image {
        Some(picture) => pixels::images(picture, trained.plan.data.channels, range).select(&[0]),
        None => training.select(&[0]),
    };
    let (image, training) = (resized(&image, side), resized(&training, side));
    let parameters = &grid.learned.average.parameters;
    let outputs = |images: &Images| {
        activations(&grid.network, parameters, images).map_err(|error| RunError::Question(error.to_string()))
    };
    let (seen, batch) = (outputs(&image)?, outputs(&training)?);
    let layers: Vec<NetworkLayer> = seen.iter().zip(&batch).map(|(seen, batch)| layer(seen, batch)).collect();
    Ok(NetworkAnswer {
        number: 0,
        asked: question.clone(),
        grid: question.grid,
        side,
        channels: trained.plan.data.channels,
        parameters: layers.iter().map(|layer| layer.parameters).sum(),
        filters: filters(grid.network.layers(), parameters),
        image: pictures(&image, range, 1),
        score: seen.last().and_then(|scores| scores.values.data().first()).map_or(0.0, |&score| f64::from(score)),
        layers,
        iteration: trained.iteration,
        error: None,
    })
}

fn layer(seen: &LayerOutput, batch: &LayerOutput) -> NetworkLayer {
    let (channels, side) = (seen.channels(), seen.side());
    let shown = channels.min(MOST);
    // Channel by channel, as images of one channel.
    let maps = Images::new([shown, 1, side, side], seen.values.image(0)[..shown * side * side].to_vec());
    NetworkLayer {
        words: seen.words.clone(),
        channels,
        side,
        parameters: seen.parameters,
        activations: pictures(&maps, seen.scale(0), shown),
        scale: seen.scale(0),
        largest: seen.largest(0),
        dead: batch.dead_share(),
    }
}

/// The first convolution's kernels, each scaled by its own largest weight: grey is 0. Kernels over three channels are
/// colours, over others the mean of their channels.
fn filters(layers: &[Layer], parameters: &ParameterSet) -> Pictures {
    let convolves = |layer: &Layer| matches!(layer, Layer::Convolution(_) | Layer::Spectral(_));
    let kernel = parameters.tensors.iter().find(|tensor| tensor.shape.len() == 4);
    match kernel.filter(|_| layers.iter().any(convolves)) {
        Some(Tensor { shape, data, .. }) if shape[2] == shape[3] && data.iter().all(|weight| weight.is_finite()) => {
            let [kernels, channels, side] = [shape[0].min(MOST), shape[1], shape[2]];
            let length = channels * side * side;
            let mut shown = Pictures { side, count: kernels, rgba: Vec::new() };
            for kernel in data.chunks_exact(length.max(1)).take(kernels) {
                shown.rgba.extend(filter(kernel, channels, side * side));
            }
            shown
        }
        _ => Pictures::default(),
    }
}

fn filter(kernel: &[f32], channels: usize, area: usize) -> Vec<u8> {
    let largest = kernel.iter().fold(1e-12_f32, |largest, weight| largest.max(weight.abs()));
    let byte = |weight: f32| (127.5 + 127.5 * weight / largest).round() as u8;
    let mean = |at: usize| (0..channels).map(|channel| kernel[channel * area + at]).sum::<f32>() / channels as f32;
    let pixel = |at: usize| match channels {
        3 => [0, 1, 2].map(|channel| byte(kernel[channel * area + at])),
        _ => [byte(mean(at)); 3],
    };
    (0..area).flat_map(|at| pixel(at).into_iter().chain([255])).collect()
}

/// Images of another side: smaller by averages, larger by repeating pixels.
fn resized(images: &Images, side: usize) -> Images {
    let [count, channels, from, _] = images.shape();
    if from >= side {
        return if from == side { images.clone() } else { shrink(images, side) };
    }
    let mut larger = Images::zeros([count, channels, side, side]);
    for index in 0..count {
        let image = images.image(index);
        for (at, value) in larger.image_mut(index).iter_mut().enumerate() {
            let (channel, y, x) = (at / (side * side), at / side % side, at % side);
            *value = image[(channel * from + y * from / side) * from + x * from / side];
        }
    }
    larger
}
