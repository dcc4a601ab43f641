//! Which backend trains.

use super::cpu::CpuBackend;
use super::{CheckedHyperparameters, Execution};
use crate::dataset::Corpus;
use crate::embedding::Model;
use crate::gpu::{AdapterReport, BackendKind, GpuBackend, GpuContext, adapters};
use crate::objective::{Backend, BackendError};

/// A backend by kind, adapter and threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackendChoice {
    /// What was asked for.
    pub kind: BackendKind,
    /// Part of the adapter's name, if one is wanted.
    pub adapter: Option<String>,
    /// CPU threads; 0 = all.
    pub threads: usize,
}

impl BackendChoice {
    /// Whether this choice trains on a GPU (else on the CPU), given how the threads are to run and the adapters of
    /// this machine, which are asked for only where they decide.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] if the parts of the choice contradict each other.
    pub fn wants_gpu(
        &self,
        execution: Execution,
        adapters: impl FnOnce() -> Vec<AdapterReport>,
    ) -> Result<bool, BackendError> {
        let asynchronous = execution == Execution::Asynchronous;
        match (self.kind, &self.adapter) {
            (BackendKind::Cpu, Some(adapter)) => Err(BackendError::Unavailable {
                message: format!(
                    "The CPU backend uses no adapter, but {adapter:?} was named; leave one of the two out"
                ),
            }),
            (BackendKind::Gpu, _) | (BackendKind::Auto, Some(_)) if asynchronous => Err(BackendError::Unavailable {
                message: "execution = asynchronous runs on the CPU only; choose the CPU backend or execution = \
                          deterministic"
                    .to_owned(),
            }),
            (BackendKind::Cpu, None) => Ok(false),
            (BackendKind::Gpu, _) | (BackendKind::Auto, Some(_)) => Ok(true),
            (BackendKind::Auto, None) => Ok(!asynchronous && adapters().iter().any(AdapterReport::is_hardware)),
        }
    }
}

/// Opens the backend of `choice` for `corpus`; it starts from a copy of `model`.
///
/// # Errors
/// [`BackendError`] if there is no such adapter, the model does not fit or the choice contradicts itself.
///
/// # Panics
/// If `model` is not of `corpus`.
pub fn open_backend(
    choice: &BackendChoice,
    corpus: &Corpus,
    hyperparameters: &CheckedHyperparameters,
    model: &Model,
) -> Result<Box<dyn Backend>, BackendError> {
    let objective = hyperparameters.objective();
    if choice.wants_gpu(hyperparameters.values().execution, adapters)? {
        let context = GpuContext::open(choice.adapter.as_deref())?;
        return Ok(Box::new(GpuBackend::new(context, model, &corpus.attributes, objective)?));
    }
    let backend = CpuBackend::new(model.clone(), corpus.attributes.clone(), objective, choice.threads);
    Ok(Box::new(match hyperparameters.values().execution {
        Execution::Deterministic => backend,
        Execution::Asynchronous => backend.asynchronous()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::AdapterKind;

    fn adapter(kind: AdapterKind) -> AdapterReport {
        AdapterReport {
            name: "test".to_owned(),
            kind,
            api: "vulkan".to_owned(),
            driver: String::new(),
            max_storage_binding_bytes: 0,
            max_buffer_bytes: 0,
            max_workgroups_per_dimension: 0,
            workgroup_memory_bytes: 0,
            max_invocations_per_workgroup: 0,
        }
    }

    fn wants_gpu(kind: BackendKind, name: Option<&str>, execution: Execution, found: AdapterKind) -> Option<bool> {
        let choice = BackendChoice { kind, adapter: name.map(str::to_owned), threads: 0 };
        choice.wants_gpu(execution, || vec![adapter(found)]).ok()
    }

    #[test]
    fn auto_takes_hardware_and_leaves_software_adapters_alone() {
        use Execution::{Asynchronous, Deterministic};
        let auto = |name, execution, found| wants_gpu(BackendKind::Auto, name, execution, found);
        assert_eq!(auto(None, Deterministic, AdapterKind::DiscreteGpu), Some(true));
        assert_eq!(auto(None, Deterministic, AdapterKind::IntegratedGpu), Some(true));
        assert_eq!(auto(None, Deterministic, AdapterKind::Cpu), Some(false));
        assert_eq!(auto(Some("llvmpipe"), Deterministic, AdapterKind::Cpu), Some(true));
        assert_eq!(auto(None, Asynchronous, AdapterKind::DiscreteGpu), Some(false));
    }

    #[test]
    fn contradictions_are_refused() {
        use Execution::{Asynchronous, Deterministic};
        assert_eq!(wants_gpu(BackendKind::Gpu, None, Asynchronous, AdapterKind::DiscreteGpu), None);
        assert_eq!(wants_gpu(BackendKind::Auto, Some("x"), Asynchronous, AdapterKind::DiscreteGpu), None);
        assert_eq!(wants_gpu(BackendKind::Cpu, Some("x"), Deterministic, AdapterKind::DiscreteGpu), None);
        assert_eq!(wants_gpu(BackendKind::Gpu, None, Deterministic, AdapterKind::Cpu), Some(true));
        assert_eq!(wants_gpu(BackendKind::Cpu, None, Deterministic, AdapterKind::DiscreteGpu), Some(false));
    }
}
