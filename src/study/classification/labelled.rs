//! Labelled images, and draws of some of their labels.

use crate::compute::{Images, Layer, NoiseKey, Purpose};
use crate::data::ImageSet;
use crate::model::shrink;
use crate::run::RunError;
use crate::study::error::StudyError;
use crate::study::workshop::Model;

/// All images of a set that have labels, at the finest grid.
pub struct Labelled {
    pub training: Images,
    pub training_labels: Vec<usize>,
    pub held_out: Images,
    pub held_out_labels: Vec<usize>,
    /// Names of the classes.
    pub classes: Vec<String>,
}

impl Labelled {
    /// The labelled images of a model's data.
    ///
    /// # Errors
    /// Data that cannot be read, or of which fewer than two classes can be learned and tested.
    pub fn of(model: &mut Model) -> Result<Self, StudyError> {
        let data = model.saved.data()?;
        let (training, mut training_labels) = some(&data.training)?;
        let (held_out, mut held_out_labels) = some(&data.held_out)?;
        // Only classes that training knows are asked for, numbered without gaps.
        let mut known: Vec<usize> = training_labels.clone();
        known.sort_unstable();
        known.dedup();
        let name = |label: &usize| data.classes().get(*label).cloned().unwrap_or_else(|| label.to_string());
        let classes: Vec<String> = known.iter().map(name).collect();
        let place = |label: &mut usize| *label = known.binary_search(label).unwrap_or(usize::MAX);
        training_labels.iter_mut().for_each(place);
        held_out_labels.iter_mut().for_each(place);
        let asked: Vec<usize> = (0..held_out_labels.len()).filter(|&at| held_out_labels[at] < classes.len()).collect();
        if classes.len() < 2 || asked.len() < 2 {
            let message = "these data have no labels of two classes, for training and held out; choose labelled images, such as \
                           SVHN's .mat files or folders named after classes";
            return Err(StudyError::Asked(message.into()));
        }
        let held_out = held_out.select(&asked);
        let held_out_labels = asked.iter().map(|&at| held_out_labels[at]).collect();
        Ok(Self { training, training_labels, held_out, held_out_labels, classes })
    }

    /// Share of held-out images that are not of the commonest class.
    #[must_use]
    pub fn chance(&self) -> f64 {
        let count = |class: usize| self.held_out_labels.iter().filter(|&&label| label == class).count();
        let most = (0..self.classes.len()).map(count).max().unwrap_or(0);
        1.0 - most as f64 / self.held_out_labels.len().max(1) as f64
    }
}

fn some(set: &ImageSet) -> Result<(Images, Vec<usize>), StudyError> {
    let items: Vec<usize> = (0..set.count()).filter(|&item| set.label(item).is_some()).collect();
    let labels = items.iter().filter_map(|&item| set.label(item)).map(|label| label as usize).collect();
    Ok((set.select(&items).map_err(RunError::from)?, labels))
}

/// `count` places, drawn evenly over the classes as far as they last, in random order.
pub fn draw_labels(labels: &[usize], classes: usize, count: usize, seed: u64) -> Vec<usize> {
    let key = NoiseKey::new(seed, Purpose::Metric);
    let order = key.permutation(labels.len());
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    order.iter().rev().for_each(|&place| of_class[labels[place]].push(place));
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count && of_class.iter().any(|places| !places.is_empty()) {
        for places in &mut of_class {
            drawn.extend(places.pop().filter(|_| drawn.len() < count));
        }
    }
    drawn
}

/// Side of the images that layers are for.
pub fn side_of(layers: &[Layer]) -> Option<usize> {
    layers.iter().find_map(|layer| match *layer {
        Layer::Convolution(shape) | Layer::Spectral(shape) => Some(shape.side_in),
        Layer::BatchNorm { side, .. } | Layer::GroupNorm { side, .. } | Layer::Dense { side, .. } => Some(side),
        Layer::Pool { side_in, .. } => Some(side_in),
        Layer::Activation(_) | Layer::Fork | Layer::Join(_) => None,
    })
}

/// Images brought to a smaller side.
pub fn version(images: &Images, side: usize) -> Images {
    if side == images.side() { images.clone() } else { shrink(images, side) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_drawn_evenly_as_far_as_they_last() {
        let labels: Vec<usize> = (0..100).map(|at| usize::from(at >= 50) + usize::from(at >= 90)).collect();
        let drawn = draw_labels(&labels, 3, 60, 1);
        let count = |class: usize| drawn.iter().filter(|&&place| labels[place] == class).count();
        assert_eq!([count(0), count(1), count(2)], [25, 25, 10]);
        let mut places = drawn.clone();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 60, "no place twice");
        assert_ne!(drawn, draw_labels(&labels, 3, 60, 2));
        assert_eq!(draw_labels(&labels, 3, 1_000, 1).len(), 100);
    }
}
