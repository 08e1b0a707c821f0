//! What is in a data set, found out aside, while the run goes on.

use super::engine::Engine;
use super::handle::RunPort;
use super::message::{DataContents, DataReport, Event, Pictures};
use super::newest::Newest;
use super::present::pictures;
use crate::data::{self, DataError, DataSet, Layout, Place, Progress, Report, SourceSpec, Storage};
use crate::recipe::RecipeText;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Images of a montage.
const MONTAGE: usize = 64;
/// Largest side of its pictures; larger images are shown by every second, third, … pixel.
const LARGEST: usize = 128;
/// How often reading is told of.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// What is asked about. One question is answered at a time; a newer one breaks it off.
#[derive(Clone, Default)]
pub(super) struct Inspections(Newest<Question>);

/// A data set to be told of.
struct Question {
    /// What was named; `None` for the running recipe's own.
    path: Option<PathBuf>,
    spec: SourceSpec,
    /// The folder of the recipe, which paths are looked for in.
    base: PathBuf,
    /// The images, where they are read already.
    loaded: Option<DataSet>,
}

impl Engine {
    /// Tells what is in the data of this run, or in what lies at `path`. The answer comes from a thread of its own.
    pub(super) fn inspect(&mut self, path: Option<PathBuf>) {
        let spec = self.plan.data.clone();
        let question = match path {
            Some(path) => Question::about(path, spec, self.recipe.text()),
            None => {
                let loaded = Some(self.data.set.clone());
                Question { path: None, spec, base: folder(self.recipe.text()), loaded }
            }
        };
        self.inspections.ask(&self.port, question);
    }
}

impl Inspections {
    /// As [`Engine::inspect`], while `refused` cannot run: with the usual preparation.
    pub(super) fn ask_without_plan(&self, port: &RunPort, path: Option<PathBuf>, refused: &RecipeText) {
        match path {
            Some(path) => self.ask(port, Question::about(path, SourceSpec::default(), refused)),
            None => {
                let contents = Err("the recipe does not run, so its data are not read; mend it first".to_owned());
                port.tell(Event::Inspected(Box::new(DataReport { path: None, layout: String::new(), contents })));
            }
        }
    }

    fn ask(&self, port: &RunPort, question: Question) {
        let (inspections, told, path) = (self.clone(), port.clone(), question.path.clone());
        if let Err(error) = self.0.ask("data check", question, move |question| inspections.answer(&told, question)) {
            let contents = Err(format!("no thread can be started to read the data: {error}"));
            port.tell(Event::Inspected(Box::new(DataReport { path, layout: String::new(), contents })));
        }
    }

    /// Tells what is in a data set, unless a newer question waits.
    fn answer(&self, port: &RunPort, question: Question) {
        // A fault in a decoder must not leave the question without an answer.
        let found = catch_unwind(AssertUnwindSafe(|| self.contents(port, &question)));
        let contents = match found {
            Ok(Err(DataError::BrokenOff)) => return,
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err("it cannot be checked: reading it stopped by a fault of the program's own".to_owned()),
        };
        let layout = question.layout();
        port.tell(Event::Inspected(Box::new(DataReport { path: question.path, layout, contents })));
    }

    fn contents(&self, port: &RunPort, question: &Question) -> Result<DataContents, DataError> {
        let set = match &question.loaded {
            Some(set) => set.clone(),
            None => self.read(port, question)?,
        };
        if self.0.is_overtaken() {
            return Err(DataError::BrokenOff);
        }
        let items = data::spread_by_class(&set.training, MONTAGE);
        let montage = montage(&set, &items)?;
        let captions = items.iter().map(|&item| caption(&set, item)).collect();
        Ok(DataContents { report: Report::of(&set)?, montage, captions, range: set.range })
    }

    fn read(&self, port: &RunPort, question: &Question) -> Result<DataSet, DataError> {
        let tell = |done, total, seconds_left| {
            port.tell(Event::Inspecting { path: question.path.clone(), done, total, seconds_left });
        };
        tell(0, None, None);
        let mut due = Instant::now() + TOLD_EVERY;
        data::load(&question.spec, &question.base, &Storage::default(), &mut |progress| {
            if Instant::now() >= due {
                due = Instant::now() + TOLD_EVERY;
                let Progress { done, total, .. } = progress;
                tell(done, total, progress.seconds_left());
            }
            if self.0.is_overtaken() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }
}

impl Question {
    /// What lies at `path`, prepared and split as `spec` says; a list of held-out images and an attribute are of another data set.
    fn about(path: PathBuf, spec: SourceSpec, recipe: &RecipeText) -> Self {
        let place = Place::At { layout: None, path: path.clone() };
        let spec = SourceSpec { place, held_out_list: None, class: None, attribute: None, ..spec };
        Self { path: Some(path), spec, base: folder(recipe), loaded: None }
    }

    /// The layout in words; empty where it is not known.
    fn layout(&self) -> String {
        let words = match &self.spec.place {
            Place::Builtin(_) => "comes with the program",
            Place::Named(_) => "a data set with a manifest",
            Place::Made { .. } => "made up, of known density",
            Place::At { layout: Some(layout), .. } => layout.words(),
            Place::At { layout: None, path } => {
                let places = [self.base.join(path), path.clone()];
                let found = places.iter().filter(|place| place.exists()).find_map(|place| Layout::of(place).ok());
                found.map_or("", Layout::words)
            }
        };
        words.to_owned()
    }
}

fn folder(recipe: &RecipeText) -> PathBuf {
    recipe.path.parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Pictures of training images, of a side of up to [`LARGEST`].
fn montage(set: &DataSet, items: &[usize]) -> Result<Pictures, DataError> {
    let [.., side] = set.training.shape();
    let step = side.div_ceil(LARGEST).max(1);
    let small = side.div_ceil(step);
    let mut montage = Pictures { side: small, count: items.len(), rgba: Vec::new() };
    for &item in items {
        let large = pictures(&set.training.select(&[item])?, set.range, 1);
        for row in large.rgba.chunks_exact(4 * side).step_by(step) {
            montage.rgba.extend(row.chunks_exact(4).step_by(step).flatten());
        }
    }
    Ok(montage)
}

fn caption(set: &DataSet, item: usize) -> String {
    let name = set.training.name(item);
    let class = set.training.label(item).map(|label| match set.classes().get(label as usize) {
        Some(class) => class.clone(),
        None => label.to_string(),
    });
    class.map_or_else(|| name.to_owned(), |class| format!("{name} · {class}"))
}
