//! Pictures that Pillow and ImageMagick wrote, against the pixels that those programs read back.

use super::*;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Expected {
    file: String,
    width: usize,
    height: usize,
    lossy: bool,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures"))
}

/// Every picture with its true pixels, `[height, width, 3]`.
fn pictures() -> Vec<(Expected, Vec<u8>)> {
    let listed = std::fs::read(folder().join("expected.json")).unwrap();
    let listed: Vec<Expected> = serde_json::from_slice(&listed).unwrap();
    let pixels = std::fs::read(folder().join("expected.bin")).unwrap();
    let mut rest = pixels.as_slice();
    let pictures = listed.into_iter().map(|one| {
        let (own, others) = rest.split_at(one.width * one.height * 3);
        rest = others;
        (one, own.to_vec())
    });
    let pictures: Vec<(Expected, Vec<u8>)> = pictures.collect();
    assert!(rest.is_empty() && pictures.len() > 40);
    pictures
}

fn ours(file: &str) -> Result<RgbImage, Reason> {
    let (picture, _turn) = decode_safely(&read_file(&folder().join(file))?)?;
    Ok(on_background(picture, [255; 3]))
}

/// Mean and largest difference.
fn differences(one: &[u8], other: &[u8]) -> (f64, u8) {
    let each = || one.iter().zip(other).map(|(a, b)| a.abs_diff(*b));
    (each().map(f64::from).sum::<f64>() / one.len() as f64, each().max().unwrap_or(0))
}

/// Largest difference that is allowed, as measured. Decoders of JPEG may round their transforms as they like, and smooth
/// colours of half the resolution as they like.
fn allowed(one: &Expected) -> u8 {
    let halved = ["progressive.jpg", "rgb-420.jpg", "rgb-422.jpg"].contains(&one.file.as_str());
    match one.file.rsplit_once('.') {
        Some((_, "jpg")) if halved => 6,
        Some((_, "jpg")) => 2,
        // Five and six bits, stretched to eight with and without rounding.
        Some(("16-bit", "bmp")) => 1,
        _ => 0,
    }
}

#[test]
fn every_picture_has_the_pixels_that_its_maker_reads() {
    for (one, truth) in pictures() {
        let read = ours(&one.file).unwrap_or_else(|reason| panic!("{}: {reason}", one.file));
        assert_eq!((read.width() as usize, read.height() as usize), (one.width, one.height), "{}", one.file);
        let (mean, largest) = differences(read.as_raw(), &truth);
        assert!(largest <= allowed(&one) && (!one.lossy || mean < 0.5), "{}: {mean}, at most {largest}", one.file);
    }
}

#[test]
fn the_eight_orientations_show_one_picture() {
    let upright = ours("turned-1.jpg").unwrap();
    let turned = |orientation: u32| ours(&format!("turned-{orientation}.jpg")).unwrap();
    for orientation in 1..=8 {
        let (width, height) = turned(orientation).dimensions();
        assert_eq!(width > height, orientation < 5, "orientation {orientation}");
    }
    assert_eq!(turned(3), imageops::rotate180(&upright));
    assert_eq!(turned(6), imageops::rotate90(&upright));
    assert_eq!(turned(8), imageops::rotate270(&upright));
    assert_eq!(turned(2), imageops::flip_horizontal(&upright));
}

#[test]
fn a_prepared_picture_tells_what_it_was() {
    let preparation = Preparation { side: 4, channels: 1, ..Preparation::default() };
    let original = |file: &str| {
        let path = folder().join(file);
        let bytes = std::fs::read(&path).unwrap();
        let [one, other] = [Content::File(path), Content::Encoded(bytes)].map(|content| prepare(content, &preparation));
        assert_eq!(one, other);
        let Original { width, height, channels } = one.unwrap().original;
        (width, height, channels)
    };
    assert_eq!(original("turned-6.png"), (20, 28, 3));
    assert_eq!(original("grey-alpha.png"), (28, 20, 2));
    assert_eq!(original("grey.jpg"), (28, 20, 1));
    assert_eq!(original("lossy-alpha.webp"), (28, 20, 4));
}

/// Damaged files of foreign programs: an end without a panic that gets out.
#[test]
fn damage_of_any_foreign_picture_ends_well() {
    use crate::compute::{NoiseKey, Purpose};
    let key = NoiseKey::new(6, Purpose::Probe);
    for (item, (one, _)) in (0..).zip(pictures()) {
        let whole = std::fs::read(folder().join(&one.file)).unwrap();
        for trial in 0..40 {
            let mut bytes = whole.clone();
            for hit in 0..3 {
                let place = key.below(bytes.len(), item, 4 * trial + hit);
                bytes[place] = key.words(item, 4 * trial + hit)[3] as u8;
            }
            bytes.truncate(bytes.len() - key.below(2, item, 4 * trial + 3) * key.below(bytes.len(), item, 4 * trial));
            if let Ok((picture, _turn)) = decode_safely(&bytes) {
                assert!(picture.width() <= MAX_SIDE && picture.height() <= MAX_SIDE);
            }
        }
    }
}
