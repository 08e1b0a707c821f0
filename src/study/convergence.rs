//! Figure 4 of the paper: the l1 norm of the learning gradient, the gap of energies, and images at marked iterations.

use super::drawn::{draw_finest, gallery};
use super::error::StudyError;
use super::report::{Axis, Block, Figure, Finding, Plot, Point, Section, Series, Verdict};
use super::workshop::{Model, Workshop};
use crate::compute::Images;
use crate::run::{Event, GridUpdate};

/// Iterations at which images are drawn, as shares of all.
const MARKS: [f64; 5] = [0.02, 0.1, 0.25, 0.5, 1.0];
/// Points of a curve.
const POINTS: usize = 200;
/// The norm may be this much larger in the last quarter than in the second and not count as growing.
const GROWTH: f64 = 2.0;

/// The figure of one model: of the study's own, trained from mark to mark, or of a run that is given.
///
/// # Errors
/// A model that cannot be trained, or the study is broken off.
pub fn convergence(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let mut drawn: Vec<(u64, Images)> = Vec::new();
    if let Some(training) = workshop.subject_training()? {
        for mark in MARKS {
            let updates = ((mark * training.updates as f64).round() as u64).max(1);
            // A run that is further already has no such iteration any more.
            let mut model = workshop.train_until(&training, updates)?;
            if model.saved.iteration() == updates {
                drawn.push((updates, draw_finest(&mut model, 12, None, workshop.settings.seed)?));
            }
        }
    }
    let mut model = workshop.subject()?;
    if drawn.is_empty() {
        let images = draw_finest(&mut model, 12, None, workshop.settings.seed)?;
        drawn.push((model.saved.iteration(), images));
    }
    sections(&model, &drawn)
}

/// The curves of a run, and images that were drawn at some of its iterations.
///
/// # Errors
/// A picture that cannot be encoded.
pub fn sections(model: &Model, drawn: &[(u64, Images)]) -> Result<Vec<Section>, StudyError> {
    let updates = updates(&model.events);
    let mut blocks = vec![Block::Finding(finding(&updates, model.divergences()))];
    blocks.push(Block::text(
        "The l1 norm is the mean of |g| over the parameters of a grid, g of equation (9). The gap is the mean score of the \
         observed images less that of the synthesized ones; each point is the mean over its stretch of updates. A gap near 0 is \
         no proof of convergence: chains that follow the model and a model that nobody follows both have it. Look at the images.",
    ));
    blocks.push(Block::Figure(figure("Mean |g| of the learning gradient", "mean |g|", true, &updates, |grid| {
        grid.gradient_mean
    })));
    blocks.push(Block::Figure(figure("Gap of scores, observed less synthesized", "gap", false, &updates, |grid| {
        grid.gap
    })));
    blocks.push(Block::Figure(figure("Share of values at the edge of the box", "share", false, &updates, |grid| {
        grid.clamped
    })));
    let range = model.saved.plan().data.range;
    if !drawn.is_empty() {
        let rows: Vec<(&Images, usize)> = drawn.iter().map(|(_, images)| (images, 12)).collect();
        let marks: Vec<String> = drawn.iter().map(|(update, _)| update.to_string()).collect();
        let marks = marks.join(", ");
        let caption =
            format!("Drawn from the averaged weights after {marks} updates, a row each, from the same seeds.");
        blocks.push(Block::Picture(gallery("convergence.png", &rows, range, &caption)?));
    }
    Ok(vec![Section { title: "Convergence".into(), blocks }])
}

/// The updates of a record, each once: of iterations that were repeated after a rollback or a resume the last.
fn updates(events: &[Event]) -> Vec<(u64, &[GridUpdate])> {
    let mut updates: Vec<(u64, &[GridUpdate])> = Vec::new();
    for event in events {
        if let Event::Update { iteration, grids, .. } = event {
            while updates.last().is_some_and(|(last, _)| last >= iteration) {
                updates.pop();
            }
            updates.push((*iteration, grids));
        }
    }
    updates
}

fn figure(
    title: &str,
    axis: &str,
    logarithmic: bool,
    updates: &[(u64, &[GridUpdate])],
    value: impl Fn(&GridUpdate) -> f64,
) -> Figure {
    let mut sides: Vec<usize> = updates.iter().flat_map(|(_, grids)| grids.iter().map(|grid| grid.side)).collect();
    sides.sort_unstable();
    sides.dedup();
    let stretch = updates.len().div_ceil(POINTS).max(1);
    let series = sides.iter().map(|&side| {
        let points = updates.chunks(stretch).filter_map(|chunk| {
            let values: Vec<f64> =
                chunk.iter().flat_map(|(_, grids)| grids.iter().filter(|grid| grid.side == side).map(&value)).collect();
            let last = chunk.last()?.0;
            (!values.is_empty()).then(|| Point::new(last as f64, values.iter().sum::<f64>() / values.len() as f64))
        });
        Series::line(format!("{side}×{side}"), points.collect())
    });
    let y = if logarithmic { Axis::logarithmic(axis, "") } else { Axis::linear(axis, "") };
    let plot = Plot::Points { x: Axis::linear("update", ""), y, series: series.collect() };
    Figure { title: title.to_owned(), alternative: format!("{title} over the updates, a curve for each grid"), plot }
}

/// Whether the norm of the gradient stays finite and does not grow.
fn finding(updates: &[(u64, &[GridUpdate])], divergences: usize) -> Finding {
    let claim = "The norm of the learning gradient stays finite and does not grow".to_owned();
    let quarter = updates.len() / 4;
    if quarter < 5 {
        return Finding { claim, verdict: Verdict::NotMeasured, evidence: "Too few updates to tell.".into() };
    }
    let mean = |part: &[(u64, &[GridUpdate])], side: usize| {
        let norms = part.iter().flat_map(|(_, grids)| grids.iter().filter(|grid| grid.side == side));
        let (sum, count) = norms.fold((0.0, 0.0), |(sum, count), grid| (sum + grid.gradient_mean, count + 1.0));
        sum / count
    };
    let mut holds = divergences == 0;
    let mut told = Vec::new();
    for grid in updates.last().map_or(&[][..], |(_, grids)| grids) {
        let (early, late) = (mean(&updates[quarter..2 * quarter], grid.side), mean(&updates[3 * quarter..], grid.side));
        holds &= late.is_finite() && late <= GROWTH * early;
        told.push(format!("{0}×{0}: {1:.2}", grid.side, late / early));
    }
    let rollbacks = match divergences {
        0 => "no grid ran away".to_owned(),
        count => format!("{count} times a grid ran away and was rolled back"),
    };
    Finding {
        claim,
        verdict: if holds { Verdict::Holds } else { Verdict::FallsShort },
        evidence: format!(
            "Mean |g| of the last quarter of the updates over that of the second: {}; {rollbacks}.",
            told.join(", ")
        ),
    }
}
