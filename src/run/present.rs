//! Pictures of a run: frames for a window, sheets for a folder.

use super::message::Pictures;
use crate::compute::Images;

/// Images on the fixed scale of `range`, the first `most` of them. Grey images become grey pictures.
#[must_use]
pub fn pictures(images: &Images, range: [f32; 2], most: usize) -> Pictures {
    let (side, channels) = (images.side(), images.shape()[1]);
    let count = images.count().min(most);
    let mut rgba = Vec::with_capacity(count * side * side * 4);
    for index in 0..count {
        let planes = images.image(index);
        for position in 0..side * side {
            for channel in 0..3 {
                rgba.push(byte(planes[channel.min(channels - 1) * side * side + position], range));
            }
            rgba.push(255);
        }
    }
    Pictures { side, count, rgba }
}

fn byte(value: f32, [low, high]: [f32; 2]) -> u8 {
    // A float outside 0..255, or NaN, saturates.
    (255.0 * (value - low) / (high - low)).round() as u8
}

/// Pixels between the cells of a sheet, and around them.
pub(super) const GAP: usize = 4;

/// One picture of many: each row of `rows` is a line of square cells of `cell` pixels, drawn with nearest neighbours.
#[must_use]
pub fn sheet(rows: &[Vec<(&Pictures, usize)>], cell: usize) -> image::RgbImage {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let extent = |cells: usize| (cells * (cell + GAP) + GAP) as u32;
    let mut sheet = image::RgbImage::from_pixel(extent(columns), extent(rows.len()), image::Rgb([24, 24, 28]));
    for (y, row) in rows.iter().enumerate() {
        for (x, (pictures, index)) in row.iter().enumerate() {
            let corner = (GAP + x * (cell + GAP), GAP + y * (cell + GAP));
            draw_cell(&mut sheet, pictures, *index, corner, cell);
        }
    }
    sheet
}

fn draw_cell(sheet: &mut image::RgbImage, pictures: &Pictures, index: usize, corner: (usize, usize), cell: usize) {
    let side = pictures.side;
    let Some(picture) = pictures.rgba.chunks_exact(4 * side * side).nth(index) else { return };
    for y in 0..cell {
        for x in 0..cell {
            let from = 4 * ((y * side / cell) * side + x * side / cell);
            let color = image::Rgb([picture[from], picture[from + 1], picture[from + 2]]);
            sheet.put_pixel((corner.0 + x) as u32, (corner.1 + y) as u32, color);
        }
    }
}

/// Rows of a sheet that shows how images grow: a column for each of the first `columns` chains with its image at
/// every grid, then the finest images of the other chains, then `observed`.
#[must_use]
pub fn growth<'a>(
    grids: &'a [Pictures],
    observed: Option<&'a Pictures>,
    columns: usize,
) -> Vec<Vec<(&'a Pictures, usize)>> {
    let mut rows: Vec<Vec<_>> =
        grids.iter().map(|grid| (0..columns.min(grid.count)).map(|index| (grid, index)).collect()).collect();
    let mut gallery = |pictures: &'a Pictures, from: usize| {
        let indices: Vec<usize> = (from.min(pictures.count)..pictures.count).collect();
        rows.extend(indices.chunks(columns).map(|line| line.iter().map(|&index| (pictures, index)).collect()));
    };
    if let Some(finest) = grids.last() {
        gallery(finest, columns);
    }
    if let Some(observed) = observed {
        gallery(observed, 0);
    }
    rows
}
