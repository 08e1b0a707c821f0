//! The lines by which two texts differ.

/// Pairs of lines that are compared; texts that differ in more are told apart as a whole.
const MOST: usize = 4_000_000;
/// Equal lines shown before and after a change.
const CONTEXT: usize = 2;

/// One row of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Same(String),
    Removed(String),
    Added(String),
    /// So many equal lines.
    Left(usize),
}

/// What must be done to `old` to become `new`, with some equal lines around each change; nothing when they are equal.
#[must_use]
pub fn diff(old: &str, new: &str) -> Vec<Row> {
    if old == new {
        return Vec::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let same = |line: &&str| Row::Same((*line).to_owned());
    let mut rows: Vec<Row> = old[..start].iter().map(same).collect();
    between(&old[start..old.len() - end], &new[start..new.len() - end], &mut rows);
    rows.extend(old[old.len() - end..].iter().map(same));
    shortened(rows)
}

/// The difference of texts without a common beginning or end, by their longest common subsequence.
fn between(old: &[&str], new: &[&str], rows: &mut Vec<Row>) {
    let width = new.len() + 1;
    let small = old.len().saturating_mul(new.len()) <= MOST;
    let mut common = vec![0u32; if small { (old.len() + 1) * width } else { 0 }];
    for at in (0..if small { old.len() } else { 0 }).rev() {
        for other in (0..new.len()).rev() {
            common[at * width + other] = if old[at] == new[other] {
                common[(at + 1) * width + other + 1] + 1
            } else {
                common[(at + 1) * width + other].max(common[at * width + other + 1])
            };
        }
    }
    let (mut at, mut other) = (0, 0);
    while small && at < old.len() && other < new.len() {
        if old[at] == new[other] {
            rows.push(Row::Same(old[at].to_owned()));
            (at, other) = (at + 1, other + 1);
        } else if common[(at + 1) * width + other] >= common[at * width + other + 1] {
            rows.push(Row::Removed(old[at].to_owned()));
            at += 1;
        } else {
            rows.push(Row::Added(new[other].to_owned()));
            other += 1;
        }
    }
    rows.extend(old[at..].iter().map(|line| Row::Removed((*line).to_owned())));
    rows.extend(new[other..].iter().map(|line| Row::Added((*line).to_owned())));
}

/// Leaves out equal lines that are far from every change.
fn shortened(rows: Vec<Row>) -> Vec<Row> {
    let changed: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| !matches!(row, Row::Same(_))).map(|(at, _)| at).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|&change| change < at);
        let neighbours = [changed.get(next), next.checked_sub(1).and_then(|before| changed.get(before))];
        neighbours.into_iter().flatten().any(|change| change.abs_diff(at) <= CONTEXT)
    };
    let mut short = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        match short.last_mut() {
            _ if near(at) => short.push(row),
            Some(Row::Left(count)) => *count += 1,
            _ => short.push(Row::Left(1)),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both texts, put together again from a difference without left-out lines.
    fn sides(rows: &[Row]) -> (Vec<&str>, Vec<&str>) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Row::Same(line) => {
                    old.push(line.as_str());
                    new.push(line.as_str());
                }
                Row::Removed(line) => old.push(line),
                Row::Added(line) => new.push(line),
                Row::Left(_) => panic!("left out"),
            }
        }
        (old, new)
    }

    #[test]
    fn a_difference_holds_both_texts() {
        for (old, new) in [
            ("a\nb\nc", "a\nx\nc"),
            ("", "a"),
            ("a", ""),
            ("a\nb", "b\na"),
            ("x\na\ny\nb\nz", "a\nq\nb"),
            ("a\na\na", "a\na"),
        ] {
            let rows = diff(old, new);
            assert_eq!(sides(&rows), (old.lines().collect(), new.lines().collect()), "{old:?} {new:?}");
        }
        assert_eq!(diff("a\nb", "a\nb"), []);
    }

    #[test]
    fn one_changed_line_is_one_removed_and_one_added() {
        let rows = diff("a\nb\nc", "a\nx\nc");
        let wanted = [
            Row::Same("a".to_owned()),
            Row::Removed("b".to_owned()),
            Row::Added("x".to_owned()),
            Row::Same("c".to_owned()),
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn equal_lines_far_from_changes_are_counted() {
        let text = |changed: &str| {
            (0..100)
                .map(|line| if line == 50 { changed.to_owned() } else { line.to_string() } + "\n")
                .collect::<String>()
        };
        let rows = diff(&text("old"), &text("new"));
        assert_eq!((&rows[0], &rows[rows.len() - 1]), (&Row::Left(48), &Row::Left(47)));
        assert_eq!(rows.len(), 8);
    }

    #[test]
    fn texts_that_share_nothing_are_told_apart_quickly() {
        let text = |from: usize| (from..from + 20_000).map(|line| format!("{line}\n")).collect::<String>();
        let rows = diff(&text(0), &text(100_000));
        assert_eq!(rows.len(), 40_000);
        assert_eq!(rows[0], Row::Removed("0".to_owned()));
    }
}
