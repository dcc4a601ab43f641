//! Gradients of rows, and row-wise Adagrad by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{on_rows, on_transfer};
use super::pipeline::Source;

const BODY: &str = include_str!("../../../shaders/adagrad.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4), Binding::write("accumulators", Float)];

/// `adagrad.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table, accumulators.
pub const ROWS: Source = on_rows("adagrad", "adagrad_rows", BODY, &[], TABLES);

/// `adagrad.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, accumulators.
pub const TRANSFER: Source = on_transfer("adagrad", "adagrad_transfer", BODY, &[], TABLES);
