//! What happens to a value on its way into a convolution and out of it: normalization, activation and their
//! derivatives, done in the passes over memory that the convolution makes anyway.

use super::lanes::{Curve, Lanes, WithCurve, affine, lanes, load, store, with_curve};
use super::matrix::LANES;
use crate::compute::Activation;
use pulp::NullaryFnOnce;

/// A map `[image, height, width, channel]` that a convolution reads, and what its values become on the way in.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) map: &'a [f32],
    /// Values of one pixel.
    pub(super) channels: usize,
    pub(super) entry: Entry<'a>,
}

/// Of each value x, or gradient g, of channel c:
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    /// x
    Raw,
    /// g · scale[c]
    Scaled(&'a [f32]),
    /// activation(x · scale[c] + shift[c])
    Activated(Pointwise<'a>),
    /// g · slope[c] + value · curve[c] + offset[c]: the gradient through a normalization, `values` what it normalized.
    Normalized { slope: &'a [f32], curve: &'a [f32], offset: &'a [f32], values: &'a [f32] },
}

/// The affine map that normalization is, and the activation after it.
#[derive(Clone, Copy)]
pub(super) struct Pointwise<'a> {
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) activation: Option<Activation>,
}

/// What becomes of a convolution's result v of channel c on the way out:
#[derive(Clone, Copy)]
pub(super) enum Exit<'a> {
    /// v
    Raw,
    /// v + bias[c]
    Bias(&'a [f32]),
    /// v · activation'(value · scale[c] + shift[c]), `values` the map that the activation worked on.
    Derivative { pointwise: Pointwise<'a>, values: &'a [f32] },
}

/// Reads a map, as one kind of entry makes it.
pub(super) trait Take: Copy {
    /// What the sixteen values at `at`, of channel c and the fifteen after it, become.
    fn take(self, at: usize, c: usize) -> Lanes;
}

/// Makes results what one kind of exit says.
pub(super) trait Give: Copy {
    /// What the sixteen results `v` at `at` of the whole map become.
    fn give(self, at: usize, c: usize, v: Lanes) -> Lanes;
}

/// Work that is compiled for each kind of entry by itself.
pub(super) trait WithTake {
    fn run(self, take: impl Take);
}

/// Work that is compiled for each kind of exit by itself.
pub(super) trait WithGive {
    fn run<G: Give>(self, give: G);
}

impl Source<'_> {
    #[inline(always)]
    pub(super) fn with(&self, work: impl WithTake) {
        let map = self.map;
        match self.entry {
            Entry::Raw => work.run(Raw(map)),
            Entry::Scaled(scale) => work.run(Scaled { map, scale }),
            Entry::Activated(pointwise) => {
                with_curve(pointwise.activation, Activating { map, pointwise, work });
            }
            Entry::Normalized { slope, curve, offset, values } => {
                work.run(Normalized { map, slope, curve, offset, values });
            }
        }
    }
}

/// Fills `out` with the values of a map from `first` on, a whole pixel, as its entry makes them.
pub(super) struct Copying<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) first: usize,
    pub(super) out: &'a mut [f32],
}

impl NullaryFnOnce for Copying<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { source, first, out } = self;
        let channels = source.channels;
        match channels.is_multiple_of(LANES) {
            true => source.with(CopyLanes { first, channels, out }),
            false => out.copy_from_slice(&source.map[first..first + out.len()]),
        }
    }
}

/// Work on results, with their exit.
pub(super) struct Finishing<'a, W> {
    pub(super) exit: Exit<'a>,
    pub(super) work: W,
}

impl<W: WithGive> NullaryFnOnce for Finishing<'_, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.exit.with(self.work);
    }
}

impl Exit<'_> {
    #[inline(always)]
    pub(super) fn with(self, work: impl WithGive) {
        match self {
            Self::Raw => work.run(Same),
            Self::Bias(bias) => work.run(Biased(bias)),
            Self::Derivative { pointwise, values } => {
                with_curve(pointwise.activation, Deriving { pointwise, values, work });
            }
        }
    }
}

impl Pointwise<'_> {
    /// The value at `at` of `map`, of channel c, before the activation.
    #[inline(always)]
    pub(super) fn affine(&self, map: &[f32], at: usize, c: usize) -> Lanes {
        affine(load(map, at), load(self.scale, c), load(self.shift, c))
    }
}

#[derive(Clone, Copy)]
struct Raw<'a>(&'a [f32]);

impl Take for Raw<'_> {
    #[inline(always)]
    fn take(self, at: usize, _: usize) -> Lanes {
        load(self.0, at)
    }
}

#[derive(Clone, Copy)]
struct Scaled<'a> {
    map: &'a [f32],
    scale: &'a [f32],
}

impl Take for Scaled<'_> {
    #[inline(always)]
    fn take(self, at: usize, c: usize) -> Lanes {
        let (g, scale) = (load(self.map, at), load(self.scale, c));
        lanes(|i| g[i] * scale[i])
    }
}

#[derive(Clone, Copy)]
struct Activated<'a, C> {
    map: &'a [f32],
    pointwise: Pointwise<'a>,
    curve: C,
}

impl<C: Curve> Take for Activated<'_, C> {
    #[inline(always)]
    fn take(self, at: usize, c: usize) -> Lanes {
        self.curve.value(self.pointwise.affine(self.map, at, c))
    }
}

struct Activating<'a, W> {
    map: &'a [f32],
    pointwise: Pointwise<'a>,
    work: W,
}

impl<W: WithTake> WithCurve for Activating<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, curve: impl Curve) {
        self.work.run(Activated { map: self.map, pointwise: self.pointwise, curve });
    }
}

#[derive(Clone, Copy)]
struct Normalized<'a> {
    map: &'a [f32],
    slope: &'a [f32],
    curve: &'a [f32],
    offset: &'a [f32],
    values: &'a [f32],
}

impl Take for Normalized<'_> {
    #[inline(always)]
    fn take(self, at: usize, c: usize) -> Lanes {
        let (g, x) = (load(self.map, at), load(self.values, at));
        let (slope, curve, offset) = (load(self.slope, c), load(self.curve, c), load(self.offset, c));
        lanes(|i| g[i] * slope[i] + (x[i] * curve[i] + offset[i]))
    }
}

#[derive(Clone, Copy)]
struct Same;

impl Give for Same {
    #[inline(always)]
    fn give(self, _: usize, _: usize, v: Lanes) -> Lanes {
        v
    }
}

#[derive(Clone, Copy)]
struct Biased<'a>(&'a [f32]);

impl Give for Biased<'_> {
    #[inline(always)]
    fn give(self, _: usize, c: usize, v: Lanes) -> Lanes {
        let bias = load(self.0, c);
        lanes(|i| v[i] + bias[i])
    }
}

#[derive(Clone, Copy)]
struct Derivative<'a, C> {
    pointwise: Pointwise<'a>,
    values: &'a [f32],
    curve: C,
}

impl<C: Curve> Give for Derivative<'_, C> {
    #[inline(always)]
    fn give(self, at: usize, c: usize, v: Lanes) -> Lanes {
        self.curve.derive(self.pointwise.affine(self.values, at, c), v)
    }
}

struct Deriving<'a, W> {
    pointwise: Pointwise<'a>,
    values: &'a [f32],
    work: W,
}

impl<W: WithGive> WithCurve for Deriving<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, curve: impl Curve) {
        self.work.run(Derivative { pointwise: self.pointwise, values: self.values, curve });
    }
}

struct CopyLanes<'a> {
    first: usize,
    channels: usize,
    out: &'a mut [f32],
}

impl WithTake for CopyLanes<'_> {
    #[inline(always)]
    fn run(self, take: impl Take) {
        for (index, pixel) in self.out.chunks_exact_mut(self.channels).enumerate() {
            for c in (0..self.channels).step_by(LANES) {
                store(pixel, c, take.take(self.first + index * self.channels + c, c));
            }
        }
    }
}
