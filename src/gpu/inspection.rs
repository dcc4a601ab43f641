//! A batch's losses, logits and gradients without a step: for checking one backend against another.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::embedding::Model;
use crate::objective::{LossParts, Objective, Regulariser};

use super::kernels::LOSS_PARTS;
use super::layout::{LANES, Layout, unpack};
use super::plan::{BatchPlan, SidePlan};
use super::program::{Slot, loss_record};

/// What a batch's forward and backward pass leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The loss.
    pub loss: LossParts,
    /// `[terms]` logits of the pair term: positives in the order of the batch's pairs, then negatives, centre by centre.
    pub pair_logits: Vec<f32>,
    /// `[terms]` logits of the structural term: centre by centre (those with attributes), type by type if per type,
    /// the positive first.
    pub structure_logits: Vec<f32>,
    /// The loss's gradient, zero in untouched rows.
    pub gradient: Model,
    /// `[K]` the target rows with a gradient, ascending.
    pub touched_target: Vec<Vec<u32>>,
    /// `[K]` the context rows with a gradient, ascending.
    pub touched_context: Vec<Vec<u32>>,
    /// Every buffer that the batch filled, as it lies on the device.
    pub buffers: BTreeMap<Slot, Vec<f32>>,
}

impl Inspection {
    /// From the `buffers` that a batch filled and its loss record (see [`Slot::Losses`]).
    #[must_use]
    pub fn new(
        layout: &Layout,
        plan: &BatchPlan,
        objective: &Objective,
        record: &[f32],
        buffers: BTreeMap<Slot, Vec<f32>>,
    ) -> Self {
        let buffer = |slot: Slot| buffers.get(&slot).map_or(&[][..], Vec::as_slice);
        let (target, touched_target) = scatter(layout, &plan.target, buffer(Slot::TargetGradients));
        let (context, touched_context) = scatter(layout, &plan.context, buffer(Slot::ContextGradients));
        let item_width = layout.tables[0].width as usize;
        let transfer = layout.transfer[1..]
            .iter()
            .map(|shape| unpack(shape, item_width, buffer(Slot::TransferGradients)))
            .collect();
        Self {
            loss: loss_of(record, objective, layout.type_count(), plan.centres, plan.struct_centres),
            pair_logits: buffer(Slot::PairLogits).to_vec(),
            structure_logits: buffer(Slot::StructureLogits).to_vec(),
            gradient: Model { target, context, transfer },
            touched_target,
            touched_context,
            buffers,
        }
    }
}

/// The loss parts that a step's record tells; `centres` is the batch's N, of which `struct_centres` carry the structural term.
#[must_use]
pub fn loss_of(record: &[f32], objective: &Objective, types: u32, centres: usize, struct_centres: usize) -> LossParts {
    debug_assert_eq!(record.len(), loss_record(types) as usize);
    let (pair, rest) = record.split_at(LOSS_PARTS as usize);
    let (structure, squares) = rest.split_at(LOSS_PARTS as usize);
    let sum = |parts: &[f32]| parts.iter().map(|&part| f64::from(part)).sum::<f64>();
    let penalty: f64 = match objective.regulariser {
        Regulariser::L2sq => sum(squares),
        Regulariser::L2 => squares.iter().map(|&square| f64::from(square).sqrt()).sum(),
    };
    LossParts {
        pair: sum(pair) / centres as f64,
        structure: f64::from(objective.alpha) * sum(structure) / struct_centres.max(1) as f64,
        regulariser: f64::from(objective.beta) * penalty,
    }
}

/// Gradients of touched rows, put into tables of zeros, and the touched rows themselves.
fn scatter(layout: &Layout, side: &SidePlan, gradients: &[f32]) -> (Vec<Array2<f32>>, Vec<Vec<u32>>) {
    let touched = &side.touched;
    let tables = (0..layout.tables.len()).map(|kind| {
        let shape = layout.tables[kind];
        let (width, stride) = (shape.width as usize, shape.width4 as usize * LANES);
        let start = touched.starts[2 * kind + 1] as usize * LANES;
        let mut table = Array2::zeros((layout.dictionary[kind], width));
        for (index, &row) in touched.rows_of(kind).iter().enumerate() {
            for column in 0..width {
                table[[row as usize, column]] = gradients[start + index * stride + column];
            }
        }
        let mut rows = touched.rows_of(kind).to_vec();
        rows.sort_unstable();
        (table, rows)
    });
    tables.unzip()
}
