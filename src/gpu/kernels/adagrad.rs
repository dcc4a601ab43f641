//! Gradients of rows, and row-wise Adagrad by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources as gradients;
use super::pipeline::Source;

const BODY: &str = include_str!("../../../shaders/adagrad.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4), Binding::write("accumulators", Float)];

/// `adagrad.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table, accumulators.
pub const ROWS: Source = gradients::OF_ROWS.kernel("adagrad", "adagrad_rows", BODY, &[], TABLES);

/// `adagrad.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, accumulators.
pub const TRANSFER: Source = gradients::OF_TRANSFER.kernel("adagrad", "adagrad_transfer", BODY, &[], TABLES);
