//! Undo and redo of a mask, in bounded memory.

use super::mask::Mask;
use std::collections::VecDeque;

/// Bytes that earlier and undone masks may take together.
const BUDGET: usize = 8 << 20;

/// A mask as runs of equal values, or as it is where that is shorter.
#[derive(Debug, Clone)]
struct Packed {
    side: usize,
    runs: bool,
    bytes: Vec<u8>,
}

impl Packed {
    fn new(mask: &Mask) -> Self {
        let mut bytes = Vec::new();
        for run in mask.values.chunk_by(|one, other| one == other) {
            for part in run.chunks(255) {
                // A part is no longer than 255.
                bytes.extend([part.len() as u8, part[0]]);
            }
        }
        let runs = bytes.len() < mask.values.len();
        let bytes = if runs { bytes } else { mask.values.clone() };
        Self { side: mask.side, runs, bytes }
    }

    fn unpack(&self) -> Mask {
        let values = match self.runs {
            true => {
                self.bytes.as_chunks::<2>().0.iter().flat_map(|&[count, value]| vec![value; count.into()]).collect()
            }
            false => self.bytes.clone(),
        };
        Mask { side: self.side, values }
    }

    fn size(&self) -> usize {
        self.bytes.len() + size_of::<Self>()
    }
}

/// Earlier masks, and those that were undone.
#[derive(Debug, Default)]
pub struct Undo {
    past: VecDeque<Packed>,
    undone: Vec<Packed>,
    size: usize,
}

impl Undo {
    /// Keeps the mask before a change; what was undone is forgotten, and so are the oldest when memory runs out.
    pub fn keep(&mut self, before: &Mask) {
        self.size -= self.undone.drain(..).map(|mask| mask.size()).sum::<usize>();
        let packed = Packed::new(before);
        self.size += packed.size();
        self.past.push_back(packed);
        while self.size > BUDGET && self.past.len() > 1 {
            self.size -= self.past.pop_front().map_or(0, |oldest| oldest.size());
        }
    }

    /// The mask before the last change; `now` can be had again by [`Undo::redo`].
    pub fn undo(&mut self, now: &Mask) -> Option<Mask> {
        let before = self.past.pop_back()?;
        let now = Packed::new(now);
        self.size = self.size + now.size() - before.size();
        self.undone.push(now);
        Some(before.unpack())
    }

    /// The mask before the last undoing.
    pub fn redo(&mut self, now: &Mask) -> Option<Mask> {
        let after = self.undone.pop()?;
        let now = Packed::new(now);
        self.size = self.size + now.size() - after.size();
        self.past.push_back(now);
        Some(after.unpack())
    }

    /// Whether there is something to undo, and to redo.
    #[must_use]
    pub fn can(&self) -> [bool; 2] {
        [!self.past.is_empty(), !self.undone.is_empty()]
    }
}

#[cfg(test)]
mod tests {
    use super::super::mask::tests::masks;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn undoing_and_redoing_restore_exactly(states in prop::collection::vec(masks(), 2..12)) {
            let mut undo = Undo::default();
            for before in &states[..states.len() - 1] {
                undo.keep(before);
            }
            let mut now = states[states.len() - 1].clone();
            for wanted in states.iter().rev().skip(1) {
                now = undo.undo(&now).unwrap();
                prop_assert_eq!(&now, wanted);
            }
            prop_assert_eq!(undo.undo(&now), None);
            for wanted in &states[1..] {
                now = undo.redo(&now).unwrap();
                prop_assert_eq!(&now, wanted);
            }
            prop_assert_eq!(undo.redo(&now), None);
        }

        #[test]
        fn a_change_forgets_what_was_undone(states in prop::collection::vec(masks(), 3..4)) {
            let mut undo = Undo::default();
            undo.keep(&states[0]);
            undo.undo(&states[1]).unwrap();
            undo.keep(&states[0]);
            prop_assert_eq!(undo.can(), [true, false]);
            let before = undo.undo(&states[2]);
            prop_assert_eq!(before.as_ref(), Some(&states[0]));
        }
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let mut undo = Undo::default();
        let noise = |seed: usize| Mask { side: 256, values: (0..65_536).map(|at| (at * 31 + seed) as u8).collect() };
        for seed in 0..400 {
            undo.keep(&noise(seed));
            assert!(undo.size <= BUDGET);
        }
        assert!(undo.past.len() > 100);
        assert_eq!(undo.undo(&noise(400)), Some(noise(399)));
    }

    #[test]
    fn a_painted_mask_takes_little() {
        let mut mask = Mask::clear(64);
        mask.set_rectangle([8, 8], [40, 40], 255);
        assert!(Packed::new(&mask).size() < 300);
    }
}
