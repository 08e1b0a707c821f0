//! What `iterate(lab, batch)` and `step(lab, s, y)` see: the laboratory and a batch.

use super::arithmetic::{Arithmetic, NoiseCalls, per_image};
use super::compile::Recipe;
use super::error::fail;
use super::laboratory::{Advance, BatchVersions, HostError, Laboratory, ScriptMove};
use super::limits::{Deadline, VERBS};
use super::options::{Scripted, count, name, number, number_within};
use super::plan::ScriptStep;
use crate::compute::{Expression, Images, NoiseKey};
use rhai::{Array, Dynamic, Engine, EvalAltResult, Position};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// `lab` in a script.
#[derive(Clone)]
pub(super) struct ScriptLab {
    host: Rc<RefCell<dyn Laboratory>>,
    deadline: Deadline,
    arithmetic: Arithmetic,
    /// It is given to a step, which has this number of so many: commands wait for the step's end.
    in_step: Option<[usize; 2]>,
    verbs: Rc<Cell<u32>>,
}

/// `batch` in a script.
#[derive(Clone)]
pub(super) struct ScriptBatch(pub(super) Rc<BatchVersions>);

impl ScriptLab {
    pub(super) fn new(host: Rc<RefCell<dyn Laboratory>>, deadline: Deadline, arithmetic: Arithmetic) -> Self {
        Self { host, deadline, arithmetic, in_step: None, verbs: Rc::default() }
    }

    /// The lab that a step is given.
    pub(super) fn in_step(self, number: [usize; 2]) -> Self {
        Self { in_step: Some(number), ..self }
    }

    /// Lets the host work; its time is not the script's.
    fn work<T>(&self, work: impl FnOnce(&mut dyn Laboratory) -> Result<T, HostError>) -> Scripted<T> {
        let verbs = self.verbs.get() + 1;
        self.verbs.set(verbs);
        if verbs > VERBS {
            return fail(format!("the lab was asked more than {VERBS} times; is there an endless loop?"));
        }
        self.host_works(|host| {
            if self.in_step.is_none() {
                host.glance()?;
            }
            work(host)
        })
    }

    fn host_works<T>(&self, work: impl FnOnce(&mut dyn Laboratory) -> Result<T, HostError>) -> Scripted<T> {
        let result = self.deadline.host(|| match self.host.try_borrow_mut() {
            Ok(mut host) => work(&mut *host),
            Err(_) => Err(HostError::Script("the lab cannot be used from inside its own step".into())),
        });
        result.map_err(ended)
    }

    /// Images of an expression, for the host.
    fn images(&self, expression: &Expression) -> Scripted<Arc<Images>> {
        self.arithmetic.images(expression)
    }

    /// Refuses what would change the run in the middle of a step.
    fn outside_steps(&self, verb: &str) -> Scripted<()> {
        match self.in_step {
            Some(_) => fail(format!("lab.{verb} cannot be used inside a step")),
            None => Ok(()),
        }
    }

    /// The number of the step, or of how many.
    fn number(&self, name: &str, of: usize) -> Scripted<i64> {
        match self.in_step {
            Some(number) => Ok(number[of] as i64),
            None => fail(format!("lab.{name} is only there inside a step")),
        }
    }

    /// Runs grid s's kernel from `start`, step by step: a script's own step is called without holding the host.
    fn sample(&self, s: &Dynamic, start: &Expression, mask: Option<&Expression>) -> Scripted<Expression> {
        self.outside_steps("sample")?;
        let (s, start) = (grid(s)?, self.images(start)?);
        let mask = mask.map(|mask| self.images(mask)).transpose()?;
        self.work(|host| host.begin(s, &start, mask.as_deref()))?;
        loop {
            match self.host_works(|host| host.advance(s))? {
                Advance::Moved => {}
                Advance::Ended(images) => return self.arithmetic.hold(images),
                Advance::Script(ScriptMove { recipe, step, state, number, key }) => {
                    let take = || recipe.take_step(&self.host, &step, (s, number), state, key);
                    let moved = self.deadline.apart(take).map_err(ended)?;
                    self.host_works(|host| host.moved(s, &moved))?;
                }
            }
        }
    }
}

/// What ends a script, or tells it what it did wrong.
fn ended(error: HostError) -> Box<EvalAltResult> {
    match error {
        HostError::Script(message) => Box::new(EvalAltResult::ErrorRuntime(message.into(), Position::NONE)),
        // These cannot be caught by a script.
        other => Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(other), Position::NONE)),
    }
}

impl Recipe {
    /// Moves the chains of grid s from `state` by one step of the script's, which has this number of so many.
    ///
    /// # Errors
    /// An error of the script, or what the host ended it with.
    pub fn take_step(
        &self,
        host: &Rc<RefCell<dyn Laboratory>>,
        step: &ScriptStep,
        (s, number): (usize, [usize; 2]),
        state: Arc<Images>,
        key: NoiseKey,
    ) -> Result<Arc<Images>, HostError> {
        let shape = state.shape();
        let moved = self.with_lab(host, NoiseCalls::of_step(key), |lab| {
            let answer = self.call_step(step, (lab.in_step(number), s as i64, Expression::of(state)))?;
            match answer.clone().try_cast::<Expression>() {
                Some(moved) if moved.shape() == shape => self.arithmetic().images(&moved),
                Some(moved) => fail(format!(
                    "a step must return as many images of the same size as it was given: {shape:?}, found {:?}",
                    moved.shape()
                )),
                None => fail(format!("a step must return images, found {}", self.type_name(&answer))),
            }
        });
        moved.map_err(|error| self.ended_step(step, &error))
    }

    /// Calls `script` with a lab on `host`, its threads and that noise; then the noise of before is back.
    pub(super) fn with_lab<T>(
        &self,
        host: &Rc<RefCell<dyn Laboratory>>,
        noise: NoiseCalls,
        script: impl FnOnce(ScriptLab) -> T,
    ) -> T {
        let arithmetic = self.arithmetic();
        if let Ok(host) = host.try_borrow() {
            arithmetic.use_threads(host.threads());
        }
        let before = arithmetic.draw_from(Some(noise));
        let value = script(ScriptLab::new(host.clone(), self.deadline().clone(), arithmetic.clone()));
        arithmetic.draw_from(before);
        value
    }
}

/// The grid number a script passed; the host checks its range.
fn grid(s: &Dynamic) -> Scripted<usize> {
    count("the grid s", s, [0, 10_000])
}

/// Registers `lab` and `batch`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<ScriptLab>("Lab");
    engine.register_type_with_name::<ScriptBatch>("Batch");
    engine.register_fn("grids", |lab: &mut ScriptLab| -> Scripted<Array> {
        let grids = lab.work(|host| Ok(host.grids()))?;
        Ok((1..=grids).map(|s| Dynamic::from_int(s as i64)).collect())
    });
    engine.register_fn("grid", |batch: &mut ScriptBatch, s: Dynamic| -> Scripted<Expression> {
        let s = grid(&s)?;
        match batch.0.grids.get(s) {
            Some(images) => Ok(Expression::of(images.clone())),
            None => fail(format!("batch.grid({s}): there are grids 0 to {}", batch.0.grids.len() - 1)),
        }
    });
    engine.register_get("count", |batch: &mut ScriptBatch| batch.0.indices.len() as i64);
    register_model(engine);
    register_sampling(engine);
    register_starts(engine);
    register_learning(engine);
    register_reports(engine);
}

/// What a step may use too.
fn register_model(engine: &mut Engine) {
    engine.register_get("step", |lab: &mut ScriptLab| lab.number("step", 0));
    engine.register_get("steps", |lab: &mut ScriptLab| lab.number("steps", 1));
    engine.register_fn("up", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.arithmetic.hold(lab.work(|host| host.up(s, &images))?)
    });
    engine.register_fn("down", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.arithmetic.hold(lab.work(|host| host.down(s, &images))?)
    });
    engine.register_fn("score", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.arithmetic.hold(per_image(lab.work(|host| host.score(s, &images))?))
    });
    engine.register_fn("energy", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.arithmetic.hold(per_image(lab.work(|host| host.energy(s, &images))?))
    });
    engine.register_fn(
        "energy_gradient",
        |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
            let (s, images) = (grid(&s)?, lab.images(&images)?);
            lab.arithmetic.hold(lab.work(|host| host.energy_gradient(s, &images))?)
        },
    );
}

fn register_sampling(engine: &mut Engine) {
    engine.register_fn("sample", |lab: &mut ScriptLab, s: Dynamic, start: Expression| lab.sample(&s, &start, None));
    engine.register_fn("sample", |lab: &mut ScriptLab, s: Dynamic, start: Expression, mask: Expression| {
        lab.sample(&s, &start, Some(&mask))
    });
    engine.register_fn("keep", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<()> {
        lab.outside_steps("keep")?;
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.work(|host| host.keep(s, images))
    });
    engine.register_fn("kept", |lab: &mut ScriptLab, s: Dynamic| -> Scripted<Expression> {
        let s = grid(&s)?;
        Ok(Expression::of(lab.work(|host| host.kept(s))?))
    });
}

/// Where chains begin.
fn register_starts(engine: &mut Engine) {
    engine.register_fn("from_coarser", |lab: &mut ScriptLab, s: Dynamic, images: Expression| -> Scripted<Expression> {
        let (s, images) = (grid(&s)?, lab.images(&images)?);
        lab.arithmetic.hold(lab.work(|host| host.up(s, &images))?)
    });
    engine.register_fn("from_data", |_: &mut ScriptLab, s: Dynamic, batch: ScriptBatch| -> Scripted<Expression> {
        let s = grid(&s)?;
        match batch.0.grids.get(s) {
            Some(images) => Ok(Expression::of(images.clone())),
            None => fail(format!("lab.from_data({s}, batch): there are grids 0 to {}", batch.0.grids.len() - 1)),
        }
    });
    engine.register_fn("from_noise", |lab: &mut ScriptLab, s: Dynamic, many: Dynamic| -> Scripted<Expression> {
        let (s, many) = (grid(&s)?, count("from_noise: how many", &many, [1, 4096])?);
        lab.arithmetic.hold(lab.work(|host| host.noise_start(s, many))?)
    });
    engine.register_fn("from_histogram", |lab: &mut ScriptLab, many: Dynamic| -> Scripted<Expression> {
        let many = count("from_histogram: how many", &many, [1, 4096])?;
        lab.arithmetic.hold(lab.work(|host| host.histogram_start(many))?)
    });
    let persistent = |lab: &mut ScriptLab, s: &Dynamic, batch: &ScriptBatch, share: f64| {
        let s = grid(s)?;
        lab.arithmetic.hold(lab.work(|host| host.persistent(s, &batch.0, share))?)
    };
    engine.register_fn("persistent", move |lab: &mut ScriptLab, s: Dynamic, batch: ScriptBatch| {
        persistent(lab, &s, &batch, 0.0)
    });
    engine.register_fn(
        "persistent",
        move |lab: &mut ScriptLab, s: Dynamic, batch: ScriptBatch, share: Dynamic| -> Scripted<Expression> {
            persistent(lab, &s, &batch, number_within("persistent: the share begun anew", &share, [0.0, 1.0])?)
        },
    );
    engine.register_fn(
        "persist",
        |lab: &mut ScriptLab, s: Dynamic, batch: ScriptBatch, images: Expression| -> Scripted<()> {
            lab.outside_steps("persist")?;
            let (s, images) = (grid(&s)?, lab.images(&images)?);
            lab.work(|host| host.persist(s, &batch.0, &images))
        },
    );
}

fn register_learning(engine: &mut Engine) {
    engine.register_fn(
        "update",
        |lab: &mut ScriptLab, s: Dynamic, observed: Expression, synthesized: Expression| -> Scripted<()> {
            lab.outside_steps("update")?;
            let s = grid(&s)?;
            let (observed, synthesized) = (lab.images(&observed)?, lab.images(&synthesized)?);
            lab.work(|host| host.update(s, &observed, &synthesized))
        },
    );
    engine.register_fn(
        "learn",
        |lab: &mut ScriptLab, s: Dynamic, images: Expression, weights: Expression| -> Scripted<()> {
            lab.outside_steps("learn")?;
            let (s, images, weights) = (grid(&s)?, lab.images(&images)?, lab.images(&weights)?);
            if weights.shape() != [images.count(), 1, 1, 1] {
                return fail(format!(
                    "learn: one weight for each of the {} images is expected, found {:?}",
                    images.count(),
                    weights.shape()
                ));
            }
            lab.work(|host| host.learn(s, &images, weights.data()))
        },
    );
}

fn register_reports(engine: &mut Engine) {
    engine.register_fn("plot", |lab: &mut ScriptLab, called: Dynamic, value: Dynamic| -> Scripted<()> {
        let (name, value) = (name("plot: the name", &called)?, number("plot: the value", &value)?);
        lab.work(|host| {
            host.plot(&name, value);
            Ok(())
        })
    });
    engine.register_fn("show", |lab: &mut ScriptLab, called: Dynamic, images: Expression| -> Scripted<()> {
        let (name, images) = (name("show: the name", &called)?, lab.images(&images)?);
        lab.work(|host| {
            host.show(&name, &images);
            Ok(())
        })
    });
}
