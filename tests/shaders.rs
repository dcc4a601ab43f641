//! Claims about shaders.
