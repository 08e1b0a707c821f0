//! A recipe's answers: what its functions say, checked.

use super::compile::Recipe;
use super::error::RecipeError;
use super::kernels::{Clamp, KernelWords};
use super::options::{count, number};
use super::plan::{GridKernel, Learner, Plan, ScriptStep};
use super::scale::Scale;
use super::sources::DataWords;
use super::vocabulary::PyramidWords;
use crate::data::HistogramKind;
use crate::model::{Network, NetworkSpec, Pyramid, Reference};
use crate::sampling::Kernel;
use rhai::Dynamic;

impl Recipe {
    /// Evaluates and checks everything but the iteration.
    ///
    /// # Errors
    /// The first error, at the call that caused it.
    pub fn plan(&self) -> Result<Plan, RecipeError> {
        self.plan_at(Scale::default())
    }

    /// The plan with another batch, image side or factor than the recipe says. Networks follow where they ask for
    /// the side of their grid.
    ///
    /// # Errors
    /// As [`Self::plan`]; also a scale out of range, or one that a network does not fit. The message names the scale.
    pub fn plan_at(&self, scale: Scale) -> Result<Plan, RecipeError> {
        // All functions together have the time of one call.
        self.deadline().within(|| self.evaluate(scale)).map_err(|error| scale.explain(error))
    }

    fn evaluate(&self, scale: Scale) -> Result<Plan, RecipeError> {
        let mut data: DataWords = self.ask("data", ())?;
        let words: PyramidWords = self.ask("pyramid", ())?;
        let sides = scale.sides(&words).map_err(|message| self.error_in("pyramid", message))?;
        let pyramid = match self.deadline().host(|| Pyramid::new(sides, words.up)) {
            Ok(pyramid) => pyramid,
            Err(error) => return Err(self.error_in("pyramid", error.to_string())),
        };
        let finest = pyramid.sides()[pyramid.finest()];
        if data.sized && data.spec.side != finest && scale.size.is_none() {
            let side = data.spec.side;
            let message = format!(
                "data: images are resized to {side}, but the pyramid's finest grid is {finest}×{finest}; make them the same"
            );
            return Err(self.error_in("data", message));
        }
        data.spec.side = finest;
        *self.sides.borrow_mut() = pyramid.sides().to_vec();
        let batch = match scale.batch {
            Some(batch) => Dynamic::from(batch as i64),
            None => self.ask::<Dynamic>("batch_size", ())?,
        };
        let batch = count("batch_size", &batch, [1, 4096]).map_err(|error| self.positioned("batch_size", &error))?;
        let histogram = self.histogram()?;
        let mut networks = Vec::new();
        let mut kernels = Vec::new();
        for s in 1..=pyramid.finest() {
            networks.push(self.network(s, data.spec.channels, pyramid.sides()[s])?);
            let kernel = self.kernel(s, data.spec.range)?;
            let statistics = networks[s - 1].norm().sampling_statistics();
            let refused =
                |error: crate::sampling::KernelError| self.error_in("kernel", format!("kernel({s}): {error}"));
            kernel.kernel.check_statistics(statistics).map_err(refused)?;
            kernels.push(kernel);
        }
        let learner = self.learner()?;
        self.rate(0)?;
        Ok(Plan { data: data.spec, batch, histogram, pyramid, networks, kernels, learner })
    }

    /// The kernel of grid s for images of the given range, with the live parameters of now.
    ///
    /// # Errors
    /// An error of the script.
    pub fn kernel(&self, s: usize, range: [f32; 2]) -> Result<GridKernel, RecipeError> {
        let words: KernelWords = self.ask("kernel", (s as i64,))?;
        let reference: Reference = self.ask("reference", ())?;
        let KernelWords { steps, rule, step, temperature, .. } = words;
        let clamp = match (words.clamp, reference) {
            (Some(Clamp::To(found)), _) => Some(found),
            (Some(Clamp::ToRange(clamped)), _) => clamped.then_some(range),
            (None, Reference::Box { low, high }) => Some([low, high]),
            (None, Reference::Uniform) => Some(range),
            (None, Reference::Gaussian { .. }) => None,
        };
        let kernel = Kernel { steps, rule, clamp, reference };
        kernel.check().map_err(|error| self.error_in("kernel", error.to_string()))?;
        let own = || self.defines("step").then(ScriptStep::of_recipe).flatten();
        Ok(GridKernel { kernel, step: step.or_else(own), script_temperature: temperature })
    }

    /// How parameters learn.
    ///
    /// # Errors
    /// An error of the script.
    pub fn learner(&self) -> Result<Learner, RecipeError> {
        self.ask("optimizer", ())
    }

    /// The learning rate γ of update t.
    ///
    /// # Errors
    /// An error of the script, or a rate that is negative or not a number.
    pub fn rate(&self, t: u64) -> Result<f64, RecipeError> {
        let rate: Dynamic = self.ask("rate", (t as i64,))?;
        match number("rate(t)", &rate) {
            Ok(rate) if rate >= 0.0 => Ok(rate),
            Ok(rate) => Err(self.error_in("rate", format!("rate({t}) must not be negative, found {rate}"))),
            Err(error) => Err(self.positioned("rate", &error)),
        }
    }

    fn network(&self, s: usize, channels: usize, side: usize) -> Result<Network, RecipeError> {
        let spec: NetworkSpec = self.ask("network", (s as i64,))?;
        self.deadline()
            .host(|| Network::new(spec, channels, side))
            .map_err(|error| self.error_in("network", format!("network({s}) on the {side}×{side} grid: {error}")))
    }

    fn histogram(&self) -> Result<HistogramKind, RecipeError> {
        let kind: Dynamic = self.ask("histogram", ())?;
        match kind.to_string().as_str() {
            "joint" => Ok(HistogramKind::Joint),
            "marginal" => Ok(HistogramKind::Marginal),
            "resample" => Ok(HistogramKind::Resample),
            other => {
                let message = format!("unknown histogram '{other}'; there are joint, marginal, resample");
                Err(self.error_in("histogram", message))
            }
        }
    }
}
