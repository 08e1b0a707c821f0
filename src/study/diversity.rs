//! Figure 5 of the paper: how different images are that grow from one same 1×1 seed.

use super::drawn::gallery;
use super::error::StudyError;
use super::report::{
    Axis, Bar, BarSeries, Bars, Block, Cell, Column, Figure, Finding, Plot, Row, Section, Table, Verdict,
};
use super::workshop::{Model, Workshop};
use crate::compute::Images;
use crate::metrics::{GroupSpread, MetricError, group_spread, ms_ssim_diversity};
use crate::run::ChainSettings;

/// Seeds that are compared, and those that are shown.
const SEEDS: usize = 16;
const SHOWN: usize = 4;
/// Images from each seed.
const COPIES: usize = 12;

/// The spread of one grid's images within a seed and between seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridDiversity {
    pub side: usize,
    pub spread: GroupSpread,
}

/// The spread at every grid of images drawn `copies` times in a row from each seed. Entry s of `grids` is grid s.
///
/// # Errors
/// Fewer than two seeds or two copies, images that are not finite, or a number of them that is no multiple of
/// `copies`.
pub fn diversity(grids: &[Images], copies: usize, range: [f32; 2]) -> Result<Vec<GridDiversity>, MetricError> {
    let grid =
        |images: &Images| Ok(GridDiversity { side: images.side(), spread: group_spread(images, copies, range)? });
    grids.iter().map(grid).collect()
}

/// The figure of one model.
///
/// # Errors
/// Data that cannot be read, a failing device, or the study is broken off.
pub fn sections(workshop: &mut Workshop<'_>, model: &mut Model) -> Result<Vec<Section>, StudyError> {
    workshop.tell("growing images from the same seeds")?;
    let noise = workshop.settings.seed;
    let start = model.saved.starts(SEEDS, COPIES, noise)?;
    let grids = model.saved.grow(&start, &ChainSettings { noise, ..ChainSettings::default() })?;
    let range = model.saved.plan().data.range;
    let spread = diversity(&grids, COPIES, range)?;
    let mut table = Table {
        title: format!("Spread of {COPIES} images from each of {SEEDS} seeds"),
        columns: vec![
            Column::words("grid"),
            Column::numbers("within a seed", "% of the range"),
            Column::numbers("between seeds", "% of the range"),
            Column::numbers("within / between", ""),
            Column::numbers("MS-SSIM within a seed", ""),
        ],
        rows: Vec::new(),
        footnotes: vec![
            "Root mean square difference of two images, over all pairs. MS-SSIM is 1 for equal images.".into(),
        ],
    };
    let mut similar = Vec::new();
    for (grid, images) in spread.iter().zip(&grids) {
        let of_one: Vec<usize> = (0..COPIES).collect();
        // Small images have no scales to compare.
        let alike = ms_ssim_diversity(&images.select(&of_one), range).ok().map(|found| found.mean);
        similar.push(alike);
        let (within, between) = (100.0 * grid.spread.within, 100.0 * grid.spread.between);
        let cells = [within, between, within / between].map(Cell::number);
        let words = Cell::text(format!("{0}×{0}", grid.side));
        table.rows.push(Row::new(
            std::iter::once(words).chain(cells).chain([alike.map_or(Cell::NotMeasured, Cell::number)]).collect(),
        ));
    }
    let rows: Vec<Images> = grids.last().map_or_else(Vec::new, |finest| {
        (0..SHOWN).map(|seed| finest.select(&(seed * COPIES..(seed + 1) * COPIES).collect::<Vec<_>>())).collect()
    });
    let shown: Vec<(&Images, usize)> = rows.iter().map(|images| (images, COPIES)).collect();
    let picture = gallery("same_seed.png", &shown, range, "A row for each 1×1 seed: images that grew from it.")?;
    let blocks = vec![
        Block::Finding(finding(&spread[1..])),
        Block::Table(table),
        Block::Figure(figure(&spread[1..])),
        Block::Picture(picture),
    ];
    Ok(vec![Section { title: "Diversity from one seed".into(), blocks }])
}

fn finding(spread: &[GridDiversity]) -> Finding {
    let between = |grid: &GridDiversity| grid.spread.within > 0.0 && grid.spread.within < grid.spread.between;
    let told: Vec<String> = spread
        .iter()
        .map(|grid| format!("{0}×{0}: {1:.3} and {2:.3}", grid.side, grid.spread.within, grid.spread.between))
        .collect();
    Finding {
        claim: "Images from one seed differ, and less than images from different seeds, at every grid".into(),
        verdict: if spread.iter().all(between) { Verdict::Holds } else { Verdict::FallsShort },
        evidence: format!("Spread within and between, as shares of the range: {}.", told.join("; ")),
    }
}

fn figure(spread: &[GridDiversity]) -> Figure {
    let bars = |value: fn(&GroupSpread) -> f64| {
        spread.iter().map(|grid| Some(Bar { value: 100.0 * value(&grid.spread), interval: None })).collect()
    };
    let plot = Plot::Bars(Bars {
        categories: spread.iter().map(|grid| format!("{0}×{0}", grid.side)).collect(),
        value: Axis::linear("root mean square difference", "% of the range"),
        series: vec![
            BarSeries { name: "within a seed".into(), bars: bars(|spread| spread.within) },
            BarSeries { name: "between seeds".into(), bars: bars(|spread| spread.between) },
        ],
    });
    Figure {
        title: "Spread within a seed and between seeds".into(),
        alternative: "Two bars for each grid: spread within a seed and between seeds".into(),
        plot,
    }
}
