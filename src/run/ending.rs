//! How a run ends: its last event, and what is saved when it ends otherwise than it should.

use super::checkpoint;
use super::directory::RunDirectory;
use super::engine::Engine;
use super::handle::RunPort;
use super::message::Event;
use super::options::{RunError, RunOptions};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

/// Where a run is, for its last words.
pub(super) type Whereabouts = RefCell<(u64, Option<PathBuf>)>;

/// What a panic is caught as.
type Caught = Box<dyn Any + Send>;

/// A run from beginning to end. A panic of the engine is its last event, not the program's end.
pub(super) fn live(port: RunPort, options: RunOptions) {
    let end = port.clone();
    let seen = Rc::new(RefCell::new((0, None)));
    let at = seen.clone();
    let result = catch_unwind(AssertUnwindSafe(|| super::thread::run(port, options, &at)));
    let result = result.unwrap_or_else(|panic| Err(RunError::Fault(said(&panic))));
    let (iteration, directory) = seen.borrow().clone();
    let ended = match result {
        Ok(()) => Event::Ended { iteration, error: None, input: false },
        Err(error) => Event::Ended { iteration, error: Some(error.to_string()), input: error.is_input() },
    };
    if let Some(mut directory) = directory.and_then(|path| RunDirectory::open(&path).ok()) {
        // The client is told all the same.
        let _ = directory.log(&ended);
    }
    end.tell(ended);
}

/// What a run came to. After a fault of the engine or of the device everything that whole iterations taught is saved, and
/// the error says how to go on.
pub(super) fn settle(engine: &RefCell<Engine>, ended: Result<Result<(), RunError>, Caught>) -> Result<(), RunError> {
    match ended {
        Ok(Err(RunError::Compute(error))) => {
            // Between two iterations, in drawing; one that fails within an iteration was seen to there.
            if let Ok(mut engine) = engine.try_borrow_mut() {
                engine.save_last(false);
            }
            Err(RunError::Failed(error.to_string() + &*on_the_cpu(engine)))
        }
        Ok(Err(RunError::Failed(message))) => Err(RunError::Failed(message + &*on_the_cpu(engine))),
        Ok(other) => other,
        Err(panic) => {
            let saved = catch_unwind(AssertUnwindSafe(|| {
                if let Ok(mut engine) = engine.try_borrow_mut() {
                    engine.save_whole();
                }
            }));
            let again =
                saved.err().map_or(String::new(), |panic| format!("; it was not saved again: {}", said(&panic)));
            Err(RunError::Fault(said(&panic) + &*again + &*how_to_go_on(engine, "")))
        }
    }
}

impl Engine {
    /// Saves what whole iterations taught: nothing, in the middle of an iteration's updates, or if a fault left values that
    /// are not finite.
    fn save_whole(&mut self) {
        let sound = self.grids.iter().all(|grid| grid.learned.is_finite());
        if !self.updating && self.iteration > 0 && sound {
            self.save();
        }
    }
}

fn on_the_cpu(engine: &RefCell<Engine>) -> String {
    match engine.try_borrow().is_ok_and(|engine| engine.device.is_cpu()) {
        true => how_to_go_on(engine, ""),
        false => how_to_go_on(engine, " --device cpu"),
    }
}

/// The command that goes on from what was saved, if anything was.
fn how_to_go_on(engine: &RefCell<Engine>, options: &str) -> String {
    let directory = engine.try_borrow().ok().and_then(|engine| Some(engine.directory.as_ref()?.path().to_path_buf()));
    match directory.filter(|path| !checkpoint::list(path).is_empty()) {
        Some(path) => {
            format!("; go on from the newest checkpoint by `emberlab train --resume {}{options}`", path.display())
        }
        None => String::new(),
    }
}

/// What a panic said.
fn said(panic: &Caught) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeText;
    use crate::run::Run;
    use std::path::Path;
    use std::time::Duration;

    /// Six MCMC steps and three updates an iteration.
    const TINY: &str = "fn pyramid() { grids(#{ size: 8, factor: 2.0 }) }
        fn network(s) { net([conv(4, 3), leaky(0.2)]) }
        fn kernel(s) { langevin(#{ steps: 2, drift: 1.0, noise: 0.02 }) }
        fn batch_size() { 4 }";

    fn options(device: &str, directory: &Path) -> RunOptions {
        let recipe = RecipeText { path: "recipe.rhai".into(), text: TINY.into() };
        let directory = Some(directory.to_path_buf());
        let device = device.to_string();
        RunOptions { device, threads: Some(1), directory, iterations: Some(30), ..RunOptions::new(recipe) }
    }

    /// Runs to its end: where, and why.
    fn finish(options: RunOptions) -> (u64, Option<String>, bool) {
        let run = Run::spawn(options).unwrap();
        loop {
            let event = run.events.recv_timeout(Duration::from_secs(60)).unwrap();
            if let Event::Ended { iteration, error, input } = event {
                return (iteration, error, input);
            }
        }
    }

    fn weights(directory: &Path) -> Vec<Vec<u8>> {
        let files = ["model.safetensors", "learner.safetensors"];
        files.map(|file| std::fs::read(directory.join("checkpoints/00000030").join(file)).unwrap()).to_vec()
    }

    /// The run fails in iteration 17, tells so, and goes on on the CPU as if nothing had happened.
    fn goes_on(device: &str, says: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
        assert_eq!(finish(options("cpu", &whole)).1, None);
        let (iteration, error, input) = finish(options(device, &broken));
        let error = error.expect("it went on");
        assert!(!input && iteration == 16, "{iteration}: {error}");
        for part in says.iter().copied().chain(["--resume"]) {
            assert!(error.contains(part), "{part} is missing: {error}");
        }
        let log = std::fs::read_to_string(broken.join("events.jsonl")).unwrap();
        assert!(log.lines().last().unwrap().contains(says[0]), "the log ends without it");
        assert_eq!(finish(RunOptions { resume: true, ..options("cpu", &broken) }), (30, None, false));
        assert!(weights(&whole) == weights(&broken), "{device}: something was lost");
    }

    #[test]
    fn a_device_that_is_lost_costs_nothing() {
        goes_on("failing:lost:100", &["the device was lost", "--device cpu"]);
    }

    #[test]
    fn a_device_that_is_out_of_memory_costs_nothing() {
        goes_on("failing:memory:100", &["out of memory", "--device cpu"]);
    }

    #[test]
    fn a_fault_of_the_engine_costs_nothing() {
        goes_on("failing:panic:100", &["a fault of its own: a fault on purpose"]);
    }

    #[test]
    fn a_fault_among_an_iterations_updates_leaves_the_checkpoint_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
        assert_eq!(finish(options("cpu", &whole)).1, None);
        // At the last of three grids.
        let every = RunOptions { checkpoint_every: Duration::ZERO, ..options("failing:update:50", &broken) };
        let (iteration, error, _) = finish(every);
        assert!(error.is_some_and(|error| error.contains("a fault on purpose")));
        let newest = checkpoint::list(&broken).pop().unwrap();
        assert_eq!(checkpoint::number(&newest), Some(iteration));
        assert_eq!(finish(RunOptions { resume: true, ..options("cpu", &broken) }), (30, None, false));
        assert!(weights(&whole) == weights(&broken), "something was lost");
    }
}
