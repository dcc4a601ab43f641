//! Where a map's iterations run.

use super::{ProjectionError, ProjectionSettings};
use crate::gpu::{BackendKind, GpuContext, adapters, tsne};

/// The device that `settings` ask for; `None`: the CPU.
///
/// # Errors
/// [`ProjectionError::Device`] if there is no such adapter.
pub(super) fn open(settings: &ProjectionSettings) -> Result<Option<GpuContext>, ProjectionError> {
    let wanted = match settings.backend {
        BackendKind::Cpu => false,
        BackendKind::Gpu => true,
        // Hardware comes first among the adapters.
        BackendKind::Auto => {
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
