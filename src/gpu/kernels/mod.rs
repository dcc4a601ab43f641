//! One file a shader: its source, bindings, uniforms, pipeline.
