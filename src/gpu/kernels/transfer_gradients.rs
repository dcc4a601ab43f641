//! The gradient of the transfer matrices.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `transfer_gradients.wgsl`; offsets count words of the plan.
    Params {
        /// Rows of all matrices.
        count: u32,
        /// `vec4`s of the largest matrix.
        largest4: u32,
        /// Where the matrices' shapes start in the plan.
        types: u32,
        /// Where their starts start.
        starts: u32,
        /// Where the types' parts start.
        part_starts: u32,
        /// Where the sums of squares lie in the loss records.
        losses: u32,
        /// 1 for the squared norm, 0 for the norm.
        squared: u32,
        /// Weight of the regulariser.
        beta: f32,
    }
}

/// `transfer_gradients.wgsl`; bindings: parts, transfer, losses, gradients.
pub const SOURCE: Source = Source {
    stem: "transfer_gradients",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS],
    body: include_str!("../../../shaders/transfer_gradients.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
};
