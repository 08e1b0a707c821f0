//! The words of MCMC kernels and references.

use super::error::fail;
use super::options::{Options, Scripted, number, number_within};
use super::plan::ScriptStep;
use crate::model::Reference;
use crate::sampling::Rule;
use rhai::{Array, Dynamic, Engine, FnPtr, Map, NativeCallContext};

/// A kernel before the data's range and the reference are known.
#[derive(Debug, Clone)]
pub(super) struct KernelWords {
    pub(super) steps: usize,
    pub(super) rule: Rule,
    /// `None`: clamp to the data's range for a uniform reference, not at all for a Gaussian one.
    pub(super) clamp: Option<Clamp>,
    /// A script's own step, and its temperature if it says one.
    pub(super) step: Option<ScriptStep>,
    pub(super) temperature: Option<f64>,
}

/// What a recipe says of the box that chains stay in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Clamp {
    /// The range of the data, or no box.
    ToRange(bool),
    To([f32; 2]),
}

/// The range of temperatures.
const TEMPERATURES: [f64; 2] = [1e-9, 1e9];

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<KernelWords>("Kernel");
    engine.register_type_with_name::<Reference>("Reference");
    engine.register_fn("langevin", langevin);
    engine.register_fn("annealed", annealed);
    engine.register_fn("mala", mala);
    engine.register_fn("hmc", hmc);
    engine.register_fn("tempered", tempered);
    engine.register_fn("custom", custom);
    engine.register_fn("uniform", || Reference::Uniform);
    engine.register_fn("uniform", |low: Dynamic, high: Dynamic| -> Scripted<Reference> {
        let [low, high] =
            [number("uniform: the low end", &low)? as f32, number("uniform: the high end", &high)? as f32];
        if low >= high {
            return fail(format!("uniform: the low end {low} must be below the high end {high}"));
        }
        Ok(Reference::Box { low, high })
    });
    engine.register_fn("gaussian", |sigma: Dynamic| -> Scripted<Reference> {
        Ok(Reference::Gaussian { sigma: number_within("gaussian: σ", &sigma, [1e-6, 1e9])? as f32 })
    });
}

/// What all kernels take.
fn kernel(mut options: Options, function: &str, steps: usize, rule: Rule) -> Scripted<KernelWords> {
    let clamp = clamp(function, options.take("clamp"))?;
    options.finish()?;
    Ok(KernelWords { steps, rule, clamp, step: None, temperature: None })
}

fn steps(options: &mut Options) -> Scripted<usize> {
    Ok(options.count("steps", [1, 1_000_000])?.unwrap_or(30))
}

fn gradient_limit(options: &mut Options) -> Scripted<Option<f32>> {
    Ok(options.number("gradient_limit", [1e-12, 1e12])?.map(|limit| limit as f32))
}

/// c, said outright or as δ²/2.
fn drift(options: &mut Options, function: &str) -> Scripted<f32> {
    match (options.number("delta", [0.0, 1e6])?, options.number("drift", [0.0, 1e9])?) {
        (Some(_), Some(_)) => fail(format!("{function}: give either delta or drift")),
        (Some(delta), None) => Ok((delta * delta / 2.0) as f32),
        (None, drift) => Ok(drift.unwrap_or(0.045) as f32),
    }
}

fn langevin(options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("langevin", options);
    let steps = steps(&mut options)?;
    let delta = options.number("delta", [0.0, 1e6])?;
    let drift = options.number("drift", [0.0, 1e9])?;
    let noise = options.number("noise", [0.0, 1e6])?;
    let gradient_limit = gradient_limit(&mut options)?;
    let (drift, noise) = match (delta, drift, noise) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return fail("langevin: give either delta, or drift and noise apart");
        }
        (Some(delta), None, None) => (delta * delta / 2.0, delta),
        (None, Some(drift), noise) => (drift, noise.unwrap_or(0.0)),
        (None, None, Some(_)) => return fail("langevin: noise alone does not move downhill; give drift too"),
        (None, None, None) => (0.045, 0.3),
    };
    let rule = Rule::Langevin { drift: drift as f32, noise: noise as f32, gradient_limit };
    kernel(options, "langevin", steps, rule)
}

fn annealed(options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("annealed", options);
    let steps = steps(&mut options)?;
    let drift = drift(&mut options, "annealed")?;
    let gradient_limit = gradient_limit(&mut options)?;
    let from = options.number("from", TEMPERATURES)?.unwrap_or(10.0) as f32;
    let to = options.number("to", TEMPERATURES)?.unwrap_or(1.0) as f32;
    kernel(options, "annealed", steps, Rule::Annealed { drift, gradient_limit, from, to })
}

fn mala(options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("mala", options);
    let steps = steps(&mut options)?;
    let step_size = options.number("delta", [1e-12, 1e6])?.unwrap_or(0.3) as f32;
    kernel(options, "mala", steps, Rule::Hamiltonian { step_size, leapfrog: 1 })
}

fn hmc(options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("hmc", options);
    let steps = steps(&mut options)?;
    let step_size = options.number("delta", [1e-12, 1e6])?.unwrap_or(0.3) as f32;
    let leapfrog = options.count("leapfrog", [1, 1000])?.unwrap_or(10);
    kernel(options, "hmc", steps, Rule::Hamiltonian { step_size, leapfrog })
}

fn tempered(options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("tempered", options);
    let steps = steps(&mut options)?;
    let drift = drift(&mut options, "tempered")?;
    let gradient_limit = gradient_limit(&mut options)?;
    let exchange_every = options.count("exchange_every", [1, 1_000_000])?.unwrap_or(1);
    let temperatures = match options.take("temperatures") {
        None => vec![1.0, 2.0, 4.0],
        Some(value) => ladder(value)?,
    };
    kernel(options, "tempered", steps, Rule::Tempered { drift, gradient_limit, temperatures, exchange_every })
}

/// Temperatures from the coldest up.
fn ladder(value: Dynamic) -> Scripted<Vec<f32>> {
    let Some(list) = value.try_cast::<Array>().filter(|list| (1..=64).contains(&list.len())) else {
        return fail("tempered: temperatures must be a list of 1 to 64 such as [1, 2, 4]");
    };
    let mut temperatures = Vec::new();
    for temperature in &list {
        temperatures.push(number_within("tempered: a temperature", temperature, TEMPERATURES)? as f32);
    }
    match temperatures.windows(2).all(|pair| pair[0] < pair[1]) {
        true => Ok(temperatures),
        false => fail("tempered: temperatures must rise from the coldest, such as [1, 2, 4]"),
    }
}

/// A kernel whose steps a script takes.
fn custom(context: NativeCallContext, options: Map) -> Scripted<KernelWords> {
    let mut options = Options::new("custom", options);
    let steps = steps(&mut options)?;
    let temperature = options.number("temperature", [0.0, 1e12])?;
    let step = options.take("step");
    let still = Rule::Langevin { drift: 0.0, noise: 0.0, gradient_limit: None };
    let words = kernel(options, "custom", steps, still)?;
    let Some(function) = step.and_then(|step| step.try_cast::<FnPtr>()) else {
        return fail("custom: step must be a function such as |lab, s, y| y");
    };
    let step = Some(ScriptStep { function, source: context.call_source().map(Into::into) });
    Ok(KernelWords { step, temperature, ..words })
}

fn clamp(function: &str, value: Option<Dynamic>) -> Scripted<Option<Clamp>> {
    match value {
        None => Ok(None),
        Some(value) if value.is_bool() => Ok(Some(Clamp::ToRange(value.as_bool().unwrap_or(false)))),
        Some(value) => Ok(Some(Clamp::To(interval(function, value)?))),
    }
}

fn interval(function: &str, value: Dynamic) -> Scripted<[f32; 2]> {
    let Some(list) = value.try_cast::<Array>() else {
        return fail(format!("{function}: clamp must be true, false or a pair such as [0, 255]"));
    };
    match list.as_slice() {
        [low, high] => match [number("clamp", low)? as f32, number("clamp", high)? as f32] {
            [low, high] if low < high => Ok([low, high]),
            _ => fail(format!("{function}: clamp needs its low end below its high end")),
        },
        _ => fail(format!("{function}: clamp needs two numbers")),
    }
}
