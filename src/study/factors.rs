//! What does the factor d do? Pyramids of several factors, each given the same number of MCMC steps.

use super::drawn::{Observed, draw_finest, gallery};
use super::error::StudyError;
use super::method::Method;
use super::quality::{Measure, measures, over_seeds};
use super::report::{
    Axis, Block, Cell, Column, Figure, Finding, Format, Interval, Mark, Plot, Point, Row, Section, Series, Table,
    Verdict, Whiskers,
};
use super::workshop::{Training, Workshop};
use crate::compute::Images;
use crate::metrics;
use crate::model::sides;

/// The factors that are compared.
const FACTORS: [f64; 4] = [1.5, 2.0, 4.0, 8.0];

/// What one factor came to.
struct Outcome {
    factor: f64,
    measured: Vec<Vec<Measure>>,
    images: Images,
    seconds: f64,
    divergences: usize,
}

/// The trainings of the comparison.
///
/// # Errors
/// A factor that makes no pyramid.
pub fn trainings(workshop: &Workshop<'_>) -> Result<Vec<Vec<Training>>, StudyError> {
    let seeds = 0..workshop.settings.size.seeds;
    let of = |factor| seeds.clone().map(|number| workshop.training(Method::MultiGrid(factor), number)).collect();
    FACTORS.into_iter().map(of).collect()
}

/// The comparison.
///
/// # Errors
/// A model that cannot be trained, data that cannot be read, or the study is broken off.
pub fn factors(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let trainings = trainings(workshop)?;
    workshop.plan(trainings.iter().flatten());
    let size = workshop.settings.size;
    let mut observed = None;
    let mut outcomes = Vec::new();
    for (factor, trainings) in FACTORS.into_iter().zip(&trainings) {
        let mut outcome =
            Outcome { factor, measured: Vec::new(), images: Images::zeros([0, 1, 1, 1]), seconds: 0.0, divergences: 0 };
        for training in trainings {
            let mut model = workshop.train(training)?;
            workshop.tell(&format!("measuring d = {factor}, seed {}", training.seed))?;
            if observed.is_none() {
                observed = Some(Observed::of(&mut model, size.images)?);
            }
            let Some(observed) = observed.as_ref() else { continue };
            let reference = observed.reference().0;
            let images = draw_finest(&mut model, reference.count(), None, training.seed)?;
            outcome.measured.push(measures(reference, &images, observed, workshop.settings.seed)?);
            outcome.seconds += model.seconds / trainings.len() as f64;
            outcome.divergences += model.divergences();
            if outcome.images.count() == 0 {
                outcome.images = images;
            }
        }
        outcomes.push(outcome);
    }
    let Some(observed) = observed else { return Err(StudyError::Asked("a study needs at least one seed".into())) };
    let rows: Vec<(&Images, usize)> = outcomes.iter().map(|outcome| (&outcome.images, 16)).collect();
    let caption = "Drawn at d = 1.5, 2, 4 and 8, a row each; the models of the first seed, nothing chosen.";
    let text = format!(
        "Every pyramid ends at {0}×{0}. A chain takes about {1} MCMC steps from 1×1 to the finest grid, shared evenly among the \
         grids; networks follow the side of their grid, everything else is the same. {2} updates, {3} seeds; intervals are 95 % by \
         Student's t over seeds.",
        size.side, size.steps, size.updates, size.seeds
    );
    let mut blocks =
        vec![Block::Finding(finding(&outcomes)), Block::text(&text), Block::Table(table(workshop, &outcomes)?)];
    blocks.extend(figures(&outcomes).into_iter().map(Block::Figure));
    blocks.push(Block::Picture(gallery("factors.png", &rows, observed.range, caption)?));
    Ok(vec![Section { title: "The factor d".into(), blocks }])
}

fn table(workshop: &Workshop<'_>, outcomes: &[Outcome]) -> Result<Table, StudyError> {
    let size = workshop.settings.size;
    let measures = outcomes.first().and_then(|outcome| outcome.measured.first());
    let columns = measures.into_iter().flatten().map(|measure| {
        let column = Column::numbers(measure.name, measure.unit);
        measure.best.map_or(column.clone(), |best| column.best(best))
    });
    let mut rows = Vec::new();
    for outcome in outcomes {
        let sides = sides(size.side, outcome.factor)?;
        let steps = Method::MultiGrid(outcome.factor).steps(&size)?;
        let words: Vec<String> = sides.iter().map(usize::to_string).collect();
        let head = [
            Cell::number(outcome.factor),
            Cell::text(words.join(" ")),
            Cell::text(format!("{} × {steps}", sides.len() - 1)),
            Cell::Number { value: outcome.seconds, format: Format::Decimals(1) },
            Cell::Number { value: outcome.divergences as f64, format: Format::Decimals(0) },
        ];
        let cells = over_seeds(&outcome.measured).into_iter().map(|interval| match interval {
            Some(metrics::Interval { value, low, high }) if high > low => Cell::interval(value, low, high),
            Some(metrics::Interval { value, .. }) => Cell::number(value),
            None => Cell::NotMeasured,
        });
        rows.push(Row::new(head.into_iter().chain(cells).collect()));
    }
    let head = [
        Column::numbers("d", ""),
        Column::words("sides"),
        Column::words("grids × steps"),
        Column::numbers("time", "s a seed"),
        Column::numbers("rollbacks", ""),
    ];
    Ok(Table {
        title: "Factors at the same number of MCMC steps".into(),
        columns: head.into_iter().chain(columns).collect(),
        rows,
        footnotes: measures
            .into_iter()
            .flatten()
            .map(|measure| format!("**{}**: {}", measure.name, measure.about))
            .collect(),
    })
}

/// A figure for each of the measures of quality.
fn figures(outcomes: &[Outcome]) -> Vec<Figure> {
    let measures = outcomes.first().and_then(|outcome| outcome.measured.first());
    let chosen = measures.into_iter().flatten().enumerate().filter(|(_, measure)| measure.is_quality).take(2);
    chosen
        .map(|(at, measure)| {
            let point = |outcome: &Outcome| {
                let found = over_seeds(&outcome.measured).get(at).copied().flatten()?;
                Some(Point {
                    x: outcome.factor,
                    y: found.value,
                    interval: Some(Interval { low: found.low, high: found.high }),
                })
            };
            let points = outcomes.iter().filter_map(point).collect();
            let series =
                Series { mark: Mark::LineAndDots, whiskers: Whiskers::Bars, ..Series::line("mean over seeds", points) };
            let plot = Plot::Points {
                x: Axis::logarithmic("factor d", ""),
                y: Axis::linear(measure.name, measure.unit),
                series: vec![series],
            };
            let title = format!("{} by the factor d", measure.name);
            Figure { alternative: title.clone(), title, plot }
        })
        .collect()
}

/// Whether the smallest factor is ahead of the largest.
fn finding(outcomes: &[Outcome]) -> Finding {
    let claim = "A small factor (d = 1.5) is ahead of the paper's (d = 4) on the first measure, with intervals that do not overlap";
    let first = |factor: f64| {
        let outcome = outcomes.iter().find(|outcome| outcome.factor == factor)?;
        let best = outcome.measured.first()?.first()?.best?;
        Some((best, over_seeds(&outcome.measured).first().copied().flatten()?))
    };
    let (Some((best, small)), Some((_, papers))) = (first(1.5), first(4.0)) else {
        return Finding { claim: claim.into(), verdict: Verdict::NotMeasured, evidence: String::new() };
    };
    let enough = outcomes.iter().all(|outcome| outcome.measured.len() > 1);
    Finding {
        claim: claim.into(),
        verdict: match (enough, best.is_ahead(small, papers)) {
            (false, _) => Verdict::NotMeasured,
            (true, true) => Verdict::Holds,
            (true, false) => Verdict::FallsShort,
        },
        evidence: format!(
            "d = 1.5: {:.4} ({:.4} to {:.4}); d = 4: {:.4} ({:.4} to {:.4}).",
            small.value, small.low, small.high, papers.value, papers.low, papers.high
        ),
    }
}
