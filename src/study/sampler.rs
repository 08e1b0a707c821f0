//! How the chains mix that a model is drawn with: acceptance, effective sample size, R-hat, what long chains come to, a ladder of
//! temperatures, and log Z from both sides.

mod gaussians;
mod long_run;
mod tested;

use super::drawn::draw;
use super::error::StudyError;
use super::report::Section;
use super::workshop::{Model, Workshop};
use crate::metrics::ScalarChains;

/// Chains that move side by side.
const CHAINS: usize = 16;

/// The sections of one model.
///
/// # Errors
/// Data that cannot be read, a failing device, or the study is broken off.
pub fn sections(workshop: &mut Workshop<'_>, model: &mut Model) -> Result<Vec<Section>, StudyError> {
    workshop.tell("growing chains")?;
    let start = draw(model, CHAINS, None, workshop.settings.seed)?;
    Ok(vec![
        tested::section(workshop, model, &start)?,
        long_run::section(workshop, model, &start)?,
        gaussians::section(workshop, model, &start)?,
    ])
}

/// What chains of a number come to, in words and numbers.
struct Mixed {
    r_hat: f64,
    /// Of all draws of all chains.
    effective: f64,
}

/// R-hat and effective sample size of draws `[step][chain]`; `None` where nothing moved.
fn mixed(steps: &[Vec<f64>]) -> Option<Mixed> {
    let chains = ScalarChains::from_steps(steps).ok()?;
    let found = chains.mixing().ok()?;
    Some(Mixed { r_hat: found.r_hat, effective: found.bulk })
}
