use super::*;
use image::codecs::jpeg::JpegEncoder;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Random 64-bit numbers.
fn random(seed: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |place: u64| {
        spread(spread(seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_add(place.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    })
}

/// A smooth random picture, `[channel, side, side]`: waves of different lengths and directions in each channel.
fn picture(seed: u64, channels: usize, side: usize) -> Vec<u8> {
    let mut draws = random(seed).map(|bits| (bits >> 40) as f32 / (1 << 24) as f32);
    let mut draw = move |low: f32, high: f32| low + (high - low) * draws.next().unwrap();
    let waves: Vec<[f32; 4]> =
        (0..6).map(|_| [draw(-9.0, 9.0), draw(-9.0, 9.0), draw(0.0, 6.3), draw(8.0, 24.0)]).collect();
    let tints: Vec<f32> = (0..channels).map(|_| draw(0.6, 1.0)).collect();
    let mut pixels = Vec::new();
    for tint in tints {
        for place in 0..side * side {
            let (y, x) = ((place / side) as f32 / side as f32, (place % side) as f32 / side as f32);
            let sum: f32 = waves.iter().map(|[a, b, shift, height]| height * (a * x + b * y + shift).sin()).sum();
            pixels.push((127.0 + tint * sum).clamp(0.0, 255.0) as u8);
        }
    }
    pixels
}

/// Written as JPEG and read again.
fn recompressed(pixels: &[u8], channels: usize, side: usize, quality: u8) -> Vec<u8> {
    let plane = side * side;
    let at = |channel: usize, place: usize| pixels[channel.min(channels - 1) * plane + place];
    let interleaved: Vec<u8> = (0..plane).flat_map(|place| [0, 1, 2].map(|channel| at(channel, place))).collect();
    let mut file = Vec::new();
    let size = side as u32;
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode(&interleaved, size, size, image::ExtendedColorType::Rgb8)
        .unwrap();
    let back = image::load_from_memory(&file).unwrap().into_rgb8().into_raw();
    (0..channels).flat_map(|channel| back.iter().skip(channel).step_by(3).copied().collect::<Vec<_>>()).collect()
}

fn alike(images: &[Vec<u8>], channels: usize, side: usize) -> Alike {
    let same: Vec<u64> = images.iter().map(|pixels| pixel_hash(pixels)).collect();
    let near: Vec<u64> = images.iter().map(|pixels| picture_hash(pixels, channels, side)).collect();
    find(&same, &near, |image| &images[image])
}

/// No hash finds every copy: of those that differ, nineteen of twenty must be found, and nothing else.
#[test]
fn copies_are_found_and_other_pictures_are_not() {
    let (mut found, mut copies) = (0, 0);
    for (channels, side) in [(1, 20), (3, 20), (1, 32), (3, 32), (1, 64), (3, 64)] {
        for seed in 0..20 {
            let mut images: Vec<Vec<u8>> = (0..12).map(|place| picture(seed ^ place << 32, channels, side)).collect();
            let shifted = images[1].iter().map(|pixel| pixel.saturating_add(9)).collect();
            let darker = images[2].iter().map(|&pixel| (f32::from(pixel) * 0.9) as u8).collect();
            images.extend([images[0].clone(), shifted, darker, recompressed(&images[3], channels, side, 85)]);
            let Alike { same, near } = alike(&images, channels, side);
            assert_eq!(same, [[0, 12]]);
            assert!(near.iter().all(|group| group.len() == 2 && group[0] + 12 == group[1]), "{near:?}");
            assert_eq!(near[0], [0, 12]);
            copies += 3;
            found += near.len() - 1;
        }
    }
    assert!(20 * found >= 19 * copies, "{found} of {copies}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn pairs_are_those_of_a_search_over_all_pairs(seed in any::<u64>(), spread_over in 0_u32..40, count in 0_usize..400) {
        // Random hashes of which many agree in many bits.
        let mut hashes: BTreeSet<u64> = BTreeSet::new();
        for bits in random(seed).take(count) {
            hashes.insert(bits & (u64::MAX >> spread_over) & !0xFF00);
            hashes.insert((bits & (u64::MAX >> spread_over) & !0xFF00) ^ (1 << (bits % 64)) ^ (1 << (bits / 64 % 64)));
        }
        let hashes: Vec<u64> = hashes.into_iter().collect();
        let mut found = Vec::new();
        let mut keys: Vec<(u64, usize)> = hashes.iter().copied().zip(0..).collect();
        near_pairs(&mut keys, u64::MAX, &mut Vec::new(), &mut |one, other| found.push((one.min(other), one.max(other))));
        found.sort_unstable();
        let all = (0..hashes.len()).flat_map(|one| (one + 1..hashes.len()).map(move |other| (one, other)));
        let wanted: Vec<_> = all.filter(|&(one, other)| (hashes[one] ^ hashes[other]).count_ones() <= 3).collect();
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn flat_images_are_alike_by_their_colours_alone() {
    let flat = |colour: [u8; 3]| colour.iter().flat_map(|&value| vec![value; 256]).collect::<Vec<u8>>();
    let mut images: Vec<Vec<u8>> = (0..250).step_by(10).map(|value| flat([value, value, value])).collect();
    images.extend([flat([200, 20, 20]), flat([20, 200, 20]), flat([200, 20, 22]), flat([30, 30, 30])]);
    let found = alike(&images, 3, 16);
    assert_eq!(found.same, [vec![3, 28]]);
    assert_eq!(found.near, [vec![3, 28], vec![25, 27]]);
}

#[test]
fn thousands_of_flat_images_are_sorted_out() {
    let images: Vec<Vec<u8>> = (0..5000_usize).map(|place| vec![(place % 4 * 60) as u8; 64]).collect();
    let found = alike(&images, 1, 8);
    assert_eq!(found.same.iter().map(Vec::len).collect::<Vec<_>>(), [1250; 4]);
    assert_eq!(found.near, found.same);
}

#[test]
fn a_hash_alone_makes_no_duplicate() {
    let images = [picture(1, 1, 16), picture(2, 1, 16), picture(3, 1, 16)];
    let found = find(&[7, 7, 7], &[9, 8, 9], |image| &images[image]);
    assert_eq!(found, Alike { same: vec![], near: vec![] });
}

#[test]
fn two_hundred_thousand_hashes_are_searched() {
    let count = 200_000;
    let mut hashes: Vec<u64> = random(5).take(count).collect();
    for copy in 0..100 {
        hashes[count - 1 - copy] = hashes[copy] ^ 0x0001_0001_0000_0010;
    }
    // Of each hash its own picture, but of the copies that of their originals.
    let pixels = |image: usize| picture(if image >= count - 100 { count - 1 - image } else { image } as u64, 1, 8);
    let same: Vec<u64> = random(6).take(count).collect();
    let found = find(&same, &hashes, pixels);
    assert_eq!(found.near.len(), 100);
    assert!(found.near.iter().all(|group| group.len() == 2 && group[0] + group[1] == count - 1));
}

#[test]
fn any_side_has_a_hash() {
    for side in [1, 2, 5, 9, 33] {
        assert_eq!(picture_hash(&picture(4, 3, side), 3, side), picture_hash(&picture(4, 3, side), 3, side));
    }
    assert_eq!(picture_hash(&[], 3, 0), 0);
    // As a picture grows, its hash hardly changes.
    let distance = picture_hash(&picture(4, 1, 32), 1, 32) ^ picture_hash(&picture(4, 1, 64), 1, 64);
    assert!(distance.count_ones() <= 3, "{distance:b}");
}
