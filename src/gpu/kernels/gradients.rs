//! Gradients of rows, written.

use super::bindings::{Binding, Element::*};
use super::gradient_sources::{on_rows, on_transfer};
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/gradients.wgsl");

const OUT: Binding = Binding::write("gradients", Vec4);
const OF_ROWS: &[Binding] = &[OUT];
const OF_TRANSFER: &[Binding] = &[Binding::read("table", Vec4), OUT];

/// `gradients.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, gradients.
pub const ROWS: Source = on_rows("gradients", "gradients_rows", BODY, &[include::EACH_ROW], OF_ROWS);

/// `gradients.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, gradients.
pub const TRANSFER: Source = on_transfer("gradients", "gradients_transfer", BODY, &[include::EACH_ROW], OF_TRANSFER);
