//! The words of a recipe: what `data`, `pyramid`, `network`, `kernel` and `optimizer` are built from.

use super::error::fail;
use super::options::{Options, Scripted, count, number, number_within, word};
use super::plan::{Learner, OnDivergence};
use crate::learning::{GovernorSpec, OptimizerSpec, Rule};
use crate::model::{UpScaling, sides};
use rhai::{Array, Dynamic, Engine, Map};

/// Grids with a model.
const GRIDS: usize = 128;

/// The sides of a pyramid and the way up.
#[derive(Debug, Clone)]
pub(super) struct PyramidWords {
    pub(super) sides: Vec<usize>,
    /// d, where the sides follow from it; `None` for a list of sides.
    pub(super) factor: Option<f64>,
    pub(super) up: UpScaling,
}

/// Registers every word.
pub(super) fn register(engine: &mut Engine) {
    super::sources::register(engine);
    register_pyramid(engine);
    super::layers::register(engine);
    super::kernels::register(engine);
    register_learning(engine);
    register_schedules(engine);
}

fn register_pyramid(engine: &mut Engine) {
    engine.register_type_with_name::<PyramidWords>("Pyramid");
    engine.register_fn("grids", |options: Map| -> Scripted<PyramidWords> {
        let mut options = Options::new("grids", options);
        let size = options.count("size", [2, 1024])?.unwrap_or(64);
        // The factor's own rule (d > 1) is the pyramid's to explain.
        let factor = options.number("factor", [f64::MIN, f64::MAX])?.unwrap_or(4.0);
        let up = up_scaling(options.word("up")?)?;
        options.finish()?;
        match sides(size, factor) {
            Ok(sides) if sides.len() > GRIDS + 1 => {
                fail(format!("grids: the factor {factor} makes {} grids, the limit is {GRIDS}", sides.len() - 1))
            }
            Ok(sides) => Ok(PyramidWords { sides, factor: Some(factor), up }),
            Err(error) => fail(format!("grids: {error}")),
        }
    });
    engine.register_fn("sides", |list: Array| explicit_sides(list, UpScaling::PseudoInverse));
    engine.register_fn("sides", |list: Array, up: Dynamic| {
        explicit_sides(list, up_scaling(Some(word("sides: the up-scaling", &up)?))?)
    });
}

fn explicit_sides(list: Array, up: UpScaling) -> Scripted<PyramidWords> {
    if list.len() > GRIDS + 1 {
        return fail(format!("sides: {} grids, the limit is {GRIDS}", list.len() - 1));
    }
    let sides: Scripted<Vec<usize>> = list.iter().map(|side| count("sides: a side", side, [1, 1024])).collect();
    Ok(PyramidWords { sides: sides?, factor: None, up })
}

fn up_scaling(name: Option<String>) -> Scripted<UpScaling> {
    match name.as_deref() {
        None | Some("pseudo_inverse") => Ok(UpScaling::PseudoInverse),
        Some("block") => Ok(UpScaling::Block),
        Some(other) => fail(format!("unknown up-scaling '{other}'; there are pseudo_inverse, block")),
    }
}

fn register_learning(engine: &mut Engine) {
    engine.register_type_with_name::<Learner>("Optimizer");
    engine.register_type_with_name::<GovernorSpec>("Governor");
    engine.register_fn("sgd", |options: Map| -> Scripted<Learner> {
        let mut options = Options::new("sgd", options);
        let momentum = options.number("momentum", [0.0, 0.9999])?.unwrap_or(0.0) as f32;
        let per_position_cap = options.number("per_position_cap", [1e-12, 1e12])?.map(|cap| cap as f32);
        learner(options, Rule::Sgd { momentum, per_position_cap })
    });
    engine.register_fn("adam", |options: Map| -> Scripted<Learner> {
        let mut options = Options::new("adam", options);
        let beta1 = options.number("beta1", [0.0, 0.9999])?.unwrap_or(0.9) as f32;
        let beta2 = options.number("beta2", [0.0, 0.99999])?.unwrap_or(0.999) as f32;
        let epsilon = options.number("epsilon", [1e-12, 1.0])?.unwrap_or(1e-8) as f32;
        learner(options, Rule::Adam { beta1, beta2, epsilon })
    });
    engine.register_fn("adamw", |options: Map| -> Scripted<Learner> {
        let mut options = Options::new("adamw", options);
        let beta1 = options.number("beta1", [0.0, 0.9999])?.unwrap_or(0.9) as f32;
        let beta2 = options.number("beta2", [0.0, 0.99999])?.unwrap_or(0.999) as f32;
        let epsilon = options.number("epsilon", [1e-12, 1.0])?.unwrap_or(1e-8) as f32;
        let decay = options.number("decay", [0.0, 1e6])?.unwrap_or(0.01) as f32;
        learner(options, Rule::AdamW { beta1, beta2, epsilon, decay })
    });
    engine.register_fn("governor", |options: Map| -> Scripted<GovernorSpec> {
        let mut options = Options::new("governor", options);
        let band = options.number("band", [0.1, 1000.0])?.unwrap_or(3.0);
        let settle = options.count("settle", [1, 1_000_000])?.unwrap_or(600) as u64;
        options.finish()?;
        Ok(GovernorSpec { band, settle })
    });
}

fn learner(mut options: Options, rule: Rule) -> Scripted<Learner> {
    let clip_norm = options.number("clip_norm", [1e-12, 1e12])?.map(|limit| limit as f32);
    let penalty = options.number("energy_penalty", [0.0, 1e6])?.unwrap_or(0.0) as f32;
    let average = options.number("average", [0.0, 0.99999])?.map(|decay| decay as f32);
    let governor = match options.take("governor") {
        None => None,
        Some(value) => match value.clone().try_cast::<GovernorSpec>() {
            Some(spec) => Some(spec),
            None => return fail(format!("governor must be a governor(#{{...}}), found {}", value.type_name())),
        },
    };
    let on_divergence = match options.word("on_divergence")?.as_deref() {
        None => OnDivergence::Rollback,
        Some(word) => match OnDivergence::of_word(word) {
            Some(known) => known,
            None => return fail(format!("unknown on_divergence '{word}'; there are rollback, stop, pause")),
        },
    };
    options.finish()?;
    Ok(Learner { optimizer: OptimizerSpec { rule, clip_norm }, penalty, average, governor, on_divergence })
}

fn register_schedules(engine: &mut Engine) {
    // Falls by `decades` powers of ten over the first `over` updates, then stays.
    engine.register_fn("decade", |t: Dynamic, over: Dynamic| decade(&t, &over, 1.0));
    engine.register_fn("decade", |t: Dynamic, over: Dynamic, decades: Dynamic| {
        decade(&t, &over, number("decade: the decades", &decades)?)
    });
    // From 1 down by `factor` at each of the updates in a list.
    engine.register_fn("steps", |t: Dynamic, at: Array, factor: Dynamic| -> Scripted<f64> {
        let (t, factor) = (number("steps: t", &t)?, number_within("steps: the factor", &factor, [0.0, 1e6])?);
        let mut value = 1.0;
        for update in &at {
            if t >= number("steps: an update", update)? {
                value *= factor;
            }
        }
        Ok(value)
    });
    // t, rounded down to a whole multiple of `every`.
    engine.register_fn("staircase", |t: Dynamic, every: Dynamic| -> Scripted<f64> {
        let every = number_within("staircase: every", &every, [1.0, 1e12])?;
        Ok((number("staircase: t", &t)? / every).floor() * every)
    });
    // From 1 to 0 along half a cosine over the first `over` updates.
    engine.register_fn("cosine", |t: Dynamic, over: Dynamic| -> Scripted<f64> {
        let over = number_within("cosine: over", &over, [1.0, 1e12])?;
        let share = (number("cosine: t", &t)? / over).clamp(0.0, 1.0);
        Ok(0.5 * (1.0 + (std::f64::consts::PI * share).cos()))
    });
}

fn decade(t: &Dynamic, over: &Dynamic, decades: f64) -> Scripted<f64> {
    let over = number_within("decade: over", over, [1.0, 1e12])?;
    let share = (number("decade: t", t)? / over).clamp(0.0, 1.0);
    Ok(10f64.powf(-decades * share))
}
