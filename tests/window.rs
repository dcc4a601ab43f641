//! Claims about the window, driven by accessible name.
