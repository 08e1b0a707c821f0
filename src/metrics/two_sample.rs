//! Two-sample test by a classifier: can two sets of images be told apart?

use super::distributions::normal_tail;
use super::error::MetricError;
use super::features::{Features, squared_distance};
use super::logistic::Logistic;
use super::streams::Stream;
use rayon::prelude::*;

/// Fewest images of each set: the null distribution of fewer test images is far from normal.
const FEWEST: usize = 10;
/// Widest features of the logistic regression, whose time grows as the cube of the width.
const WIDEST: usize = 1024;

/// What tells the sets apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Classifier {
    /// The majority of the k nearest training images: `k = ⌊√n⌋` for n training images, one more if that is even.
    NearestNeighbours,
    /// Logistic regression on standardized features, with this weight of `|w|² / 2` beside the sum of losses; above 0.
    Logistic { ridge: f64 },
}

/// A classifier two-sample test (Lopez-Paz & Oquab, Revisiting classifier two-sample tests, arXiv 1610.06545).
///
/// The larger set is thinned at random to the smaller's count, and half of each trains the classifier, which is then
/// asked of which set the images of the other halves are. If both sets are of one distribution its accuracy is about
/// `N(1/2, 1/(4 n))` for n images asked about, as long as they do not depend on each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSampleTest {
    pub classifier: Classifier,
    /// Names the random split.
    pub seed: u64,
}

/// How well two sets can be told apart.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoSampleResult {
    /// Name of the features that the classifier saw.
    pub features: String,
    pub classifier: Classifier,
    /// Share of test images told right: 1/2 by chance, 1 if the sets are plainly different.
    pub accuracy: f64,
    /// Images asked about, half of each set.
    pub tested: usize,
    /// Standard deviation of the accuracy by chance, `1 / (2 √tested)`.
    pub null_deviation: f64,
    /// Probability of this accuracy or more by chance, one-sided, in [0, 1].
    pub p_value: f64,
}

impl TwoSampleTest {
    /// Tests whether the images of `left` and `right` are of one distribution.
    ///
    /// # Errors
    /// Features of other names or widths, fewer than 10 images in a set, a ridge that is not above 0, features too wide
    /// for logistic regression.
    pub fn test(&self, left: &Features, right: &Features) -> Result<TwoSampleResult, MetricError> {
        left.comparable(right, FEWEST)?;
        let count = left.rows().min(right.rows());
        let split = |features: &Features, part: u32| {
            let mut order = Stream::Split.key(self.seed, part, 0).permutation(features.rows());
            order.truncate(count);
            let test = order.split_off(count / 2);
            (order, test)
        };
        let ((left_train, left_test), (right_train, right_test)) = (split(left, 0), split(right, 1));
        let train = Labelled::new(left, &left_train, right, &right_train);
        let test = Labelled::new(left, &left_test, right, &right_test);
        let predicted = self.classifier.predict(&train, &test.rows)?;
        let tested = test.labels.len();
        let told = predicted.iter().zip(&test.labels).filter(|(found, label)| found == label).count();
        let accuracy = told as f64 / tested as f64;
        let null_deviation = 0.5 / (tested as f64).sqrt();
        Ok(TwoSampleResult {
            features: left.name().to_owned(),
            classifier: self.classifier,
            accuracy,
            tested,
            null_deviation,
            p_value: normal_tail((accuracy - 0.5) / null_deviation),
        })
    }
}

/// Rows of features with the set they are of: true for the right one.
struct Labelled<'a> {
    rows: Vec<&'a [f32]>,
    labels: Vec<bool>,
}

impl<'a> Labelled<'a> {
    fn new(left: &'a Features, of_left: &[usize], right: &'a Features, of_right: &[usize]) -> Self {
        let rows = of_left.iter().map(|&i| left.row(i)).chain(of_right.iter().map(|&i| right.row(i))).collect();
        let labels = [vec![false; of_left.len()], vec![true; of_right.len()]].concat();
        Self { rows, labels }
    }
}

impl Classifier {
    /// The labels that a classifier trained on `train` gives `rows`.
    fn predict(self, train: &Labelled, rows: &[&[f32]]) -> Result<Vec<bool>, MetricError> {
        match self {
            Self::NearestNeighbours => {
                let neighbours = train.rows.len().isqrt() | 1;
                Ok(rows.par_iter().map(|row| majority(train, row, neighbours)).collect())
            }
            Self::Logistic { ridge } => {
                if !(ridge > 0.0 && ridge.is_finite()) {
                    return Err(MetricError::Settings(format!("the ridge must be above 0 and finite, found {ridge}")));
                }
                let width = train.rows.first().map_or(0, |row| row.len());
                if width > WIDEST {
                    let text = format!(
                        "logistic regression takes features up to width {WIDEST}, found {width}; take narrower ones"
                    );
                    return Err(MetricError::Settings(text));
                }
                Ok(Logistic::fit(&train.rows, &train.labels, ridge)?.predict(rows))
            }
        }
    }
}

/// The label of most of the nearest training rows; of equally near ones the first count.
fn majority(train: &Labelled, row: &[f32], neighbours: usize) -> bool {
    let distances = train.rows.iter().map(|other| squared_distance(row, other));
    let mut nearest: Vec<(f64, usize)> = distances.zip(0..).collect();
    nearest.select_nth_unstable_by(neighbours - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    2 * nearest[..neighbours].iter().filter(|(_, index)| train.labels[*index]).count() > neighbours
}

#[cfg(test)]
#[path = "two_sample_tests.rs"]
mod tests;
