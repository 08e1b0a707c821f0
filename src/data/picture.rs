//! One image file: decoded within limits, cropped to its central square, brought to the wanted side.

use super::resize::area_average_rows;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Largest width and height that is decoded, in pixels.
const MAX_SIDE: u32 = 20_000;
/// Largest file, and largest decoded picture, in bytes.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Why a file was skipped, in words.
pub(super) type Reason = String;

/// Reads the image at `path` as `[channels, side, side]` values from 0 to 255.
///
/// Transparent pixels are laid on white, a rotation noted by a camera is applied, the central square is kept. Larger
/// pictures are area-averaged, smaller ones interpolated (Catmull-Rom). Grey is the luma of Rec. 601.
pub(super) fn read(path: &Path, side: usize, channels: usize) -> Result<Vec<f32>, Reason> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("too large: {size} bytes, the limit is {MAX_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    // Decoders of foreign formats are not ours to trust with a whole program.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(&bytes)));
    let picture = decoded.map_err(|_| "the decoder failed on it".to_owned())??;
    Ok(fit(&central_square(picture), side, channels))
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, Reason> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if bytes.starts_with(&[0xFF, 0xD8]) && !jpeg_is_complete(bytes) {
        return Err("truncated JPEG".to_owned());
    }
    decode_within_limits(bytes).map_err(|error| error.to_string())
}

fn decode_within_limits(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    // Damaged metadata is no reason to lose the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a JPEG runs through to its end marker. Its decoder fills what is missing with grey and reports nothing.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[lead, marker]) = bytes.get(at..at + 2) {
        match (lead, marker) {
            (0xFF, 0xD9) => return true,
            // A stuffed zero or a restart marker: no length follows.
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD7) => at += 2,
            // Scan data or a fill byte.
            (0xFF, 0xFF) | (..=0xFE, _) => at += 1,
            // Any other segment is skipped whole: a thumbnail inside may have an end marker of its own.
            _ => match bytes.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        }
    }
    false
}

/// The central square, on white.
fn central_square(picture: DynamicImage) -> RgbImage {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    if !square.color().has_alpha() {
        return square.into_rgb8();
    }
    let layered = square.into_rgba8();
    RgbImage::from_fn(side, side, |x, y| {
        let [red, green, blue, alpha] = layered.get_pixel(x, y).0;
        image::Rgb([red, green, blue].map(|value| on_white(value, alpha)))
    })
}

fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// `[channels, side, side]`, 0 to 255.
fn fit(square: &RgbImage, side: usize, channels: usize) -> Vec<f32> {
    let own_side = square.width() as usize;
    if own_side < side {
        let large = imageops::resize(square, side as u32, side as u32, FilterType::CatmullRom);
        return planes(&large, side, side, channels);
    }
    planes(square, own_side, side, channels)
}

fn planes(square: &RgbImage, from: usize, to: usize, channels: usize) -> Vec<f32> {
    let row = |index: usize| square.as_raw()[index * from * 3..][..from * 3].chunks_exact(3);
    let mut values = Vec::with_capacity(channels * to * to);
    for channel in 0..channels {
        values.extend(area_average_rows(from, to, |index, out| {
            for (value, pixel) in out.iter_mut().zip(row(index)) {
                *value = if channels == 1 { luma(pixel) } else { f32::from(pixel[channel]) };
            }
        }));
    }
    values
}

fn luma(pixel: &[u8]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
