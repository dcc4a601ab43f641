//! The kernel runs that compute a batch's losses and gradients.

use crate::objective::{Objective, Regulariser};

use super::kernels::{
    LOSS_PARTS, attribute_images, compose, decompose, image_gradients, loss_sums, pair_coefficients, row_gradients,
    row_sums, structure_coefficients, transfer_gradients, transfer_norms, transfer_parts,
};
use super::layout::{LANES, Layout, total_rows, total4};
use super::optimiser::values_moved;
use super::plan::{BatchPlan, NONE, PlanOffsets, SideOffsets, SidePlan};
use super::program::{Program, Slot, Slot::*};

/// What a step's program depends on.
#[derive(Debug, Clone, Copy)]
pub struct StepInputs<'a> {
    /// The tables' shapes.
    pub layout: &'a Layout,
    /// The batch.
    pub plan: &'a BatchPlan,
    /// Where the plan's lists start.
    pub offsets: &'a PlanOffsets,
    /// What is minimised.
    pub objective: &'a Objective,
    /// Where the step's loss record starts, in floats.
    pub losses: u32,
    /// Whether gradients are laid out as the tables (and untouched rows' are zero).
    pub dense: bool,
}

impl StepInputs<'_> {
    /// Bytes that each of the batch's buffers needs.
    #[must_use]
    pub fn buffer_bytes(&self) -> Vec<(Slot, u64)> {
        let (layout, plan) = (self.layout, self.plan);
        let rows4 = |rows: usize, width4: u32| rows as u64 * u64::from(width4) * LANES as u64;
        let (composed4, item4) = (layout.composed4(), layout.item4());
        let gradients = |side: &SidePlan| {
            let elements = if self.dense { total4(&layout.tables) } else { u64::from(side.touched.elements()) };
            elements * LANES as u64
        };
        let structure = &plan.structure;
        let floats = [
            (ComposedTarget, rows4(plan.target.items.len(), composed4)),
            (ComposedContext, rows4(plan.context.items.len(), composed4)),
            (PairLogits, plan.left.len() as u64),
            (PairCoefficients, plan.left.len() as u64),
            (TargetSums, rows4(plan.target.terms.segment_count(), composed4)),
            (ContextSums, rows4(plan.context.terms.segment_count(), composed4)),
            (TargetDecomposed, rows4(plan.target.touched.heavy.len() / 2, layout.widest4())),
            (ContextDecomposed, rows4(plan.context.touched.heavy.len() / 2, layout.widest4())),
            (Images, rows4(structure.slot_count(), item4)),
            (StructureLogits, structure.term_count() as u64),
            (StructureCoefficients, structure.component_slots.len() as u64),
            (ItemSums, rows4(structure.by_item.segment_count(), item4)),
            (ImageSums, rows4(structure.by_slot.segment_count(), item4)),
            (ImageGradients, rows4(structure.slot_count(), item4)),
            (TransferParts, rows4(structure.transfer_parts.len() / 3, layout.largest_transfer4())),
            (TargetGradients, gradients(&plan.target)),
            (ContextGradients, gradients(&plan.context)),
            (TransferGradients, total4(&layout.transfer) * LANES as u64),
        ];
        floats.map(|(slot, floats)| (slot, floats * 4)).to_vec()
    }

    /// About how many bytes a step reads and writes, caches left out (the table in `trainer.rs`).
    #[must_use]
    pub fn bytes_moved(&self) -> u64 {
        let (layout, plan, structure) = (self.layout, self.plan, &self.plan.structure);
        let composed = u64::from(layout.composed4()) * LANES as u64;
        let item = u64::from(layout.item4()) * LANES as u64;
        let transfer = total4(&layout.transfer) * LANES as u64;
        let per_value = values_moved(self.objective.optimizer);
        let sides = [&plan.target, &plan.context].map(|side| {
            let elements = if self.dense { total4(&layout.tables) } else { u64::from(side.touched.elements()) };
            2 * composed * (side.items.len() + side.terms.segment_count()) as u64
                + (2 + per_value) * elements * LANES as u64
        });
        let pair = 4 * composed * plan.left.len() as u64 + sides.iter().sum::<u64>();
        let largest = u64::from(layout.largest_transfer4()) * LANES as u64;
        let structural = 4 * item * structure.component_slots.len() as u64
            + 3 * largest * structure.slot_count() as u64
            + (4 + per_value) * transfer;
        4 * (pair + structural)
    }

    /// Losses and gradients of the batch.
    #[must_use]
    pub fn gradient_program(&self) -> Program {
        let mut program = Program::default();
        if self.dense {
            program.clears.extend([TargetGradients, ContextGradients]);
        }
        self.pair_term(&mut program);
        self.structural_term(&mut program);
        self.regulariser(&mut program);
        self.gather_rows(&mut program);
        program
    }

    fn pair_term(&self, program: &mut Program) {
        let (at, plan, composed4) = (self.offsets, self.plan, self.layout.composed4());
        let compose_params = |side: &SidePlan, at: &SideOffsets| compose::Params {
            count: side.items.len() as u32,
            composed4,
            types: self.offsets.tables,
            type_count: self.layout.type_count(),
            items: at.items,
        };
        program.run_rows(
            &compose::SOURCE,
            &[Ids, Weights, Target, ComposedTarget],
            compose_params(&plan.target, &at.target),
            plan.target.items.len(),
        );
        program.run_rows(
            &compose::SOURCE,
            &[Ids, Weights, Context, ComposedContext],
            compose_params(&plan.context, &at.context),
            plan.context.items.len(),
        );
        let terms = plan.left.len();
        let scored = pair_coefficients::Params {
            count: terms as u32,
            composed4,
            left: at.left,
            right: at.right,
            signs: at.signs,
            scale: 1.0 / plan.centres as f32,
        };
        program.run_terms(
            &pair_coefficients::SOURCE,
            &[ComposedTarget, ComposedContext, PairLogits, PairCoefficients],
            scored,
            terms,
        );
        let loss = loss_sums::Params { count: terms as u32, signs: at.signs, losses: self.losses };
        program.run_workgroups(&loss_sums::SOURCE, &[PairLogits, Losses], loss, LOSS_PARTS as usize);
        let sums = |side: &SidePlan, at: &SideOffsets| row_sums::Params {
            count: side.terms.segment_count() as u32,
            width4: composed4,
            segment_starts: at.terms.segment_starts,
            links: at.terms.links,
        };
        let target = sums(&plan.target, &at.target);
        program.run_rows(
            &row_sums::SOURCE,
            &[PairCoefficients, ComposedContext, TargetSums],
            target,
            target.count as usize,
        );
        let context = sums(&plan.context, &at.context);
        program.run_rows(
            &row_sums::SOURCE,
            &[PairCoefficients, ComposedTarget, ContextSums],
            context,
            context.count as usize,
        );
    }

    fn structural_term(&self, program: &mut Program) {
        let (at, plan, item4) = (&self.offsets.structure, &self.plan.structure, self.layout.item4());
        let slots = plan.slot_count();
        let images = attribute_images::Params {
            count: slots as u32,
            item4,
            types: self.offsets.tables,
            transfer_types: self.offsets.transfer,
            slot_types: at.slot_types,
            slot_rows: at.slot_rows,
        };
        program.run_rows(&attribute_images::SOURCE, &[Target, Transfer, Images], images, slots);
        let scored = structure_coefficients::Params {
            count: plan.term_count() as u32,
            item4,
            term_items: at.term_items,
            term_components: at.term_components,
            component_slots: at.component_slots,
            component_weights: at.component_weights,
            signs: at.signs,
            scale: self.objective.alpha / self.plan.centres as f32,
        };
        program.run_terms(
            &structure_coefficients::SOURCE,
            &[Target, Images, StructureLogits, StructureCoefficients],
            scored,
            plan.term_count(),
        );
        // Without terms this still writes the record's zeros.
        let loss =
            loss_sums::Params { count: plan.term_count() as u32, signs: at.signs, losses: self.losses + LOSS_PARTS };
        program.run_workgroups(&loss_sums::SOURCE, &[StructureLogits, Losses], loss, LOSS_PARTS as usize);
        let by_item = row_sums::Params {
            count: plan.by_item.segment_count() as u32,
            width4: item4,
            segment_starts: at.by_item.segment_starts,
            links: at.by_item.links,
        };
        let count = by_item.count as usize;
        program.run_rows(&row_sums::SOURCE, &[StructureCoefficients, Images, ItemSums], by_item, count);
        let by_slot = row_sums::Params {
            count: plan.by_slot.segment_count() as u32,
            width4: item4,
            segment_starts: at.by_slot.segment_starts,
            links: at.by_slot.links,
        };
        let count = by_slot.count as usize;
        // Type 0 comes first in the buffer of target tables, so an item's index is its row there.
        program.run_rows(&row_sums::SOURCE, &[StructureCoefficients, Target, ImageSums], by_slot, count);
        let gradients = image_gradients::Params { count: slots as u32, item4, row_segments: at.by_slot.row_segments };
        program.run_rows(&image_gradients::SOURCE, &[ImageSums, ImageGradients], gradients, slots);
        let largest4 = self.layout.largest_transfer4();
        let parts = transfer_parts::Params {
            count: (plan.transfer_parts.len() / 3) as u32 * largest4,
            largest4,
            item4,
            types: self.offsets.tables,
            slot_rows: at.slot_rows,
            transfer_parts: at.transfer_parts,
        };
        let count = parts.count as usize;
        program.run(&transfer_parts::SOURCE, &[ImageGradients, Target, TransferParts], parts, count);
    }

    fn regulariser(&self, program: &mut Program) {
        let matrices = self.layout.type_count().saturating_sub(1);
        let squares = self.losses + 2 * LOSS_PARTS;
        let norms = transfer_norms::Params { count: matrices, types: self.offsets.transfer, losses: squares };
        program.run_workgroups(&transfer_norms::SOURCE, &[Transfer, Losses], norms, matrices as usize);
        let rows = total_rows(&self.layout.transfer);
        let gradients = transfer_gradients::Params {
            count: rows as u32,
            largest4: self.layout.largest_transfer4(),
            types: self.offsets.transfer,
            starts: self.offsets.transfer_starts,
            part_starts: self.offsets.structure.transfer_part_starts,
            losses: squares,
            squared: u32::from(self.objective.regulariser == Regulariser::L2sq),
            beta: self.objective.beta,
        };
        program.run_rows(
            &transfer_gradients::SOURCE,
            &[TransferParts, Transfer, Losses, TransferGradients],
            gradients,
            rows as usize,
        );
    }

    fn gather_rows(&self, program: &mut Program) {
        let (at, layout) = (self.offsets, self.layout);
        let (composed4, widest4) = (layout.composed4(), layout.widest4());
        let parts = |side: &SidePlan, at: &SideOffsets| decompose::Params {
            count: (side.touched.heavy.len() / 2) as u32,
            widest4,
            composed4,
            types: self.offsets.tables,
            type_count: layout.type_count(),
            heavy: at.heavy,
            segment_starts: at.sources.segment_starts,
            entries: at.sources.entries,
            segment_items: at.segment_items,
        };
        let rows = |side: &SidePlan, at: &SideOffsets, structure: u32| row_gradients::Params {
            count: side.touched.rows.len() as u32,
            dense: u32::from(self.dense),
            widest4,
            composed4,
            item4: layout.item4(),
            types: self.offsets.tables,
            transfer_types: self.offsets.transfer,
            type_count: layout.type_count(),
            starts: at.starts,
            rows: at.rows,
            row_segments: at.sources.row_segments,
            segment_starts: at.sources.segment_starts,
            entries: at.sources.entries,
            segment_items: at.segment_items,
            partials: at.partials,
            structure,
            item_segments: self.offsets.structure.by_item.row_segments,
        };
        let target = parts(&self.plan.target, &at.target);
        let count = target.count as usize;
        program.run_rows(&decompose::SOURCE, &[Weights, TargetSums, TargetDecomposed], target, count);
        let context = parts(&self.plan.context, &at.context);
        let count = context.count as usize;
        program.run_rows(&decompose::SOURCE, &[Weights, ContextSums, ContextDecomposed], context, count);
        let with_structure = if self.plan.structure.term_count() > 0 { at.target.structure } else { NONE };
        let target = rows(&self.plan.target, &at.target, with_structure);
        let count = target.count as usize;
        program.run_rows(
            &row_gradients::SOURCE,
            &[Weights, TargetSums, TargetDecomposed, ItemSums, ImageGradients, Transfer, TargetGradients],
            target,
            count,
        );
        let context = rows(&self.plan.context, &at.context, NONE);
        let count = context.count as usize;
        program.run_rows(
            &row_gradients::SOURCE,
            &[Weights, ContextSums, ContextDecomposed, ItemSums, ImageGradients, Transfer, ContextGradients],
            context,
            count,
        );
    }
}
