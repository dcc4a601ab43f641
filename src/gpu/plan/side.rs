//! One side of the pair term: its items, which terms each sums, and which table rows it touches.

use super::presence::Presence;
use super::{Grouping, NONE, Planner, StructurePlan};
use crate::gpu::layout::total_rows;

/// The centre side (target tables) or the side of contexts and negatives (context tables).
#[derive(Debug, Clone, PartialEq)]
pub struct SidePlan {
    /// `[items]` the distinct items, in order of first appearance.
    pub items: Vec<u32>,
    /// Terms by item.
    pub terms: Grouping,
    /// The rows that move.
    pub touched: TouchedRows,
}

/// Table rows with a gradient, by type, each in order of first appearance.
#[derive(Debug, Clone, PartialEq)]
pub struct TouchedRows {
    /// [2(K + 1)] first index in `rows` and first `vec4` of the gradients of each type, then both totals.
    pub starts: Vec<u32>,
    /// `[rows]` the row in its type's table.
    pub rows: Vec<u32>,
    /// Segments of [`SidePlan::terms`] by touched row: an item's own, and those of all items with an attribute.
    pub sources: Grouping,
    /// [entries of `sources`] `w_ik`, the item's weight of the row's type.
    pub weights: Vec<f32>,
    /// Segments of [`SidePlan::terms`] that belong to items with more than one: each is summed beforehand, into a part.
    pub heavy_items: Vec<u32>,
    /// [2 x heavy] segments of `sources` that belong to attributes with more than one, each with its type: they are
    /// summed beforehand, into parts behind those of `heavy_items`.
    pub heavy: Vec<u32>,
    /// `[rows]` the first of the row's parts, or [`NONE`] where the row is summed at once.
    pub partials: Vec<u32>,
    /// `[rows]` the row's index among the structural term's items (type 0) or images, or [`NONE`].
    pub structure: Vec<u32>,
    /// A bit for each row of all types, set where it is touched; empty unless the optimiser moves all rows.
    pub marks: Vec<u32>,
}

impl TouchedRows {
    /// `vec4`s of all their gradients.
    #[must_use]
    pub fn elements(&self) -> u32 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Parts summed beforehand.
    #[must_use]
    pub fn part_count(&self) -> usize {
        self.heavy_items.len() + self.heavy.len() / 2
    }

    /// Number of types, K.
    #[must_use]
    pub fn type_count(&self) -> usize {
        (self.starts.len() / 2).saturating_sub(1)
    }

    /// The touched rows of one type.
    #[must_use]
    pub fn rows_of(&self, kind: usize) -> &[u32] {
        &self.rows[self.starts[2 * kind] as usize..self.starts[2 * kind + 2] as usize]
    }
}

impl Planner {
    /// The plan of one side whose terms hold `term_items` against `partners`, and each term's index among the side's
    /// items.
    pub(super) fn side_plan(
        &mut self,
        term_items: &[u32],
        partners: &[u32],
        structure: Option<&StructurePlan>,
    ) -> (SidePlan, Vec<u32>) {
        let mut items = Vec::new();
        self.numbering.begin();
        let local: Vec<u32> = term_items.iter().map(|&item| self.numbering.of(item, || items.push(item))).collect();
        let terms = Grouping::new(&local, |term| term as u32, items.len());
        let scored = self.presence.of_partners(&local, partners, items.len());
        let touched = self.touched_rows(&items, &terms, &scored, structure);
        (SidePlan { items, terms, touched }, local)
    }

    fn touched_rows(
        &mut self,
        items: &[u32],
        terms: &Grouping,
        scored: &Presence,
        structure: Option<&StructurePlan>,
    ) -> TouchedRows {
        let types = self.layout.tables.len();
        let mut starts = Vec::with_capacity(2 * types + 2);
        let (mut rows, mut structural) = (Vec::new(), Vec::new());
        let marked_rows = if self.dense { total_rows(&self.layout.tables) } else { 0 };
        let mut marks = vec![0; marked_rows.div_ceil(32) as usize];
        let (mut keys, mut segments, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let mut elements = 0;
        for kind in 0..types {
            let first = rows.len();
            starts.extend([first as u32, elements]);
            self.numbering.begin();
            for (index, (item, range)) in items.iter().zip(terms.row_segments.windows(2)).enumerate() {
                // eq. 7 skips a type that either item lacks, so it has no gradient there and a lazy row must not move.
                let Some(id) = self.id(*item, kind).filter(|_| scored.has(index, kind)) else { continue };
                let row = first as u32 + self.numbering.of(id, || rows.push(id));
                keys.extend((range[0]..range[1]).map(|_| row));
                segments.extend(range[0]..range[1]);
                weights.resize(segments.len(), self.weights[*item as usize * types + kind]);
            }
            structural.resize(rows.len(), NONE);
            let marked: &[u32] = structure.map_or(&[], |structure| structure.rows_of(kind));
            let first_mark = structure.map_or(0, |structure| structure.first_of(kind));
            for (mark, &id) in (first_mark..).zip(marked) {
                let row = first + self.numbering.of(id, || rows.push(id)) as usize;
                structural.resize(rows.len(), NONE);
                structural[row] = mark;
            }
            elements += (rows.len() - first) as u32 * self.layout.tables[kind].width4;
            if self.dense {
                let start = self.layout.tables[kind].row_start;
                rows[first..].iter().for_each(|row| set_bit(&mut marks, start + row));
            }
        }
        starts.extend([rows.len() as u32, elements]);
        let mut sources = Grouping::new(&keys, |index| index as u32, rows.len());
        let weights = sources.entries.iter().map(|&index| weights[index as usize]).collect();
        sources.entries.iter_mut().for_each(|index| *index = segments[*index as usize]);
        let (heavy_items, heavy, partials) = heavy_segments(&sources, &starts);
        TouchedRows { starts, rows, sources, weights, heavy_items, heavy, partials, structure: structural, marks }
    }
}

fn set_bit(bits: &mut [u32], number: u32) {
    bits[number as usize / 32] |= 1 << (number % 32);
}

/// The segments of terms of items with more than one, the source segments of attributes with more than one, each with
/// its type, and each row's first part among both.
fn heavy_segments(sources: &Grouping, starts: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let (mut heavy_items, mut heavy) = (Vec::new(), Vec::new());
    let mut kind = 0;
    let mut partials = vec![NONE; sources.row_count()];
    for (row, range) in sources.row_segments.windows(2).enumerate() {
        while row >= starts[2 * kind + 2] as usize {
            kind += 1;
        }
        let entries = sources.segment_starts[range[0] as usize]..sources.segment_starts[range[1] as usize];
        if kind == 0 && entries.len() > 1 {
            partials[row] = heavy_items.len() as u32;
            heavy_items.extend_from_slice(&sources.entries[entries.start as usize..entries.end as usize]);
        } else if kind > 0 && range[1] - range[0] > 1 {
            // All items come before the attributes.
            partials[row] = (heavy_items.len() + heavy.len() / 2) as u32;
            heavy.extend((range[0]..range[1]).flat_map(|segment| [segment, kind as u32]));
        }
    }
    (heavy_items, heavy, partials)
}
