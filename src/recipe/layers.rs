//! The words of layers and networks.

use super::error::fail;
use super::nesting;
use super::options::{Scripted, count, number_within, word};
use crate::compute::Activation;
use crate::model::{Initialization, LayerSpec, NetworkSpec, NormMode, PaddingRule};
use rhai::{Array, Dynamic, Engine};

/// Layers of one network.
const LAYERS: usize = 1000;

/// A layer of a script's list; normalization carries its mode.
#[derive(Debug, Clone, Copy)]
pub(super) enum LayerWord {
    Layer(LayerSpec),
    Norm(NormMode),
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<LayerWord>("Layer");
    engine.register_type_with_name::<NetworkSpec>("Network");
    engine.register_type_with_name::<Initialization>("Initialization");
    let one = Dynamic::from_int(1);
    let same = Dynamic::from("same");
    engine.register_fn("conv", {
        let (one, same) = (one.clone(), same.clone());
        move |channels: Dynamic, kernel: Dynamic| convolution([&channels, &kernel, &one, &same])
    });
    engine.register_fn("conv", move |channels: Dynamic, kernel: Dynamic, stride: Dynamic| {
        convolution([&channels, &kernel, &stride, &same])
    });
    engine.register_fn("conv", |channels: Dynamic, kernel: Dynamic, stride: Dynamic, padding: Dynamic| {
        convolution([&channels, &kernel, &stride, &padding])
    });
    engine.register_fn("norm", |mode: Dynamic| -> Scripted<LayerWord> {
        match word("norm: the mode", &mode)?.as_str() {
            "batch" => Ok(LayerWord::Norm(NormMode::Batch)),
            "joint" => Ok(LayerWord::Norm(NormMode::Joint)),
            "frozen" => Ok(LayerWord::Norm(NormMode::Frozen)),
            "none" => Ok(LayerWord::Norm(NormMode::None)),
            "group" => Ok(LayerWord::Layer(LayerSpec::GroupNorm { groups: None })),
            other => fail(format!("unknown normalization '{other}'; there are batch, joint, frozen, none, group")),
        }
    });
    engine.register_fn("norm", |mode: Dynamic, groups: Dynamic| -> Scripted<LayerWord> {
        match word("norm: the mode", &mode)?.as_str() {
            "group" => {
                let groups = Some(count("norm: the number of groups", &groups, [1, 8192])?);
                Ok(LayerWord::Layer(LayerSpec::GroupNorm { groups }))
            }
            other => fail(format!("norm: only group takes a number of groups, found '{other}'")),
        }
    });
    engine.register_fn("pool", |size: Dynamic| -> Scripted<LayerWord> {
        Ok(LayerWord::Layer(LayerSpec::Pool { size: count("pool: the size", &size, [1, 1024])? }))
    });
    engine.register_fn("fc", |outputs: Dynamic| -> Scripted<LayerWord> {
        let outputs = count("fc: the number of outputs", &outputs, [1, 8192])?;
        Ok(LayerWord::Layer(LayerSpec::FullyConnected { outputs }))
    });
    engine.register_fn("residual", |list: Array| -> Scripted<Array> {
        let mut layers = vec![Dynamic::from(LayerWord::Layer(LayerSpec::Fork))];
        flatten("residual", list, &mut |word| {
            if matches!(word, LayerWord::Layer(LayerSpec::Fork)) {
                return fail("residual: a block cannot hold another");
            }
            layers.push(Dynamic::from(word));
            Ok(())
        })?;
        layers.push(Dynamic::from(LayerWord::Layer(LayerSpec::Join)));
        Ok(layers)
    });
    engine.register_fn("spectral", |layers: Dynamic| -> Scripted<Array> {
        let list = if layers.is_array() { layers.cast::<Array>() } else { vec![layers] };
        let (mut normalized, mut found) = (Array::new(), false);
        flatten("spectral", list, &mut |word| {
            if matches!(word, LayerWord::Layer(LayerSpec::Convolution { .. } | LayerSpec::FullyConnected { .. })) {
                normalized.push(Dynamic::from(LayerWord::Layer(LayerSpec::Spectral)));
                found = true;
            }
            normalized.push(Dynamic::from(word));
            Ok(())
        })?;
        if found { Ok(normalized) } else { fail("spectral: there is no convolution in it to normalize") }
    });
    let activation = |activation| LayerWord::Layer(LayerSpec::Activation(activation));
    engine.register_fn("relu", move || activation(Activation::Relu));
    engine.register_fn("silu", move || activation(Activation::Silu));
    engine.register_fn("softplus", move || activation(Activation::Softplus));
    engine.register_fn("leaky", move |slope: Dynamic| -> Scripted<LayerWord> {
        let slope = number_within("leaky: the slope", &slope, [0.001, 0.999])? as f32;
        Ok(activation(Activation::LeakyRelu(slope)))
    });
    engine.register_fn("fan_in", || Initialization::FanIn);
    engine.register_fn("normal", |deviation: Dynamic| -> Scripted<Initialization> {
        Ok(Initialization::Normal(number_within("normal: the standard deviation", &deviation, [0.0, 100.0])? as f32))
    });
    engine.register_fn("net", network);
    engine.register_fn("init", |network: &mut NetworkSpec, initialization: Initialization| NetworkSpec {
        initialization,
        ..network.clone()
    });
}

fn convolution([channels, kernel, stride, padding]: [&Dynamic; 4]) -> Scripted<LayerWord> {
    let padding = match padding.is_string() {
        true => match word("conv: the padding", padding)?.as_str() {
            "same" => PaddingRule::Same,
            other => {
                return fail(format!("conv: the padding must be \"same\" or a number of pixels, found \"{other}\""));
            }
        },
        false => PaddingRule::Pixels(count("conv: the padding", padding, [0, 63])?),
    };
    Ok(LayerWord::Layer(LayerSpec::Convolution {
        channels: count("conv: the number of channels", channels, [1, 8192])?,
        kernel: count("conv: the kernel", kernel, [1, 63])?,
        stride: count("conv: the stride", stride, [1, 63])?,
        padding,
    }))
}

/// A network from a list of layers; lists inside the list are joined to it.
fn network(list: Array) -> Scripted<NetworkSpec> {
    let (mut layers, mut norm, mut group) = (Vec::new(), None, false);
    flatten("net", list, &mut |word| match word {
        LayerWord::Layer(layer @ LayerSpec::GroupNorm { .. }) => {
            group = true;
            layers.push(layer);
            Ok(())
        }
        LayerWord::Layer(layer) => {
            layers.push(layer);
            Ok(())
        }
        LayerWord::Norm(NormMode::None) => Ok(()),
        LayerWord::Norm(mode) if norm.is_some_and(|norm| norm != mode) => {
            fail("net: one network cannot mix normalization modes")
        }
        LayerWord::Norm(mode) => {
            norm = Some(mode);
            layers.push(LayerSpec::Norm);
            Ok(())
        }
    })?;
    if group && norm.is_some() {
        return fail("net: one network cannot mix normalization modes: group norm goes with no other");
    }
    Ok(NetworkSpec { layers, norm: norm.unwrap_or(NormMode::None), initialization: Initialization::FanIn })
}

fn flatten(function: &str, list: Array, visit: &mut impl FnMut(LayerWord) -> Scripted<()>) -> Scripted<()> {
    let list = Dynamic::from_array(list);
    nesting::check(function, &list)?;
    let mut layers = 0;
    flat(function, list.cast(), &mut |word| {
        layers += 1;
        if layers > LAYERS {
            return fail(format!("{function}: there are more than {LAYERS} layers"));
        }
        visit(word)
    })
}

fn flat(function: &str, list: Array, visit: &mut impl FnMut(LayerWord) -> Scripted<()>) -> Scripted<()> {
    for item in list {
        match item.clone().try_cast::<LayerWord>() {
            Some(word) => visit(word)?,
            None if item.is_array() => flat(function, item.cast(), visit)?,
            None => return fail(format!("{function}: a layer is expected, found {}", item.type_name())),
        }
    }
    Ok(())
}
