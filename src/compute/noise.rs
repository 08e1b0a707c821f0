//! Counter-based noise: every random number is a function of what it is for, so a run does not depend on the
//! number of threads or the order of work. Philox 4×32-10 (Salmon et al., SC 2011) under a Box-Muller transform
//! in plain float arithmetic, the same bits on every machine.

use pulp::{Arch, NullaryFnOnce};

/// What a stream of random numbers is for. Streams of different purposes never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    Langevin = 1,
    Parameters = 2,
    DataOrder = 3,
    DataNoise = 4,
    Flip = 5,
    Histogram = 6,
    Mask = 7,
    Metric = 8,
    Probe = 9,
    /// Metropolis' test of a trajectory.
    Accept = 10,
    Momentum = 11,
    /// Metropolis' test of two replicas that would change places.
    Exchange = 12,
    /// Noise that a recipe's iteration draws.
    Iteration = 13,
    /// Where chains begin.
    Start = 14,
}

/// Names a stream of random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseKey {
    pub seed: u64,
    pub purpose: Purpose,
    /// Learning iteration.
    pub iteration: u64,
    /// Grid index s.
    pub grid: u32,
    /// MCMC step τ.
    pub step: u32,
}

impl NoiseKey {
    /// The stream for `purpose` outside any iteration, grid and step.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self { seed, purpose, iteration: 0, grid: 0, step: 0 }
    }

    /// The stream for `purpose` that goes with this one: streams of different purposes have different companions. Grids
    /// (sides, mostly) are below 2²⁴.
    #[must_use]
    pub fn companion(self, purpose: Purpose) -> Self {
        Self { purpose, grid: self.grid ^ (self.purpose as u32) << 24, ..self }
    }

    /// Four uniform 32-bit words, number `index` of item `item` (an image, mostly) of this stream.
    #[must_use]
    pub fn words(&self, item: u32, index: u32) -> [u32; 4] {
        self.stream(item).block(index)
    }

    /// A uniform number in [0, 1), number `index` of item `item`.
    #[must_use]
    pub fn uniform(&self, item: u32, index: u32) -> f64 {
        let [a, b, ..] = self.words(item, index);
        let word = (u64::from(a) << 32 | u64::from(b)) >> 11;
        word as f64 / (1u64 << 53) as f64
    }

    /// A whole number in `0..bound`, number `index` of item `item`. `bound` must not be zero.
    #[must_use]
    pub fn below(&self, bound: usize, item: u32, index: u32) -> usize {
        ((self.uniform(item, index) * bound as f64) as usize).min(bound - 1)
    }

    /// Fills `out` with the standard normal noise of item `item`.
    pub fn normal(&self, item: u32, out: &mut [f32]) {
        Arch::new().dispatch(Filling { stream: self.stream(item), out });
    }

    /// A random order of `0..count` (Fisher-Yates over this stream).
    #[must_use]
    pub fn permutation(&self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            order.swap(i, self.below(i + 1, 0, i as u32));
        }
        order
    }

    fn stream(&self, item: u32) -> Stream {
        let place = self.stream_words();
        Stream { key: [place[0], place[1]], counter: [place[2], place[3], item] }
    }

    /// Mixes the key's fields into a Philox key, two words, and the upper half of its counter, two more. Block `index`
    /// of item `item` is Philox of the counter `[index, item, third word, fourth word]`.
    pub(super) fn stream_words(&self) -> [u32; 4] {
        let high = (self.iteration >> 32) as u32 | (self.purpose as u32) << 24;
        philox([self.iteration as u32, high, self.grid, self.step], [self.seed as u32, (self.seed >> 32) as u32])
    }
}

struct Stream {
    key: [u32; 2],
    counter: [u32; 3],
}

impl Stream {
    #[inline(always)]
    fn block(&self, index: u32) -> [u32; 4] {
        philox([index, self.counter[2], self.counter[0], self.counter[1]], self.key)
    }
}

/// Fills `out` with noise, [`LANES`] blocks of the stream at once.
struct Filling<'a> {
    stream: Stream,
    out: &'a mut [f32],
}

/// Blocks made at once: as many as fill the widest vectors.
const LANES: usize = 16;

impl NullaryFnOnce for Filling<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { stream, out } = self;
        for (index, values) in out.chunks_mut(4 * LANES).enumerate() {
            let noise = stream.normals((index * LANES) as u32);
            let mut flat = [0.0; 4 * LANES];
            for (at, value) in flat.iter_mut().enumerate() {
                *value = noise[at % 4][at / 4];
            }
            values.copy_from_slice(&flat[..values.len()]);
        }
    }
}

impl Stream {
    /// The four values of each of the blocks from `first` on.
    #[inline(always)]
    fn normals(&self, first: u32) -> [[f32; LANES]; 4] {
        let mut noise = [[0.0; LANES]; 4];
        for lane in 0..LANES {
            let [a, b, c, d] = self.block(first.wrapping_add(lane as u32));
            let ((w, x), (y, z)) = (box_muller(a, b), box_muller(c, d));
            noise.iter_mut().zip([w, x, y, z]).for_each(|(noise, value)| noise[lane] = value);
        }
        noise
    }
}

#[inline(always)]
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let a = u64::from(counter[0]) * 0xD251_1F53;
        let b = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// Two independent standard normal numbers from two uniform words.
#[inline(always)]
fn box_muller(a: u32, b: u32) -> (f32, f32) {
    // (0, 1]: the logarithm stays finite, and the tail reaches 5.7 standard deviations.
    let u = ((a >> 8) as f32 + 1.0) * (1.0 / 16_777_216.0);
    let radius = (-2.0 * logarithm(u)).sqrt();
    let (sine, cosine) = turn(b);
    (radius * cosine, radius * sine)
}

/// Natural logarithm on (0, 1], relative error below 3e-7.
#[inline(always)]
fn logarithm(u: f32) -> f32 {
    let bits = u.to_bits();
    // Mantissa in [√½, √2), so that the series below converges fast.
    let shifted = bits.wrapping_sub(0x3F35_04F3);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007F_FFFF) + 0x3F35_04F3);
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let q = t * t;
    let series = 2.0 + q * (0.666_666_7 + q * (0.4 + q * (0.285_714_3 + q * 0.222_222_2)));
    exponent * std::f32::consts::LN_2 + t * series
}

/// Sine and cosine of the angle `word / 2³²` turns, absolute error below 2e-7.
#[inline(always)]
fn turn(word: u32) -> (f32, f32) {
    // The nearest quarter turn, and the signed rest of at most an eighth of a turn.
    let quarter = word.wrapping_add(0x2000_0000) >> 30;
    let rest = word.wrapping_sub(quarter << 30) as i32;
    let x = rest as f32 * (std::f32::consts::TAU / 4_294_967_296.0);
    let q = x * x;
    let sine = x * (1.0 + q * (-0.166_666_67 + q * (0.008_333_333 + q * (-1.984_127e-4 + q * 2.755_732e-6))));
    let cosine = 1.0 + q * (-0.5 + q * (0.041_666_668 + q * (-0.001_388_888_9 + q * 2.480_159e-5)));
    // Every quarter turn takes (sine, cosine) to (cosine, -sine).
    let (sine, cosine) = if quarter & 1 == 0 { (sine, cosine) } else { (cosine, sine) };
    let sign = |value: f32, negative: u32| f32::from_bits(value.to_bits() ^ (negative & 2) << 30);
    (sign(sine, quarter), sign(cosine, quarter.wrapping_add(1)))
}
