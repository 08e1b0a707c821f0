//! Learning: Adam on the cross entropy of shuffled batches, and early stopping on images held out.

use super::adam::Adam;
use super::augmentation::Augmentation;
use super::softmax::cross_entropy;
use super::split::{batches, split};
use super::{Classifier, ClassifierError, Measured, sum};
use crate::compute::{Images, ParameterSet, RunningStatistics};
use std::ops::ControlFlow;

/// How a classifier learns.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierTraining {
    /// Times that every image is learned from, at most.
    pub epochs: usize,
    /// Images of an update, at most.
    pub batch: usize,
    /// Step size of Adam.
    pub rate: f32,
    /// Decoupled weight decay: the share of every weight that an update takes is `rate · weight_decay`.
    pub weight_decay: f32,
    /// Share of the input values that each update sees as zero, 0 to below 1; no prediction does.
    pub dropout: f64,
    /// Mirror each image left to right at random. Not for digits.
    pub flips: bool,
    /// Move each image by up to this many pixels of the largest grid at random, along both axes; coarser grids move by the
    /// nearest whole number of theirs.
    pub shift: usize,
    /// Share of each class, 0 to below 1, that is held out and not learned from: the parameters of the epoch that
    /// classified it best are kept. With 0 it is those of the last.
    pub validation: f64,
    /// Epochs without a better one after which learning stops; none for never.
    pub patience: Option<usize>,
    /// Of first parameters, order, and everything else that is random.
    pub seed: u64,
}

impl Default for ClassifierTraining {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 100,
            rate: 1e-3,
            weight_decay: 0.0,
            dropout: 0.0,
            flips: false,
            shift: 0,
            validation: 0.1,
            patience: Some(20),
            seed: 1,
        }
    }
}

/// Where learning stands after an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// From 1.
    pub epoch: usize,
    pub epochs: usize,
    /// Of the images learned from, each as it came by.
    pub learned: Measured,
    /// Of the images held out, if there are any.
    pub validation: Option<Measured>,
}

/// What came of learning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trained {
    /// The epoch whose parameters were kept.
    pub kept: Progress,
    /// Epochs that were learned in all.
    pub epochs: usize,
    /// Whether whoever watched stopped it.
    pub stopped: bool,
}

impl ClassifierTraining {
    fn check(&self) -> Result<(), ClassifierError> {
        let wrong = |what, range, found: String| Err(ClassifierError::Settings { what, range, found });
        match self {
            Self { epochs: 0, .. } => wrong("epochs", "at least 1", "0".into()),
            Self { batch: 0, .. } => wrong("batch", "at least 1", "0".into()),
            Self { rate, .. } if !(rate.is_finite() && *rate > 0.0) => wrong("rate", "above 0", rate.to_string()),
            Self { weight_decay: decay, rate, .. } if !(*decay >= 0.0 && decay * rate < 1.0) => {
                wrong("weight_decay", "from 0 to below 1 / rate", decay.to_string())
            }
            Self { dropout, .. } if !(0.0..1.0).contains(dropout) => {
                wrong("dropout", "from 0 to below 1", dropout.to_string())
            }
            Self { validation, .. } if !(0.0..1.0).contains(validation) => {
                wrong("validation", "from 0 to below 1", validation.to_string())
            }
            _ => Ok(()),
        }
    }
}

/// Labelled images, standardized, on every grid.
struct Examples {
    inputs: Vec<Images>,
    labels: Vec<usize>,
}

impl Examples {
    fn select(&self, places: &[usize]) -> Self {
        let inputs = self.inputs.iter().map(|images| images.select(places)).collect();
        Self { inputs, labels: places.iter().map(|&place| self.labels[place]).collect() }
    }
}

impl Classifier {
    /// Learns from scratch to tell the `labels`, classes from 0, of `inputs`, which holds a batch `[image, channel, side,
    /// side]` for each grid. Each channel is brought to mean 0 and deviation 1 by what the images learned from say. `watch`
    /// is called after each epoch and may stop.
    ///
    /// # Errors
    /// Settings out of range, inputs or labels that do not fit, too few images to hold some out, a loss that ceases to be
    /// finite, or a failing device.
    pub fn train(
        &mut self,
        inputs: &[Images],
        labels: &[usize],
        settings: &ClassifierTraining,
        watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Trained, ClassifierError> {
        settings.check()?;
        self.check(inputs)?;
        self.check_labels(inputs, labels)?;
        let [learned, held] = split(labels, self.classes, settings.validation, settings.seed);
        if held.is_empty() && settings.validation > 0.0 {
            return Err(ClassifierError::Validation { share: settings.validation, images: labels.len() });
        }
        self.trained = false;
        let all = Examples { inputs: inputs.to_vec(), labels: labels.to_vec() };
        let [mut learned, mut held] = [learned, held].map(|places| all.select(&places));
        self.start(&mut learned, &mut held, settings.seed)?;
        let trained = self.learn(&learned, &held, settings, watch)?;
        self.trained = true;
        Ok(trained)
    }

    /// Begins anew: scales the examples by those that are learned from, and draws parameters.
    fn start(&mut self, learned: &mut Examples, held: &mut Examples, seed: u64) -> Result<(), ClassifierError> {
        let top = self.branches.iter().map(super::Branch::fan_in).sum();
        for (grid, branch) in self.branches.iter_mut().enumerate() {
            branch.learn_scaling(&learned.inputs[grid]);
            for examples in [&mut *learned, &mut *held] {
                examples.inputs[grid] = branch.standardized(&examples.inputs[grid]);
            }
            branch.initialize(seed, grid, top);
            branch.bottom.load(&branch.parameters)?;
        }
        Ok(())
    }

    fn learn(
        &mut self,
        learned: &Examples,
        held: &Examples,
        settings: &ClassifierTraining,
        watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Trained, ClassifierError> {
        let mut optimizers: Vec<Adam> = self.branches.iter().map(|_| Adam::default()).collect();
        let mut best: Option<(Progress, Vec<ParameterSet>)> = None;
        let (mut epoch, mut stopped) = (0, false);
        while epoch < settings.epochs && !stopped {
            epoch += 1;
            let measured = self.epoch(learned, settings, epoch, &mut optimizers)?;
            let validation = if held.labels.is_empty() { None } else { Some(self.measure(held)?) };
            let progress = Progress { epoch, epochs: settings.epochs, learned: measured, validation };
            if best.as_ref().is_none_or(|(kept, _)| is_better(&progress, kept)) {
                best = Some((progress, self.branches.iter().map(|branch| branch.parameters.clone()).collect()));
            }
            stopped = watch(&progress).is_break();
            let since = best.as_ref().map_or(0, |(kept, _)| epoch - kept.epoch);
            if settings.patience.is_some_and(|patience| since >= patience.max(1)) {
                break;
            }
        }
        let (kept, parameters) = best.ok_or(ClassifierError::NotTrained)?;
        for (branch, parameters) in self.branches.iter_mut().zip(parameters) {
            branch.bottom.load(&parameters)?;
            branch.parameters = parameters;
        }
        Ok(Trained { kept, epochs: epoch, stopped })
    }

    /// Learns from all examples once.
    fn epoch(
        &mut self,
        learned: &Examples,
        settings: &ClassifierTraining,
        epoch: usize,
        optimizers: &mut [Adam],
    ) -> Result<Measured, ClassifierError> {
        let batches = batches(learned.labels.len(), settings.batch, settings.seed, epoch);
        let largest = learned.inputs.iter().map(Images::side).max().unwrap_or(1);
        let mut total = Measured { loss: 0.0, error: 0.0 };
        for (index, places) in batches.iter().enumerate() {
            let mut batch = learned.select(places);
            let update = ((epoch - 1) * batches.len() + index) as u64;
            let augmentation = Augmentation { settings, update, largest };
            batch.inputs.iter_mut().enumerate().for_each(|(grid, images)| augmentation.apply(grid, images));
            let measured = self.update(&batch, settings, optimizers)?;
            let share = places.len() as f64 / learned.labels.len() as f64;
            total = Measured { loss: total.loss + share * measured.loss, error: total.error + share * measured.error };
        }
        if total.loss.is_finite() { Ok(total) } else { Err(ClassifierError::Diverged { epoch }) }
    }

    /// One step of Adam.
    fn update(
        &mut self,
        batch: &Examples,
        settings: &ClassifierTraining,
        optimizers: &mut [Adam],
    ) -> Result<Measured, ClassifierError> {
        let (measured, gradients) = self.gradient(batch)?;
        let branches = self.branches.iter_mut().zip(optimizers).zip(gradients);
        for ((branch, optimizer), (tensors, statistics)) in branches {
            optimizer.step(&mut branch.parameters, &tensors, settings.rate, settings.weight_decay);
            follow(&mut branch.parameters.statistics, &statistics);
            branch.bottom.load(&branch.parameters)?;
        }
        Ok(measured)
    }

    /// The mean loss of a batch and its gradients, with the batch's statistics, of each branch.
    fn gradient(&mut self, batch: &Examples) -> Result<(Measured, Vec<Gradient>), ClassifierError> {
        let maps = self.branches.iter_mut().zip(&batch.inputs).map(|(branch, images)| branch.bottom.learn(images));
        let scores = sum(maps.collect::<Result<_, _>>()?);
        let mut gradient = Images::zeros(scores.shape());
        let measured = cross_entropy(scores.data(), &batch.labels, gradient.data_mut());
        let mut gradients = Vec::with_capacity(self.branches.len());
        for (grid, branch) in self.branches.iter_mut().enumerate() {
            let mut back = branch.bottom.backward(&gradient)?;
            // One fully connected layer has one bias for each class: the first branch's.
            if let Some(bias) = back.tensors.last_mut().filter(|_| grid > 0) {
                bias.fill(0.0);
            }
            gradients.push((back.tensors, back.statistics));
        }
        Ok((measured, gradients))
    }

    fn measure(&mut self, held: &Examples) -> Result<Measured, ClassifierError> {
        let scores = self.scores(&held.inputs)?;
        let mut gradient = vec![0.0; scores.data().len()];
        Ok(cross_entropy(scores.data(), &held.labels, &mut gradient))
    }
}

/// A branch's gradients, one for each tensor, and the batch's statistics at each normalization.
type Gradient = (Vec<Vec<f32>>, Vec<RunningStatistics>);

/// Whether an epoch classified the images held out better than another: with fewer errors, or as many at a smaller loss.
/// Without such images the later one is.
fn is_better(progress: &Progress, other: &Progress) -> bool {
    match (progress.validation, other.validation) {
        (Some(own), Some(other)) => (own.error, own.loss) < (other.error, other.loss),
        _ => progress.epoch > other.epoch,
    }
}

/// Moves running statistics a tenth of the way to a batch's own.
fn follow(running: &mut [RunningStatistics], batch: &[RunningStatistics]) {
    for (running, batch) in running.iter_mut().zip(batch) {
        let means = running.mean.iter_mut().zip(&batch.mean);
        means.chain(running.variance.iter_mut().zip(&batch.variance)).for_each(|(r, b)| *r += 0.1 * (b - *r));
    }
}

#[cfg(test)]
#[path = "training_tests.rs"]
pub(super) mod tests;
