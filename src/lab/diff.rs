//! What differs between two texts, line by line: the shortest script of lines removed and added (Myers 1986).

/// Beyond so many lines removed and added the shortest script is not worth its search: all of the middle is told as
/// replaced.
const MOST_CHANGES: usize = 400;

/// A line of the older or the newer text, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// In both.
    Same(&'a str),
    /// In the older one only.
    Removed(&'a str),
    /// In the newer one only.
    Added(&'a str),
}

/// A part of a difference that is shown: a line, or a stretch of lines in both that is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    Line(Line<'a>),
    /// How many lines.
    Gap(usize),
}

impl<'a> Line<'a> {
    /// Its text.
    #[must_use]
    pub fn text(self) -> &'a str {
        match self {
            Self::Same(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }

    /// Whether both texts have it.
    #[must_use]
    pub fn is_same(self) -> bool {
        matches!(self, Self::Same(_))
    }
}

/// All lines of both texts in order, what was removed before what was added in its place.
#[must_use]
pub fn lines<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut found: Vec<Line<'a>> = old[..head].iter().map(|line| Line::Same(line)).collect();
    found.extend(middle(&old[head..old.len() - tail], &new[head..new.len() - tail]));
    found.extend(old[old.len() - tail..].iter().map(|line| Line::Same(line)));
    found
}

/// The lines that differ, with so many of their neighbours as `context` says.
#[must_use]
pub fn parts<'a>(lines: &[Line<'a>], context: usize) -> Vec<Part<'a>> {
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| !lines[at].is_same()).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|&place| place < at);
        let after = changed.get(next).is_some_and(|&place| place - at <= context);
        after || next > 0 && at - changed[next - 1] <= context
    };
    let mut parts = Vec::new();
    for (at, &line) in lines.iter().enumerate() {
        match parts.last_mut() {
            _ if near(at) => parts.push(Part::Line(line)),
            Some(Part::Gap(passed)) => *passed += 1,
            _ => parts.push(Part::Gap(1)),
        }
    }
    parts
}

/// Two stretches of lines that begin and end differently.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let Some(furthest) = search(old, new) else {
        let removed = old.iter().map(|line| Line::Removed(line));
        return removed.chain(new.iter().map(|line| Line::Added(line))).collect();
    };
    let (mut x, mut y) = (old.len(), new.len());
    let mut found = Vec::new();
    for changes in (0..furthest.len()).rev() {
        let reached = &furthest[changes];
        let down = steps_down(reached, changes, x as isize - y as isize);
        let diagonal = if down { x as isize - y as isize + 1 } else { x as isize - y as isize - 1 };
        let before = if changes == 0 { 0 } else { at(reached, changes, diagonal) };
        let turn = if changes == 0 { 0 } else { before + usize::from(!down) };
        while x > turn {
            found.push(Line::Same(old[x - 1]));
            (x, y) = (x - 1, y - 1);
        }
        if changes == 0 {
            break;
        }
        if down {
            found.push(Line::Added(new[y - 1]));
            y -= 1;
        } else {
            found.push(Line::Removed(old[x - 1]));
            x -= 1;
        }
    }
    found.reverse();
    found
}

/// Where paths with fewer changes than the entry's place end: for each diagonal (lines of the old text less those of the
/// new one) the furthest line of the old text. `None` when there are too many changes.
fn search(old: &[&str], new: &[&str]) -> Option<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut reached: Vec<usize> = Vec::new();
    for changes in 0..=(old.len() + new.len()).min(MOST_CHANGES) {
        all.push(reached.clone());
        let mut further = vec![0; 2 * changes + 1];
        for place in (0..=2 * changes).step_by(2) {
            let diagonal = place as isize - changes as isize;
            let mut x = match changes {
                0 => 0,
                _ if steps_down(&reached, changes, diagonal) => at(&reached, changes, diagonal + 1),
                _ => at(&reached, changes, diagonal - 1) + 1,
            };
            let mut y = (x as isize - diagonal) as usize;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            further[place] = x;
            if x >= old.len() && y >= new.len() {
                return Some(all);
            }
        }
        reached = further;
    }
    None
}

/// Whether the path to `diagonal` adds a line last, rather than removing one.
fn steps_down(reached: &[usize], changes: usize, diagonal: isize) -> bool {
    let edge = changes as isize;
    diagonal == -edge || diagonal != edge && at(reached, changes, diagonal - 1) < at(reached, changes, diagonal + 1)
}

/// What was reached on a diagonal with one change less than `changes`.
fn at(reached: &[usize], changes: usize, diagonal: isize) -> usize {
    let place = diagonal + changes as isize - 1;
    usize::try_from(place).ok().and_then(|place| reached.get(place)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(old: &str, new: &str) -> String {
        let sign = |line: &Line<'_>| match line {
            Line::Same(text) => format!(" {text}"),
            Line::Removed(text) => format!("-{text}"),
            Line::Added(text) => format!("+{text}"),
        };
        lines(old, new).iter().map(sign).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_changed_line_is_removed_and_added_between_its_neighbours() {
        assert_eq!(shown("a\nb\nc\n", "a\nB\nc\n"), " a|-b|+B| c");
        assert_eq!(shown("a\nb", "a\nb\nc"), " a| b|+c");
        assert_eq!(shown("a\nb\nc", "b\nc"), "-a| b| c");
        assert_eq!(shown("", "a"), "+a");
        assert_eq!(shown("a\n", "a\n"), " a");
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn a_moved_line_costs_two_changes() {
        let changes = lines("a\nb\nc\nd\ne", "b\nc\nd\na\ne").iter().filter(|line| !line.is_same()).count();
        assert_eq!(changes, 2);
    }

    #[test]
    fn texts_that_share_nothing_are_told_whole() {
        let old: String = (0..900).map(|at| format!("old {at}\n")).collect();
        let new: String = (0..900).map(|at| format!("new {at}\n")).collect();
        let found = lines(&old, &new);
        assert_eq!(found.len(), 1_800);
        assert!(found[..900].iter().all(|line| matches!(line, Line::Removed(_))));
    }

    #[test]
    fn what_is_far_from_changes_is_passed_over() {
        let old: String = (0..20).map(|at| format!("{at}\n")).collect();
        let new = old.replace("10\n", "ten\n");
        let lines = lines(&old, &new);
        let parts = parts(&lines, 1);
        use Line::{Added, Removed, Same};
        let wanted = [Same("9"), Removed("10"), Added("ten"), Same("11")].map(Part::Line);
        assert_eq!(parts[0], Part::Gap(9));
        assert_eq!(parts[1..5], wanted);
        assert_eq!(parts[5..], [Part::Gap(8)]);
        assert_eq!(super::parts(&super::lines("a\nb", "a\nb"), 3), [Part::Gap(2)]);
    }

    proptest! {
        /// Both texts can be read off their difference, and no line that both begin and end with is told as changed.
        #[test]
        fn both_texts_are_in_the_difference(old in "[abc\n]{0,40}", new in "[abc\n]{0,40}") {
            let found = lines(&old, &new);
            let older: Vec<&str> = found.iter().filter(|line| !matches!(line, Line::Added(_))).map(|line| line.text()).collect();
            let newer: Vec<&str> = found.iter().filter(|line| !matches!(line, Line::Removed(_))).map(|line| line.text()).collect();
            prop_assert_eq!(older, old.lines().collect::<Vec<_>>());
            prop_assert_eq!(newer, new.lines().collect::<Vec<_>>());
        }

        /// No shorter script exists: as many lines stay as the longest common subsequence has.
        #[test]
        fn the_script_is_the_shortest(old in "[ab\n]{0,24}", new in "[ab\n]{0,24}") {
            let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
            let mut longest = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
            for i in 0..a.len() {
                for j in 0..b.len() {
                    longest[i + 1][j + 1] =
                        if a[i] == b[j] { longest[i][j] + 1 } else { longest[i][j + 1].max(longest[i + 1][j]) };
                }
            }
            let same = lines(&old, &new).iter().filter(|line| line.is_same()).count();
            prop_assert_eq!(same, longest[a.len()][b.len()]);
        }
    }
}
