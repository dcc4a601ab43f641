//! `idatlas devices`.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::console::Console;
use super::table::{Align, Table};
use crate::gpu::{self, AdapterReport};
use crate::numbers;
use crate::training::{BackendChoice, Execution};

/// Arguments of `devices`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  idatlas devices --json")]
pub(super) struct DevicesArguments {}

#[derive(Debug, Serialize)]
struct DevicesReport {
    adapters: Vec<AdapterReport>,
    cpu_threads: usize,
    auto: Auto,
}

/// What `--backend auto` takes.
#[derive(Debug, Serialize)]
struct Auto {
    backend: &'static str,
    adapter: Option<String>,
}

pub(super) fn run(console: &Console) -> Result<(), CliError> {
    let adapters = gpu::adapters();
    let on_gpu = BackendChoice::default().wants_gpu(Execution::Deterministic, || adapters.clone());
    let auto = match adapters.first().filter(|_| on_gpu.is_ok_and(|on_gpu| on_gpu)) {
        Some(first) => Auto { backend: "gpu", adapter: Some(first.name.clone()) },
        None => Auto { backend: "cpu", adapter: None },
    };
    let cpu_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    console.result(&DevicesReport { adapters, cpu_threads, auto })
}

impl fmt::Display for DevicesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new([
            ("adapter", Align::Left),
            ("kind", Align::Left),
            ("API", Align::Left),
            ("driver", Align::Left),
            ("binding", Align::Right),
            ("buffer", Align::Right),
            ("workgroups", Align::Right),
            ("shared", Align::Right),
        ]);
        for adapter in &self.adapters {
            table.row([
                adapter.name.clone(),
                if adapter.is_hardware() { "hardware" } else { "software" }.to_owned(),
                adapter.api.clone(),
                adapter.driver.clone(),
                numbers::bytes(adapter.max_storage_binding_bytes),
                numbers::bytes(adapter.max_buffer_bytes),
                numbers::short(adapter.max_workgroups_per_dimension.into()),
                numbers::bytes(adapter.workgroup_memory_bytes.into()),
            ]);
        }
        if self.adapters.is_empty() {
            writeln!(f, "No GPU adapter: install a Vulkan, Metal or DirectX 12 driver to train on one")?;
        } else {
            write!(f, "{table}")?;
        }
        let threads = self.cpu_threads;
        match &self.auto.adapter {
            Some(adapter) => writeln!(f, "--backend auto takes the GPU {adapter}"),
            None => writeln!(f, "--backend auto takes the CPU ({threads} threads)"),
        }
    }
}
