//! Claims about golden.
