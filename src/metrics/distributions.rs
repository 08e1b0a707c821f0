//! Tails and quantiles of the distributions that tests and intervals refer to.

use std::f64::consts::{PI, TAU};

/// `P(Z > z)` of a standard normal Z, relative error below 1e-12.
pub(super) fn normal_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - normal_tail(-z);
    }
    let density = (-z * z / 2.0).exp() / TAU.sqrt();
    if z < 2.5 { 0.5 - density * centre_series(z) } else { density / tail_fraction(z) }
}

/// `z + z³/3 + z⁵/(3·5) + …`
fn centre_series(z: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term > sum * f64::EPSILON / 4.0 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    sum
}

/// `z + 1/(z + 2/(z + 3/(z + …)))`, of which 200 terms are enough from 2.5 on.
fn tail_fraction(z: f64) -> f64 {
    (1..=200).rev().fold(z, |inner, term| z + f64::from(term) / inner)
}

/// The z with `P(|Z| <= z) = level` of a standard normal Z, for a level inside (0, 1).
pub(super) fn normal_quantile(level: f64) -> f64 {
    inverse(level, |z| 1.0 - 2.0 * normal_tail(z))
}

/// The t with `P(|T| <= t) = level` of Student's T with that many degrees of freedom, at least 1, for a level inside
/// (0, 1).
pub(super) fn student_quantile(level: f64, degrees: usize) -> f64 {
    inverse(level, |t| student_within(t, degrees))
}

/// `P(|T| <= t)` for t from 0 up: the finite sums of Abramowitz & Stegun, 26.7.3 and 26.7.4.
fn student_within(t: f64, degrees: usize) -> f64 {
    let n = degrees as f64;
    let theta = (t / n.sqrt()).atan();
    let cosine = n / (n + t * t);
    let odd = degrees % 2 == 1;
    // Powers of the cosine, even ones from 1 or odd ones from its first, with their coefficients.
    let first = if odd { cosine.sqrt() } else { 1.0 };
    let (mut term, mut sum) = (first, 0.0);
    for k in 0..degrees / 2 {
        sum += term;
        let k = k as f64;
        term *= cosine * if odd { (2.0 * k + 2.0) / (2.0 * k + 3.0) } else { (2.0 * k + 1.0) / (2.0 * k + 2.0) };
    }
    if odd { 2.0 / PI * (theta + theta.sin() * sum) } else { theta.sin() * sum }
}

/// Where the increasing `probability` of [0, ∞) reaches `level`, by bisection to the last bits.
fn inverse(level: f64, probability: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while probability(high) < level && high < 1e18 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if probability(middle) < level { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
#[path = "distributions_tests.rs"]
mod tests;
