//! A run read back from its directory, to draw images from.

mod draw;
mod measure;

pub use draw::Hidden;

use super::checkpoint;
use super::options::RunError;
use super::probe::{Diversity, DiversityAnswer, DiversityQuestion, Inpainting, InpaintingAnswer, InpaintingQuestion};
use super::source::Source;
use super::trained::Trained;
use crate::compute::Device;
use crate::data::{DataSet, Histogram};
use crate::recipe::{Plan, ScriptModule};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

/// The newest sound state of a run.
pub struct SavedRun {
    trained: Trained,
    /// Its data, once they were asked for.
    source: Option<Rc<Source>>,
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
                Ok(trained) => return Ok(Self { trained, source: None, unsound }),
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

    /// The images it learned from and those held out. Reads them when they are first asked for.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn data(&mut self) -> Result<&DataSet, RunError> {
        Ok(&self.source()?.set)
    }

    /// p(0), of its training images.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn histogram(&mut self) -> Result<&Histogram, RunError> {
        Ok(&self.source()?.histogram)
    }

    fn source(&mut self) -> Result<&Source, RunError> {
        let read = match self.source.take() {
            Some(source) => source,
            // The order of batches, which the seed names, is not asked for.
            None => Source::read(&self.trained.plan, &self.trained.recipe, 0, &mut |_| ControlFlow::Continue(()))?,
        };
        Ok(self.source.insert(read))
    }

    /// How different the images are that grow from one 1×1 seed. Reads the data when seeds of p(0) are to be drawn too.
    ///
    /// # Errors
    /// A question that cannot be answered, data that cannot be read, or a failing device.
    pub fn diversity(&mut self, question: DiversityQuestion) -> Result<DiversityAnswer, RunError> {
        let histogram = match question.others {
            0 => None,
            _ => Some(self.histogram()?.clone()),
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
            true => Some(self.histogram()?.clone()),
            false => None,
        };
        let question = InpaintingQuestion { keep_moving: false, ..question };
        let mut inpainting = Inpainting::begin(question, &self.trained, histogram.as_ref())?;
        while inpainting.advance(&mut self.trained)? {}
        inpainting.answer(&mut self.trained)
    }
}
