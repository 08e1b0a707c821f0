//! The name of an edit: what was changed in a recipe, in a few words.

/// Letters of a name at most.
const LONGEST: usize = 34;
/// Changed stretches of lines that are compared line by line.
const MOST: usize = 400;

/// Names the edit that makes `new` of `old`: the changed part of the first changed line, such as `factor: 1.5`, and how
/// many more lines were changed. Spaces do not count, and comments only where nothing else was changed.
#[must_use]
pub fn edit_name(old: &str, new: &str) -> String {
    let changes = changes(&lines(old, true), &lines(new, true));
    let Some(first) = changes.first() else {
        return if lines(old, false) == lines(new, false) { "applied again" } else { "comments" }.to_owned();
    };
    let name = match first {
        Change::Replaced(old, new) => part(old, new),
        Change::Added(line) => format!("+ {}", shortened(line)),
        Change::Removed(line) => format!("– {}", shortened(line)),
    };
    match changes.len() - 1 {
        0 => name,
        more => format!("{name} and {more} more"),
    }
}

/// The lines that say something, without what surrounds them.
fn lines(text: &str, bare: bool) -> Vec<&str> {
    let code = |line: &'_ str| line.find("//").filter(|_| bare);
    text.lines()
        .map(|line| line[..code(line).unwrap_or(line.len())].trim())
        .filter(|line| line.chars().any(|c| c.is_alphanumeric() || (!bare && !c.is_whitespace())))
        .collect()
}

/// One line of an edit.
#[derive(Debug, PartialEq)]
enum Change<'a> {
    Replaced(&'a str, &'a str),
    Added(&'a str),
    Removed(&'a str),
}

/// The changes from top to bottom.
fn changes<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Change<'a>> {
    let same = |(a, b): &(&&str, &&str)| a == b;
    let start = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (a, b) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        let (gone, come) = (&old[i..a], &new[j..b]);
        let both = gone.len().min(come.len());
        changes.extend(gone.iter().zip(come).map(|(old, new)| Change::Replaced(old, new)));
        changes.extend(gone[both..].iter().map(|line| Change::Removed(line)));
        changes.extend(come[both..].iter().map(|line| Change::Added(line)));
        (i, j) = (a + 1, b + 1);
    }
    changes
}

/// The places in both of a longest common subsequence of lines; none for texts that are too long to compare.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.len() > MOST || new.len() > MOST {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut length = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let at = i * width + j;
            length[at] =
                if old[i] == new[j] { length[at + width + 1] + 1 } else { length[at + width].max(length[at + 1]) };
        }
    }
    let (mut pairs, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() && j < new.len() {
        let at = i * width + j;
        if old[i] == new[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if length[at + width] >= length[at + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The changed part of a line, as far as the commas and brackets around it.
fn part(old: &str, new: &str) -> String {
    let (old, line): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let start = old.iter().zip(&line).take_while(|(a, b)| a == b).count();
    let (old_rest, rest) = (&old[start..], &line[start..]);
    let end = line.len() - old_rest.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let opens = |c: &char| matches!(c, ',' | ';' | '{' | '[');
    let closes = |c: &char| matches!(c, ',' | ';' | '}' | ']');
    // What only vanished leaves the whole line to name it.
    if start >= end || line.len() <= LONGEST && !line[..start].iter().any(opens) && !line[end..].iter().any(closes) {
        return shortened(new);
    }
    let from = line[..start].iter().rposition(opens).map_or(0, |at| at + 1);
    let to = line[end..].iter().position(closes).map_or(line.len(), |at| end + at);
    shortened(&line[from..to].iter().collect::<String>())
}

/// Without what surrounds it, and cut where it is long.
fn shortened(text: &str) -> String {
    let text = text.trim().trim_end_matches([',', ';', '{']).trim_end();
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "// Multi-grid\nfn pyramid() {\n    factor(2.0)\n}\nfn kernel(s) {\n    langevin(#{ step: 0.3, steps: 30, noise: true })\n}\n";

    fn named(from: &str, to: &str) -> String {
        edit_name(RECIPE, &RECIPE.replace(from, to))
    }

    #[test]
    fn an_edit_is_named_by_what_it_changed() {
        assert_eq!(named("2.0", "1.5"), "factor(1.5)");
        assert_eq!(named("steps: 30", "steps: 60"), "steps: 60");
        assert_eq!(named("step: 0.3", "step: 0.25"), "step: 0.25");
        assert_eq!(edit_name("    d: 2,\n", "    d: 1.5,\n"), "d: 1.5");
        assert_eq!(edit_name("let factor = 2.0;", "let factor = 1.5; // finer"), "let factor = 1.5");
    }

    #[test]
    fn lines_may_come_and_go() {
        assert_eq!(named("    factor(2.0)\n", "    factor(2.0)\n    coarsest(1)\n"), "+ coarsest(1)");
        assert_eq!(named("    factor(2.0)\n", ""), "– factor(2.0)");
        assert_eq!(named(", noise: true", ""), "langevin(#{ step: 0.3, steps: 30…");
    }

    #[test]
    fn several_changes_are_counted() {
        let new = RECIPE.replace("2.0", "1.5").replace("steps: 30", "steps: 60");
        assert_eq!(edit_name(RECIPE, &new), "factor(1.5) and 1 more");
    }

    #[test]
    fn what_changes_nothing_says_so() {
        assert_eq!(named("    ", "\t"), "applied again");
        assert_eq!(named("// Multi-grid", "// A finer one"), "comments");
        assert_eq!(edit_name("", ""), "applied again");
    }

    #[test]
    fn long_and_odd_texts_have_a_name_too() {
        let long: String = (0..3_000).map(|line| format!("let a{line} = {line};\n")).collect();
        assert!(edit_name(&long, &long.replace('=', "==")).ends_with("and 2999 more"));
        assert!(edit_name("ä = 1", &"ö".repeat(900)).chars().count() <= LONGEST + 2);
        assert_eq!(edit_name("", "fn rate(t) {"), "+ fn rate(t)");
    }
}
