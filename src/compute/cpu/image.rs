//! Images on their way in and out: from `[channel, height, width]` to the layout of the first convolution's map.

use super::tiles::Grid;

/// How an image lies in a map: the pixels of `phases × phases` phases side by side, or as they are (1).
pub(super) struct Layout {
    side: usize,
    channels: usize,
    phases: usize,
    map: Grid,
    /// How far from the first pixel of a line each of its pixels lies in the map.
    steps: Vec<usize>,
}

impl Layout {
    /// Of images `[channels, side, side]` in `map`, whose own phases do not matter here.
    pub(super) fn new(channels: usize, side: usize, phases: usize, map: Grid) -> Self {
        let steps = (0..side).map(|x| x / phases * map.channels + x % phases * channels).collect();
        Self { side, channels, phases, map, steps }
    }

    /// Values of one image in the map.
    pub(super) fn length(&self) -> usize {
        self.map.side * self.map.side * self.map.channels
    }

    /// Brings an image into the map; what pads is left as it is.
    pub(super) fn pack(&self, image: &[f32], map: &mut [f32]) {
        for (line, first) in image.chunks_exact(self.side).zip(self.lines()) {
            line.iter().zip(&self.steps).for_each(|(&value, step)| map[first + step] = value);
        }
    }

    /// The way back.
    pub(super) fn unpack(&self, map: &[f32], image: &mut [f32]) {
        for (line, first) in image.chunks_exact_mut(self.side).zip(self.lines()) {
            line.iter_mut().zip(&self.steps).for_each(|(value, step)| *value = map[first + step]);
        }
    }

    /// Where each line of each channel begins in the map.
    fn lines(&self) -> impl Iterator<Item = usize> {
        let Self { side, channels, phases, map, .. } = *self;
        let line = move |y: usize| y / phases * map.side * map.channels + y % phases * phases * channels;
        (0..channels).flat_map(move |channel| (0..side).map(move |y| line(y) + channel))
    }
}
