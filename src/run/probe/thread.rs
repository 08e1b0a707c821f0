//! The probe's thread: it works on all open questions in turn, one MCMC step at a time.

use super::diversity::Diversity;
use super::inpainting::Inpainting;
use super::long_run::LongRun;
use super::message::{
    ChainSettings, DiversityAnswer, DiversityQuestion, InpaintingAnswer, InpaintingQuestion, LongRunAnswer,
    LongRunQuestion, NearestAnswer, NearestQuestion, NetworkAnswer, NetworkQuestion, Question, SLOTS, Weights,
};
use super::nearest::Search;
use super::slot::ProbePort;
use super::weights::SnapshotSlot;
use crate::compute::{Device, NoiseKey, Purpose};
use crate::recipe::ScriptModule;
use crate::run::message::Command;
use crate::run::options::{RunError, RunOptions};
use crate::run::present::pictures;
use crate::run::trained::{Snapshot, Trained};
use crossbeam_channel::{RecvTimeoutError, Sender};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Least time between two answers of one kind.
const ANSWER: Duration = Duration::from_millis(40);
/// How often fills take up what a run has learned meanwhile.
const FOLLOWED: Duration = Duration::from_millis(400);
/// Held-out images that are given at once.
const HANDED_OUT: usize = 32;
/// A probe that has nothing to do looks up this often.
const IDLE: Duration = Duration::from_millis(500);

/// Starts the probe of a run; it ends when the client's end of `port` is gone.
pub(in crate::run) fn start(
    port: ProbePort,
    options: &RunOptions,
    run: Sender<Command>,
    snapshots: SnapshotSlot,
) -> Result<(), RunError> {
    let (name, modules) = (options.device.clone(), options.modules.clone());
    // Half the threads: the run goes on beside it.
    let threads = options.threads.or_else(|| std::thread::available_parallelism().map(usize::from).ok());
    let threads = threads.map(|threads| threads.div_ceil(2));
    let live = move || {
        crate::compute::lower_priority();
        let device = Device::choose(&name, threads).map_err(RunError::from);
        let workshop = Workshop { device, modules, run, snapshots, snapshot: None, asked: Instant::now() };
        Probe {
            port,
            workshop,
            number: 0,
            diversity: Default::default(),
            looked_at: Model::default(),
            inpainting: None,
            long_run: None,
            search: None,
        }
        .live();
    };
    std::thread::Builder::new().name("probe".into()).spawn(live).map(drop).map_err(RunError::Thread)
}

/// What models are made with.
struct Workshop {
    device: Result<Device, RunError>,
    modules: Vec<ScriptModule>,
    run: Sender<Command>,
    snapshots: SnapshotSlot,
    snapshot: Option<Arc<Snapshot>>,
    /// When the run was last asked.
    asked: Instant,
}

impl Workshop {
    /// Whether the run may have learned on since it was last asked.
    fn is_old(&self) -> bool {
        self.asked.elapsed() >= FOLLOWED
    }

    /// What the run has learned, as new as it can be had.
    fn snapshot(&mut self) -> Result<Arc<Snapshot>, RunError> {
        self.asked = Instant::now();
        if let Some(newest) = self.snapshots.ask(&self.run) {
            self.snapshot = Some(newest);
        }
        let missing =
            || RunError::Question("the run has not begun yet: its recipe does not run, or its data are read".into());
        self.snapshot.clone().ok_or_else(missing)
    }

    /// Brings `slot` to these weights.
    fn model<'a>(
        &mut self,
        slot: &'a mut Model,
        weights: &Weights,
    ) -> Result<(&'a mut Trained, Arc<Snapshot>), RunError> {
        let snapshot = self.snapshot()?;
        let device = match &self.device {
            Ok(device) => device,
            Err(error) => return Err(RunError::Question(error.to_string())),
        };
        if slot.weights != *weights {
            *slot = Model { trained: None, weights: weights.clone() };
        }
        let trained = match (weights, &mut slot.trained) {
            (Weights::Newest, trained) => Trained::follow(trained, &snapshot, device)?,
            (Weights::Checkpoint(_), Some(trained)) => trained,
            (Weights::Checkpoint(path), none) => none.insert(Trained::of_checkpoint(path, device, &self.modules)?),
        };
        Ok((trained, snapshot))
    }
}

/// Networks of one task's own, kept from question to question.
#[derive(Default)]
struct Model {
    trained: Option<Trained>,
    weights: Weights,
}

/// A question under way.
struct Task<T> {
    work: Option<T>,
    model: Model,
    answered: Instant,
}

impl<T> Default for Task<T> {
    fn default() -> Self {
        Self { work: None, model: Model::default(), answered: Instant::now() }
    }
}

struct Probe {
    port: ProbePort,
    workshop: Workshop,
    number: u64,
    diversity: [Task<Diversity>; SLOTS],
    /// What networks are looked at in: chains under way must not have theirs changed below them.
    looked_at: Model,
    inpainting: Option<Task<Inpainting>>,
    long_run: Option<Task<LongRun>>,
    search: Option<Search>,
}

impl Probe {
    fn live(mut self) {
        let mut busy = false;
        loop {
            let patience = if busy { Duration::ZERO } else { IDLE };
            match self.port.take_within(patience) {
                Ok(question) => self.take(question),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            for question in self.waiting() {
                self.take(question);
            }
            busy = self.work();
        }
    }

    /// The questions that wait, without those that a newer one takes the place of.
    fn waiting(&self) -> Vec<Question> {
        let mut waiting: Vec<Question> = Vec::new();
        while let Some(question) = self.port.try_take() {
            waiting.retain(|older| !same_kind(older, &question));
            waiting.push(question);
        }
        waiting
    }

    fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn take(&mut self, question: Question) {
        match question {
            Question::Diversity(slot, question) => self.begin_diversity(slot, question),
            Question::Inpainting(question) => self.begin_inpainting(question),
            Question::LongRun(question) => self.begin_long_run(question),
            Question::Nearest(question) => self.begin_search(question),
            Question::Network(question) => self.look(&question),
            Question::HeldOut => self.hand_out(),
        }
    }

    /// One MCMC step of every question under way; false when there is none.
    fn work(&mut self) -> bool {
        let mut busy = false;
        for slot in 0..SLOTS {
            busy |= self.work_on_diversity(slot);
        }
        busy | self.work_on_inpainting() | self.work_on_long_run() | self.work_on_search()
    }
}

impl Probe {
    fn begin_diversity(&mut self, slot: usize, question: DiversityQuestion) {
        let Some(task) = self.diversity.get_mut(slot) else { return };
        let begun = sound(|| {
            let (trained, snapshot) = self.workshop.model(&mut task.model, &question.chains.weights)?;
            let histogram = (question.others > 0).then_some(&snapshot.histogram);
            Diversity::begin(question, trained, histogram)
        });
        match begun {
            Ok(diversity) => task.work = Some(diversity),
            Err(error) => {
                task.work = None;
                self.tell_diversity(slot, DiversityAnswer { error: Some(error), ..Default::default() });
            }
        }
    }

    fn work_on_diversity(&mut self, slot: usize) -> bool {
        let task = &mut self.diversity[slot];
        let (Some(work), Some(trained)) = (&mut task.work, &mut task.model.trained) else { return false };
        let answered = task.answered;
        let advanced = sound(|| {
            let more = work.advance(trained)?;
            let due = !more || answered.elapsed() >= ANSWER;
            Ok((more, due.then(|| work.answer(trained)).transpose()?))
        });
        let (more, answer) = match advanced {
            Ok(advanced) => advanced,
            Err(error) => (false, Some(DiversityAnswer { error: Some(error), ..Default::default() })),
        };
        if !more {
            task.work = None;
        }
        if let Some(answer) = answer {
            task.answered = Instant::now();
            self.tell_diversity(slot, answer);
        }
        more
    }

    fn tell_diversity(&mut self, slot: usize, answer: DiversityAnswer) {
        let number = self.number();
        let answer = Some(Arc::new(DiversityAnswer { number, ..answer }));
        self.port.answer(|answers| answers.diversity[slot] = answer);
    }

    fn begin_inpainting(&mut self, question: Option<InpaintingQuestion>) {
        let Some(question) = question else {
            if let Some(task) = &mut self.inpainting {
                task.work = None;
            }
            self.port.answer(|answers| {
                if let Some(rests) = &mut answers.inpainting {
                    Arc::make_mut(rests).progress.done = true;
                }
            });
            return;
        };
        let task = self.inpainting.get_or_insert_default();
        let begun = sound(|| {
            // While a mask is painted nothing waits for the run.
            if let (Some(work), Some(trained)) = (&mut task.work, &mut task.model.trained)
                && work.change(&question, trained)?
            {
                return Ok(());
            }
            let (trained, snapshot) = self.workshop.model(&mut task.model, &question.chains.weights)?;
            task.work = Some(Inpainting::begin(question, trained, Some(&snapshot.histogram))?);
            Ok(())
        });
        if let Err(error) = begun {
            task.work = None;
            self.tell_inpainting(InpaintingAnswer { error: Some(error), ..Default::default() });
        }
    }

    fn work_on_inpainting(&mut self) -> bool {
        let Some(task) = &mut self.inpainting else { return false };
        let Some(work) = &mut task.work else { return false };
        let answered = task.answered;
        if work.is_swept() && work.follows() && self.workshop.is_old() {
            // Where nothing newer is to be had, it goes on with what there is.
            if let Ok(snapshot) = sound(|| Ok(self.workshop.model(&mut task.model, &Weights::Newest)?.1))
                && let Some(trained) = task.model.trained.as_ref().filter(|trained| !work.fits(trained))
            {
                let begun = sound(|| Inpainting::begin(work.question(), trained, Some(&snapshot.histogram)));
                match begun {
                    Ok(begun) => *work = begun,
                    Err(error) => {
                        task.work = None;
                        self.tell_inpainting(InpaintingAnswer { error: Some(error), ..Default::default() });
                        return false;
                    }
                }
            }
        }
        let (Some(work), Some(trained)) = (&mut task.work, &mut task.model.trained) else { return false };
        let advanced = sound(|| {
            work.renew(trained.iteration);
            let more = work.advance(trained)?;
            // A sweep that rests was told of when its last step was taken.
            let due = work.has_news() && (!work.is_moving() || answered.elapsed() >= ANSWER);
            Ok((more, due.then(|| work.answer(trained)).transpose()?))
        });
        let (more, answer) = match advanced {
            Ok(advanced) => advanced,
            Err(error) => {
                task.work = None;
                (false, Some(InpaintingAnswer { error: Some(error), ..Default::default() }))
            }
        };
        if let Some(answer) = answer {
            task.answered = Instant::now();
            self.tell_inpainting(answer);
        }
        more
    }

    fn tell_inpainting(&mut self, answer: InpaintingAnswer) {
        let number = self.number();
        let answer = Some(Arc::new(InpaintingAnswer { number, ..answer }));
        self.port.answer(|answers| answers.inpainting = answer);
    }
}

impl Probe {
    fn begin_long_run(&mut self, question: Option<LongRunQuestion>) {
        let task = self.long_run.get_or_insert_default();
        task.work = None;
        let Some(question) = question else {
            return self.port.answer(|answers| {
                if let Some(rests) = &mut answers.long_run {
                    Arc::make_mut(rests).progress.done = true;
                }
            });
        };
        let begun = sound(|| {
            let (trained, snapshot) = self.workshop.model(&mut task.model, &question.chains.weights)?;
            LongRun::begin(question, trained, &snapshot.histogram)
        });
        match begun {
            Ok(work) => task.work = Some(work),
            Err(error) => self.tell_long_run(LongRunAnswer { error: Some(error), ..Default::default() }),
        }
    }

    fn work_on_long_run(&mut self) -> bool {
        let Some(task) = &mut self.long_run else { return false };
        let (Some(work), Some(trained)) = (&mut task.work, &mut task.model.trained) else { return false };
        let answered = task.answered;
        let advanced = sound(|| {
            let more = work.advance(trained)?;
            Ok((more, (!more || answered.elapsed() >= ANSWER).then(|| work.answer())))
        });
        let (more, answer) = match advanced {
            Ok(advanced) => advanced,
            Err(error) => (false, Some(LongRunAnswer { error: Some(error), ..work.answer() })),
        };
        if !more {
            task.work = None;
        }
        if let Some(answer) = answer {
            task.answered = Instant::now();
            self.tell_long_run(answer);
        }
        more
    }

    fn tell_long_run(&mut self, answer: LongRunAnswer) {
        let number = self.number();
        let answer = Some(Arc::new(LongRunAnswer { number, ..answer }));
        self.port.answer(|answers| answers.long_run = answer);
    }

    fn begin_search(&mut self, question: NearestQuestion) {
        let asked = question.pictures.clone();
        let begun = sound(|| Search::begin(question, &self.workshop.snapshot()?.images));
        match begun {
            Ok(search) => self.search = Some(search),
            Err(error) => self.tell_nearest(NearestAnswer { asked, error: Some(error), ..Default::default() }),
        }
    }

    fn work_on_search(&mut self) -> bool {
        let Some(search) = &mut self.search else { return false };
        let advanced = sound(|| match search.advance()? {
            true => Ok(None),
            false => Ok(Some(search.answer()?)),
        });
        let answer = match advanced {
            Ok(None) => return true,
            Ok(Some(answer)) => answer,
            Err(error) => NearestAnswer { asked: search.asked(), error: Some(error), ..Default::default() },
        };
        self.search = None;
        self.tell_nearest(answer);
        false
    }

    fn tell_nearest(&mut self, answer: NearestAnswer) {
        let number = self.number();
        let answer = Some(Arc::new(NearestAnswer { number, ..answer }));
        self.port.answer(|answers| answers.nearest = answer);
    }

    /// Gives some held-out images; none where they cannot be read, which the run tells of itself.
    fn hand_out(&mut self) {
        let number = self.number();
        let found = sound(|| {
            let set = &self.workshop.snapshot()?.images;
            let mut items = NoiseKey::new(number, Purpose::Probe).permutation(set.held_out.count());
            items.truncate(HANDED_OUT);
            Ok(pictures(&set.held_out.select(&items)?, set.range, HANDED_OUT))
        });
        let found = Some(Arc::new(found.unwrap_or_default()));
        self.port.answer(|answers| answers.held_out = found);
    }

    fn look(&mut self, question: &NetworkQuestion) {
        let chains = ChainSettings { weights: question.weights.clone(), ..Default::default() };
        let found = sound(|| {
            let (trained, snapshot) = self.workshop.model(&mut self.looked_at, &chains.weights)?;
            super::network::look(question, trained, &snapshot.images)
        });
        let error = |error| NetworkAnswer {
            asked: question.clone(),
            grid: question.grid,
            error: Some(error),
            ..Default::default()
        };
        let number = self.number();
        let answer = Some(Arc::new(NetworkAnswer { number, ..found.unwrap_or_else(error) }));
        self.port.answer(|answers| answers.network = answer);
    }
}

/// Whether one question takes the place of another.
fn same_kind(older: &Question, newer: &Question) -> bool {
    match (older, newer) {
        (Question::Diversity(a, _), Question::Diversity(b, _)) => a == b,
        _ => std::mem::discriminant(older) == std::mem::discriminant(newer),
    }
}

/// What a task does, or why it failed: a fault of the program's own must not end the probe.
fn sound<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("this stopped by a fault of the program's own; the run goes on".into()),
    }
}
