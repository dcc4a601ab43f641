//! One file a shader: its source, bindings, uniforms, pipeline.

pub mod adagrad;
pub mod adam;
pub mod adam_rest;
pub mod attribute_gradients;
pub mod attribute_images;
pub mod compose;
pub mod decompose;
pub mod gradients;
pub mod image_gradients;
pub mod loss_sums;
pub mod near_rows;
pub mod pair_coefficients;
pub mod row_sums;
pub mod sgd;
pub mod structure_coefficients;
pub mod transfer_norms;
pub mod transfer_parts;
pub mod tsne_bounds;
pub mod tsne_centre;
pub mod tsne_columns;
pub mod tsne_gather;
pub mod tsne_move;
pub mod tsne_pull;
pub mod tsne_push;
pub mod tsne_rows;
pub mod tsne_rows_back;
pub mod tsne_spread;
pub mod tsne_sums;

mod bindings;
mod gradient_sources;
mod pipeline;
mod step_constants;

pub use bindings::{Access, Binding, Element, Split};
pub use gradient_sources::{RowParams, TransferParams};
pub use pipeline::{
    FFT_LANES, FFT_NODES, Kernel, LOSS_PARTS, ROW_LANES, Source, TERM_LANES, WORKGROUP, Window, include, prelude,
};
pub use step_constants::StepConstants;

/// Every kernel, by label.
pub const ALL: [&Source; 32] = [
    &adagrad::ROWS,
    &adagrad::TRANSFER,
    &adam::ROWS,
    &adam::TRANSFER,
    &adam_rest::SOURCE,
    &attribute_gradients::SOURCE,
    &attribute_images::SOURCE,
    &compose::SOURCE,
    &decompose::SOURCE,
    &gradients::ROWS,
    &gradients::TRANSFER,
    &image_gradients::SOURCE,
    &loss_sums::SOURCE,
    &near_rows::SOURCE,
    &pair_coefficients::SOURCE,
    &row_sums::SOURCE,
    &sgd::ROWS,
    &sgd::TRANSFER,
    &structure_coefficients::SOURCE,
    &transfer_norms::SOURCE,
    &transfer_parts::SOURCE,
    &tsne_bounds::SOURCE,
    &tsne_centre::SOURCE,
    &tsne_columns::SOURCE,
    &tsne_gather::SOURCE,
    &tsne_move::SOURCE,
    &tsne_pull::SOURCE,
    &tsne_push::SOURCE,
    &tsne_rows::SOURCE,
    &tsne_rows_back::SOURCE,
    &tsne_spread::SOURCE,
    &tsne_sums::SOURCE,
];
