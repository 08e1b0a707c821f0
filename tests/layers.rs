//! Recipes with every kind of layer learn, keep their unchanged layers over an edit, and resume bit for bit.

mod common;

use common::{Watched, error_of, finish, text, tiny_options, weights};
use emberlab::compute::{Activation, Device, Images, NoiseKey, ParameterSet, Purpose, Statistics, Tensor};
use emberlab::model::{Initialization, LayerSpec, Network, NetworkError, NetworkSpec, NormMode, PaddingRule};
use emberlab::run::{Command, Event, Phase, RunOptions};
use std::collections::BTreeMap;

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

/// A paused run is edited; its weights before and after.
fn edited(before: &str, after: &str) -> [BTreeMap<String, Vec<u8>>; 2] {
    let recipe = |layers: &str| {
        format!(
            "fn pyramid() {{ sides([1, 8]) }}
            fn network(s) {{ net([{layers}]) }}
            fn kernel(s) {{ langevin(#{{ steps: 2, drift: 1, noise: 0.02 }}) }}
            fn batch_size() {{ 4 }}"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { directory: Some(folder.path().join("run")), ..tiny_options(text(&recipe(before))) };
    let mut run = Watched::new(options);
    let saved = |run: &mut Watched| {
        run.send(Command::Save);
        let checkpoint = run.wait("a checkpoint", |event| match event {
            Event::Checkpoint { path, .. } => Some(path.clone()),
            _ => None,
        });
        weights(&checkpoint)
    };
    run.wait_for_iteration(3);
    run.send(Command::Pause);
    run.wait("the pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
    let old = saved(&mut run);
    run.send(Command::SwapRecipe(text(&recipe(after))));
    run.wait("the edit", |event| match event {
        Event::RecipeApplied { .. } => Some(()),
        Event::RecipeRefused { message, .. } => panic!("{message}"),
        _ => None,
    });
    [old, saved(&mut run)]
}

#[test]
fn unchanged_layers_keep_their_weights_over_an_edit() {
    let before = "conv(4, 3), norm(\"group\"), residual([leaky(0.2), conv(6, 3)]), leaky(0.2)";
    let wider = "conv(4, 3), norm(\"group\"), residual([leaky(0.2), conv(6, 3)]), leaky(0.2), conv(5, 3), leaky(0.2)";
    let [old, new] = edited(before, wider);
    for name in ["conv0.weight", "gn0.weight", "gn0.bias", "conv1.weight", "shortcut0.weight", "shortcut0.bias"] {
        let of = |weights: &BTreeMap<String, Vec<u8>>| {
            let found = weights.iter().find(|(key, _)| key.ends_with(&format!("weights.{name}")));
            found.unwrap_or_else(|| panic!("no {name} in {:?}", weights.keys())).1.clone()
        };
        assert!(of(&old) == of(&new), "{name} was to be kept");
    }
    assert!(new.keys().any(|name| name.ends_with("weights.conv2.weight")), "the new layer is there");
    // A mark around a convolution changes what is done with its weight, not the weight.
    let [old, new] = edited("conv(4, 3), leaky(0.2)", "spectral(conv(4, 3)), leaky(0.2)");
    assert!(old == new, "weights learn on under spectral normalization");
}

fn convolution(channels: usize, stride: usize) -> LayerSpec {
    LayerSpec::Convolution { channels, kernel: 3, stride, padding: PaddingRule::Same }
}

fn network(layers: Vec<LayerSpec>) -> Result<Network, NetworkError> {
    Network::new(NetworkSpec { layers, norm: NormMode::Batch, initialization: Initialization::FanIn }, 3, 8)
}

fn images() -> Images {
    let mut images = Images::zeros([5, 3, 8, 8]);
    NoiseKey::new(5, Purpose::Probe).normal(1, images.data_mut());
    images
}

fn fresh(network: &Network) -> ParameterSet {
    network.initialize(NoiseKey::new(3, Purpose::Parameters))
}

#[test]
fn a_residual_block_of_zero_weights_is_not_there() {
    let silu = LayerSpec::Activation(Activation::Silu);
    let with = vec![convolution(6, 1), silu, LayerSpec::Fork, convolution(6, 1), silu, LayerSpec::Join, silu];
    let (plain, block) = (network(vec![convolution(6, 1), silu, silu]).unwrap(), network(with).unwrap());
    let few = fresh(&plain);
    let mut all = fresh(&block);
    for tensor in &mut all.tensors {
        match few.get(&tensor.name) {
            Some(known) => tensor.data.clone_from(&known.data),
            None => tensor.data.fill(0.0),
        }
    }
    for name in ["cpu", "flex"] {
        let device = Device::choose(name, Some(2)).unwrap();
        let evaluate = |network: &Network, parameters: &ParameterSet| {
            let mut prepared = device.prepare(network.layers()).unwrap();
            prepared.load(parameters).unwrap();
            let mut gradient = Images::default();
            let score = prepared.score_gradient(&images(), Statistics::Frozen, &mut gradient).unwrap();
            [score, gradient.into_data()].concat()
        };
        let (one, other) = (evaluate(&plain, &few), evaluate(&block, &all));
        assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5), "{name}");
    }
}

#[test]
fn zero_weights_under_spectral_normalization_have_a_gradient_of_common_size() {
    let network =
        network(vec![LayerSpec::Spectral, convolution(6, 1), LayerSpec::Activation(Activation::Silu)]).unwrap();
    let mut parameters = fresh(&network);
    parameters.tensors[0].data.fill(0.0);
    let mut prepared = Device::choose("cpu", Some(1)).unwrap().prepare(network.layers()).unwrap();
    prepared.load(&parameters).unwrap();
    let ones = |scores: &[f32]| vec![1.0; scores.len()];
    let gradient = prepared.parameter_gradient(&images(), Statistics::Frozen, &ones).unwrap();
    let largest = gradient.tensors[0].iter().fold(0.0f32, |most, g| most.max(g.abs()));
    assert!(largest > 0.0 && largest < 1e3, "{largest}");
}

/// Weights whose outputs lie close together, as fresh ones do, converge slowest.
#[test]
fn spectral_normalization_is_close_for_wide_layers_too() {
    let layers = vec![LayerSpec::Spectral, LayerSpec::FullyConnected { outputs: 64 }];
    let network = network(layers).unwrap();
    let parameters = fresh(&network);
    let Tensor { data, shape, .. } = &parameters.tensors[0];
    let columns: usize = shape[1..].iter().product();
    let rows: Vec<Vec<f64>> =
        data.chunks(columns).map(|row| row.iter().map(|&w| f64::from(w)).collect::<Vec<f64>>()).collect();
    let mut x: Vec<f64> = (0..columns).map(|k| ((k * k) as f64).sin()).collect();
    let mut largest = 0.0;
    for _ in 0..2000 {
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter_mut().for_each(|x| *x /= length);
        let y: Vec<f64> = rows.iter().map(|row| row.iter().zip(&x).map(|(w, x)| w * x).sum()).collect();
        largest = y.iter().map(|y| y * y).sum::<f64>().sqrt();
        x = (0..columns).map(|k| rows.iter().zip(&y).map(|(row, y)| row[k] * y).sum()).collect();
    }
    // The layer has no activation, so with biases of zero the score is linear in W/σ: what it is of W tells σ.
    let score = |layers: Vec<LayerSpec>| {
        let network = self::network(layers).unwrap();
        let mut parameters = parameters.clone();
        for tensor in parameters.tensors.iter_mut().filter(|tensor| tensor.name.ends_with("bias")) {
            tensor.data.fill(0.0);
        }
        let mut prepared = Device::choose("cpu", Some(1)).unwrap().prepare(network.layers()).unwrap();
        prepared.load(&parameters).unwrap();
        f64::from(prepared.score(&images(), Statistics::Frozen).unwrap()[0])
    };
    let plain = score(vec![LayerSpec::FullyConnected { outputs: 64 }]);
    let normalized = score(vec![LayerSpec::Spectral, LayerSpec::FullyConnected { outputs: 64 }]);
    let stretch = largest * normalized / plain;
    assert!((1.0 - 1e-4..1.02).contains(&stretch), "the largest singular value is {stretch}");
}

#[test]
fn our_own_kernels_run_all_layers_but_for_odd_places() {
    let silu = LayerSpec::Activation(Activation::Silu);
    let (group, pool) = (LayerSpec::GroupNorm { groups: None }, LayerSpec::Pool { size: 2 });
    let own = |layers: Vec<LayerSpec>| network(layers).unwrap().own_kernels();
    let branched = vec![
        convolution(4, 1),
        group,
        LayerSpec::Fork,
        silu,
        convolution(6, 2),
        LayerSpec::Join,
        silu,
        convolution(4, 1),
    ];
    assert!(own(branched));
    assert!(own(vec![LayerSpec::Spectral, convolution(4, 1), LayerSpec::Norm, silu, pool, silu, group]));
    assert!(own(vec![convolution(4, 1), LayerSpec::FullyConnected { outputs: 9 }, silu]));
    assert!(!own(vec![pool, convolution(4, 1)]), "a pool of the images");
    assert!(!own(vec![convolution(4, 1), silu, LayerSpec::Norm]), "an activation before its normalization");
}

#[test]
fn branches_have_to_close() {
    for layers in [vec![convolution(4, 1), LayerSpec::Fork], vec![convolution(4, 1), LayerSpec::Join]] {
        assert_eq!(network(layers), Err(NetworkError::Branch { layer: 1 }));
    }
}
