//! Langevin steps of several sizes with Metropolis' test, at the temperature of the recipe's kernel.

use super::{CHAINS, mixed};
use crate::compute::{Images, NoiseKey, Purpose, Statistics};
use crate::metrics::Directions;
use crate::run::ChainSettings;
use crate::study::error::StudyError;
use crate::study::report::{Block, Cell, Column, Format, Row, Section, Table};
use crate::study::workshop::{Model, Workshop};

/// Step sizes, in those of the recipe.
const SIZES: [f64; 5] = [0.125, 0.25, 0.5, 1.0, 2.0];
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
        workshop.tell(&format!("testing steps of {factor} times the recipe's"))?;
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
         Metropolis' test for p ∝ exp(f/T) p0 at T = {temperature:.2e}, the recipe's effective temperature (its step is s = {}). \
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

/// Metropolis-adjusted Langevin chains for exp(f/T) p0, whose gradient is not limited.
fn walk(
    model: &mut Model,
    s: usize,
    start: &Images,
    [noise, temperature]: [f64; 2],
    seed: u64,
) -> Result<Tested, StudyError> {
    let kernel = model.saved.kernels(&ChainSettings::default())?.swap_remove(s - 1).kernel;
    let [low, high] = kernel.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
    let along = Directions::random(start.image_len(), DIRECTIONS, seed)?;
    let missing = || StudyError::Asked(format!("there is no grid {s}"));
    let network = model.saved.prepared(s).ok_or_else(missing)?;
    let mut at = Place::of(network, start.clone(), kernel.reference)?;
    let (mut accepted, mut energy) = (0usize, Vec::with_capacity(STEPS));
    let mut projections = vec![Vec::with_capacity(STEPS); DIRECTIONS];
    let drift = 0.5 * noise * noise / temperature;
    let mut normal = vec![0.0f32; start.image_len()];
    for step in 0..STEPS {
        let key = NoiseKey { step: step as u32, ..NoiseKey::new(seed, Purpose::Probe) };
        let mut proposed = at.images.clone();
        for chain in 0..proposed.count() {
            key.normal(chain as u32, &mut normal);
            let gradient = at.gradient.image(chain);
            let moves = proposed.image_mut(chain).iter_mut().zip(gradient).zip(&normal);
            for ((value, &gradient), &normal) in moves {
                *value += (drift * f64::from(-gradient) + noise * f64::from(normal)) as f32;
            }
        }
        let next = Place::of(network, proposed, kernel.reference)?;
        for chain in 0..at.images.count() {
            // A uniform reference has no density outside of its box.
            let inside = next.images.image(chain).iter().all(|value| (low..=high).contains(value));
            let log_ratio = (at.energy[chain] - next.energy[chain]) / temperature
                + log_density(&next, &at, chain, drift, noise)
                - log_density(&at, &next, chain, drift, noise);
            let test = NoiseKey { purpose: Purpose::Accept, ..key }.uniform(chain as u32, 0).max(f64::MIN_POSITIVE);
            if inside && log_ratio.is_finite() && test.ln() < log_ratio {
                accepted += 1;
                at.images.image_mut(chain).copy_from_slice(next.images.image(chain));
                at.gradient.image_mut(chain).copy_from_slice(next.gradient.image(chain));
                at.energy[chain] = next.energy[chain];
            }
        }
        energy.push(at.energy.clone());
        projections.iter_mut().zip(along.project(&at.images)?).for_each(|(kept, now)| kept.push(now));
    }
    let acceptance = accepted as f64 / (STEPS * start.count()).max(1) as f64;
    Ok(Tested { acceptance, energy, projections })
}

/// Where chains are: energies, and their gradient.
struct Place {
    images: Images,
    energy: Vec<f64>,
    gradient: Images,
}

impl Place {
    fn of(
        network: &mut dyn crate::compute::PreparedNetwork,
        images: Images,
        reference: crate::model::Reference,
    ) -> Result<Self, StudyError> {
        let mut gradient = images.clone();
        let score = network.score_gradient(&images, Statistics::Frozen, &mut gradient)?;
        let energy = reference.energies(&images, &score).into_iter().map(f64::from).collect();
        let pull = reference.pull();
        let values = gradient.data_mut().iter_mut().zip(images.data());
        values.for_each(|(gradient, &image)| *gradient = pull * image - *gradient);
        Ok(Self { images, energy, gradient })
    }
}

/// log q(to | from) of the proposal, but for its constant.
fn log_density(from: &Place, to: &Place, chain: usize, drift: f64, noise: f64) -> f64 {
    let steps = from.images.image(chain).iter().zip(from.gradient.image(chain)).zip(to.images.image(chain));
    let squares: f64 = steps
        .map(|((&from, &gradient), &to)| (f64::from(to) - f64::from(from) + drift * f64::from(gradient)).powi(2))
        .sum();
    -0.5 * squares / (noise * noise)
}
