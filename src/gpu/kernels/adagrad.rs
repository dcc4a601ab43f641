//! Gradients of rows, and row-wise Adagrad by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{ROW_BINDINGS, RowParams, TRANSFER_BINDINGS, TransferParams};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/adagrad.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4), Binding::write("accumulators", Float)];

/// `adagrad.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table, accumulators.
pub const ROWS: Source = Source {
    stem: "adagrad",
    label: "adagrad_rows",
    params: RowParams::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS, include::TWO, include::LINKS, include::ROW_GRADIENT],
    body: BODY,
    bindings: &[ROW_BINDINGS, TABLES],
};

/// `adagrad.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, accumulators.
pub const TRANSFER: Source = Source {
    stem: "adagrad",
    label: "adagrad_transfer",
    params: TransferParams::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS, include::TWO, include::TRANSFER_GRADIENT],
    body: BODY,
    bindings: &[TRANSFER_BINDINGS, TABLES],
};
