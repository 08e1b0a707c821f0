//! Table 1 of the paper: scores of training, held-out, synthesized and negative images at every grid.

use super::drawn::{Observed, draw, gallery, random_phases};
use super::error::StudyError;
use super::report::{Block, Cell, Column, Finding, Format, Row, Section, Table, Verdict};
use super::workshop::{Model, Workshop};
use crate::compute::Images;
use crate::metrics::{Auroc, auroc};

/// What the paper's table comes to: the largest |training - synthesized| and |training - held-out| in widths training -
/// negative.
const NEAR_SYNTHESIZED: f64 = 0.15;
const NEAR_HELD_OUT: f64 = 0.20;

/// Scores of one kind of images at one grid.
struct Scores {
    kind: String,
    values: Vec<f64>,
}

impl Scores {
    fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }

    fn deviation(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / self.values.len().saturating_sub(1).max(1) as f64).sqrt()
    }
}

/// The table of one model.
///
/// # Errors
/// Data that cannot be read, a failing device, or the study is broken off.
pub fn scores(workshop: &mut Workshop<'_>, model: &mut Model) -> Result<Vec<Section>, StudyError> {
    workshop.tell("scoring images")?;
    let (count, seed) = (workshop.settings.size.images, workshop.settings.seed);
    let observed = Observed::of(model, count)?;
    let drawn = draw(model, observed.training.count(), None, seed)?;
    let negatives = negatives(workshop, model, &observed)?;
    let pyramid = model.saved.plan().pyramid.clone();
    let kinds: Vec<(String, Vec<Images>)> = [
        ("training".to_owned(), pyramid.versions(&observed.training)),
        ("held out".to_owned(), pyramid.versions(&observed.held_out)),
        ("synthesized".to_owned(), drawn),
    ]
    .into_iter()
    .chain(negatives.iter().map(|(name, images)| (name.clone(), pyramid.versions(images))))
    .collect();
    let (mut table, mut ranking) = (scores_table(&kinds), ranking_table());
    let mut findings = Vec::new();
    for s in 1..pyramid.sides().len() {
        let mut scores = Vec::new();
        for (kind, grids) in &kinds {
            let values = model.saved.score(s, &grids[s])?.into_iter().map(f64::from).collect();
            scores.push(Scores { kind: kind.clone(), values });
        }
        let side = format!("{0}×{0}", pyramid.sides()[s]);
        let cells = scores.iter().map(|scores| Cell::deviation(scores.mean(), scores.deviation()));
        table.rows.push(Row::new(std::iter::once(Cell::text(&side)).chain(cells).collect()));
        rank(&side, &scores, &mut ranking, &mut findings)?;
    }
    let spoken = model.saved.network(1).map_or("none", |network| network.norm_word()).to_owned();
    let statistics = match spoken.as_str() {
        "none" => "The networks have no batch normalization, so a score depends on its image alone.".to_owned(),
        word => format!("Batch normalization ({word} in learning) uses its running statistics here: frozen."),
    };
    let text = format!(
        "Scores f(Y) of {} training, {} held-out and {} synthesized images, mean ± standard deviation over images; a \
         higher score is a likelier image. {statistics} Scores have no scale of their own: compare within a row.",
        observed.training.count(),
        observed.held_out.count(),
        observed.training.count()
    );
    let rows: Vec<(&Images, usize)> = kinds.iter().filter_map(|(_, grids)| Some((grids.last()?, 12))).collect();
    let names: Vec<&str> = kinds.iter().map(|(name, _)| name.as_str()).collect();
    let picture =
        gallery("scored.png", &rows, observed.range, &format!("What was scored, a row each: {}.", names.join(", ")))?;
    let mut blocks: Vec<Block> = findings.into_iter().map(Block::Finding).collect();
    blocks.extend([Block::text(&text), Block::Table(table), Block::Table(ranking), Block::Picture(picture)]);
    Ok(vec![Section { title: "Scores".into(), blocks }])
}

/// Images that show something else.
fn negatives(
    workshop: &Workshop<'_>,
    model: &mut Model,
    observed: &Observed,
) -> Result<Vec<(String, Images)>, StudyError> {
    let seed = workshop.settings.seed;
    let mut negatives = Vec::new();
    if let Some(data) = &workshop.settings.negatives {
        let [low, high] = observed.range;
        let (side, channels) = (observed.training.side(), observed.training.shape()[1]);
        let grey = if channels == 1 { ".grey()" } else { "" };
        let text = format!("fn data() {{ {data}.resize({side}).range({low:?}, {high:?}){grey} }}");
        let images = crate::run::images_of(&text, &workshop.settings.folder, workshop.settings.size.images)?;
        negatives.push((format!("negative: {data}"), images));
    }
    let phases = random_phases(&observed.held_out, observed.range, seed);
    negatives.push(("negative: held out, phases at random".to_owned(), phases));
    let mut noise = observed.held_out.clone();
    let reference = model.saved.reference(1)?;
    for index in 0..noise.count() {
        let key = crate::compute::NoiseKey::new(seed, crate::compute::Purpose::Metric);
        reference.draw(key, index as u32, observed.range, noise.image_mut(index));
    }
    let [low, high] = observed.range;
    noise.data_mut().iter_mut().for_each(|value| *value = value.clamp(low, high));
    negatives.push(("negative: draws of p0".to_owned(), noise));
    Ok(negatives)
}

fn scores_table(kinds: &[(String, Vec<Images>)]) -> Table {
    let columns = kinds.iter().map(|(kind, _)| Column::numbers(kind, ""));
    Table {
        title: "Scores, mean ± standard deviation".into(),
        columns: std::iter::once(Column::words("grid")).chain(columns).collect(),
        ..Table::default()
    }
}

fn ranking_table() -> Table {
    let numbers = |title: &str| Column::numbers(title, "");
    Table {
        title: "How well scores tell kinds of images apart".into(),
        columns: vec![
            Column::words("grid"),
            Column::words("negative images"),
            numbers("held out against negative"),
            numbers("synthesized against negative"),
            numbers("training against held out"),
            numbers("training against synthesized"),
            numbers("|training - synthesized|"),
            numbers("|training - held out|"),
        ],
        footnotes: vec![
            "AUROC with DeLong's 95 % interval: the chance that an image of the first kind scores above one of the \
             second; .5 is no difference (the paper's table comes to .82, .97 and .999 against negative images at its three \
             grids). The last two columns are in widths training - negative."
                .into(),
        ],
        ..Table::default()
    }
}

/// A row for each kind of negative images, and the findings of the first kind.
fn rank(side: &str, scores: &[Scores], table: &mut Table, findings: &mut Vec<Finding>) -> Result<(), StudyError> {
    let [training, held_out, synthesized, negatives @ ..] = scores else { return Ok(()) };
    let cell = |auroc: &Auroc| Cell::interval(auroc.interval.value, auroc.interval.low, auroc.interval.high);
    let fitted = auroc(&training.values, &held_out.values)?;
    let reached = auroc(&training.values, &synthesized.values)?;
    for (at, negative) in negatives.iter().enumerate() {
        let told = auroc(&held_out.values, &negative.values)?;
        let drawn = auroc(&synthesized.values, &negative.values)?;
        let width = training.mean() - negative.mean();
        let near = |scores: &Scores| (training.mean() - scores.mean()).abs() / width;
        let ratio = |value: f64| match width > 0.0 {
            true => Cell::Number { value, format: Format::Decimals(3) },
            false => Cell::text("negative images score higher"),
        };
        table.rows.push(Row::new(vec![
            Cell::text(side),
            Cell::text(&negative.kind),
            cell(&told),
            cell(&drawn),
            cell(&fitted),
            cell(&reached),
            ratio(near(synthesized)),
            ratio(near(held_out)),
        ]));
        if at == 0 {
            findings.push(Finding {
                claim: format!("At {side}, held-out images score above negative ones"),
                verdict: if told.interval.low > 0.5 { Verdict::Holds } else { Verdict::FallsShort },
                evidence: format!(
                    "AUROC {:.3} ({:.3} to {:.3}) against {}; {}.",
                    told.interval.value,
                    told.interval.low,
                    told.interval.high,
                    negative.kind,
                    match width > 0.0 {
                        true => format!(
                            "|training - synthesized| is {:.2} and |training - held out| {:.2} widths training - negative (the \
                             paper: at most {NEAR_SYNTHESIZED} and {NEAR_HELD_OUT})",
                            near(synthesized),
                            near(held_out)
                        ),
                        false => "negative images score higher on average".to_owned(),
                    },
                ),
            });
        }
    }
    Ok(())
}
