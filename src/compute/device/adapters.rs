//! The graphics adapters of this machine, through wgpu.

use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};

use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device, DeviceKind, try_read_sync};

use crate::compute::burn_network::panic_text;

/// The graphics APIs to look for adapters on, best first. Not OpenGL, which does not tell a GPU from a renderer in
/// software.
const APIS: &[(WgpuBackend, wgpu::Backend)] = if cfg!(target_os = "macos") {
    &[(WgpuBackend::Metal, wgpu::Backend::Metal)]
} else {
    &[(WgpuBackend::Vulkan, wgpu::Backend::Vulkan), (WgpuBackend::Dx12, wgpu::Backend::Dx12)]
};

/// The devices started so far: Burn starts each only once. Locked during all work with drivers too, for the Vulkan
/// loader crashes when instances come and go on several threads.
static STARTED: Mutex<Vec<(WgpuBackend, DeviceKind, Device)>> = Mutex::new(Vec::new());

/// A graphics adapter.
pub(super) struct Adapter {
    api: WgpuBackend,
    selector: DeviceKind,
    description: String,
}

impl Adapter {
    /// The name its driver gives it.
    pub(super) fn description(&self) -> &str {
        &self.description
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.selector {
            DeviceKind::DiscreteGpu(_) => "discrete GPU",
            DeviceKind::IntegratedGpu(_) => "integrated GPU",
            DeviceKind::VirtualGpu(_) => "virtual GPU",
            _ => "software",
        }
    }

    /// Whether this is hardware.
    pub(super) fn is_gpu(&self) -> bool {
        self.selector != DeviceKind::Cpu
    }

    /// Starts the adapter, or returns the device if it runs already.
    pub(super) fn open(&self) -> Result<Device, String> {
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., device)) = started.iter().find(|(api, kind, _)| (*api, kind) == (self.api, &self.selector)) {
            return Ok(device.clone());
        }
        let (api, kind) = (self.api, self.selector.clone());
        let start = || Device::wgpu_options().graphics_api(api).device_kind(kind).init();
        let device = catch_unwind(start).map_err(|panic| panic_text(&*panic))?.map_err(|error| error.to_string())?;
        started.push((self.api, self.selector.clone(), device.clone()));
        Ok(device)
    }
}

/// The adapters of the first API with a GPU, or of the first with any: discrete GPUs, integrated, virtual, software.
pub(super) fn list() -> Vec<Adapter> {
    let _driver = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut software = Vec::new();
    for &(api, backend) in APIS {
        // Drivers panic; one that does has no adapters.
        let adapters = catch_unwind(|| probe(api, backend)).unwrap_or_default();
        if adapters.iter().any(Adapter::is_gpu) {
            return adapters;
        }
        if software.is_empty() {
            software = adapters;
        }
    }
    software
}

fn probe(api: WgpuBackend, backend: wgpu::Backend) -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = try_read_sync(instance.enumerate_adapters(backend.into())).unwrap_or_default();
    let infos: Vec<wgpu::AdapterInfo> = adapters.iter().map(wgpu::Adapter::get_info).collect();
    // Burn counts the adapters of each kind on their own, and cannot name one of an unknown kind.
    let of_kind = |kind: wgpu::DeviceType, selector: fn(usize) -> DeviceKind| {
        let infos = infos.iter().filter(move |info| info.device_type == kind).enumerate();
        infos.map(move |(index, info)| Adapter { api, selector: selector(index), description: info.name.clone() })
    };
    of_kind(wgpu::DeviceType::DiscreteGpu, DeviceKind::DiscreteGpu)
        .chain(of_kind(wgpu::DeviceType::IntegratedGpu, DeviceKind::IntegratedGpu))
        .chain(of_kind(wgpu::DeviceType::VirtualGpu, DeviceKind::VirtualGpu))
        .chain(of_kind(wgpu::DeviceType::Cpu, |_| DeviceKind::Cpu))
        .collect()
}
