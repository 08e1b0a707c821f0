//! log Z from both sides: checked on Gaussians whose log Z is known, then of the model's coarsest grid.

use super::CHAINS;
use crate::compute::{Images, NoiseKey, Purpose, Statistics};
use crate::model::Reference;
use crate::run::ChainSettings;
use crate::sampling::{AnnealedImportance, AnnealingError, AnnealingSchedule};
use crate::study::error::StudyError;
use crate::study::report::{Block, Cell, Column, Finding, Format, Row, Section, Table, Verdict};
use crate::study::workshop::{Model, Workshop};

/// Dimensions of the Gaussians, and numbers of distributions on the way.
const DIMENSIONS: [usize; 3] = [1, 12, 64];
const INTERVALS: [usize; 2] = [10, 1_000];
const WEIGHTS: usize = 256;
/// The same for the model.
const OF_MODEL: usize = 300;
const MODEL_WEIGHTS: usize = 64;
/// σ of p0, and of p0 exp(f).
const SIGMA: f64 = 1.0;
const NARROW: f64 = 0.2;

/// Annealing from p0 = N(0, σ²) to exp(f) p0, f = -k |Y|²/2 with k = 1/`NARROW`² - 1/σ²: log Z = d log(`NARROW`/σ).
fn check(dimensions: usize, intervals: usize, seed: u64) -> Result<[f64; 5], StudyError> {
    let annealing = AnnealedImportance {
        reference: Reference::Gaussian { sigma: SIGMA as f32 },
        range: [-1.0, 1.0],
        schedule: AnnealingSchedule::Sigmoid { intervals, sharpness: 4.0 },
        transitions: 1,
        leapfrog: 1,
        seed,
    };
    let stiffness = (1.0 / (NARROW * NARROW) - 1.0 / (SIGMA * SIGMA)) as f32;
    let mut score = |images: &Images, gradient: &mut Images| -> Result<Vec<f32>, StudyError> {
        gradient.data_mut().iter_mut().zip(images.data()).for_each(|(gradient, &value)| *gradient = -stiffness * value);
        let square = |at: usize| images.image(at).iter().map(|value| value * value).sum::<f32>();
        Ok((0..images.count()).map(|at| -0.5 * stiffness * square(at)).collect())
    };
    let shape = [WEIGHTS, dimensions, 1, 1];
    let steps = annealing.pilot(&mut score, shape).map_err(failed)?;
    let lower = annealing.forward(&steps, &mut score, shape).map_err(failed)?;
    let mut exact = Images::zeros(shape);
    let key = NoiseKey { step: u32::MAX, ..NoiseKey::new(seed, Purpose::Metric) };
    for at in 0..WEIGHTS {
        key.normal(at as u32, exact.image_mut(at));
    }
    exact.data_mut().iter_mut().for_each(|value| *value *= NARROW as f32);
    let upper = annealing.reverse(&steps, &mut score, &exact).map_err(failed)?;
    let truth = dimensions as f64 * (NARROW / SIGMA).ln();
    Ok([lower.log_z, lower.standard_error, truth, upper.log_z, upper.standard_error])
}

fn failed(error: AnnealingError<StudyError>) -> StudyError {
    match error {
        AnnealingError::Score(error) => error,
        other => StudyError::Asked(format!("log Z is not estimated: {other}")),
    }
}

pub(super) fn section(workshop: &mut Workshop<'_>, model: &mut Model, start: &[Images]) -> Result<Section, StudyError> {
    let (mut rows, mut right, mut told) = (Vec::new(), true, Vec::new());
    for dimensions in DIMENSIONS {
        for intervals in INTERVALS {
            workshop.tell(&format!("annealing a Gaussian of {dimensions} dimensions"))?;
            let [lower, lower_error, truth, upper, upper_error] = check(dimensions, intervals, workshop.settings.seed)?;
            let whole = |value: usize| Cell::Number { value: value as f64, format: Format::Decimals(0) };
            rows.push(Row::new(vec![
                whole(dimensions),
                whole(intervals),
                Cell::deviation(lower, lower_error),
                Cell::number(truth),
                Cell::deviation(upper, upper_error),
                Cell::number(upper - lower),
            ]));
            if intervals == INTERVALS[INTERVALS.len() - 1] {
                let near = |found: f64, error: f64| (found - truth).abs() <= 4.0 * error.max(0.02);
                right &= near(lower, lower_error) && near(upper, upper_error);
                told.push(format!("{dimensions} dimensions: {lower:.3} and {upper:.3} for {truth:.3}"));
            }
        }
    }
    let finding = Finding {
        claim: "Annealing from both sides finds the known log Z of Gaussians".into(),
        verdict: if right { Verdict::Holds } else { Verdict::FallsShort },
        evidence: format!(
            "Within four standard errors at {} distributions on the way; {}.",
            INTERVALS[1],
            told.join("; ")
        ),
    };
    let table = Table {
        title: "log Z of Gaussians, in nats".into(),
        columns: vec![
            Column::numbers("dimensions", ""),
            Column::numbers("distributions", ""),
            Column::numbers("forward", "a lower bound"),
            Column::numbers("known", ""),
            Column::numbers("reverse", "an upper bound"),
            Column::numbers("gap", ""),
        ],
        rows,
        footnotes: vec![format!(
            "Annealed importance sampling (Neal 2001) and its reverse from exact samples (Burda et al. 2015), {WEIGHTS} weights each, \
             ± standard error by the delta method. Bounds hold on average. p0 is N(0, {SIGMA}), the model N(0, {NARROW}²)."
        )],
    };
    let of_model = of_model(workshop, model, start)?;
    Ok(Section {
        title: "log Z".into(),
        blocks: vec![Block::Finding(finding), Block::Table(table), Block::text(&of_model)],
    })
}

/// log Z of the coarsest grid's model at its kernel's temperature, in words.
fn of_model(workshop: &mut Workshop<'_>, model: &mut Model, start: &[Images]) -> Result<String, StudyError> {
    workshop.tell("annealing the coarsest grid")?;
    let range = model.saved.plan().data.range;
    let kernels = model.saved.kernels(&ChainSettings::default())?;
    let (Some(kernel), Some(samples)) = (kernels.first(), start.get(1)) else { return Ok(String::new()) };
    let temperature = kernel.kernel.temperature();
    if temperature <= 0.0 || kernel.step.is_some() {
        return Ok("The coarsest grid's kernel has no temperature: its model has no log Z to estimate.".into());
    }
    let reference = kernel.kernel.reference;
    let annealing = AnnealedImportance {
        reference,
        range,
        schedule: AnnealingSchedule::Sigmoid { intervals: OF_MODEL, sharpness: 4.0 },
        transitions: 1,
        leapfrog: 1,
        seed: workshop.settings.seed,
    };
    let shape = [MODEL_WEIGHTS, samples.shape()[1], samples.side(), samples.side()];
    let share = (1.0 / temperature) as f32;
    let Some(network) = model.saved.prepared(1) else { return Ok(String::new()) };
    let mut score = |images: &Images, gradient: &mut Images| -> Result<Vec<f32>, StudyError> {
        let score = network.score_gradient(images, Statistics::Frozen, gradient)?;
        gradient.data_mut().iter_mut().for_each(|value| *value *= share);
        Ok(score.into_iter().map(|score| share * score).collect())
    };
    let steps = annealing.pilot(&mut score, shape).map_err(failed)?;
    let lower = annealing.forward(&steps, &mut score, shape).map_err(failed)?;
    let upper = annealing.reverse(&steps, &mut score, samples).map_err(failed)?;
    Ok(format!(
        "The model of the coarsest grid ({0}×{0}, exp(f/T) p0 at T = {temperature:.2e}): log Z {1:.1} ± {2:.1} nats by {MODEL_WEIGHTS} forward \
         chains, of which {3:.1} carry the estimate; {4:.1} ± {5:.1} in reverse from {CHAINS} of its synthesized images, which are no \
         exact samples, so that the reverse bounds nothing. A gap of {6:.1} nats says how little is known of this likelihood; \
         short-run chains are generators, and likelihoods of finer grids are not told at all.",
        samples.side(),
        lower.log_z,
        lower.standard_error,
        lower.effective_sample_size,
        upper.log_z,
        upper.standard_error,
        upper.log_z - lower.log_z,
    ))
}
