//! The tint that tells where pixels are hidden: light hatching with a line around it, the fill still to be seen below.

use super::mask::Mask;
use eframe::egui::{Color32, ColorImage};

/// Texels of a tint's side at most, beside one for each pixel.
const FINEST: usize = 768;
/// Texels between two lines of the hatching.
const HATCH: usize = 6;
/// Opacity of the ground, the hatching and the line around it, 0 to 255.
const GROUND: usize = 30;
const LINE: usize = 96;
const EDGE: usize = 190;

/// Texels across one pixel of an image of this side that is drawn on so many pixels of the screen.
#[must_use]
pub fn texels(side: usize, screen: f32) -> usize {
    let side = side.max(1);
    // A negative or odd size saturates.
    ((screen / side as f32).round() as usize).clamp(1, (FINEST / side).clamp(1, 12))
}

/// Whether the pixels left, right, above and below are known: there the line goes.
fn edges(mask: &Mask, at: usize) -> [bool; 4] {
    let side = mask.side;
    let (x, y) = (at % side, at / side);
    let known = |neighbour: usize| mask.values[neighbour] == 0;
    [
        x == 0 || known(at - 1),
        x + 1 == side || known(at + 1),
        y == 0 || known(at - side),
        y + 1 == side || known(at + side),
    ]
}

/// The tint of `mask`, of `fine` texels a pixel. `strength` is 0 to 1.
#[must_use]
pub fn tint(mask: &Mask, fine: usize, colour: Color32, strength: f32) -> ColorImage {
    let (side, width) = (mask.side, mask.side * fine);
    let shades: Vec<Color32> =
        (0..=255).map(|alpha: u16| colour.gamma_multiply(f32::from(alpha) / 255.0 * strength)).collect();
    let hidden: Vec<(usize, usize, [bool; 4])> = mask
        .values
        .iter()
        .enumerate()
        .filter(|(_, value)| **value > 0)
        .map(|(at, &value)| (at, usize::from(value), edges(mask, at)))
        .collect();
    // Lines around scattered pixels would cover them.
    let scattered = hidden.iter().flat_map(|(_, _, edges)| edges).filter(|edge| **edge).count() > hidden.len();
    let edge = shades[if scattered { LINE } else { EDGE }];
    let mut texels = vec![Color32::TRANSPARENT; width * width];
    for (at, value, [left, right, above, below]) in hidden {
        let corner = [at % side * fine, at / side * fine];
        let (ground, line) = (shades[GROUND * value / 255], shades[LINE * value / 255]);
        for down in 0..fine {
            let end = above && down == 0 || below && down + 1 == fine;
            for across in 0..fine {
                let outer = end || left && across == 0 || right && across + 1 == fine;
                let [column, row] = [corner[0] + across, corner[1] + down];
                texels[row * width + column] = match (outer && fine > 2, (column + row).is_multiple_of(HATCH)) {
                    (true, _) => edge,
                    (false, true) => line,
                    (false, false) => ground,
                };
            }
        }
    }
    ColorImage::new([width, width], texels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Mask {
        let mut mask = Mask::clear(16);
        mask.set_rectangle([4, 4], [11, 11], 255);
        mask
    }

    #[test]
    fn it_has_about_as_many_texels_as_the_screen_pixels() {
        assert_eq!([texels(64, 220.0), texels(4, 220.0), texels(512, 500.0), texels(0, f32::NAN)], [3, 12, 1, 1]);
    }

    #[test]
    fn known_pixels_have_none_and_strength_scales_it() {
        let strong = tint(&square(), 5, Color32::WHITE, 1.0);
        let at = |x: usize, y: usize| strong.pixels[y * strong.size[0] + x].a();
        assert!(at(4 * 5, 8 * 5) > 150, "a line goes around");
        for y in 0..16 * 5 {
            for x in 0..16 * 5 {
                let inside = |place: usize| (4 * 5..12 * 5).contains(&place);
                assert_eq!(at(x, y) > 0, inside(x) && inside(y), "{x} {y}");
            }
        }
        assert!(tint(&square(), 5, Color32::WHITE, 0.0).pixels.iter().all(|pixel| pixel.a() == 0));
        assert_eq!(tint(&Mask::clear(0), 5, Color32::WHITE, 1.0).size, [0, 0]);
    }

    #[test]
    fn scattered_pixels_are_not_covered_by_lines() {
        let mut mask = Mask::clear(16);
        mask.values.iter_mut().step_by(2).for_each(|value| *value = 255);
        let most = |mask: &Mask| tint(mask, 5, Color32::WHITE, 1.0).pixels.iter().map(|pixel| pixel.a()).max();
        assert!(most(&mask) < most(&square()));
    }
}
