//! Models as classifiers by themselves: K models, one of each class, by equation (4), and one model against its reference by
//! equation (5).

use super::labelled::Labelled;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::study::drawn::random_phases;
use crate::study::error::StudyError;
use crate::study::method::{Experiment, Method};
use crate::study::report::{Block, Cell, Column, Finding, Format, Row, Section, Table, Verdict};
use crate::study::scale::Scale;
use crate::study::workshop::{Training, Workshop};

/// Classes that get a model at the quick scale: those with the most training images.
const MOST: usize = 3;
/// Updates of a class's model, as a share of the study's: a class has few images.
const SHARE: f64 = 0.5;

/// A training for each class, when the data's classes are known beforehand.
///
/// # Errors
/// Data that cannot be read.
pub fn trainings(workshop: &Workshop<'_>) -> Result<Vec<Training>, StudyError> {
    let settings = &workshop.settings;
    let classes = crate::run::classes_of(&format!("fn data() {{ {} }}", settings.data), &settings.folder)?;
    let most = if settings.scale == Scale::Quick { MOST } else { usize::MAX };
    let mut trainings = Vec::new();
    for (class, _) in classes.into_iter().take(most) {
        let method = Method::MultiGrid(settings.factor);
        let mut size = settings.size;
        size.updates = ((size.updates as f64 * SHARE) as u64).max(1);
        let data = format!("{}.of_class({class:?})", settings.data);
        let experiment =
            Experiment { method, masks: false, data, flip: settings.flip, size, kernel: None, other: None };
        let training = workshop.of(&experiment, 0)?;
        let slug = class.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
        trainings.push(Training { slug: format!("class-{slug}-{}", training.slug), name: class, ..training });
    }
    Ok(trainings)
}

/// The section of both equations.
///
/// # Errors
/// A model that cannot be trained, or the study is broken off.
pub fn section(
    workshop: &mut Workshop<'_>,
    trainings: &[Training],
    labelled: &Labelled,
) -> Result<Section, StudyError> {
    let mut blocks = Vec::new();
    if trainings.len() >= 2 {
        blocks.extend(by_models(workshop, trainings, labelled)?);
    }
    blocks.extend(against_reference(workshop, labelled)?);
    Ok(Section { title: "Models as classifiers".into(), blocks })
}

/// Equation (4): K models of K classes.
fn by_models(
    workshop: &mut Workshop<'_>,
    trainings: &[Training],
    labelled: &Labelled,
) -> Result<Vec<Block>, StudyError> {
    let classes: Vec<usize> = trainings
        .iter()
        .filter_map(|training| labelled.classes.iter().position(|class| *class == training.name))
        .collect();
    let pick = |images: &Images, labels: &[usize]| {
        let places: Vec<usize> = (0..labels.len()).filter(|&at| classes.contains(&labels[at])).collect();
        let own = places.iter().filter_map(|&at| classes.iter().position(|&class| class == labels[at])).collect();
        (images.select(&places), own)
    };
    let (training, training_labels): (Images, Vec<usize>) = pick(&labelled.training, &labelled.training_labels);
    let (held_out, held_out_labels): (Images, Vec<usize>) = pick(&labelled.held_out, &labelled.held_out_labels);
    // Scores `[image][class]` of every grid.
    let mut scores: Vec<[Vec<Vec<f64>>; 2]> = Vec::new();
    let mut sides = Vec::new();
    for (class, training_of) in trainings.iter().enumerate() {
        let mut model = workshop.train(training_of)?;
        workshop.tell(&format!("scores of the model of {}", training_of.name))?;
        let pyramid = model.saved.plan().pyramid.clone();
        sides = pyramid.sides()[1..].to_vec();
        let versions = [pyramid.versions(&training), pyramid.versions(&held_out)];
        for s in 1..pyramid.sides().len() {
            if scores.len() < s {
                let empty = |count: usize| vec![vec![0.0; trainings.len()]; count];
                scores.push([empty(training.count()), empty(held_out.count())]);
            }
            for (kept, versions) in scores[s - 1].iter_mut().zip(&versions) {
                let found = model.saved.score(s, &versions[s])?;
                kept.iter_mut().zip(found).for_each(|(row, score)| row[class] = f64::from(score));
            }
        }
    }
    let mut rows = Vec::new();
    let mut best: Option<(usize, f64)> = None;
    for (side, [learned, tested]) in sides.iter().zip(&scores) {
        let fitted = Softmax::fit(learned, &training_labels);
        let error = fitted.error(tested, &held_out_labels);
        if best.is_none_or(|(_, least)| error < least) {
            best = Some((*side, error));
        }
        rows.push(Row::new(vec![
            Cell::text(format!("{side}×{side}")),
            Cell::Number { value: fitted.error(learned, &training_labels), format: Format::Percent(1) },
            Cell::Number { value: error, format: Format::Percent(1) },
            Cell::number(fitted.slope),
        ]));
    }
    let count = |class: usize| held_out_labels.iter().filter(|&&label| label == class).count();
    let most = (0..classes.len()).map(count).max().unwrap_or(0);
    let chance = 1.0 - most as f64 / held_out_labels.len().max(1) as f64;
    let names: Vec<&str> = trainings.iter().map(|training| training.name.as_str()).collect();
    let table = Table {
        title: format!("Error of the posterior of {} models", trainings.len()),
        columns: vec![
            Column::words("grid"),
            Column::numbers("training images", "error"),
            Column::numbers("held-out images", "error"),
            Column::numbers("slope", ""),
        ],
        rows,
        footnotes: vec![format!(
            "Equation (4) over the classes {}: Pr(k | Y) ∝ exp(a f_k(Y) + b_k). log Z of the models is not known, so the b_k, and one \
             slope a for the temperature, are fitted to the training images; networks are not touched. Always saying the commonest of \
             the {} held-out images' classes errs in {:.1} %.",
            names.join(", "),
            held_out_labels.len(),
            100.0 * chance
        )],
    };
    let finding = Finding {
        claim: "The posterior of one model for each class errs less than always saying the commonest class".into(),
        verdict: match best {
            Some((_, error)) if error < chance => Verdict::Holds,
            _ => Verdict::FallsShort,
        },
        evidence: best.map_or(String::new(), |(side, error)| {
            format!(
                "Error {:.1} % at its best grid, {side}×{side} (the best of {} on the held-out images), against {:.1} %.",
                100.0 * error,
                scores.len(),
                100.0 * chance
            )
        }),
    };
    Ok(vec![Block::Finding(finding), Block::Table(table)])
}

/// Makes images of another kind out of observed ones.
type Other<'a> = &'a dyn Fn(&Images) -> Images;

/// Equation (5): one model against others.
fn against_reference(workshop: &mut Workshop<'_>, labelled: &Labelled) -> Result<Vec<Block>, StudyError> {
    let training = workshop.training(Method::MultiGrid(workshop.settings.factor), 0)?;
    let mut model = workshop.train(&training)?;
    workshop.tell("the model against its reference")?;
    let range = model.saved.plan().data.range;
    let seed = workshop.settings.seed;
    let reference = model.saved.reference(1)?;
    let noise = |images: &Images| {
        let mut noise = images.clone();
        for index in 0..noise.count() {
            let key = NoiseKey::new(seed, Purpose::Metric);
            reference.draw(key, index as u32, range, noise.image_mut(index));
        }
        noise.data_mut().iter_mut().for_each(|value| *value = value.clamp(range[0], range[1]));
        noise
    };
    let phases = |images: &Images| random_phases(images, range, seed);
    let kinds: [(&str, Other<'_>); 2] = [("draws of p0", &noise), ("phases at random", &phases)];
    let pyramid = model.saved.plan().pyramid.clone();
    let mut rows = Vec::new();
    for (name, other) in kinds {
        let parts = [&labelled.training, &labelled.held_out].map(|images| [images.clone(), other(images)]);
        let versions = parts.map(|part| part.map(|images| pyramid.versions(&images)));
        for s in 1..pyramid.sides().len() {
            let mut scored = Vec::new();
            for part in &versions {
                let (mut scores, mut labels) = (Vec::new(), Vec::new());
                for (label, grids) in [1usize, 0].into_iter().zip(part) {
                    let found = model.saved.score(s, &grids[s])?;
                    labels.extend(found.iter().map(|_| label));
                    scores.extend(found.into_iter().map(|score| vec![0.0, f64::from(score)]));
                }
                scored.push((scores, labels));
            }
            let [(learned, labels), (tested, truth)] = &scored[..] else { continue };
            let fitted = Softmax::fit(learned, labels);
            rows.push(Row::new(vec![
                Cell::text(name),
                Cell::text(format!("{0}×{0}", pyramid.sides()[s])),
                Cell::Number { value: fitted.error(learned, labels), format: Format::Percent(1) },
                Cell::Number { value: fitted.error(tested, truth), format: Format::Percent(1) },
            ]));
        }
    }
    let table = Table {
        title: "Error of the model against other images".into(),
        columns: vec![
            Column::words("negative images"),
            Column::words("grid"),
            Column::numbers("training images", "error"),
            Column::numbers("held-out images", "error"),
        ],
        rows,
        footnotes: vec![
            "Equation (5): Pr(1 | Y) = 1 / (1 + exp(-a f(Y) - b)), a and b fitted to training and as many negative images; chance errs in \
             half. A model whose likely images are not the data's has a negative slope, and the table shows it as an error near that of \
             chance or below only if scores still tell the two apart."
                .into(),
        ],
    };
    Ok(vec![Block::Table(table)])
}

/// Softmax of scores with one slope and an offset for each class.
struct Softmax {
    slope: f64,
    offsets: Vec<f64>,
}

impl Softmax {
    /// Fits slope and offsets to scores `[image][class]` by gradient ascent of the log-likelihood.
    fn fit(scores: &[Vec<f64>], labels: &[usize]) -> Self {
        const STEPS: usize = 2_000;
        let classes = scores.first().map_or(0, Vec::len);
        let all: Vec<f64> = scores.iter().flatten().copied().collect();
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        let width = (all.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / all.len().max(1) as f64).sqrt();
        // Scores have no scale of their own: the fit is of standardized ones.
        let unit = if width > 0.0 { width } else { 1.0 };
        let mut fitted = Self { slope: 0.0, offsets: vec![0.0; classes] };
        let scaled: Vec<Vec<f64>> =
            scores.iter().map(|row| row.iter().map(|score| (score - mean) / unit).collect()).collect();
        for _ in 0..STEPS {
            let (mut slope, mut offsets) = (0.0, vec![0.0; classes]);
            for (row, &label) in scaled.iter().zip(labels) {
                let posterior = fitted.posterior(row);
                for class in 0..classes {
                    let missing = f64::from(u8::from(class == label)) - posterior[class];
                    slope += missing * row[class];
                    offsets[class] += missing;
                }
            }
            let rate = 1.0 / scaled.len().max(1) as f64;
            fitted.slope += rate * slope;
            fitted.offsets.iter_mut().zip(offsets).for_each(|(offset, step)| *offset += rate * step);
        }
        let slope = fitted.slope / unit;
        fitted.offsets.iter_mut().for_each(|offset| *offset -= slope * mean);
        Self { slope, ..fitted }
    }

    fn posterior(&self, row: &[f64]) -> Vec<f64> {
        let logits: Vec<f64> =
            row.iter().zip(&self.offsets).map(|(score, offset)| self.slope * score + offset).collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    /// Share of images whose likeliest class is not their own.
    fn error(&self, scores: &[Vec<f64>], labels: &[usize]) -> f64 {
        let wrong = scores.iter().zip(labels).filter(|(row, label)| {
            let posterior = self.posterior(row);
            (0..posterior.len()).max_by(|&a, &b| posterior[a].total_cmp(&posterior[b])) != Some(**label)
        });
        wrong.count() as f64 / scores.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_undo_what_models_do_not_know_of_their_log_z() {
        // The second model's scores are 100 too high; the slope is 2 in units of scores.
        let scores: Vec<Vec<f64>> = (0..40).map(|at| vec![f64::from(at % 2), 100.0 + f64::from(1 - at % 2)]).collect();
        let labels: Vec<usize> = (0..40).map(|at| 1 - at % 2).collect();
        let fitted = Softmax::fit(&scores, &labels);
        assert!(fitted.slope > 0.0);
        assert_eq!(fitted.error(&scores, &labels), 0.0);
        let turned: Vec<usize> = labels.iter().map(|label| 1 - label).collect();
        assert!(Softmax::fit(&scores, &turned).slope < 0.0);
    }
}
