//! Verbs, progress bars, JSON.
