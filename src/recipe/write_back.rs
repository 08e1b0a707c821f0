//! Writing the value of a live parameter into a recipe's text, at the place of its default.

use super::live::{LiveKind, LiveParameter};
use std::ops::Range;

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteBackError {
    #[error("'{name}' is not declared in this text; is it in a file that the recipe imports?")]
    Absent { name: String },
    #[error("'{name}' is declared {times} times in this text; leave one")]
    Repeated { name: String, times: usize },
    #[error("the default of '{name}' is `{default}`, not a plain value; change it by hand")]
    Expression { name: String, default: String },
}

impl LiveParameter {
    /// `text` with this parameter's value as its default; nothing else is changed.
    ///
    /// # Errors
    /// No declaration in the text, more than one, or a default that is not a plain value.
    pub fn write_into(&self, text: &str) -> Result<String, WriteBackError> {
        let name = self.name.clone();
        let places = declarations(text, &self.name);
        let place = match places.as_slice() {
            [] => return Err(WriteBackError::Absent { name }),
            [place] => place.clone(),
            places => return Err(WriteBackError::Repeated { name, times: places.len() }),
        };
        let default = &text[place.clone()];
        if !is_plain(default) {
            return Err(WriteBackError::Expression { name, default: default.to_string() });
        }
        let value = match (&self.kind, self.word()) {
            (LiveKind::Choice(_), Some(word)) => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
            (_, Some(word)) => word,
            (_, None) => self.digits(default),
        };
        Ok([&text[..place.start], &value, &text[place.end..]].concat())
    }

    /// The shortest number that is this value as far as a slider tells, in the style of `like`.
    fn digits(&self, like: &str) -> String {
        let near = 1e-7 * (self.high - self.low).abs();
        let rounded = (0..17).map(|digits| format!("{:.digits$e}", self.value));
        let shortest = rounded.into_iter().find(|text| text.parse().is_ok_and(|v: f64| (v - self.value).abs() <= near));
        let value = shortest.and_then(|text| text.parse().ok()).unwrap_or(self.value);
        let whole = value.fract() == 0.0;
        let size = f64::abs(value);
        if like.contains(['e', 'E']) || (value != 0.0 && !(1e-3..1e9).contains(&size)) {
            let text = format!("{value:e}");
            // A number without a point or an exponent is whole to a script.
            return text;
        }
        match whole && !like.contains('.') {
            true => format!("{value}"),
            false if whole => format!("{value:.1}"),
            false => format!("{value}"),
        }
    }
}

/// Whether a default is a literal.
fn is_plain(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text).trim_start().replace('_', "");
    let quoted =
        text.len() >= 2 && text.starts_with('"') && text.ends_with('"') && !text[1..text.len() - 1].contains('"');
    matches!(text, "true" | "false")
        || quoted
        || (number.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok())
}

/// Where the defaults of declarations of `name` stand.
fn declarations(text: &str, name: &str) -> Vec<Range<usize>> {
    let tokens = tokens(text);
    let is = |at: usize, what: &str| tokens.get(at).is_some_and(|token: &Range<usize>| &text[token.clone()] == what);
    let quoted = format!("\"{name}\"");
    let mut places = Vec::new();
    for at in 0..tokens.len() {
        let declares = ["slider", "choice", "toggle"].iter().any(|word| is(at, word)) && !(at > 0 && is(at - 1, "fn"));
        if declares && is(at + 1, "(") && is(at + 2, &quoted) && is(at + 3, ",") {
            places.extend(argument(text, &tokens, at + 4));
        }
    }
    places
}

/// The argument that begins with token `first`.
fn argument(text: &str, tokens: &[Range<usize>], first: usize) -> Option<Range<usize>> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(first) {
        match &text[token.clone()] {
            "(" | "[" | "{" => depth += 1,
            "," if depth == 0 => return (at > first).then(|| tokens[first].start..tokens[at - 1].end),
            ")" | "]" | "}" if depth == 0 => return (at > first).then(|| tokens[first].start..tokens[at - 1].end),
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Words, numbers, strings and single signs of a script; comments and spaces are left out.
pub(super) fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(quote @ ('"' | '`' | '\'')) = rest.chars().next() {
            let length = string(rest, quote);
            tokens.push(at..at + length);
            length
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let length = match rest.starts_with(is_word) {
                true => word(rest),
                false => first,
            };
            if !rest.starts_with(char::is_whitespace) {
                tokens.push(at..at + length);
            }
            length
        };
        at += length.max(1);
    }
    tokens
}

/// The length of a word or a number; `1e-4` is one.
fn word(rest: &str) -> usize {
    let number = rest.starts_with(|c: char| c.is_ascii_digit());
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        let exponent = number && matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        if !(c.is_alphanumeric() || c == '_' || (c == '.' && number) || exponent) {
            return at.max(1);
        }
        before = c;
    }
    rest.len()
}

/// The length of a block comment; they nest.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a string with its quotes.
fn string(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
