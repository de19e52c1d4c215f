//! The device that a model computes on.

use candle_core::Device;

use super::error::ModelError;

/// The device that a model is to compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DeviceChoice {
    /// A GPU if this build can use one that is there, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first NVIDIA GPU (a build with the feature `cuda`).
    Cuda,
    /// The Apple GPU (a build with the feature `metal`).
    Metal,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// When a GPU was asked for that is not there, or that this build has no code for.
    pub fn open(self) -> Result<Device, ModelError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => gpu("cuda", cfg!(feature = "cuda"), || Device::new_cuda(0)),
            Self::Metal => gpu("metal", cfg!(feature = "metal"), || Device::new_metal(0)),
            Self::Auto => Ok([Self::Cuda, Self::Metal]
                .into_iter()
                .find_map(|choice| match choice.open() {
                    Ok(device) => Some(device),
                    Err(error) => {
                        tracing::debug!(%error, "not used");
                        None
                    }
                })
                .unwrap_or(Device::Cpu)),
        }
    }
}

fn gpu(
    name: &'static str,
    built: bool,
    open: impl FnOnce() -> candle_core::Result<Device>,
) -> Result<Device, ModelError> {
    if !built {
        return Err(ModelError::DeviceNotBuilt(name));
    }
    open().map_err(|reason| ModelError::NoDevice { name, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_device_unless_a_certain_one_is_asked_for() {
        assert!(DeviceChoice::Auto.open().is_ok());
        assert!(DeviceChoice::Cpu.open().unwrap().is_cpu());
        for (choice, name) in [(DeviceChoice::Cuda, "cuda"), (DeviceChoice::Metal, "metal")] {
            match choice.open() {
                Ok(device) => assert!(!device.is_cpu()),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
    }
}
