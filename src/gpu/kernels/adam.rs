//! Gradients of rows, and Adam by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources as gradients;
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/adam.wgsl");

const TABLES: &[Binding] =
    &[Binding::write("table", Vec4), Binding::write("first_moment", Vec4), Binding::write("second_moment", Vec4)];

/// `adam.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table, first moment, second moment.
pub const ROWS: Source =
    gradients::OF_ROWS.kernel("adam", "adam_rows", BODY, &[include::ADAM_MOVE, include::EACH_ROW], TABLES);

/// `adam.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, first moment, second moment.
pub const TRANSFER: Source =
    gradients::OF_TRANSFER.kernel("adam", "adam_transfer", BODY, &[include::ADAM_MOVE, include::EACH_ROW], TABLES);
