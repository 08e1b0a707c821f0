//! What the user asked for and the run has not shown yet.

/// Seconds a wish is shown without the run agreeing.
const PATIENCE: f64 = 5.0;
/// Seconds between two commands while something is dragged.
const PACE: f64 = 0.08;

/// A value that a widget shows from the moment it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<T> {
    wanted: Option<(T, f64)>,
    sent: Option<(T, f64)>,
}

impl<T> Default for Wish<T> {
    fn default() -> Self {
        Self { wanted: None, sent: None }
    }
}

impl<T: Copy + PartialEq> Wish<T> {
    /// What to show, when the run shows `actual`.
    pub fn shown(&mut self, actual: T, now: f64) -> T {
        if self.wanted.is_some_and(|(value, since)| value == actual || now - since > PATIENCE) {
            (self.wanted, self.sent) = (None, None);
        }
        self.wanted.map_or(actual, |(value, _)| value)
    }

    /// Asks for a value.
    pub fn want(&mut self, value: T, now: f64) {
        self.wanted = Some((value, now));
    }

    /// The value to send now, if one is due; how long to wait, if one will be.
    pub fn due(&mut self, now: f64) -> Result<T, Option<f64>> {
        let (value, _) = self.wanted.ok_or(None)?;
        match self.sent {
            Some((sent, _)) if sent == value => Err(None),
            Some((_, since)) if now - since < PACE => Err(Some(since + PACE - now)),
            _ => {
                self.sent = Some((value, now));
                Ok(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_shown_at_once_and_until_the_run_agrees() {
        let mut wish = Wish::default();
        assert_eq!(wish.shown(1, 0.0), 1);
        wish.want(2, 0.0);
        assert_eq!(wish.shown(1, 1.0), 2);
        assert_eq!(wish.shown(2, 1.1), 2);
        assert_eq!(wish.shown(1, 1.2), 1, "what the run shows later counts");
        wish.want(3, 2.0);
        assert_eq!(wish.shown(1, 2.0 + PATIENCE + 0.1), 1, "a run that does not agree is believed");
    }

    #[test]
    fn a_drag_sends_a_few_values_and_always_the_last() {
        let mut wish = Wish::default();
        assert_eq!(wish.due(0.0), Err(None));
        let sent = (0..20).filter(|&at| {
            wish.want(at, f64::from(at) * 0.01);
            wish.due(f64::from(at) * 0.01).is_ok()
        });
        assert!(sent.count() <= 3);
        assert_eq!(wish.due(1.0), Ok(19));
        assert_eq!(wish.due(2.0), Err(None));
    }
}
