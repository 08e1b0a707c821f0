//! The movement of a Langevin step as one kernel of the device: noise, drift, mask and box in a single launch. It draws
//! the numbers of [`NoiseKey::normal`] by the same arithmetic, so that a GPU's chains are the CPU's but for rounding.

use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::cubecl;
use burn::cubecl::calculate_cube_count_elemwise;
use burn::cubecl::prelude::*;
use burn::cubecl::std::tensor::layout::linear::{LinearView, LinearViewMut};
use burn::tensor::{Device, Tensor};

use super::super::{ComputeError, Movement, NoiseKey};
use super::failure;
use std::f32::consts::{LN_2, TAU};

/// Where `state` moves to, given the scores' gradient ∂f/∂Y there. Only queues the work. All tensors are
/// `[batch, channel, height, width]`; the mask is 1 where a value may move and 0 where it stays.
///
/// # Errors
/// [`ComputeError::Device`] when the tensors are on no device that takes kernels.
pub(super) fn moved(
    state: &Tensor<4>,
    gradient: Tensor<4>,
    mask: Option<&Tensor<4>>,
    movement: &Movement,
    key: NoiseKey,
) -> Result<Tensor<4>, ComputeError> {
    let [batch, channels, height, width] = state.dims();
    let length = channels * height * width;
    let quads = length.div_ceil(4);
    let masked = mask.is_some();
    // Without a mask the state stands in for one, unread.
    let mask = primitive(mask.unwrap_or(state).clone())?;
    let (state, gradient) = (primitive(state.clone())?, primitive(gradient)?);
    let client = state.client.clone();
    let handle = client.empty(batch * length * size_of::<f32>());
    let moved = CubeTensor::new_contiguous(
        client.clone(),
        state.device.clone(),
        state.meta.shape().clone(),
        handle,
        state.dtype,
    );
    let units = batch * quads;
    let dim = CubeDim::new(&client, units);
    let count = calculate_cube_count_elemwise(&client, units, dim);
    let (limit, [low, high]) = (movement.gradient_limit, movement.clamp.unwrap_or_default());
    let [key_0, key_1, counter_2, counter_3] = key.stream_words();
    move_quad::launch(
        &client,
        count,
        dim,
        state.into_linear_view(),
        gradient.into_linear_view(),
        mask.into_linear_view(),
        moved.clone().into_linear_view(),
        NumbersLaunch::new(movement.drift, movement.noise, movement.pull, limit.unwrap_or_default(), low, high),
        StreamLaunch::new(key_0, key_1, counter_2, counter_3),
        length as u32,
        quads as u32,
        units as u32,
        movement.noise != 0.0,
        masked,
        limit.is_some(),
        movement.clamp.is_some(),
    );
    Ok(Tensor::from_primitive::<Cube>(moved))
}

/// Whether tensors on `device` can be given to kernels.
pub(super) fn runs_on(device: &Device) -> bool {
    primitive(Tensor::<4>::empty([1, 1, 1, 1], device)).is_ok()
}

fn primitive(tensor: Tensor<4>) -> Result<CubeTensor, ComputeError> {
    tensor.try_into_primitive::<Cube>().map_err(|error| failure(format!("{error:?}")))
}

/// The numbers of [`Movement`].
#[derive(CubeLaunch, CubeType, Clone, Copy)]
struct Numbers {
    drift: f32,
    noise: f32,
    pull: f32,
    limit: f32,
    low: f32,
    high: f32,
}

/// The words of a stream of noise.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
struct Stream {
    key_0: u32,
    key_1: u32,
    counter_2: u32,
    counter_3: u32,
}

/// Moves four neighbouring values of one image, those that one block of the stream is for.
#[cube(launch)]
fn move_quad(
    state: LinearView<'_, f32>,
    gradient: LinearView<'_, f32>,
    mask: LinearView<'_, f32>,
    mut moved: LinearViewMut<'_, f32>,
    numbers: Numbers,
    stream: Stream,
    length: u32,
    quads: u32,
    units: u32,
    #[comptime] noisy: bool,
    #[comptime] masked: bool,
    #[comptime] limited: bool,
    #[comptime] boxed: bool,
) {
    let unit = ABSOLUTE_POS as u32;
    if unit >= units {
        terminate!();
    }
    let image = unit / quads;
    let quad = unit % quads;
    let mut shakes = Array::<f32>::new(4usize);
    if comptime![noisy] {
        let (a, b, c, d) = philox(quad, image, stream);
        let (first, second) = box_muller(a, b);
        let (third, fourth) = box_muller(c, d);
        shakes[0] = numbers.noise * first;
        shakes[1] = numbers.noise * second;
        shakes[2] = numbers.noise * third;
        shakes[3] = numbers.noise * fourth;
    }
    #[unroll]
    for lane in 0..4u32 {
        let index = quad * 4 + lane;
        if index < length {
            let place = (image * length + index) as usize;
            let old = state.read(place);
            let mut slope = numbers.pull * old - gradient.read(place);
            if comptime![limited] {
                if slope < -numbers.limit {
                    slope = -numbers.limit;
                } else if slope > numbers.limit {
                    slope = numbers.limit;
                }
            }
            let mut new = old - numbers.drift * slope;
            if comptime![noisy] {
                new += shakes[lane as usize];
            }
            // Comparisons that a NaN fails: it stays visible.
            if comptime![boxed] {
                if new < numbers.low {
                    new = numbers.low;
                } else if new > numbers.high {
                    new = numbers.high;
                }
            }
            if comptime![masked] {
                new = select(mask.read(place) == 0.0, old, new);
            }
            moved.write(place, new);
        }
    }
}

/// Block `index` of the noise of image `image`: Philox 4×32-10.
#[cube]
fn philox(index: u32, image: u32, stream: Stream) -> (u32, u32, u32, u32) {
    let mut c_0 = index;
    let mut c_1 = image;
    let mut c_2 = stream.counter_2;
    let mut c_3 = stream.counter_3;
    let mut key_0 = stream.key_0;
    let mut key_1 = stream.key_1;
    #[unroll]
    for _ in 0..10u32 {
        let a_high = c_0.mul_hi(0xD251_1F53u32);
        let a_low = c_0 * 0xD251_1F53u32;
        let b_high = c_2.mul_hi(0xCD9E_8D57u32);
        let b_low = c_2 * 0xCD9E_8D57u32;
        c_0 = b_high ^ c_1 ^ key_0;
        c_1 = b_low;
        c_2 = a_high ^ c_3 ^ key_1;
        c_3 = a_low;
        key_0 += 0x9E37_79B9u32;
        key_1 += 0xBB67_AE85u32;
    }
    (c_0, c_1, c_2, c_3)
}

/// Two independent standard normal numbers from two uniform words.
#[cube]
fn box_muller(a: u32, b: u32) -> (f32, f32) {
    let u = (f32::cast_from(a >> 8u32) + 1.0f32) * (1.0f32 / 16_777_216.0f32);
    let radius = (-2.0f32 * logarithm(u)).sqrt();
    let (sine, cosine) = turn(b);
    (radius * cosine, radius * sine)
}

/// Natural logarithm on (0, 1]: a device's own may be wrong in the fourth digit.
#[cube]
fn logarithm(u: f32) -> f32 {
    // Mantissa in [√½, √2); the exponent plus 128, which keeps it positive.
    let shifted = u32::reinterpret(u) - 0x3F35_04F3u32 + 0x4000_0000u32;
    let exponent = f32::cast_from(shifted >> 23u32) - 128.0f32;
    let mantissa = f32::reinterpret((shifted & 0x007F_FFFFu32) + 0x3F35_04F3u32);
    let t = (mantissa - 1.0f32) / (mantissa + 1.0f32);
    let q = t * t;
    let series = 2.0f32 + q * (0.666_666_7f32 + q * (0.4f32 + q * (0.285_714_3f32 + q * 0.222_222_2f32)));
    exponent * LN_2 + t * series
}

/// Sine and cosine of the angle `word / 2³²` turns.
#[cube]
fn turn(word: u32) -> (f32, f32) {
    // The nearest quarter turn, and the signed rest of at most an eighth of a turn.
    let quarter = (word + 0x2000_0000u32) >> 30u32;
    let rest = word - (quarter << 30u32);
    let x = f32::cast_from(i32::reinterpret(rest)) * (TAU / 4_294_967_296.0f32);
    let q = x * x;
    let sine =
        x * (1.0f32 + q * (-0.166_666_67f32 + q * (0.008_333_333f32 + q * (-1.984_127e-4f32 + q * 2.755_732e-6f32))));
    let cosine = 1.0f32 + q * (-0.5f32 + q * (0.041_666_668f32 + q * (-0.001_388_888_9f32 + q * 2.480_159e-5f32)));
    let odd = (quarter & 1u32) == 1u32;
    let mut turned_sine = select(odd, cosine, sine);
    let mut turned_cosine = select(odd, sine, cosine);
    if (quarter & 2u32) != 0u32 {
        turned_sine = -turned_sine;
    }
    if ((quarter + 1u32) & 2u32) != 0u32 {
        turned_cosine = -turned_cosine;
    }
    (turned_sine, turned_cosine)
}
