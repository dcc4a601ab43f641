//! One file a shader: its source, bindings, uniforms, pipeline.

pub mod adagrad;
pub mod adam;
pub mod attribute_images;
pub mod compose;
pub mod decompose;
pub mod image_gradients;
pub mod loss_sums;
pub mod pair_coefficients;
pub mod row_gradients;
pub mod row_sums;
pub mod sgd;
pub mod structure_coefficients;
pub mod transfer_gradients;
pub mod transfer_norms;
pub mod transfer_parts;

mod pipeline;

pub use pipeline::{Access, Kernel, LOSS_PARTS, ROW_LANES, Source, TERM_LANES, WORKGROUP, include, prelude};

/// Every compute shader, by stem.
pub const ALL: [&Source; 15] = [
    &adagrad::SOURCE,
    &adam::SOURCE,
    &attribute_images::SOURCE,
    &compose::SOURCE,
    &decompose::SOURCE,
    &image_gradients::SOURCE,
    &loss_sums::SOURCE,
    &pair_coefficients::SOURCE,
    &row_gradients::SOURCE,
    &row_sums::SOURCE,
    &sgd::SOURCE,
    &structure_coefficients::SOURCE,
    &transfer_gradients::SOURCE,
    &transfer_norms::SOURCE,
    &transfer_parts::SOURCE,
];
