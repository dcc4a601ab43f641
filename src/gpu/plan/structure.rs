//! The structural term of a batch: items against images of attributes in item space.

use crate::objective::{Batch, Structure};

use super::{Grouping, Planner, SEGMENT};

/// Structural terms. A term is one logit, the weighted sum of its components; a component is an item's target
/// vector against one attribute's image `M_k E_k[a]`.
#[derive(Debug, Clone, PartialEq)]
pub struct StructurePlan {
    /// [K + 1] where each type's images start.
    pub slot_starts: Vec<u32>,
    /// `[images]` the type of each image's attribute.
    pub slot_types: Vec<u32>,
    /// `[images]` the attribute's row in its table.
    pub slot_rows: Vec<u32>,
    /// `[terms]` the scored item: the centre, or a structural negative; centre by centre, within it type by type
    /// (per-type structure), the positive first.
    pub term_items: Vec<u32>,
    /// `[terms]` 1 for the positive, -1 for a negative.
    pub signs: Vec<f32>,
    /// [terms + 1] where each term's components start.
    pub term_components: Vec<u32>,
    /// `[components]` the image.
    pub component_slots: Vec<u32>,
    /// `[components]` the weight within the logit.
    pub component_weights: Vec<f32>,
    /// `[components]` the item of the component's term.
    pub component_items: Vec<u32>,
    /// `[rows]` the distinct items scored.
    pub items: Vec<u32>,
    /// Components by scored item.
    pub by_item: Grouping,
    /// Components by image.
    pub by_slot: Grouping,
    /// [3 x parts] type, first image and end of each part of at most [`SEGMENT`] images of a transfer gradient.
    pub transfer_parts: Vec<u32>,
    /// [K + 1] where each type's parts start.
    pub transfer_part_starts: Vec<u32>,
}

impl StructurePlan {
    /// No structural term, for `types` types.
    #[must_use]
    pub fn empty(types: usize) -> Self {
        let empty = Grouping::new(&[], |_| 0, 0);
        Self {
            slot_starts: vec![0; types + 1],
            slot_types: Vec::new(),
            slot_rows: Vec::new(),
            term_items: Vec::new(),
            signs: Vec::new(),
            term_components: vec![0],
            component_slots: Vec::new(),
            component_weights: Vec::new(),
            component_items: Vec::new(),
            items: Vec::new(),
            by_item: empty.clone(),
            by_slot: empty,
            transfer_parts: Vec::new(),
            transfer_part_starts: vec![0; types + 1],
        }
    }

    /// Number of terms.
    #[must_use]
    pub fn term_count(&self) -> usize {
        self.term_items.len()
    }

    /// Number of images.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.slot_rows.len()
    }

    /// The rows of type `kind` that the structural term touches: items (type 0) or attributes with an image.
    pub(super) fn rows_of(&self, kind: usize) -> &[u32] {
        if kind == 0 {
            return &self.items;
        }
        &self.slot_rows[self.slot_starts[kind] as usize..self.slot_starts[kind + 1] as usize]
    }

    /// The index of the first of [`Self::rows_of`] `kind`.
    pub(super) fn first_of(&self, kind: usize) -> u32 {
        if kind == 0 { 0 } else { self.slot_starts[kind] }
    }

    fn push_term(&mut self, item: u32, positive: bool, components: &[(u32, f32)]) {
        self.term_items.push(item);
        self.signs.push(if positive { 1.0 } else { -1.0 });
        for &(slot, weight) in components {
            self.component_slots.push(slot);
            self.component_weights.push(weight);
            self.component_items.push(item);
        }
        self.term_components.push(self.component_slots.len() as u32);
    }
}

impl Planner {
    pub(super) fn structure_plan(&mut self, batch: &Batch) -> StructurePlan {
        let types = self.layout.tables.len();
        let mut plan = StructurePlan::empty(types);
        let slots = self.number_slots(batch, &mut plan);
        let mut components = Vec::new();
        for (i, &centre) in batch.centres[..batch.struct_centres].iter().enumerate() {
            components.clear();
            for (kind, slot) in slots[i * types..(i + 1) * types].iter().enumerate() {
                let Some(slot) = *slot else { continue };
                let weight = match self.structure {
                    Structure::Joint => self.weights[centre as usize * types + kind],
                    Structure::PerType => 1.0,
                };
                components.push((slot, weight));
            }
            let logits: Vec<&[(u32, f32)]> = match self.structure {
                Structure::Joint if components.is_empty() => Vec::new(),
                Structure::Joint => vec![&components],
                Structure::PerType => components.chunks(1).collect(),
            };
            for logit in logits {
                plan.push_term(centre, true, logit);
                for &negative in batch.struct_negatives_of(i) {
                    plan.push_term(negative, false, logit);
                }
            }
        }
        self.group_components(&mut plan);
        cut_transfer(&mut plan);
        plan
    }

    /// Numbers the images type by type; returns [`struct_centres` x K] each centre's image of each type.
    fn number_slots(&mut self, batch: &Batch, plan: &mut StructurePlan) -> Vec<Option<u32>> {
        let types = self.layout.tables.len();
        let centres = &batch.centres[..batch.struct_centres];
        let mut slots = vec![None; centres.len() * types];
        for kind in 1..types {
            let first = plan.slot_rows.len() as u32;
            plan.slot_starts[kind] = first;
            self.numbering.begin();
            for (i, &centre) in centres.iter().enumerate() {
                let Some(id) = self.id(centre, kind) else { continue };
                slots[i * types + kind] = Some(first + self.numbering.of(id, || plan.slot_rows.push(id)));
            }
            plan.slot_types.resize(plan.slot_rows.len(), kind as u32);
        }
        plan.slot_starts[types] = plan.slot_rows.len() as u32;
        slots
    }

    fn group_components(&mut self, plan: &mut StructurePlan) {
        let items = &mut plan.items;
        self.numbering.begin();
        let local: Vec<u32> =
            plan.component_items.iter().map(|&item| self.numbering.of(item, || items.push(item))).collect();
        plan.by_item = Grouping::new(&local, |component| component as u32, plan.items.len());
        plan.by_slot = Grouping::new(&plan.component_slots, |component| component as u32, plan.slot_rows.len());
    }
}

fn cut_transfer(plan: &mut StructurePlan) {
    for kind in 0..plan.slot_starts.len() - 1 {
        plan.transfer_part_starts[kind] = plan.transfer_parts.len() as u32 / 3;
        let (first, end) = (plan.slot_starts[kind], plan.slot_starts[kind + 1]);
        for start in (first..end).step_by(SEGMENT as usize) {
            plan.transfer_parts.extend([kind as u32, start, end.min(start + SEGMENT)]);
        }
    }
    if let Some(last) = plan.transfer_part_starts.last_mut() {
        *last = plan.transfer_parts.len() as u32 / 3;
    }
}
