//! Gradients of rows, and plain descent by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources as gradients;
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/sgd.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4)];

/// `sgd.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table.
pub const ROWS: Source = gradients::OF_ROWS.kernel("sgd", "sgd_rows", BODY, &[include::EACH_ROW], TABLES);

/// `sgd.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table.
pub const TRANSFER: Source = gradients::OF_TRANSFER.kernel("sgd", "sgd_transfer", BODY, &[include::EACH_ROW], TABLES);
