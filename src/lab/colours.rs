//! Which colour each grid has: it belongs to the grid's side, and stays with it when the pyramid changes.

use super::theme::{self, SERIES};
use eframe::egui::Color32;
use std::collections::BTreeMap;

/// The colours of the sides seen so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Colours {
    slots: BTreeMap<usize, usize>,
    /// The pyramid's sides now.
    current: Vec<usize>,
}

impl Colours {
    /// Gives every side of a pyramid a colour. Sides that stay keep theirs. One that comes gets back the colour it had,
    /// or one that nobody has, or one that only sides of earlier pyramids have, or one that few have.
    pub fn arrange(&mut self, sides: impl IntoIterator<Item = usize>) {
        let sides: Vec<usize> = sides.into_iter().collect();
        if sides == self.current {
            return;
        }
        let mut sharing = [0_usize; SERIES];
        let (staying, coming): (Vec<usize>, Vec<usize>) = sides.iter().partition(|side| self.current.contains(side));
        for &side in &staying {
            sharing[self.slot(side)] += 1;
        }
        for side in coming {
            let had = self.slots.get(&side).copied().filter(|&slot| sharing[slot] == 0);
            let owned = |slot: usize| self.slots.values().any(|&other| other == slot);
            let cost = |slot: &usize| (sharing[*slot], owned(*slot), (slot + SERIES - 1) % SERIES);
            let slot = had.or_else(|| (0..SERIES).min_by_key(cost)).unwrap_or_default();
            sharing[slot] += 1;
            self.slots.insert(side, slot);
        }
        self.current = sides;
    }

    /// Gives a side that was never seen a colour, one that few have.
    pub fn add(&mut self, side: usize) {
        let owners = |slot: &usize| self.slots.values().filter(|&other| other == slot).count();
        let slot = (0..SERIES).min_by_key(|slot| (owners(slot), (slot + SERIES - 1) % SERIES)).unwrap_or_default();
        self.slots.entry(side).or_insert(slot);
    }

    /// The colour of the grid of this side.
    #[must_use]
    pub fn of(&self, side: usize, dark: bool) -> Color32 {
        theme::series(self.slot(side), dark)
    }

    fn slot(&self, side: usize) -> usize {
        self.slots.get(&side).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn slots(colours: &Colours, sides: &[usize]) -> Vec<usize> {
        sides.iter().map(|&side| colours.slot(side)).collect()
    }

    #[test]
    fn a_colour_stays_with_its_side() {
        let (fine, coarse) = ([2, 3, 4, 6, 9, 14, 21, 32], [2, 4, 8, 16, 32]);
        let mut colours = Colours::default();
        colours.arrange(fine);
        let first = slots(&colours, &fine);
        assert_eq!(first, [1, 2, 3, 4, 5, 6, 7, 0]);
        colours.arrange(coarse);
        let second = slots(&colours, &coarse);
        assert_eq!([second[0], second[1], second[4]], [first[0], first[2], first[7]]);
        assert_eq!(second.iter().collect::<HashSet<_>>().len(), 5, "no two sides of a pyramid look the same");
        colours.arrange(fine);
        assert_eq!(slots(&colours, &fine), first, "what comes back gets its colour back");
        colours.arrange(coarse);
        assert_eq!(slots(&colours, &coarse), second);
    }

    #[test]
    fn a_colour_that_is_in_use_is_not_given_back() {
        let mut colours = Colours::default();
        colours.arrange(2..10);
        // 10 takes over the colour of a side that left, and keeps it when that side comes back.
        colours.arrange(3..11);
        assert_eq!(colours.slot(10), colours.slot(2));
        colours.arrange([2, 9, 10]);
        assert_eq!(slots(&colours, &[2, 9, 10]).into_iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn many_sides_share_colours_evenly() {
        let mut colours = Colours::default();
        colours.arrange(2..18);
        let sharing = |slot| colours.slots.values().filter(|&&other| other == slot).count();
        assert!((0..SERIES).all(|slot| sharing(slot) == 2));
    }

    #[test]
    fn grids_of_other_runs_get_colours_that_are_free() {
        let mut colours = Colours::default();
        colours.arrange([4, 16, 64]);
        let before = slots(&colours, &[4, 16, 64]);
        [4, 8, 32].into_iter().for_each(|side| colours.add(side));
        assert_eq!(slots(&colours, &[4, 16, 64]), before);
        assert_eq!(slots(&colours, &[4, 8, 16, 32, 64]).into_iter().collect::<HashSet<_>>().len(), 5);
    }
}
