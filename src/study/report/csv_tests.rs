use super::super::demonstration;
use super::super::{Column, Section};
use super::*;
use proptest::prelude::*;

/// The fields of a text by the grammar of RFC 4180.
fn read(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut characters) = (false, text.chars().peekable());
    while let Some(character) = characters.next() {
        match (quoted, character) {
            (true, '"') if characters.peek() == Some(&'"') => field.extend(characters.next()),
            (true, '"') => quoted = false,
            (true, other) => field.push(other),
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => line.push(std::mem::take(&mut field)),
            (false, '\r') if characters.next_if_eq(&'\n').is_some() => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            (false, other) => field.push(other),
        }
    }
    assert!(field.is_empty() && line.is_empty() && !quoted, "no end of line at the end");
    lines
}

fn of(table: Table) -> String {
    let section = Section { title: String::new(), blocks: vec![Block::Table(table)] };
    csv(&Report { sections: vec![section], ..Report::default() }).remove(0).text
}

#[test]
fn deviations_and_intervals_have_columns_of_their_own() {
    let tables = csv(&demonstration::report());
    assert_eq!(tables.len(), 4);
    assert_eq!(tables[0].file, "table1-1-scores-f-x-of-four-sets-of-images.csv");
    let lines = read(&tables[0].text);
    expect_test::expect![[r#"
        Images | Grid 1, 4×4 (×10⁴) | Grid 1, 4×4 (×10⁴) standard deviation | Grid 3, 64×64 (×10⁶) | Grid 3, 64×64 (×10⁶) standard deviation | AUROC against negative | AUROC against negative low | AUROC against negative high | Sliced Wasserstein (×10³) | Count
        train | 5.3312 | 0.9087 | 2.5874 | 0.1021 |  |  |  |  | 400.0
        test | 5.3 | 0.889 | 2.471 | 0.1007 | 0.8213 | 0.79 | 0.8517 | 9.871 | 1000.0
        synthesized `<i>x</i>` | 5.1534 | 0.911 | not a number | 0.1 | 0.8055 | 0.776 | 0.835 | 14.2 | 25000.0
        the paper: test | 5.33 | 0.89 | 2.47 | 0.1 |  |  |  |  | 
    "#]]
    .assert_eq(&lines.iter().map(|line| line.join(" | ") + "\n").collect::<String>());
}

#[test]
fn the_points_of_a_figure_are_lines() {
    let tables = csv(&demonstration::report());
    let lines = read(&tables[1].text);
    assert_eq!(lines[0], ["series", "x", "y", "low", "high"]);
    assert_eq!(lines.len(), 1 + 3 * 51 + 2);
    assert_eq!(lines[14], ["grid 1, 4×4", "2600.0", "not a number", "", ""]);
    // A bar that was not measured has no line.
    assert_eq!(read(&tables[3].text).len(), 1 + 9);
}

proptest! {
    #[test]
    fn any_text_is_read_back(cells in prop::collection::vec(prop::collection::vec(any::<String>(), 1..4), 0..4)) {
        let width = cells.iter().map(Vec::len).max().unwrap_or(1);
        let columns = (0..width).map(|at| Column::words(format!("column \"{at}\",\n"))).collect();
        let rows = cells.iter().map(|row| Row::new(row.iter().cloned().map(Cell::Text).collect())).collect();
        let read = read(&of(Table { columns, rows, ..Table::default() }));
        prop_assert_eq!(read.len(), cells.len() + 1);
        prop_assert!(read.iter().all(|line| line.len() == width));
        for (line, row) in read[1..].iter().zip(&cells) {
            prop_assert_eq!(&line[..row.len()], &row[..]);
        }
    }

    #[test]
    fn finite_numbers_keep_every_bit(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        let read = read(&of(Table { rows: vec![Row::new(vec![Cell::number(value)])], ..Table::default() }));
        prop_assert_eq!(read[1][0].parse::<f64>().unwrap().to_bits(), value.to_bits());
    }
}
