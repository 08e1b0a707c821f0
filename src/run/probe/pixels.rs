//! Pictures of a window as images of a model.

use crate::compute::Images;
use crate::run::Pictures;

/// 1×1 images of these colours: `[count, channels, 1, 1]`. Grey models take the mean of a colour's channels.
pub(super) fn colours(colours: &[[u8; 3]], channels: usize, range: [f32; 2]) -> Images {
    let rgba = colours.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    images(&Pictures { side: 1, count: colours.len(), rgba }, channels, range)
}

/// Pictures as images `[count, channels, side, side]`: the inverse of [`crate::run::pictures`].
pub(super) fn images(pictures: &Pictures, channels: usize, [low, high]: [f32; 2]) -> Images {
    let (side, area) = (pictures.side, pictures.side * pictures.side);
    let count = pictures.count.min(pictures.rgba.len() / (4 * area).max(1));
    let mut images = Images::zeros([count, channels, side, side]);
    for (index, picture) in pictures.rgba.chunks_exact((4 * area).max(1)).take(count).enumerate() {
        let image = images.image_mut(index);
        for (position, pixel) in picture.as_chunks::<4>().0.iter().enumerate() {
            for channel in 0..channels {
                let byte = match channels {
                    1 => pixel[..3].iter().map(|&byte| f32::from(byte)).sum::<f32>() / 3.0,
                    _ => f32::from(pixel[channel.min(2)]),
                };
                image[channel * area + position] = low + (high - low) * byte / 255.0;
            }
        }
    }
    images
}

/// Root mean square of all differences, as a share of the range.
pub(super) fn rmse(a: &Images, b: &Images, [low, high]: [f32; 2]) -> f64 {
    let squares: f64 = a.data().iter().zip(b.data()).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (squares / a.data().len().max(1) as f64).sqrt() / f64::from(high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::pictures;

    #[test]
    fn pictures_come_back_as_they_were() {
        let rgba: Vec<u8> = (0..2 * 9).flat_map(|at: u8| [at, 255 - at, 7 * at, 255]).collect();
        let asked = Pictures { side: 3, count: 2, rgba };
        for range in [[-1.0, 1.0], [0.0, 255.0]] {
            assert_eq!(pictures(&images(&asked, 3, range), range, 2), asked);
        }
        let grey = colours(&[[10, 20, 30]], 1, [0.0, 255.0]);
        assert!((grey.data()[0] - 20.0).abs() < 1e-4);
    }

    #[test]
    fn black_and_white_are_a_whole_range_apart() {
        let both = colours(&[[0; 3], [255; 3]], 3, [-1.0, 1.0]);
        assert!((rmse(&both.select(&[0]), &both.select(&[1]), [-1.0, 1.0]) - 1.0).abs() < 1e-6);
    }
}
