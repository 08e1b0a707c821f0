use super::*;
use crate::compute::{NoiseKey, Purpose};
use image::{ImageFormat, Rgb, Rgba, RgbaImage};
use std::path::PathBuf;

fn saved(folder: &tempfile::TempDir, name: &str, picture: &DynamicImage, format: ImageFormat) -> PathBuf {
    let path = folder.path().join(name);
    picture.save_with_format(&path, format).unwrap();
    path
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
    assert_eq!(values, [200.0, 200.0, 200.0, 200.0, 10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0]);
}

#[test]
fn transparency_is_laid_on_white() {
    let folder = tempfile::tempdir().unwrap();
    let glass = RgbaImage::from_fn(2, 1, |_, _| Rgba([0, 100, 255, 0]));
    let half = RgbaImage::from_fn(2, 2, |_, _| Rgba([0, 0, 255, 51]));
    let clear = saved(&folder, "clear.png", &glass.into(), ImageFormat::Png);
    let thin = saved(&folder, "thin.webp", &half.into(), ImageFormat::WebP);
    assert_eq!(read(&clear, 1, 3).unwrap(), [255.0, 255.0, 255.0]);
    assert_eq!(read(&thin, 1, 3).unwrap(), [204.0, 204.0, 255.0]);
}

#[test]
fn own_side_is_copied_and_smaller_pictures_are_enlarged_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let picture = detailed(6, 6);
    let path = saved(&folder, "six.bmp", &picture, ImageFormat::Bmp);
    let same = read(&path, 6, 3).unwrap();
    for (index, pixel) in picture.to_rgb8().pixels().enumerate() {
        assert_eq!([same[index], same[36 + index], same[72 + index]], pixel.0.map(f32::from));
    }
    let large = read(&path, 9, 3).unwrap();
    assert_eq!(large.len(), 3 * 81);
    assert!(large.iter().all(|value| (0.0..=255.0).contains(value)));
}

#[test]
fn grey_is_the_luma() {
    let folder = tempfile::tempdir().unwrap();
    let picture = RgbImage::from_pixel(4, 4, Rgb([255, 0, 0]));
    let path = saved(&folder, "red.gif", &picture.into(), ImageFormat::Gif);
    let values = read(&path, 2, 1).unwrap();
    assert_eq!(values.len(), 4);
    assert!(values.iter().all(|value| (value - 76.245).abs() < 1e-3), "{values:?}");
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
                Ok(values) => assert!(values.iter().all(|value| (0.0..=255.0).contains(value))),
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
    }
}
