//! The plan diff: what going from one recipe to another keeps, what it makes anew, and what an update will cost.

use super::plan::Plan;
use crate::learning::Rule;
use crate::model::Network;

/// What an edit keeps, what it changes or makes anew, in words, and what it costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanDiff {
    pub kept: Vec<String>,
    pub renewed: Vec<String>,
    /// Floating point operations of an update, before and after.
    pub flops: [u64; 2],
    /// Bytes that training holds, before and after.
    pub memory: [u64; 2],
}

impl PlanDiff {
    /// What going from one plan to another keeps and makes anew.
    #[must_use]
    pub fn between(old: &Plan, new: &Plan) -> Self {
        let mut diff = Self {
            flops: [old.update_flops(), new.update_flops()],
            memory: [old.memory(), new.memory()],
            ..Self::default()
        };
        let same_sides = old.pyramid.sides() == new.pyramid.sides();
        let reads = if old.data == new.data && !same_sides { "data (read again at other sides)" } else { "data" };
        diff.say(old.data == new.data && same_sides, reads);
        diff.say(old.histogram == new.histogram && old.data == new.data && same_sides, "p(0)");
        diff.say(old.batch == new.batch, &format!("batches of {}", new.batch));
        diff.say(old.pyramid == new.pyramid, &format!("pyramid {}", sides_text(new.pyramid.sides())));
        for network in &new.networks {
            diff.say_network(old.networks.iter().find(|old| old.side() == network.side()), network);
        }
        diff.say(old.kernels == new.kernels, "kernels");
        diff.say(old.learner == new.learner, "optimizer");
        if old.learner != new.learner {
            let adaptive = |plan: &Plan| !matches!(plan.learner.optimizer.rule, Rule::Sgd { .. });
            diff.say(adaptive(old) == adaptive(new), "moments");
        }
        diff
    }

    fn say(&mut self, kept: bool, what: &str) {
        let list = if kept { &mut self.kept } else { &mut self.renewed };
        list.push(what.to_string());
    }

    /// A grid's network, by tensors: those of the same name and shape keep their values and moments.
    fn say_network(&mut self, old: Option<&Network>, new: &Network) {
        let side = new.side();
        let name = format!("the {side}×{side} grid's network");
        let Some(old) = old.filter(|old| *old != new) else {
            return self.say(old.is_some(), &name);
        };
        let before = old.tensors();
        let (kept, anew): (Vec<_>, Vec<_>) = new.tensors().into_iter().partition(|tensor| before.contains(tensor));
        let layers = |tensors: &[(String, Vec<usize>)]| {
            let mut names: Vec<&str> = tensors.iter().filter_map(|(name, _)| name.split('.').next()).collect();
            names.dedup();
            names.join(", ")
        };
        if !kept.is_empty() {
            self.say(true, &format!("{} of {name}", layers(&kept)));
        }
        match anew.is_empty() {
            true => self.say(false, &format!("layers without weights of {name}")),
            false => self.say(false, &format!("{} of {name}", layers(&anew))),
        }
    }

    /// What an update will cost, in words.
    #[must_use]
    pub fn cost(&self) -> String {
        let [before, after] = self.flops.map(|flops| flops as f64);
        let times = after / before.max(1.0);
        let compute = match times {
            times if (0.995..1.005).contains(&times) => "an update costs the same".to_string(),
            times => format!("an update costs {times:.2} times as much"),
        };
        let [before, after] = self.memory.map(|bytes| bytes / 1_000_000);
        match before == after {
            true => format!("{compute}, memory about {after} MB"),
            false => format!("{compute}, memory about {after} MB in place of {before}"),
        }
    }
}

/// Sides as `1·4·16`.
#[must_use]
pub fn sides_text(sides: &[usize]) -> String {
    sides.iter().map(ToString::to_string).collect::<Vec<_>>().join("·")
}
