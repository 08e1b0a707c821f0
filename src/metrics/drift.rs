//! Whether a long run stays where it is: the slope of a trace, with an error that knows of its autocorrelation.

use super::autocovariance::mean;
use super::mixing::{MixingError, ScalarChains};

/// Fewest batches that leave a line a degree of freedom.
const FEWEST: usize = 3;

/// The straight line through the batch means of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Change of the number for each draw.
    pub slope: f64,
    /// Standard error of the slope, from how far the batch means lie off the line.
    pub standard_error: f64,
    pub batches: usize,
    /// Draws of one batch. Batches short of a few autocorrelation times make the error too small.
    pub batch_length: usize,
}

impl Drift {
    /// Slope by its standard error: for a trace that does not drift about Student's t of `batches` - 2 degrees of freedom.
    /// None where neither differs from 0.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let ratio = self.slope / self.standard_error;
        (!ratio.is_nan()).then_some(ratio)
    }
}

/// Slope of the mean over chains, step by step, by least squares through the means of `batches` batches of one length
/// (the method of batch means: Law & Carson 1979; Flegal & Jones 2010). What does not fill a batch is left out at the
/// beginning. 10 to 30 batches do, so long as each holds several
/// [autocorrelation times](ScalarChains::integrated_autocorrelation_time).
///
/// # Errors
/// Fewer than 3 batches ([`MixingError::Settings`]), or fewer draws than batches ([`MixingError::TooFew`]).
pub fn long_run_drift(chains: &ScalarChains, batches: usize) -> Result<Drift, MixingError> {
    let draws = chains.rows()[0].len();
    if batches < FEWEST {
        return Err(MixingError::Settings(format!(
            "a slope with an error takes at least {FEWEST} batches, not {batches}"
        )));
    }
    let batch_length = draws / batches;
    if batch_length == 0 {
        return Err(MixingError::TooFew { found: draws, needed: batches });
    }
    let first = draws - batches * batch_length;
    let batch_mean = |batch: usize| {
        let place = first + batch * batch_length;
        mean(&chains.rows().iter().map(|row| mean(&row[place..place + batch_length])).collect::<Vec<_>>())
    };
    let means: Vec<f64> = (0..batches).map(batch_mean).collect();
    let (level, middle) = (mean(&means), (batches - 1) as f64 / 2.0);
    let places = (0..batches).map(|batch| (batch as f64 - middle) * batch_length as f64);
    let points: Vec<(f64, f64)> = places.zip(&means).map(|(place, mean)| (place, mean - level)).collect();
    let spread: f64 = points.iter().map(|(place, _)| place * place).sum();
    let slope = points.iter().map(|(place, value)| place * value).sum::<f64>() / spread;
    let off: f64 = points.iter().map(|(place, value)| (value - slope * place).powi(2)).sum();
    let standard_error = (off / (batches - 2) as f64 / spread).sqrt();
    Ok(Drift { slope, standard_error, batches, batch_length })
}
