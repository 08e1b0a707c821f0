//! Finding and replacing in a text.

use std::ops::Range;

/// Matches that are counted and tinted at most.
const MOST: usize = 10_000;

/// What is looked for, and where it was found.
#[derive(Debug, Clone, Default)]
pub struct Find {
    pub wanted: String,
    pub replacement: String,
    /// Whether capitals count.
    pub cased: bool,
    /// In bytes, in order.
    matches: Vec<Range<usize>>,
    /// The text, what was looked for, and how, of the matches.
    of: (String, String, bool),
}

impl Find {
    /// Where it is found in a text.
    pub fn matches(&mut self, text: &str) -> &[Range<usize>] {
        let (seen, wanted, cased) = &self.of;
        if seen != text || *wanted != self.wanted || *cased != self.cased {
            self.matches = search(text, &self.wanted, self.cased);
            self.of = (text.to_owned(), self.wanted.clone(), self.cased);
        }
        &self.matches
    }

    /// The next match from a byte on, or the one before it; round the ends of the text.
    pub fn next(&mut self, text: &str, from: usize, backwards: bool) -> Option<Range<usize>> {
        let matches = self.matches(text);
        let found = match backwards {
            false => matches.iter().find(|at| at.start >= from).or(matches.first()),
            true => matches.iter().rfind(|at| at.end <= from).or(matches.last()),
        };
        found.cloned()
    }

    /// As `3 of 12`: the match that is selected, and how many there are.
    pub fn count(&mut self, text: &str, selected: &Range<usize>) -> String {
        let matches = self.matches(text);
        match (matches.iter().position(|at| at == selected), matches.len()) {
            (_, 0) => "no match".to_owned(),
            (Some(at), count) => format!("{} of {count}", at + 1),
            (None, 1) => "1 match".to_owned(),
            (None, count) => format!("{count} matches"),
        }
    }

    /// The text with every match replaced, and how many were.
    #[must_use]
    pub fn replace_all(&self, text: &str) -> (String, usize) {
        let matches = search(text, &self.wanted, self.cased);
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        for found in &matches {
            replaced.push_str(&text[at..found.start]);
            replaced.push_str(&self.replacement);
            at = found.end;
        }
        replaced.push_str(&text[at..]);
        (replaced, matches.len())
    }
}

fn search(text: &str, wanted: &str, cased: bool) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    if cased {
        return text.match_indices(wanted).map(|(at, found)| at..at + found.len()).take(MOST).collect();
    }
    let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    let mut from = 0;
    for (start, _) in text.char_indices() {
        if start >= from
            && found.len() < MOST
            && let Some(length) = begins(&text[start..], &wanted)
        {
            from = start + length;
            found.push(start..from);
        }
    }
    found
}

/// How many bytes of a text match its beginning, capitals set aside.
fn begins(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted;
    for (at, c) in text.char_indices() {
        if left.is_empty() {
            return Some(at);
        }
        for lower in c.to_lowercase() {
            left = left.strip_prefix(&[lower])?;
        }
    }
    left.is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(wanted: &str, cased: bool) -> Find {
        Find { wanted: wanted.to_owned(), cased, ..Find::default() }
    }

    #[test]
    fn matches_are_found_with_and_without_capitals() {
        let text = "Noise noise É é NOISE";
        assert_eq!(find("noise", false).matches(text).len(), 3);
        assert_eq!(find("noise", true).matches(text).first(), Some(&(6..11)));
        assert_eq!(find("é", false).matches(text).len(), 2);
        assert_eq!(find("", false).matches(text).len(), 0);
        assert_eq!(find("aa", false).matches("aaaa"), [0..2, 2..4]);
        assert!(find("x", false).matches("").is_empty());
    }

    #[test]
    fn next_goes_round_the_ends() {
        let (text, mut find) = ("a b a b a", find("a", true));
        assert_eq!(find.next(text, 1, false), Some(4..5));
        assert_eq!(find.next(text, 9, false), Some(0..1));
        assert_eq!(find.next(text, 4, true), Some(0..1));
        assert_eq!(find.next(text, 0, true), Some(8..9));
        assert_eq!(find.count(text, &(4..5)), "2 of 3");
        assert_eq!(find.count(text, &(1..1)), "3 matches");
        assert_eq!(find.count("b", &(0..0)), "no match");
    }

    #[test]
    fn everything_is_replaced_once() {
        let find = Find { replacement: "aa".to_owned(), ..find("A", false) };
        assert_eq!(find.replace_all("a b A"), ("aa b aa".to_owned(), 2));
        assert_eq!(find.replace_all("é"), ("é".to_owned(), 0));
    }
}
