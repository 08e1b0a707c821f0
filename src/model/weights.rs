//! The learned tensors of a network: their names, shapes and fresh values.

use super::network::{Initialization, Network};
use crate::compute::{Layer, NoiseKey, ParameterSet, RunningStatistics, Shortcut, Tensor};

impl Network {
    /// The learned tensors' names and shapes, in layer order.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        self.shapes().into_iter().map(|(name, shape, _)| (name, shape)).collect()
    }

    /// For each learned tensor: name, shape, fan-in (0 for the scale and shift of a normalization).
    pub(super) fn shapes(&self) -> Vec<(String, Vec<usize>, usize)> {
        let (mut convolutions, mut norms, mut groups, mut shortcuts) = (0, 0, 0, 0);
        let mut shapes = Vec::new();
        for layer in self.layers() {
            match *layer {
                Layer::Convolution(c) | Layer::Spectral(c) => {
                    let fan_in = c.inputs * c.kernel * c.kernel;
                    let shape = vec![c.outputs, c.inputs, c.kernel, c.kernel];
                    shapes.push((format!("conv{convolutions}.weight"), shape, fan_in));
                    shapes.push((format!("conv{convolutions}.bias"), vec![c.outputs], fan_in));
                    convolutions += 1;
                }
                Layer::BatchNorm { channels, .. } => {
                    shapes.push((format!("bn{norms}.weight"), vec![channels], 0));
                    shapes.push((format!("bn{norms}.bias"), vec![channels], 0));
                    norms += 1;
                }
                Layer::Dense { channels, side } => {
                    let fan_in = channels * side * side;
                    shapes.push(("fc.weight".into(), vec![1, fan_in], fan_in));
                    shapes.push(("fc.bias".into(), vec![1], fan_in));
                }
                Layer::GroupNorm { channels, .. } => {
                    shapes.push((format!("gn{groups}.weight"), vec![channels], 0));
                    shapes.push((format!("gn{groups}.bias"), vec![channels], 0));
                    groups += 1;
                }
                Layer::Join(Shortcut { inputs, outputs, .. }) if inputs != outputs => {
                    shapes.push((format!("shortcut{shortcuts}.weight"), vec![outputs, inputs, 1, 1], inputs));
                    shapes.push((format!("shortcut{shortcuts}.bias"), vec![outputs], inputs));
                    shortcuts += 1;
                }
                Layer::Activation(_) | Layer::Pool { .. } | Layer::Fork | Layer::Join(_) => {}
            }
        }
        shapes
    }

    /// Fresh parameters, drawn from `key`'s stream.
    #[must_use]
    pub fn initialize(&self, key: NoiseKey) -> ParameterSet {
        let fresh = |(index, (name, shape, fan_in)): (usize, (String, Vec<usize>, usize))| {
            let data = self.fresh_values(&name, shape.iter().product(), fan_in, key, index as u32);
            Tensor { name, shape, data }
        };
        let tensors = self.shapes().into_iter().enumerate().map(fresh).collect();
        let statistics = self.layers().iter().filter_map(|layer| match *layer {
            Layer::BatchNorm { channels, .. } => {
                Some(RunningStatistics { mean: vec![0.0; channels], variance: vec![1.0; channels] })
            }
            _ => None,
        });
        ParameterSet { tensors, statistics: statistics.collect() }
    }

    fn fresh_values(&self, name: &str, count: usize, fan_in: usize, key: NoiseKey, item: u32) -> Vec<f32> {
        let is_bias = name.ends_with("bias");
        if fan_in == 0 {
            return vec![if is_bias { 0.0 } else { 1.0 }; count];
        }
        match self.spec().initialization {
            Initialization::FanIn => {
                let bound = 1.0 / (fan_in as f64).sqrt();
                (0..count as u32).map(|i| (bound * (2.0 * key.uniform(item, i) - 1.0)) as f32).collect()
            }
            Initialization::Normal(_) if is_bias => vec![0.0; count],
            Initialization::Normal(deviation) => {
                let mut values = vec![0.0; count];
                key.normal(item, &mut values);
                values.iter_mut().for_each(|value| *value *= deviation);
                values
            }
        }
    }
}
