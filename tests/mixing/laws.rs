//! What holds of measures of mixing whatever the chains, and chains of known mixing.

use emberlab::compute::{NoiseKey, Purpose};
use emberlab::metrics::{MixingError, ScalarChains};
use proptest::prelude::*;

/// First-order autoregressions of variance 1, `[chain][draw]`.
pub fn autoregressive(coefficient: f64, chains: usize, draws: usize) -> Vec<Vec<f64>> {
    let key = NoiseKey::new(5, Purpose::Metric);
    let row = |chain: usize| {
        let mut noise = vec![0.0f32; draws];
        key.normal(chain as u32, &mut noise);
        let mut place = f64::from(noise[0]);
        let follow = |fresh: &f32| {
            place = coefficient * place + (1.0 - coefficient * coefficient).sqrt() * f64::from(*fresh);
            place
        };
        noise.iter().map(follow).collect()
    };
    (0..chains).map(row).collect()
}

#[test]
fn the_autocorrelation_time_of_an_autoregression_is_known() {
    for coefficient in [0.0, 0.5, 0.8, 0.95] {
        let chains = ScalarChains::new(autoregressive(coefficient, 4, 40_000)).unwrap();
        let (found, known) =
            (chains.integrated_autocorrelation_time().unwrap(), (1.0 + coefficient) / (1.0 - coefficient));
        assert!((found / known - 1.0).abs() < 0.1, "coefficient {coefficient}: {found} is not about {known}");
        let lagged = chains.autocorrelation(2).unwrap();
        assert!((lagged[1] - coefficient).abs() < 0.02 && (lagged[2] - coefficient.powi(2)).abs() < 0.03, "{lagged:?}");
        let r_hat = chains.r_hat().unwrap();
        assert!((0.999..1.01).contains(&r_hat), "{r_hat}");
    }
}

#[test]
fn chains_that_disagree_are_worth_about_a_draw_each() {
    let mut rows = autoregressive(0.0, 4, 1000);
    rows.iter_mut().enumerate().for_each(|(chain, row)| row.iter_mut().for_each(|draw| *draw += 50.0 * chain as f64));
    let found = ScalarChains::new(rows).unwrap().mixing().unwrap();
    assert!(found.r_hat > 2.0 && found.split_r_hat > 10.0, "{found:?}");
    assert!((3.0..6.0).contains(&found.bulk) && found.autocorrelation_time > 600.0, "{found:?}");
}

#[test]
fn chains_of_another_spread_are_seen_by_folding_alone() {
    let mut rows = autoregressive(0.0, 4, 1000);
    rows[0].iter_mut().for_each(|draw| *draw *= 10.0);
    let chains = ScalarChains::new(rows).unwrap();
    assert!(chains.rank_normalized_r_hat().unwrap() < 1.01);
    assert!(chains.folded_r_hat().unwrap() > 1.1);
    assert_eq!(chains.r_hat(), chains.folded_r_hat());
}

#[test]
fn plain_split_r_hat_worked_by_hand() {
    // Halves (0, 2), (1, 3), (0, 2), (1, 3): W = 2, B = 2 · 1/3, n = 2, so var⁺ = 1 + 1/3.
    let chains = ScalarChains::new(vec![vec![0.0, 2.0, 1.0, 3.0], vec![0.0, 2.0, 1.0, 3.0]]).unwrap();
    assert!((chains.split_r_hat().unwrap() - (2.0f64 / 3.0).sqrt()).abs() < 1e-15);
    // The middle draw of five counts in neither half.
    let odd = ScalarChains::new(vec![vec![0.0, 2.0, 9.0, 1.0, 3.0], vec![0.0, 2.0, -9.0, 1.0, 3.0]]).unwrap();
    assert_eq!(odd.split_r_hat(), chains.split_r_hat());
}

#[test]
fn steps_are_turned_into_chains() {
    let steps: Vec<Vec<f64>> = (0..4).map(|step| vec![f64::from(step), 10.0 + f64::from(step)]).collect();
    let chains = ScalarChains::from_steps(&steps).unwrap();
    assert_eq!(chains.rows(), [[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0]]);
    assert!(matches!(ScalarChains::from_steps(&[vec![1.0], vec![]]), Err(MixingError::Settings(_))));
    assert_eq!(ScalarChains::from_steps(&[]), Err(MixingError::NoChain));
}

#[test]
fn chains_without_a_measure_are_named() {
    let new = ScalarChains::new;
    assert_eq!(new(vec![]), Err(MixingError::NoChain));
    assert_eq!(new(vec![vec![]]), Err(MixingError::TooFew { found: 0, needed: 4 }));
    assert_eq!(new(vec![vec![1.0, 2.0, 3.0]]), Err(MixingError::TooFew { found: 3, needed: 4 }));
    let uneven = new(vec![vec![1.0, 2.0, 3.0, 4.0], vec![1.0]]);
    assert_eq!(uneven, Err(MixingError::Lengths { chain: 1, found: 1, expected: 4 }));
    let wild = new(vec![vec![1.0, 2.0, 3.0, 4.0], vec![0.0, f64::NAN, 0.0, 0.0]]);
    assert_eq!(wild, Err(MixingError::NotFinite { chain: 1, draw: 1 }));
    assert_eq!(new(vec![vec![0.1; 8]; 3]), Err(MixingError::Constant));
    let middle = new(vec![vec![0.0, 0.0, 1.0, 0.0, 0.0]]).unwrap();
    assert_eq!(middle.mixing(), Err(MixingError::Constant));
    assert_eq!(middle.autocorrelation(5), Err(MixingError::TooFew { found: 5, needed: 6 }));
    // Each chain stands still: there is no variance within to set lags in proportion to.
    let still = new(vec![vec![1.0; 8], vec![2.0; 8]]).unwrap();
    assert_eq!(still.autocorrelation(1), Err(MixingError::Constant));
    assert_eq!(still.r_hat(), Ok(f64::INFINITY));
}

#[test]
fn tails_of_ties_have_no_size() {
    let mut rows = vec![vec![1.0; 100]; 2];
    rows[0][3] = 0.0;
    let found = ScalarChains::new(rows).unwrap().mixing().unwrap();
    assert_eq!(found.tail, None);
}

fn rows() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1..5usize, 4..40usize)
        .prop_flat_map(|(chains, draws)| prop::collection::vec(prop::collection::vec(-100.0..100.0, draws), chains))
}

proptest! {
    #[test]
    fn unit_and_origin_do_not_matter(rows in rows(), power in -6..6, unit in 0.01..100.0, origin in -1e3..1e3) {
        let here = ScalarChains::new(rows.clone()).unwrap();
        let moved = |unit: f64, origin: f64| {
            let row = |row: &Vec<f64>| row.iter().map(|draw| unit * draw + origin).collect();
            ScalarChains::new(rows.iter().map(row).collect()).unwrap()
        };
        // Powers of two change no digit; others may split the two middle draws, which are as far from the median.
        prop_assert_eq!(here.r_hat(), moved(2f64.powi(power), 0.0).r_hat());
        let there = moved(unit, origin);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs();
        prop_assert!(close(here.split_r_hat().unwrap(), there.split_r_hat().unwrap()));
        prop_assert!(close(here.rank_normalized_r_hat().unwrap(), there.rank_normalized_r_hat().unwrap()));
        prop_assert!(close(here.bulk_effective_sample_size().unwrap(), there.bulk_effective_sample_size().unwrap()));
    }

    #[test]
    fn a_monotone_scale_changes_no_rank(rows in rows()) {
        let bent = rows.iter().map(|row| row.iter().map(|draw| (draw / 20.0).exp()).collect()).collect();
        let (here, there) = (ScalarChains::new(rows).unwrap(), ScalarChains::new(bent).unwrap());
        prop_assert_eq!(here.rank_normalized_r_hat(), there.rank_normalized_r_hat());
        prop_assert_eq!(here.bulk_effective_sample_size(), there.bulk_effective_sample_size());
    }

    #[test]
    fn the_order_of_chains_does_not_matter_and_sizes_are_bounded(rows in rows()) {
        let here = ScalarChains::new(rows.clone()).unwrap();
        let there = ScalarChains::new(rows.into_iter().rev().collect()).unwrap();
        let (a, b) = (here.mixing().unwrap(), there.mixing().unwrap());
        prop_assert!((a.r_hat - b.r_hat).abs() < 1e-9 && (a.bulk / b.bulk - 1.0).abs() < 1e-6);
        let total = here.total() as f64;
        prop_assert!(a.bulk > 0.0 && a.bulk <= total * total.log10() + 1e-9);
    }
}
