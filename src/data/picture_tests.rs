use super::*;
use crate::compute::{NoiseKey, Purpose};
use image::{ImageFormat, Rgb, Rgba, RgbaImage};
use std::path::PathBuf;

fn saved(folder: &tempfile::TempDir, name: &str, picture: &DynamicImage, format: ImageFormat) -> PathBuf {
    let path = folder.path().join(name);
    picture.save_with_format(&path, format).unwrap();
    path
}

fn with(side: usize, channels: usize) -> Preparation {
    Preparation { side, channels, ..Preparation::default() }
}

fn read(path: &Path, side: usize, channels: usize) -> Result<Vec<u8>, Reason> {
    prepare(Content::File(path.to_path_buf()), &with(side, channels)).map(|prepared| prepared.pixels)
}

/// A smooth picture with some detail, so that compressed files are not tiny.
fn detailed(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8])).into()
}

#[test]
fn the_central_square_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let wide = RgbImage::from_fn(8, 4, |x, _| Rgb([if (2..6).contains(&x) { 200 } else { 0 }, 10, 20]));
    let path = saved(&folder, "wide.png", &wide.into(), ImageFormat::Png);
    let values = read(&path, 2, 3).unwrap();
    assert_eq!(values, [200, 200, 200, 200, 10, 10, 10, 10, 20, 20, 20, 20]);
}

#[test]
fn transparency_is_laid_on_white() {
    let folder = tempfile::tempdir().unwrap();
    let glass = RgbaImage::from_fn(2, 1, |_, _| Rgba([0, 100, 255, 0]));
    let half = RgbaImage::from_fn(2, 2, |_, _| Rgba([0, 0, 255, 51]));
    let clear = saved(&folder, "clear.png", &glass.into(), ImageFormat::Png);
    let thin = saved(&folder, "thin.webp", &half.into(), ImageFormat::WebP);
    assert_eq!(read(&clear, 1, 3).unwrap(), [255, 255, 255]);
    assert_eq!(read(&thin, 1, 3).unwrap(), [204, 204, 255]);
}

#[test]
fn own_side_is_copied_and_smaller_pictures_are_enlarged_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let picture = detailed(6, 6);
    let path = saved(&folder, "six.bmp", &picture, ImageFormat::Bmp);
    let same = read(&path, 6, 3).unwrap();
    for (index, pixel) in picture.to_rgb8().pixels().enumerate() {
        assert_eq!([same[index], same[36 + index], same[72 + index]], pixel.0);
    }
    let large = read(&path, 9, 3).unwrap();
    assert_eq!(large.len(), 3 * 81);
}

#[test]
fn grey_is_the_luma() {
    let folder = tempfile::tempdir().unwrap();
    let picture = RgbImage::from_pixel(4, 4, Rgb([255, 0, 0]));
    let path = saved(&folder, "red.gif", &picture.into(), ImageFormat::Gif);
    let values = read(&path, 2, 1).unwrap();
    assert_eq!(values.len(), 4);
    assert_eq!(values, [76; 4]);
}

#[test]
fn every_truncated_format_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif] {
        let path = saved(&folder, "whole", &detailed(48, 48), format);
        assert!(read(&path, 8, 3).is_ok(), "{format:?}");
        let bytes = std::fs::read(&path).unwrap();
        for share in [10, 50, 90] {
            std::fs::write(&path, &bytes[..bytes.len() * share / 100]).unwrap();
            let reason = read(&path, 8, 3).expect_err(&format!("{format:?} cut to {share} %"));
            assert!(!reason.is_empty());
        }
    }
}

#[test]
fn a_thumbnail_does_not_pass_for_the_end_of_a_jpeg() {
    // Start, an application segment of 6 bytes that holds an end marker, a scan that never ends.
    let bytes = [0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9, 0xFF, 0xDA, 0, 2, 1, 2, 0xFF, 0];
    assert!(!jpeg_is_complete(&bytes));
    assert!(jpeg_is_complete(&[&bytes[..], &[0xFF, 0xD9]].concat()));
}

#[test]
fn files_that_are_no_images_or_too_wide_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.png");
    for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", b"\xFF\xD8", b"BM"] {
        std::fs::write(&path, bytes).unwrap();
        assert!(!read(&path, 8, 3).unwrap_err().is_empty());
    }
    let wide = saved(&folder, "wide.png", &DynamicImage::new_luma8(20_001, 1), ImageFormat::Png);
    assert!(read(&wide, 8, 3).is_err());
    assert!(read(&folder.path().join("absent.png"), 8, 3).is_err());
}

#[test]
fn damaged_files_give_a_picture_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let key = NoiseKey::new(5, Purpose::Probe);
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif];
    for (item, format) in formats.into_iter().enumerate() {
        let path = saved(&folder, "whole", &detailed(24, 24), format);
        let whole = std::fs::read(&path).unwrap();
        for trial in 0..60 {
            let mut bytes = whole.clone();
            for hit in 0..4 {
                let place = key.below(bytes.len(), item as u32, 4 * trial + hit);
                bytes[place] ^= key.words(item as u32, 4 * trial + hit)[2] as u8;
            }
            std::fs::write(&path, &bytes).unwrap();
            match read(&path, 8, 3) {
                Ok(values) => assert_eq!(values.len(), 3 * 8 * 8),
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
    }
}

#[test]
fn crops_keep_what_they_name() {
    let picture = DynamicImage::from(RgbImage::from_fn(6, 4, |x, y| Rgb([x as u8, y as u8, 0])));
    let pixels = |crop: Crop, side: usize| {
        let raw = RawPixels { width: 6, height: 4, channels: 3, data: picture.as_bytes().to_vec() };
        prepare(Content::Pixels(raw), &Preparation { crop, ..with(side, 3) }).map(|prepared| prepared.pixels)
    };
    assert_eq!(pixels(Crop::Centre, 4).unwrap()[..4], [1, 2, 3, 4]);
    assert_eq!(pixels(Crop::CentreOf(2), 2).unwrap()[..8], [2, 3, 2, 3, 1, 1, 2, 2]);
    assert_eq!(pixels(Crop::CentreOf(99), 4).unwrap(), pixels(Crop::Centre, 4).unwrap());
    assert_eq!(pixels(Crop::At { x: 4, y: 1, side: 2 }, 2).unwrap()[..4], [4, 5, 4, 5]);
    assert_eq!(pixels(Crop::At { x: 5, y: 0, side: 9 }, 1).unwrap(), [5, 0, 0]);
    assert!(pixels(Crop::At { x: 6, y: 0, side: 1 }, 1).unwrap_err().contains("6 × 4"));
    // The whole width lands in the square: its mean is the picture's.
    assert_eq!(pixels(Crop::Squeeze, 2).unwrap()[..4], [1, 4, 1, 4]);
}

#[test]
fn every_filter_keeps_a_flat_picture_and_nearest_invents_no_colour() {
    let flat = RawPixels { width: 5, height: 5, channels: 1, data: vec![93; 25] };
    let two = RawPixels { width: 4, height: 4, channels: 1, data: [10, 200].repeat(8) };
    for filter in [Filter::Area, Filter::Nearest, Filter::Triangle, Filter::CatmullRom, Filter::Lanczos3] {
        for side in [1, 3, 5, 8] {
            let prepared = prepare(Content::Pixels(flat.clone()), &Preparation { filter, ..with(side, 1) }).unwrap();
            assert_eq!(prepared.pixels, vec![93; side * side], "{filter:?}");
        }
    }
    let nearest = Preparation { filter: Filter::Nearest, ..with(3, 1) };
    let pixels = prepare(Content::Pixels(two), &nearest).unwrap().pixels;
    assert!(pixels.iter().all(|value| [10, 200].contains(value)));
}

#[test]
fn transparent_pixels_take_the_colour_that_was_named() {
    let glass = DynamicImage::from(RgbaImage::from_pixel(2, 2, Rgba([9, 9, 9, 0])));
    let mut bytes = Cursor::new(Vec::new());
    glass.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let preparation = Preparation { background: [1, 2, 3], ..with(1, 3) };
    let prepared = prepare(Content::Encoded(bytes.into_inner()), &preparation).unwrap();
    assert_eq!(prepared.pixels, [1, 2, 3]);
    assert_eq!(prepared.original, Original { width: 2, height: 2, channels: 4 });
}
