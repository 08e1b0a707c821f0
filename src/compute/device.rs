//! Choosing the device that evaluates networks.

#[cfg(feature = "gpu")]
mod adapters;

use super::bottom::{Bottom, size_out};
use super::burn_network::{BurnBottom, BurnNetwork};
use super::cpu::{CpuBottom, CpuNetwork};
#[cfg(test)]
use super::failing::{Failing, Fuse};
use super::spectral::{Spectral, SpectralBottom};
use super::{ComputeError, Layer, PreparedNetwork, Threads};

/// A device that evaluates networks; clones share it.
#[derive(Clone)]
pub struct Device {
    name: String,
    threads: Threads,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    /// Our own kernels.
    Cpu,
    /// Burn's tensors.
    Burn(burn::tensor::Device),
    /// The CPU's, until they fail.
    #[cfg(test)]
    Failing(Fuse),
}

/// A device that can be chosen on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What [`Device::choose`] takes: `cpu`, or `gpu:N`.
    pub name: String,
    /// The hardware, as its driver calls it.
    pub description: String,
    /// Such as `CPU`, `discrete GPU` or `software`.
    pub kind: String,
    /// Whether `auto` may choose it.
    pub auto: bool,
}

/// Why a device cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error(
        "there is no device `{0}`: choose `auto`, `cpu`, `gpu`, `gpu:N` (a number from the list of devices), \
         `software` or `flex`"
    )]
    Unknown(String),
    #[error("device `{0}` is not in this build: build it with `--features gpu`, or choose `cpu`")]
    NotBuilt(String),
    #[error(
        "no adapter for device `{name}` (found: {found}): install a graphics driver (on Linux Vulkan's), or choose \
         another device such as `cpu`"
    )]
    NoAdapter {
        name: String,
        /// The adapters there are.
        found: String,
    },
    #[error("device `{name}` ({adapter}) does not start: {reason}. Update its driver, or choose `cpu`")]
    Failed { name: String, adapter: String, reason: String },
}

impl Device {
    /// The device called `name`:
    /// - `auto`: a GPU if there is one that starts, else the CPU; never a software adapter
    /// - `cpu`: our own kernels on `threads` threads (by default one for each core)
    /// - `gpu`, `gpu:N`: the best GPU, or adapter N of [`Device::list`]
    /// - `software`: a software adapter (such as Mesa's lavapipe), to test the GPU path without one
    /// - `flex`: Burn's CPU backend, the reference
    ///
    /// # Errors
    /// An unknown name, or a device this build or this machine does not have.
    pub fn choose(name: &str, threads: Option<usize>) -> Result<Self, DeviceError> {
        #[cfg(test)]
        if let Some(fuse) = Fuse::of_name(name) {
            return Ok(Self { engine: Engine::Failing(fuse), ..Self::cpu(threads) });
        }
        match name {
            "auto" => Ok(Self::graphics("gpu", threads).unwrap_or_else(|_| Self::cpu(threads))),
            "cpu" => Ok(Self::cpu(threads)),
            "flex" => Ok(Self {
                name: "flex, Burn's CPU backend".to_owned(),
                threads: Threads::new(threads),
                engine: Engine::Burn(burn::tensor::Device::flex()),
            }),
            "gpu" | "software" => Self::graphics(name, threads),
            _ if adapter_number(name).is_some() => Self::graphics(name, threads),
            _ => Err(DeviceError::Unknown(name.to_owned())),
        }
    }

    /// The devices of this machine: the CPU, then each graphics adapter, the best first.
    #[must_use]
    pub fn list() -> Vec<DeviceInfo> {
        let cpu = DeviceInfo {
            name: "cpu".to_owned(),
            description: describe_cpu(&Threads::new(None)),
            kind: "CPU".to_owned(),
            auto: true,
        };
        let devices = std::iter::once(cpu);
        #[cfg(feature = "gpu")]
        let devices = devices.chain(adapters::list().into_iter().enumerate().map(|(number, adapter)| DeviceInfo {
            name: format!("gpu:{number}"),
            description: adapter.description().to_owned(),
            kind: adapter.kind().to_owned(),
            auto: adapter.is_gpu(),
        }));
        devices.collect()
    }

    /// What the device is, such as `cpu, 2 threads, AVX-512` or `gpu:0, NVIDIA GeForce RTX 4090`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The threads for the work that stays on the CPU.
    #[must_use]
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Whether networks run on our own CPU kernels.
    #[must_use]
    pub fn is_cpu(&self) -> bool {
        matches!(self.engine, Engine::Cpu)
    }

    /// A network of `layers`, the last of them [`Layer::Dense`], on this device; it wants parameters next.
    ///
    /// # Errors
    /// [`ComputeError::Device`] when the device cannot take such a network.
    pub fn prepare(&self, layers: &[Layer]) -> Result<Box<dyn PreparedNetwork>, ComputeError> {
        let (plain, normalized) = without_spectral(layers);
        let network = self.prepare_plain(&plain)?;
        Ok(if normalized.is_empty() { network } else { Box::new(Spectral::new(network, normalized)) })
    }

    fn prepare_plain(&self, layers: &[Layer]) -> Result<Box<dyn PreparedNetwork>, ComputeError> {
        Ok(match &self.engine {
            Engine::Cpu => match CpuNetwork::new(layers, self.threads.clone()) {
                Some(network) => Box::new(network),
                // Layers in an order that our kernels do not know.
                None => Box::new(BurnNetwork::new(layers, burn::tensor::Device::flex(), self.threads.clone())?),
            },
            Engine::Burn(device) => Box::new(BurnNetwork::new(layers, device.clone(), self.threads.clone())?),
            #[cfg(test)]
            Engine::Failing(fuse) => {
                let sound = Self { engine: Engine::Cpu, ..self.clone() };
                Box::new(Failing::new(sound.prepare_plain(layers)?, fuse.clone()))
            }
        })
    }

    /// `layers` below a fully connected top on this device; they want parameters next.
    ///
    /// # Errors
    /// [`ComputeError::Device`] when the device cannot take such layers.
    pub(super) fn prepare_bottom(&self, layers: &[Layer]) -> Result<Box<dyn Bottom>, ComputeError> {
        let (plain, normalized) = without_spectral(layers);
        let own = || {
            let (channels, side) = size_out(&plain)?;
            CpuBottom::new(&plain, Layer::Dense { channels, side }, self.threads.clone())
        };
        let bottom: Box<dyn Bottom> = match &self.engine {
            Engine::Cpu => match own() {
                Some(bottom) => Box::new(bottom),
                None => Box::new(BurnBottom::new(&plain, burn::tensor::Device::flex())?),
            },
            Engine::Burn(device) => Box::new(BurnBottom::new(&plain, device.clone())?),
            #[cfg(test)]
            Engine::Failing(_) => Box::new(BurnBottom::new(&plain, burn::tensor::Device::flex())?),
        };
        Ok(if normalized.is_empty() { bottom } else { Box::new(SpectralBottom::new(bottom, normalized)) })
    }

    fn cpu(threads: Option<usize>) -> Self {
        let threads = Threads::new(threads);
        Self { name: format!("cpu, {}", describe_cpu(&threads)), threads, engine: Engine::Cpu }
    }

    /// The first adapter that `name` fits and that starts.
    #[cfg(feature = "gpu")]
    fn graphics(name: &str, threads: Option<usize>) -> Result<Self, DeviceError> {
        let adapters = adapters::list();
        let found: Vec<&str> = adapters.iter().map(adapters::Adapter::description).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        let mut error = DeviceError::NoAdapter { name: name.to_owned(), found };
        for (number, adapter) in adapters.iter().enumerate() {
            let (fits, label) = match name {
                "gpu" => (adapter.is_gpu(), format!("gpu:{number}")),
                "software" => (!adapter.is_gpu(), name.to_owned()),
                _ => (adapter_number(name) == Some(number), name.to_owned()),
            };
            if !fits {
                continue;
            }
            let description = adapter.description();
            match adapter.open() {
                Ok(device) => {
                    return Ok(Self {
                        name: format!("{label}, {description}"),
                        threads: Threads::new(threads),
                        engine: Engine::Burn(device),
                    });
                }
                Err(reason) => {
                    error = DeviceError::Failed { name: label, adapter: description.to_owned(), reason };
                }
            }
        }
        Err(error)
    }

    #[cfg(not(feature = "gpu"))]
    fn graphics(name: &str, threads: Option<usize>) -> Result<Self, DeviceError> {
        let _ = threads;
        Err(DeviceError::NotBuilt(name.to_owned()))
    }
}

/// Whether our own CPU kernels know `layers`; others run on the CPU by automatic differentiation, which is slower.
#[must_use]
pub fn own_kernels(layers: &[Layer]) -> bool {
    CpuNetwork::knows(&without_spectral(layers).0)
}

/// The layers with plain convolutions, and which parameter tensors are weights that spectral normalization divides.
fn without_spectral(layers: &[Layer]) -> (Vec<Layer>, Vec<usize>) {
    let (mut plain, mut tensors, mut normalized) = (Vec::with_capacity(layers.len()), 0, Vec::new());
    for layer in layers {
        plain.push(match *layer {
            Layer::Spectral(shape) => {
                normalized.push(tensors);
                Layer::Convolution(shape)
            }
            other => other,
        });
        tensors += layer.tensors();
    }
    (plain, normalized)
}

/// N of `gpu:N`.
fn adapter_number(name: &str) -> Option<usize> {
    name.strip_prefix("gpu:")?.parse().ok()
}

fn describe_cpu(threads: &Threads) -> String {
    let count = threads.count();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} thread{plural}, {}", instruction_set())
}

/// The widest vector instructions of this processor.
#[cfg(target_arch = "x86_64")]
fn instruction_set() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "AVX2"
    } else {
        "SSE2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn instruction_set() -> &'static str {
    if cfg!(target_arch = "aarch64") { "NEON" } else { "no vector instructions" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str) -> String {
        Device::choose(name, None).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_cpu_comes_first_and_says_what_it_is() {
        let devices = Device::list();
        assert_eq!((devices[0].name.as_str(), devices[0].auto), ("cpu", true));
        assert!(devices.iter().skip(1).all(|device| device.auto == (device.kind != "software")));
        let cpu = Device::choose("cpu", Some(1)).unwrap();
        assert!(cpu.is_cpu() && cpu.name().starts_with("cpu, 1 thread, "), "{}", cpu.name());
        assert!(!Device::choose("flex", None).unwrap().is_cpu());
    }

    #[test]
    fn errors_say_how_to_go_on() {
        for name in ["", "tpu", "gpu:", "gpu:x", "gpu:-1", "CPU"] {
            assert!(message(name).contains("choose `auto`, `cpu`"), "{name}: {}", message(name));
        }
        assert!(message("gpu:99").contains("gpu:99") && message("gpu:99").contains("`cpu`"), "{}", message("gpu:99"));
    }

    #[test]
    fn auto_never_takes_a_software_adapter() {
        let real = Device::list().iter().any(|device| device.auto && device.name != "cpu");
        assert_eq!(Device::choose("auto", None).unwrap().is_cpu(), !real);
    }

    #[test]
    fn a_device_may_be_chosen_twice() {
        match Device::choose("software", None) {
            Ok(first) => assert_eq!(Device::choose("software", None).unwrap().name(), first.name()),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }
}
