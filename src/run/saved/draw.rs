//! Many images drawn from a saved run, a part at a time so that memory stays small.

use super::SavedRun;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::run::growth::Growth;
use crate::run::options::RunError;
use crate::run::probe::ChainSettings;
use crate::sampling::masks::{CoarseRule, coarser};

/// Images that move together.
const PART: usize = 64;

/// Images that are partly hidden.
#[derive(Debug, Clone, Copy)]
pub struct Hidden<'a> {
    /// `[batch, channel, side, side]` of the finest grid.
    pub images: &'a Images,
    /// Of the same shape: above 0 where a value is hidden.
    pub mask: &'a Images,
    /// What the mask leaves known on coarser grids.
    pub rule: CoarseRule,
}

impl SavedRun {
    /// `count` 1×1 starts drawn from p(0), each repeated `copies` times in a row. Reads the data.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn starts(&mut self, count: usize, copies: usize, seed: u64) -> Result<Images, RunError> {
        let ones = self.histogram()?.sample(NoiseKey::new(seed, Purpose::Histogram), count);
        let indices: Vec<usize> = (0..count).flat_map(|index| vec![index; copies]).collect();
        Ok(ones.select(&indices))
    }

    /// Grows an image from each 1×1 start, with the averaged weights. Entry s of the answer is grid s. The noise of the
    /// settings names that of the chains.
    ///
    /// # Errors
    /// A kernel that has no such temperature or steps, or a failing device.
    pub fn grow(&mut self, start: &Images, chains: &ChainSettings) -> Result<Vec<Images>, RunError> {
        let kernels = self.trained.kernels(chains)?;
        let mut all: Vec<Images> = Vec::new();
        for (part, chosen) in parts(start.count()).enumerate() {
            let mut growth = Growth::from(start.select(&chosen), key(chains, part));
            let mut mover = self.trained.mover(&kernels);
            while growth.step(&mut mover)? {}
            append(&mut all, growth.versions);
        }
        Ok(all)
    }

    /// Fills in what is hidden of each image, one sweep through all grids; the answer is the finest grid's images, with
    /// what is known in place.
    ///
    /// # Errors
    /// Images of another size than the finest grid's, a kernel that has no such temperature or steps, or a failing device.
    pub fn fill(&mut self, hidden: &Hidden<'_>, chains: &ChainSettings) -> Result<Images, RunError> {
        let found = hidden.images.shape();
        let side = self.plan().pyramid.sides().last().copied().unwrap_or(1);
        if found[1..] != [self.plan().data.channels, side, side] || hidden.mask.shape() != found {
            let mask = hidden.mask.shape();
            let message = format!("images {found:?} and masks {mask:?} cannot be filled in at {side}×{side}");
            return Err(RunError::Question(message));
        }
        let kernels = self.trained.kernels(chains)?;
        let mut all: Vec<Images> = Vec::new();
        for (part, chosen) in parts(found[0]).enumerate() {
            let (images, mask) = (hidden.images.select(&chosen), hidden.mask.select(&chosen));
            let known = coarser(&self.trained.plan.pyramid, &images, &mask, hidden.rule);
            let start = known_means(&images, &mask);
            let mut growth = Growth::within(start, key(chains, part), known);
            let mut mover = self.trained.mover(&kernels);
            while growth.step(&mut mover)? {}
            append(&mut all, growth.versions.pop().into_iter().collect());
        }
        Ok(all.pop().unwrap_or_else(|| hidden.images.clone()))
    }
}

fn parts(count: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..count).step_by(PART).map(move |first| (first..(first + PART).min(count)).collect())
}

/// The noise of each part is its own.
fn key(chains: &ChainSettings, part: usize) -> NoiseKey {
    NoiseKey { iteration: part as u64, ..NoiseKey::new(chains.noise, Purpose::Probe) }
}

fn append(all: &mut Vec<Images>, grown: Vec<Images>) {
    *all = match all.is_empty() {
        true => grown,
        false => all.iter().zip(&grown).map(|(images, more)| images.concat(more)).collect(),
    };
}

/// The mean of what is known of each image, channel by channel: `[batch, channel, 1, 1]`; 0 where nothing is.
fn known_means(images: &Images, mask: &Images) -> Images {
    let [count, channels, rows, columns] = images.shape();
    let planes =
        images.data().chunks_exact((rows * columns).max(1)).zip(mask.data().chunks_exact((rows * columns).max(1)));
    let mean = |(values, hidden): (&[f32], &[f32])| {
        let known = values.iter().zip(hidden).filter(|(_, hidden)| **hidden <= 0.0);
        let (sum, number) = known.fold((0.0, 0.0), |(sum, number), (&value, _)| (sum + f64::from(value), number + 1.0));
        if number > 0.0 { (sum / number) as f32 } else { 0.0 }
    };
    Images::new([count, channels, 1, 1], planes.map(mean).collect())
}
