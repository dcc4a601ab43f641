//! Adam on the rows that a batch did not touch.

use super::bindings::{Binding, Element::Vec4};
use super::pipeline::{Source, include};
use super::step_constants::step_params;

step_params! {
    /// Uniforms of `adam_rest.wgsl`; offsets count words of the plan.
    Params {
        /// Rows of all types.
        count: u32,
        /// Where the shapes start in the plan.
        types: u32,
        /// Where the types' starts start.
        starts: u32,
        /// NONE: every row is listed.
        rows: u32,
        /// Where the bits of touched rows start.
        marks: u32,
    }
}

/// `adam_rest.wgsl`; bindings: table, first moment, second moment.
pub const SOURCE: Source = Source {
    stem: "adam_rest",
    label: "adam_rest",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::ROWS, include::ADAM_MOVE, include::EACH_ROW], &[]],
    body: include_str!("../../../shaders/adam_rest.wgsl"),
    bindings: [
        &[Binding::write("table", Vec4), Binding::write("first_moment", Vec4), Binding::write("second_moment", Vec4)],
        &[],
    ],
};
