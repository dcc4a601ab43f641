//! What a step needs to know of its batch, and what the model has no part in: units, and which rows each gradient moves.
//!
//! Plans of several batches are made at once, one on each thread, so nothing in one waits for another thread.

use std::ops::Range;

use crate::objective::Batch;

use super::compose::Carried;
use super::groups::{GroupingScratch, Groups, Repeated};
use super::structure::TypeOfCentres;
use super::unit_rows::{UnitRows, UnitRowsScratch};
use super::units::{Sharing, Unit, UnitScratch, Units, unit_size};

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
    /// Item vectors are composed of several types' rows; all are moved when all gradients are known.
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
    /// Occurrences by item, if they are needed.
    pub items: Groups,
    /// Where plain rows are moved at once, those of items that occur more than once: they are moved later.
    pub repeated: Repeated,
    /// [K] where threads race, which rows of each type the units move.
    pub unit_rows: Vec<UnitRows>,
    /// [K - 1] occurrences by attribute row.
    pub attributes: Vec<Groups>,
    /// [occurrences x K] what each carries, in the order in which vectors are composed.
    carried: Vec<(u32, f32)>,
    /// [K] the weight of each occurrence; empty where all are 1.
    pub weights: Vec<Vec<f32>>,
}

impl SidePlan {
    /// [occurrences x K] what these occurrences carry, where vectors are composed.
    #[inline(always)]
    pub fn carried_by(&self, occurrences: Range<usize>) -> &[(u32, f32)] {
        let types = self.weights.len();
        &self.carried[occurrences.start * types..occurrences.end * types]
    }
}

/// Which centres carry the structural term, and where its gradients go.
#[derive(Debug, Clone, Default)]
pub struct StructurePlan {
    /// Those centres by item.
    pub centres: Groups,
    /// [K - 1] their distinct items by attribute row.
    pub types: Vec<TypeOfCentres>,
    /// The gradients of items' vectors, by item.
    pub gradients: Groups,
    /// Where both terms' gradients are moved together, how.
    pub together: Together,
}

/// The target rows that the pair term and the structural term touch together.
#[derive(Debug, Clone, Default)]
pub struct Together {
    /// The items, rising.
    pub items: Vec<u32>,
    /// [items + 1] where each item's gradients begin among those of the batch's centres by item.
    pub pair_offsets: Vec<u32>,
    /// [items + 1] the same among [`StructurePlan::gradients`].
    pub item_offsets: Vec<u32>,
    /// [K - 1][attribute rows of the batch's centres + 1] where each row's gradient, if it has one, stands among the images'.
    pub image_offsets: Vec<Vec<u32>>,
}

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct PlanScratch {
    units: UnitScratch,
    grouping: GroupingScratch,
    unit_rows: UnitRowsScratch,
    /// [items x K] what some items carry.
    carried: Vec<(u32, f32)>,
    /// [K - 1] the rows of some items in each attribute's table.
    keys: Vec<Vec<u32>>,
    /// The item of each gradient of the structural term.
    structural_items: Vec<u32>,
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
    pub carried: &'a Carried,
    /// [K] whether all weights are 1.
    pub uniform: &'a [bool],
    /// [K] rows of each type's tables.
    pub rows: &'a [usize],
}

impl Planning<'_> {
    /// Makes `plan` the plan of `batch`, whatever it held.
    pub fn plan(&self, batch: &Batch, plan: &mut StepPlan, scratch: &mut PlanScratch) {
        let StepPlan { units, centre, context, structure } = plan;
        units.cut(batch, self.unit_size(batch), &mut scratch.units);
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
            Manner::Asynchronous => {}
        }
        if self.structural {
            self.plan_structure(batch, structure, scratch);
        }
        if self.manner == Manner::Composed {
            self.look_up(&batch.centres, centre, scratch);
            self.look_up(&units.entry_items, context, scratch);
            if self.structural {
                structure.join(centre);
            }
        }
        if self.manner == Manner::Asynchronous && !self.plain {
            self.list(units, &batch.centres, Unit::range, centre, scratch);
            self.list(units, &units.entry_items, Unit::entry_range, context, scratch);
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

    /// Lists the rows of one side's units, whose occurrences `of` finds.
    fn list(
        &self,
        units: &Units,
        occurrences: &[u32],
        of: impl Fn(&Unit) -> Range<usize>,
        side: &mut SidePlan,
        scratch: &mut PlanScratch,
    ) {
        side.unit_rows.resize_with(self.rows.len(), UnitRows::default);
        self.look_up_rows(occurrences, &mut side.carried, &mut scratch.keys);
        let keys = std::iter::once(occurrences).chain(scratch.keys.iter().map(Vec::as_slice));
        for ((rows, keys), &count) in side.unit_rows.iter_mut().zip(keys).zip(self.rows) {
            rows.build(units.units.iter().map(&of), keys.iter().copied(), count, &mut scratch.unit_rows);
        }
        self.weigh_all(side);
    }

    /// Looks up what the items of one side's occurrences carry.
    fn look_up(&self, occurrences: &[u32], side: &mut SidePlan, scratch: &mut PlanScratch) {
        side.attributes.resize_with(self.rows.len() - 1, Groups::default);
        self.look_up_rows(occurrences, &mut side.carried, &mut scratch.keys);
        for ((groups, keys), &count) in side.attributes.iter_mut().zip(&scratch.keys).zip(&self.rows[1..]) {
            groups.build(keys, count, &mut scratch.grouping);
        }
        self.weigh_all(side);
    }

    /// Finds the weights of one side's occurrences, which were looked up.
    fn weigh_all(&self, side: &mut SidePlan) {
        let types = self.rows.len();
        side.weights.resize_with(types, Vec::new);
        for (k, weights) in side.weights.iter_mut().enumerate().filter(|&(k, _)| !self.uniform[k]) {
            weigh(&side.carried, types, k, weights);
        }
    }

    /// Groups the centres that carry the structural term, and looks up what they carry.
    fn plan_structure(&self, batch: &Batch, plan: &mut StructurePlan, scratch: &mut PlanScratch) {
        let StructurePlan { centres, types, gradients, .. } = plan;
        centres.build(&batch.centres[..batch.struct_centres], self.rows[0], &mut scratch.grouping);
        types.resize_with(self.rows.len() - 1, TypeOfCentres::default);
        let mut first_image = 0;
        self.look_up_rows(&centres.rows, &mut scratch.carried, &mut scratch.keys);
        for (k, of_type) in (1..).zip(types) {
            of_type.groups.build(&scratch.keys[k - 1], self.rows[k], &mut scratch.grouping);
            of_type.groups.find_places(centres.len());
            weigh(&scratch.carried, self.rows.len(), k, &mut of_type.weights);
            of_type.first_image = first_image;
            first_image += of_type.groups.len();
        }
        let items = &mut scratch.structural_items;
        items.clear();
        for (place, &item) in centres.rows.iter().enumerate() {
            items.push(item);
            for &occurrence in centres.entries_at(place) {
                items.extend_from_slice(batch.struct_negatives_of(occurrence as usize));
            }
        }
        gradients.build(items, self.rows[0], &mut scratch.grouping);
    }

    /// Makes `carried` [items x K] what `items` carry, and `keys` [K - 1][items] their rows in each attribute's table.
    fn look_up_rows(&self, items: &[u32], carried: &mut Vec<(u32, f32)>, keys: &mut Vec<Vec<u32>>) {
        keys.resize_with(self.rows.len() - 1, Vec::new);
        carried.clear();
        for &item in items {
            carried.extend_from_slice(self.carried.by(item));
        }
        for (k, keys) in (1..).zip(keys) {
            keys.clear();
            keys.extend(carried.iter().skip(k).step_by(self.rows.len()).map(|&(row, _)| row));
        }
    }
}

/// Makes `weights` those in type `k` of `types` of what some items carry.
fn weigh(carried: &[(u32, f32)], types: usize, k: usize, weights: &mut Vec<f32>) {
    weights.clear();
    weights.extend(carried.iter().skip(k).step_by(types).map(|&(_, weight)| weight));
}

impl StructurePlan {
    /// Finds how the two terms' gradients of the target rows meet; `centre` is the pair term's side.
    fn join(&mut self, centre: &SidePlan) {
        let Together { items, pair_offsets, item_offsets, image_offsets } = &mut self.together;
        merge(&centre.items.rows, &self.gradients.rows, items);
        for (groups, offsets) in [(&centre.items, pair_offsets), (&self.gradients, item_offsets)] {
            offsets.clear();
            offsets.extend(places_among(&groups.rows, items).map(|place| groups.offsets[place]));
        }
        image_offsets.resize_with(self.types.len(), Vec::new);
        for ((of_type, all), offsets) in self.types.iter().zip(&centre.attributes).zip(image_offsets) {
            offsets.clear();
            offsets.extend(places_among(&of_type.groups.rows, &all.rows).map(|place| place as u32));
        }
    }
}

/// Makes `merged` the rising rows that are in `a`, in `b` or in both, which rise too.
fn merge(mut a: &[u32], mut b: &[u32], merged: &mut Vec<u32>) {
    merged.clear();
    while let (Some(&first), Some(&second)) = (a.first(), b.first()) {
        merged.push(first.min(second));
        a = &a[usize::from(first <= second)..];
        b = &b[usize::from(second <= first)..];
    }
    merged.extend_from_slice(a);
    merged.extend_from_slice(b);
}

/// How many of `some` come before each of `rows`, which holds all of them, and in the end how many there are. Both rise.
fn places_among<'a>(some: &'a [u32], rows: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
    let mut place = 0;
    let before = rows.iter().map(move |row| {
        let before = place;
        place += usize::from(some.get(place) == Some(row));
        before
    });
    before.chain(std::iter::once(some.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_two_terms_are_merged_and_found_again() {
        let (mut merged, first, second) = (vec![3], [1, 4, 7], [2, 4, 9]);
        merge(&first, &second, &mut merged);
        assert_eq!(merged, [1, 2, 4, 7, 9]);
        assert!(places_among(&first, &merged).eq([0, 1, 1, 2, 3, 3]));
        assert!(places_among(&second, &merged).eq([0, 0, 1, 2, 2, 3]));
        merge(&[], &second, &mut merged);
        assert_eq!(merged, second);
        assert!(places_among(&[], &merged).eq([0; 4]));
    }
}
