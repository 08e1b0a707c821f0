//! Recipes with every kind of layer learn, keep their unchanged layers over an edit, and resume bit for bit.

mod common;

use common::{error_of, finish, text, tiny_options, weights};
use emberlab::run::{Event, RunOptions};

const LAYERS: [&str; 6] = [
    "conv(4, 3), norm(\"group\"), leaky(0.2), conv(6, 3), norm(\"group\", 3), leaky(0.2)",
    "conv(4, 3), leaky(0.2), pool(2), conv(6, 3), leaky(0.2)",
    "conv(4, 3), residual([conv(4, 3), leaky(0.2), conv(4, 3)]), leaky(0.2)",
    "conv(4, 3), residual([conv(6, 3, 2), leaky(0.2)]), leaky(0.2)",
    "conv(4, 3), leaky(0.2), fc(5), silu()",
    "spectral([conv(4, 3), leaky(0.2), conv(6, 3), leaky(0.2)])",
];

#[test]
fn every_layer_learns_and_resumes() {
    for layers in LAYERS {
        let recipe = format!(
            "fn pyramid() {{ sides([1, 4, 8]) }}
            fn network(s) {{ net([{layers}]) }}
            fn kernel(s) {{ langevin(#{{ steps: 2, drift: 1, noise: 0.02 }}) }}
            fn batch_size() {{ 4 }}"
        );
        let folder = tempfile::tempdir().unwrap();
        let train = |name: &str, iterations: u64, resume: bool| {
            let directory = Some(folder.path().join(name));
            let options = RunOptions { iterations: Some(iterations), directory, resume, ..tiny_options(text(&recipe)) };
            let events = finish(options);
            assert_eq!(error_of(&events), None, "{layers}");
            let last = events.iter().rev().find_map(|event| match event {
                Event::Checkpoint { path, .. } => Some(path.clone()),
                _ => None,
            });
            weights(&last.unwrap())
        };
        let start = train("start", 1, false);
        let whole = train("whole", 4, false);
        assert!(start != whole, "{layers} learn");
        train("parts", 2, false);
        assert!(train("parts", 4, true) == whole, "{layers}: a resumed run is another");
    }
}
