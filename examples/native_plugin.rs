//! A plugin in Rust: it adds a module to the language of recipes through the same registry as script plugins.
//!
//! `cargo run --release --example native_plugin`

use emberlab::plugin::{Plugin, Registry};
use emberlab::recipe::{Recipe, RecipeText, ScriptModule};
use std::collections::BTreeMap;

/// Layer stacks whose width is fixed when the program is built.
struct Wide {
    channels: usize,
}

impl Plugin for Wide {
    fn register(&self, registry: &mut Registry) {
        let text = format!("fn stack() {{ [conv({0}, 3), leaky(0.2), conv({0}, 3), leaky(0.2)] }}", self.channels);
        let text = RecipeText { path: "wide.rhai".into(), text };
        registry.module(ScriptModule::new("wide", text));
    }
}

fn main() -> anyhow::Result<()> {
    let registry = Registry::of([&Wide { channels: 48 } as &dyn Plugin]);
    let text = RecipeText { path: "recipe.rhai".into(), text: "fn network(s) { net(wide::stack()) }".into() };
    let plan = Recipe::compile_with(text, &BTreeMap::new(), registry.modules())?.plan()?;
    for network in &plan.networks {
        println!("{0}×{0}: {1} parameters", network.side(), network.parameter_count());
    }
    Ok(())
}
