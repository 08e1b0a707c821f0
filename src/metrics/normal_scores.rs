//! Ranks turned into normal scores, and quantiles of draws.

/// The normal score of each draw among all draws of all rows: `Φ⁻¹((r - 3/8) / (S + 1/4))` of its rank r from 1 to S,
/// where equal draws share their mean rank (Blom 1958; Vehtari et al. 2021, equation 14). `rows` hold finite numbers.
pub(super) fn normal_scores(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut order: Vec<(f64, usize, usize)> = Vec::new();
    for (row, draws) in rows.iter().enumerate() {
        order.extend(draws.iter().enumerate().map(|(at, &draw)| (draw, row, at)));
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut scores: Vec<Vec<f64>> = rows.iter().map(|row| vec![0.0; row.len()]).collect();
    let total = order.len() as f64;
    let mut before = 0;
    // `==`, unlike `total_cmp`, ties -0 with 0.
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = before as f64 + (ties.len() as f64 + 1.0) / 2.0;
        let score = normal_quantile((rank - 0.375) / (total + 0.25));
        ties.iter().for_each(|&(_, row, at)| scores[row][at] = score);
        before += ties.len();
    }
    scores
}

/// The quantile at `share`, 0 to 1, of all draws of all rows, linear between order statistics (type 7 of Hyndman & Fan
/// 1996). There is at least one draw.
pub(super) fn quantile(rows: &[Vec<f64>], share: f64) -> f64 {
    let mut draws: Vec<f64> = rows.iter().flatten().copied().collect();
    draws.sort_by(f64::total_cmp);
    let place = share * (draws.len() - 1) as f64;
    let (low, high) = (draws[place.floor() as usize], draws[place.ceil() as usize]);
    low + place.fract() * (high - low)
}

/// Numerator and denominator of a rational approximation, by falling powers.
type Rational = [[f64; 8]; 2];

/// |p - ½| up to 0.425, in 0.180625 - (p - ½)².
const CENTRE: Rational = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946_2e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];

/// √(-ln tail) up to 5, less 1.6.
const SHOULDER: Rational = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

/// √(-ln tail) above 5, less 5.
const TAIL: Rational = [
    [
        2.010_334_399_292_288e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_049e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
];

/// Φ⁻¹(p) for p in (0, 1), relative error about 1e-16 (Wichura 1988, algorithm AS 241, PPND16).
fn normal_quantile(p: f64) -> f64 {
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        return centred * ratio(&CENTRE, 0.180_625 - centred * centred);
    }
    let tail = (-p.min(1.0 - p).ln()).sqrt();
    let size = if tail <= 5.0 { ratio(&SHOULDER, tail - 1.6) } else { ratio(&TAIL, tail - 5.0) };
    size.copysign(centred)
}

fn ratio(of: &Rational, x: f64) -> f64 {
    let [numerator, denominator] = of.map(|powers| powers.iter().fold(0.0, |sum, power| sum * x + power));
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_those_of_tables() {
        // SciPy 1.17: scipy.stats.norm.ppf.
        for (p, expected) in [
            (0.5, 0.0),
            (0.3, -0.5244005127080409),
            (0.075, -1.4395314709384563),
            (0.08, -1.4050715603096329),
            (0.95, 1.6448536269514722),
            (0.975, 1.959963984540054),
            (0.001, -3.090232306167813),
            (0.999, 3.090232306167813),
            (1e-9, -5.9978070150076865),
            (1e-11, -6.706023155495137),
            (1e-12, -7.034483825301131),
            (1e-15, -7.941345326170998),
            (1e-100, -21.273453560965322),
        ] {
            let found = normal_quantile(p);
            assert!((found - expected).abs() <= 4e-15 * expected.abs(), "{p}: {found} is not {expected}");
        }
    }

    #[test]
    fn equal_draws_share_their_rank() {
        let scores = normal_scores(&[vec![3.0, 0.0], vec![-0.0, 9.0]]);
        assert_eq!(scores[0][1], scores[1][0]);
        // Ranks 1.5, 1.5, 3, 4 of 4.
        assert!((scores[0][1] - normal_quantile(1.125 / 4.25)).abs() < 1e-15);
        assert!((scores[1][1] - normal_quantile(3.625 / 4.25)).abs() < 1e-15);
    }

    #[test]
    fn quantiles_lie_between_order_statistics() {
        let rows = [vec![4.0, 1.0], vec![2.0, 3.0]];
        assert_eq!([0.0, 0.5, 1.0].map(|share| quantile(&rows, share)), [1.0, 2.5, 4.0]);
        assert!((quantile(&rows, 0.05) - 1.15).abs() < 1e-12);
    }
}
