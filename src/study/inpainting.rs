//! Table 3 of the paper: filling in what a square, strokes or pepper hide, by models that learned to, beside fills that need no
//! model.

use super::drawn::{Observed, gallery};
use super::error::StudyError;
use super::method::{Experiment, Method};
use super::quality::mean_interval;
use super::report::{Block, Cell, Column, Finding, Picture, Row, Section, Table, Verdict};
use super::workshop::{Model, Settings, Training, Workshop};
use crate::compute::{Images, NoiseKey, Purpose};
use crate::metrics::{Interval, harmonic_fill, hidden_error, mean_fill, nearest_fill};
use crate::run::{ChainSettings, Hidden};
use crate::sampling::masks::{CoarseRule, pepper, square, strokes};

/// Fills of each image, whose mean is a fill too.
const FILLS: u64 = 8;

/// The masks of the paper: half the side as a square, a quarter in strokes, 60 % of the pixels.
const MASKS: [&str; 3] = ["square", "doodle", "pepper"];

fn mask(name: &str, shape: [usize; 4], seed: u64) -> Images {
    let key = NoiseKey::new(seed, Purpose::Mask);
    match name {
        "square" => square(shape, 0.5, key),
        "doodle" => strokes(shape, 0.25, key),
        _ => pepper(shape, 0.6, key),
    }
}

/// Errors of one way to fill in, image by image.
struct Fill {
    name: String,
    /// It needs no model.
    trivial: bool,
    /// Share of the range, and decibels.
    error: Interval,
    psnr: Interval,
    /// Errors of each image, to compare pair by pair.
    errors: Vec<f64>,
    images: Images,
}

/// The trainings of the comparison.
///
/// # Errors
/// A factor that makes no pyramid.
pub fn trainings(workshop: &Workshop<'_>) -> Result<Vec<Training>, StudyError> {
    let Settings { mut size, data, flip, factor, .. } = workshop.settings.clone();
    // One seed gets the updates of all.
    size.updates *= size.seeds as u64;
    let training = |method| {
        let (data, kernel, other) = (data.clone(), None, None);
        workshop.of(&Experiment { method, masks: true, data, flip, size, kernel, other }, 0)
    };
    Method::compared(factor).into_iter().map(training).collect()
}

/// The comparison of all methods.
///
/// # Errors
/// A model that cannot be trained, data that cannot be read, or the study is broken off.
pub fn inpainting(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let trainings = trainings(workshop)?;
    workshop.plan(&trainings);
    let size = workshop.settings.size;
    let mut models = Vec::new();
    for (method, training) in Method::compared(workshop.settings.factor).into_iter().zip(&trainings) {
        models.push((workshop.train(training)?, method.steps(&size)?));
    }
    let text = format!(
        "Each model learned to fill in: of every training image a square of half the side, strokes over a quarter, or 60 % of \
         the pixels was hidden, in turn at random, and only hidden pixels moved (section 7.4; the paper trains on squares alone). \
         One seed of {} updates each. At most {} of the held-out images are filled in, {FILLS} times each, in the same number of MCMC \
         steps for every method. On coarser grids a block with a known pixel is fixed at the mean of its known ones.",
        size.updates * size.seeds as u64,
        size.images
    );
    compare(workshop, models, &text)
}

/// What one given run fills in.
///
/// # Errors
/// Data that cannot be read, a failing device, or the study is broken off.
pub fn of_run(workshop: &mut Workshop<'_>, model: Model) -> Result<Vec<Section>, StudyError> {
    let kernels = model.saved.kernels(&ChainSettings::default())?;
    let steps = kernels.iter().map(|kernel| kernel.kernel.steps).max().unwrap_or(1);
    compare(workshop, vec![(model, steps)], "What this run's model fills in; it need not have learned to.")
}

fn compare(
    workshop: &mut Workshop<'_>,
    mut models: Vec<(Model, usize)>,
    text: &str,
) -> Result<Vec<Section>, StudyError> {
    let Some((first, _)) = models.first_mut() else { return Ok(Vec::new()) };
    let Observed { held_out: images, range, .. } = Observed::of(first, workshop.settings.size.images)?;
    let (mut table, mut findings, mut pictures) = (table(), Vec::new(), Vec::new());
    for name in MASKS {
        let hidden = mask(name, images.shape(), workshop.settings.seed);
        let mut fills = Vec::new();
        for (model, steps) in &mut models {
            workshop.tell(&format!("filling in behind a {name}: {}", model.name))?;
            fills.extend(filled(model, *steps, [&images, &hidden], range, workshop.settings.seed)?);
        }
        for (words, filled) in [
            ("mean", mean_fill(&images, &hidden, range)?),
            ("nearest", nearest_fill(&images, &hidden, range)?),
            ("harmonic", harmonic_fill(&images, &hidden, range)?),
        ] {
            fills.push(Fill::of(words.into(), true, [&images, &hidden], filled, range)?);
        }
        for fill in &fills {
            let interval = |found: Interval, factor: f64| {
                Cell::interval(factor * found.value, factor * found.low, factor * found.high)
            };
            let words = if fill.trivial { format!("{} (no model)", fill.name) } else { fill.name.clone() };
            table.rows.push(Row::new(vec![
                Cell::text(name),
                Cell::text(words),
                interval(fill.error, 100.0),
                interval(fill.psnr, 1.0),
            ]));
        }
        findings.push(finding(name, &fills)?);
        pictures.push(picture(name, [&images, &hidden], &fills, range)?);
    }
    let mut blocks: Vec<Block> = findings.into_iter().map(Block::Finding).collect();
    blocks.push(Block::text(text));
    blocks.push(Block::Table(table));
    blocks.extend(pictures.into_iter().map(Block::Picture));
    Ok(vec![Section { title: "Filling in".into(), blocks }])
}

/// The fills of one model: the first of each image, the mean of all, and one by chains without noise, where the kernel has a
/// temperature.
fn filled(
    model: &mut Model,
    steps: usize,
    [images, mask]: [&Images; 2],
    range: [f32; 2],
    seed: u64,
) -> Result<Vec<Fill>, StudyError> {
    let hidden = Hidden { images, mask, rule: CoarseRule::AnyKnown };
    let mut first = None;
    let mut sum = vec![0.0f64; images.data().len()];
    for number in 0..FILLS {
        let chains = ChainSettings { steps: Some(steps), noise: seed + number, ..ChainSettings::default() };
        let filled = model.saved.fill(&hidden, &chains)?;
        sum.iter_mut().zip(filled.data()).for_each(|(sum, &value)| *sum += f64::from(value));
        first.get_or_insert(filled);
    }
    let mean = Images::new(images.shape(), sum.iter().map(|sum| (sum / FILLS as f64) as f32).collect());
    let one = first.unwrap_or_else(|| mean.clone());
    let mut fills = vec![
        Fill::of(model.name.clone(), false, [images, mask], one, range)?,
        Fill::of(format!("{}, mean of {FILLS}", model.name), false, [images, mask], mean, range)?,
    ];
    let still = ChainSettings { steps: Some(steps), temperature: 0.0, noise: seed, ..ChainSettings::default() };
    if model.saved.kernels(&still).is_ok() {
        let filled = model.saved.fill(&hidden, &still)?;
        fills.push(Fill::of(format!("{}, without noise", model.name), false, [images, mask], filled, range)?);
    }
    Ok(fills)
}

impl Fill {
    fn of(
        name: String,
        trivial: bool,
        [images, mask]: [&Images; 2],
        filled: Images,
        range: [f32; 2],
    ) -> Result<Self, StudyError> {
        let (mut errors, mut decibels) = (Vec::new(), Vec::new());
        for at in 0..images.count() {
            let [image, fill, hidden] = [images, &filled, mask].map(|all| all.select(&[at]));
            let error = hidden_error(&image, &fill, &hidden, range)?;
            errors.push(error.mean_absolute);
            // An image that is one plain colour may be filled in exactly.
            decibels.push(error.psnr.min(100.0));
        }
        let (Some(error), Some(psnr)) = (mean_interval(&errors), mean_interval(&decibels)) else {
            return Err(StudyError::Asked("there are no held-out images to fill in".into()));
        };
        Ok(Self { name, trivial, error, psnr, errors, images: filled })
    }
}

fn table() -> Table {
    Table {
        title: "Error over hidden pixels".into(),
        columns: vec![
            Column::words("mask"),
            Column::words("fill"),
            Column::numbers("error", "% of the range"),
            Column::numbers("PSNR", "dB"),
        ],
        rows: Vec::new(),
        footnotes: vec![
            "Mean absolute difference, and the mean over images of the peak signal to noise ratio; 95 % intervals by Student's t \
             over images. The mean of several fills is nearer to the image than any one of them, and blurred: look at the pictures."
                .into(),
        ],
    }
}

/// Whether the best of the first model's fills is ahead of every fill without a model.
fn finding(mask: &str, fills: &[Fill]) -> Result<Finding, StudyError> {
    let first = fills.first().map_or("", |fill| fill.name.as_str());
    let own = fills.iter().filter(|fill| !fill.trivial && fill.name.starts_with(first));
    let ours = own.min_by(|a, b| a.error.value.total_cmp(&b.error.value));
    let best = fills.iter().filter(|fill| fill.trivial).min_by(|a, b| a.error.value.total_cmp(&b.error.value));
    let claim = format!("Behind a {mask} the model is ahead of every fill without a model");
    let (Some(ours), Some(best)) = (ours, best) else {
        return Ok(Finding { claim, verdict: Verdict::NotMeasured, evidence: String::new() });
    };
    let differences: Vec<f64> =
        best.errors.iter().zip(&ours.errors).map(|(best, ours)| 100.0 * (best - ours)).collect();
    let Some(ahead) = mean_interval(&differences) else {
        return Ok(Finding { claim, verdict: Verdict::NotMeasured, evidence: String::new() });
    };
    let verdict = if ahead.low > 0.0 { Verdict::Holds } else { Verdict::FallsShort };
    let nothing = match verdict {
        Verdict::FallsShort => " A model that does not beat it has learned nothing that helps here.",
        _ => "",
    };
    Ok(Finding {
        claim,
        verdict,
        evidence: format!(
            "{}: {:.2} % of the range, {:.2} dB; {}: {:.2} %, {:.2} dB; image by image the model is nearer by {:.2} % ({:.2} to \
             {:.2}).{nothing}",
            ours.name,
            100.0 * ours.error.value,
            ours.psnr.value,
            best.name,
            100.0 * best.error.value,
            best.psnr.value,
            ahead.value,
            ahead.low,
            ahead.high
        ),
    })
}

fn picture(name: &str, [images, mask]: [&Images; 2], fills: &[Fill], range: [f32; 2]) -> Result<Picture, StudyError> {
    let grey = (range[0] + range[1]) / 2.0;
    let values = images.data().iter().zip(mask.data());
    let masked =
        Images::new(images.shape(), values.map(|(&value, &hidden)| if hidden > 0.0 { grey } else { value }).collect());
    let rows: Vec<(&Images, usize)> =
        [(images, 12), (&masked, 12)].into_iter().chain(fills.iter().map(|fill| (&fill.images, 12))).collect();
    let names: Vec<&str> = fills.iter().map(|fill| fill.name.as_str()).collect();
    let caption =
        format!("{name}: a row each for the image, what is known of it, and the fills: {}.", names.join("; "));
    gallery(&format!("fills_{name}.png"), &rows, range, &caption)
}
