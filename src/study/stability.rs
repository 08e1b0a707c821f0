//! How long does learning go well? Each stabilizer alone, none, and all together, at a rate that provokes a runaway; and what
//! gave warning first.

use super::error::StudyError;
use super::method::{Experiment, Method};
use super::report::{Block, Cell, Column, Finding, Format, Row, Section, Table, Verdict};
use super::workshop::{Training, Workshop};
use crate::run::{Event, GridUpdate};

/// A setting of learning.
struct Setting {
    name: &'static str,
    /// Options of the optimizer beside `beta1`.
    optimizer: &'static str,
    rate: &'static str,
    /// A bound on each value of the image gradient.
    gradient_limit: Option<f64>,
    /// Factors on the steps of a grid and on their noise.
    steps: f64,
    noise: f64,
    spectral: bool,
}

const NONE: Setting = Setting {
    name: "none",
    optimizer: "",
    rate: "RATE",
    gradient_limit: None,
    steps: 1.0,
    noise: 1.0,
    spectral: false,
};
const GOVERNOR: &str = "governor: governor(#{ band: 3, settle: 100 })";
const ALL: &str = "energy_penalty: 0.05, clip_norm: 5, average: 0.99, governor: governor(#{ band: 3, settle: 100 })";

fn settings() -> Vec<Setting> {
    vec![
        NONE,
        Setting { name: "rate decay", rate: "RATE * decade(t, OVER)", ..NONE },
        Setting { name: "energy L2", optimizer: "energy_penalty: 0.05", ..NONE },
        Setting { name: "gradient clip", optimizer: "clip_norm: 5", ..NONE },
        Setting { name: "image-gradient limit", gradient_limit: Some(0.05), ..NONE },
        Setting { name: "governor", optimizer: GOVERNOR, ..NONE },
        Setting { name: "spectral normalization", spectral: true, ..NONE },
        Setting { name: "averaged weights", optimizer: "average: 0.99", ..NONE },
        Setting { name: "twice the steps", steps: 2.0, ..NONE },
        Setting { name: "twice the noise", noise: 2.0, ..NONE },
        Setting {
            name: "all but spectral, steps, noise",
            optimizer: ALL,
            rate: "RATE * decade(t, OVER)",
            gradient_limit: Some(0.05),
            ..NONE
        },
    ]
}

/// Times the default rate.
const RATE: f64 = 4e-3;

/// What became of one setting.
struct Outcome {
    name: &'static str,
    /// The update at which a grid ran away, if one did, and its side.
    ran_away: Option<(u64, usize)>,
    updates: u64,
    /// What left its band first, how many updates before the guard acted.
    warned: Option<(&'static str, u64)>,
}

fn training(workshop: &Workshop<'_>, setting: &Setting) -> Result<Training, StudyError> {
    let base = &workshop.settings;
    let method = Method::MultiGrid(2.0);
    let steps = (method.steps(&base.size)? as f64 * setting.steps) as usize;
    let limit = setting.gradient_limit.map_or(String::new(), |limit| format!(", gradient_limit: {limit}"));
    let noise = 0.01 * setting.noise;
    let options = match setting.optimizer {
        "" => String::new(),
        options => format!(", {options}"),
    };
    let rate = setting.rate.replace("RATE", &RATE.to_string()).replace("OVER", &base.size.updates.to_string());
    let network = if setting.spectral { SPECTRAL } else { "" };
    let other = format!("fn optimizer() {{ adam(#{{ beta1: 0.5{options} }}) }}\n\nfn rate(t) {{ {rate} }}\n{network}");
    let kernel = format!("fn kernel(s) {{ langevin(#{{ steps: {steps}, drift: 1.0, noise: {noise:?}{limit} }}) }}");
    let (kernel, other) = (Some(kernel), Some(other));
    let experiment =
        Experiment { method, masks: false, data: base.data.clone(), flip: base.flip, size: base.size, kernel, other };
    let training = workshop.of(&experiment, 0)?;
    Ok(Training {
        name: setting.name.into(),
        slug: format!("stability-{}", setting.name.replace(' ', "-")),
        ..training
    })
}

/// The default networks with every convolution divided by its largest singular value.
const SPECTRAL: &str = "
fn block(channels, kernel, stride) { [conv(channels, kernel, stride), leaky(0.2)] }

fn network(s) {
    let n = side(s);
    let layers = if n <= 5 { [block(32, 3, 1), block(64, 3, 1), block(128, 3, 1)] }
        else if n <= 10 { [block(32, 3, 1), block(64, 3, 2), block(128, 3, 1)] }
        else if n <= 16 { [block(32, 3, 1), block(64, 4, 2), block(128, 3, 1)] }
        else { [block(32, 5, 2), block(64, 3, 2), block(128, 3, 1)] };
    net(spectral(layers))
}
";

/// The study.
///
/// # Errors
/// A model that cannot be trained, or the study is broken off.
pub fn stability(workshop: &mut Workshop<'_>) -> Result<Vec<Section>, StudyError> {
    let settings = settings();
    let trainings = settings.iter().map(|setting| training(workshop, setting)).collect::<Result<Vec<_>, _>>()?;
    workshop.plan(&trainings);
    let mut outcomes = Vec::new();
    for (setting, training) in settings.iter().zip(&trainings) {
        let ended = |event: &Event| matches!(event, Event::Diverged { .. });
        let model = workshop.train_unless(training, &ended)?;
        outcomes.push(outcome(setting.name, &model.events));
    }
    let text = format!(
        "Multi-grid at d = 2 with {} steps on a grid, {} updates at most, one seed, at a rate of {RATE} (eight times the default), \
         so that something happens in the time of a study. A setting ends when the guard acts: a score or norm that is not finite, \
         or a gap far out of its own band. The warning is the first of four signals that left the mean of its first hundred \
         updates by more than eight standard deviations, for ten updates on end.",
        Method::MultiGrid(2.0).steps(&workshop.settings.size)?,
        workshop.settings.size.updates,
    );
    let blocks = vec![Block::Finding(finding(&outcomes)), Block::text(&text), Block::Table(table(&outcomes))];
    Ok(vec![Section { title: "Stability".into(), blocks }])
}

fn outcome(name: &'static str, events: &[Event]) -> Outcome {
    let mut record: Vec<(u64, &[GridUpdate])> = Vec::new();
    let mut ran_away = None;
    for event in events {
        match event {
            Event::Update { iteration, grids, .. } => record.push((*iteration, grids)),
            Event::Diverged { iteration, grid, .. } => {
                let side =
                    record.last().and_then(|(_, grids)| grids.get(grid.wrapping_sub(1))).map_or(0, |grid| grid.side);
                ran_away = Some((*iteration, side));
                break;
            }
            _ => {}
        }
    }
    let updates = record.last().map_or(0, |(iteration, _)| *iteration);
    let warned = ran_away
        .and_then(|(at, side)| first_warning(&record, side).map(|(what, when)| (what, at.saturating_sub(when))));
    Outcome { name, ran_away, updates, warned }
}

/// A number of an update that may give warning.
type Signal = fn(&GridUpdate) -> f64;

/// The signal that left its band first, and when.
fn first_warning(record: &[(u64, &[GridUpdate])], side: usize) -> Option<(&'static str, u64)> {
    const BAND: usize = 100;
    const ON_END: usize = 10;
    let signals: [(&'static str, Signal); 4] = [
        ("gradient norm", |grid| grid.gradient_norm),
        ("gap", |grid| grid.gap.abs()),
        ("clamped share", |grid| grid.clamped),
        ("energy", |grid| grid.observed_energy.abs()),
    ];
    let first = |signal: Signal| {
        let of = |(iteration, grids): &(u64, &[GridUpdate])| {
            grids.iter().find(|grid| grid.side == side).map(|grid| (*iteration, signal(grid)))
        };
        let values: Vec<(u64, f64)> = record.iter().filter_map(of).collect();
        let band = values.get(..BAND.min(values.len() / 2))?;
        let mean = band.iter().map(|(_, value)| value).sum::<f64>() / band.len().max(1) as f64;
        let variance = band.iter().map(|(_, value)| (value - mean).powi(2)).sum::<f64>() / band.len().max(1) as f64;
        let limit = mean + 8.0 * variance.sqrt();
        let out = |window: &[(u64, f64)]| window.iter().all(|(_, value)| *value > limit);
        values[band.len()..].windows(ON_END).find(|window| out(window)).and_then(|window| Some(window.first()?.0))
    };
    let warnings = signals.into_iter().filter_map(|(name, signal)| Some((name, first(signal)?)));
    warnings.min_by_key(|(_, when)| *when)
}

fn table(outcomes: &[Outcome]) -> Table {
    let whole = |value: u64| Cell::Number { value: value as f64, format: Format::Decimals(0) };
    let rows = outcomes.iter().map(|outcome| {
        let (until, grid) = match outcome.ran_away {
            Some((at, side)) => (whole(at), Cell::text(format!("{side}×{side}"))),
            None => (Cell::text(format!("not within {}", outcome.updates)), Cell::NotMeasured),
        };
        let (what, ahead) = match outcome.warned {
            Some((what, ahead)) => (Cell::text(what), whole(ahead)),
            None => (Cell::NotMeasured, Cell::NotMeasured),
        };
        Row::new(vec![Cell::text(outcome.name), until, grid, what, ahead])
    });
    Table {
        title: "Updates until a grid ran away".into(),
        columns: vec![
            Column::words("stabilizer"),
            Column::numbers("ran away after", "updates"),
            Column::words("grid"),
            Column::words("warned first"),
            Column::numbers("ahead", "updates"),
        ],
        rows: rows.collect(),
        footnotes: vec!["One seed each: differences of a few tens of updates are chance.".into()],
    }
}

fn finding(outcomes: &[Outcome]) -> Finding {
    let lasted = |outcome: &Outcome| outcome.ran_away.map_or(u64::MAX, |(at, _)| at);
    let (none, all) = (outcomes.first().map_or(0, lasted), outcomes.last().map_or(0, lasted));
    let words = |lasted: u64| if lasted == u64::MAX { "to the end".to_owned() } else { format!("{lasted} updates") };
    Finding {
        claim: "All stabilizers together hold longer than none".into(),
        verdict: match (none, all) {
            (u64::MAX, _) => Verdict::NotMeasured,
            _ if all > none => Verdict::Holds,
            _ => Verdict::FallsShort,
        },
        evidence: format!("None: {}; all: {}.", words(none), words(all)),
    }
}
