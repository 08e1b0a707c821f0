//! What is shown, as files: the sheet as PNG, and the chains as GIF.

use super::playback::pictures_at;
use super::sheet::{Row, Sheet};
use crate::run::{DiversityAnswer, Pictures};
use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::PngEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder, Rgba, RgbaImage};
use std::sync::Arc;

/// Pixels between pictures, and between the answers.
const GAP: usize = 2;
const BETWEEN: usize = 16;
/// Least pixels of a picture's side.
const LEAST: usize = 64;
/// Frames of a GIF at most; more steps are thinned.
const FRAMES: usize = 240;
/// How long the end is shown, in milliseconds.
const END: u32 = 1_500;
const GROUND: Rgba<u8> = Rgba([255, 255, 255, 255]);

/// Pixels of a cell: a multiple of the finest side, so that its pixels stay square.
fn cell(finest: usize) -> usize {
    finest.max(1) * (LEAST / finest.max(1)).max(1)
}

/// Draws one picture, scaled to a cell by its nearest pixels.
fn put(image: &mut RgbaImage, pictures: &Pictures, at: usize, (left, top): (usize, usize), cell: usize) {
    let side = pictures.side;
    let Some(picture) = pictures.rgba.get(at * side * side * 4..(at + 1) * side * side * 4).filter(|_| side > 0) else {
        return;
    };
    for y in 0..cell {
        for x in 0..cell {
            let pixel = ((y * side / cell) * side + x * side / cell) * 4;
            if let (Some(target), [r, g, b, a, ..]) =
                (image.get_pixel_mut_checked((left + x) as u32, (top + y) as u32), &picture[pixel..])
            {
                *target = Rgba([*r, *g, *b, *a]);
            }
        }
    }
}

/// Rows of pictures, each with the place of its answer beside the other's.
#[derive(Default)]
pub struct Rows {
    rows: Vec<Vec<(usize, Pictures)>>,
}

impl Rows {
    /// The rows in view: grids, then other seeds.
    #[must_use]
    pub fn of(sheet: &Sheet) -> Self {
        let mut rows: Vec<(Row, Vec<(usize, Pictures)>)> = Vec::new();
        for (row, slot, strip) in sheet.rows() {
            match rows.last_mut().filter(|(last, _)| *last == row) {
                Some((_, held)) => held.push((slot, strip.pictures.clone())),
                None => rows.push((row, vec![(slot, strip.pictures.clone())])),
            }
        }
        Self { rows: rows.into_iter().map(|(_, held)| held).collect() }
    }

    /// All of them in one image.
    #[must_use]
    pub fn image(&self) -> RgbaImage {
        let all = || self.rows.iter().flatten();
        let cell = cell(all().map(|(_, pictures)| pictures.side).max().unwrap_or(1));
        let count = all().map(|(_, pictures)| pictures.count).max().unwrap_or(0);
        let (first, last) =
            (all().map(|(slot, _)| *slot).min().unwrap_or(0), all().map(|(slot, _)| *slot).max().unwrap_or(0));
        let strip = count * (cell + GAP) + BETWEEN;
        let size = ((last - first + 1) * strip - BETWEEN, self.rows.len() * (cell + GAP));
        let mut image = RgbaImage::from_pixel(size.0.max(1) as u32, size.1.max(1) as u32, GROUND);
        for (line, held) in self.rows.iter().enumerate() {
            for (slot, pictures) in held {
                for at in 0..pictures.count {
                    let corner = ((slot - first) * strip + at * (cell + GAP), line * (cell + GAP));
                    put(&mut image, pictures, at, corner, cell);
                }
            }
        }
        image
    }

    /// As PNG.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let (image, mut bytes) = (self.image(), Vec::new());
        // Writing into memory does not fail.
        let encoder = PngEncoder::new(&mut bytes);
        let _ = encoder.write_image(&image, image.width(), image.height(), ExtendedColorType::Rgba8);
        bytes
    }
}

/// The chains of the first seed step by step, as a GIF that repeats.
#[must_use]
pub fn gif(answers: &[Arc<DiversityAnswer>], steps_a_second: f64) -> Vec<u8> {
    let Some(first) = answers.first() else { return Vec::new() };
    let finest = first.steps.iter().map(|step| step.pictures.side).max().unwrap_or(1);
    let stride = first.steps.len().div_ceil(FRAMES).max(1);
    let delay = (1_000.0 * stride as f64 / steps_a_second.max(0.1)).clamp(20.0, 2_000.0) as u32;
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    let _ = encoder.set_repeat(Repeat::Infinite);
    let last = first.steps.len().saturating_sub(1);
    for at in (0..last).step_by(stride).chain([last]) {
        let image = moment(answers, at, cell(finest));
        let delay = Delay::from_numer_denom_ms(if at == last { END } else { delay }, 1);
        let _ = encoder.encode_frame(Frame::from_parts(image, 0, 0, delay));
    }
    drop(encoder);
    bytes
}

/// The chains after one step, in a square; a second answer's beside them.
fn moment(answers: &[Arc<DiversityAnswer>], at: usize, cell: usize) -> RgbaImage {
    let copies = answers.iter().map(|answer| answer.copies).max().unwrap_or(1).max(1);
    let across = (1..).find(|n| n * n >= copies).unwrap_or(1);
    let (width, height) = (across * (cell + GAP), copies.div_ceil(across) * (cell + GAP));
    let full = answers.len() * (width + BETWEEN) - BETWEEN;
    let mut image = RgbaImage::from_pixel(full as u32, height as u32, GROUND);
    for (place, answer) in answers.iter().enumerate() {
        let here = answers.first().and_then(|first| super::playback::matching(&first.steps, at, &answer.steps));
        let Some(step) = here.and_then(|here| answer.steps.get(here).map(|step| (here, step.grid))) else { continue };
        let Some(pictures) = pictures_at(answer, Some(step.0), step.1) else { continue };
        for copy in 0..answer.copies {
            let corner = (place * (width + BETWEEN) + copy % across * (cell + GAP), copy / across * (cell + GAP));
            put(&mut image, pictures, copy, corner, cell);
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::ChainStep;
    use image::AnimationDecoder;
    use std::io::Cursor;

    fn pictures(side: usize, colours: &[[u8; 4]]) -> Pictures {
        let rgba = colours.iter().flat_map(|colour| colour.repeat(side * side)).collect();
        Pictures { side, count: colours.len(), rgba }
    }

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];

    #[test]
    fn a_sheet_has_a_row_for_each_grid_in_cells_of_one_size() {
        let rows = Rows { rows: vec![vec![(0, pictures(1, &[RED, BLUE]))], vec![(0, pictures(4, &[BLUE, RED]))]] };
        let image = image::load_from_memory(&rows.png()).unwrap().to_rgba8();
        assert_eq!(image.dimensions(), (2 * 66, 2 * 66));
        for (x, y, colour) in [(0, 0, RED), (63, 63, RED), (66, 10, BLUE), (3, 70, BLUE), (100, 100, RED)] {
            assert_eq!(image.get_pixel(x, y).0, colour, "{x} {y}");
        }
        assert_eq!(image.get_pixel(65, 0), &GROUND);
    }

    #[test]
    fn a_gif_has_a_frame_for_each_step_of_the_first_seed() {
        let step = |grid, step, colour| {
            let pictures = Arc::new(pictures(2 * grid, &[colour; 4]));
            ChainStep { grid, step, pictures, energy: None }
        };
        let steps = vec![step(1, 0, RED), step(1, 1, BLUE), step(2, 0, BLUE), step(2, 1, RED)];
        let answer = Arc::new(DiversityAnswer { copies: 2, steps, ..DiversityAnswer::default() });
        let bytes = gif(&[answer.clone(), answer], 30.0);
        let frames = image::codecs::gif::GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames();
        let frames = frames.collect_frames().unwrap();
        assert_eq!(frames.len(), 4);
        assert_eq!(frames[0].buffer().dimensions(), (2 * 132 + 16, 66));
        let near = |frame: &Frame, wanted: [u8; 4]| {
            frame.buffer().get_pixel(10, 10).0.iter().zip(wanted).all(|(&a, b)| a.abs_diff(b) < 16)
        };
        assert!(near(&frames[0], RED) && near(&frames[1], BLUE) && near(&frames[3], RED));
    }

    #[test]
    fn nothing_drawn_is_an_empty_sheet() {
        assert_eq!(Rows::default().image().dimensions(), (1, 1));
        assert!(gif(&[], 30.0).is_empty());
        assert!(!gif(&[Arc::default()], f64::NAN).is_empty());
    }
}
