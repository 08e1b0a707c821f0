//! What the canvas shows: the image with its hidden pixels filled, and the tint that tells where they are.

use super::mask::Mask;
use crate::run::Pictures;
use eframe::egui::{Color32, ColorImage};

/// Texels of a tint's side at most, beside one for each pixel.
const FINEST: usize = 768;
/// Texels between two lines of the hatching.
const HATCH: usize = 6;

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

/// Texels across one pixel of an image of this side that is drawn on so many pixels of the screen.
#[must_use]
pub fn texels(side: usize, screen: f32) -> usize {
    let side = side.max(1);
    // A negative or odd size saturates.
    ((screen / side as f32).round() as usize).clamp(1, (FINEST / side).clamp(1, 12))
}

/// A light hatching of hidden pixels with a line around them, of `fine` texels a pixel. `strength` is 0 to 1.
#[must_use]
pub fn tint(mask: &Mask, fine: usize, colour: Color32, strength: f32) -> ColorImage {
    let side = mask.side;
    let width = side * fine;
    let shades: Vec<Color32> =
        (0..=255).map(|alpha: u16| colour.gamma_multiply(f32::from(alpha) / 255.0 * strength)).collect();
    let mut texels = vec![Color32::TRANSPARENT; width * width];
    let hidden = |x: Option<usize>, y: Option<usize>| match (x, y) {
        (Some(x), Some(y)) if x < side && y < side => mask.values[y * side + x] > 0,
        _ => false,
    };
    for (at, &value) in mask.values.iter().enumerate().filter(|(_, value)| **value > 0) {
        let (x, y) = (at % side, at / side);
        let edges = [
            !hidden(x.checked_sub(1), Some(y)),
            !hidden(Some(x + 1), Some(y)),
            !hidden(Some(x), y.checked_sub(1)),
            !hidden(Some(x), Some(y + 1)),
        ];
        let amount = |full: u32| shades[(full * u32::from(value) / 255) as usize];
        let (plain, line, edge) = (amount(30), amount(96), shades[190]);
        for down in 0..fine {
            let row = y * fine + down;
            let ends = [edges[2] && down == 0, edges[3] && down + 1 == fine];
            for across in 0..fine {
                let column = x * fine + across;
                let outer = edges[0] && across == 0 || edges[1] && across + 1 == fine || ends[0] || ends[1];
                let hatched = (column + row).is_multiple_of(HATCH);
                let shade = if outer && fine > 2 {
                    edge
                } else if hatched {
                    line
                } else {
                    plain
                };
                texels[row * width + column] = shade;
            }
        }
    }
    ColorImage::new([width, width], texels)
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
    fn a_tint_has_about_as_many_texels_as_the_screen_pixels() {
        assert_eq!([texels(64, 220.0), texels(4, 220.0), texels(512, 500.0), texels(0, f32::NAN)], [3, 12, 1, 1]);
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

    #[test]
    fn known_pixels_have_no_tint_and_strength_scales_it() {
        let mut mask = Mask::clear(16);
        mask.set_rectangle([4, 4], [11, 11], 255);
        let strong = tint(&mask, 5, Color32::WHITE, 1.0);
        let fine = 5;
        let at = |image: &ColorImage, x: usize, y: usize| image.pixels[y * image.size[0] + x].a();
        assert!(at(&strong, 4 * fine, 8 * fine) > 150, "a line goes around");
        for y in 0..16 * fine {
            for x in 0..16 * fine {
                let inside = |place: usize| (4 * fine..12 * fine).contains(&place);
                assert_eq!(at(&strong, x, y) > 0, inside(x) && inside(y), "{x} {y}");
            }
        }
        assert!(tint(&mask, 5, Color32::WHITE, 0.0).pixels.iter().all(|pixel| pixel.a() == 0));
        assert_eq!(tint(&Mask::clear(0), 5, Color32::WHITE, 1.0).size, [0, 0]);
    }
}
