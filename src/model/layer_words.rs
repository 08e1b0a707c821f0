//! Layers in words, as a researcher says them.

use super::network::{LayerSpec, Network, PaddingRule};
use crate::compute::Activation;

impl Network {
    /// What each layer of [`Self::layers`] is, such as `conv 5×5, 64, stride 2`; the last is the score.
    #[must_use]
    pub fn layer_words(&self) -> Vec<String> {
        let mut words = Vec::with_capacity(self.layers().len());
        let mut mark = "";
        for layer in &self.spec().layers {
            match layer {
                LayerSpec::Spectral => mark = "spectral ",
                layer => words.push(format!("{}{}", std::mem::take(&mut mark), in_words(layer))),
            }
        }
        words.push("score".into());
        words
    }
}

fn in_words(layer: &LayerSpec) -> String {
    match *layer {
        LayerSpec::Convolution { channels, kernel, stride, padding } => {
            let mut words = format!("conv {kernel}×{kernel}, {channels}");
            if stride != 1 {
                words.push_str(&format!(", stride {stride}"));
            }
            if let PaddingRule::Pixels(pixels) = padding {
                words.push_str(&format!(", padding {pixels}"));
            }
            words
        }
        LayerSpec::Norm => "batch norm".into(),
        LayerSpec::Activation(Activation::Relu) => "relu".into(),
        LayerSpec::Activation(Activation::LeakyRelu(slope)) => format!("leaky {slope}"),
        LayerSpec::Activation(Activation::Silu) => "silu".into(),
        LayerSpec::Activation(Activation::Softplus) => "softplus".into(),
        LayerSpec::Spectral => "spectral".into(),
        LayerSpec::GroupNorm { groups: Some(groups) } => format!("group norm, {groups} groups"),
        LayerSpec::GroupNorm { groups: None } => "group norm".into(),
        LayerSpec::Pool { size } => format!("pool {size}×{size}"),
        LayerSpec::FullyConnected { outputs } => format!("fully connected, {outputs}"),
        LayerSpec::Fork => "residual block".into(),
        LayerSpec::Join => "residual sum".into(),
    }
}
