//! What becomes of synthesized images when their chains go on, at the recipe's temperature and at higher ones.

use super::mixed;
use crate::compute::{Images, NoiseKey, Purpose, Statistics};
use crate::metrics::{Directions, ScalarChains, long_run_drift};
use crate::run::ChainSettings;
use crate::sampling::{Rule, Walk};
use crate::study::drawn::gallery;
use crate::study::error::StudyError;
use crate::study::report::{Axis, Block, Cell, Column, Figure, Format, Plot, Point, Row, Section, Series, Table};
use crate::study::scale::Scale;
use crate::study::workshop::{Model, Workshop};

/// Steps of a long chain, by the scale of the study.
fn steps(scale: Scale) -> usize {
    match scale {
        Scale::Quick => 1_000,
        Scale::Medium => 10_000,
        Scale::Paper => 100_000,
    }
}

/// Temperatures of the ladder, in the recipe's.
const LADDER: [f32; 4] = [1.0, 2.0, 4.0, 8.0];
/// Numbers noted of a chain.
const NOTED: usize = 500;
const DIRECTIONS: usize = 4;

/// What long chains came to.
struct Long {
    end: Images,
    /// Mean energy and root mean square distance from the start, by step.
    energy: Vec<[f64; 2]>,
    distance: Vec<[f64; 2]>,
    /// `[step][chain]`
    energies: Vec<Vec<f64>>,
    projections: Vec<Vec<Vec<f64>>>,
    acceptance: Option<f64>,
}

pub(super) fn section(workshop: &mut Workshop<'_>, model: &mut Model, start: &[Images]) -> Result<Section, StudyError> {
    let title = "Chains that go on".to_owned();
    let kernels = model.saved.kernels(&ChainSettings::default())?;
    let langevin = kernels.last().and_then(|kernel| kernel.kernel.langevin_at(kernel.kernel.steps.saturating_sub(1)));
    let (Some(langevin), Some(start)) = (langevin, start.last()) else {
        let text = Block::text("The finest grid's chains take no Langevin steps.");
        return Ok(Section { title, blocks: vec![text] });
    };
    let count = steps(workshop.settings.scale);
    let base = langevin.temperature() as f32;
    let plain =
        Rule::Langevin { drift: langevin.drift, noise: langevin.noise, gradient_limit: langevin.gradient_limit };
    let ladder = Rule::Tempered {
        drift: langevin.drift,
        gradient_limit: langevin.gradient_limit,
        temperatures: LADDER.iter().map(|factor| factor * base).collect(),
        exchange_every: 10,
    };
    let range = model.saved.plan().data.range;
    let mut found = vec![("the recipe's kernel", walk(workshop, model, start, plain, count)?)];
    if base > 0.0 {
        // A replica at each temperature takes as long as a chain.
        found.push(("a ladder of temperatures", walk(workshop, model, start, ladder, count / LADDER.len())?));
    }
    let curves = |of: fn(&Long) -> &Vec<[f64; 2]>| {
        let line = |(name, long): &(&str, Long)| {
            Series::line(*name, of(long).iter().map(|&[x, y]| Point::new(x, y)).collect())
        };
        found.iter().map(line).collect::<Vec<_>>()
    };
    let figure = |title: &str, axis: Axis, series: Vec<Series>| {
        let plot = Plot::Points { x: Axis::linear("MCMC step after the last of the recipe", ""), y: axis, series };
        Figure { title: title.into(), alternative: format!("{title}, by MCMC step"), plot }
    };
    let energy = figure("Mean energy of the chains", Axis::linear("energy", ""), curves(|long| &long.energy));
    let distance = Axis::linear("root mean square difference", "share of the range");
    let away = figure("Distance from the synthesized image", distance, curves(|long| &long.distance));
    let rows: Vec<(&Images, usize)> =
        std::iter::once((start, 12)).chain(found.iter().map(|(_, long)| (&long.end, 12))).collect();
    let names: Vec<String> = found.iter().map(|(name, long)| format!("{name} after {} steps", last(long))).collect();
    let caption = format!("Rows: the synthesized images, then the same chains by {}.", names.join("; by "));
    let text = format!(
        "A model that is only followed for a short run need not have its images as its likely ones. Here the finest grid's chains go \
         on from {} synthesized images: energies that keep falling, and images that lose their form, tell that the short run is a \
         generator and its density is not that of the data. The ladder has replicas at {LADDER:?} times the recipe's temperature, which \
         try to change places every 10 steps.",
        start.count()
    );
    let blocks = vec![
        Block::text(&text),
        Block::Table(table(&found)),
        Block::Figure(energy),
        Block::Figure(away),
        Block::Picture(gallery("long_run.png", &rows, range, &caption)?),
    ];
    Ok(Section { title, blocks })
}

fn last(long: &Long) -> f64 {
    long.energy.last().map_or(0.0, |point| point[0])
}

fn table(found: &[(&str, Long)]) -> Table {
    let number = |value: Option<f64>| value.filter(|value| value.is_finite()).map_or(Cell::NotMeasured, Cell::number);
    let rows = found.iter().map(|(name, long)| {
        let half = long.energies.len() / 2;
        let energy = mixed(&long.energies[half..]);
        let along: Vec<_> = long.projections.iter().filter_map(|steps| mixed(&steps[half..])).collect();
        Row::new(vec![
            Cell::text(*name),
            Cell::Number { value: last(long), format: Format::Decimals(0) },
            long.acceptance.map_or(Cell::NotMeasured, |value| Cell::Number { value, format: Format::Decimals(3) }),
            number(energy.as_ref().map(|mixed| mixed.r_hat)),
            number(energy.as_ref().map(|mixed| mixed.effective)),
            number(drift(&long.energies[half..])),
            number(along.iter().map(|mixed| mixed.r_hat).reduce(f64::max)),
            number(along.iter().map(|mixed| mixed.effective).reduce(f64::min)),
        ])
    });
    Table {
        title: "Mixing of long chains".into(),
        columns: vec![
            Column::words("chains"),
            Column::numbers("steps", ""),
            Column::numbers("exchanges accepted", ""),
            Column::numbers("R-hat of the energy", ""),
            Column::numbers("effective draws, energy", ""),
            Column::numbers("drift of the energy", "standard errors"),
            Column::numbers("worst R-hat along a direction", ""),
            Column::numbers("fewest effective draws along one", ""),
        ],
        rows: rows.collect(),
        footnotes: vec![format!(
            "Over the second half, of about {NOTED} noted steps of each chain. The steps are not tested: mixing is that of the chains \
             as they are, whatever they follow. The drift is the slope of the mean energy over its standard error by batch means: beyond ±3 the \
             energy still goes somewhere."
        )],
    }
}

/// The slope of the energy in its standard errors.
fn drift(energies: &[Vec<f64>]) -> Option<f64> {
    const BATCHES: usize = 10;
    let chains = ScalarChains::from_steps(energies).ok()?;
    long_run_drift(&chains, BATCHES).ok()?.ratio()
}

fn walk(
    workshop: &mut Workshop<'_>,
    model: &mut Model,
    start: &Images,
    rule: Rule,
    count: usize,
) -> Result<Long, StudyError> {
    let seed = workshop.settings.seed;
    let s = model.saved.grids();
    let range = model.saved.plan().data.range;
    let mut kernel = model.saved.kernels(&ChainSettings::default())?.swap_remove(s - 1).kernel;
    (kernel.rule, kernel.steps) = (rule, count);
    let along = Directions::random(start.image_len(), DIRECTIONS, seed)?;
    let stride = count.div_ceil(NOTED).max(1);
    let mut long = Long {
        end: start.clone(),
        energy: Vec::new(),
        distance: Vec::new(),
        energies: Vec::new(),
        projections: vec![Vec::new(); DIRECTIONS],
        acceptance: None,
    };
    let mut walk = None;
    for step in 0..count {
        if step % 100 == 0 {
            workshop.tell(&format!("letting chains go on: step {step} of {count}"))?;
        }
        let Some(network) = model.saved.prepared(s) else { break };
        let walk = match &mut walk {
            Some(walk) => walk,
            None => walk.insert(Walk::begin(&kernel, network, start, None)?),
        };
        let key = NoiseKey { grid: u32::MAX, step: step as u32, ..NoiseKey::new(seed, Purpose::Probe) };
        walk.step(network, Statistics::Frozen, &kernel, step, key)?;
        if (step + 1) % stride == 0 || step + 1 == count {
            let now = walk.state(network)?;
            long.acceptance = walk.report(network)?.acceptance;
            if !now.is_finite() {
                break;
            }
            let score = network.score(&now, Statistics::Frozen)?;
            let energies: Vec<f64> = kernel.reference.energies(&now, &score).into_iter().map(f64::from).collect();
            let at = (step + 1) as f64;
            long.energy.push([at, energies.iter().sum::<f64>() / energies.len().max(1) as f64]);
            long.distance.push([at, difference(&now, start, range)]);
            long.energies.push(energies);
            long.projections.iter_mut().zip(along.project(&now)?).for_each(|(kept, now)| kept.push(now));
            long.end = now;
        }
    }
    Ok(long)
}

/// Root mean square difference as a share of the range.
fn difference(left: &Images, right: &Images, range: [f32; 2]) -> f64 {
    let pairs = left.data().iter().zip(right.data());
    let squares: f64 = pairs.map(|(&a, &b)| f64::from(a - b).powi(2)).sum();
    (squares / left.data().len().max(1) as f64).sqrt() / f64::from(range[1] - range[0])
}
