//! A name of a few words for a change of a recipe.

use super::super::diff::{Line, lines};
use super::super::editor::scan::{Kind, Scan};

/// Characters of a name.
const LONGEST: usize = 44;

/// What a change is called: the option, value or line that it changed first, and how many lines more.
#[must_use]
pub fn name_of_change(old: &str, new: &str) -> String {
    let changes: Vec<Line<'_>> = lines(old, new).into_iter().filter(|line| !line.is_same()).collect();
    let telling = |line: &&Line<'_>| !line.text().trim().is_empty();
    let added = changes.iter().filter(|line| matches!(line, Line::Added(_))).find(telling);
    let removed = changes.iter().filter(|line| matches!(line, Line::Removed(_))).find(telling);
    let name = match (removed, added) {
        (Some(old), Some(new)) => changed_part(old.text(), new.text()),
        (None, Some(new)) => new.text().trim().to_owned(),
        (Some(old), None) => format!("without {}", old.text().trim()),
        (None, None) => "blank lines".to_owned(),
    };
    let count = |wanted: fn(&Line<'_>) -> bool| changes.iter().filter(|line| wanted(line)).count();
    let (added, removed) =
        (count(|line| matches!(line, Line::Added(_))), count(|line| matches!(line, Line::Removed(_))));
    let more = match added.max(removed).saturating_sub(1) {
        0 => String::new(),
        1 => " and 1 line more".to_owned(),
        more => format!(" and {more} lines more"),
    };
    format!("{}{more}", shortened(&name))
}

/// The part of a line that is new, with the name it is given to: `factor: 1.5`.
fn changed_part(old: &str, new: &str) -> String {
    let (old, scan) = (Scan::new(old), Scan::new(new));
    let (before, after) = (old.tokens().len(), scan.tokens().len());
    let head = (0..before.min(after)).take_while(|&at| old.at(at) == scan.at(at)).count();
    let most = before.min(after) - head;
    let tail = (0..most).take_while(|at| old.at(before - 1 - at) == scan.at(after - 1 - at)).count();
    if head + tail >= after || scan.is(head, Kind::Comment) {
        return scan.text.trim().to_owned();
    }
    let (mut first, mut last) = (head, after - tail);
    // Back to the name of an option, a variable or a call, unless the change begins with one.
    let ends = |at: usize| scan.is(at, Kind::Mark) && matches!(scan.at(at), "," | "{" | "}" | "(" | ")" | ";" | "[");
    while first > 0 && !ends(first - 1) {
        first -= 1;
    }
    if first == head && first > 1 && scan.at(first - 1) == "(" && scan.is(first - 2, Kind::Word) {
        first -= 2;
    }
    while last < after && !ends(last) {
        last += 1;
    }
    if scan.at(first + 1) == "(" && scan.at(last) == ")" {
        last += 1;
    }
    let start = scan.tokens()[first].range.start;
    let end = scan.tokens().get(last - 1).map_or(scan.text.len(), |token| token.range.end);
    scan.text[start..end.max(start)].trim().to_owned()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let short: String = name.chars().take(LONGEST - 1).collect();
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_called_by_what_it_changed() {
        for (old, new, wanted) in [
            ("grids(#{ size: 32, factor: 2 })", "grids(#{ size: 32, factor: 1.5 })", "factor: 1.5"),
            ("grids(#{ size: 32, factor: 2 })", "grids(#{ size: 64, factor: 2 })", "size: 64"),
            ("let noise = 0.02;", "let noise = 0.01;", "let noise = 0.01"),
            ("leaky(0.2)", "leaky(0.1)", "leaky(0.1)"),
            ("a\n", "a\nfn rate(t) { 1 }\n", "fn rate(t) { 1 }"),
            ("a\nfn rate(t) { 1 }\n", "a\n", "without fn rate(t) { 1 }"),
            ("a\nb\nc", "A\nB\nc", "A and 1 line more"),
            ("a", "a\n\n", "blank lines"),
            ("a // b", "a // c", "a // c"),
            ("", "x", "x"),
        ] {
            assert_eq!(name_of_change(old, new), wanted, "{old:?} to {new:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let name = name_of_change("", &"é".repeat(500));
        assert_eq!(name.chars().count(), LONGEST);
        assert!(name.ends_with('…'));
    }
}
