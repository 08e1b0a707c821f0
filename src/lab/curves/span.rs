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

    /// The span of a curve, in powers of ten on a logarithmic axis.
    #[must_use]
    pub fn of(points: &[Point], log: bool) -> Option<Self> {
        let sorted = |value: fn(&Point) -> f32| {
            let mut values: Vec<f64> =
                points.iter().filter_map(|point| on_axis(f64::from(value(point)), log)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (lows, highs) = (sorted(|point| point.low), sorted(|point| point.high));
        let all = [*lows.first()?, *highs.last()?];
        if highs.len() < FEW {
            return Some(Self { all, calm: all });
        }
        let tail = |count: usize| (TAIL * count as f64).ceil() as usize;
        let low = lows.get(tail(lows.len())).copied().unwrap_or(all[0]);
        let high = highs.get(highs.len().saturating_sub(1 + tail(highs.len()))).copied().unwrap_or(all[1]);
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
        Span::of(&curve.decimated(0..curve.len(), usize::MAX), false).unwrap()
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
        assert_eq!(Span::of(&[], false), None);
    }

    #[test]
    fn a_logarithmic_span_is_of_what_is_positive() {
        let points =
            [(0.0, -1.0), (1.0, 0.0), (2.0, 100.0)].map(|(x, y)| Point { x, mean: y, low: y as f32, high: y as f32 });
        assert_eq!(Span::of(&points, true).map(|span| span.all), Some([2.0, 2.0]));
    }

    #[test]
    fn merged_points_count_with_their_ends() {
        let wave = curve((0..20_000).map(|x| f64::from(x).sin()));
        let span = Span::of(&wave.decimated(0..wave.len(), 100), false).unwrap();
        assert!(!span.has_bursts() && span.all[1] > 0.99);
    }
}
