//! The loss: softmax cross entropy of class scores.

/// How well some images are classified.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Mean of `-ln softmax(scores)[label]`, in nats.
    pub loss: f64,
    /// Share of the images, 0 to 1, that are classified wrongly.
    pub error: f64,
}

/// Measures scores `[image, class]`, and writes the gradient of the mean loss over `gradient`, of the same shape:
/// `(softmax(scores) - onehot(label)) / images`.
pub(super) fn cross_entropy(scores: &[f32], labels: &[usize], gradient: &mut [f32]) -> Measured {
    let images = labels.len().max(1);
    let classes = (scores.len() / images).max(1);
    let (mut loss, mut wrong) = (0.0, 0);
    let rows = scores.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes));
    for ((scores, gradient), &label) in rows.zip(labels) {
        let probabilities = softmax(scores);
        for (class, (g, p)) in gradient.iter_mut().zip(&probabilities).enumerate() {
            *g = ((p - f64::from(class == label)) / images as f64) as f32;
        }
        loss += logarithm_of_sum(scores) - f64::from(scores[label]);
        wrong += usize::from(largest(scores) != label);
    }
    Measured { loss: loss / images as f64, error: wrong as f64 / images as f64 }
}

/// The probabilities of the classes.
pub(super) fn softmax(scores: &[f32]) -> Vec<f64> {
    let total = logarithm_of_sum(scores);
    scores.iter().map(|&score| (f64::from(score) - total).exp()).collect()
}

/// The class of the largest score, the first of equal ones.
pub(super) fn largest(scores: &[f32]) -> usize {
    (1..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
}

/// `ln Σ exp(score)`, whatever the size of the scores.
fn logarithm_of_sum(scores: &[f32]) -> f64 {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let most = f64::from(most);
    most + scores.iter().map(|&score| (f64::from(score) - most).exp()).sum::<f64>().ln()
}
