//! Adam on the listed rows.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `adam.wgsl`; offsets count words of the plan.
    Params {
        /// Listed rows.
        count: u32,
        /// Where the shapes start in the plan.
        types: u32,
        /// Where the types' starts start.
        starts: u32,
        /// Where the list of rows starts, or NONE if every row is listed.
        rows: u32,
        /// Step size.
        learning_rate: f32,
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
        /// 1 / (1 - beta1^t).
        correction1: f32,
        /// 1 / (1 - beta2^t).
        correction2: f32,
    }
}

/// `adam.wgsl`; bindings: gradients, table, first moment, second moment.
pub const SOURCE: Source = Source {
    stem: "adam",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS],
    body: include_str!("../../../shaders/adam.wgsl"),
    bindings: &[Access::Read, Access::Write, Access::Write, Access::Write],
};
