//! Gradients of rows, and plain descent by them.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{on_rows, on_transfer};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/sgd.wgsl");

const TABLES: &[Binding] = &[Binding::write("table", Vec4)];

/// `sgd.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, table.
pub const ROWS: Source = on_rows("sgd", "sgd_rows", BODY, &[include::EACH_ROW], TABLES);

/// `sgd.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table.
pub const TRANSFER: Source = on_transfer("sgd", "sgd_transfer", BODY, &[include::EACH_ROW], TABLES);
