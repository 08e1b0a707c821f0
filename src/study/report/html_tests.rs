use super::super::demonstration;
use super::super::xml::{Element, elements};
use super::super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn page() -> (String, Vec<Element>) {
    let html = html(&demonstration::report());
    let read = elements(&html).unwrap();
    (html, read)
}

fn named<'a>(page: &'a [Element], name: &'a str) -> impl Iterator<Item = &'a Element> {
    page.iter().filter(move |element| element.name == name)
}

#[test]
fn the_page_holds_all_it_shows() {
    let (html, page) = page();
    for name in ["script", "link", "iframe", "object", "embed", "form", "base"] {
        assert_eq!(named(&page, name).count(), 0, "{name}");
    }
    for element in &page {
        for (key, value) in &element.attributes {
            assert!(!key.starts_with("on"), "{element:?}");
            let address = ["src", "href", "action", "data"].contains(&key.as_str());
            assert!(!address || value.starts_with("data:") || value.starts_with('#'), "{element:?}");
        }
    }
    assert!(!html.contains("@import") && !html.contains("url("));
}

#[test]
fn links_lead_somewhere_and_names_are_unique() {
    let (_, page) = page();
    let names: Vec<&str> = page.iter().filter_map(|element| element.attribute("id")).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    let inside = named(&page, "a").filter_map(|link| link.attribute("href")?.strip_prefix('#'));
    let labels = page.iter().filter_map(|element| element.attribute("aria-labelledby")).flat_map(str::split_whitespace);
    for target in inside.chain(labels) {
        assert!(names.contains(&target), "{target}");
    }
}

#[test]
fn findings_come_first_and_headings_descend() {
    let (html, page) = page();
    let headings: Vec<(&str, &str)> = page
        .iter()
        .filter(|element| element.name.len() == 2 && element.name.starts_with('h') && element.name != "hr")
        .map(|element| (element.name.as_str(), element.text.as_str()))
        .collect();
    assert_eq!(
        headings,
        [
            ("h1", "Scores of training, test, synthesized and negative images"),
            ("h2", "Findings"),
            ("h2", "Contents"),
            ("h2", "Scores"),
            ("h2", "Learning"),
            ("h2", "Images & <script>alert(1)</script>"),
            ("h2", "How this was made"),
        ]
    );
    assert!(html.find("falls short").unwrap() < html.find("Contents").unwrap());
}

#[test]
fn what_cannot_be_seen_is_told() {
    let (_, page) = page();
    let pictures: Vec<&str> = named(&page, "img").map(|picture| picture.attribute("alt").unwrap()).collect();
    assert_eq!(pictures, ["A red and a blue \"pixel\""]);
    assert_eq!(named(&page, "svg").filter(|figure| figure.attribute("role") == Some("img")).count(), 3);
    assert!(named(&page, "desc").all(|text| !text.text.is_empty()));
    let picture = named(&page, "img").next().unwrap();
    assert_eq!((picture.attribute("width"), picture.attribute("height")), (Some("16"), Some("8")));
}

#[test]
fn the_table_marks_the_best_and_says_what_is_missing() {
    let (html, _) = page();
    let body = html.split("<tbody>\n").nth(1).unwrap().split("</tbody>").next().unwrap();
    expect_test::expect![[r#"
        <tr><th scope="row" class="left">train</th><td class="right">5.33 ± 0.91</td><td class="right">2.59 ± 0.10</td><td class="right"><span title="not measured">–</span></td><td class="right"><span title="not measured">–</span></td><td class="right">400</td></tr>
        <tr><th scope="row" class="left">test</th><td class="right">5.30 ± 0.89</td><td class="right">2.47 ± 0.10</td><td class="right"><strong>0.821 [0.790, 0.852]</strong></td><td class="right"><strong>9.871</strong></td><td class="right">1,000</td></tr>
        <tr><th scope="row" class="left">synthesized <code>&lt;i&gt;x&lt;/i&gt;</code></th><td class="right">5.15 ± 0.91</td><td class="right">not a number</td><td class="right">0.805 [0.776, 0.835]</td><td class="right">14.20</td><td class="right">25,000</td></tr>
        <tr class="apart"><th scope="row" class="left">the paper: test</th><td class="right">5.33 ± 0.89</td><td class="right">2.47 ± 0.10</td><td class="right"><span title="not measured">–</span></td><td class="right"><span title="not measured">–</span></td><td class="right"><span title="not measured">–</span></td></tr>
    "#]]
    .assert_eq(body);
}

#[test]
fn a_best_value_needs_a_worse_one() {
    let table = |values: &[f64], apart: f64, best| {
        let rows = values.iter().map(|value| Row::new(vec![Cell::number(*value)]));
        let rows = rows.chain([Row::apart(vec![Cell::number(apart)]), Row::new(Vec::new())]).collect();
        let columns = vec![Column::numbers("score", "").best(best)];
        Table { columns, rows, ..Table::default() }.best(0)
    };
    assert_eq!(table(&[2.0, 1.0, 3.0], 0.0, Best::Lowest), [1]);
    assert_eq!(table(&[2.0, f64::NAN, 3.0, 3.0], 9.0, Best::Highest), [2, 3]);
    assert_eq!(table(&[f64::INFINITY, 2.0, 1.0], 9.0, Best::Highest), [1]);
    assert_eq!(table(&[2.0, 2.0], 1.0, Best::Lowest), [0; 0]);
    assert_eq!(table(&[2.0], 1.0, Best::Lowest), [0; 0]);
}

#[test]
fn omitted_values_are_told() {
    let (html, _) = page();
    assert!(html.contains("3 values have no place on the axes and are not drawn."));
}

#[test]
fn the_overview_links_to_the_pages() {
    let reports = [demonstration::report(), Report { name: "../Ünsafe <b>".into(), ..Report::default() }];
    let page = elements(&index(&reports)).unwrap();
    let links: Vec<&str> = named(&page, "a").filter_map(|link| link.attribute("href")).collect();
    assert_eq!(links, ["table1.html", "nsafe-b.html"]);
    assert!(named(&page, "p").any(|text| text.text == "1 finding holds, 1 falls short, 1 not measured"));
    assert!(elements(&index(&[])).is_ok());
}

#[test]
fn json_reads_back() {
    let mut report = demonstration::report();
    let text = json(&report).unwrap();
    assert!(!text.contains("NaN") && !text.contains("null,\n          \"high\""));
    let read: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(json(&read).unwrap(), text);
    let strip = |report: &mut Report| {
        let pictures = report.sections.iter_mut().flat_map(|section| &mut section.blocks);
        pictures.for_each(|block| {
            if let Block::Picture(picture) = block {
                picture.png.clear()
            }
        });
    };
    strip(&mut report);
    assert_eq!(html(&read), html(&report));
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e3f64..1e3, Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)]
}

fn interval() -> impl Strategy<Value = Option<Interval>> {
    prop::option::of((number(), number()).prop_map(|(low, high)| Interval { low, high }))
}

fn axis() -> impl Strategy<Value = Axis> {
    (any::<String>(), any::<String>(), any::<bool>()).prop_map(|(title, unit, logarithmic)| {
        if logarithmic { Axis::logarithmic(title, unit) } else { Axis::linear(title, unit) }
    })
}

fn plot() -> impl Strategy<Value = Plot> {
    let point = (number(), number(), interval()).prop_map(|(x, y, interval)| Point { x, y, interval });
    let mark = prop::sample::select(vec![Mark::Line, Mark::Dashed, Mark::LineAndDots, Mark::Dots]);
    let whiskers = prop::sample::select(vec![Whiskers::Band, Whiskers::Bars]);
    let series = (any::<String>(), prop::collection::vec(point, 0..6), mark, whiskers)
        .prop_map(|(name, points, mark, whiskers)| Series { name, points, mark, whiskers });
    let points =
        (axis(), axis(), prop::collection::vec(series, 0..4)).prop_map(|(x, y, series)| Plot::Points { x, y, series });
    let bar = prop::option::of((number(), interval()).prop_map(|(value, interval)| Bar { value, interval }));
    let bars = (any::<String>(), prop::collection::vec(bar, 0..4)).prop_map(|(name, bars)| BarSeries { name, bars });
    let bars = (prop::collection::vec(any::<String>(), 0..3), axis(), prop::collection::vec(bars, 0..3))
        .prop_map(|(categories, value, series)| Plot::Bars(Bars { categories, value, series }));
    prop_oneof![points, bars]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_figure_is_drawn_inside_its_frame(plot in plot(), title in any::<String>()) {
        let drawing = svg(&Figure { alternative: title.clone(), title, plot });
        let read = elements(&drawing).map_err(TestCaseError::fail)?;
        for element in &read {
            for (key, value) in &element.attributes {
                if ["x", "x1", "x2", "cx", "width"].contains(&key.as_str()) {
                    let value: f64 = value.parse().unwrap();
                    prop_assert!((-5.0..=645.0).contains(&value), "{:?}", element);
                }
                prop_assert!(!value.contains("NaN") && !value.contains("inf"), "{:?}", element);
            }
        }
    }

    #[test]
    fn any_text_stays_text(text in any::<String>(), plot in plot()) {
        let mut report = demonstration::report();
        let figure = Figure { title: text.clone(), alternative: text.clone(), plot };
        let column = Column { title: text.clone(), unit: text.clone(), ..Column::default() };
        let cells = vec![Cell::text(text.as_str()), Cell::text(text.as_str())];
        let table = Table { title: text.clone(), columns: vec![column], rows: vec![Row::new(cells)], footnotes: vec![text.clone()] };
        let finding = Finding { claim: text.clone(), verdict: Verdict::Holds, evidence: text.clone() };
        let picture = Picture { file: text.clone(), png: text.clone().into_bytes(), caption: text.clone(), alternative: text.clone() };
        let blocks = vec![Block::text(&text), Block::Table(table), Block::Figure(figure), Block::Finding(finding), Block::Picture(picture)];
        report.sections.push(Section { title: text.clone(), blocks });
        report.settings.push(Setting::new(text.as_str(), &text));
        (report.name, report.title, report.reference, report.scale) = (text.clone(), text.clone(), text.clone(), text);
        for page in [html(&report), index(std::slice::from_ref(&report))] {
            let read = elements(&page).map_err(TestCaseError::fail)?;
            prop_assert!(read.iter().all(|element| element.name != "script" && element.name != "b"));
        }
        let read: Report = serde_json::from_str(&json(&report).unwrap()).unwrap();
        prop_assert_eq!(json(&read).unwrap(), json(&report).unwrap());
        prop_assert!(page_file(&report).chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
        prop_assert!(csv(&report).iter().all(|table| !table.file.contains(['/', '\\'])));
    }
}

#[test]
fn labels_of_an_axis_do_not_overlap() {
    for (low, high) in [(0.0, 1.0), (0.0, 99_999.0), (-12_345.678, 12_345.678), (1e-7, 1.3e-7), (0.001, 0.0017)] {
        let series = vec![Series::line("", vec![Point::new(low, 0.0), Point::new(high, 1.0)])];
        let plot = Plot::Points { x: Axis::linear("x", ""), y: Axis::linear("y", ""), series };
        let drawing = svg(&Figure { title: String::new(), alternative: String::new(), plot });
        let read = elements(&drawing).unwrap();
        let labels: Vec<(f64, usize)> = named(&read, "text")
            .filter(|text| text.attribute("class") == Some("middle"))
            .map(|text| (text.attribute("x").unwrap().parse().unwrap(), text.text.chars().count()))
            .collect();
        assert!(labels.len() >= 3, "{labels:?}");
        // No digit of a common sans serif is wider than 0.6 of the height of type, 13.
        for pair in labels.windows(2) {
            assert!(pair[1].0 - pair[0].0 > 7.8 * (pair[0].1 + pair[1].1) as f64 / 2.0, "{labels:?}");
        }
    }
}
