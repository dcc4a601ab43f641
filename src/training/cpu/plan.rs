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
    /// All rows are moved when all gradients are known.
    Together,
    /// The same, but a unit moves the rows that it alone uses. Rows are plain: items' own composed vectors.
    AtOnce,
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
    /// [K] where rows are moved together, occurrences by row of each type.
    pub groups: Vec<Groups>,
    /// Where units move the rows that they alone use, those that are moved later: of items that occur more than once.
    pub repeated: Repeated,
    /// [K] where threads race over rows that are not plain, which rows of each type the units move.
    pub unit_rows: Vec<UnitRows>,
    /// [occurrences x K] what each carries, in the order in which vectors are composed.
    carried: Vec<(u32, f32)>,
    /// [K] the weight of each occurrence; empty where all are 1.
    pub weights: Vec<Vec<f32>>,
}

impl SidePlan {
    /// The rows of type `k` that are moved when all gradients are known, rising, and where each one's partial gradients
    /// begin.
    pub fn moved_later(&self, manner: Manner, k: usize) -> (&[u32], &[u32]) {
        match manner {
            Manner::Together => (&self.groups[k].rows, &self.groups[k].offsets),
            Manner::AtOnce => (&self.repeated.rows, &self.repeated.offsets),
            Manner::Asynchronous => (&[], &[]),
        }
    }

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
        if self.structural {
            self.plan_structure(batch, structure, scratch);
        }
        if self.plain {
            self.plan_plain(&batch.centres, centre, &mut scratch.grouping);
            self.plan_plain(&units.entry_items, context, &mut scratch.grouping);
            return;
        }
        self.plan_composed(units, &batch.centres, Unit::range, centre, scratch);
        self.plan_composed(units, &units.entry_items, Unit::entry_range, context, scratch);
        if self.structural && self.manner != Manner::Asynchronous {
            structure.join((0..self.rows.len()).map(|k| centre.moved_later(self.manner, k)));
        }
    }

    fn unit_size(&self, batch: &Batch) -> usize {
        let size = unit_size(batch, self.lanes);
        match self.manner {
            Manner::Asynchronous if Sharing::of(batch).own_negatives => size.min(LONE_UNIT_CENTRES),
            Manner::Asynchronous | Manner::AtOnce => size.min(UNIT_CENTRES),
            Manner::Together => size,
        }
    }

    /// Plans one side whose rows are plain.
    fn plan_plain(&self, occurrences: &[u32], side: &mut SidePlan, scratch: &mut GroupingScratch) {
        side.groups.resize_with(1, Groups::default);
        match self.manner {
            Manner::Together => side.groups[0].build(occurrences, self.rows[0], scratch),
            Manner::AtOnce => side.repeated.build(occurrences, self.rows[0], scratch),
            Manner::Asynchronous => {}
        }
    }

    /// Plans one side whose vectors are composed, and whose occurrences in a unit `of` finds.
    fn plan_composed(
        &self,
        units: &Units,
        occurrences: &[u32],
        of: impl Fn(&Unit) -> Range<usize>,
        side: &mut SidePlan,
        scratch: &mut PlanScratch,
    ) {
        let types = self.rows.len();
        let SidePlan { groups, unit_rows, weights, carried, .. } = side;
        self.look_up_rows(occurrences, carried, &mut scratch.keys);
        weights.resize_with(types, Vec::new);
        for (k, weights) in weights.iter_mut().enumerate().filter(|&(k, _)| !self.uniform[k]) {
            weigh(carried, types, k, weights);
        }
        groups.resize_with(types, Groups::default);
        unit_rows.resize_with(types, UnitRows::default);
        let keys = std::iter::once(occurrences).chain(scratch.keys.iter().map(Vec::as_slice));
        for ((k, keys), &count) in keys.enumerate().zip(self.rows) {
            if self.manner == Manner::Asynchronous {
                unit_rows[k].build(units.units.iter().map(&of), keys.iter().copied(), count, &mut scratch.unit_rows);
            } else {
                groups[k].build(keys, count, &mut scratch.grouping);
            }
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
            weigh(&scratch.carried, self.rows.len(), k, &mut of_type.weights);
            of_type.find_images(centres.len(), first_image);
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
    /// Finds how the two terms' gradients of the target rows meet. `pair` has, of each type, the rows that the pair term's
    /// gradients move later and where each one's begin.
    fn join<'a>(&mut self, mut pair: impl Iterator<Item = (&'a [u32], &'a [u32])>) {
        let Together { items, pair_offsets, item_offsets, image_offsets } = &mut self.together;
        let (pair_items, offsets_of_pairs) = pair.next().unwrap_or_default();
        let Groups { rows, offsets, .. } = &self.gradients;
        merge(pair_items, rows, items);
        for (rows, from, offsets) in [(pair_items, offsets_of_pairs, pair_offsets), (rows, offsets, item_offsets)] {
            offsets.clear();
            offsets.extend(places_among(rows, items).map(|place| from[place]));
        }
        image_offsets.resize_with(self.types.len(), Vec::new);
        for ((of_type, (all, _)), offsets) in self.types.iter().zip(pair).zip(image_offsets) {
            offsets.clear();
            offsets.extend(places_among(&of_type.groups.rows, all).map(|place| place as u32));
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
