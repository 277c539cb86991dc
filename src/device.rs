//! Where to compute: what this machine has, and what a user's choice means.

use std::{fmt, str::FromStr};

use burn::tensor::Device;
use serde::Serialize;

/// A user's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A real GPU if this build and this machine have one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, software rasterisers included, or an error.
    Gpu,
}

/// Why a choice cannot be had.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// Another word than the three.
    #[error("device: expected auto, cpu or gpu, got '{0}'")]
    Unknown(String),
    /// The GPU backend is not compiled in.
    #[error(
        "device gpu: this program was built without the feature 'gpu'; build with --features gpu (./x --gpu), or use --device cpu"
    )]
    NotBuilt,
    /// No adapter.
    #[error(
        "device gpu: no adapter found (Vulkan, Metal, DX12 or OpenGL); install a driver, or use --device cpu"
    )]
    NoAdapter,
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => Err(DeviceError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        })
    }
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// The processor.
    Cpu,
    /// A GPU.
    Gpu,
    /// A GPU driver that computes on the processor: for tests, slower than [`DeviceKind::Cpu`].
    Software,
}

/// One device of this machine.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceInfo {
    /// What it is.
    pub kind: DeviceKind,
    /// What the driver calls it.
    pub name: String,
    /// The device, without autodiff.
    #[serde(skip)]
    pub device: Device,
}

/// Every device that this build can use on this machine: the CPU first, then GPUs, software drivers last.
///
/// Opens the GPUs.
pub fn devices() -> Vec<DeviceInfo> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu =
        DeviceInfo { kind: DeviceKind::Cpu, name: format!("CPU, {threads} threads"), device: Device::flex() };
    let mut gpus = gpus();
    gpus.sort_by_key(|d| d.kind == DeviceKind::Software);
    std::iter::once(cpu).chain(gpus).collect()
}

/// The device for a choice.
///
/// # Errors
/// [`DeviceError::NotBuilt`] or [`DeviceError::NoAdapter`] where a GPU is demanded and there is none.
pub fn choose(choice: DeviceChoice) -> Result<DeviceInfo, DeviceError> {
    choose_nth(choice, 0)
}

/// The device for a choice where several processes of one machine take one each: the `index`th, counted round the GPUs.
///
/// # Errors
/// As [`choose`].
pub fn choose_nth(choice: DeviceChoice, index: usize) -> Result<DeviceInfo, DeviceError> {
    let found = if choice == DeviceChoice::Cpu { Vec::new() } else { devices() };
    let pick = |kind| {
        let all: Vec<&DeviceInfo> = found.iter().filter(|d| d.kind == kind).collect();
        all.get(index % all.len().max(1)).map(|&d| d.clone())
    };
    let gpu = pick(DeviceKind::Gpu);
    match choice {
        DeviceChoice::Gpu if !cfg!(feature = "gpu") => Err(DeviceError::NotBuilt),
        DeviceChoice::Gpu => gpu.or_else(|| pick(DeviceKind::Software)).ok_or(DeviceError::NoAdapter),
        DeviceChoice::Auto if gpu.is_some() => gpu.ok_or(DeviceError::NoAdapter),
        DeviceChoice::Auto | DeviceChoice::Cpu => {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            Ok(DeviceInfo {
                kind: DeviceKind::Cpu,
                name: format!("CPU, {threads} threads"),
                device: Device::flex(),
            })
        }
    }
}

#[cfg(not(feature = "gpu"))]
fn gpus() -> Vec<DeviceInfo> {
    Vec::new()
}

#[cfg(feature = "gpu")]
fn gpus() -> Vec<DeviceInfo> {
    use std::panic;

    use burn::tensor::DeviceType;

    // A driver that does not answer makes Burn panic, with a message that is of no use here.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let found = panic::catch_unwind(|| {
        let devices = Device::enumerate(DeviceType::Wgpu).into_iter();
        devices.filter_map(|device| Some((device.identity()?.name, device))).collect::<Vec<_>>()
    });
    panic::set_hook(hook);
    let software = |name: &str| {
        ["llvmpipe", "lavapipe", "swiftshader", "software", "basic render"].iter().any(|s| name.contains(s))
    };
    let info = |(name, device): (String, Device)| {
        let kind = if software(&name.to_lowercase()) { DeviceKind::Software } else { DeviceKind::Gpu };
        DeviceInfo { kind, name, device }
    };
    found.unwrap_or_default().into_iter().map(info).collect()
}
