//! Claims about run.
