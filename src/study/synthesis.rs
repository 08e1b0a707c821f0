//! Figures 1, 2, 3 and 6 of the paper: images that multi-grid, single-grid, one-step and persistent contrastive divergence
//! synthesize after the same MCMC budget, and how near they come to observed ones.

use super::drawn::{Observed, draw_finest, gallery};
use super::error::StudyError;
use super::method::Method;
use super::quality::{Measure, measures, over_seeds};
use super::report::{Block, Cell, Column, Finding, Format, Row, Section, Table, Verdict};
use super::workshop::{Model, Training, Workshop};
use crate::compute::Images;
use crate::metrics::Interval;

/// What one method came to.
struct Outcome {
    method: Method,
    /// Of each seed.
    measured: Vec<Vec<Measure>>,
    /// Drawn by the model of the first seed.
    images: Images,
    updates: u64,
    /// Seconds of learning, and rollbacks of a model that ran away, over all seeds.
    seconds: f64,
    divergences: usize,
}

/// The trainings of the comparison.
///
/// # Errors
/// A factor that makes no pyramid.
pub fn trainings(workshop: &Workshop<'_>) -> Result<Vec<Vec<Training>>, StudyError> {
    let seeds = 0..workshop.settings.size.seeds;
    let of = |method: Method| seeds.clone().map(|number| workshop.training(method, number)).collect();
    Method::compared(workshop.settings.factor).into_iter().map(of).collect()
}

/// The comparison.
///
/// # Errors
/// A model that cannot be trained, data that cannot be read, or the study is broken off.
pub fn synthesis(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let trainings = trainings(workshop)?;
    workshop.plan(trainings.iter().flatten());
    let methods = Method::compared(workshop.settings.factor);
    let mut outcomes = Vec::new();
    let mut observed = None;
    for (method, trainings) in methods.into_iter().zip(&trainings) {
        outcomes.push(outcome(workshop, method, trainings, &mut observed)?);
    }
    let Some(observed) = observed else { return Err(StudyError::Asked("a study needs at least one seed".into())) };
    let (reference, words) = observed.reference();
    let floor = floor(&observed, workshop.settings.seed)?;
    let mut blocks = vec![Block::Finding(verdict(&outcomes, workshop.settings.size.seeds))];
    blocks.push(Block::text(&explanation(workshop, words, &observed)?));
    blocks.push(Block::Table(table(&outcomes, &floor)));
    blocks.push(Block::Table(costs(&outcomes, workshop)?));
    let rows: Vec<(&Images, usize)> =
        std::iter::once((reference, 16)).chain(outcomes.iter().map(|outcome| (&outcome.images, 16))).collect();
    let names: Vec<String> = outcomes.iter().map(|outcome| outcome.method.name()).collect();
    let caption =
        format!("Rows: observed, then drawn by {}; the models of the first seed, nothing chosen.", names.join(", "));
    blocks.push(Block::Picture(gallery("synthesis.png", &rows, observed.range, &caption)?));
    Ok(vec![Section { title: "Synthesis at the same MCMC budget".into(), blocks }])
}

/// What one run synthesizes.
///
/// # Errors
/// Data that cannot be read, a failing device, or the study is broken off.
pub fn of_run(workshop: &mut Workshop<'_>, model: &mut Model) -> Result<Vec<Section>, StudyError> {
    workshop.tell("measuring synthesized images")?;
    let seed = workshop.settings.seed;
    let observed = Observed::of(model, workshop.settings.size.images)?;
    let (reference, words) = observed.reference();
    let images = draw_finest(model, reference.count(), None, seed)?;
    let found = measures(reference, &images, &observed, seed)?;
    let floor = floor(&observed, seed)?;
    let rows = found.iter().zip(&floor).map(|(measure, floor)| {
        let number = |value: Option<f64>| value.map_or(Cell::NotMeasured, Cell::number);
        let name = match measure.unit {
            "" => measure.name.to_owned(),
            unit => format!("{} ({unit})", measure.name),
        };
        Row::new(vec![Cell::text(name), number(measure.value), number(floor.value), Cell::text(measure.about)])
    });
    let table = Table {
        title: format!("Quality and diversity of {} images, against {words}", images.count()),
        columns: vec![
            Column::words("measure"),
            Column::numbers("synthesized", ""),
            Column::numbers("observed", ""),
            Column::words("what it sees"),
        ],
        rows: rows.collect(),
        footnotes: vec!["The column 'observed' compares observed images with observed ones.".into()],
    };
    let rows = [(reference, 16), (&images, 16)];
    let picture =
        gallery("synthesis.png", &rows, observed.range, "Rows: observed, and drawn by the model; nothing chosen.")?;
    let text = Block::text(&format!("The model after {} updates.", model.saved.iteration()));
    Ok(vec![Section { title: "Synthesis".into(), blocks: vec![text, Block::Picture(picture), Block::Table(table)] }])
}

/// The measures of observed images against observed ones.
fn floor(observed: &Observed, seed: u64) -> Result<Vec<Measure>, StudyError> {
    let reference = observed.reference().0;
    match reference.count() == observed.held_out.count() {
        true => measures(reference, &observed.training, observed, seed),
        false => measures(reference, &observed.held_out, observed, seed),
    }
}

fn outcome(
    workshop: &mut Workshop<'_>,
    method: Method,
    trainings: &[Training],
    observed: &mut Option<Observed>,
) -> Result<Outcome, StudyError> {
    let size = workshop.settings.size;
    let mut outcome = Outcome {
        method,
        measured: Vec::new(),
        images: Images::zeros([0, 1, 1, 1]),
        updates: 0,
        seconds: 0.0,
        divergences: 0,
    };
    for training in trainings {
        let mut model = workshop.train(training)?;
        workshop.tell(&format!("measuring {}, seed {}", training.name, training.seed))?;
        if observed.is_none() {
            *observed = Some(Observed::of(&mut model, size.images)?);
        }
        let Some(observed) = observed.as_ref() else { continue };
        let count = observed.reference().0.count();
        let images = draw_finest(&mut model, count, Some(method.steps(&size)?), training.seed)?;
        outcome.measured.push(measures(observed.reference().0, &images, observed, workshop.settings.seed)?);
        outcome.seconds += model.seconds;
        outcome.divergences += model.divergences();
        if outcome.images.count() == 0 {
            outcome.images = images;
        }
        outcome.updates = model.saved.iteration();
    }
    Ok(outcome)
}

fn explanation(workshop: &Workshop<'_>, reference: &str, observed: &Observed) -> Result<String, StudyError> {
    let size = workshop.settings.size;
    let steps = |method: Method| method.steps(&size);
    let multi = Method::MultiGrid(workshop.settings.factor);
    Ok(format!(
        "Every method learns with the same network at {0}×{0}, the same optimizer and rate, from batches of {1}, and draws an \
         image from p(0) in the same number of MCMC steps: {2} on each grid of multi-grid, {3} on the one grid of the others. \
         Training takes as many steps for each image of a batch and update, but one-step CD only one: it gets {4} times the \
         updates, about the same time (the same number of steps would be {5} times).\n\n\
         {6} images of each are compared with {7} {reference}. Intervals are 95 % by Student's t over {8} training seeds; they \
         do not include the choice of the data. The row 'observed' compares observed images with observed ones: no method can be \
         expected below it.",
        size.side,
        size.batch,
        steps(multi)?,
        steps(Method::SingleGrid)?,
        size.one_step,
        size.steps,
        observed.reference().0.count(),
        observed.reference().0.count(),
        size.seeds,
    ))
}

fn table(outcomes: &[Outcome], floor: &[Measure]) -> Table {
    let columns = floor.iter().map(|measure| {
        let column = Column::numbers(measure.name, measure.unit);
        measure.best.map_or(column.clone(), |best| column.best(best))
    });
    let mut rows: Vec<Row> = outcomes
        .iter()
        .map(|outcome| {
            let cells = over_seeds(&outcome.measured).into_iter().map(|interval| match interval {
                Some(Interval { value, low, high }) if high > low => Cell::interval(value, low, high),
                Some(Interval { value, .. }) => Cell::number(value),
                None => Cell::NotMeasured,
            });
            Row::new(std::iter::once(Cell::text(outcome.method.name())).chain(cells).collect())
        })
        .collect();
    let cells = floor.iter().map(|measure| measure.value.map_or(Cell::NotMeasured, Cell::number));
    rows.push(Row::apart(std::iter::once(Cell::text("observed")).chain(cells).collect()));
    Table {
        title: "Quality and diversity".into(),
        columns: std::iter::once(Column::words("method")).chain(columns).collect(),
        rows,
        footnotes: floor.iter().map(|measure| format!("**{}**: {}", measure.name, measure.about)).collect(),
    }
}

fn costs(outcomes: &[Outcome], workshop: &Workshop<'_>) -> Result<Table, StudyError> {
    let size = workshop.settings.size;
    let mut rows = Vec::new();
    for outcome in outcomes {
        let steps = match outcome.method {
            Method::OneStep => 1,
            Method::MultiGrid(factor) => {
                outcome.method.steps(&size)? * (crate::model::sides(size.side, factor)?.len() - 1)
            }
            _ => outcome.method.steps(&size)?,
        };
        let whole = |value: f64| Cell::Number { value, format: Format::Decimals(0) };
        let seeds = outcome.measured.len().max(1) as f64;
        rows.push(Row::new(vec![
            Cell::text(outcome.method.name()),
            whole(outcome.updates as f64),
            whole(steps as f64),
            whole(outcome.updates as f64 * steps as f64),
            Cell::Number { value: outcome.seconds / seeds, format: Format::Decimals(1) },
            whole(outcome.divergences as f64),
        ]));
    }
    let numbers = |title: &str, unit: &str| Column::numbers(title, unit);
    Ok(Table {
        title: "What learning took".into(),
        columns: vec![
            Column::words("method"),
            numbers("updates", ""),
            numbers("MCMC steps an update", ""),
            numbers("MCMC steps in all", ""),
            numbers("time", "s a seed"),
            numbers("rollbacks", "over all seeds"),
        ],
        rows,
        footnotes: vec![
            "Time on the device named below, whatever else it did meanwhile; a rollback is a grid that ran away."
                .into(),
        ],
    })
}

/// On which measures the first method's interval lies apart from and ahead of every other's.
fn verdict(outcomes: &[Outcome], seeds: usize) -> Finding {
    let claim = "Multi-grid is ahead of every other method on at least two measures of quality, with intervals that do not overlap";
    let mut ahead = Vec::new();
    let mut told = Vec::new();
    if let Some((first, others)) = outcomes.split_first()
        && let Some(measures) = first.measured.first()
    {
        let ours = over_seeds(&first.measured);
        let theirs: Vec<_> = others.iter().map(|outcome| over_seeds(&outcome.measured)).collect();
        for (at, measure) in measures.iter().enumerate().filter(|(_, measure)| measure.is_quality) {
            let (Some(own), Some(best)) = (ours[at], measure.best) else { continue };
            let others: Vec<Interval> = theirs.iter().filter_map(|intervals| intervals[at]).collect();
            if others.len() == theirs.len() && others.iter().all(|other| best.is_ahead(own, *other)) {
                ahead.push(measure.name);
                let short = |value: f64| Format::Significant(3).number(value);
                let theirs: Vec<String> = others.iter().map(|other| short(other.value)).collect();
                let [value, low, high] = [own.value, own.low, own.high].map(short);
                told.push(format!("{} {value} ({low} to {high}) against {}", measure.name, theirs.join(", ")));
            }
        }
    }
    let verdict = match (seeds, ahead.len()) {
        (0 | 1, _) => Verdict::NotMeasured,
        (_, 0 | 1) => Verdict::FallsShort,
        _ => Verdict::Holds,
    };
    let evidence = match (seeds, told.is_empty()) {
        (0 | 1, _) => "One seed has no interval: ask for at least two by `--seeds`.".to_owned(),
        (_, true) => "On none.".to_owned(),
        (_, false) => format!("On {}: {}.", ahead.len(), told.join("; ")),
    };
    Finding { claim: claim.into(), verdict, evidence }
}
