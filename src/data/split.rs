//! Which images are held out of training.

use super::record::Part;
use super::stable_hash::{StableHash, spread};
use std::collections::HashSet;

/// How a set is split in two.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Split {
    /// As the source says; where it says nothing, that share by a hash of the name.
    Share(f64),
    /// The images of these names are held out.
    Named(HashSet<String>),
}

impl Split {
    /// The training and the held-out images, as indices into `names`, each in their order.
    pub fn of(&self, names: &[String], parts: &[Option<Part>]) -> [Vec<u32>; 2] {
        let share = match self {
            Self::Named(held_out) => return sorted(names, |index| held_out.contains(&names[index])),
            Self::Share(share) => *share,
        };
        if parts.contains(&Some(Part::HeldOut)) {
            return sorted(names, |index| parts[index] == Some(Part::HeldOut));
        }
        // Adding files moves no other from one side to the other. The one with the largest hash always stays for training.
        let places: Vec<f64> = names.iter().map(|name| place(name)).collect();
        let largest = places.iter().copied().fold(0.0, f64::max);
        sorted(names, |index| places[index] < share.min(largest))
    }
}

/// A number in [0, 1) that a name has on every machine.
fn place(name: &str) -> f64 {
    spread(StableHash::of(name.as_bytes())) as f64 / (u64::MAX as f64 + 1.0)
}

fn sorted(names: &[String], is_held_out: impl Fn(usize) -> bool) -> [Vec<u32>; 2] {
    let (held_out, training) = (0..names.len()).partition::<Vec<usize>, _>(|&index| is_held_out(index));
    [training, held_out].map(|indices| indices.into_iter().map(|index| index as u32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("{index:03}.png")).collect()
    }

    #[test]
    fn names_are_split_by_hash_and_stay_where_they_are() {
        let split = |count: usize, share: f64| Split::Share(share).of(&names(count), &vec![None; count]);
        let [training, held_out] = split(200, 0.25);
        assert_eq!(training.len() + held_out.len(), 200);
        assert!((30..70).contains(&held_out.len()), "{}", held_out.len());
        let [more_training, more_held_out] = split(260, 0.25);
        assert!(training.iter().all(|index| more_training.contains(index)));
        assert!(held_out.iter().all(|index| more_held_out.contains(index)));
        assert!(split(200, 0.0)[1].is_empty());
    }

    #[test]
    fn a_single_image_is_for_training_whatever_its_name() {
        for name in ["a.png", "b.png", "c.png", "d.png"] {
            assert_eq!(Split::Share(0.999).of(&[name.to_owned()], &[None])[0], [0]);
        }
    }

    #[test]
    fn what_the_source_says_goes_before_the_share_and_a_list_before_both() {
        let parts = [Some(Part::Training), Some(Part::HeldOut), Some(Part::Training)];
        assert_eq!(Split::Share(0.9).of(&names(3), &parts), [vec![0, 2], vec![1]]);
        let listed = Split::Named(["002.png".to_owned(), "unknown".to_owned()].into());
        assert_eq!(listed.of(&names(3), &parts), [vec![0, 1], vec![2]]);
    }
}
