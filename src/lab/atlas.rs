//! Pictures of one size in one texture, so that a grid's row costs one upload and one draw.

use crate::run::Pictures;
use eframe::egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureId, TextureOptions, Vec2, pos2, vec2};

/// Pictures an atlas shows at most.
const MAX_PICTURES: usize = 256;

/// A texture that holds pictures side by side.
pub struct Atlas {
    texture: TextureHandle,
    across: usize,
    down: usize,
    /// Pictures in the texture.
    pub count: usize,
    pub side: usize,
}

/// Pictures that are complete and fit: bytes that are missing never become a panic.
#[must_use]
pub fn usable(pictures: &Pictures, max_side: usize) -> usize {
    let bytes = pictures.side * pictures.side * 4;
    if bytes == 0 || pictures.side > max_side {
        return 0;
    }
    let fit = (max_side / pictures.side).saturating_mul(max_side / pictures.side);
    pictures.count.min(pictures.rgba.len() / bytes).min(fit).min(MAX_PICTURES)
}

fn compose(pictures: &Pictures, count: usize) -> (ColorImage, usize, usize) {
    let across = (1..).find(|n| n * n >= count).unwrap_or(1);
    let down = count.div_ceil(across);
    let side = pictures.side;
    let width = across * side;
    let mut pixels = vec![Color32::TRANSPARENT; width * down * side];
    for (at, picture) in pictures.rgba.chunks_exact(side * side * 4).take(count).enumerate() {
        let corner = (at / across) * side * width + (at % across) * side;
        for (y, row) in picture.chunks_exact(side * 4).enumerate() {
            let start = corner + y * width;
            for (pixel, rgba) in pixels[start..start + side].iter_mut().zip(row.as_chunks::<4>().0) {
                let [r, g, b, a] = *rgba;
                *pixel = Color32::from_rgba_unmultiplied(r, g, b, a);
            }
        }
    }
    (ColorImage::new([width, down * side], pixels), across, down)
}

impl Atlas {
    /// Puts `pictures` in `slot`, in place of what it held; an empty slot stays when there is nothing to show.
    pub fn fill(slot: &mut Option<Self>, ctx: &Context, name: &str, pictures: &Pictures) {
        let count = usable(pictures, ctx.input(|input| input.max_texture_side));
        if count == 0 {
            *slot = None;
            return;
        }
        let (image, across, down) = compose(pictures, count);
        let side = pictures.side;
        match slot {
            Some(atlas) => {
                atlas.texture.set(image, TextureOptions::NEAREST);
                (atlas.across, atlas.down) = (across, down);
                (atlas.count, atlas.side) = (count, side);
            }
            None => {
                let texture = ctx.load_texture(name, image, TextureOptions::NEAREST);
                *slot = Some(Self { texture, across, down, count, side });
            }
        }
    }

    /// The texture.
    #[must_use]
    pub fn id(&self) -> TextureId {
        self.texture.id()
    }

    /// Where picture `at` lies in the texture.
    #[must_use]
    pub fn uv(&self, at: usize) -> Rect {
        let size = vec2(1.0 / self.across as f32, 1.0 / self.down as f32);
        let corner = pos2((at % self.across) as f32 * size.x, (at / self.across) as f32 * size.y);
        // A hair inside, so that rounding never reaches the neighbour.
        let hair = size / (self.side as f32 * 64.0);
        Rect::from_min_size(corner, size).shrink2(Vec2::new(hair.x, hair.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_side_by_side() {
        let rgba: Vec<u8> = (0..5u8).flat_map(|at| [at, at, at, 255].repeat(4)).collect();
        let pictures = Pictures { side: 2, count: 5, rgba };
        let (image, across, down) = compose(&pictures, 5);
        assert_eq!((across, down, image.size), (3, 2, [6, 4]));
        assert_eq!(image.pixels[4], Color32::from_rgb(2, 2, 2));
        assert_eq!(image.pixels[2 * 6], Color32::from_rgb(3, 3, 3));
        assert_eq!(image.pixels[3 * 6 + 5], Color32::TRANSPARENT);
    }

    #[test]
    fn missing_bytes_and_huge_pictures_are_left_out() {
        let pictures = |side, count, bytes| Pictures { side, count, rgba: vec![0; bytes] };
        assert_eq!(usable(&pictures(2, 5, 40), 2048), 2);
        assert_eq!(usable(&pictures(0, 5, 0), 2048), 0);
        assert_eq!(usable(&pictures(4096, 1, 4), 2048), 0);
        assert_eq!(usable(&pictures(1, 9999, 4 * 9999), 2048), MAX_PICTURES);
    }
}
