//! Claims about gpu.
