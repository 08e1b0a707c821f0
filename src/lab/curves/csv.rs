//! Curves as a table in long form, one sample a line.

use super::super::curve::Curve;
use super::super::history::{Abscissa, Clock, History, Quantity};
use std::fmt::Write;

/// Names of the columns. `samples` says of how many neighbouring samples a value is the mean: 1 while a run is short enough
/// for every sample to be held.
const HEADER: &str = "run,grid,quantity,update,epoch,seconds,value,samples\n";

/// The table of several runs with their names.
#[must_use]
pub fn csv<'a>(runs: impl IntoIterator<Item = (&'a str, &'a History)>) -> String {
    let mut out = HEADER.to_owned();
    for (run, history) in runs {
        let run = quoted(run);
        for (side, _) in history.sides() {
            for quantity in Quantity::ALL {
                if let Some(curve) = history.curve(side, quantity) {
                    let start = format!("{run},{side},{}", quantity.key());
                    rows(&mut out, &start, curve, history.clock());
                }
            }
        }
        for (name, curve) in history.plotted() {
            rows(&mut out, &format!("{run},,{}", quoted(name)), curve, history.clock());
        }
    }
    out
}

fn rows(out: &mut String, start: &str, curve: &Curve, clock: &Clock) {
    let samples = curve.stride();
    for point in curve.iter(0..curve.len()) {
        let _ = write!(out, "{start},{},", point.x);
        if clock.knows(Abscissa::Epoch) {
            let _ = write!(out, "{}", clock.place(Abscissa::Epoch, point.x));
        }
        let _ = writeln!(out, ",{},{},{samples}", clock.place(Abscissa::Time, point.x), point.mean);
    }
}

/// A name as a field of a table.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_needs_quotes_has_them() {
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(quoted("edge density"), "edge density");
    }
}
