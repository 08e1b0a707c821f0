//! A run in small: four of the images that its newest sheet shows.

use super::directory::open_file;
use super::keep::COLUMNS;
use super::list::RunSummary;
use super::message::Pictures;
use super::present::GAP;
use image::{ImageFormat, ImageReader, Limits, RgbImage, imageops};
use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Side of each of the four images.
const HALF: u32 = 32;
/// Largest side of a sheet that is read.
const LARGEST: u32 = 8_192;

/// Thumbnails of sheets, kept from list to list: reading a sheet takes longer than all the rest of a run.
#[derive(Default)]
pub struct Thumbnails(BTreeMap<PathBuf, (Option<SystemTime>, Arc<Pictures>)>);

impl Thumbnails {
    /// Gives the runs of a list those that are known; true when that is all. Those of runs that are not in it are forgotten.
    pub fn put(&mut self, runs: &mut [RunSummary]) -> bool {
        let mut old = std::mem::take(&mut self.0);
        let mut all = true;
        for run in runs {
            let Some(sheet) = &run.sheet else { continue };
            match old.remove(sheet).filter(|(time, _)| *time == modified(sheet)) {
                Some(known) => {
                    run.thumbnail = known.1.clone();
                    self.0.insert(sheet.clone(), known);
                }
                None => all = false,
            }
        }
        all
    }

    /// Reads the sheets that are not known yet, and gives the runs their thumbnails.
    pub fn read(&mut self, runs: &mut [RunSummary]) {
        for run in runs {
            let Some(sheet) = &run.sheet else { continue };
            let entry = self.0.entry(sheet.clone());
            let (_, thumbnail) = entry.or_insert_with(|| (modified(sheet), Arc::new(of(sheet))));
            run.thumbnail = thumbnail.clone();
        }
    }
}

fn modified(sheet: &Path) -> Option<SystemTime> {
    fs::metadata(sheet).and_then(|data| data.modified()).ok()
}

/// Four images of the last row of synthesized ones, two by two, 64 × 64 in all; nothing of what is no sheet.
fn of(sheet: &Path) -> Pictures {
    read(sheet).and_then(|sheet| four(&sheet)).unwrap_or_default()
}

fn read(sheet: &Path) -> Option<RgbImage> {
    let mut reader = ImageReader::with_format(BufReader::new(open_file(sheet).ok()?), ImageFormat::Png);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST), Some(LARGEST));
    reader.limits(limits);
    reader.decode().ok().map(|image| image.to_rgb8())
}

fn four(sheet: &RgbImage) -> Option<Pictures> {
    let (gap, columns) = (GAP as u32, COLUMNS as u32);
    let step = (sheet.width().checked_sub(gap)?) / columns;
    let cell = step.checked_sub(gap).filter(|&cell| cell > 0)?;
    let rows = sheet.height().checked_sub(gap)? / step;
    let exact =
        [(sheet.width(), columns), (sheet.height(), rows)].iter().all(|(all, count)| *all == count * step + gap);
    // The last row shows observed images.
    let row = rows.checked_sub(2).filter(|_| exact)?;
    let mut thumbnail = RgbImage::new(2 * HALF, 2 * HALF);
    for at in 0..4 {
        let corner = (gap + at * step, gap + row * step);
        let image = imageops::crop_imm(sheet, corner.0, corner.1, cell, cell).to_image();
        let small = imageops::thumbnail(&image, HALF, HALF);
        imageops::replace(&mut thumbnail, &small, i64::from(at % 2 * HALF), i64::from(at / 2 * HALF));
    }
    let rgba = thumbnail.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    Some(Pictures { side: 2 * HALF as usize, count: 1, rgba })
}

#[cfg(test)]
mod tests {
    use super::super::present::{growth, sheet};
    use super::*;

    fn grey(side: usize, shades: impl Iterator<Item = u8>) -> Pictures {
        let shades: Vec<u8> = shades.collect();
        let rgba = shades.iter().flat_map(|&shade| [shade, shade, shade, 255].repeat(side * side)).collect();
        Pictures { side, count: shades.len(), rgba }
    }

    #[test]
    fn it_shows_synthesized_images_of_the_last_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("00000001.png");
        for side in [8, 48, 64, 100] {
            let grids = [grey(1, std::iter::repeat_n(9, 60)), grey(side, 0..60)];
            let observed = grey(side, std::iter::repeat_n(200, COLUMNS));
            let cell = (64 / side).max(1) * side;
            sheet(&growth(&grids, Some(&observed), COLUMNS), cell).save(&path).unwrap();
            let thumbnail = of(&path);
            assert_eq!((thumbnail.side, thumbnail.count, thumbnail.rgba.len()), (64, 1, 64 * 64 * 4));
            let at = |x: usize, y: usize| thumbnail.rgba[4 * (64 * y + x)];
            assert_eq!([at(0, 0), at(63, 0), at(0, 63), at(63, 63)], [48, 49, 50, 51], "side {side}");
        }
    }

    #[test]
    fn a_sheet_is_read_again_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let sheets = ["a.png", "b.png"].map(|name| folder.path().join(name));
        let paint = |path: &Path, shade| {
            RgbImage::from_pixel(12 * 68 + 4, 3 * 68 + 4, image::Rgb([shade; 3])).save(path).unwrap();
        };
        sheets.iter().zip([10, 20]).for_each(|(path, shade)| paint(path, shade));
        let list = || sheets.clone().map(|sheet| RunSummary { sheet: Some(sheet), ..RunSummary::default() });
        let shades = |runs: &[RunSummary]| runs.iter().map(|run| run.thumbnail.rgba[0]).collect::<Vec<_>>();
        let mut thumbnails = Thumbnails::default();
        let mut runs = list();
        assert!(!thumbnails.put(&mut runs));
        thumbnails.read(&mut runs);
        assert_eq!(shades(&runs), [10, 20]);
        let mut again = list();
        assert!(thumbnails.put(&mut again) && again == runs);
        paint(&sheets[0], 30);
        fs::File::options().append(true).open(&sheets[0]).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let mut changed = list();
        assert!(!thumbnails.put(&mut changed));
        thumbnails.read(&mut changed);
        assert_eq!(shades(&changed), [30, 20]);
        assert!(thumbnails.put(&mut changed[..1]));
        assert_eq!(thumbnails.0.len(), 1, "what is not listed is not kept");
    }

    #[test]
    fn what_is_no_sheet_has_no_thumbnail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("00000001.png");
        assert_eq!(of(&path), Pictures::default(), "not there");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nand no more").unwrap();
        assert_eq!(of(&path), Pictures::default(), "torn");
        for (width, height) in [(1, 1), (4, 4), (300, 200), (820, 72)] {
            RgbImage::new(width, height).save(&path).unwrap();
            assert_eq!(of(&path), Pictures::default(), "{width} × {height}");
        }
    }
}
