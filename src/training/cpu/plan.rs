//! What a step needs to know of its batch, and what the model has no part in: units, and which rows each gradient moves.
//!
//! Plans of several batches are made at once, one on each thread, so nothing in one waits for another thread.

use crate::objective::Batch;

use super::compose::Columns;
use super::groups::{GroupingScratch, Groups, Repeated};
use super::structure::TypeOfCentres;
use super::units::{Sharing, UnitScratch, Units, unit_size};

// Centres of a unit whose rows are moved at once: more share more rows, but in a race they see what they themselves
// change later.
const UNIT_CENTRES: usize = 64;
// The same where each pair has negatives of its own, so that little is shared.
const LONE_UNIT_CENTRES: usize = 16;

/// How a backend takes its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Item rows are their own composed vectors, and a unit moves those that it alone uses.
    AtOnce,
    /// Item rows are their own composed vectors; all are moved when all gradients are known.
    Plain,
    /// Item vectors are composed of several types' rows.
    Composed,
    /// Threads move rows without waiting for each other.
    Asynchronous,
}

/// What a step needs to know of its batch.
#[derive(Debug, Clone, Default)]
pub struct StepPlan {
    /// Its units.
    pub units: Units,
    /// Its centres.
    pub centre: SidePlan,
    /// The units' entries.
    pub context: SidePlan,
    /// Its structural negatives.
    pub structure: StructurePlan,
}

/// One side of the pair term: its distinct items.
#[derive(Debug, Clone, Default)]
pub struct SidePlan {
    /// Occurrences by item; empty where rows are moved at once.
    pub items: Groups,
    /// Where rows are moved at once, those of items that occur more than once: they are moved later.
    pub repeated: Repeated,
    /// [distinct items] the items' own weights.
    pub own_weights: Vec<f32>,
    /// [K - 1] distinct items by attribute row.
    pub types: Vec<TypeOfCentres>,
}

/// Which items the structural term's gradients of items belong to.
#[derive(Debug, Clone, Default)]
pub struct StructurePlan {
    /// The item of each gradient.
    pub items: Vec<u32>,
    /// Those gradients by item.
    pub groups: Groups,
    /// [items + 1] where each item's entry in `own_centres` is.
    pub own_offsets: Vec<u32>,
    /// The distinct centre that an item is, if it is one.
    pub own_centres: Vec<u32>,
}

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct PlanScratch {
    units: UnitScratch,
    grouping: GroupingScratch,
    keys: Vec<u32>,
}

/// Makes plans.
#[derive(Clone, Copy)]
pub struct Planning<'a> {
    /// How the steps are taken.
    pub manner: Manner,
    /// Whether the structural term counts.
    pub structural: bool,
    /// Whether item rows are their own composed vectors.
    pub plain: bool,
    /// Lanes of a composed vector.
    pub lanes: usize,
    /// What the items carry.
    pub columns: &'a Columns,
    /// [K] rows of each type's tables.
    pub rows: &'a [usize],
}

impl Planning<'_> {
    /// Makes `plan` the plan of `batch`, whatever it held.
    pub fn plan(&self, batch: &Batch, plan: &mut StepPlan, scratch: &mut PlanScratch) {
        let StepPlan { units, centre, context, structure } = plan;
        units.cut(batch, self.unit_size(batch), self.plain, &mut scratch.units);
        let (items, grouping) = (self.rows[0], &mut scratch.grouping);
        match self.manner {
            Manner::AtOnce => {
                centre.repeated.build(&batch.centres, items, grouping);
                context.repeated.build(&units.entry_items, items, grouping);
            }
            Manner::Plain | Manner::Composed => {
                centre.items.build(&batch.centres, items, grouping);
                context.items.build(&units.entry_items, items, grouping);
            }
            Manner::Asynchronous if self.structural => centre.items.build(&batch.centres, items, grouping),
            Manner::Asynchronous => {}
        }
        if self.manner == Manner::Composed {
            self.look_up(context, scratch);
        }
        if self.manner == Manner::Composed || self.structural {
            self.look_up(centre, scratch);
        }
        if self.structural {
            structure.fill(batch, &centre.items, items, &mut scratch.grouping);
        }
    }

    fn unit_size(&self, batch: &Batch) -> usize {
        let size = unit_size(batch, self.lanes);
        match self.manner {
            Manner::Asynchronous if Sharing::of(batch).own_negatives => size.min(LONE_UNIT_CENTRES),
            Manner::Asynchronous | Manner::AtOnce => size.min(UNIT_CENTRES),
            Manner::Plain | Manner::Composed => size,
        }
    }

    /// Looks up what one side's distinct items carry.
    fn look_up(&self, side: &mut SidePlan, scratch: &mut PlanScratch) {
        let SidePlan { items, own_weights, types, .. } = side;
        let weigh = |weights: &mut Vec<f32>, k: usize| {
            weights.clear();
            weights.extend(items.rows.iter().map(|&item| self.columns.weights[k][item as usize]));
        };
        weigh(own_weights, 0);
        types.resize_with(self.rows.len() - 1, TypeOfCentres::default);
        let mut first_image = 0;
        for (k, of_type) in (1..).zip(types) {
            scratch.keys.clear();
            scratch.keys.extend(items.rows.iter().map(|&item| self.columns.ids[k][item as usize]));
            of_type.groups.build(&scratch.keys, self.rows[k], &mut scratch.grouping);
            weigh(&mut of_type.weights, k);
            of_type.first_image = first_image;
            first_image += of_type.groups.len();
        }
    }
}

impl StructurePlan {
    fn fill(&mut self, batch: &Batch, centres: &Groups, items: usize, scratch: &mut GroupingScratch) {
        let per_centre = batch.struct_negatives_per_centre();
        self.items.clear();
        for (place, &item) in centres.rows.iter().enumerate() {
            self.items.push(item);
            for &occurrence in centres.entries_at(place) {
                let first = occurrence as usize * per_centre;
                self.items.extend_from_slice(&batch.struct_negatives[first..first + per_centre]);
            }
        }
        self.groups.build(&self.items, items, scratch);
        self.own_offsets.clear();
        self.own_centres.clear();
        for &item in &self.groups.rows {
            let next = self.own_centres.len();
            self.own_offsets.push(next as u32);
            if centres.rows.get(next) == Some(&item) {
                self.own_centres.push(next as u32);
            }
        }
        self.own_offsets.push(self.own_centres.len() as u32);
    }
}
