//! Pictures as files. What is encoded here is encoded on the program's thread.

use super::contrast::Tone;
use crate::run::Pictures;
use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::PngEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder, RgbaImage};
use std::sync::Arc;

/// Space between the pictures of a block or a row, in pixels of the file.
const GAP: usize = 4;
/// Enlargement of the finest grid's pictures in rows and animations.
const ENLARGED: usize = 4;
/// Milliseconds a step of an animation lasts, and its last one.
const STEP: u32 = 30;
const LAST: u32 = 1_000;

/// Square pixels on their way into a file.
pub struct Canvas {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgba: vec![0; width * height * 4] }
    }

    /// Draws picture `at` with its left top at (x, y), enlarged or shrunk to `side` by its nearest pixels.
    fn draw(&mut self, pictures: &Pictures, at: usize, (x, y): (usize, usize), side: usize) {
        let from = pictures.side;
        let bytes = pictures.rgba.get(at * from * from * 4..(at + 1) * from * from * 4);
        let Some(picture) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        let pixels = picture.as_chunks::<4>().0;
        for row in 0..side.min(self.height.saturating_sub(y)) {
            let source = &pixels[row * from / side * from..][..from];
            let start = ((y + row) * self.width + x) * 4;
            let room = side.min(self.width.saturating_sub(x));
            let target = &mut self.rgba[start..start + room * 4];
            for (column, pixel) in target.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                *pixel = source[column * from / side];
            }
        }
    }

    /// As a PNG file.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (self.width as u32, self.height as u32);
        match PngEncoder::new(&mut bytes).write_image(&self.rgba, width, height, ExtendedColorType::Rgba8) {
            Ok(()) => bytes,
            // An empty file is refused by whoever writes it.
            Err(_) => Vec::new(),
        }
    }

    /// Width and height in pixels, and RGBA bytes.
    #[must_use]
    pub fn parts(&self) -> ([usize; 2], &[u8]) {
        ([self.width, self.height], &self.rgba)
    }
}

/// One picture, each pixel enlarged to a square of `scale` pixels.
#[must_use]
pub fn single(picture: &Pictures, scale: usize) -> Canvas {
    let side = picture.side * scale.max(1);
    let mut canvas = Canvas::new(side, side);
    canvas.draw(picture, 0, (0, 0), side);
    canvas
}

/// Pictures of one size in a square, in this order, enlarged until they are 64 pixels wide or more.
#[must_use]
pub fn block(pictures: &Pictures, order: &[usize]) -> Canvas {
    let side = pictures.side * 64_usize.div_ceil(pictures.side.max(1)).max(1);
    let across = (1..).find(|n| n * n >= order.len()).unwrap_or(1);
    let down = order.len().div_ceil(across);
    let mut canvas = Canvas::new(across * (side + GAP) - GAP, down.max(1) * (side + GAP) - GAP);
    for (place, &at) in order.iter().enumerate() {
        canvas.draw(pictures, at, (place % across * (side + GAP), place / across * (side + GAP)), side);
    }
    canvas
}

/// One image at every grid in a row, all as large as the finest enlarged.
#[must_use]
pub fn row(pictures: &[Pictures]) -> Canvas {
    let side = canvas_side(pictures.iter());
    let mut canvas = Canvas::new((pictures.len() * (side + GAP)).saturating_sub(GAP).max(1), side);
    for (place, picture) in pictures.iter().enumerate() {
        canvas.draw(picture, 0, (place * (side + GAP), 0), side);
    }
    canvas
}

fn canvas_side<'a>(pictures: impl Iterator<Item = &'a Pictures>) -> usize {
    pictures.map(|picture| picture.side).max().unwrap_or(1).max(1) * ENLARGED
}

/// The steps of a chain as a GIF that plays for ever, as large as the finest grid enlarged; the end is held for a second.
#[must_use]
pub fn gif(steps: &[Arc<Pictures>], tone: &Tone) -> Vec<u8> {
    let side = canvas_side(steps.iter().map(|step| step.as_ref()));
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    let frames = steps.iter().enumerate().filter_map(|(at, step)| {
        let mut canvas = Canvas::new(side, side);
        canvas.draw(&tone.drawn(step.as_ref().clone()), 0, (0, 0), side);
        let wait = if at + 1 == steps.len() { LAST } else { STEP };
        let image = RgbaImage::from_raw(side as u32, side as u32, canvas.rgba)?;
        Some(Frame::from_parts(image, 0, 0, Delay::from_numer_denom_ms(wait, 1)))
    });
    let written = encoder.set_repeat(Repeat::Infinite).and_then(|()| encoder.encode_frames(frames));
    drop(encoder);
    if written.is_ok() { bytes } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use std::io::Cursor;

    fn grey(side: usize, values: &[u8]) -> Pictures {
        let rgba: Vec<u8> = values.iter().flat_map(|&value| [value, value, value, 255]).collect();
        Pictures { side, count: values.len() / (side * side), rgba }
    }

    #[test]
    fn a_picture_keeps_its_pixels_in_a_png() {
        let file = single(&grey(2, &[1, 2, 3, 4]), 3).png();
        let read = image::load_from_memory(&file).unwrap().to_rgba8();
        assert_eq!(read.dimensions(), (6, 6));
        let at = |x, y| read.get_pixel(x, y).0[0];
        assert_eq!([at(0, 0), at(2, 2), at(3, 0), at(0, 3), at(5, 5)], [1, 1, 2, 3, 4]);
    }

    #[test]
    fn a_block_is_in_the_order_of_the_panel() {
        let canvas = block(&grey(1, &[10, 20, 30]), &[2, 0]);
        let ([width, height], rgba) = canvas.parts();
        assert_eq!([width, height], [64 + GAP + 64, 64]);
        assert_eq!([rgba[0], rgba[(64 + GAP) * 4], rgba[64 * 4 + 3]], [30, 10, 0], "and clear between");
    }

    #[test]
    fn a_row_shows_every_grid_at_one_size() {
        let canvas = row(&[grey(1, &[9]), grey(2, &[1, 2, 3, 4])]);
        assert_eq!(canvas.parts().0, [2 * 8 + GAP, 8]);
    }

    #[test]
    fn a_chain_of_all_grids_becomes_one_animation() {
        let steps: Vec<_> = [grey(1, &[9]), grey(2, &[1, 2, 3, 4])].into_iter().map(Arc::new).collect();
        let file = gif(&steps, &Tone::Fixed);
        let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(file)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let delays: Vec<_> = frames.iter().map(|frame| frame.delay().numer_denom_ms().0).collect();
        assert_eq!(delays, [30, 1_000]);
        assert!(frames.iter().all(|frame| frame.buffer().dimensions() == (8, 8)));
    }

    #[test]
    fn incomplete_pictures_leave_their_place_empty() {
        let broken = Pictures { side: 4, count: 2, rgba: vec![255; 10] };
        let steps = [Arc::new(Pictures::default()), Arc::new(broken.clone())];
        assert!(gif(&steps, &Tone::Fixed).starts_with(b"GIF89a"));
        assert!(block(&broken, &[0, 1]).parts().1.iter().all(|&byte| byte == 0));
    }
}
