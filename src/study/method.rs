//! The methods that studies compare, as recipes.

use super::scale::Size;
use crate::model::{PyramidError, sides};
use serde::{Deserialize, Serialize};

/// A way to learn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Algorithm 1 of the paper, at a factor d.
    MultiGrid(f64),
    /// From 1×1 to the finest grid at once.
    SingleGrid,
    /// Hinton (2002): one step from the data.
    OneStep,
    /// Tieleman (2008): a chain for each training image.
    Persistent,
}

impl Method {
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::MultiGrid(factor) => format!("multi-grid, d = {factor}"),
            Self::SingleGrid => "single-grid CD".into(),
            Self::OneStep => "one-step CD".into(),
            Self::Persistent => "persistent CD".into(),
        }
    }

    /// The name of its folders.
    pub(super) fn slug(self) -> String {
        match self {
            Self::MultiGrid(factor) => format!("multigrid-d{factor}"),
            Self::SingleGrid => "single-grid".into(),
            Self::OneStep => "one-step".into(),
            Self::Persistent => "persistent".into(),
        }
    }

    /// The methods of the paper's comparison, ours first.
    #[must_use]
    pub fn compared(factor: f64) -> [Self; 4] {
        [Self::MultiGrid(factor), Self::SingleGrid, Self::OneStep, Self::Persistent]
    }

    /// Time of an update, as far as can be told beforehand, in those of multi-grid.
    pub(super) fn cost(self) -> f64 {
        match self {
            Self::MultiGrid(_) => 1.0,
            Self::SingleGrid | Self::Persistent => 1.7,
            Self::OneStep => 0.09,
        }
    }

    /// Updates that it is given.
    pub(super) fn updates(self, size: &Size) -> u64 {
        match self {
            Self::OneStep => size.updates * size.one_step,
            _ => size.updates,
        }
    }

    /// MCMC steps that bring a drawn image from 1×1 to the finest grid, on each grid.
    ///
    /// # Errors
    /// A factor that makes no pyramid.
    pub(super) fn steps(self, size: &Size) -> Result<usize, PyramidError> {
        let grids = match self {
            Self::MultiGrid(factor) => sides(size.side, factor)?.len() - 1,
            _ => 1,
        };
        Ok((size.steps as f64 / grids as f64).round().max(1.0) as usize)
    }
}

/// A recipe of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    pub method: Method,
    /// Learns to fill in what masks hide (section 7.4 of the paper).
    pub masks: bool,
    /// The data, as a recipe says them, such as `builtin("portraits")`.
    pub data: String,
    /// Training images are mirrored at random.
    pub flip: bool,
    pub size: Size,
    /// The function `kernel` in place of the study's.
    pub kernel: Option<String>,
    /// Functions in place of the defaults, such as an `optimizer`.
    pub other: Option<String>,
}

impl Experiment {
    /// The recipe. What it leaves out (networks, optimizer, rate) is the default, the same for every method.
    ///
    /// # Errors
    /// A factor that makes no pyramid.
    pub fn recipe(&self) -> Result<String, PyramidError> {
        let Self { method, data, size: Size { side, batch, .. }, .. } = self;
        let flip = if self.flip { ".flip()" } else { "" };
        let pyramid = match method {
            Method::MultiGrid(factor) => format!("grids(#{{ size: {side}, factor: {factor:?} }})"),
            _ => format!("sides([1, {side}])"),
        };
        let steps = match method {
            Method::OneStep => 1,
            _ => method.steps(&self.size)?,
        };
        let kernel = self.kernel.clone().unwrap_or_else(|| {
            format!(
                "fn kernel(s) {{\n    let noise = if side(s) > 16 {{ 0.01 }} else {{ 0.02 }};\n    \
                 langevin(#{{ steps: {steps}, drift: 1.0, noise: noise, gradient_limit: 0.05 }})\n}}"
            )
        });
        let other = self.other.as_ref().map_or(String::new(), |other| format!("\n{other}\n"));
        let masked = if self.masks { " Only what a mask hides moves." } else { "" };
        Ok(format!(
            "// {}.{masked} What is not here (networks, optimizer, rate) is the default.\n\n\
             fn data() {{ {data}.resize({side}).range(-1, 1){flip}.noise(0.02) }}\n\n\
             fn batch_size() {{ {batch} }}\n\n\
             fn pyramid() {{ {pyramid} }}\n\n\
             {kernel}\n{other}\n{}",
            capitalized(&method.name()),
            self.iteration()
        ))
    }

    fn iteration(&self) -> &'static str {
        match (self.method, self.masks) {
            (Method::MultiGrid(_), false) => include_str!("iterations/multi_grid.rhai"),
            (Method::SingleGrid, false) => include_str!("iterations/single_grid.rhai"),
            (Method::OneStep, false) => include_str!("iterations/one_step.rhai"),
            (Method::Persistent, false) => include_str!("iterations/persistent.rhai"),
            (Method::MultiGrid(_) | Method::SingleGrid, true) => include_str!("iterations/masked_grids.rhai"),
            (Method::OneStep, true) => include_str!("iterations/masked_one_step.rhai"),
            (Method::Persistent, true) => include_str!("iterations/masked_persistent.rhai"),
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
