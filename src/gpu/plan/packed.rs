//! A plan as one buffer of words: one upload a step, bound by every kernel.

use bytemuck::cast_slice;

use super::{BatchPlan, Grouping, SidePlan, StructurePlan, TouchedRows};
use crate::gpu::layout::{Layout, dense_starts};

/// Where a [`Grouping`]'s lists start, in words, each entry being followed by what belongs to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkOffsets {
    /// Pairs (entry, source row or weight).
    pub links: u32,
    /// [`Grouping::segment_starts`].
    pub segment_starts: u32,
    /// [`Grouping::row_segments`].
    pub row_segments: u32,
}

/// Where a [`SidePlan`]'s lists start, in words.
#[derive(Debug, Clone, Copy, Default)]
pub struct SideOffsets {
    /// [`SidePlan::items`].
    pub items: u32,
    /// [`SidePlan::terms`], each with the other side's row.
    pub terms: LinkOffsets,
    /// [`TouchedRows::starts`].
    pub starts: u32,
    /// [`TouchedRows::rows`].
    pub rows: u32,
    /// [`TouchedRows::sources`], each entry with its weight.
    pub sources: LinkOffsets,
    /// [`TouchedRows::heavy_items`].
    pub heavy_items: u32,
    /// [`TouchedRows::heavy`].
    pub heavy: u32,
    /// [`TouchedRows::partials`].
    pub partials: u32,
    /// [`TouchedRows::structure`].
    pub structure: u32,
    /// [`TouchedRows::marks`].
    pub marks: u32,
}

/// Where a [`StructurePlan`]'s lists start, in words.
#[derive(Debug, Clone, Copy, Default)]
pub struct StructureOffsets {
    /// [`StructurePlan::slot_types`].
    pub slot_types: u32,
    /// [`StructurePlan::slot_rows`].
    pub slot_rows: u32,
    /// [`StructurePlan::term_items`].
    pub term_items: u32,
    /// [`StructurePlan::signs`].
    pub signs: u32,
    /// [`StructurePlan::term_components`].
    pub term_components: u32,
    /// [`StructurePlan::component_slots`].
    pub component_slots: u32,
    /// [`StructurePlan::component_weights`].
    pub component_weights: u32,
    /// [`StructurePlan::by_item`], each component with its image.
    pub by_item: LinkOffsets,
    /// [`StructurePlan::by_slot`], each component with its item.
    pub by_slot: LinkOffsets,
    /// [`StructurePlan::transfer_parts`].
    pub transfer_parts: u32,
    /// [`StructurePlan::transfer_part_starts`].
    pub transfer_part_starts: u32,
}

/// Where the lists of a plan start, in words.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanOffsets {
    /// [`Layout::tables`].
    pub tables: u32,
    /// [`Layout::transfer`].
    pub transfer: u32,
    /// `[dense_starts]` of the tables.
    pub table_starts: u32,
    /// `[dense_starts]` of the transfer matrices.
    pub transfer_starts: u32,
    /// [`BatchPlan::left`].
    pub left: u32,
    /// [`BatchPlan::right`].
    pub right: u32,
    /// [`BatchPlan::signs`].
    pub signs: u32,
    /// [`BatchPlan::target`].
    pub target: SideOffsets,
    /// [`BatchPlan::context`].
    pub context: SideOffsets,
    /// [`BatchPlan::structure`].
    pub structure: StructureOffsets,
}

/// A plan and the layout it is for, as words.
#[derive(Debug, Clone, Default)]
pub struct PackedPlan {
    /// All lists, one behind the other.
    pub words: Vec<u32>,
    /// Where each starts.
    pub offsets: PlanOffsets,
}

impl PackedPlan {
    /// Packs `plan` in place of whatever this held.
    pub fn pack(&mut self, layout: &Layout, plan: &BatchPlan) {
        self.words.clear();
        self.offsets = PlanOffsets {
            tables: self.push(cast_slice(&layout.tables)),
            transfer: self.push(cast_slice(&layout.transfer)),
            table_starts: self.push(&dense_starts(&layout.tables)),
            transfer_starts: self.push(&dense_starts(&layout.transfer)),
            left: self.push(&plan.left),
            right: self.push(&plan.right),
            signs: self.push(cast_slice(&plan.signs)),
            target: self.push_side(&plan.target, &plan.right),
            context: self.push_side(&plan.context, &plan.left),
            structure: self.push_structure(&plan.structure),
        };
    }

    fn push(&mut self, list: &[u32]) -> u32 {
        let offset = self.words.len() as u32;
        self.words.extend_from_slice(list);
        offset
    }

    /// Each entry with the row that it has in `others`.
    fn push_links(&mut self, grouping: &Grouping, others: &[u32]) -> LinkOffsets {
        self.push_pairs(grouping, |_, entry| others[entry as usize])
    }

    /// Each entry with what `second` says of its place and value.
    fn push_pairs(&mut self, grouping: &Grouping, second: impl Fn(usize, u32) -> u32) -> LinkOffsets {
        let links = self.words.len() as u32;
        let pairs = grouping.entries.iter().enumerate().flat_map(|(at, &entry)| [entry, second(at, entry)]);
        self.words.extend(pairs);
        LinkOffsets {
            links,
            segment_starts: self.push(&grouping.segment_starts),
            row_segments: self.push(&grouping.row_segments),
        }
    }

    fn push_side(&mut self, side: &SidePlan, others: &[u32]) -> SideOffsets {
        let TouchedRows { starts, rows, sources, weights, heavy_items, heavy, partials, structure, marks } =
            &side.touched;
        SideOffsets {
            items: self.push(&side.items),
            terms: self.push_links(&side.terms, others),
            starts: self.push(starts),
            rows: self.push(rows),
            sources: self.push_pairs(sources, |at, _| weights[at].to_bits()),
            heavy_items: self.push(heavy_items),
            heavy: self.push(heavy),
            partials: self.push(partials),
            structure: self.push(structure),
            marks: self.push(marks),
        }
    }

    fn push_structure(&mut self, plan: &StructurePlan) -> StructureOffsets {
        StructureOffsets {
            slot_types: self.push(&plan.slot_types),
            slot_rows: self.push(&plan.slot_rows),
            term_items: self.push(&plan.term_items),
            signs: self.push(cast_slice(&plan.signs)),
            term_components: self.push(&plan.term_components),
            component_slots: self.push(&plan.component_slots),
            component_weights: self.push(cast_slice(&plan.component_weights)),
            by_item: self.push_links(&plan.by_item, &plan.component_slots),
            by_slot: self.push_links(&plan.by_slot, &plan.component_items),
            transfer_parts: self.push(&plan.transfer_parts),
            transfer_part_starts: self.push(&plan.transfer_part_starts),
        }
    }
}
