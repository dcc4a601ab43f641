//! Gradients of rows, and Adam by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{ROW_BINDINGS, RowParams, TRANSFER_BINDINGS, TransferParams};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/adam.wgsl");

const TABLES: &[Binding] =
    &[Binding::write("table", Vec4), Binding::write("first_moment", Vec4), Binding::write("second_moment", Vec4)];

/// `adam.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table, first moment, second moment.
pub const ROWS: Source = Source {
    stem: "adam",
    label: "adam_rows",
    params: RowParams::WGSL,
    includes: &[
        include::DISPATCH,
        include::PLAN,
        include::ROWS,
        include::TWO,
        include::LINKS,
        include::ROW_GRADIENT,
        include::ADAM_MOVE,
        include::EACH_ROW,
    ],
    body: BODY,
    bindings: &[ROW_BINDINGS, TABLES],
};

/// `adam.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, first moment, second moment.
pub const TRANSFER: Source = Source {
    stem: "adam",
    label: "adam_transfer",
    params: TransferParams::WGSL,
    includes: &[
        include::DISPATCH,
        include::PLAN,
        include::ROWS,
        include::TWO,
        include::TRANSFER_GRADIENT,
        include::ADAM_MOVE,
        include::EACH_ROW,
    ],
    body: BODY,
    bindings: &[TRANSFER_BINDINGS, TABLES],
};
