use super::super::fixtures_tests::near;
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    student_quantiles: Vec<(f64, usize, f64)>,
    normal_tails: Vec<(f64, f64)>,
}

#[test]
fn tails_and_quantiles_are_those_of_scipy() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../tests/metrics/interval.json")).unwrap();
    for (z, wanted) in fixture.normal_tails {
        let found = normal_tail(z);
        assert!((found / wanted - 1.0).abs() < 1e-12, "{z}: {found}, not {wanted}");
    }
    for (level, degrees, wanted) in fixture.student_quantiles {
        near(student_quantile(level, degrees), wanted, 1e-9);
    }
    near(normal_quantile(0.95), 1.959_963_984_540_054, 1e-12);
}
