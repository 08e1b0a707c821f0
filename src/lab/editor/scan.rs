//! The text of a recipe as words, numbers, marks, strings and comments: enough to know what stands at a place.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    /// A string with its quotes, closed or not.
    Quoted,
    Comment,
    /// One character of anything else.
    Mark,
}

/// A stretch of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// In bytes.
    pub range: Range<usize>,
}

/// A text cut into tokens.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    pub text: String,
    tokens: Vec<Token>,
}

impl Scan {
    /// Cuts a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), tokens: tokens(text) }
    }

    /// Cuts the text anew if it changed.
    pub fn refresh(&mut self, text: &str) {
        if self.text != text {
            *self = Self::new(text);
        }
    }

    /// All tokens in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What a token says; nothing beyond the last.
    #[must_use]
    pub fn at(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |token| &self.text[token.range.clone()])
    }

    /// Whether a token is there and of this kind.
    #[must_use]
    pub fn is(&self, token: usize, kind: Kind) -> bool {
        self.tokens.get(token).is_some_and(|token| token.kind == kind)
    }

    /// The token before, comments passed over.
    #[must_use]
    pub fn before(&self, token: usize) -> Option<usize> {
        (0..token.min(self.tokens.len())).rev().find(|&at| !self.is(at, Kind::Comment))
    }

    /// The token that holds this byte, or ends there.
    #[must_use]
    pub fn touching(&self, byte: usize) -> Option<usize> {
        let next = self.tokens.partition_point(|token| token.range.end < byte);
        let here = |at: &usize| self.tokens.get(*at).is_some_and(|token| token.range.start <= byte);
        // Between two tokens the one that says more counts.
        let word = |at: &usize| !self.is(*at, Kind::Mark);
        [next, next + 1].into_iter().filter(here).find(word).or(Some(next).filter(here))
    }

    /// Tokens that end at this byte or before.
    #[must_use]
    pub fn until(&self, byte: usize) -> usize {
        self.tokens.partition_point(|token| token.range.end <= byte)
    }

    /// The bracket that answers to the one at this token.
    #[must_use]
    pub fn partner(&self, token: usize) -> Option<usize> {
        let (opens, other, forward) = match self.at(token) {
            _ if !self.is(token, Kind::Mark) => return None,
            "(" => ("(", ")", true),
            "[" => ("[", "]", true),
            "{" => ("{", "}", true),
            ")" => (")", "(", false),
            "]" => ("]", "[", false),
            "}" => ("}", "{", false),
            _ => return None,
        };
        let mut depth = 0_usize;
        let mut answers = |at: &usize| {
            if self.is(*at, Kind::Mark) {
                depth += usize::from(self.at(*at) == opens);
                depth -= usize::from(self.at(*at) == other);
            }
            depth == 0
        };
        match forward {
            true => (token..self.tokens.len()).find(&mut answers),
            false => (0..=token).rev().find(&mut answers),
        }
    }

    /// The opening brackets around a byte, innermost first.
    #[must_use]
    pub fn around(&self, byte: usize) -> Vec<usize> {
        let mut open = Vec::new();
        for at in 0..self.until(byte) {
            match self.at(at) {
                _ if !self.is(at, Kind::Mark) => {}
                "(" | "[" | "{" => open.push(at),
                ")" | "]" | "}" => {
                    open.pop();
                }
                _ => {}
            }
        }
        open.reverse();
        open
    }

    /// Whether a byte is inside a comment or a string.
    #[must_use]
    pub fn is_prose(&self, byte: usize) -> bool {
        let at = self.tokens.partition_point(|token| token.range.end < byte);
        self.tokens.get(at).is_some_and(|token| {
            let text = &self.text[token.range.clone()];
            let open = match token.kind {
                Kind::Comment => !text.ends_with("*/"),
                Kind::Quoted => text.len() < 2 || !text.ends_with(['"', '`', '\'']),
                _ => return false,
            };
            token.range.start < byte && (byte < token.range.end || open)
        })
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            _ if rest.starts_with("//") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            _ if rest.starts_with("/*") => (Kind::Comment, comment(rest)),
            '"' | '`' | '\'' => (Kind::Quoted, quoted(rest, first)),
            c if c.is_ascii_digit() => (Kind::Number, number(rest)),
            c if is_word(c) => (Kind::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
            c => (Kind::Mark, c.len_utf8()),
        };
        found.push(Token { kind, range: at..at + length });
        at += length;
    }
    found
}

/// Whether names may have this character.
#[must_use]
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Comments nest.
fn comment(rest: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let Some(next) = rest[at..].find(['/', '*']) else {
            return rest.len();
        };
        at += next;
        let two = rest.get(at..at + 2);
        depth = if two == Some("/*") { depth + 1 } else { depth - i32::from(two == Some("*/")) };
        at += if matches!(two, Some("/*" | "*/")) { 2 } else { 1 };
    }
    at
}

/// To the closing quote; a string in `"` or `'` ends with its line.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' if quote != '`' => return at,
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
    if bytes.len() > 1 && bytes[0] == b'0' && matches!(bytes[1], b'x' | b'b' | b'o') {
        return rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    }
    let mut at = digits(0);
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    // A range such as 0..9 and a method of a number have a point too.
    if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if is_digit(at + 1 + sign) {
            at += 1 + sign + digits(at + 1 + sign);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        let scan = Scan::new(text);
        (0..scan.tokens().len()).map(|at| scan.at(at).to_owned()).collect()
    }

    #[test]
    fn recipes_are_cut_into_words_numbers_and_marks() {
        assert_eq!(
            cut("grids(#{ factor: 1.5 }) // d"),
            ["grids", "(", "#", "{", "factor", ":", "1.5", "}", ")", "// d"]
        );
        assert_eq!(cut("0..10 5e-4 1_000 0xff 2.up"), ["0", ".", ".", "10", "5e-4", "1_000", "0xff", "2", ".", "up"]);
        assert_eq!(cut("/* a /* b */ c */ \"x\\\"y\" 'z"), ["/* a /* b */ c */", "\"x\\\"y\"", "'z"]);
    }

    #[test]
    fn brackets_find_their_partners() {
        let scan = Scan::new("f([a, \")\"], #{ b: (1) })");
        assert_eq!(scan.partner(1), Some(scan.tokens().len() - 1));
        assert_eq!(scan.partner(scan.tokens().len() - 1), Some(1));
        assert_eq!(scan.partner(0), None);
        assert_eq!(Scan::new("(()").partner(0), None);
        let around: Vec<&str> = scan.around(19).into_iter().map(|at| scan.at(at)).collect();
        assert_eq!(around, ["(", "{", "("]);
    }

    #[test]
    fn prose_is_told_from_code() {
        let text = "a // b\nc \"d\" e \"f";
        let scan = Scan::new(text);
        for (byte, wanted) in [(2, false), (3, true), (6, true), (7, false), (9, false), (10, true), (12, false)] {
            assert_eq!(scan.is_prose(byte), wanted, "{byte}");
        }
        assert!(scan.is_prose(text.len()), "it is not closed");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_loss(text in "[a1.e\"'`/*\\\\\n (){}é-]{0,30}") {
            let scan = Scan::new(&text);
            let joined: String = (0..scan.tokens().len()).map(|at| scan.at(at)).collect();
            let strip = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(strip(&joined), strip(&text));
            for at in 0..scan.tokens().len() {
                let _ = scan.partner(at);
            }
            let _ = scan.around(text.len());
        }
    }
}
