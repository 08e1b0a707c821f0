//! Long series with no more points than can be seen: of each unit of width the first, lowest, highest and last (Jugel et
//! al. 2014, "M4: a visualization-oriented time series data aggregation"), which draws the same line.

use super::WIDTH;

/// Series of no more points stay as they are.
const LONG: usize = 4 * WIDTH as usize;

/// The places of a line that can be seen.
pub(super) fn line(places: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if places.len() <= LONG {
        return places;
    }
    let mut thinned = Vec::new();
    for column in places.chunk_by(|one, next| one[0].floor() == next[0].floor()) {
        let by_height = |one: &usize, other: &usize| column[*one][1].total_cmp(&column[*other][1]);
        let ends = [0, column.len() - 1];
        let extremes = [(0..column.len()).min_by(by_height), (0..column.len()).max_by(by_height)];
        let mut kept: Vec<usize> = ends.into_iter().chain(extremes.into_iter().flatten()).collect();
        kept.sort_unstable();
        kept.dedup();
        thinned.extend(kept.into_iter().map(|at| column[at]));
    }
    thinned
}

/// The same of a band, whose lower and upper edges lie at one x: a unit of width has its lowest and its highest.
pub(super) fn band(edges: Vec<[[f64; 2]; 2]>) -> Vec<[[f64; 2]; 2]> {
    if edges.len() <= LONG {
        return edges;
    }
    let of = |column: &[[[f64; 2]; 2]]| {
        let lowest = column.iter().map(|[low, _]| low[1]).fold(f64::NEG_INFINITY, f64::max);
        let highest = column.iter().map(|[_, high]| high[1]).fold(f64::INFINITY, f64::min);
        let x = (column[0][0][0] + column[column.len() - 1][0][0]) / 2.0;
        [[x, lowest], [x, highest]]
    };
    edges.chunk_by(|one, next| one[0][0].floor() == next[0][0].floor()).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_every_peak() {
        let mut places: Vec<[f64; 2]> = (0..100_000).map(|at| [f64::from(at) / 200.0, 50.0]).collect();
        places[12_345][1] = 3.0;
        places[67_890][1] = 97.0;
        let thinned = line(places.clone());
        assert!(thinned.len() <= 4 * 501, "{}", thinned.len());
        for peak in [12_345, 67_890, 0, 99_999] {
            assert!(thinned.contains(&places[peak]), "{peak}");
        }
        assert!(thinned.is_sorted_by(|one, next| one[0] <= next[0]));
        assert_eq!(line(places[..100].to_vec()), places[..100]);
    }

    #[test]
    fn a_long_band_keeps_its_reach() {
        let edge = |at: i32| [[f64::from(at) / 200.0, 60.0], [f64::from(at) / 200.0, 40.0]];
        let mut edges: Vec<[[f64; 2]; 2]> = (0..10_000).map(edge).collect();
        edges[5_000][0][1] = 90.0;
        edges[5_001][1][1] = 10.0;
        let thinned = band(edges);
        assert_eq!(thinned.len(), 50);
        assert_eq!((thinned[25][0][1], thinned[25][1][1]), (90.0, 10.0));
        assert_eq!((thinned[24][0][1], thinned[24][1][1]), (60.0, 40.0));
    }
}
