//! Pictures as PNG files: the mask, the filled image, and a sheet of everything side by side.

use super::mask::Mask;
use crate::run::{InpaintingAnswer, Pictures};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use std::sync::Arc;

/// A tile of a sheet is at least so wide, and tiles lie so far apart, in pixels.
const TILE: usize = 128;
const GAP: usize = 8;
/// Behind the tiles of a sheet.
const GROUND: [u8; 4] = [255; 4];

fn png(bytes: &[u8], width: usize, height: usize, colour: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return file;
    };
    match PngEncoder::new(&mut file).write_image(bytes, width, height, colour) {
        Ok(()) => file,
        Err(_) => Vec::new(),
    }
}

/// A mask as a grey picture, hidden white.
#[must_use]
pub fn mask_png(mask: &Mask) -> Vec<u8> {
    png(&mask.values, mask.side, mask.side, ExtendedColorType::L8)
}

/// A picture of this side.
#[must_use]
pub fn picture_png(pixels: &[[u8; 4]], side: usize) -> Vec<u8> {
    png(pixels.as_flattened(), side, side, ExtendedColorType::Rgba8)
}

/// Everything that is known of a fill.
pub struct Sheet {
    pub image: Arc<Pictures>,
    /// The image with grey where the mask hides it.
    pub masked: Vec<[u8; 4]>,
    pub answer: Option<Arc<InpaintingAnswer>>,
}

impl Sheet {
    /// Rows of tiles: the original, the masked image and the fills without a model; then the model's fills.
    fn rows(&self) -> Vec<Vec<&[[u8; 4]]>> {
        let tiles = |pictures: &'_ Pictures| pictures.side == self.image.side;
        let answer = self.answer.as_deref();
        let mut first = vec![self.image.rgba.as_chunks::<4>().0, &self.masked[..]];
        let trivial = answer.map_or(&[][..], |answer| &answer.trivial);
        first
            .extend(trivial.iter().filter(|pictures| tiles(pictures)).map(|pictures| pictures.rgba.as_chunks::<4>().0));
        let bytes = self.image.side * self.image.side * 4;
        let finest = answer.and_then(|answer| answer.grids.last()).filter(|pictures| tiles(pictures));
        let fills: Vec<&[[u8; 4]]> = finest.map_or_else(Vec::new, |finest| {
            finest.rgba.chunks_exact(bytes.max(1)).take(finest.count).map(|fill| fill.as_chunks::<4>().0).collect()
        });
        let across = first.len();
        std::iter::once(first).chain(fills.chunks(across).map(<[_]>::to_vec)).collect()
    }

    /// The sheet as PNG.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let side = self.image.side.max(1);
        let scale = TILE.div_ceil(side);
        let cell = side * scale + GAP;
        let rows = self.rows();
        let across = rows.iter().map(Vec::len).max().unwrap_or(0);
        let (width, height) = (across * cell + GAP, rows.len() * cell + GAP);
        let mut sheet = vec![GROUND; width * height];
        for (down, row) in rows.iter().enumerate() {
            for (at, tile) in row.iter().enumerate().filter(|(_, tile)| tile.len() == side * side) {
                let corner = (down * cell + GAP) * width + at * cell + GAP;
                for y in 0..side * scale {
                    let line = &mut sheet[corner + y * width..][..side * scale];
                    for (x, pixel) in line.iter_mut().enumerate() {
                        *pixel = tile[y / scale * side + x / scale];
                    }
                }
            }
        }
        png(sheet.as_flattened(), width, height, ExtendedColorType::Rgba8)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mask::tests::masks;
    use super::*;
    use proptest::prelude::*;

    fn read(file: &[u8]) -> Pictures {
        let image = image::load_from_memory(file).unwrap().to_rgba8();
        Pictures { side: image.width() as usize, count: 1, rgba: image.into_raw() }
    }

    proptest! {
        #[test]
        fn a_saved_mask_loads_as_it_was(mask in masks()) {
            prop_assert_eq!(Mask::of_picture(&read(&mask_png(&mask))), Some(mask));
        }
    }

    #[test]
    fn a_picture_is_saved_as_it_is() {
        let pixels: Vec<[u8; 4]> = (0..16u8).map(|at| [at, 2 * at, 255 - at, 255]).collect();
        assert_eq!(read(&picture_png(&pixels, 4)).rgba, pixels.as_flattened());
    }

    #[test]
    fn a_sheet_holds_original_masked_and_all_fills() {
        let grey =
            |count: usize, value: u8| Pictures { side: 2, count, rgba: [value, value, value, 255].repeat(4 * count) };
        let answer = InpaintingAnswer {
            grids: vec![grey(6, 90)],
            trivial: vec![grey(1, 10), grey(1, 20), grey(1, 30)],
            ..InpaintingAnswer::default()
        };
        let masked = vec![[128, 128, 128, 255]; 4];
        let sheet = Sheet { image: Arc::new(grey(1, 200)), masked, answer: Some(Arc::new(answer)) };
        let image = image::load_from_memory(&sheet.png()).unwrap().to_rgba8();
        let cell = (TILE + GAP) as u32;
        assert_eq!(image.dimensions(), (5 * cell + GAP as u32, 3 * cell + GAP as u32));
        let middle = |across: u32, down: u32| image.get_pixel(across * cell + 40, down * cell + 40)[0];
        assert_eq!((0..5).map(|at| middle(at, 0)).collect::<Vec<_>>(), [200, 128, 10, 20, 30]);
        assert_eq!((middle(0, 1), middle(4, 1), middle(0, 2), middle(1, 2)), (90, 90, 90, 255));
    }

    #[test]
    fn a_sheet_without_an_answer_holds_two_pictures() {
        let image = Arc::new(Pictures { side: 64, count: 1, rgba: vec![7; 64 * 64 * 4] });
        let sheet = Sheet { image, masked: vec![[1; 4]; 64 * 64], answer: None };
        assert_eq!(sheet.rows().len(), 1);
        assert!(!sheet.png().is_empty());
    }
}
