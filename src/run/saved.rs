//! A run read back from its directory, to draw images from.

use super::checkpoint;
use super::draw::grow;
use super::options::RunError;
use super::probe::{
    ChainSettings, Diversity, DiversityAnswer, DiversityQuestion, Inpainting, InpaintingAnswer, InpaintingQuestion,
};
use super::source::Source;
use super::trained::Trained;
use crate::compute::{Device, Images, NoiseKey, Purpose};
use crate::recipe::{Plan, ScriptModule};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

/// The newest sound state of a run.
pub struct SavedRun {
    trained: Trained,
    /// Checkpoints that could not be read, with the reason.
    pub unsound: Vec<String>,
}

impl SavedRun {
    /// Opens the run in `path` on `device`; `modules` are those its recipe may use.
    ///
    /// # Errors
    /// A directory without a run or without a sound checkpoint.
    pub fn open(path: &Path, device: &Device, modules: &[ScriptModule]) -> Result<Self, RunError> {
        let mut unsound = Vec::new();
        super::directory::read_run(path)?;
        for checkpoint in checkpoint::list(path).iter().rev() {
            match Trained::of_checkpoint(checkpoint, device, modules) {
                Ok(trained) => return Ok(Self { trained, unsound }),
                Err(error @ RunError::Checkpoint { .. }) => unsound.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        let reason = match unsound.first() {
            Some(first) => first.clone(),
            None => "there is no checkpoint in it".into(),
        };
        Err(RunError::NoRun { path: path.to_path_buf(), reason })
    }

    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.trained.plan
    }

    /// Learning updates it had done.
    #[must_use]
    pub fn iteration(&self) -> u64 {
        self.trained.iteration
    }

    fn source(&self, seed: u64) -> Result<Rc<Source>, RunError> {
        Source::read(&self.trained.plan, &self.trained.recipe, seed, &mut |_| ControlFlow::Continue(()))
    }

    /// `count` 1×1 starts drawn from p(0), each repeated `copies` times in a row. Reads the data.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn starts(&self, count: usize, copies: usize, seed: u64) -> Result<Images, RunError> {
        let source = self.source(seed)?;
        let ones = source.histogram.sample(NoiseKey::new(seed, Purpose::Histogram), count);
        let indices: Vec<usize> = (0..count).flat_map(|index| vec![index; copies]).collect();
        Ok(ones.select(&indices))
    }

    /// Grows an image from each 1×1 start, with the averaged weights. Entry s of the answer is grid s.
    ///
    /// # Errors
    /// A failing device.
    pub fn grow(&mut self, start: Images, seed: u64) -> Result<Vec<Images>, RunError> {
        let kernels = self.trained.kernels(&ChainSettings::default())?;
        let key = NoiseKey::new(seed, Purpose::Probe);
        let Trained { grids, plan, recipe, .. } = &mut self.trained;
        let drawn = grow(grids, &plan.pyramid, recipe, &kernels, start, key, &|| false)?;
        Ok(drawn.unwrap_or_default())
    }

    /// How different the images are that grow from one 1×1 seed. Reads the data when seeds of p(0) are to be drawn too.
    ///
    /// # Errors
    /// A question that cannot be answered, data that cannot be read, or a failing device.
    pub fn diversity(&mut self, question: DiversityQuestion) -> Result<DiversityAnswer, RunError> {
        let histogram = match question.others {
            0 => None,
            _ => Some(self.source(question.chains.noise)?.histogram.clone()),
        };
        let mut diversity = Diversity::begin(question, &self.trained, histogram.as_ref())?;
        while diversity.advance(&mut self.trained)? {}
        diversity.answer(&mut self.trained)
    }

    /// Fills in what a mask hides, one sweep through all grids. Reads the data when nothing is known of the image.
    ///
    /// # Errors
    /// A question that cannot be answered, or a failing device.
    pub fn inpaint(&mut self, question: InpaintingQuestion) -> Result<InpaintingAnswer, RunError> {
        let hides_all = question.mask.iter().all(|&hidden| hidden > 0);
        let histogram = match hides_all {
            true => Some(self.source(question.chains.noise)?.histogram.clone()),
            false => None,
        };
        let question = InpaintingQuestion { keep_moving: false, ..question };
        let mut inpainting = Inpainting::begin(question, &self.trained, histogram.as_ref())?;
        while inpainting.advance(&mut self.trained)? {}
        inpainting.answer(&mut self.trained)
    }
}
