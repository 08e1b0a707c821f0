//! What goes to the terminal. Recipes, paths, archives and checkpoints are others', and what they hold must not move the
//! cursor, colour the screen or turn lines around.

use std::fmt::Write as _;
use std::io::Write as _;

/// Writes a line on standard error, as `format!`.
macro_rules! tell {
    ($($words:tt)*) => { $crate::cli::terminal::say(&format!($($words)*)) };
}

/// Writes a line on standard error. Where nobody reads it, there is nobody to tell.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

/// A text with letters that steer a terminal written out, as `\u{1b}`; lines and tabs stay.
pub(super) fn printable(text: &str) -> String {
    written(text, |out, letter| write!(out, "{}", letter.escape_unicode()))
}

/// The same for a line of JSON, where such letters stand in strings alone.
pub(super) fn printable_json(line: &str) -> String {
    written(line, |out, letter| write!(out, "\\u{:04x}", letter as u32))
}

fn written(text: &str, escape: impl Fn(&mut String, char) -> std::fmt::Result) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match steers(letter) {
            // Writing to a string cannot fail.
            true => escape(&mut out, letter).unwrap_or_default(),
            false => out.push(letter),
        }
    }
    out
}

/// Control letters but the ends of lines and tabs; marks of direction, and those that part lines.
fn steers(letter: char) -> bool {
    let direction = ['\u{61c}', '\u{200e}', '\u{200f}'].contains(&letter)
        || ('\u{202a}'..='\u{202e}').contains(&letter)
        || ('\u{2066}'..='\u{2069}').contains(&letter);
    (letter.is_control() && !['\n', '\t'].contains(&letter)) || direction || ('\u{2028}'..='\u{2029}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(printable("a\x1b[2J\r\u{9b}b\tc\nd"), "a\\u{1b}[2J\\u{d}\\u{9b}b\tc\nd");
        assert_eq!(printable("\u{202e}cipe\u{2069}\u{2028}"), "\\u{202e}cipe\\u{2069}\\u{2028}");
        assert_eq!(printable("8×8, γ = 0.3 · 日本"), "8×8, γ = 0.3 · 日本");
    }

    #[test]
    fn json_says_the_same_to_who_reads_it() {
        let text = "a\u{7f}\u{9b}\u{202e}é";
        let line = printable_json(&serde_json::to_string(text).unwrap());
        assert!(!line.chars().any(steers), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
