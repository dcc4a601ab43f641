//! Where a map's iterations run.

use std::str::FromStr;

use super::{ProjectionError, ProjectionSettings};
use crate::gpu::{GpuContext, adapters, tsne};

/// What the caller asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapBackend {
    /// A hardware GPU if there is one that can make maps, else the CPU.
    #[default]
    Auto,
    /// A wgpu adapter, software ones included.
    Gpu,
    /// The CPU.
    Cpu,
}

impl FromStr for MapBackend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            other => Err(format!("unknown backend {other:?}; use auto, gpu or cpu")),
        }
    }
}

/// The device that `settings` ask for; `None`: the CPU.
///
/// # Errors
/// [`ProjectionError::Device`] if there is no such adapter.
pub(super) fn open(settings: &ProjectionSettings) -> Result<Option<GpuContext>, ProjectionError> {
    let wanted = match settings.backend {
        MapBackend::Cpu => false,
        MapBackend::Gpu => true,
        // Hardware comes first among the adapters.
        MapBackend::Auto => {
            settings.adapter.is_some()
                || adapters().first().is_some_and(|adapter| adapter.is_hardware() && tsne::has_grids(adapter))
        }
    };
    if !wanted {
        return Ok(None);
    }
    match GpuContext::open(settings.adapter.as_deref()) {
        Ok(context) => Ok(Some(context)),
        Err(error) => Err(ProjectionError::Device { message: error.to_string() }),
    }
}
