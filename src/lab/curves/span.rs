//! The range of values worth looking at: a burst should not press the rest of a curve flat.

use super::super::curve::Point;
use super::lines::on_axis;

/// Of a curve's values this share at either end may be a burst.
const TAIL: f64 = 0.05;
/// How far beyond its usual values a curve may go before it counts as a burst, in widths of the usual range.
const FENCE: f64 = 0.75;
/// Fewer values have no bursts.
const FEW: usize = 8;
/// Room above and below the curves, in heights of their range.
const ROOM: f64 = 0.06;

/// Where the values of curves lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    all: [f64; 2],
    /// Without bursts.
    calm: [f64; 2],
}

impl Span {
    /// The span of several curves together.
    #[must_use]
    pub fn over(spans: impl Iterator<Item = Self>) -> Option<Self> {
        spans.reduce(|a, b| {
            let hull = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
            Self { all: hull(a.all, b.all), calm: hull(a.calm, b.calm) }
        })
    }

    /// The span of a curve, in powers of ten on a logarithmic axis. `merged` are its points as they are drawn, and
    /// `samples` single values that stand for all of them: a burst of one sample must not count as much as the hundred
    /// that it is drawn with.
    #[must_use]
    pub fn of(merged: &[Point], samples: impl Iterator<Item = f64>, log: bool) -> Option<Self> {
        let ends = merged.iter().flat_map(|point| [point.low, point.high]);
        let places = ends.filter_map(|value| on_axis(f64::from(value), log));
        let all = places.map(|place| [place; 2]).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])?;
        let mut usual: Vec<f64> = samples.filter_map(|value| on_axis(value, log)).collect();
        if usual.len() < FEW {
            return Some(Self { all, calm: all });
        }
        usual.sort_unstable_by(f64::total_cmp);
        let tail = (TAIL * usual.len() as f64).ceil() as usize;
        let (low, high) = (usual[tail], usual[usual.len() - 1 - tail]);
        let fence = FENCE * (high - low).max(0.0);
        // A curve that hardly ever moves is shown with every move it makes.
        let calm = if fence > 0.0 { [(low - fence).max(all[0]), (high + fence).min(all[1])] } else { all };
        Some(Self { all, calm })
    }

    /// Whether some values lie outside the calm range.
    #[must_use]
    pub fn has_bursts(&self) -> bool {
        self.calm != self.all
    }

    /// The range to draw, with some room.
    #[must_use]
    pub fn range(&self, bursts: bool) -> [f64; 2] {
        let [low, high] = if bursts { self.all } else { self.calm };
        let room = if high > low { ROOM * (high - low) } else { (0.1 * high.abs()).max(0.01) };
        [low - room, high + room]
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::curve::Curve;
    use super::*;

    fn curve(values: impl IntoIterator<Item = f64>) -> Curve {
        let mut curve = Curve::default();
        values.into_iter().enumerate().for_each(|(x, y)| curve.push(x as f64, y));
        curve
    }

    fn span(values: impl IntoIterator<Item = f64>) -> Span {
        let curve = curve(values);
        Span::of(&curve.decimated(0..curve.len(), usize::MAX), curve.sampled(0..curve.len(), 1_000), false).unwrap()
    }

    #[test]
    fn a_burst_is_cut_off_and_nothing_else() {
        let wave = |x: u32| f64::from(x).sin();
        let burst = span((0..200).map(|x| if (90..95).contains(&x) { -500.0 } else { wave(x) }));
        assert!(burst.has_bursts());
        let [low, high] = burst.range(false);
        assert!((-4.0..=-1.0).contains(&low) && (0.99..2.0).contains(&high), "{low} {high}");
        assert!(burst.range(true)[0] < -500.0);
        for calm in [span((0..200).map(wave)), span((0..200).map(f64::from)), span((0..30).map(|x| f64::from(x * x)))] {
            assert!(!calm.has_bursts(), "{calm:?}");
        }
    }

    #[test]
    fn few_values_and_flat_curves_have_no_bursts() {
        assert!(!span([0.0, 0.1, 99.0]).has_bursts());
        assert!(!span((0..100).map(|x| if x == 50 { 1.0 } else { 0.0 })).has_bursts());
        let [low, high] = span([3.0; 20]).range(false);
        assert!(low < 3.0 && high > 3.0);
        assert_eq!(Span::of(&[], std::iter::empty(), false), None);
    }

    #[test]
    fn a_logarithmic_span_is_of_what_is_positive() {
        let points =
            [(0.0, -1.0), (1.0, 0.0), (2.0, 100.0)].map(|(x, y)| Point { x, mean: y, low: y as f32, high: y as f32 });
        let samples = points.map(|point| point.mean).into_iter();
        assert_eq!(Span::of(&points, samples, true).map(|span| span.all), Some([2.0, 2.0]));
    }

    #[test]
    fn merged_points_count_with_their_ends() {
        let wave = curve((0..20_000).map(|x| f64::from(x).sin()));
        let merged = wave.decimated(0..wave.len(), 100);
        let span = Span::of(&merged, wave.sampled(0..wave.len(), 1_000), false).unwrap();
        assert!(!span.has_bursts() && span.all[1] > 0.99);
    }

    #[test]
    fn many_short_bursts_of_a_long_run_are_cut_off_too() {
        let bursts = curve((0..20_000).map(|x| if x % 900 == 700 { 40.0 } else { f64::from(x).sin() }));
        let merged = bursts.decimated(0..bursts.len(), 200);
        let span = Span::of(&merged, bursts.sampled(0..bursts.len(), 1_000), false).unwrap();
        assert!(span.range(false)[1] < 3.0 && span.range(true)[1] > 40.0);
    }
}
