//! A report that holds one of everything, with names that would like to be markup.

use super::{
    Axis, Bar, BarSeries, Bars, Best, Block, Cell, Column, Figure, Finding, Format, Interval, Mark, Picture, Plot,
    Point, Report, Row, Section, Series, Setting, Table, Verdict, Whiskers,
};

/// A PNG file of 2 × 1 pixels, red and blue.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0, 123, 64, 232,
    221, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 248, 207, 0, 4, 255, 1, 7, 0, 1, 255, 226, 35, 158, 89, 0, 0, 0, 0,
    73, 69, 78, 68, 174, 66, 96, 130,
];

pub fn report() -> Report {
    Report {
        name: "table1".into(),
        title: "Scores of training, test, synthesized and negative images".into(),
        reference: "Table 1".into(),
        scale: "A small copy of the paper's experiment: 1,000 of 200,000 images, 3 of 100 epochs.".into(),
        sections: vec![scores(), learning(), images()],
        settings: [
            ("seed", "7"),
            ("device", "CPU, 2 threads"),
            ("recipe", "scripts/<b>faces</b>.rhai, fingerprint 5f0c…9a"),
            ("data", "builtin(\"portraits\"), 400 images of side 64"),
            ("date", "2024-05-01 12:00 UTC"),
            (
                "command",
                "emberlab study table1 --recipe scripts/faces.rhai --seed 7 --out 'a & b' --images 1000 --epochs 3",
            ),
        ]
        .map(|(key, value)| Setting::new(key, value))
        .to_vec(),
    }
}

fn scores() -> Section {
    let columns = vec![
        Column::words("Images"),
        Column::numbers("Grid 1, 4×4", "×10⁴"),
        Column::numbers("Grid 3, 64×64", "×10⁶"),
        Column::numbers("AUROC against negative", "").best(Best::Highest),
        Column::numbers("Sliced Wasserstein", "×10³").best(Best::Lowest),
        Column::numbers("Count", ""),
    ];
    let row = |name: &str, cells: [Cell; 5]| Row::new([vec![Cell::text(name)], cells.to_vec()].concat());
    let count = |value: f64| Cell::Number { value, format: Format::Whole };
    let rows = vec![
        row(
            "train",
            [
                Cell::deviation(5.3312, 0.9087),
                Cell::deviation(2.5874, 0.1021),
                Cell::NotMeasured,
                Cell::NotMeasured,
                count(400.0),
            ],
        ),
        row(
            "test",
            [
                Cell::deviation(5.3, 0.889),
                Cell::deviation(2.471, 0.1007),
                Cell::interval(0.8213, 0.79, 0.8517),
                Cell::number(9.871),
                count(1000.0),
            ],
        ),
        row(
            "synthesized `<i>x</i>`",
            [
                Cell::deviation(5.1534, 0.911),
                Cell::deviation(f64::NAN, 0.1),
                Cell::interval(0.8055, 0.776, 0.835),
                Cell::number(14.2),
                count(25_000.0),
            ],
        ),
        Row::apart(vec![Cell::text("the paper: test"), Cell::deviation(5.33, 0.89), Cell::deviation(2.47, 0.1)]),
    ];
    let footnotes = vec!["Mean ± standard deviation over images; intervals are 95 % by bootstrap over images.".into()];
    let table = Table { title: "Scores f(x) of four sets of images".into(), columns, rows, footnotes };
    let finding = |claim: &str, verdict, evidence: &str| {
        Block::Finding(Finding { claim: claim.into(), verdict, evidence: evidence.into() })
    };
    Section {
        title: "Scores".into(),
        blocks: vec![
            Block::text(
                "A model gives images of its data a **high** score and images that a *shallow* chain left behind a low one. The\nscores are `f(x; θ)` of equation (1).\n\nThey have no scale, so only orders and ratios of them are compared with the paper's.",
            ),
            finding(
                "Test images score as training images do.",
                Verdict::Holds,
                "The means differ by 0.03 of the distance to the negative images; 0.20 is allowed.",
            ),
            finding(
                "Synthesized images score as training images do.",
                Verdict::FallsShort,
                "They differ by 0.22 of that distance; 0.15 is allowed.",
            ),
            finding(
                "Scores tell test from negative images on grid 3.",
                Verdict::NotMeasured,
                "The run has no grid of side 64.",
            ),
            Block::Table(table),
        ],
    }
}

fn learning() -> Section {
    let curve = |name: &str, rate: f64, level: f64| {
        let point = |at: i32| {
            let x = f64::from(at * 200);
            let y = level * (1.0 + 4.0 * (-rate * x).exp()) + 0.05 * level * (x * 0.05).sin();
            if at == 13 { Point::new(x, f64::NAN) } else { Point::deviating(x, y, 0.15 * level) }
        };
        Series::line(name, (0..=50).map(point).collect())
    };
    let mut series =
        vec![curve("grid 1, 4×4", 4e-4, 2e-3), curve("grid 2, 16×16", 6e-4, 8e-3), curve("grid 3, 64×64", 1e-3, 0.04)];
    series.push(Series::line("target", vec![Point::new(0.0, 0.01), Point::new(10_000.0, 0.01)]).mark(Mark::Dashed));
    let norm = Figure {
        title: "Norm of the gradient while learning".into(),
        alternative: "Three falling curves, one a grid, and a dashed target.".into(),
        plot: Plot::Points {
            x: Axis::linear("Updates", ""),
            y: Axis::logarithmic("Gradient norm", "score per unit of weight"),
            series,
        },
    };
    let cloud = |name: &str, slope: f64| {
        let point = |at: i32| {
            let x = f64::from(at) * 0.37;
            Point::deviating(x * 1e6, slope * x + (x * 9.0).sin(), 0.4)
        };
        Series::dots(name, (0..14).map(point).collect())
    };
    let scatter = Figure {
        title: "Energy against brightness".into(),
        alternative: "Two clouds of points that rise.".into(),
        plot: Plot::Points {
            x: Axis::linear("Energy", ""),
            y: Axis::linear("Brightness", ""),
            series: vec![
                cloud("multi-grid", 1.2),
                cloud("persistent", 0.4),
                Series { whiskers: Whiskers::Bars, ..cloud("one-step", -0.5) }.mark(Mark::LineAndDots),
            ],
        },
    };
    Section {
        title: "Learning".into(),
        blocks: vec![Block::Figure(norm), Block::Figure(scatter), Block::Figure(errors())],
    }
}

fn errors() -> Figure {
    let series = |name: &str, values: [Option<f64>; 5]| BarSeries {
        name: name.into(),
        bars: values
            .map(|value| {
                value.map(|value| Bar { value, interval: Some(Interval { low: value - 0.004, high: value + 0.004 }) })
            })
            .to_vec(),
    };
    Figure {
        title: "Error of filled-in images by method".into(),
        alternative:
            "Bars: multi-grid has the least error with a pepper mask and shares the least with a central mask.".into(),
        plot: Plot::Bars(Bars {
            categories: [
                "persistent",
                "one-step",
                "single-grid",
                "context encoder with a name that is far too long to be shown",
                "multi-grid",
            ]
            .map(String::from)
            .to_vec(),
            value: Axis::linear("Error a pixel", "share of the range"),
            series: vec![
                series("central mask", [Some(0.056), Some(0.081), Some(0.066), Some(0.045), Some(0.042)]),
                series("pepper mask", [Some(0.069), Some(0.084), Some(0.054), None, Some(0.036)]),
            ],
        }),
    }
}

fn images() -> Section {
    let picture = |png: &[u8]| Picture {
        file: "table1-images.png".into(),
        png: png.to_vec(),
        caption: "Synthesized images of **grid 1**".into(),
        alternative: "A red and a blue \"pixel\"".into(),
    };
    Section {
        title: "Images & <script>alert(1)</script>".into(),
        blocks: vec![Block::Picture(picture(PNG)), Block::Picture(picture(&[]))],
    }
}
