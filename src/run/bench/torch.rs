//! The PyTorch baseline: the same networks, kernels and batch, written for PyTorch and measured in a process of its own.

use super::error::BenchError;
use crate::compute::{Activation, Layer};
use crate::model::Network;
use crate::recipe::Plan;
use crate::sampling::Langevin;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program that Python runs.
const SCRIPT: &str = include_str!("../../../benches/torch_multigrid.py");

/// How PyTorch evaluates a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TorchVariant {
    /// Operator by operator.
    Eager,
    /// The same with channels innermost: on a CPU the fastest of PyTorch without a compiler.
    EagerCl,
    /// `torch.compile` with channels innermost.
    CompileCl,
}

impl TorchVariant {
    /// The word that the command line and the script use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::EagerCl => "eager_cl",
            Self::CompileCl => "compile_cl",
        }
    }
}

/// A Python that has PyTorch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torch {
    python: PathBuf,
    pub variant: TorchVariant,
    /// Such as `2.9.0+cpu`.
    pub version: String,
}

/// What the script measured in one round; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct TorchRound {
    /// A step on each of grids 1 to S.
    pub(super) step_ms: Vec<f64>,
    pub(super) update_ms: f64,
    /// Bytes, where the system tells.
    pub(super) peak_memory: Option<u64>,
}

impl Torch {
    /// Asks `python` for its PyTorch.
    ///
    /// # Errors
    /// A program that does not start, or has no PyTorch.
    pub fn find(python: &Path, variant: TorchVariant) -> Result<Self, BenchError> {
        let version = ["-c", "import torch; print(torch.__version__)"];
        let output = run(python, Command::new(python).args(version))?;
        if !output.status.success() {
            return Err(BenchError::NoTorch { python: python.into(), reason: last_line(&output.stderr) });
        }
        Ok(Self { python: python.into(), variant, version: last_line(&output.stdout) })
    }

    /// Measures `plan` once in a fresh process: medians of `repeats` steps on each grid, and one whole update.
    ///
    /// # Errors
    /// A script that fails or answers otherwise.
    pub(super) fn measure(&self, plan: &Plan, threads: usize, repeats: usize) -> Result<TorchRound, BenchError> {
        let folder = Workplace::new()?;
        let script = folder.write("torch_multigrid.py", SCRIPT)?;
        let settings = folder.write("settings.json", &settings(plan).to_string())?;
        let mut command = Command::new(&self.python);
        command.arg(script).arg("measure").arg("--config-json").arg(settings);
        command.args(["--variant", self.variant.word()]);
        command.args(["--threads", &threads.to_string(), "--repeats", &repeats.to_string()]);
        let output = run(&self.python, &mut command)?;
        if !output.status.success() {
            return Err(BenchError::Torch { reason: format!("{}: {}", output.status, last_line(&output.stderr)) });
        }
        let answer = last_line(&output.stdout);
        let wrong = |reason: String| BenchError::Torch { reason: format!("{reason}, it answered `{answer}`") };
        let round: TorchRound = serde_json::from_str(&answer).map_err(|error| wrong(error.to_string()))?;
        match round.step_ms.len() {
            found if found == plan.networks.len() => Ok(round),
            found => Err(wrong(format!("{found} grids instead of {}", plan.networks.len()))),
        }
    }
}

fn run(python: &Path, command: &mut Command) -> Result<Output, BenchError> {
    command.stdin(Stdio::null()).output().map_err(|reason| BenchError::NoPython { python: python.into(), reason })
}

/// The last line that is not empty: Python's own word on what went wrong.
fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_string()
}

/// A folder for the script and its settings, removed in the end.
struct Workplace(PathBuf);

impl Workplace {
    fn new() -> Result<Self, BenchError> {
        let path = std::env::temp_dir().join(format!("emberlab-torch-{}", std::process::id()));
        match std::fs::create_dir_all(&path) {
            Ok(()) => Ok(Self(path)),
            Err(reason) => Err(BenchError::Write { path, reason }),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, BenchError> {
        let path = self.0.join(name);
        match std::fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(reason) => Err(BenchError::Write { path, reason }),
        }
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's own folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the script needs to know of `plan`; the script's text says what each name means.
fn settings(plan: &Plan) -> Value {
    let grids =
        plan.networks.iter().zip(&plan.kernels).map(|(network, kernel)| grid(network, kernel.kernel.langevin_at(0)));
    json!({
        "batch": plan.batch,
        "channels": plan.data.channels,
        "range": plan.data.range,
        "coarsest": plan.pyramid.sides()[0],
        "grids": grids.collect::<Vec<_>>(),
    })
}

/// `kernel` is there: a recipe with another is refused before.
fn grid(network: &Network, kernel: Option<Langevin>) -> Value {
    let Some(kernel) = kernel else { return Value::Null };
    json!({
        "side": network.side(),
        "norm": network.norm().word(),
        "layers": network.layers().iter().filter_map(layer).collect::<Vec<_>>(),
        "steps": kernel.steps,
        "drift": kernel.drift,
        "noise": kernel.noise,
        "gradient_limit": kernel.gradient_limit,
        "clamp": kernel.clamp,
        "pull": kernel.reference.pull(),
    })
}

/// A layer; `None` for the top, which every network has.
fn layer(layer: &Layer) -> Option<Value> {
    Some(match *layer {
        Layer::Convolution(c) => json!({
            "kind": "convolution",
            "channels": c.outputs,
            "kernel": c.kernel,
            "stride": c.stride,
            "before": c.padding.before,
            "after": c.padding.after,
        }),
        Layer::BatchNorm { .. } => json!({ "kind": "norm" }),
        Layer::Activation(activation) => match activation {
            Activation::Relu => json!({ "kind": "relu" }),
            Activation::LeakyRelu(slope) => json!({ "kind": "leaky", "slope": slope }),
            Activation::Silu => json!({ "kind": "silu" }),
            Activation::Softplus => json!({ "kind": "softplus" }),
        },
        // Networks with others are refused before.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{DEFAULTS, Recipe, RecipeText};
    use std::collections::BTreeMap;

    #[test]
    fn settings_hold_every_layer_and_kernel() {
        let text = RecipeText { path: "defaults.rhai".into(), text: DEFAULTS.into() };
        let plan = Recipe::compile(text, &BTreeMap::new()).and_then(|recipe| recipe.plan()).unwrap();
        let settings = settings(&plan);
        let finest = settings["grids"].as_array().unwrap().last().unwrap();
        let first = json!({ "kind": "convolution", "channels": 32, "kernel": 5, "stride": 2, "before": 1, "after": 2 });
        assert_eq!((&finest["side"], &finest["norm"], &finest["layers"][0]), (&json!(32), &json!("none"), &first));
        assert_eq!(finest["layers"].as_array().unwrap().len(), 6);
        assert_eq!((&finest["steps"], &finest["clamp"]), (&json!(10), &json!([-1.0, 1.0])));
    }

    #[test]
    fn the_last_line_is_what_python_died_of() {
        assert_eq!(last_line(b"Traceback\n  line\nModuleNotFoundError: x\n\n"), "ModuleNotFoundError: x");
        assert_eq!(last_line(b""), "it said nothing");
    }
}
