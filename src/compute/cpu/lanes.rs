//! Sixteen values at a time: the unit that every map's channels come in. The code is plain arrays; compiled inside a
//! dispatch it becomes the vector instructions of the processor.

use super::matrix::LANES;
use crate::compute::Activation;
use pulp::NullaryFnOnce;

/// Sixteen neighbouring channels of one pixel.
pub(super) type Lanes = [f32; LANES];

pub(super) const ZERO: Lanes = [0.0; LANES];

/// `channels`, rounded up to whole lanes.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

#[inline(always)]
pub(super) fn load(data: &[f32], at: usize) -> Lanes {
    let mut lanes = ZERO;
    lanes.copy_from_slice(&data[at..at + LANES]);
    lanes
}

#[inline(always)]
pub(super) fn store(data: &mut [f32], at: usize, lanes: Lanes) {
    data[at..at + LANES].copy_from_slice(&lanes);
}

#[inline(always)]
pub(super) fn lanes(value: impl Fn(usize) -> f32) -> Lanes {
    let mut lanes = ZERO;
    for (index, lane) in lanes.iter_mut().enumerate() {
        *lane = value(index);
    }
    lanes
}

/// `x · scale + shift`.
#[inline(always)]
pub(super) fn affine(x: Lanes, scale: Lanes, shift: Lanes) -> Lanes {
    lanes(|i| x[i] * scale[i] + shift[i])
}

/// An activation as a type, so that loops are compiled for each by itself.
pub(super) trait Curve: Copy {
    /// Its value at `x`.
    fn value(self, x: Lanes) -> Lanes;

    /// `g` times its derivative at `x`; at a kink, the one from below.
    fn derive(self, x: Lanes, g: Lanes) -> Lanes;
}

/// No activation.
#[derive(Clone, Copy)]
pub(super) struct Identity;

/// `max(x, 0)`
#[derive(Clone, Copy)]
pub(super) struct Relu;

/// `x` above zero, the slope times `x` below.
#[derive(Clone, Copy)]
pub(super) struct Leaky(pub(super) f32);

/// `x · sigmoid(x)`
#[derive(Clone, Copy)]
pub(super) struct Silu;

/// `ln(1 + exp(x))`
#[derive(Clone, Copy)]
pub(super) struct Softplus;

impl Curve for Identity {
    #[inline(always)]
    fn value(self, x: Lanes) -> Lanes {
        x
    }

    #[inline(always)]
    fn derive(self, _: Lanes, g: Lanes) -> Lanes {
        g
    }
}

impl Curve for Relu {
    #[inline(always)]
    fn value(self, x: Lanes) -> Lanes {
        lanes(|i| if x[i] > 0.0 { x[i] } else { 0.0 })
    }

    #[inline(always)]
    fn derive(self, x: Lanes, g: Lanes) -> Lanes {
        lanes(|i| if x[i] > 0.0 { g[i] } else { 0.0 })
    }
}

impl Curve for Leaky {
    #[inline(always)]
    fn value(self, x: Lanes) -> Lanes {
        lanes(|i| if x[i] > 0.0 { x[i] } else { self.0 * x[i] })
    }

    #[inline(always)]
    fn derive(self, x: Lanes, g: Lanes) -> Lanes {
        lanes(|i| if x[i] > 0.0 { g[i] } else { self.0 * g[i] })
    }
}

impl Curve for Silu {
    #[inline(always)]
    fn value(self, x: Lanes) -> Lanes {
        lanes(|i| x[i] / (1.0 + exponential(-x[i])))
    }

    #[inline(always)]
    fn derive(self, x: Lanes, g: Lanes) -> Lanes {
        lanes(|i| {
            let s = 1.0 / (1.0 + exponential(-x[i]));
            g[i] * (s * (1.0 + x[i] * (1.0 - s)))
        })
    }
}

impl Curve for Softplus {
    #[inline(always)]
    fn value(self, x: Lanes) -> Lanes {
        lanes(|i| {
            let positive = if x[i] > 0.0 { x[i] } else { 0.0 };
            positive + logarithm_of_one_plus(exponential(-x[i].abs()))
        })
    }

    #[inline(always)]
    fn derive(self, x: Lanes, g: Lanes) -> Lanes {
        lanes(|i| g[i] / (1.0 + exponential(-x[i])))
    }
}

/// Work that is compiled for each activation by itself.
pub(super) trait WithCurve {
    type Output;

    fn run(self, curve: impl Curve) -> Self::Output;
}

/// Runs `work` with the type of `activation`.
#[inline(always)]
pub(super) fn with_curve<W: WithCurve>(activation: Option<Activation>, work: W) -> W::Output {
    match activation {
        None => work.run(Identity),
        Some(Activation::Relu) => work.run(Relu),
        Some(Activation::LeakyRelu(slope)) => work.run(Leaky(slope)),
        Some(Activation::Silu) => work.run(Silu),
        Some(Activation::Softplus) => work.run(Softplus),
    }
}

/// Work with the type of an activation, as a kernel of its own.
pub(super) struct Curved<W> {
    pub(super) activation: Option<Activation>,
    pub(super) work: W,
}

impl<W: WithCurve> NullaryFnOnce for Curved<W> {
    type Output = W::Output;

    #[inline(always)]
    fn call(self) -> W::Output {
        with_curve(self.activation, self.work)
    }
}

/// `exp(x)` in plain float arithmetic, which vectorizes; relative error below 3e-7, clamped to what f32 can hold.
#[inline(always)]
fn exponential(x: f32) -> f32 {
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    // x = n · ln 2 + r with |r| ≤ ln 2 / 2; adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let series = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * series))));
    series * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// `ln(1 + u)` for u in [0, 1], relative error below 4e-7.
#[inline(always)]
fn logarithm_of_one_plus(u: f32) -> f32 {
    // ln(1 + u) = 2 artanh(t) with t = u / (2 + u) ≤ 1/3.
    let t = u / (2.0 + u);
    let q = t * t;
    let series = 1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0)));
    2.0 * t * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * series))))
}

/// A buffer that begins on a cache line.
#[derive(Default, Clone)]
pub(super) struct Buffer {
    data: Vec<f32>,
    start: usize,
    length: usize,
}

impl Buffer {
    pub(super) fn zeros(length: usize) -> Self {
        let mut buffer = Self::default();
        buffer.resize(length);
        buffer.fill(0.0);
        buffer
    }

    /// Makes room for `length` values. What is in them afterwards is not said.
    pub(super) fn resize(&mut self, length: usize) {
        if self.data.len() < self.start + length {
            self.data = vec![0.0; length + LANES];
            self.start = self.data.as_ptr().align_offset(64).min(LANES);
        }
        self.length = length;
        // Tests find whoever relies on it.
        #[cfg(test)]
        self.fill(f32::NAN);
    }
}

impl std::ops::Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.start..self.start + self.length]
    }
}

impl std::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..self.start + self.length]
    }
}
