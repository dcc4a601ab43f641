//! Claims about dataset.
