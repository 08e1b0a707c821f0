//! The known pixel at the least Euclidean distance, exactly, one axis after the other.

/// Fills the hidden pixels of a plane; at least one is known.
pub(super) fn fill(plane: &mut [f32], hidden: &[bool], width: usize) {
    let nearest = in_columns(plane, hidden, width);
    for (at, value) in plane.iter_mut().enumerate().filter(|(at, _)| hidden[*at]) {
        let row = &nearest[at / width * width..][..width];
        let (mut least, mut sum, mut count) = (usize::MAX, 0.0, 0.0);
        for (column, found) in row.iter().enumerate() {
            let Some(found) = found else { continue };
            let distance = column.abs_diff(at % width).pow(2) + found.rows.pow(2);
            if distance < least {
                (least, sum, count) = (distance, 0.0, 0.0);
            }
            if distance == least {
                sum += found.sum;
                count += found.count;
            }
        }
        *value = (sum / count) as f32;
    }
}

/// The known pixels of a column that are nearest to a row.
#[derive(Clone, Copy)]
struct Found {
    /// How many rows away.
    rows: usize,
    /// Of the one pixel, or of the two above and below.
    sum: f64,
    count: f64,
}

/// For each pixel, the nearest known ones of its own column, if any is known.
fn in_columns(plane: &[f32], hidden: &[bool], width: usize) -> Vec<Option<Found>> {
    let height = plane.len() / width;
    let mut nearest: Vec<Option<Found>> = vec![None; plane.len()];
    for column in 0..width {
        let mut sweep = |rows: &mut dyn Iterator<Item = usize>| {
            let mut last: Option<(usize, f64)> = None;
            for row in rows {
                let at = row * width + column;
                if !hidden[at] {
                    last = Some((row, f64::from(plane[at])));
                    nearest[at] = Some(Found { rows: 0, sum: f64::from(plane[at]), count: 1.0 });
                } else if let Some((known, value)) = last {
                    let here = Found { rows: known.abs_diff(row), sum: value, count: 1.0 };
                    nearest[at] = Some(closer(nearest[at], here));
                }
            }
        };
        sweep(&mut (0..height));
        sweep(&mut (0..height).rev());
    }
    nearest
}

/// The nearer of two, or both.
fn closer(one: Option<Found>, other: Found) -> Found {
    match one {
        Some(one) if one.rows < other.rows => one,
        Some(one) if one.rows == other.rows => {
            Found { rows: one.rows, sum: one.sum + other.sum, count: one.count + other.count }
        }
        _ => other,
    }
}
