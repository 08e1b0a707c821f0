//! Langevin steps of several sizes with Metropolis' test, at the temperature of the recipe's kernel.

use super::{CHAINS, mixed};
use crate::compute::{Images, NoiseKey, ParameterSet, PreparedNetwork, Purpose, Statistics};
use crate::metrics::Directions;
use crate::model::Reference;
use crate::run::ChainSettings;
use crate::sampling::{Kernel, Rule, Walk};
use crate::study::error::StudyError;
use crate::study::report::{Block, Cell, Column, Format, Row, Section, Table};
use crate::study::workshop::{Model, Workshop};

/// Step sizes, in those of the recipe.
const SIZES: [f64; 5] = [1.0 / 64.0, 1.0 / 16.0, 0.25, 1.0, 2.0];
/// Steps, of which the first half is left out.
const STEPS: usize = 400;
const DIRECTIONS: usize = 4;

/// What one step size came to.
struct Tested {
    acceptance: f64,
    energy: Vec<Vec<f64>>,
    /// `[direction][step][chain]`
    projections: Vec<Vec<Vec<f64>>>,
}

pub(super) fn section(workshop: &mut Workshop<'_>, model: &mut Model, start: &[Images]) -> Result<Section, StudyError> {
    let title = "Acceptance and mixing at the recipe's temperature".to_owned();
    let kernels = model.saved.kernels(&ChainSettings::default())?;
    let s = kernels.len();
    let step = kernels.last().and_then(|kernel| kernel.kernel.langevin_at(kernel.kernel.steps.saturating_sub(1)));
    let (Some(step), Some(start)) = (step, start.last()) else {
        let text = Block::text("The finest grid's chains take no Langevin steps: their acceptance is their own.");
        return Ok(Section { title, blocks: vec![text] });
    };
    let temperature = step.temperature();
    if temperature <= 0.0 {
        let text = Block::text("The chains take steps without noise: at temperature 0 nothing mixes.");
        return Ok(Section { title, blocks: vec![text] });
    }
    let mut rows = Vec::new();
    for factor in SIZES {
        let noise = factor * f64::from(step.noise);
        workshop.tell(&format!("testing steps of {factor:.3} times the recipe's"))?;
        let tested = walk(model, s, start, [noise, temperature], workshop.settings.seed)?;
        let energy = mixed(&tested.energy[STEPS / 2..]);
        let along: Vec<_> = tested.projections.iter().filter_map(|steps| mixed(&steps[STEPS / 2..])).collect();
        let worst = along.iter().map(|mixed| mixed.r_hat).fold(f64::NAN, f64::max);
        let least = along.iter().map(|mixed| mixed.effective).fold(f64::NAN, f64::min);
        let number =
            |value: Option<f64>| value.filter(|value| value.is_finite()).map_or(Cell::NotMeasured, Cell::number);
        rows.push(Row::new(vec![
            Cell::number(noise),
            Cell::Number { value: tested.acceptance, format: Format::Decimals(3) },
            number(energy.as_ref().map(|mixed| mixed.r_hat)),
            number(energy.as_ref().map(|mixed| mixed.effective)),
            number(Some(worst)),
            number(Some(least)),
        ]));
    }
    let text = format!(
        "Chains of the finest grid, begun at {CHAINS} synthesized images, by Langevin steps Y + (s²/2T) ∂f/∂Y + s U with \
         Metropolis' test for p ∝ exp(f/T) p0 (the box's walls reflect) at T = {temperature:.2e}, the recipe's effective temperature (its step is s = {}). \
         {STEPS} steps, of which the second half counts. An acceptance near .574 is the best one can have; near 0 no chain moves, and \
         the recipe's steps, which are not tested, then follow another distribution than exp(f/T). R-hat well above 1.01 means that \
         chains remember where they began: so it is with short chains of images, which are a generator more than a density.",
        step.noise
    );
    let table = Table {
        title: "Langevin steps with Metropolis' test".into(),
        columns: vec![
            Column::numbers("s", ""),
            Column::numbers("acceptance", ""),
            Column::numbers("R-hat of the energy", ""),
            Column::numbers("effective draws, energy", ""),
            Column::numbers("worst R-hat along a direction", ""),
            Column::numbers("fewest effective draws along one", ""),
        ],
        rows,
        footnotes: vec![format!(
            "Rank-normalized split R-hat and bulk effective sample size (Vehtari et al. 2021), of {} draws; {DIRECTIONS} random \
             directions.",
            CHAINS * STEPS / 2
        )],
    };
    Ok(Section { title, blocks: vec![Block::text(&text), Block::Table(table)] })
}

/// Langevin chains of step size ε = s with Metropolis' test for exp(f/T) p0.
fn walk(
    model: &mut Model,
    s: usize,
    start: &Images,
    [noise, temperature]: [f64; 2],
    seed: u64,
) -> Result<Tested, StudyError> {
    let mut kernel = model.saved.kernels(&ChainSettings::default())?.swap_remove(s - 1).kernel;
    kernel.rule = Rule::Hamiltonian { step_size: noise as f32, leapfrog: 1 };
    if let Reference::Gaussian { sigma } = &mut kernel.reference {
        *sigma *= (temperature as f32).sqrt();
    }
    let along = Directions::random(start.image_len(), DIRECTIONS, seed)?;
    let missing = || StudyError::Asked(format!("there is no grid {s}"));
    let weights = model.saved.weights(s).ok_or_else(missing)?.clone();
    let network = model.saved.prepared(s).ok_or_else(missing)?;
    network.load(&cooled(&weights, temperature))?;
    let tested = chains(network, &kernel, start, &along, seed);
    network.load(&weights)?;
    tested
}

/// Parameters of f/T: the fully connected top, whose weight and bias come last, divided by T.
fn cooled(weights: &ParameterSet, temperature: f64) -> ParameterSet {
    let mut cooled = weights.clone();
    for tensor in cooled.tensors.iter_mut().rev().take(2) {
        tensor.data.iter_mut().for_each(|value| *value = (f64::from(*value) / temperature) as f32);
    }
    cooled
}

fn chains(
    network: &mut dyn PreparedNetwork,
    kernel: &Kernel,
    start: &Images,
    along: &Directions,
    seed: u64,
) -> Result<Tested, StudyError> {
    let mut walk = Walk::begin(kernel, network, start, None)?;
    let mut tested =
        Tested { acceptance: 0.0, energy: Vec::with_capacity(STEPS), projections: vec![Vec::new(); DIRECTIONS] };
    for step in 0..STEPS {
        let key = NoiseKey { grid: u32::MAX, step: step as u32, ..NoiseKey::new(seed, Purpose::Probe) };
        walk.step(network, Statistics::Frozen, kernel, step, key)?;
        let (report, now) = (walk.report(network)?, walk.state(network)?);
        let energies = kernel.reference.energies(&now, &report.score);
        tested.energy.push(energies.into_iter().map(f64::from).collect());
        tested.projections.iter_mut().zip(along.project(&now)?).for_each(|(kept, now)| kept.push(now));
        tested.acceptance = report.acceptance.unwrap_or(0.0);
    }
    Ok(tested)
}
