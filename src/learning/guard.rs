//! Sees a grid run away while every value is still finite: its gap leaves its own recent band and its gradient
//! norm grows, or its chains fall together.

use super::spread::Spread;
use crate::compute::Images;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Updates the guard looks back on, and how many of the newest it leaves out of the band.
const WINDOW: usize = 300;
const NEWEST: usize = 50;
/// Updates before it judges anything but values that are not finite.
const PATIENCE: usize = 150;
/// A smoothed gap this many times the band's mean |gap|, with a gradient norm this many times its median, is a warning.
const GAP_RATIO: f64 = 4.0;
const NORM_RATIO: f64 = 2.0;
/// A gap this many times the band alone is one.
const RUNAWAY_RATIO: f64 = 30.0;

/// Why a grid is held to be running away.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// A score, gradient or image value is NaN or infinite.
    NotFinite,
    /// The gap left its band by `gap_ratio` while the gradient norm grew by `norm_ratio`.
    Runaway { gap: f64, gap_ratio: f64, norm_ratio: f64 },
    /// The synthesized images differ from each other by no more than this share of what observed ones do.
    Collapsed { share: f64 },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFinite => write!(out, "values are not finite"),
            Self::Runaway { gap, gap_ratio, norm_ratio } => write!(
                out,
                "the gap between observed and synthesized score, {gap:.3}, is {gap_ratio:.1} times its recent band, \
                 and the gradient norm {norm_ratio:.1} times its median"
            ),
            Self::Collapsed { share } => write!(
                out,
                "the chains have fallen together: they differ by {:.1} % of what observed images do",
                100.0 * share
            ),
        }
    }
}

/// One grid's recent gaps and gradient norms.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Guard {
    gaps: VecDeque<f64>,
    norms: VecDeque<f64>,
    smooth_gap: f64,
    smooth_norm: f64,
    #[serde(default)]
    spread: Spread,
}

impl Guard {
    /// Takes in an update before it is applied; a warning means it should not be.
    pub fn judge(&mut self, gap: f64, norm: f64) -> Option<Warning> {
        if !gap.is_finite() || !norm.is_finite() {
            return Some(Warning::NotFinite);
        }
        let first = self.gaps.is_empty();
        let smooth = |old: f64, new: f64| if first { new } else { 0.9 * old + 0.1 * new };
        self.smooth_gap = smooth(self.smooth_gap, gap);
        self.smooth_norm = smooth(self.smooth_norm, norm);
        let warning = self.compare(gap);
        if warning.is_none() {
            self.remember(gap, norm);
        }
        warning
    }

    /// Takes in the images of an update before it is applied, `[batch, channel, height, width]`: a warning when the
    /// synthesized ones have fallen together.
    pub fn judge_images(&mut self, observed: &Images, synthesized: &Images) -> Option<Warning> {
        self.spread.judge(observed, synthesized).map(|share| Warning::Collapsed { share })
    }

    /// The median gradient norm of recent updates; none before the first.
    #[must_use]
    pub fn usual_norm(&self) -> Option<f64> {
        (!self.norms.is_empty()).then(|| median(self.norms.iter().copied()))
    }

    /// Forgets the updates that led to a warning, after the grid went back.
    pub fn rewind(&mut self) {
        let kept = self.gaps.len().saturating_sub(NEWEST);
        self.gaps.truncate(kept);
        self.norms.truncate(kept);
        self.smooth_gap = 0.0;
        self.smooth_norm = 0.0;
    }

    fn compare(&self, gap: f64) -> Option<Warning> {
        if self.gaps.len() < PATIENCE {
            return None;
        }
        let older = self.gaps.len() - NEWEST;
        let band = self.gaps.iter().take(older).map(|gap| gap.abs()).sum::<f64>() / older as f64;
        let median = median(self.norms.iter().take(older).copied());
        // The floor keeps the ratio meaningful for a grid whose gap is all but zero beside its gradient.
        let gap_ratio = self.smooth_gap.abs() / band.max(0.02 * median).max(1e-12);
        let norm_ratio = self.smooth_norm / median.max(1e-12);
        let runaway = gap_ratio > RUNAWAY_RATIO || (gap_ratio > GAP_RATIO && norm_ratio > NORM_RATIO);
        runaway.then_some(Warning::Runaway { gap, gap_ratio, norm_ratio })
    }

    fn remember(&mut self, gap: f64, norm: f64) {
        for (values, value) in [(&mut self.gaps, gap), (&mut self.norms, norm)] {
            values.push_back(value);
            if values.len() > WINDOW {
                values.pop_front();
            }
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
