//! Row-wise Adagrad, first half: accumulators.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `adagrad_accumulate.wgsl`; offsets count words of the plan.
    Params {
        /// Listed rows.
        count: u32,
        /// Where the shapes start in the plan.
        types: u32,
        /// Where the types' starts start.
        starts: u32,
        /// Where the list of rows starts, or NONE if every row is listed.
        rows: u32,
    }
}

/// `adagrad_accumulate.wgsl`; bindings: gradients, accumulators.
pub const SOURCE: Source = Source {
    stem: "adagrad_accumulate",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN],
    body: include_str!("../../../shaders/adagrad_accumulate.wgsl"),
    bindings: &[Access::Read, Access::Write],
};
