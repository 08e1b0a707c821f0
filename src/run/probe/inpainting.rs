//! Filling in what a mask hides (section 7.4 of the paper), while the mask changes.

use super::diversity::progress;
use super::message::{FillError, InpaintingAnswer, InpaintingQuestion, Weights};
use super::pixels;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::data::Histogram;
use crate::metrics::{harmonic_fill, hidden_error, mean_fill, nearest_fill};
use crate::recipe::GridKernel;
use crate::run::Pictures;
use crate::run::growth::Growth;
use crate::run::options::RunError;
use crate::run::present::pictures;
use crate::run::trained::Trained;
use crate::sampling::masks::{CoarseRule, Known, coarser};

/// Fills at once, at most.
const MOST: usize = 64;

/// A sweep of fills through all grids, again and again as the mask changes.
pub(in crate::run) struct Inpainting {
    question: InpaintingQuestion,
    kernels: Vec<GridKernel>,
    growth: Growth,
    /// `[1, channel, side, side]` of the finest grid: the image, and how much of it is hidden, 0 to 1.
    image: Images,
    hidden: Images,
    /// What is known of one image at grids 0 to S.
    known: Vec<Known>,
    /// 1×1 starts where nothing is known.
    start: Images,
    /// Fills without a model.
    trivial: Vec<(&'static str, Images)>,
    /// The mask changed in this sweep.
    changed: bool,
    sweeps: u64,
    /// Steps on the finest grid after the sweep.
    further: usize,
    /// Something changed since it was last told of.
    news: bool,
    range: [f32; 2],
    iteration: u64,
}

impl Inpainting {
    /// Begins the first sweep; `histogram` gives starts where the whole image is hidden.
    ///
    /// # Errors
    /// An image or a mask of another side than the finest grid's, a recipe that fails, a kernel that has no such
    /// temperature.
    pub(in crate::run) fn begin(
        question: InpaintingQuestion,
        trained: &Trained,
        histogram: Option<&Histogram>,
    ) -> Result<Self, RunError> {
        let (range, channels, fills) =
            (trained.plan.data.range, trained.plan.data.channels, question.fills.clamp(1, MOST));
        let side = finest(trained);
        check(&question, side)?;
        let image = pixels::images(&question.image, channels, range);
        let start = match histogram {
            Some(histogram) => histogram.sample(NoiseKey::new(question.chains.noise, Purpose::Histogram), fills),
            None => pixels::colours(&vec![[128; 3]; fills], channels, range),
        };
        let hidden = shares(&question.mask, image.shape());
        let known = coarser(&trained.plan.pyramid, &image, &hidden, CoarseRule::AnyKnown);
        let key = NoiseKey::new(question.chains.noise, Purpose::Probe);
        Ok(Self {
            kernels: trained.kernels(&question.chains)?,
            growth: Growth::within(start.clone(), key, for_all(&known, fills)),
            trivial: trivial(&image, &hidden, range),
            image,
            hidden,
            known,
            start,
            changed: false,
            sweeps: 0,
            further: 0,
            news: true,
            range,
            iteration: trained.iteration,
            question,
        })
    }

    /// Takes up a question that differs from the last one in its mask, or in whether to keep moving; false when it differs
    /// in something else too.
    pub(super) fn change(&mut self, question: &InpaintingQuestion, trained: &mut Trained) -> Result<bool, RunError> {
        let mask = question.mask.clone();
        let same = InpaintingQuestion { mask, keep_moving: question.keep_moving, ..self.question.clone() };
        if same != *question {
            return Ok(false);
        }
        check(question, finest(trained))?;
        let moved = self.question.mask != question.mask;
        self.question = question.clone();
        if !moved {
            return Ok(true);
        }
        self.hidden = shares(&question.mask, self.image.shape());
        self.known = coarser(&trained.plan.pyramid, &self.image, &self.hidden, CoarseRule::AnyKnown);
        self.trivial = trivial(&self.image, &self.hidden, self.range);
        if self.is_swept() {
            self.sweep();
        } else {
            self.changed = true;
            let known = for_all(&self.known, self.start.count());
            self.growth.confine(&mut trained.mover(&self.kernels), known)?;
        }
        Ok(true)
    }

    /// The weights are newer: chains that keep moving go on with them, others begin again.
    pub(super) fn renew(&mut self, iteration: u64) {
        if self.iteration != iteration && !self.question.keep_moving {
            self.sweep();
        }
        self.iteration = iteration;
    }

    /// Whether it draws with the newest weights of a run that goes on.
    pub(super) fn follows(&self) -> bool {
        self.question.chains.weights == Weights::Newest
    }

    pub(super) fn question(&self) -> InpaintingQuestion {
        self.question.clone()
    }

    /// Whether the model has the grids that the fills were begun on: an edit of the recipe may have changed them.
    pub(super) fn fits(&self, trained: &Trained) -> bool {
        let sides = self.known.iter().map(|known| known.mask.side());
        sides.eq(trained.plan.pyramid.sides().iter().copied()) && self.image.shape()[1] == trained.plan.data.channels
    }

    /// Begins at the coarsest grid again.
    fn sweep(&mut self) {
        let key = NoiseKey::new(self.question.chains.noise, Purpose::Probe);
        self.growth = Growth::within(self.start.clone(), key, for_all(&self.known, self.start.count()));
        (self.changed, self.further) = (false, 0);
    }

    /// Whether there is a step to take.
    pub(super) fn is_moving(&self) -> bool {
        !self.is_swept() || self.changed || self.question.keep_moving
    }

    /// Whether something changed since it was last told of.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }

    /// Whether the last sweep has come to the finest grid's end.
    pub(super) fn is_swept(&self) -> bool {
        self.growth.at().0 > self.kernels.len()
    }

    /// Takes one MCMC step; false when there is nothing left to do.
    ///
    /// # Errors
    /// A failing device, or a script.
    pub(in crate::run) fn advance(&mut self, trained: &mut Trained) -> Result<bool, RunError> {
        self.news |= self.is_moving();
        let mut mover = trained.mover(&self.kernels);
        if !self.is_swept() {
            self.growth.step(&mut mover)?;
            self.sweeps += u64::from(self.growth.at().0 > self.kernels.len());
            return Ok(true);
        }
        if self.changed {
            self.sweep();
            return Ok(true);
        }
        if self.question.keep_moving
            && let Some(kernel) = self.kernels.last()
        {
            self.growth.go_on(&mut mover, kernel.kernel.steps + self.further)?;
            self.further += 1;
            return Ok(true);
        }
        Ok(false)
    }

    /// What is filled in so far.
    ///
    /// # Errors
    /// A failing device.
    pub(in crate::run) fn answer(&mut self, trained: &mut Trained) -> Result<InpaintingAnswer, RunError> {
        self.news = false;
        let shown = |images: &Images| pictures(images, self.range, images.count());
        let mut versions = self.growth.versions.clone();
        if let Some(state) = self.growth.state(&mut trained.mover(&self.kernels))?
            && !self.is_swept()
        {
            versions.push(state);
        }
        let finest = self.kernels.len();
        if let Some(fills) = versions.get_mut(finest) {
            *fills = self.blended(fills);
        }
        let mut errors = Vec::new();
        if let Some(fills) = versions.get(finest) {
            for fill in 0..fills.count() {
                errors.extend(self.error(format!("fill {}", fill + 1), &fills.select(&[fill])));
            }
        }
        for (name, fill) in &self.trivial {
            errors.extend(self.error((*name).to_owned(), fill));
        }
        let original = trained.plan.pyramid.versions(&self.image);
        let white = |known: &Known| shown_mask(&known.mask);
        Ok(InpaintingAnswer {
            number: 0,
            grids: versions.iter().map(shown).collect(),
            original: original.iter().map(shown).collect(),
            masks: self.known.iter().map(white).collect(),
            errors,
            trivial: self.trivial.iter().map(|(_, fill)| shown(fill)).collect(),
            progress: progress(&self.growth, &self.kernels),
            sweeps: self.sweeps,
            iteration: self.iteration,
            error: None,
        })
    }

    /// Fills where the mask is hard, the image where it hides nothing, and both in between.
    fn blended(&self, fills: &Images) -> Images {
        let mut blended = fills.clone();
        for fill in 0..fills.count() {
            let values = self.image.data().iter().zip(self.hidden.data());
            for (value, (&image, &hidden)) in blended.image_mut(fill).iter_mut().zip(values) {
                *value = image + hidden * (*value - image);
            }
        }
        blended
    }

    fn error(&self, name: String, fill: &Images) -> Option<FillError> {
        // A mask that hides nothing has no error.
        let error = hidden_error(&self.image, fill, &self.hidden, self.range).ok()?;
        Some(FillError { name, error: error.mean_absolute, psnr: error.psnr })
    }
}

/// Side of the finest grid.
fn finest(trained: &Trained) -> usize {
    trained.plan.pyramid.sides().last().copied().unwrap_or(1)
}

fn check(question: &InpaintingQuestion, side: usize) -> Result<(), RunError> {
    let (image, mask) = (question.image.side, question.mask.len());
    let refusal = if question.image.count == 0 || image != side {
        format!("the image is {image}×{image}, but the finest grid is {side}×{side}; choose the image again")
    } else if mask != side * side {
        format!("the mask has {mask} pixels, but the finest grid {}; clear it", side * side)
    } else {
        return Ok(());
    };
    Err(RunError::Question(refusal))
}

/// A mask of bytes as shares from 0 to 1, the same for every channel.
fn shares(mask: &[u8], shape: [usize; 4]) -> Images {
    let plane: Vec<f32> = mask.iter().map(|&hidden| f32::from(hidden) / 255.0).collect();
    Images::new(shape, plane.repeat(shape[1]))
}

/// What is known of one image, for each fill.
fn for_all(known: &[Known], fills: usize) -> Vec<Known> {
    let copies = vec![0; fills];
    known.iter().map(|known| Known { mask: known.mask.select(&copies), images: known.images.select(&copies) }).collect()
}

fn trivial(image: &Images, hidden: &Images, range: [f32; 2]) -> Vec<(&'static str, Images)> {
    let fills = [
        ("mean", mean_fill(image, hidden, range)),
        ("nearest", nearest_fill(image, hidden, range)),
        ("harmonic", harmonic_fill(image, hidden, range)),
    ];
    fills.into_iter().filter_map(|(name, fill)| Some((name, fill.ok()?))).collect()
}

/// A mask as a picture: hidden white.
fn shown_mask(mask: &Images) -> Pictures {
    pictures(mask, [0.0, 1.0], 1)
}
