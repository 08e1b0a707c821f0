//! Which training images are nearest to some pictures: whether a model has memorized them.

use super::message::{NearestAnswer, NearestQuestion};
use super::pixels;
use crate::compute::Images;
use crate::data::DataSet;
use crate::metrics::{Nearest, nearest};
use crate::model::shrink;
use crate::run::Pictures;
use crate::run::options::RunError;
use crate::run::present::pictures;
use std::sync::Arc;

/// Training images that are looked at in one go, and held-out ones that say what is usual.
const PART: usize = 256;
const HELD_OUT: usize = 64;

/// A search through the training images, part by part.
pub(super) struct Search {
    question: NearestQuestion,
    set: DataSet,
    /// The pictures, then held-out images.
    wanted: Images,
    best: Vec<Nearest>,
    next: usize,
}

impl Search {
    pub(super) fn begin(question: NearestQuestion, set: &DataSet) -> Result<Self, RunError> {
        let [_, channels, ..] = set.training.shape();
        let mut wanted = pixels::images(&question.pictures, channels, set.range);
        let side = wanted.side();
        if wanted.count() == 0 || side > set.training.shape()[2] {
            return Err(RunError::Question("there is no picture of a grid to look for".into()));
        }
        let held_out: Vec<usize> = (0..set.held_out.count().min(HELD_OUT)).collect();
        if !held_out.is_empty() {
            wanted = wanted.concat(&shrink(&set.held_out.select(&held_out)?, side));
        }
        let best = vec![Nearest { index: 0, rmse: f64::INFINITY }; wanted.count()];
        Ok(Self { question, set: set.clone(), wanted, best, next: 0 })
    }

    /// Looks at one part; false when all are looked at.
    pub(super) fn advance(&mut self) -> Result<bool, RunError> {
        let end = (self.next + PART).min(self.set.training.count());
        if self.next >= end {
            return Ok(false);
        }
        let items: Vec<usize> = (self.next..end).collect();
        let part = shrink(&self.set.training.select(&items)?, self.wanted.side());
        let found =
            nearest(&self.wanted, &part, self.set.range).map_err(|error| RunError::Question(error.to_string()))?;
        for (best, found) in self.best.iter_mut().zip(found) {
            if found.rmse < best.rmse {
                *best = Nearest { index: self.next + found.index, ..found };
            }
        }
        self.next = end;
        Ok(true)
    }

    /// The pictures that are looked for.
    pub(super) fn asked(&self) -> Arc<Pictures> {
        self.question.pictures.clone()
    }

    pub(super) fn answer(&self) -> Result<NearestAnswer, RunError> {
        let count = self.question.pictures.count.min(self.best.len());
        let (own, held_out) = self.best.split_at(count);
        let items: Vec<usize> = own.iter().map(|nearest| nearest.index).collect();
        let images = shrink(&self.set.training.select(&items)?, self.wanted.side());
        let mut usual: Vec<f64> = held_out.iter().map(|nearest| nearest.rmse).collect();
        usual.sort_by(f64::total_cmp);
        Ok(NearestAnswer {
            number: 0,
            asked: self.question.pictures.clone(),
            nearest: pictures(&images, self.set.range, count),
            names: items.iter().map(|&item| self.set.training.name(item).to_owned()).collect(),
            distances: own.iter().map(|nearest| nearest.rmse).collect(),
            usual: usual.get(usual.len() / 2).copied(),
            error: None,
        })
    }
}
