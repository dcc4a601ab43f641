//! A CPU mirror of each compute shader, same stem: slices in, slices out, clear before fast.
//!
//! A mirror takes its shader's uniforms, the plan's words and the shader's buffers in the order of their bindings, and
//! computes in f32 like the shader. Sums may round differently: compilers fuse multiplications and additions.

pub mod adagrad;
pub mod adam;
pub mod adam_rest;
pub mod attribute_gradients;
pub mod attribute_images;
mod backend;
pub mod compose;
pub mod decompose;
mod gradient_sources;
pub mod gradients;
pub mod image_gradients;
pub mod loss_sums;
pub mod near_rows;
pub mod pair_coefficients;
mod plan_words;
pub mod row_sums;
pub mod sgd;
pub mod structure_coefficients;
pub mod transfer_norms;
pub mod transfer_parts;
pub mod tsne;
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

pub use backend::ReferenceBackend;
pub use gradient_sources::{RowSource, TransferSource};
