//! Pictures from files and the clipboard, as the window and the terminal give them to a model.

use super::InputError;
use crate::data;
use crate::run::Pictures;
use std::io::Cursor;
use std::path::Path;

/// The central square of an image file at `side` × `side` pixels.
pub(super) fn read(path: &Path, side: usize) -> Result<Pictures, InputError> {
    let pixels = data::read_square(path, side)
        .map_err(|reason| InputError(format!("Cannot read {} as an image: {reason}", path.display())))?;
    Ok(picture(side, pixels))
}

/// As [`read`], of the image on the clipboard.
pub(super) fn pasted(side: usize) -> Result<Pictures, InputError> {
    let failed = |reason: String| InputError(format!("There is no image on the clipboard that can be read: {reason}"));
    let mut clipboard = arboard::Clipboard::new().map_err(|error| failed(error.to_string()))?;
    let found = clipboard.get_image().map_err(|error| failed(error.to_string()))?;
    let (width, height) = (found.width as u32, found.height as u32);
    let image = image::RgbaImage::from_raw(width, height, found.bytes.into_owned());
    let image = image.ok_or_else(|| failed("its size does not fit its pixels".into()))?;
    let mut encoded = Cursor::new(Vec::new());
    image.write_to(&mut encoded, image::ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    Ok(picture(side, data::decode_square(encoded.into_inner(), side).map_err(failed)?))
}

fn picture(side: usize, pixels: Vec<[u8; 3]>) -> Pictures {
    let rgba = pixels.into_iter().flat_map(|[red, green, blue]| [red, green, blue, 255]).collect();
    Pictures { side, count: 1, rgba }
}
