//! Images on their way in and out: from `[channel, height, width]` to the layout of the first convolution's map.

use super::tiles::Grid;

/// How an image lies in a map: the pixels of `phases × phases` phases side by side, or as they are (1).
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) side: usize,
    pub(super) channels: usize,
    pub(super) phases: usize,
    /// The map; its own phases do not matter here.
    pub(super) map: Grid,
}

impl Layout {
    /// Values of one image in the map.
    pub(super) fn length(&self) -> usize {
        self.map.side * self.map.side * self.map.channels
    }

    /// Brings images into the map; what pads is left as it is.
    pub(super) fn pack(&self, image: &[f32], map: &mut [f32]) {
        self.for_each_line(|plane, cell, x| {
            for (index, &value) in image[plane..plane + self.side].iter().enumerate() {
                map[cell + x(index)] = value;
            }
        });
    }

    /// The way back.
    pub(super) fn unpack(&self, map: &[f32], image: &mut [f32]) {
        self.for_each_line(|plane, cell, x| {
            for (index, value) in image[plane..plane + self.side].iter_mut().enumerate() {
                *value = map[cell + x(index)];
            }
        });
    }

    /// Calls `visit` for each line of each channel with where it begins in the image, where in the map, and how far
    /// from there each of its pixels lies.
    #[inline(always)]
    fn for_each_line(&self, mut visit: impl FnMut(usize, usize, &dyn Fn(usize) -> usize)) {
        let Self { side, channels, phases, map } = *self;
        let step = |x: usize| x / phases * map.channels + x % phases * channels;
        for channel in 0..channels {
            for y in 0..side {
                let cell = y / phases * map.side * map.channels + y % phases * phases * channels + channel;
                visit((channel * side + y) * side, cell, &step);
            }
        }
    }
}
