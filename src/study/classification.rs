//! Table 2 of the paper: features that were learned without labels, under a small classifier that learns from few, beside the same
//! network learned from those labels alone; and equations (4) and (5), models as classifiers by themselves.

mod labelled;
mod posterior;

use super::error::StudyError;
use super::method::Method;
use super::quality::mean_interval;
use super::report::{
    Axis, Best, Block, Cell, Column, Figure, Finding, Format, Interval, Mark, Plot, Point, Row, Section, Series, Table,
    Verdict, Whiskers,
};
use super::workshop::{Model, Workshop};
use crate::compute::{Classifier, ClassifierTraining, Images, PAPER_CHANNELS, feature_maps};
use crate::metrics;
use labelled::{Labelled, draw_labels};
use std::ops::ControlFlow;

/// Draws of the labels.
const DRAWS: u64 = 3;
/// The paper's numbers of labels.
const PAPER_LABELS: [usize; 3] = [1_000, 2_000, 4_000];
/// The paper's errors on SVHN, in percent: multi-grid, single-grid, one-step, persistent CD, supervised.
const PAPER_ERRORS: [[f64; 3]; 5] =
    [[19.73, 15.86, 12.71], [21.63, 17.90, 15.07], [29.75, 23.90, 19.15], [42.74, 35.20, 29.16], [39.04, 22.26, 15.24]];

/// Errors of one way to classify: by number of labels, each of all draws.
struct Outcome {
    name: String,
    errors: Vec<Vec<f64>>,
}

/// The study.
///
/// # Errors
/// Data without labels, a model that cannot be trained, or the study is broken off.
pub fn classification(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let methods = Method::compared(workshop.settings.factor);
    let trainings = methods.into_iter().map(|method| workshop.training(method, 0)).collect::<Result<Vec<_>, _>>()?;
    workshop.plan(&trainings);
    let posterior = posterior::trainings(workshop)?;
    workshop.plan(&posterior);
    let (mut outcomes, mut labelled, mut networks) = (Vec::new(), None, None);
    for training in &trainings {
        let mut model = workshop.train(training)?;
        if labelled.is_none() {
            labelled = Some(Labelled::of(&mut model)?);
        }
        let Some(labelled) = &labelled else { continue };
        let of_model: Vec<_> = (1..=model.saved.grids()).filter_map(|s| model.saved.network(s).cloned()).collect();
        networks.get_or_insert(of_model);
        outcomes.push(from_features(workshop, &mut model, labelled)?);
    }
    let (Some(labelled), Some(networks)) = (labelled, networks) else { return Ok(Vec::new()) };
    let finest = networks.last().map(|network| vec![network.layers().to_vec()]).unwrap_or_default();
    outcomes.push(supervised(workshop, "supervised, the finest network", &finest, &labelled)?);
    let all: Vec<_> = networks.iter().map(|network| network.layers().to_vec()).collect();
    outcomes.push(supervised(workshop, "supervised, the networks of all grids", &all, &labelled)?);
    let mut sections = vec![features_section(&outcomes, &labelled)];
    sections.push(posterior::section(workshop, &posterior, &labelled)?);
    Ok(sections)
}

/// The numbers of labels that these data allow.
fn label_counts(labelled: &Labelled) -> Vec<usize> {
    let all = labelled.training_labels.len();
    match all >= PAPER_LABELS[2] {
        true => PAPER_LABELS.to_vec(),
        false => [4, 2, 1].into_iter().map(|part| (all / part).max(labelled.classes.len())).collect(),
    }
}

/// How a head or network learns from labels of some classes.
fn learning(labels: usize, classes: usize, epochs: usize, seed: u64) -> ClassifierTraining {
    // A tenth of the labels is for stopping early, but at least one or two of each class.
    let validation = (1.5 * classes as f64 / labels.max(1) as f64).clamp(0.1, 0.4);
    let batch = 100.min(labels.div_ceil(4)).max(8);
    ClassifierTraining { epochs, batch, validation, seed, ..ClassifierTraining::default() }
}

fn from_features(workshop: &mut Workshop<'_>, model: &mut Model, labelled: &Labelled) -> Result<Outcome, StudyError> {
    let pyramid = model.saved.plan().pyramid.clone();
    let mut maps = [Vec::new(), Vec::new()];
    for (maps, images) in maps.iter_mut().zip([&labelled.training, &labelled.held_out]) {
        workshop.tell(&format!("features of {}", model.name))?;
        for (s, version) in pyramid.versions(images).iter().enumerate().skip(1) {
            let (Some(network), Some(weights)) = (model.saved.network(s), model.saved.weights(s)) else { continue };
            maps.push(feature_maps(&workshop.device, network.layers(), weights, version)?);
        }
    }
    let [training, held_out] = maps;
    let sizes: Vec<(usize, usize)> = training.iter().map(|maps| (maps.shape()[1], maps.side())).collect();
    let name = match sizes.len() {
        1 => format!("{}, features of its grid", model.name),
        count => format!("{}, features of {count} grids", model.name),
    };
    let device = workshop.device.clone();
    let make = || Classifier::over_maps(&device, &sizes, Some(PAPER_CHANNELS), labelled.classes.len());
    classify(workshop, name, make, [&training, &held_out], labelled, 60)
}

fn supervised(
    workshop: &mut Workshop<'_>,
    name: &str,
    networks: &[Vec<crate::compute::Layer>],
    labelled: &Labelled,
) -> Result<Outcome, StudyError> {
    let versions = |images: &Images| -> Vec<Images> {
        let side = |layers: &[crate::compute::Layer]| labelled::side_of(layers).unwrap_or(images.side());
        networks.iter().map(|layers| labelled::version(images, side(layers))).collect()
    };
    let (training, held_out) = (versions(&labelled.training), versions(&labelled.held_out));
    let device = workshop.device.clone();
    let layers: Vec<&[crate::compute::Layer]> = networks.iter().map(Vec::as_slice).collect();
    let make = || Classifier::from_scratch(&device, &layers, Some(PAPER_CHANNELS), labelled.classes.len());
    classify(workshop, name.to_owned(), make, [&training, &held_out], labelled, 60)
}

/// Errors of classifiers that learn from each number and draw of labels.
fn classify(
    workshop: &mut Workshop<'_>,
    name: String,
    make: impl Fn() -> Result<Classifier, crate::compute::ClassifierError>,
    [training, held_out]: [&[Images]; 2],
    labelled: &Labelled,
    epochs: usize,
) -> Result<Outcome, StudyError> {
    let mut errors = Vec::new();
    for labels in label_counts(labelled) {
        let mut of_draws = Vec::new();
        for draw in 0..DRAWS {
            let seed = workshop.settings.seed + draw;
            let places = draw_labels(&labelled.training_labels, labelled.classes.len(), labels, seed);
            let inputs: Vec<Images> = training.iter().map(|maps| maps.select(&places)).collect();
            let chosen: Vec<usize> = places.iter().map(|&place| labelled.training_labels[place]).collect();
            let mut classifier = make()?;
            let settings = learning(chosen.len(), labelled.classes.len(), epochs, seed);
            let doing = format!("learning from {labels} labels, draw {}: {name}", draw + 1);
            let mut stopped = workshop.tell(&doing).err();
            classifier.train(&inputs, &chosen, &settings, &mut |_| match workshop.tell(&doing) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    stopped = Some(error);
                    ControlFlow::Break(())
                }
            })?;
            if let Some(stopped) = stopped {
                return Err(stopped);
            }
            of_draws.push(classifier.error_rate(held_out, &labelled.held_out_labels)?);
        }
        errors.push(of_draws);
    }
    Ok(Outcome { name, errors })
}

fn features_section(outcomes: &[Outcome], labelled: &Labelled) -> Section {
    let counts = label_counts(labelled);
    let columns =
        counts.iter().map(|labels| Column::numbers(format!("{labels} labels"), "error, %").best(Best::Lowest));
    let mut rows: Vec<Row> = outcomes
        .iter()
        .map(|outcome| {
            let cell = |errors: &Vec<f64>| match mean_interval(errors) {
                Some(found) => Cell::interval(100.0 * found.value, 100.0 * found.low, 100.0 * found.high),
                None => Cell::NotMeasured,
            };
            Row::new(std::iter::once(Cell::text(&outcome.name)).chain(outcome.errors.iter().map(cell)).collect())
        })
        .collect();
    if counts == PAPER_LABELS {
        let names = ["multi-grid", "single-grid", "one-step CD", "persistent CD", "supervised"];
        rows.extend(names.into_iter().zip(PAPER_ERRORS).map(|(name, errors)| {
            let cells = errors.map(|value| Cell::Number { value, format: Format::Decimals(2) });
            Row::apart(std::iter::once(Cell::text(format!("the paper, {name}"))).chain(cells).collect())
        }));
    }
    let chance = labelled.chance();
    let table = Table {
        title: "Test error".into(),
        columns: std::iter::once(Column::words("classifier")).chain(columns).collect(),
        rows,
        footnotes: vec![format!(
            "Mean over {DRAWS} draws of the labels, with 95 % by Student's t over draws; {} held-out images of {} classes, where always \
             saying the commonest class errs in {:.1} %.",
            labelled.held_out_labels.len(),
            labelled.classes.len(),
            100.0 * chance
        )],
    };
    let text = format!(
        "Models learn from {} training images without labels. Their top feature maps stay as they are; over each a 3×3 convolution of \
         {PAPER_CHANNELS} channels and ReLU, then one fully connected layer over all learn from labels that are drawn evenly over \
         classes (section 7.3). The supervised networks have the same layers and the same top, and learn all of it from the same labels. \
         All of them are stopped early by a tenth of their labels, or by more where a class has few.",
        labelled.training_labels.len()
    );
    let series = outcomes.iter().map(|outcome| {
        let points = counts.iter().zip(&outcome.errors).filter_map(|(&labels, errors)| {
            let metrics::Interval { value, low, high } = mean_interval(errors)?;
            let interval = Some(Interval { low: 100.0 * low.max(0.0), high: 100.0 * high });
            Some(Point { x: labels as f64, y: 100.0 * value, interval })
        });
        Series { mark: Mark::LineAndDots, whiskers: Whiskers::Bars, ..Series::line(&outcome.name, points.collect()) }
    });
    let plot = Plot::Points {
        x: Axis::logarithmic("labels", ""),
        y: Axis::linear("test error", "%"),
        series: series.collect(),
    };
    let figure = Figure {
        title: "Test error by the number of labels".into(),
        alternative: "Test error of each classifier by the number of labels".into(),
        plot,
    };
    let blocks = vec![
        Block::Finding(finding(outcomes, counts[0])),
        Block::text(&text),
        Block::Table(table),
        Block::Figure(figure),
    ];
    Section { title: "Features learned without labels".into(), blocks }
}

/// Whether multi-grid's features are ahead of both supervised networks at the smallest number of labels, draw by draw.
fn finding(outcomes: &[Outcome], labels: usize) -> Finding {
    let claim = format!("At {labels} labels multi-grid's features are ahead of the same network supervised");
    let few = |outcome: &Outcome| outcome.errors.first().cloned().unwrap_or_default();
    let mean = |outcome: &Outcome| mean_interval(&few(outcome)).map(|found| found.value);
    let supervised = outcomes.iter().filter(|outcome| outcome.name.starts_with("supervised"));
    let best = supervised.min_by(|a, b| mean(a).unwrap_or(1.0).total_cmp(&mean(b).unwrap_or(1.0)));
    let (Some(ours), Some(best)) = (outcomes.first(), best) else {
        return Finding { claim, verdict: Verdict::NotMeasured, evidence: String::new() };
    };
    // The same labels are drawn for each.
    let differences: Vec<f64> = few(best).iter().zip(few(ours)).map(|(theirs, own)| 100.0 * (theirs - own)).collect();
    let Some(ahead) = mean_interval(&differences).filter(|_| differences.len() > 1) else {
        return Finding { claim, verdict: Verdict::NotMeasured, evidence: "One draw has no interval.".into() };
    };
    let told: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| Some(format!("{} {:.1} %", outcome.name, 100.0 * mean(outcome)?)))
        .collect();
    Finding {
        claim,
        verdict: if ahead.low > 0.0 { Verdict::Holds } else { Verdict::FallsShort },
        evidence: format!(
            "Mean test errors: {}. Draw by draw it errs less than the better supervised network by {:.1} % ({:.1} to {:.1}).",
            told.join("; "),
            ahead.value,
            ahead.low,
            ahead.high
        ),
    }
}
