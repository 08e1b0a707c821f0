//! The slope of a trace and the error of it.

use crate::laws::autoregressive;
use emberlab::metrics::{MixingError, ScalarChains, long_run_drift};
use proptest::prelude::*;

fn chains(rows: &[&[f64]]) -> ScalarChains {
    ScalarChains::new(rows.iter().map(|row| row.to_vec()).collect()).unwrap()
}

#[test]
fn three_batches_worked_by_hand() {
    // The mean of both chains is 9, 0, 0, 3, 3, 3, 3; batch means 0, 3, 3 at -2, 0, 2: slope 6/8, off the line by
    // ½, -1, ½.
    let found =
        long_run_drift(&chains(&[&[9.0, 1.0, 0.0, 3.0, 4.0, 2.0, 3.0], &[9.0, -1.0, 0.0, 3.0, 2.0, 4.0, 3.0]]), 3)
            .unwrap();
    assert!((found.slope - 0.75).abs() < 1e-12, "{found:?}");
    assert!((found.standard_error - (1.5f64 / 8.0).sqrt()).abs() < 1e-12, "{found:?}");
    assert_eq!((found.batches, found.batch_length), (3, 2));
    assert!((found.ratio().unwrap() - 0.75 / (1.5f64 / 8.0).sqrt()).abs() < 1e-9);
}

#[test]
fn the_error_covers_chains_that_creep() {
    // Without a drift |slope / error| exceeds 2.10, the 5 % point of t with 18 degrees of freedom, one time in 20.
    let rows = autoregressive(0.8, 400, 2000);
    let ratio = |row: &Vec<f64>| long_run_drift(&chains(&[row]), 20).unwrap().ratio().unwrap();
    let outside = rows.iter().filter(|row| ratio(row).abs() > 2.101).count();
    assert!((8..40).contains(&outside), "{outside} of 400");
    // A drift over the whole run of three standard deviations is seen in each.
    let seen = rows.iter().filter(|row| {
        let drifting = row.iter().enumerate().map(|(at, draw)| draw + 0.0015 * at as f64).collect();
        ratio(&drifting) > 2.101
    });
    assert_eq!(seen.count(), 400);
}

#[test]
fn what_has_no_slope_is_named() {
    let short = chains(&[&[1.0, 2.0, 3.0, 4.0]]);
    assert!(matches!(long_run_drift(&short, 2), Err(MixingError::Settings(_))));
    assert_eq!(long_run_drift(&short, 5), Err(MixingError::TooFew { found: 4, needed: 5 }));
    // Two chains of which the mean stands still.
    let opposite = chains(&[&[1.0, -1.0, 1.0, -1.0], &[-1.0, 1.0, -1.0, 1.0]]);
    assert_eq!(long_run_drift(&opposite, 4).unwrap().ratio(), None);
}

proptest! {
    #[test]
    fn a_line_has_its_slope_and_no_error(slope in -5.0..5.0f64, level in -100.0..100.0f64, draws in 30..200usize) {
        prop_assume!(slope.abs() > 1e-3);
        let row: Vec<f64> = (0..draws).map(|at| level + slope * at as f64).collect();
        let found = long_run_drift(&chains(&[&row]), 10).unwrap();
        prop_assert!((found.slope - slope).abs() < 1e-9 && found.standard_error < 1e-9, "{found:?}");
    }
}
