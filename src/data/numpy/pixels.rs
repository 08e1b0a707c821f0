//! Numbers of an array, and the bytes of pixels that they stand for.

use super::series::Broken;

/// How far a float may lie outside its range, as rounding leaves it.
const TOLERANCE: f64 = 1e-4;

/// How an array stores its numbers: their sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Bool,
    Unsigned(usize),
    Signed(usize),
    /// 2, 4 or 8 bytes.
    Float(usize),
}

/// A number with its order of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub number: Number,
    pub big_endian: bool,
}

impl Encoding {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self.number {
            Number::Bool => 1,
            Number::Unsigned(size) | Number::Signed(size) | Number::Float(size) => size,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self.number, Number::Float(_))
    }

    /// The number that `bytes` store.
    pub fn value(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        let used = &mut wide[..bytes.len()];
        used.copy_from_slice(bytes);
        if self.big_endian {
            used.reverse();
        }
        let bits = u64::from_le_bytes(wide);
        match self.number {
            Number::Bool => f64::from(u8::from(bits != 0)),
            Number::Unsigned(_) => bits as f64,
            Number::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
            Number::Float(2) => half(bits as u16),
            Number::Float(4) => f64::from(f32::from_bits(bits as u32)),
            Number::Float(_) => f64::from_bits(bits),
        }
    }

    /// The numbers that `bytes` store.
    pub fn values(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        bytes.chunks_exact(self.size()).map(move |bytes| self.value(bytes))
    }

    /// The pixels 0 to 255 of the numbers in `raw`, in their order; floats are in `scale`.
    pub fn pixels(self, raw: Vec<u8>, scale: Scale) -> Result<Vec<u8>, Broken> {
        match self.number {
            Number::Unsigned(1) => Ok(raw),
            Number::Bool => Ok(raw.into_iter().map(|bit| if bit == 0 { 0 } else { 255 }).collect()),
            Number::Float(_) => self.values(&raw).map(|value| scale.pixel(value)).collect(),
            Number::Unsigned(_) | Number::Signed(_) => self.values(&raw).map(whole).collect(),
        }
    }
}

fn whole(value: f64) -> Result<u8, Broken> {
    if (0.0..=255.0).contains(&value) {
        return Ok(value as u8);
    }
    Err(Broken::Image(format!("it has the value {value}, and integers must be 0 to 255")))
}

/// A float of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    }
}

/// The range that floats are meant in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// [0, 1]
    Unit,
    /// [-1, 1]
    Symmetric,
    /// [0, 255]
    Bytes,
}

impl Scale {
    /// The first range that holds both values.
    pub fn of(least: f64, greatest: f64) -> Option<Self> {
        [(Self::Unit, 0.0, 1.0), (Self::Symmetric, -1.0, 1.0), (Self::Bytes, 0.0, 255.0)]
            .into_iter()
            .find(|(_, from, to)| least >= from - TOLERANCE && greatest <= to + TOLERANCE)
            .map(|(scale, ..)| scale)
    }

    fn pixel(self, value: f64) -> Result<u8, Broken> {
        if !value.is_finite() {
            return Err(Broken::Image(format!("it has the value {value}")));
        }
        let level = match self {
            Self::Unit => value * 255.0,
            Self::Symmetric => (value + 1.0) * 127.5,
            Self::Bytes => value,
        };
        Ok(level.round().clamp(0.0, 255.0) as u8)
    }
}
