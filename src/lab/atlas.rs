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
    /// Pixels around each picture that repeat its edge.
    edge: usize,
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

/// How bytes become a texture.
pub struct Look<'a> {
    /// Pixels blend into each other instead of being squares.
    pub smooth: bool,
    /// What the bytes of a picture are drawn as; `None`: as they are.
    pub table: &'a dyn Fn(&[u8]) -> Option<[u8; 256]>,
}

/// Squares of the bytes as they are.
const PLAIN: Look<'_> = Look { smooth: false, table: &|_| None };

/// Pictures side by side. Smooth ones have their own edge once more around them, so that no neighbour shines in.
fn compose(pictures: &Pictures, count: usize, look: &Look<'_>) -> (ColorImage, usize, usize) {
    let across = (1..).find(|n| n * n >= count).unwrap_or(1);
    let down = count.div_ceil(across);
    let (side, edge) = (pictures.side, usize::from(look.smooth));
    let cell = side + 2 * edge;
    let width = across * cell;
    let mut pixels = vec![Color32::TRANSPARENT; width * down * cell];
    for (at, picture) in pictures.rgba.chunks_exact(side * side * 4).take(count).enumerate() {
        let table = (look.table)(picture);
        let corner = (at / across) * cell * width + (at % across) * cell;
        for y in 0..cell {
            let from = y.saturating_sub(edge).min(side - 1) * side * 4;
            let start = corner + y * width;
            let row = &mut pixels[start..start + cell];
            let colours = picture[from..from + side * 4].as_chunks::<4>().0;
            for (pixel, rgba) in row[edge..edge + side].iter_mut().zip(colours) {
                *pixel = colour(*rgba, table.as_ref());
            }
            if edge > 0 {
                (row[0], row[cell - 1]) = (row[1], row[cell - 2]);
            }
        }
    }
    (ColorImage::new([width, down * cell], pixels), across, down)
}

fn colour([r, g, b, a]: [u8; 4], table: Option<&[u8; 256]>) -> Color32 {
    let drawn = |byte: u8| table.map_or(byte, |table| table[usize::from(byte)]);
    Color32::from_rgba_unmultiplied(drawn(r), drawn(g), drawn(b), a)
}

impl Atlas {
    /// Puts `pictures` in `slot`, in place of what it held; an empty slot stays when there is nothing to show.
    pub fn fill(slot: &mut Option<Self>, ctx: &Context, name: &str, pictures: &Pictures) {
        Self::fill_as(slot, ctx, name, pictures, &PLAIN);
    }

    /// As [`Atlas::fill`], with another look.
    pub fn fill_as(slot: &mut Option<Self>, ctx: &Context, name: &str, pictures: &Pictures, look: &Look<'_>) {
        let edge = usize::from(look.smooth);
        // An edge makes every picture take two pixels more each way.
        let room = ctx.input(|input| input.max_texture_side);
        let room = (room / (pictures.side + 2 * edge).max(1)).saturating_mul(pictures.side);
        let count = usable(pictures, room);
        if count == 0 {
            *slot = None;
            return;
        }
        let (image, across, down) = compose(pictures, count, look);
        let options = if look.smooth { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
        let side = pictures.side;
        match slot {
            Some(atlas) => {
                atlas.texture.set(image, options);
                (atlas.across, atlas.down) = (across, down);
                (atlas.count, atlas.side, atlas.edge) = (count, side, edge);
            }
            None => {
                let texture = ctx.load_texture(name, image, options);
                *slot = Some(Self { texture, across, down, count, side, edge });
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
        let pixel = size / (self.side + 2 * self.edge) as f32;
        // A hair inside, so that rounding never reaches the neighbour.
        let inset = pixel * (self.edge as f32 + 1.0 / 64.0);
        Rect::from_min_size(corner, size).shrink2(Vec2::new(inset.x, inset.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_side_by_side() {
        let rgba: Vec<u8> = (0..5u8).flat_map(|at| [at, at, at, 255].repeat(4)).collect();
        let pictures = Pictures { side: 2, count: 5, rgba };
        let (image, across, down) = compose(&pictures, 5, &PLAIN);
        assert_eq!((across, down, image.size), (3, 2, [6, 4]));
        assert_eq!(image.pixels[4], Color32::from_rgb(2, 2, 2));
        assert_eq!(image.pixels[2 * 6], Color32::from_rgb(3, 3, 3));
        assert_eq!(image.pixels[3 * 6 + 5], Color32::TRANSPARENT);
    }

    #[test]
    fn smooth_pictures_repeat_their_own_edge() {
        let rgba: Vec<u8> = [10, 20, 30, 40, 90, 90, 90, 90].iter().flat_map(|&v| [v, v, v, 255]).collect();
        let pictures = Pictures { side: 2, count: 2, rgba };
        let (image, across, down) = compose(&pictures, 2, &Look { smooth: true, ..PLAIN });
        assert_eq!((across, down, image.size), (2, 1, [8, 4]));
        let reds = |y: usize| -> Vec<u8> { image.pixels[y * 8..y * 8 + 4].iter().map(|pixel| pixel.r()).collect() };
        assert_eq!(
            [reds(0), reds(1), reds(2), reds(3)],
            [[10, 10, 20, 20], [10, 10, 20, 20], [30, 30, 40, 40], [30, 30, 40, 40]]
        );
    }

    #[test]
    fn a_table_says_what_bytes_are_drawn_as() {
        let pictures = Pictures { side: 1, count: 1, rgba: vec![1, 2, 3, 255] };
        let table = |_: &[u8]| Some(std::array::from_fn(|byte| 255 - byte as u8));
        let (image, ..) = compose(&pictures, 1, &Look { smooth: false, table: &table });
        assert_eq!(image.pixels, [Color32::from_rgb(254, 253, 252)]);
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
