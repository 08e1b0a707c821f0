//! Which checkpoints are kept: the last few, and now and then one for good.

/// What is kept of a run's checkpoints. The newest always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// So many of the newest.
    pub last: usize,
    /// Beside them those whose iteration is a multiple of this.
    pub every: Option<u64>,
}

impl Default for Keep {
    fn default() -> Self {
        Self { last: 3, every: None }
    }
}

impl Keep {
    /// Whether the checkpoint of `iteration` is kept while there are `newer` ones.
    pub(super) fn keeps(self, iteration: u64, newer: usize) -> bool {
        newer < self.last.max(1) || self.every.is_some_and(|every| every > 0 && iteration.is_multiple_of(every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// What is left after checkpoints of these iterations were written one after another.
    fn rotated(keep: Keep, iterations: &BTreeSet<u64>) -> Vec<u64> {
        let mut kept: Vec<u64> = Vec::new();
        for &iteration in iterations {
            kept.push(iteration);
            let count = kept.len();
            kept = (0..count).filter(|&at| keep.keeps(kept[at], count - 1 - at)).map(|at| kept[at]).collect();
        }
        kept
    }

    proptest! {
        #[test]
        fn the_newest_and_every_kth_are_kept_and_nothing_else(
            iterations in prop::collection::btree_set(0..500_u64, 1..60),
            last in 0..8_usize,
            every in prop::option::of(0..40_u64),
        ) {
            let kept = rotated(Keep { last, every }, &iterations);
            let written: Vec<u64> = iterations.iter().copied().collect();
            let newest = &written[written.len().saturating_sub(last.max(1))..];
            let whole = |n: &u64| every.is_some_and(|every| every > 0 && n.is_multiple_of(every));
            let wanted: Vec<u64> = written.iter().copied().filter(|n| newest.contains(n) || whole(n)).collect();
            prop_assert_eq!(kept, wanted);
        }
    }
}
