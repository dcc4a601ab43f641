//! Gradients of rows, written.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{ROW_BINDINGS, RowParams, TRANSFER_BINDINGS, TransferParams};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/gradients.wgsl");

const OUT: &[Binding] = &[Binding::write("gradients", Vec4)];

/// `gradients.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, gradients.
pub const ROWS: Source = Source {
    stem: "gradients",
    label: "gradients_rows",
    params: RowParams::WGSL,
    includes: &[
        include::DISPATCH,
        include::PLAN,
        include::ROWS,
        include::TWO,
        include::LINKS,
        include::ROW_GRADIENT,
        include::EACH_ROW,
    ],
    body: BODY,
    bindings: &[ROW_BINDINGS, OUT],
};

/// `gradients.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, gradients.
pub const TRANSFER: Source = Source {
    stem: "gradients",
    label: "gradients_transfer",
    params: TransferParams::WGSL,
    includes: &[
        include::DISPATCH,
        include::PLAN,
        include::ROWS,
        include::TWO,
        include::TRANSFER_GRADIENT,
        include::EACH_ROW,
    ],
    body: BODY,
    bindings: &[TRANSFER_BINDINGS, &[Binding::read("table", Vec4)], OUT],
};
