//! Where work is to run.

use std::str::FromStr;

/// What the caller asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackendKind {
    /// A hardware GPU if there is one that can do the work, else the CPU (a software adapter is a tenth of its speed).
    #[default]
    Auto,
    /// A wgpu adapter, software ones included.
    Gpu,
    /// The CPU.
    Cpu,
}

impl FromStr for BackendKind {
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
