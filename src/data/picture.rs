//! One picture: decoded within limits, cropped, brought to the wanted side, in 8 bits a channel.

use super::preparation::{Crop, Filter, Preparation};
use super::record::{Content, RawPixels};
use super::resize::area_average_rows;
use crate::data::regular::open_regular;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageBuffer, ImageDecoder, ImageReader, Limits, Pixel, RgbImage};
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Largest width and height that is decoded, in pixels.
const MAX_SIDE: u32 = 20_000;
/// Largest file, and largest decoded picture, in bytes.
const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// Most bytes that what accompanies a picture (text, colour profiles) unpacks to.
const MAX_EXTRA: u64 = 32 * 1024 * 1024;
/// Pictures that decode to more bytes are prepared one at a time, so that they do not add up.
const LARGE: u64 = 64 * 1024 * 1024;

/// Why a picture was skipped, in words.
pub(super) type Reason = String;

/// A picture as a model gets it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    /// `[channel, side, side]`.
    pub pixels: Vec<u8>,
    pub original: Original,
}

/// What a picture was before it was prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Original {
    pub width: u32,
    pub height: u32,
    /// With an alpha channel, where there is one.
    pub channels: u8,
}

/// Decodes and prepares a picture.
///
/// A rotation noted by a camera is applied, then transparent pixels are laid on the background, then the picture is
/// cropped and resized. 16-bit channels are rounded to 8 bits; so is the result.
pub(super) fn prepare(content: Content, preparation: &Preparation) -> Result<Prepared, Reason> {
    let (picture, _turn) = match content {
        Content::File(path) => decode_safely(&read_file(&path)?)?,
        Content::Encoded(bytes) => decode_safely(&bytes)?,
        Content::Pixels(pixels) => (from_pixels(pixels)?, None),
    };
    let original =
        Original { width: picture.width(), height: picture.height(), channels: picture.color().channel_count() };
    if original.width == 0 || original.height == 0 {
        return Err("it has no pixels".to_owned());
    }
    let kept = match crop(picture, preparation.crop)? {
        // A third of the memory of colour.
        DynamicImage::ImageLuma8(grey) => fit(&grey, preparation),
        kept => fit(&on_background(kept, preparation.background), preparation),
    };
    Ok(Prepared { pixels: kept, original })
}

/// The central square of an image file at `side` × `side` pixels, 1 to 4,096: red, green and blue, row by row.
///
/// Brought to that side by area as the pyramid does; transparent pixels are laid on white.
///
/// # Errors
/// A file that cannot be read, and why, in words.
pub fn read_square(path: &Path, side: usize) -> Result<Vec<[u8; 3]>, String> {
    square(Content::File(path.to_path_buf()), side)
}

/// As [`read_square`], of the bytes of an encoded image.
///
/// # Errors
/// Bytes that are no image, and why, in words.
pub fn decode_square(encoded: Vec<u8>, side: usize) -> Result<Vec<[u8; 3]>, String> {
    square(Content::Encoded(encoded), side)
}

fn square(content: Content, side: usize) -> Result<Vec<[u8; 3]>, Reason> {
    if !(1..=4096).contains(&side) {
        return Err(format!("a picture of {side} × {side} pixels is not made"));
    }
    let preparation = Preparation { side, ..Preparation::default() };
    let planes = prepare(content, &preparation)?.pixels;
    let size = side * side;
    Ok((0..size).map(|at| [planes[at], planes[size + at], planes[2 * size + at]]).collect())
}

/// Reads a regular file, no longer than it says that it is.
fn read_file(path: &Path) -> Result<Vec<u8>, Reason> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    let size = metadata.len();
    if size > MAX_BYTES {
        return Err(format!("too large: {size} bytes, the limit is {MAX_BYTES}"));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    let file = open_regular(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// A picture, and where it is large its turn to be prepared.
type Decoded = (DynamicImage, Option<MutexGuard<'static, ()>>);

/// Decoders of foreign formats are not ours to trust with a whole program.
fn decode_safely(bytes: &[u8]) -> Result<Decoded, Reason> {
    catch_unwind(AssertUnwindSafe(|| decode(bytes))).map_err(|_| "the decoder failed on it".to_owned())?
}

fn from_pixels(pixels: RawPixels) -> Result<DynamicImage, Reason> {
    let RawPixels { width, height, channels, data } = pixels;
    let picture = match channels {
        1 => GrayImage::from_raw(width, height, data).map(DynamicImage::from),
        3 => RgbImage::from_raw(width, height, data).map(DynamicImage::from),
        _ => return Err(format!("it has {channels} channels, not 1 or 3")),
    };
    picture.ok_or_else(|| format!("its pixels do not fill {width} × {height}"))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Reason> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if bytes.starts_with(&[0xFF, 0xD8]) && !jpeg_is_complete(bytes) {
        return Err("truncated JPEG".to_owned());
    }
    decode_within_limits(bytes).map_err(|error| error.to_string())
}

fn decode_within_limits(bytes: &[u8]) -> image::ImageResult<Decoded> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_EXTRA);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.max_alloc = Some(MAX_BYTES);
    limits.reserve(decoder.total_bytes())?;
    let turn = (decoder.total_bytes() > LARGE).then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner));
    decoder.set_limits(limits)?;
    // Damaged metadata is no reason to lose the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok((picture, turn))
}

static TURN: Mutex<()> = Mutex::new(());

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

fn crop(picture: DynamicImage, crop: Crop) -> Result<DynamicImage, Reason> {
    let (width, height) = (picture.width(), picture.height());
    let centre = |side: u32| ((width - side) / 2, (height - side) / 2, side);
    let (x, y, side) = match crop {
        Crop::Squeeze => return Ok(picture),
        Crop::Centre => centre(width.min(height)),
        Crop::CentreOf(side) => centre(side.min(width).min(height)),
        Crop::At { x, y, side } => (x, y, side.min(width.saturating_sub(x)).min(height.saturating_sub(y))),
    };
    if side == 0 {
        return Err(format!("{width} × {height} pixels, the crop at ({x}, {y}) is outside"));
    }
    // What is kept whole need not be copied.
    Ok(if (width, height) == (side, side) { picture } else { picture.crop_imm(x, y, side, side) })
}

fn on_background(picture: DynamicImage, background: [u8; 3]) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let layered = picture.into_rgba8();
    RgbImage::from_fn(layered.width(), layered.height(), |x, y| {
        let [red, green, blue, alpha] = layered.get_pixel(x, y).0;
        let mut below = background.into_iter();
        image::Rgb([red, green, blue].map(|value| laid_on(value, alpha, below.next().unwrap_or(255))))
    })
}

fn laid_on(value: u8, alpha: u8, below: u8) -> u8 {
    let (value, alpha, below) = (u32::from(value), u32::from(alpha), u32::from(below));
    ((value * alpha + below * (255 - alpha) + 127) / 255) as u8
}

/// `[channels, side, side]` of a picture in grey or colour.
fn fit<P>(picture: &ImageBuffer<P, Vec<u8>>, preparation: &Preparation) -> Vec<u8>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let Preparation { side, channels, filter, .. } = *preparation;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let resized = |filter: FilterType| match (width, height) == (side, side) {
        true => planes(picture, side, channels),
        false => planes(&imageops::resize(picture, side as u32, side as u32, filter), side, channels),
    };
    match filter {
        Filter::Area if width >= side && height >= side => planes(picture, side, channels),
        Filter::Area | Filter::CatmullRom => resized(FilterType::CatmullRom),
        Filter::Nearest => resized(FilterType::Nearest),
        Filter::Triangle => resized(FilterType::Triangle),
        Filter::Lanczos3 => resized(FilterType::Lanczos3),
    }
}

fn planes<P>(picture: &ImageBuffer<P, Vec<u8>>, to: usize, channels: usize) -> Vec<u8>
where
    P: Pixel<Subpixel = u8>,
{
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let own = usize::from(P::CHANNEL_COUNT);
    let row = |index: usize| picture.as_raw()[index * width * own..][..width * own].chunks_exact(own);
    let plane = |channel: usize| {
        let plane = area_average_rows([height, width], to, |index, out| {
            for (value, pixel) in out.iter_mut().zip(row(index)) {
                *value = match *pixel {
                    [grey] => f32::from(grey),
                    _ if channels == 1 => luma(pixel),
                    _ => f32::from(pixel[channel]),
                };
            }
        });
        plane.into_iter().map(|value| value.round() as u8)
    };
    (0..channels).flat_map(plane).collect()
}

fn luma(pixel: &[u8]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "picture_foreign_tests.rs"]
mod foreign_tests;
