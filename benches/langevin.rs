//! The Langevin step on our CPU kernels beside Burn's CPU backend: `cargo bench`. Burn is built here with the
//! optimization of crates off the hot path, so its numbers are what this program gets of it, not its best.

use divan::Bencher;
use emberlab::compute::{Device, Images, NoiseKey, Purpose};
use emberlab::recipe::{DEFAULTS, Recipe, RecipeText};
use emberlab::sampling::Chain;
use std::collections::BTreeMap;

fn main() {
    divan::main();
}

/// One step of the whole default batch on the finest grid of the default recipe.
#[divan::bench(args = ["cpu", "flex"])]
fn finest_grid(bencher: Bencher, name: &str) {
    let text = RecipeText { path: "defaults.rhai".into(), text: DEFAULTS.into() };
    let plan = Recipe::compile(text, &BTreeMap::new()).and_then(|recipe| recipe.plan()).expect("the defaults compile");
    let device = Device::choose(name, None).expect("the CPU is always there");
    let network = &plan.networks[plan.networks.len() - 1];
    let mut prepared = device.prepare(network.layers()).expect("the network fits");
    prepared.load(&network.initialize(NoiseKey::new(1, Purpose::Parameters))).expect("the parameters fit");
    let side = network.side();
    let start = Images::zeros([plan.batch, 3, side, side]);
    let mut chain = Chain::place(&mut *prepared, &start, None).expect("there is room");
    let kernel = plan.kernels[plan.kernels.len() - 1].kernel.langevin_at(0).expect("a Langevin kernel");
    let statistics = emberlab::compute::Statistics::Frozen;
    let key = NoiseKey::new(1, Purpose::Langevin);
    bencher.bench_local(|| {
        chain.step(statistics, &kernel, key).expect("it steps");
        chain.report().expect("it was a step")
    });
}
