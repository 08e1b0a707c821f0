//! What the canvas shows: the image with its hidden pixels filled.

use super::mask::Mask;
use crate::run::Pictures;
use eframe::egui::Color32;

/// A fill that an answer holds.
#[derive(Debug, Clone, Copy)]
pub struct Fill<'a> {
    /// Pictures of the image's side.
    pub pictures: &'a Pictures,
    pub at: usize,
    /// The mask it was drawn with, as a picture; a pixel that was known then has no fill yet.
    pub drawn: Option<&'a Pictures>,
}

fn picture(pictures: &Pictures, at: usize) -> &[[u8; 4]] {
    let bytes = pictures.side * pictures.side * 4;
    pictures.rgba.get(at * bytes..(at + 1) * bytes).unwrap_or_default().as_chunks::<4>().0
}

fn blend(from: u8, to: u8, amount: u8) -> u8 {
    let (from, to, amount) = (u32::from(from), u32::from(to), u32::from(amount));
    // A mean of two bytes.
    ((from * (255 - amount) + to * amount + 127) / 255) as u8
}

/// Bytes of the image with what the mask hides filled in; `hidden` stands where no fill is known yet.
#[must_use]
pub fn filled(image: &Pictures, fill: Option<Fill<'_>>, mask: &Mask, hidden: Color32) -> Vec<[u8; 4]> {
    let fill = fill.filter(|fill| fill.pictures.side == image.side);
    let shown = fill.map_or(&[][..], |fill| picture(fill.pictures, fill.at));
    let drawn = fill.and_then(|fill| fill.drawn).map_or(&[][..], |drawn| picture(drawn, 0));
    let [r, g, b, _] = hidden.to_array();
    let pixel = |(at, (&known, &amount)): (usize, (&[u8; 4], &u8))| match shown.get(at) {
        _ if amount == 0 => known,
        Some(&fill) if drawn.get(at).is_none_or(|drawn| drawn[0] > 0) => fill,
        _ => [blend(known[0], r, amount), blend(known[1], g, amount), blend(known[2], b, amount), 255],
    };
    picture(image, 0).iter().zip(&mask.values).enumerate().map(pixel).collect()
}

/// Mean difference of light, in 8-bit steps, that a network's idea of an image may have from the image.
const SAME: u64 = 12;

/// Whether an answer's original is this image, as far as 8 bits and a change to grey tell.
#[must_use]
pub fn same_image(original: &Pictures, image: &Pictures) -> bool {
    let (original, image) = (picture(original, 0), picture(image, 0));
    let light = |&[r, g, b, _]: &[u8; 4]| (u64::from(r) * 299 + u64::from(g) * 587 + u64::from(b) * 114) / 1000;
    let apart: u64 = original.iter().zip(image).map(|(one, other)| light(one).abs_diff(light(other))).sum();
    !image.is_empty() && original.len() == image.len() && apart <= SAME * image.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(side: usize, value: u8) -> Pictures {
        Pictures { side, count: 1, rgba: [value, value, value, 255].repeat(side * side) }
    }

    fn reds(pixels: &[[u8; 4]]) -> Vec<u8> {
        pixels.iter().map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn only_hidden_pixels_are_filled() {
        let mask = Mask { side: 2, values: vec![0, 255, 0, 10] };
        let (image, fill) = (grey(2, 50), grey(2, 200));
        let fill = Fill { pictures: &fill, at: 0, drawn: None };
        assert_eq!(reds(&filled(&image, Some(fill), &mask, Color32::BLACK)), [50, 200, 50, 200]);
    }

    #[test]
    fn what_was_just_hidden_shows_neither_the_image_nor_a_fill() {
        let mask = Mask { side: 2, values: vec![0, 255, 255, 51] };
        let (image, fill) = (grey(2, 50), grey(2, 200));
        let mut drawn = grey(2, 0);
        drawn.rgba[4] = 255;
        let newest = Fill { pictures: &fill, at: 0, drawn: Some(&drawn) };
        assert_eq!(reds(&filled(&image, Some(newest), &mask, Color32::from_gray(100))), [50, 200, 100, 60]);
        assert_eq!(reds(&filled(&image, None, &mask, Color32::from_gray(100))), [50, 100, 100, 60]);
    }

    #[test]
    fn an_image_is_known_again_in_grey_but_no_other_image_is() {
        let colour = Pictures { side: 8, count: 1, rgba: [180, 90, 30, 255].repeat(64) };
        let light = (180 * 299 + 90 * 587 + 30 * 114) / 1000;
        assert!(same_image(&grey(8, light as u8), &colour));
        assert!(!same_image(&grey(8, 200), &colour));
        assert!(!same_image(&grey(4, light as u8), &colour));
        assert!(!same_image(&Pictures::default(), &Pictures::default()));
    }

    #[test]
    fn a_fill_of_another_side_or_without_bytes_is_not_shown() {
        let mask = Mask { side: 2, values: vec![255; 4] };
        for other in [grey(4, 200), Pictures { side: 2, count: 3, rgba: vec![1; 5] }] {
            let fill = Fill { pictures: &other, at: 2, drawn: None };
            assert_eq!(reds(&filled(&grey(2, 50), Some(fill), &mask, Color32::from_gray(7))), [7; 4]);
        }
    }
}
