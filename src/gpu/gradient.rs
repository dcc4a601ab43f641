//! The kernel runs that compute a batch's losses, and the sums from which rows get their gradients.

use crate::objective::Objective;

use super::kernels::{
    LOSS_PARTS, attribute_gradients, attribute_images, compose, decompose, image_gradients, loss_sums,
    pair_coefficients, row_sums, structure_coefficients, transfer_norms, transfer_parts,
};
use super::layout::{LANES, Layout, total4};
use super::plan::{BatchPlan, LinkOffsets, NONE, PlanOffsets, SideOffsets, SidePlan};
use super::program::{Program, Slot, Slot::*, Stage};
use super::traffic::{BatchCounts, Meter, SideCounts};

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
    /// How many of everything the batch has.
    pub counts: &'a BatchCounts,
}

/// One side of the pair term with the buffers that it works on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) plan: &'a SidePlan,
    pub(super) at: &'a SideOffsets,
    pub(super) counts: &'a SideCounts,
    pub(super) slots: &'static SideSlots,
    /// Where the structural indices of its rows start, or NONE.
    pub(super) structure: u32,
}

/// The buffers of one side, as the kernels take them.
#[derive(Debug)]
pub(super) struct SideSlots {
    compose: &'static [Slot],
    attribute_sums: &'static [Slot],
    heavy_items: &'static [Slot],
    decompose: &'static [Slot],
    /// Gradients of rows, and where each optimiser keeps them.
    pub(super) gradients: &'static [Slot],
    pub(super) adam: &'static [Slot],
    pub(super) adam_rest: &'static [Slot],
    pub(super) adagrad: &'static [Slot],
    pub(super) sgd: &'static [Slot],
}

/// Slots of a side: what the other side composed, its sums, parts, gradients, tables and their memory.
macro_rules! side_slots {
    ($own:ident, $other:ident, $sums:ident, $parts:ident, $gradients:ident, $table:ident, $first:ident, $second:ident) => {
        SideSlots {
            compose: &[Ids, Weights, $table, $own],
            attribute_sums: &[PairCoefficients, $other, $sums],
            heavy_items: &[PairCoefficients, $other, $parts],
            decompose: &[$sums, $parts],
            gradients: &[PairCoefficients, $other, $sums, $parts, StructureSums, $gradients],
            adam: &[PairCoefficients, $other, $sums, $parts, StructureSums, $table, $first, $second],
            adam_rest: &[$table, $first, $second],
            adagrad: &[PairCoefficients, $other, $sums, $parts, StructureSums, $table, $first],
            sgd: &[PairCoefficients, $other, $sums, $parts, StructureSums, $table],
        }
    };
}

pub(super) static TARGET: SideSlots = side_slots!(
    ComposedTarget,
    ComposedContext,
    TargetSums,
    TargetParts,
    TargetGradients,
    Target,
    TargetFirst,
    TargetSecond
);
pub(super) static CONTEXT: SideSlots = side_slots!(
    ComposedContext,
    ComposedTarget,
    ContextSums,
    ContextParts,
    ContextGradients,
    Context,
    ContextFirst,
    ContextSecond
);

/// A run of `row_sums`: which slice of which rows, into rows how far apart.
struct Sums<'a> {
    slots: &'static [Slot],
    at: &'a LinkOffsets,
    segments: usize,
    /// Where the list of segments starts, or NONE.
    listed: u32,
    source4: u32,
    slice4: u32,
    width4: u32,
    out4: u32,
}

impl<'a> StepInputs<'a> {
    /// Bytes that each of the batch's buffers needs, those of gradients left out.
    #[must_use]
    pub fn buffer_bytes(&self) -> Vec<(Slot, u64)> {
        let (layout, plan) = (self.layout, self.plan);
        let rows4 = |rows: usize, width4: u32| rows as u64 * u64::from(width4) * LANES as u64;
        let (composed4, item4, sums4) = (layout.composed4(), layout.item4(), layout.sums4());
        let structure = &plan.structure;
        let floats = [
            (ComposedTarget, rows4(plan.target.items.len(), composed4)),
            (ComposedContext, rows4(plan.context.items.len(), composed4)),
            (PairLogits, plan.left.len() as u64),
            (PairCoefficients, plan.left.len() as u64),
            (TargetSums, rows4(plan.target.terms.segment_count(), sums4)),
            (ContextSums, rows4(plan.context.terms.segment_count(), sums4)),
            (TargetParts, rows4(plan.target.touched.part_count(), layout.widest4())),
            (ContextParts, rows4(plan.context.touched.part_count(), layout.widest4())),
            (Images, rows4(structure.slot_count(), item4)),
            (StructureLogits, structure.term_count() as u64),
            (StructureCoefficients, structure.component_slots.len() as u64),
            (
                StructureSums,
                rows4(structure.by_item.segment_count(), item4) + rows4(structure.slot_count(), layout.widest4()),
            ),
            (ImageSums, rows4(structure.by_slot.segment_count(), item4)),
            (ImageGradients, rows4(structure.slot_count(), item4)),
            (TransferParts, rows4(structure.transfer_parts.len() / 3, layout.largest_transfer4())),
        ];
        floats.map(|(slot, floats)| (slot, floats * 4)).to_vec()
    }

    /// Bytes that the gradients need where they are written for a look at them.
    #[must_use]
    pub fn gradient_bytes(&self) -> Vec<(Slot, u64)> {
        let touched = |side: &SidePlan| u64::from(side.touched.elements());
        let vec4s = [
            (TargetGradients, touched(&self.plan.target)),
            (ContextGradients, touched(&self.plan.context)),
            (TransferGradients, total4(&self.layout.transfer)),
        ];
        vec4s.map(|(slot, vec4s)| (slot, vec4s * LANES as u64 * 4)).to_vec()
    }

    /// Both sides: centres, and contexts with negatives.
    pub(super) fn sides(&self) -> [Side<'a>; 2] {
        let with_structure = self.plan.structure.term_count() > 0;
        let at = &self.offsets.target;
        [
            Side {
                plan: &self.plan.target,
                at,
                counts: &self.counts.target,
                slots: &TARGET,
                structure: if with_structure { at.structure } else { NONE },
            },
            Side {
                plan: &self.plan.context,
                at: &self.offsets.context,
                counts: &self.counts.context,
                slots: &CONTEXT,
                structure: NONE,
            },
        ]
    }

    /// The first `vec4` of attributes among the structural sums.
    pub(super) fn first_attribute4(&self) -> u32 {
        self.plan.structure.by_item.segment_count() as u32 * self.layout.item4()
    }

    pub(super) fn meter(&self) -> Meter<'a> {
        Meter::new(self.layout, self.objective.optimizer)
    }

    /// Losses of the batch, and everything that gradients of rows are summed from.
    pub(super) fn sums_program(&self) -> Program {
        let mut program = Program::default();
        self.pair_term(&mut program);
        self.structural_term(&mut program);
        self.norms(&mut program);
        program
    }

    fn pair_term(&self, program: &mut Program) {
        let (at, plan, composed4) = (self.offsets, self.plan, self.layout.composed4());
        for side in self.sides() {
            let params = compose::Params {
                first: 0,
                count: side.plan.items.len() as u32,
                composed4,
                types: at.tables,
                type_count: self.layout.type_count(),
                items: side.at.items,
            };
            let stage = Stage::new(&compose::SOURCE, side.slots.compose);
            program.run_rows(stage, params, side.plan.items.len(), self.meter().compose(side.counts));
        }
        let terms = plan.left.len();
        let scored = pair_coefficients::Params {
            first: 0,
            count: terms as u32,
            composed4,
            left: at.left,
            right: at.right,
            signs: at.signs,
            scale: 1.0 / plan.centres as f32,
        };
        let stage =
            Stage::new(&pair_coefficients::SOURCE, &[ComposedTarget, ComposedContext, PairLogits, PairCoefficients]);
        program.run_terms(stage, scored, terms, self.meter().pair_coefficients(terms as f64));
        self.losses(program, &[PairLogits, Losses], terms, at.signs, self.losses);
        for side in self.sides() {
            self.attribute_sums(program, &side);
            self.heavy_items(program, &side);
            self.heavy_attributes(program, &side);
        }
    }

    fn losses(&self, program: &mut Program, slots: &'static [Slot], terms: usize, signs: u32, losses: u32) {
        // Without terms this still writes the record's zeros.
        let params = loss_sums::Params { first: 0, count: terms as u32, signs, losses };
        let traffic = self.meter().loss_sums(terms as f64);
        program.run_workgroups(Stage::new(&loss_sums::SOURCE, slots), params, LOSS_PARTS as usize, traffic);
    }

    fn sums(&self, program: &mut Program, sums: &Sums<'_>, entries: f64) {
        let params = row_sums::Params {
            first: 0,
            count: sums.segments as u32,
            source4: sums.source4,
            slice4: sums.slice4,
            width4: sums.width4,
            out4: sums.out4,
            listed: sums.listed,
            segment_starts: sums.at.segment_starts,
            links: sums.at.links,
        };
        let traffic = self.meter().row_sums(entries, sums.segments as f64, sums.width4);
        program.run_rows(Stage::new(&row_sums::SOURCE, sums.slots), params, sums.segments, traffic);
    }

    /// Gradients of composed vectors but for the items' own slices, which the update of rows sums itself.
    fn attribute_sums(&self, program: &mut Program, side: &Side<'_>) {
        let (composed4, sums4) = (self.layout.composed4(), self.layout.sums4());
        if sums4 == 0 {
            return;
        }
        let sums = Sums {
            slots: side.slots.attribute_sums,
            at: &side.at.terms,
            segments: side.plan.terms.segment_count(),
            listed: NONE,
            source4: composed4,
            slice4: self.layout.item4(),
            width4: sums4,
            out4: sums4,
        };
        self.sums(program, &sums, self.counts.terms);
    }

    /// Items with more than one segment of terms: a part for each.
    fn heavy_items(&self, program: &mut Program, side: &Side<'_>) {
        let sums = Sums {
            slots: side.slots.heavy_items,
            at: &side.at.terms,
            segments: side.plan.touched.heavy_items.len(),
            listed: side.at.heavy_items,
            source4: self.layout.composed4(),
            slice4: 0,
            width4: self.layout.item4(),
            out4: self.layout.widest4(),
        };
        self.sums(program, &sums, side.counts.heavy_item_terms);
    }

    /// Attributes with more than one segment of sources: a part for each.
    fn heavy_attributes(&self, program: &mut Program, side: &Side<'_>) {
        let count = side.plan.touched.heavy.len() / 2;
        let params = decompose::Params {
            first: 0,
            count: count as u32,
            widest4: self.layout.widest4(),
            item4: self.layout.item4(),
            sums4: self.layout.sums4(),
            first_part: side.plan.touched.heavy_items.len() as u32,
            types: self.offsets.tables,
            heavy: side.at.heavy,
            segment_starts: side.at.sources.segment_starts,
            entries: side.at.sources.links,
        };
        let stage = Stage::new(&decompose::SOURCE, side.slots.decompose);
        program.run_rows(stage, params, count, self.meter().decompose(side.counts));
    }

    fn structural_term(&self, program: &mut Program) {
        let (at, plan, item4) = (&self.offsets.structure, &self.plan.structure, self.layout.item4());
        let counts = &self.counts.structure;
        let (slots, meter) = (plan.slot_count(), self.meter());
        let images = attribute_images::Params {
            first: 0,
            count: slots as u32,
            item4,
            types: self.offsets.tables,
            transfer_types: self.offsets.transfer,
            slot_types: at.slot_types,
            slot_rows: at.slot_rows,
        };
        let stage = Stage::new(&attribute_images::SOURCE, &[Target, Transfer, Images]);
        program.run_rows(stage, images, slots, meter.attribute_images(counts));
        let scored = structure_coefficients::Params {
            first: 0,
            count: plan.term_count() as u32,
            item4,
            term_items: at.term_items,
            term_components: at.term_components,
            component_slots: at.component_slots,
            component_weights: at.component_weights,
            signs: at.signs,
            scale: self.objective.alpha / self.plan.struct_centres as f32,
        };
        let stage =
            Stage::new(&structure_coefficients::SOURCE, &[Target, Images, StructureLogits, StructureCoefficients]);
        program.run_terms(stage, scored, plan.term_count(), meter.structure_coefficients(counts));
        self.losses(program, &[StructureLogits, Losses], plan.term_count(), at.signs, self.losses + LOSS_PARTS);
        let whole = |slots: &'static [Slot], at: &'a LinkOffsets, segments: usize| Sums {
            slots,
            at,
            segments,
            listed: NONE,
            source4: item4,
            slice4: 0,
            width4: item4,
            out4: item4,
        };
        let by_item = whole(&[StructureCoefficients, Images, StructureSums], &at.by_item, plan.by_item.segment_count());
        self.sums(program, &by_item, counts.components);
        // Type 0 comes first in the buffer of target tables, so an item's index is its row there.
        let by_slot = whole(&[StructureCoefficients, Target, ImageSums], &at.by_slot, plan.by_slot.segment_count());
        self.sums(program, &by_slot, counts.components);
        let params =
            image_gradients::Params { first: 0, count: slots as u32, item4, row_segments: at.by_slot.row_segments };
        let stage = Stage::new(&image_gradients::SOURCE, &[ImageSums, ImageGradients]);
        program.run_rows(stage, params, slots, meter.image_gradients(counts));
        let params = attribute_gradients::Params {
            first: 0,
            count: slots as u32,
            item4,
            widest4: self.layout.widest4(),
            transfer_types: self.offsets.transfer,
            slot_types: at.slot_types,
            first_attribute4: self.first_attribute4(),
        };
        let stage = Stage::new(&attribute_gradients::SOURCE, &[ImageGradients, Transfer, StructureSums]);
        program.run_rows(stage, params, slots, meter.attribute_gradients(counts));
        self.transfer_parts(program);
    }

    fn transfer_parts(&self, program: &mut Program) {
        let (at, largest4) = (&self.offsets.structure, self.layout.largest_transfer4());
        let params = transfer_parts::Params {
            first: 0,
            count: (self.plan.structure.transfer_parts.len() / 3) as u32 * largest4,
            largest4,
            item4: self.layout.item4(),
            types: self.offsets.tables,
            slot_rows: at.slot_rows,
            transfer_parts: at.transfer_parts,
        };
        let stage = Stage::new(&transfer_parts::SOURCE, &[ImageGradients, Target, TransferParts]);
        program.run(stage, params, params.count as usize, self.meter().transfer_parts(&self.counts.structure));
    }

    fn norms(&self, program: &mut Program) {
        let count = self.layout.type_count().saturating_sub(1);
        let params = transfer_norms::Params {
            first: 0,
            count,
            types: self.offsets.transfer,
            losses: self.losses + 2 * LOSS_PARTS,
        };
        let stage = Stage::new(&transfer_norms::SOURCE, &[Transfer, Losses]);
        program.run_workgroups(stage, params, count as usize, self.meter().transfer_norms());
    }
}
