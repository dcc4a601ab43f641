//! Gradients of rows, and plain descent by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{ROW_BINDINGS, RowParams, TRANSFER_BINDINGS, TransferParams};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/sgd.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4)];

/// `sgd.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table.
pub const ROWS: Source = Source {
    stem: "sgd",
    label: "sgd_rows",
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
    bindings: &[ROW_BINDINGS, TABLES],
};

/// `sgd.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table.
pub const TRANSFER: Source = Source {
    stem: "sgd",
    label: "sgd_transfer",
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
    bindings: &[TRANSFER_BINDINGS, TABLES],
};
