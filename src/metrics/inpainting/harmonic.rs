//! The Laplace equation on the hidden pixels, by conjugate gradients. Known pixels are its boundary values; nothing flows
//! over the edges of the image (Neumann).

/// Solved when the residual is this share of what it would be for a fill of black against white at every hidden pixel:
/// values are then right to 1e-6 of the known values' range and better.
const RESIDUAL: f64 = 1e-9;

/// Hidden pixels, numbered, with their neighbours.
struct Equations {
    /// Place of each unknown in the plane.
    places: Vec<usize>,
    /// How many neighbours lie in the image: 2 to 4 (fewer in images of one row or column).
    degrees: Vec<f64>,
    /// The neighbours that are unknowns themselves.
    unknown: Vec<Vec<usize>>,
}

/// Fills the hidden pixels of a plane, of which one at least is known, beginning at `start`.
pub(super) fn fill(plane: &mut [f32], hidden: &[bool], width: usize, start: f32) {
    let equations = Equations::new(hidden, width);
    // The unknowns are differences to `start`, so that a constant plane is filled exactly.
    let start = f64::from(start);
    let boundary: Vec<f64> = equations.boundary(hidden, width, |at| f64::from(plane[at]) - start);
    let known = plane.iter().zip(hidden).filter(|(_, hidden)| !**hidden);
    let largest = known.fold(0.0, |most: f64, (&value, _)| most.max((f64::from(value) - start).abs()));
    let solution = equations.solve(&boundary, largest);
    for (&at, value) in equations.places.iter().zip(solution) {
        plane[at] = (start + value) as f32;
    }
}

/// The neighbours of a pixel above, below, left and right that lie in the image.
fn neighbours(at: usize, width: usize, length: usize) -> impl Iterator<Item = usize> {
    let column = at % width;
    let above = at.checked_sub(width);
    let below = Some(at + width).filter(|&below| below < length);
    let left = at.checked_sub(1).filter(|_| column > 0);
    let right = Some(at + 1).filter(|_| column + 1 < width);
    [above, below, left, right].into_iter().flatten()
}

impl Equations {
    fn new(hidden: &[bool], width: usize) -> Self {
        let places: Vec<usize> = (0..hidden.len()).filter(|&at| hidden[at]).collect();
        let mut numbers = vec![0; hidden.len()];
        places.iter().enumerate().for_each(|(number, &at)| numbers[at] = number);
        let of = |at: usize| neighbours(at, width, hidden.len());
        let degrees = places.iter().map(|&at| of(at).count() as f64).collect();
        let unknown = places.iter().map(|&at| of(at).filter(|&near| hidden[near]).map(|near| numbers[near]).collect());
        Self { unknown: unknown.collect(), degrees, places }
    }

    /// The sum of the known neighbours of each unknown.
    fn boundary(&self, hidden: &[bool], width: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let sum = |&at: &usize| neighbours(at, width, hidden.len()).filter(|&near| !hidden[near]).map(&value).sum();
        self.places.iter().map(sum).collect()
    }

    /// The Laplacian: each unknown as often as it has neighbours, less those that are unknowns.
    fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (number, out) in out.iter_mut().enumerate() {
            let around: f64 = self.unknown[number].iter().map(|&near| x[near]).sum();
            *out = self.degrees[number] * x[number] - around;
        }
    }

    /// Solves `A x = b`; `largest` is the largest known value, 0 of which leaves nothing to solve.
    fn solve(&self, b: &[f64], largest: f64) -> Vec<f64> {
        let count = b.len();
        let (mut x, mut residual, mut product) = (vec![0.0; count], b.to_vec(), vec![0.0; count]);
        let mut direction = residual.clone();
        let mut size = dot(&residual, &residual);
        let enough = (RESIDUAL * largest).powi(2) * count as f64;
        // In exact arithmetic as many rounds as unknowns suffice.
        for _ in 0..10 * count {
            if size <= enough {
                break;
            }
            self.apply(&direction, &mut product);
            let along = size / dot(&direction, &product);
            for at in 0..count {
                x[at] += along * direction[at];
                residual[at] -= along * product[at];
            }
            let before = std::mem::replace(&mut size, dot(&residual, &residual));
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + size / before * *direction;
            }
        }
        x
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
