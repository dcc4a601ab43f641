//! Gradients of rows, written.

use super::bindings::{Binding, Element::*};
use super::gradient_sources as sources;
use super::pipeline::{Source, include};

const BODY: &str = include_str!("../../../shaders/gradients.wgsl");

const OUT: Binding = Binding::write("gradients", Vec4);
const OF_ROWS: &[Binding] = &[OUT];
const OF_TRANSFER: &[Binding] = &[Binding::read("table", Vec4), OUT];

/// `gradients.wgsl` on touched rows; bindings: coefficients, source, sums, parts, `structure_sums`, gradients.
pub const ROWS: Source = sources::OF_ROWS.kernel("gradients", "gradients_rows", BODY, &[include::EACH_ROW], OF_ROWS);

/// `gradients.wgsl` on the rows of the transfer matrices; bindings: parts, losses, table, gradients.
pub const TRANSFER: Source =
    sources::OF_TRANSFER.kernel("gradients", "gradients_transfer", BODY, &[include::EACH_ROW], OF_TRANSFER);
