//! How bytes become greys on the screen: as they are, on the model's fixed range, or stretched; and what must be said then.

use crate::lab::format;
use crate::run::{Frame, Pictures};

/// What each byte is drawn as.
pub type Table = [u8; 256];

/// What decides black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stretch {
    /// The model's range: every picture is comparable with every other.
    #[default]
    Fixed,
    /// The darkest and brightest value of each picture.
    Each,
    /// Those of all pictures together.
    All,
    /// A window set by hand.
    Window,
}

impl Stretch {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Fixed, "fixed range"),
        (Self::Each, "stretched, each picture"),
        (Self::All, "stretched, all together"),
        (Self::Window, "window set by hand"),
    ];
}

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    pub stretch: Stretch,
    /// What the window makes black and white, as shares of the model's range.
    pub window: [f32; 2],
    /// Exponent of the greys within the window, 0.2 to 5: below 1 lifts what is dark.
    pub gamma: f32,
}

impl Default for Contrast {
    fn default() -> Self {
        Self { stretch: Stretch::Fixed, window: [0.0, 1.0], gamma: 1.0 }
    }
}

impl Contrast {
    /// Whether pictures are drawn as they are.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        let unchanged = self.window == [0.0, 1.0] && self.gamma == 1.0;
        self.stretch == Stretch::Fixed || (self.stretch == Stretch::Window && unchanged)
    }

    /// The window on the model's range.
    #[must_use]
    pub fn window_on(&self, [low, high]: [f32; 2]) -> [f32; 2] {
        self.window.map(|share| low + (high - low) * share)
    }

    /// What must be said of pictures that are not on the fixed range.
    #[must_use]
    pub fn note(&self, range: [f32; 2]) -> Option<String> {
        if self.is_fixed() {
            return None;
        }
        let [low, high] = self.window_on(range).map(|value| format::short(f64::from(value)));
        Some(match self.stretch {
            Stretch::Each => "NOT on the fixed range: each picture stretched to its own".to_owned(),
            Stretch::All => "NOT on the fixed range: stretched to the values of all pictures".to_owned(),
            _ => format!("NOT on the fixed range: [{low}, {high}], gamma {}", format::short(f64::from(self.gamma))),
        })
    }

    /// What the name of a file with such pictures ends with.
    #[must_use]
    pub fn suffix(&self, range: [f32; 2]) -> String {
        if self.is_fixed() {
            return String::new();
        }
        let [low, high] = self.window_on(range).map(|value| format::short(f64::from(value)));
        match self.stretch {
            Stretch::Each => "-stretched-each".to_owned(),
            Stretch::All => "-stretched-together".to_owned(),
            _ => format!("-window-{low}-to-{high}-gamma-{}", format::short(f64::from(self.gamma))),
        }
    }

    /// How the pictures of a frame are drawn.
    #[must_use]
    pub fn tone(&self, frame: &Frame) -> Tone {
        let grids = frame.grids.iter().flat_map(|grid| [&grid.observed, &grid.synthesized]);
        match self.stretch {
            _ if self.is_fixed() => Tone::Fixed,
            Stretch::Each => Tone::Each,
            Stretch::All => Tone::Table(Box::new(stretched(bounds(grids.map(|pictures| pictures.rgba.as_slice()))))),
            _ => Tone::Table(Box::new(windowed(self.window, self.gamma))),
        }
    }
}

/// How the pictures of one frame are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Tone {
    Fixed,
    Each,
    Table(Box<Table>),
}

impl Tone {
    /// What the bytes of a picture are drawn as; `None` where they are drawn as they are.
    #[must_use]
    pub fn table(&self, rgba: &[u8]) -> Option<Table> {
        match self {
            Self::Fixed => None,
            // One colour all over has no contrast: stretching would only make it garish.
            Self::Each if flat(rgba) => None,
            Self::Each => Some(stretched(bounds(std::iter::once(rgba)))),
            Self::Table(table) => Some(**table),
        }
    }

    /// Pictures with the bytes they are drawn as.
    #[must_use]
    pub fn drawn(&self, mut pictures: Pictures) -> Pictures {
        let bytes = (pictures.side * pictures.side * 4).max(4);
        for picture in pictures.rgba.chunks_mut(bytes) {
            if let Some(table) = self.table(picture) {
                for [r, g, b, _] in picture.as_chunks_mut::<4>().0 {
                    [*r, *g, *b] = [*r, *g, *b].map(|byte| table[usize::from(byte)]);
                }
            }
        }
        pictures
    }
}

/// The darkest and brightest byte of all channels.
fn bounds<'a>(pictures: impl Iterator<Item = &'a [u8]>) -> [u8; 2] {
    let (mut low, mut high) = (u8::MAX, 0);
    for rgba in pictures {
        for [r, g, b, _] in rgba.as_chunks::<4>().0 {
            low = low.min(*r).min(*g).min(*b);
            high = high.max(*r).max(*g).max(*b);
        }
    }
    [low, high]
}

fn flat(rgba: &[u8]) -> bool {
    let pixels = rgba.as_chunks::<4>().0;
    pixels.first().is_none_or(|first| pixels.iter().all(|pixel| pixel == first))
}

/// A picture of one value stays as it is: there is nothing to stretch.
fn stretched([low, high]: [u8; 2]) -> Table {
    if high <= low {
        return std::array::from_fn(|byte| byte as u8);
    }
    windowed([low, high].map(|byte| f32::from(byte) / 255.0), 1.0)
}

fn windowed([low, high]: [f32; 2], gamma: f32) -> Table {
    let width = (high - low).max(1.0 / 255.0);
    std::array::from_fn(|byte| {
        let share = ((byte as f32 / 255.0 - low) / width).clamp(0.0, 1.0);
        (share.powf(gamma) * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(side: usize, values: &[u8]) -> Pictures {
        let rgba: Vec<u8> = values.iter().flat_map(|&value| [value, value, value, 255]).collect();
        Pictures { side, count: values.len() / (side * side).max(1), rgba }
    }

    fn reds(pictures: &Pictures) -> Vec<u8> {
        pictures.rgba.iter().step_by(4).copied().collect()
    }

    #[test]
    fn the_fixed_range_changes_nothing_and_says_nothing() {
        let fixed = Contrast::default();
        assert_eq!((fixed.note([-1.0, 1.0]), fixed.suffix([-1.0, 1.0])), (None, String::new()));
        assert_eq!(reds(&fixed.tone(&Frame::default()).drawn(grey(1, &[7, 200]))), [7, 200]);
        let open = Contrast { stretch: Stretch::Window, ..fixed };
        assert!(open.is_fixed(), "a window as wide as the range is the range");
    }

    #[test]
    fn each_picture_is_stretched_to_its_own_range() {
        let each = Contrast { stretch: Stretch::Each, ..Contrast::default() };
        let drawn = each.tone(&Frame::default()).drawn(grey(2, &[100, 110, 120, 100, 30, 30, 30, 30]));
        assert_eq!(reds(&drawn), [0, 128, 255, 0, 30, 30, 30, 30], "a flat picture stays as it is");
        let colour = Pictures { side: 1, count: 1, rgba: vec![90, 120, 200, 255] };
        assert_eq!(each.tone(&Frame::default()).drawn(colour.clone()), colour);
        assert!(each.note([0.0, 1.0]).is_some_and(|note| note.contains("NOT on the fixed range")));
        assert_eq!(each.suffix([0.0, 1.0]), "-stretched-each");
    }

    #[test]
    fn together_pictures_keep_their_order() {
        let mut frame = Frame::default();
        let grid =
            crate::run::GridFrame { observed: grey(1, &[50]), synthesized: grey(1, &[100]), ..Default::default() };
        frame.grids.push(grid);
        let all = Contrast { stretch: Stretch::All, ..Contrast::default() };
        assert_eq!(reds(&all.tone(&frame).drawn(grey(1, &[50, 75, 100]))), [0, 128, 255]);
    }

    #[test]
    fn a_window_is_said_in_the_models_units() {
        let window = Contrast { stretch: Stretch::Window, window: [0.25, 0.75], gamma: 0.5 };
        assert!(window.note([-1.0, 1.0]).is_some_and(|note| note.contains("[-0.5, 0.5], gamma 0.5")));
        assert_eq!(window.suffix([-1.0, 1.0]), "-window--0.5-to-0.5-gamma-0.5");
        let drawn = reds(&window.tone(&Frame::default()).drawn(grey(1, &[0, 64, 96, 255])));
        assert_eq!((drawn[0], drawn[3]), (0, 255));
        assert!(drawn[2] > 126, "a gamma below 1 lifts what is dark: {drawn:?}");
    }

    #[test]
    fn an_upside_down_window_is_a_step() {
        let window = Contrast { stretch: Stretch::Window, window: [0.6, 0.4], gamma: 1.0 };
        assert_eq!(reds(&window.tone(&Frame::default()).drawn(grey(1, &[0, 255]))), [0, 255]);
    }
}
