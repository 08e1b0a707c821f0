//! One curve in bounded memory: when it is full, neighbours are merged, and every merged point keeps its range.
//!
//! Points lie in shared blocks that never change, so that a copy of a curve costs next to nothing.

use std::ops::Range;
use std::sync::Arc;

/// Points a curve keeps before it halves its resolution.
pub const MAX_POINTS: usize = 20_000;
/// Points of a block.
const BLOCK: usize = 1_000;

/// The samples of one or more neighbouring iterations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The iteration of the newest sample.
    pub x: f64,
    /// The mean of the samples: of a single one, its exact value.
    pub mean: f64,
    pub low: f32,
    pub high: f32,
}

impl Point {
    pub(super) fn one(x: f64, y: f64) -> Self {
        Self { x, mean: y, low: y as f32, high: y as f32 }
    }

    fn merge(points: &[Self]) -> Option<Self> {
        let last = points.last()?;
        let sum: f64 = points.iter().map(|p| p.mean).sum();
        Some(Self {
            x: last.x,
            mean: sum / points.len() as f64,
            low: points.iter().map(|p| p.low).fold(f32::INFINITY, f32::min),
            high: points.iter().map(|p| p.high).fold(f32::NEG_INFINITY, f32::max),
        })
    }
}

/// A curve over iterations.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Full blocks, oldest first, and the points after them.
    blocks: Vec<Arc<[Point]>>,
    tail: Vec<Point>,
    /// Samples that make one point.
    stride: usize,
    /// Samples that are not a point yet, fewer than `stride`, and what they come to so far.
    waiting: Vec<Point>,
    rest: Option<Point>,
}

impl Default for Curve {
    fn default() -> Self {
        Self { blocks: Vec::new(), tail: Vec::new(), stride: 1, waiting: Vec::new(), rest: None }
    }
}

impl Curve {
    /// Adds a sample. What is not finite is left out. An iteration that was seen before takes the place of
    /// everything from there on: the run went back.
    pub fn push(&mut self, x: f64, y: f64) {
        if !x.is_finite() || !(y as f32).is_finite() {
            return;
        }
        if self.newest().is_some_and(|newest| x <= newest.x) {
            self.forget_from(x);
        }
        self.waiting.push(Point::one(x, y));
        self.rest = Point::merge(&self.waiting);
        if self.waiting.len() < self.stride {
            return;
        }
        let point = self.rest.take();
        self.waiting.clear();
        self.settle(point);
        if self.settled() >= MAX_POINTS {
            let points: Vec<Point> = self.iter(0..self.settled()).copied().collect();
            self.rebuild(points.chunks(2).filter_map(Point::merge));
            self.stride *= 2;
        }
    }

    fn settle(&mut self, points: impl IntoIterator<Item = Point>) {
        for point in points {
            self.tail.push(point);
            if self.tail.len() == BLOCK {
                self.blocks.push(self.tail.as_slice().into());
                self.tail.clear();
            }
        }
    }

    fn rebuild(&mut self, points: impl Iterator<Item = Point>) {
        self.blocks.clear();
        self.tail.clear();
        self.settle(points);
    }

    /// Drops every point at or after `x`.
    pub fn forget_from(&mut self, x: f64) {
        let kept = self.before(x).min(self.settled());
        let cut: Vec<Point> = self.iter(kept / BLOCK * BLOCK..kept).copied().collect();
        self.blocks.truncate(kept / BLOCK);
        self.tail = cut;
        self.waiting.retain(|p| p.x < x);
        self.rest = Point::merge(&self.waiting);
        if self.len() == 0 {
            self.stride = 1;
        }
    }

    /// Points that will not change any more.
    fn settled(&self) -> usize {
        self.blocks.len() * BLOCK + self.tail.len()
    }

    /// How many points there are, the newest samples counted as one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.settled() + usize::from(self.rest.is_some())
    }

    /// Samples that make one point; 1 while every sample is held as it was.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    fn get(&self, at: usize) -> Option<&Point> {
        match self.blocks.get(at / BLOCK) {
            Some(block) => block.get(at % BLOCK),
            None if at < self.settled() => self.tail.get(at - self.blocks.len() * BLOCK),
            None if at == self.settled() => self.rest.as_ref(),
            None => None,
        }
    }

    /// The points of this range, oldest first.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = &Point> {
        let first = (range.start / BLOCK).min(self.blocks.len());
        let blocks = self.blocks[first..].iter().flat_map(|block| block.iter());
        let all = blocks.chain(&self.tail).chain(&self.rest);
        all.skip(range.start - first * BLOCK).take(range.len())
    }

    /// The newest sample or point.
    #[must_use]
    pub fn newest(&self) -> Option<&Point> {
        self.waiting.last().or_else(|| self.tail.last()).or_else(|| self.blocks.last()?.last())
    }

    /// How many points lie before iteration `x`.
    fn before(&self, x: f64) -> usize {
        let blocks = self.blocks.partition_point(|block| block.last().is_some_and(|point| point.x < x));
        let inside = match self.blocks.get(blocks) {
            Some(block) => block.partition_point(|point| point.x < x),
            None => {
                let rest = self.rest.is_some_and(|point| point.x < x);
                self.tail.partition_point(|point| point.x < x) + usize::from(rest)
            }
        };
        blocks * BLOCK + inside
    }

    /// The points within iterations `from..=to` and one neighbour on each side, so that lines leave the picture rather
    /// than end.
    #[must_use]
    pub fn visible(&self, from: f64, to: f64) -> Range<usize> {
        let start = self.before(from).saturating_sub(1);
        let end = (self.before(to) + 2).min(self.len());
        start..end.max(start)
    }

    /// The point whose iteration is nearest to `x`.
    #[must_use]
    pub fn near(&self, x: f64) -> Option<&Point> {
        let at = self.before(x);
        let (before, after) = (at.checked_sub(1).and_then(|at| self.get(at)), self.get(at));
        match (before, after) {
            (Some(before), Some(after)) if x - before.x < after.x - x => Some(before),
            (before, after) => after.or(before),
        }
    }

    /// Values of points of a range, evenly spread, `most` of them at most.
    pub fn sampled(&self, range: Range<usize>, most: usize) -> impl Iterator<Item = f64> {
        let step = range.len().div_ceil(most.max(1)).max(1);
        range.step_by(step).filter_map(|at| self.get(at)).map(|point| point.mean)
    }

    /// The points of a range, neighbours merged until about `most` are left. As the curve grows, what was merged stays
    /// merged as it is: the picture does not shimmer.
    #[must_use]
    pub fn decimated(&self, range: Range<usize>, most: usize) -> Vec<Point> {
        let bucket = bucket(range.len(), most);
        let start = range.start / bucket * bucket;
        merged(self.iter(start..range.end).copied(), bucket)
    }

    /// As [`Curve::decimated`], of the exponential moving average of all samples. `weight` is 0 (none) to below 1; the
    /// average is corrected for its start.
    #[must_use]
    pub fn smoothed(&self, range: Range<usize>, weight: f64, most: usize) -> Vec<Point> {
        // A point that stands for several samples counts as often.
        let weight = weight.clamp(0.0, 0.999).powi(i32::try_from(self.stride).unwrap_or(i32::MAX));
        let bucket = bucket(range.len(), most);
        let start = range.start / bucket * bucket;
        // What came before that has no weight left.
        let memory = (-16.0 / weight.max(1e-9).ln()).ceil() as usize;
        let first = start.saturating_sub(memory);
        let (mut mean, mut mass) = (0.0, 0.0);
        let average = self.iter(first..range.end).map(|point| {
            mean = weight * mean + (1.0 - weight) * point.mean;
            mass = weight * mass + (1.0 - weight);
            Point::one(point.x, mean / mass)
        });
        merged(average.skip(start - first), bucket)
    }
}

/// How many of `count` points are merged into one, so that at most `most` are left.
fn bucket(count: usize, most: usize) -> usize {
    count.div_ceil(most.max(1)).max(1).next_power_of_two()
}

fn merged(points: impl Iterator<Item = Point>, bucket: usize) -> Vec<Point> {
    if bucket == 1 {
        return points.collect();
    }
    let (mut merged, mut sum, mut count) = (Vec::new(), None::<Point>, 0);
    let mean = |sum: Point, count: usize| Point { mean: sum.mean / count as f64, ..sum };
    for point in points {
        sum = Some(sum.map_or(point, |sum| Point {
            x: point.x,
            mean: sum.mean + point.mean,
            low: sum.low.min(point.low),
            high: sum.high.max(point.high),
        }));
        count += 1;
        if count == bucket {
            merged.extend(sum.take().map(|sum| mean(sum, count)));
            count = 0;
        }
    }
    merged.extend(sum.map(|sum| mean(sum, count)));
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(count: usize) -> Curve {
        let mut curve = Curve::default();
        for x in 0..count {
            curve.push(x as f64, x as f64);
        }
        curve
    }

    fn points(curve: &Curve) -> Vec<Point> {
        curve.iter(0..curve.len()).copied().collect()
    }

    #[test]
    fn memory_stays_bounded_and_the_newest_value_is_exact() {
        let curve = ramp(MAX_POINTS * 5 + 3);
        assert!(curve.len() <= MAX_POINTS);
        assert!(curve.len() >= MAX_POINTS / 2);
        let newest = curve.newest().map(|p| p.x);
        assert_eq!(newest, Some((MAX_POINTS * 5 + 2) as f64));
        let xs: Vec<f64> = points(&curve).iter().map(|p| p.x).collect();
        assert_eq!(xs.len(), curve.len());
        assert!(xs.is_sorted());
    }

    #[test]
    fn a_single_sample_is_held_exactly() {
        let mut curve = Curve::default();
        let values: Vec<f64> = (0..2_500).map(|x| f64::from(x).sin() / 3.0).collect();
        values.iter().enumerate().for_each(|(x, &y)| curve.push(x as f64, y));
        assert_eq!(points(&curve).iter().map(|p| p.mean).collect::<Vec<_>>(), values);
        assert_eq!(curve.near(1_733.2).map(|p| (p.x, p.mean)), Some((1_733.0, values[1_733])));
        assert_eq!(curve.near(-5.0).map(|p| p.x), Some(0.0));
        assert_eq!(curve.near(9e9).map(|p| p.x), Some(2_499.0));
    }

    #[test]
    fn a_spike_survives_halving_and_decimation() {
        let mut curve = Curve::default();
        for x in 0..MAX_POINTS * 3 {
            curve.push(x as f64, if x == 777 { 1e6 } else { 0.0 });
        }
        let drawn = curve.decimated(0..curve.len(), 500);
        assert!(drawn.len() <= 500);
        assert_eq!(drawn.iter().map(|p| p.high).fold(0.0, f32::max), 1e6);
    }

    #[test]
    fn going_back_replaces_what_came_after() {
        let mut curve = ramp(10);
        curve.push(4.0, 40.0);
        assert_eq!(points(&curve).len(), 5);
        assert_eq!(points(&curve)[4], Point::one(4.0, 40.0));
        let mut long = ramp(3_210);
        let copy = long.clone();
        long.push(1_500.0, -1.0);
        assert_eq!((long.len(), long.newest().map(|p| p.mean)), (1_501, Some(-1.0)));
        assert_eq!(points(&long)[1_499], Point::one(1_499.0, 1_499.0));
        assert_eq!(points(&copy), points(&ramp(3_210)), "a copy keeps what it was");
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let mut curve = Curve::default();
        curve.push(0.0, f64::NAN);
        curve.push(1.0, f64::INFINITY);
        curve.push(2.0, 1e300);
        assert_eq!(curve.len(), 0);
    }

    #[test]
    fn smoothing_keeps_a_constant_and_starts_at_the_first_value() {
        let mut flat = Curve::default();
        (0..50).for_each(|x| flat.push(f64::from(x), 3.0));
        assert!(flat.smoothed(0..50, 0.9, 100).iter().all(|p| (p.mean - 3.0).abs() < 1e-9));
        let ramp = ramp(5);
        assert_eq!(ramp.smoothed(0..5, 0.0, 100), points(&ramp));
        assert_eq!(ramp.smoothed(0..5, 0.99, 100)[0].mean, 0.0);
    }

    #[test]
    fn an_average_does_not_depend_on_what_is_in_view() {
        let mut curve = Curve::default();
        (0..9_000).for_each(|x| curve.push(f64::from(x), f64::from(x * x % 101)));
        let all = curve.smoothed(0..9_000, 0.98, 10_000);
        let part = curve.smoothed(5_000..5_100, 0.98, 1_000);
        for (all, part) in all[5_000..5_100].iter().zip(&part) {
            assert!((all.mean - part.mean).abs() < 1e-4, "{all:?} {part:?}");
        }
    }

    #[test]
    fn the_visible_range_keeps_one_neighbour() {
        let curve = ramp(10);
        assert_eq!(curve.visible(3.0, 5.0), 2..7);
        assert_eq!(curve.visible(-5.0, 50.0), 0..10);
        assert_eq!(curve.visible(20.0, 30.0), 9..10);
        assert_eq!(Curve::default().visible(0.0, 1.0), 0..0);
    }

    #[test]
    fn decimating_to_one_point_keeps_the_range() {
        let one = ramp(100).decimated(0..100, 1);
        assert_eq!(one, vec![Point { x: 99.0, mean: 49.5, low: 0.0, high: 99.0 }]);
    }

    #[test]
    fn what_was_merged_stays_as_it_is_while_the_curve_grows() {
        let (before, after) = (ramp(1_000).decimated(0..1_000, 300), ramp(1_001).decimated(0..1_001, 300));
        assert_eq!(before[..240], after[..240]);
    }
}
