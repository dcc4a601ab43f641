//! What the host works out of a batch before the device computes: which rows it touches, and CSR groupings of every
//! sum, so that the device needs no float atomics and every sum has one order.

mod grouping;
mod packed;
mod presence;
mod side;
mod structure;

use std::sync::Arc;

use crate::dataset::ItemAttributes;
use crate::objective::{Batch, Negatives, Objective, Optimizer, Structure};

use super::layout::Layout;

pub use grouping::{Grouping, NONE, Numbering, SEGMENT};
use presence::Presence;

pub use packed::{LinkOffsets, PackedPlan, PlanOffsets, SideOffsets, StructureOffsets};
pub use side::{SidePlan, TouchedRows};
pub use structure::StructurePlan;

/// One batch as the kernels read it.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPlan {
    /// Centres, N.
    pub centres: usize,
    /// How many of them carry the structural term.
    pub struct_centres: usize,
    /// `[terms]` each scored term's row among the target side's items; the positives come first, in the order of
    /// the batch's pairs, then the negatives, centre by centre.
    pub left: Vec<u32>,
    /// `[terms]` each term's row among the context side's items.
    pub right: Vec<u32>,
    /// `[terms]` the term's weight, negative for a negative.
    pub signs: Vec<f32>,
    /// The centre side.
    pub target: SidePlan,
    /// The side of contexts and negatives.
    pub context: SidePlan,
    /// The structural term; empty if it is left out.
    pub structure: StructurePlan,
}

/// Makes plans; holds scratch space between batches. Clones share the catalogue, so each thread can have its own.
#[derive(Debug, Clone)]
pub struct Planner {
    layout: Layout,
    ids: Arc<[u32]>,
    weights: Arc<[f32]>,
    presence: Arc<Presence>,
    structure: Structure,
    /// Whether every row moves at every step.
    dense: bool,
    numbering: Numbering,
}

impl Planner {
    /// A planner for items with `attributes` in tables laid out as `layout`, for steps of `objective`.
    #[must_use]
    pub fn new(layout: Layout, attributes: &ItemAttributes, objective: &Objective) -> Self {
        let keys = layout.dictionary.iter().copied().max().unwrap_or(0);
        Self {
            layout,
            ids: attributes.ids.iter().copied().collect(),
            weights: attributes.weights.iter().copied().collect(),
            presence: Arc::new(Presence::of(attributes)),
            structure: objective.structure,
            dense: objective.optimizer == Optimizer::Adam,
            numbering: Numbering::new(keys),
        }
    }

    /// [`D_1` x K] row-major: the items' IDs.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// [`D_1` x K] row-major: the items' weights.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The shapes of the tables.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The plan of `batch`; `with_structure` says whether the structural term takes part.
    #[must_use]
    pub fn plan(&mut self, batch: &Batch, with_structure: bool) -> BatchPlan {
        let terms = Terms::of(batch);
        let structure = if with_structure && self.layout.type_count() > 1 {
            self.structure_plan(batch)
        } else {
            StructurePlan::empty(self.layout.tables.len())
        };
        let (target, left) = self.side_plan(&terms.centres, &terms.others, Some(&structure));
        let (context, right) = self.side_plan(&terms.others, &terms.centres, None);
        let (centres, struct_centres) = (batch.centre_count(), batch.struct_centres);
        BatchPlan { centres, struct_centres, left, right, signs: terms.signs, target, context, structure }
    }

    /// The item's ID of type `kind`, if it has one.
    fn id(&self, item: u32, kind: usize) -> Option<u32> {
        let id = self.ids[item as usize * self.layout.tables.len() + kind];
        (id != ItemAttributes::MISSING).then_some(id)
    }
}

/// Scored terms as items.
struct Terms {
    centres: Vec<u32>,
    others: Vec<u32>,
    signs: Vec<f32>,
}

impl Terms {
    fn of(batch: &Batch) -> Self {
        let mut terms =
            Self { centres: Vec::new(), others: batch.contexts.clone(), signs: vec![1.0; batch.pair_count()] };
        for (i, &centre) in batch.centres.iter().enumerate() {
            terms.centres.extend(batch.pairs_of(i).map(|_| centre));
        }
        match &batch.negatives {
            Negatives::PerPair { per_pair, items } => {
                for pair in 0..batch.pair_count() {
                    terms.centres.extend(std::iter::repeat_n(terms.centres[pair], *per_pair));
                }
                terms.others.extend(items);
                terms.signs.extend(std::iter::repeat_n(-1.0, items.len()));
            }
            Negatives::Shared { group, per_group, negatives_per_pair, items } => {
                for (i, &centre) in batch.centres.iter().enumerate() {
                    let contexts = batch.pairs_of(i).len();
                    // A centre without contexts weighs its negatives with 0: they are no terms.
                    if contexts == 0 {
                        continue;
                    }
                    let first = i / (*group).max(1) * per_group;
                    let shared = &items[first..first + per_group];
                    let weight = contexts as f32 * negatives_per_pair / *per_group as f32;
                    terms.centres.extend(std::iter::repeat_n(centre, shared.len()));
                    terms.others.extend(shared);
                    terms.signs.extend(std::iter::repeat_n(-weight, shared.len()));
                }
            }
        }
        terms
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::embedding::Model;
    use crate::objective::{AdamConstants, Regulariser};

    /// Four items, one attribute with two values; item 3 lacks it.
    fn planner(structure: Structure) -> Planner {
        planner_of(structure, Optimizer::Sgd)
    }

    fn planner_of(structure: Structure, optimizer: Optimizer) -> Planner {
        let missing = ItemAttributes::MISSING;
        let attributes = ItemAttributes {
            ids: array![[0, 0], [1, 1], [2, 0], [3, missing]],
            weights: array![[1.0, 0.5], [1.0, 1.0], [1.0, 0.5], [1.0, 0.0]],
        };
        let tables = vec![Array2::zeros((4, 5)), Array2::zeros((2, 3))];
        let model = Model { target: tables.clone(), context: tables, transfer: vec![Array2::zeros((5, 3))] };
        let adam = AdamConstants::default();
        let objective = Objective { alpha: 1.0, beta: 0.0, regulariser: Regulariser::L2, structure, optimizer, adam };
        Planner::new(Layout::of(&model), &attributes, &objective)
    }

    fn batch() -> Batch {
        Batch {
            centres: vec![2, 3, 2],
            context_offsets: vec![0, 1, 1, 3],
            contexts: vec![1, 0, 1],
            negatives: Negatives::PerPair { per_pair: 1, items: vec![3, 3, 0] },
            struct_centres: 3,
            struct_negatives: vec![1, 0, 2],
        }
    }

    #[test]
    fn each_pair_and_each_negative_is_a_term() {
        let plan = planner(Structure::Joint).plan(&batch(), false);
        assert_eq!(plan.target.items, [2], "a centre without contexts scores nothing");
        assert_eq!(plan.context.items, [1, 0, 3]);
        assert_eq!(plan.left, [0; 6]);
        assert_eq!(plan.right, [0, 1, 0, 2, 2, 1]);
        assert_eq!(plan.signs, [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);
        assert_eq!(plan.context.terms.entries, [0, 2, 1, 5, 3, 4], "terms by context item, in order");
    }

    #[test]
    fn shared_negatives_weigh_by_the_contexts_of_their_centre() {
        let mut batch = batch();
        batch.negatives =
            Negatives::Shared { group: 2, per_group: 2, negatives_per_pair: 3.0, items: vec![0, 1, 2, 3] };
        let plan = planner(Structure::Joint).plan(&batch, false);
        assert_eq!(plan.signs[3..], [-1.5, -1.5, -3.0, -3.0]);
        let others: Vec<u32> = plan.right[3..].iter().map(|&row| plan.context.items[row as usize]).collect();
        assert_eq!(others, [0, 1, 2, 3], "the second group's negatives are the last two");
    }

    #[test]
    fn touched_rows_are_those_of_the_items_and_of_the_structural_term() {
        let plan = planner(Structure::PerType).plan(&batch(), true);
        assert_eq!(plan.target.touched.rows_of(0), [2, 1], "the centre and the negatives of centres with attributes");
        assert_eq!(plan.target.touched.rows_of(1), [0]);
        assert_eq!(plan.context.touched.rows_of(0), [1, 0, 3]);
        assert_eq!(plan.context.touched.rows_of(1), [1, 0]);
        assert_eq!(plan.target.touched.starts, [0, 0, 2, 4, 3, 5], "2 rows of 2 vec4, then 1 row of 1 vec4");
    }

    #[test]
    fn an_optimiser_of_all_rows_is_told_which_are_touched() {
        let touched = planner_of(Structure::PerType, Optimizer::Adam).plan(&batch(), true).target.touched;
        assert_eq!(touched.marks, [1 << 2 | 1 << 1 | 1 << 4], "items 2 and 1, and ID 0 of the type behind 4 items");
        assert!(planner(Structure::PerType).plan(&batch(), true).target.touched.marks.is_empty());
    }

    #[test]
    fn an_attribute_is_touched_only_where_both_items_of_a_term_have_it() {
        let mut batch = batch();
        batch.centres = vec![3, 3, 3];
        let plan = planner(Structure::PerType).plan(&batch, false);
        assert_eq!(plan.context.touched.rows_of(0), [1, 0, 3]);
        assert_eq!(plan.context.touched.rows_of(1), [0; 0], "item 3 lacks the attribute");
        assert_eq!(plan.target.touched.rows_of(1), [0; 0]);
    }

    #[test]
    fn structural_terms_are_one_a_type_and_item_with_its_negatives() {
        let plan = planner(Structure::PerType).plan(&batch(), true).structure;
        assert_eq!(plan.term_items, [2, 1, 2, 2], "item 3 has no attribute, so no term");
        assert_eq!(plan.signs, [1.0, -1.0, 1.0, -1.0]);
        assert_eq!(plan.component_weights, [1.0; 4]);
        assert_eq!((plan.slot_types, plan.slot_rows), (vec![1], vec![0]));
        let joint = planner(Structure::Joint).plan(&batch(), true).structure;
        assert_eq!(joint.component_weights, [0.5; 4]);
    }
}
