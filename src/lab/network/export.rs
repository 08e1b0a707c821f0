//! Pictures of a layer as one PNG file.

use crate::run::Pictures;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// Pixels between pictures, and the least side of one in the file.
const GAP: usize = 2;
const LEAST: usize = 32;

/// A name for a file: letters and digits stay, everything else is a dash.
#[must_use]
pub fn file_name(words: &str) -> String {
    let word = |part: &str| part.to_lowercase().replace('×', "x");
    let parts: Vec<String> =
        words.split(|c: char| !c.is_alphanumeric() && c != '×').filter(|part| !part.is_empty()).map(word).collect();
    format!("{}.png", parts.join("-"))
}

/// All pictures in a square with clear space between them, pixels enlarged to whole squares. Empty if they cannot be encoded.
#[must_use]
pub fn png(pictures: &Pictures) -> Vec<u8> {
    let side = pictures.side.max(1);
    let count = pictures.count.min(pictures.rgba.len() / (side * side * 4));
    let across = (1..).find(|n| n * n >= count).unwrap_or(1);
    let (scale, down) = (LEAST.div_ceil(side), count.div_ceil(across).max(1));
    let cell = side * scale + GAP;
    let [width, height] = [across, down].map(|pictures| pictures * cell - GAP);
    let mut rgba = vec![0; width * height * 4];
    for (at, picture) in pictures.rgba.chunks_exact(side * side * 4).take(count).enumerate() {
        let (top, left) = (at / across * cell, at % across * cell);
        for y in 0..side * scale {
            let line = &picture[y / scale * side * 4..][..side * 4];
            let start = ((top + y) * width + left) * 4;
            let target = rgba[start..start + side * scale * 4].chunks_exact_mut(scale * 4);
            for (pixels, colour) in target.zip(line.chunks_exact(4)) {
                pixels.chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(colour));
            }
        }
    }
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    match encoder.write_image(&rgba, width as u32, height as u32, ExtendedColorType::Rgba8) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_pixels() {
        let rgba = (0..5u8 * 4).flat_map(|at| [at, at, at, 255]).collect();
        let file = png(&Pictures { side: 2, count: 5, rgba });
        let read = image::load_from_memory(&file).unwrap().to_rgba8();
        assert_eq!(read.dimensions(), (3 * 34 - 2, 2 * 34 - 2));
        let at = |x, y| read.get_pixel(x, y).0;
        assert_eq!([at(0, 0)[0], at(15, 15)[0], at(16, 0)[0], at(31, 31)[0]], [0, 0, 1, 3]);
        assert_eq!((at(34, 0)[0], at(34, 34)[0], at(32, 0)[3]), (4, 16, 0));
    }

    #[test]
    fn files_have_plain_names() {
        assert_eq!(file_name("network 16×16, layer 3: leaky 0.2"), "network-16x16-layer-3-leaky-0-2.png");
    }

    #[test]
    fn missing_bytes_are_left_out() {
        let file = png(&Pictures { side: 2, count: 9, rgba: vec![9; 3] });
        assert!(image::load_from_memory(&file).is_ok() || file.is_empty());
    }
}
