//! The skip-gram term: logits, loss, and the gradients of centre and context rows, unit by unit.

use crate::objective::{Batch, Negatives};

use super::simd::{Kernel, Lane, Simd};
use super::tile::Tile;
use super::units::{Unit, Units};

/// Where both sides' rows lie. Rows of both have the same number of lanes.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Lanes of a row.
    pub lanes: usize,
    /// Rows of the centre side.
    pub centres: &'a [Lane],
    /// [N] the row of each centre.
    pub centre_rows: &'a [u32],
    /// Rows of the context side.
    pub contexts: &'a [Lane],
    /// [entries] the row of each entry.
    pub entry_rows: &'a [u32],
}

impl<'a> Rows<'a> {
    /// The row of centre `centre`.
    #[inline(always)]
    fn centre(&self, centre: usize) -> &'a [Lane] {
        &self.centres[self.centre_rows[centre] as usize * self.lanes..][..self.lanes]
    }
}

/// The pair term of some neighbouring units.
pub struct PairTask<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Its units.
    pub units: &'a Units,
    /// Those of this task.
    pub range: std::ops::Range<usize>,
    /// Where the rows are.
    pub rows: Rows<'a>,
    /// [the units' centres x lanes] becomes the gradient of each centre occurrence.
    pub centre_gradients: &'a mut [Lane],
    /// [the units' entries x lanes] becomes the gradient of each entry.
    pub entry_gradients: &'a mut [Lane],
    /// [the units] becomes the loss of each.
    pub losses: &'a mut [f64],
    /// The thread's memory.
    pub scratch: &'a mut PairScratch,
}

/// Memory of a thread for one unit.
#[derive(Debug, Clone, Default)]
pub struct PairScratch {
    tile: Tile,
    /// [the unit's positives] place in the tile, plus 1; 0 = not in it.
    slots: Vec<u32>,
}

impl Kernel for PairTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        self.centre_gradients.fill(Lane::default());
        self.entry_gradients.fill(Lane::default());
        let units = &self.units.units[self.range.clone()];
        let (Some(first), lanes) = (units.first(), self.rows.lanes) else { return };
        let (first_centre, first_entry) = (first.first_centre, first.first_entry);
        for (index, unit) in units.iter().enumerate() {
            let centre = (unit.first_centre - first_centre) as usize * lanes;
            let entry = (unit.first_entry - first_entry) as usize * lanes;
            self.losses[index] = self.unit(s, unit, centre, entry);
        }
    }
}

impl PairTask<'_> {
    /// One unit, its gradients at those lanes of the task's.
    #[inline(always)]
    fn unit<S: Simd>(&mut self, s: S, unit: &Unit, centre_at: usize, entry_at: usize) -> f64 {
        let lanes = self.rows.lanes;
        let mut loss = s.splat(0.0);
        let centres = unit.first_centre as usize..(unit.first_centre + unit.centres) as usize;
        self.scratch.slots.clear();
        self.scratch.slots.resize(unit.positives as usize, 0);
        let mut centre = centres.start;
        while centre < centres.end {
            let gradient_at = centre_at + (centre - centres.start) * lanes;
            if centre + 4 <= centres.end && self.collect_four(unit, centre) {
                loss = s.add(loss, self.four(s, centre, gradient_at, entry_at));
                if matches!(self.batch.negatives, Negatives::PerPair { .. }) {
                    for own in 0..4 {
                        self.collect_one(unit, centre + own, false);
                        loss = s.add(loss, self.one(s, centre + own, gradient_at + own * lanes, entry_at));
                    }
                }
                centre += 4;
            } else {
                self.collect_one(unit, centre, true);
                loss = s.add(loss, self.one(s, centre, gradient_at, entry_at));
                centre += 1;
            }
        }
        f64::from(s.sum(loss))
    }

    #[inline(always)]
    fn start(&self, unit: &Unit, place: u32) -> usize {
        self.rows.entry_rows[(unit.first_entry + place) as usize] as usize * self.rows.lanes
    }

    /// The weight of a shared negative for centre `centre`.
    #[inline(always)]
    fn shared_weight(&self, centre: usize, per_group: usize, negatives_per_pair: f32) -> f32 {
        let contexts = self.batch.pairs_of(centre).len() as f32;
        contexts * negatives_per_pair / per_group as f32 / self.batch.centre_count() as f32
    }

    /// Collects the contexts of four centres, and the negatives that they share, as one tile.
    ///
    /// False if the centres have so little in common that one by one is less work.
    #[inline(always)]
    fn collect_four(&mut self, unit: &Unit, centre: usize) -> bool {
        let once = 1.0 / self.batch.centre_count() as f32;
        self.scratch.tile.clear();
        let mut pairs = 0;
        for own in 0..4 {
            for pair in self.batch.pairs_of(centre + own) {
                let place = self.units.pair_entries[pair];
                let mut slot = self.scratch.slots[place as usize];
                if slot == 0 {
                    let start = self.start(unit, place);
                    self.scratch.tile.push(place, start, 4);
                    slot = self.scratch.tile.places.len() as u32;
                    self.scratch.slots[place as usize] = slot;
                }
                self.scratch.tile.positive[(slot as usize - 1) * 4 + own] += once;
                pairs += 1;
            }
        }
        for &place in &self.scratch.tile.places {
            self.scratch.slots[place as usize] = 0;
        }
        // A cell of a full tile costs little more than half of one that stands alone.
        let mut useful = pairs;
        let mut cells = self.scratch.tile.places.len() * 4;
        if let Negatives::Shared { per_group, negatives_per_pair, .. } = self.batch.negatives {
            useful += 4 * per_group;
            cells += 4 * per_group;
            for place in unit.positives..unit.entries {
                let start = self.start(unit, place);
                self.scratch.tile.push(place, start, 4);
            }
            let first = (self.scratch.tile.places.len() - per_group) * 4;
            for own in 0..4 {
                let weight = self.shared_weight(centre + own, per_group, negatives_per_pair);
                for negative in 0..per_group {
                    self.scratch.tile.negative[first + negative * 4 + own] = weight;
                }
            }
        }
        4 * cells <= 7 * useful
    }

    /// Collects one centre's negatives, and its contexts if asked, as one tile.
    #[inline(always)]
    fn collect_one(&mut self, unit: &Unit, centre: usize, contexts: bool) {
        let once = 1.0 / self.batch.centre_count() as f32;
        self.scratch.tile.clear();
        let pairs = self.batch.pairs_of(centre);
        if contexts {
            for pair in pairs.clone() {
                let place = self.units.pair_entries[pair];
                let start = self.start(unit, place);
                self.scratch.tile.push(place, start, 1);
            }
            self.scratch.tile.positive.fill(once);
        }
        let before = self.scratch.tile.places.len();
        let (places, weight) = match self.batch.negatives {
            Negatives::PerPair { per_pair, .. } => {
                let first_pair = self.batch.context_offsets[unit.first_centre as usize] as usize;
                let at = |pair: usize| unit.positives + ((pair - first_pair) * per_pair) as u32;
                (at(pairs.start)..at(pairs.end), once)
            }
            Negatives::Shared { per_group, negatives_per_pair, .. } => {
                (unit.positives..unit.entries, self.shared_weight(centre, per_group, negatives_per_pair))
            }
        };
        for place in places {
            let start = self.start(unit, place);
            self.scratch.tile.push(place, start, 1);
        }
        self.scratch.tile.negative[before..].fill(weight);
    }

    /// Loss and gradients of the collected tile of four centres.
    #[inline(always)]
    fn four<S: Simd>(&mut self, s: S, centre: usize, gradient_at: usize, entry_at: usize) -> S::V {
        let lanes = self.rows.lanes;
        let columns = std::array::from_fn(|own| self.rows.centre(centre + own));
        let gradient = &mut self.centre_gradients[gradient_at..][..4 * lanes];
        self.scratch.tile.four(s, columns, self.rows.contexts, gradient, &mut self.entry_gradients[entry_at..])
    }

    /// Loss and gradients of the collected tile of one centre.
    #[inline(always)]
    fn one<S: Simd>(&mut self, s: S, centre: usize, gradient_at: usize, entry_at: usize) -> S::V {
        let gradient = &mut self.centre_gradients[gradient_at..][..self.rows.lanes];
        let column = self.rows.centre(centre);
        self.scratch.tile.one(s, column, self.rows.contexts, gradient, &mut self.entry_gradients[entry_at..])
    }
}
