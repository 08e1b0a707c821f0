//! Studies: the paper's tables and figures, each a function over runs that it trains or is given, and a page of a report.

mod classification;
mod convergence;
mod diversity;
mod drawn;
mod error;
mod factors;
mod inpainting;
mod method;
mod quality;
pub mod report;
mod sampler;
mod scale;
mod scores;
mod stability;
mod synthesis;
mod workshop;

pub use diversity::{GridDiversity, diversity};
pub use drawn::random_phases;
pub use error::StudyError;
pub use method::{Experiment, Method};
pub use quality::{Measure, measures, over_seeds};
pub use report::Report;
pub use scale::{Scale, Size};
pub use workshop::{Model, Progress, Settings, Training, Watch, Workshop};

use report::Section;

/// A table or figure of the paper, or one that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Study {
    Scores,
    Synthesis,
    Convergence,
    Diversity,
    Classification,
    Inpainting,
    Factors,
    Stability,
    Sampler,
    Overview,
}

impl Study {
    pub const ALL: [Self; 10] = [
        Self::Scores,
        Self::Synthesis,
        Self::Convergence,
        Self::Diversity,
        Self::Classification,
        Self::Inpainting,
        Self::Factors,
        Self::Stability,
        Self::Sampler,
        Self::Overview,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Synthesis => "synthesis",
            Self::Convergence => "convergence",
            Self::Diversity => "diversity",
            Self::Classification => "classification",
            Self::Inpainting => "inpainting",
            Self::Factors => "factors",
            Self::Stability => "stability",
            Self::Sampler => "sampler",
            Self::Overview => "overview",
        }
    }

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Scores => "Scores of training, held-out, synthesized and negative images",
            Self::Synthesis => "Synthesis by multi-grid, single-grid, one-step and persistent CD",
            Self::Convergence => "Convergence of learning",
            Self::Diversity => "Images from one same seed",
            Self::Classification => "Learned features as a classifier's input",
            Self::Inpainting => "Filling in what a mask hides",
            Self::Factors => "The factor d",
            Self::Stability => "What keeps learning stable",
            Self::Sampler => "How the chains mix",
            Self::Overview => "Overview of one run",
        }
    }

    /// What of the paper it reproduces.
    #[must_use]
    pub fn reference(self) -> &'static str {
        match self {
            Self::Scores => "Table 1",
            Self::Synthesis => "Figures 1, 2, 3 and 6",
            Self::Convergence => "Figure 4",
            Self::Diversity => "Figure 5",
            Self::Classification => "Table 2, equations (4) and (5)",
            Self::Inpainting => "Figure 7 and Table 3",
            Self::Factors | Self::Stability | Self::Sampler => "not in the paper",
            Self::Overview => "Tables 1 to 3 and Figures 2 to 7, for one run",
        }
    }

    /// Makes the study; the report's settings are the caller's to write.
    ///
    /// # Errors
    /// A model that cannot be trained, data that cannot be read or do not serve, a failing device, or the study is broken off.
    pub fn make(self, workshop: &mut Workshop<'_>) -> Result<Report, StudyError> {
        if self.needs_no_run() && workshop.settings.run.is_some() {
            let message = format!("'{}' compares runs that it trains itself; leave out --run", self.name());
            return Err(StudyError::Asked(message));
        }
        let sections = match self {
            Self::Synthesis => synthesis::synthesis(workshop)?,
            Self::Convergence => {
                let training = workshop.subject_training()?;
                workshop.plan(training.as_ref());
                convergence::convergence(workshop)?
            }
            Self::Classification => classification::classification(workshop)?,
            Self::Inpainting if workshop.settings.run.is_none() => inpainting::inpainting(workshop)?,
            Self::Factors => factors::factors(workshop)?,
            Self::Stability => stability::stability(workshop)?,
            Self::Scores | Self::Diversity | Self::Inpainting | Self::Sampler | Self::Overview => {
                let training = workshop.subject_training()?;
                workshop.plan(training.as_ref());
                self.of_one_run(workshop)?
            }
        };
        Ok(Report {
            name: self.name().into(),
            title: self.title().into(),
            reference: self.reference().into(),
            scale: workshop.settings.words(),
            sections,
            settings: Vec::new(),
        })
    }

    fn needs_no_run(self) -> bool {
        matches!(self, Self::Synthesis | Self::Classification | Self::Factors | Self::Stability)
    }

    fn of_one_run(self, workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
        let mut model = workshop.subject()?;
        match self {
            Self::Scores => scores::scores(workshop, &mut model),
            Self::Diversity => diversity::sections(workshop, &mut model),
            Self::Inpainting => inpainting::of_run(workshop, model),
            Self::Sampler => sampler::sections(workshop, &mut model),
            _ => {
                let mut sections = synthesis::of_run(workshop, &mut model)?;
                sections.extend(scores::scores(workshop, &mut model)?);
                sections.extend(convergence::sections(&model, &[])?);
                sections.extend(diversity::sections(workshop, &mut model)?);
                sections.extend(sampler::sections(workshop, &mut model)?);
                sections.extend(inpainting::of_run(workshop, model)?);
                Ok(sections)
            }
        }
    }
}
