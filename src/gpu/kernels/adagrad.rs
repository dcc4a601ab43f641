//! Row-wise Adagrad on the listed rows.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `adagrad.wgsl`; offsets count words of the plan.
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
        /// Added to the root.
        epsilon: f32,
    }
}

/// `adagrad.wgsl`; bindings: gradients, accumulators, table.
pub const SOURCE: Source = Source {
    stem: "adagrad",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS],
    body: include_str!("../../../shaders/adagrad.wgsl"),
    bindings: &[Access::Read, Access::Write, Access::Write],
};
