//! Where to train: backend and adapter.

use clap::Args;

use super::CliError;
use super::arguments::GlobalArguments;
use crate::engine::EngineError;
use crate::gpu;
use crate::training::{BackendChoice, BackendKind, Execution};

/// Where to train.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Machine")]
pub(super) struct MachineArguments {
    /// auto, gpu or cpu; auto takes a hardware GPU if there is one, else the CPU
    #[arg(long, default_value = "auto")]
    backend: BackendKind,
    /// Part of the name of the GPU adapter to train on; idatlas devices lists them
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

impl MachineArguments {
    /// The backend asked for; an adapter that does not exist is refused here, before data is loaded.
    pub(super) fn choice(&self, global: &GlobalArguments, execution: Execution) -> Result<BackendChoice, CliError> {
        let choice = BackendChoice {
            kind: self.backend,
            adapter: self.adapter.clone(),
            threads: global.threads.map_or(0, std::num::NonZero::get),
        };
        if let Some(wanted) = &self.adapter
            && choice.wants_gpu(execution, Vec::new).map_err(EngineError::Backend)?
        {
            let names: Vec<String> = gpu::adapters().into_iter().map(|adapter| adapter.name).collect();
            if !names.iter().any(|name| name.to_lowercase().contains(&wanted.to_lowercase())) {
                let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(CliError::Input(format!("No adapter's name contains {wanted:?}; there are: {there}")));
            }
        }
        Ok(choice)
    }
}
