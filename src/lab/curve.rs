//! One curve in bounded memory: when it is full, neighbours are merged, and every merged point keeps its range.

use std::ops::Range;

/// Points a curve keeps before it halves its resolution.
pub const MAX_POINTS: usize = 20_000;

/// The samples of one or more neighbouring iterations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The iteration of the newest sample.
    pub x: f64,
    pub mean: f32,
    pub low: f32,
    pub high: f32,
}

impl Point {
    fn one(x: f64, y: f32) -> Self {
        Self { x, mean: y, low: y, high: y }
    }

    fn merge(points: &[Self]) -> Option<Self> {
        let last = points.last()?;
        let sum: f64 = points.iter().map(|p| f64::from(p.mean)).sum();
        Some(Self {
            x: last.x,
            mean: (sum / points.len() as f64) as f32,
            low: points.iter().map(|p| p.low).fold(f32::INFINITY, f32::min),
            high: points.iter().map(|p| p.high).fold(f32::NEG_INFINITY, f32::max),
        })
    }
}

/// A curve over iterations.
#[derive(Debug, Clone)]
pub struct Curve {
    points: Vec<Point>,
    /// Samples that make one point.
    stride: usize,
    /// Samples that are not a point yet, fewer than `stride`.
    waiting: Vec<Point>,
}

impl Default for Curve {
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, waiting: Vec::new() }
    }
}

impl Curve {
    /// Adds a sample. What is not finite is left out. An iteration that was seen before takes the place of
    /// everything from there on: the run went back.
    pub fn push(&mut self, x: f64, y: f64) {
        let y = y as f32;
        if !x.is_finite() || !y.is_finite() {
            return;
        }
        if self.newest().is_some_and(|newest| x <= newest.x) {
            self.forget_from(x);
        }
        self.waiting.push(Point::one(x, y));
        if self.waiting.len() < self.stride {
            return;
        }
        self.points.extend(Point::merge(&self.waiting));
        self.waiting.clear();
        if self.points.len() >= MAX_POINTS {
            self.points = self.points.chunks(2).filter_map(Point::merge).collect();
            self.stride *= 2;
        }
    }

    /// Drops every point at or after `x`.
    pub fn forget_from(&mut self, x: f64) {
        self.points.truncate(self.points.partition_point(|p| p.x < x));
        self.waiting.retain(|p| p.x < x);
        if self.points.is_empty() && self.waiting.is_empty() {
            self.stride = 1;
        }
    }

    /// The newest sample or point.
    #[must_use]
    pub fn newest(&self) -> Option<&Point> {
        self.waiting.last().or(self.points.last())
    }

    /// Every point, the newest samples included.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut all = Vec::with_capacity(self.points.len() + 1);
        all.extend_from_slice(&self.points);
        all.extend(Point::merge(&self.waiting));
        all
    }
}

/// The points within `from..=to` and one neighbour on each side, so that lines leave the picture rather than end.
#[must_use]
pub fn visible(points: &[Point], from: f64, to: f64) -> Range<usize> {
    let start = points.partition_point(|p| p.x < from).saturating_sub(1);
    let end = points.partition_point(|p| p.x <= to).saturating_add(1).min(points.len());
    start..end.max(start)
}

/// Merges neighbours until at most `most` points are left.
#[must_use]
pub fn decimate(points: &[Point], most: usize) -> Vec<Point> {
    if points.len() <= most {
        return points.to_vec();
    }
    let bucket = points.len().div_ceil(most.max(1));
    points.chunks(bucket).filter_map(Point::merge).collect()
}

/// The exponential moving average of the means, corrected for its start. `weight` is 0 (none) to below 1.
#[must_use]
pub fn smooth(points: &[Point], weight: f64) -> Vec<Point> {
    let weight = weight.clamp(0.0, 0.999);
    let (mut mean, mut mass) = (0.0, 0.0);
    points
        .iter()
        .map(|point| {
            mean = weight * mean + (1.0 - weight) * f64::from(point.mean);
            mass = weight * mass + (1.0 - weight);
            Point::one(point.x, (mean / mass) as f32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Curve {
        pub fn len(&self) -> usize {
            self.points.len() + self.waiting.len()
        }

        fn is_empty(&self) -> bool {
            self.len() == 0
        }
    }

    fn ramp(count: usize) -> Curve {
        let mut curve = Curve::default();
        for x in 0..count {
            curve.push(x as f64, x as f64);
        }
        curve
    }

    #[test]
    fn memory_stays_bounded_and_the_newest_value_is_exact() {
        let curve = ramp(MAX_POINTS * 5 + 3);
        assert!(curve.len() <= MAX_POINTS);
        assert!(curve.len() >= MAX_POINTS / 2);
        let newest = curve.newest().map(|p| p.x);
        assert_eq!(newest, Some((MAX_POINTS * 5 + 2) as f64));
        let xs: Vec<f64> = curve.points().iter().map(|p| p.x).collect();
        assert!(xs.is_sorted());
    }

    #[test]
    fn a_spike_survives_halving_and_decimation() {
        let mut curve = Curve::default();
        for x in 0..MAX_POINTS * 3 {
            curve.push(x as f64, if x == 777 { 1e6 } else { 0.0 });
        }
        let drawn = decimate(&curve.points(), 500);
        assert!(drawn.len() <= 500);
        assert_eq!(drawn.iter().map(|p| p.high).fold(0.0, f32::max), 1e6);
    }

    #[test]
    fn going_back_replaces_what_came_after() {
        let mut curve = ramp(10);
        curve.push(4.0, 40.0);
        let points = curve.points();
        assert_eq!(points.len(), 5);
        assert_eq!(points[4], Point::one(4.0, 40.0));
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let mut curve = Curve::default();
        curve.push(0.0, f64::NAN);
        curve.push(1.0, f64::INFINITY);
        curve.push(2.0, 1e300);
        assert!(curve.is_empty());
    }

    #[test]
    fn smoothing_keeps_a_constant_and_starts_at_the_first_value() {
        let flat: Vec<Point> = (0..50).map(|x| Point::one(f64::from(x), 3.0)).collect();
        assert!(smooth(&flat, 0.9).iter().all(|p| (p.mean - 3.0).abs() < 1e-5));
        let points = ramp(5).points();
        assert_eq!(smooth(&points, 0.0), points);
        assert_eq!(smooth(&points, 0.99)[0].mean, 0.0);
    }

    #[test]
    fn the_visible_range_keeps_one_neighbour() {
        let points = ramp(10).points();
        assert_eq!(visible(&points, 3.0, 5.0), 2..7);
        assert_eq!(visible(&points, -5.0, 50.0), 0..10);
        assert_eq!(visible(&points, 20.0, 30.0), 9..10);
        assert_eq!(visible(&[], 0.0, 1.0), 0..0);
    }

    #[test]
    fn decimating_to_one_point_keeps_the_range() {
        let one = decimate(&ramp(100).points(), 1);
        assert_eq!(one, vec![Point { x: 99.0, mean: 49.5, low: 0.0, high: 99.0 }]);
    }
}
