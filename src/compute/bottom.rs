//! The layers of a network below its fully connected top, which give maps in place of scores: the features that a
//! network has learned, or, where they end in as many channels as there are classes, the scores of a classifier.

use super::{ComputeError, Device, Images, Layer, ParameterSet, RunningStatistics, Shortcut};

/// Layers on a device with their parameters. Images and maps are `[batch, channel, height, width]`.
pub(super) trait Bottom: Send {
    /// Takes new parameters, which must be those of the layers.
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError>;

    /// What the last layer gives, normalized by running statistics: every image by itself.
    fn evaluate(&mut self, images: &Images) -> Result<Images, ComputeError>;

    /// What the last layer gives, normalized by the batch's own statistics; keeps what [`Self::backward`] needs.
    fn learn(&mut self, images: &Images) -> Result<Images, ComputeError>;

    /// The gradient of `Σ gradient · map`, where `map` is what the last call, which was [`Self::learn`], returned. The
    /// layers must end in a convolution.
    fn backward(&mut self, gradient: &Images) -> Result<BottomGradient, ComputeError>;
}

/// One gradient for each parameter tensor, and mean and biased variance of the batch at each normalization.
pub(super) struct BottomGradient {
    pub(super) tensors: Vec<Vec<f32>>,
    pub(super) statistics: Vec<RunningStatistics>,
}

/// Images that go through all layers at once.
const BATCH: usize = 64;

/// What the last layer below the top gives for `images`: the feature maps `[image, channel, side, side]`. Batch
/// normalization is by running statistics, so no image sees another. `layers` are a network's, as far as they are wanted;
/// of the network's `parameters` those of the layers left out are passed over.
///
/// # Errors
/// Images or parameters that do not fit the layers, or a failing device.
pub fn feature_maps(
    device: &Device,
    layers: &[Layer],
    parameters: &ParameterSet,
    images: &Images,
) -> Result<Images, ComputeError> {
    let layers = below_top(layers);
    let mut own = parameters.clone();
    own.tensors.truncate(layers.iter().map(Layer::tensors).sum());
    own.statistics.truncate(layers.iter().filter(|layer| matches!(layer, Layer::BatchNorm { .. })).count());
    check(layers, &own)?;
    let mut bottom = device.prepare_bottom(layers)?;
    bottom.load(&own)?;
    in_batches(images, |batch| bottom.evaluate(batch))
}

/// The layers without the fully connected one at their end.
pub(super) fn below_top(layers: &[Layer]) -> &[Layer] {
    match layers {
        [below @ .., Layer::Dense { .. }] => below,
        all => all,
    }
}

/// Joins what `evaluate` makes of a few images at a time.
pub(super) fn in_batches(
    images: &Images,
    mut evaluate: impl FnMut(&Images) -> Result<Images, ComputeError>,
) -> Result<Images, ComputeError> {
    let (mut shape, mut values) = ([0; 4], Vec::new());
    // None at all are put to `evaluate` too, which refuses them.
    for first in (0..images.count().max(1)).step_by(BATCH) {
        let batch: Vec<usize> = (first..images.count().min(first + BATCH)).collect();
        let map = evaluate(&images.select(&batch))?;
        shape = map.shape();
        values.append(&mut map.into_data());
    }
    shape[0] = images.count();
    Ok(Images::new(shape, values))
}

/// Channels and side of the images that layers take, if one of them has a size.
pub(super) fn size_in(layers: &[Layer]) -> Option<(usize, usize)> {
    layers.iter().find_map(|layer| match *layer {
        Layer::Convolution(shape) | Layer::Spectral(shape) => Some((shape.inputs, shape.side_in)),
        Layer::BatchNorm { channels, side }
        | Layer::GroupNorm { channels, side, .. }
        | Layer::Dense { channels, side }
        | Layer::Pool { channels, side_in: side, .. } => Some((channels, side)),
        Layer::Activation(_) | Layer::Fork | Layer::Join(_) => None,
    })
}

/// Channels and side of the map that layers end in, if one of them has a size.
pub(super) fn size_out(layers: &[Layer]) -> Option<(usize, usize)> {
    layers.iter().rev().find_map(|layer| match *layer {
        Layer::Convolution(shape) | Layer::Spectral(shape) => Some((shape.outputs, shape.side_out)),
        Layer::Join(shortcut) => Some((shortcut.outputs, shortcut.side_out)),
        Layer::BatchNorm { channels, side }
        | Layer::GroupNorm { channels, side, .. }
        | Layer::Pool { channels, side_out: side, .. } => Some((channels, side)),
        Layer::Dense { .. } => Some((1, 1)),
        Layer::Activation(_) | Layer::Fork => None,
    })
}

/// The shapes of a layer's parameter tensors, weight then bias; a weight that multiplies has four axes, `[output, input,
/// kernel, kernel]`, the scale of a normalization one.
pub(super) fn tensor_shapes(layer: &Layer) -> Vec<Vec<usize>> {
    match *layer {
        Layer::Convolution(c) | Layer::Spectral(c) => {
            vec![vec![c.outputs, c.inputs, c.kernel, c.kernel], vec![c.outputs]]
        }
        Layer::BatchNorm { channels, .. } | Layer::GroupNorm { channels, .. } => vec![vec![channels]; 2],
        Layer::Join(Shortcut { inputs, outputs, .. }) if inputs != outputs => {
            vec![vec![outputs, inputs, 1, 1], vec![outputs]]
        }
        Layer::Dense { channels, side } => vec![vec![1, channels, side, side], vec![1]],
        Layer::Activation(_) | Layer::Pool { .. } | Layer::Fork | Layer::Join(_) => Vec::new(),
    }
}

/// Checks that `parameters` hold as many values as `layers` need.
fn check(layers: &[Layer], parameters: &ParameterSet) -> Result<(), ComputeError> {
    let failure = |text: String| Err(ComputeError::Device(text));
    let needed: Vec<usize> = layers.iter().flat_map(tensor_shapes).map(|shape| shape.iter().product()).collect();
    let found: Vec<usize> = parameters.tensors.iter().map(|tensor| tensor.data.len()).collect();
    if found != needed {
        return failure(format!("the parameters are of another network: {found:?} values where it has {needed:?}"));
    }
    let norms = layers.iter().filter_map(|layer| match layer {
        Layer::BatchNorm { channels, .. } => Some([*channels; 2]),
        _ => None,
    });
    let needed: Vec<[usize; 2]> = norms.collect();
    let found: Vec<[usize; 2]> =
        parameters.statistics.iter().map(|kept| [kept.mean.len(), kept.variance.len()]).collect();
    if found != needed {
        return failure(format!("running statistics of {found:?} channels where the network has {needed:?}"));
    }
    Ok(())
}
