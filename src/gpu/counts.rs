//! How many rows, terms and sums a batch has: exactly, from its plan, or as expected from hyperparameters.

use super::layout::{Layout, TypeShape};
use super::plan::{BatchPlan, SEGMENT, SidePlan, StructurePlan};

/// What a batch has of everything that moves bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BatchCounts {
    /// (centre, context) pairs.
    pub pairs: f64,
    /// Pairs and negatives.
    pub terms: f64,
    /// The centre side.
    pub target: SideCounts,
    /// The side of contexts and negatives.
    pub context: SideCounts,
    /// The structural term.
    pub structure: StructureCounts,
}

/// What one side of the pair term has.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SideCounts {
    /// Distinct items.
    pub items: f64,
    /// Segments of terms.
    pub segments: f64,
    /// Segments of items that have several.
    pub heavy_items: f64,
    /// Terms in those.
    pub heavy_item_terms: f64,
    /// Parts of attributes that have several.
    pub heavy_parts: f64,
    /// Entries in those.
    pub heavy_entries: f64,
    /// `vec4`s of `heavy_parts`.
    pub heavy_parts4: f64,
    /// `vec4`s of `heavy_entries`.
    pub heavy_entries4: f64,
    /// The rows that move.
    pub rows: RowCounts,
}

/// What the update of touched rows sums.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowCounts {
    /// Touched rows of all types.
    pub rows: f64,
    /// Their `vec4`s.
    pub rows4: f64,
    /// Items summed at once.
    pub items: f64,
    /// Their terms.
    pub item_terms: f64,
    /// Entries (segments of terms) of attributes summed at once.
    pub entries: f64,
    /// Their `vec4`s.
    pub entries4: f64,
    /// `vec4`s of the parts made beforehand.
    pub parts4: f64,
    /// `vec4`s of the structural term's sums.
    pub structure4: f64,
}

/// What the structural term has.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StructureCounts {
    /// Logits.
    pub terms: f64,
    /// Items against images.
    pub components: f64,
    /// Images of attributes.
    pub images: f64,
    /// `vec4`s of the attributes with an image.
    pub images4: f64,
    /// `vec4`s of the transfer matrix of each image.
    pub matrices4: f64,
    /// Segments of components by item.
    pub item_segments: f64,
    /// Segments of components by image.
    pub image_segments: f64,
    /// `vec4`s of the parts of the transfer matrices' gradients.
    pub transfer_parts4: f64,
}

impl BatchCounts {
    /// Those of `plan`, exactly.
    #[must_use]
    pub fn of(layout: &Layout, plan: &BatchPlan) -> Self {
        Self {
            pairs: plan.signs.iter().filter(|sign| **sign > 0.0).count() as f64,
            terms: plan.left.len() as f64,
            target: SideCounts::of(layout, &plan.target, &plan.structure),
            context: SideCounts::of(layout, &plan.context, &StructurePlan::empty(layout.tables.len())),
            structure: StructureCounts::of(layout, &plan.structure),
        }
    }
}

impl SideCounts {
    fn of(layout: &Layout, side: &SidePlan, structure: &StructurePlan) -> Self {
        let touched = &side.touched;
        let terms = |segment: u32| {
            let at = segment as usize;
            f64::from(side.terms.segment_starts[at + 1] - side.terms.segment_starts[at])
        };
        let mut counts = Self {
            items: side.items.len() as f64,
            segments: side.terms.segment_count() as f64,
            heavy_items: touched.heavy_items.len() as f64,
            heavy_item_terms: touched.heavy_items.iter().map(|&segment| terms(segment)).sum(),
            rows: RowCounts::of(layout, side, structure),
            ..Self::default()
        };
        for part in touched.heavy.chunks_exact(2) {
            let (at, width4) = (part[0] as usize, f64::from(layout.tables[part[1] as usize].width4));
            let entries = f64::from(touched.sources.segment_starts[at + 1] - touched.sources.segment_starts[at]);
            counts.heavy_parts += 1.0;
            counts.heavy_parts4 += width4;
            counts.heavy_entries += entries;
            counts.heavy_entries4 += entries * width4;
        }
        counts
    }
}

impl RowCounts {
    fn of(layout: &Layout, side: &SidePlan, structure: &StructurePlan) -> Self {
        let touched = &side.touched;
        let terms = |segment: u32| {
            let at = segment as usize;
            f64::from(side.terms.segment_starts[at + 1] - side.terms.segment_starts[at])
        };
        let mut counts = Self::default();
        let mut kind = 0;
        for (row, sources) in touched.sources.row_segments.windows(2).enumerate() {
            while row >= touched.starts[2 * kind + 2] as usize {
                kind += 1;
            }
            let width4 = f64::from(layout.tables[kind].width4);
            counts.rows += 1.0;
            counts.rows4 += width4;
            let bounds = &touched.sources.segment_starts;
            let entries = bounds[sources[0] as usize] as usize..bounds[sources[1] as usize] as usize;
            let parts = if kind == 0 { entries.len() } else { (sources[1] - sources[0]) as usize };
            if parts > 1 {
                counts.parts4 += parts as f64 * width4;
            } else if kind == 0 {
                counts.items += entries.len() as f64;
                counts.item_terms +=
                    touched.sources.entries[entries].iter().map(|&segment| terms(segment)).sum::<f64>();
            } else {
                counts.entries += entries.len() as f64;
                counts.entries4 += entries.len() as f64 * width4;
            }
        }
        counts.structure4 = structure.by_item.segment_count() as f64 * f64::from(layout.item4());
        counts.structure4 += images4(layout, structure);
        counts
    }
}

impl StructureCounts {
    fn of(layout: &Layout, plan: &StructurePlan) -> Self {
        let of_image = |vec4s: &dyn Fn(&TypeShape) -> u32| -> f64 {
            plan.slot_types.iter().map(|&kind| f64::from(vec4s(&layout.transfer[kind as usize]))).sum()
        };
        let matrix4 = |shape: &TypeShape| shape.rows * shape.width4;
        Self {
            terms: plan.term_count() as f64,
            components: plan.component_slots.len() as f64,
            images: plan.slot_count() as f64,
            images4: images4(layout, plan),
            matrices4: of_image(&matrix4),
            item_segments: plan.by_item.segment_count() as f64,
            image_segments: plan.by_slot.segment_count() as f64,
            transfer_parts4: plan
                .transfer_parts
                .chunks_exact(3)
                .map(|part| f64::from(matrix4(&layout.transfer[part[0] as usize])))
                .sum(),
        }
    }
}

fn images4(layout: &Layout, plan: &StructurePlan) -> f64 {
    plan.slot_types.iter().map(|&kind| f64::from(layout.tables[kind as usize].width4)).sum()
}

/// Hyperparameters and widths from which a batch's counts can be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedBatch {
    /// Centres, N (`batch_size`).
    pub centres: f64,
    /// Contexts a centre: twice the window, fewer near the ends of sequences.
    pub contexts: f64,
    /// Negatives a centre: contexts times S with `negative_sharing` "pair", S' if a window or group shares them.
    pub negatives: f64,
    /// Centres that share negatives (1 with "pair" and "window").
    pub group: f64,
    /// Centres that carry the structural term (`struct_share` of them).
    pub struct_centres: f64,
    /// Structural negatives of each of these, R.
    pub struct_negatives: f64,
    /// Logits of the structural term a centre and item: 0 (no structural term), 1 (joint), K - 1 (per type).
    pub struct_logits: f64,
}

impl BatchCounts {
    /// The counts expected if items are drawn evenly and every item has every attribute. Real items are not drawn evenly, so
    /// a batch has fewer distinct rows: these are upper bounds of what is moved for rows, and exact for terms.
    #[must_use]
    pub fn expected(layout: &Layout, batch: &ExpectedBatch) -> Self {
        let ExpectedBatch { centres, contexts, negatives, group, struct_negatives, struct_logits, .. } = *batch;
        let pairs = centres * contexts;
        let terms = pairs + centres * negatives;
        // Draws of items: a negative shared by a group is drawn once for it.
        let drawn = pairs + centres * negatives / group;
        let types = layout.tables.len() as f64;
        let attributes = types - 1.0;
        let struct_centres = if struct_logits > 0.0 { batch.struct_centres } else { 0.0 };
        let structural = struct_centres * (1.0 + struct_negatives);
        let components = structural * attributes;
        let mut structure = StructureCounts {
            terms: structural * struct_logits,
            components,
            item_segments: segments(distinct(layout.dictionary[0], structural), components),
            ..StructureCounts::default()
        };
        if attributes == 0.0 {
            structure = StructureCounts::default();
        }
        for (kind, matrix) in layout.transfer.iter().enumerate().skip(1) {
            let images = distinct(layout.dictionary[kind], struct_centres);
            structure.images += images;
            structure.images4 += images * f64::from(matrix.width4);
            structure.matrices4 += images * f64::from(matrix.rows * matrix.width4);
            structure.image_segments += segments(images, structural);
            structure.transfer_parts4 += (images / f64::from(SEGMENT)).ceil() * f64::from(matrix.rows * matrix.width4);
        }
        let structure4 = structure.item_segments * f64::from(layout.item4()) + structure.images4;
        let touched = if structure.components > 0.0 { struct_centres * struct_negatives } else { 0.0 };
        Self {
            pairs,
            terms,
            target: SideCounts::expected(layout, centres, terms, touched, structure4),
            context: SideCounts::expected(layout, drawn, terms, 0.0, 0.0),
            structure,
        }
    }
}

impl SideCounts {
    /// Of a side with `drawn` items for `terms` terms; the structural term draws `structural` more items and adds
    /// `structure4` `vec4`s of sums.
    fn expected(layout: &Layout, drawn: f64, terms: f64, structural: f64, structure4: f64) -> Self {
        let items = distinct(layout.dictionary[0], drawn);
        let mut rows = RowCounts { items, item_terms: terms, structure4, ..RowCounts::default() };
        for (kind, shape) in layout.tables.iter().enumerate() {
            let also = if kind == 0 { structural } else { 0.0 };
            let touched = distinct(layout.dictionary[kind], drawn + also);
            rows.rows += touched;
            rows.rows4 += touched * f64::from(shape.width4);
            if kind > 0 {
                rows.entries += items;
                rows.entries4 += items * f64::from(shape.width4);
            }
        }
        Self { items, segments: segments(items, terms), rows, ..Self::default() }
    }
}

/// How many of `all` are drawn at least once in `draws` even draws.
fn distinct(all: usize, draws: f64) -> f64 {
    let all = all as f64;
    if all == 0.0 || draws == 0.0 { 0.0 } else { all * -(draws * (-1.0 / all).ln_1p()).exp_m1() }
}

/// Segments of `entries` entries of `rows` rows, about: each row has one at least.
fn segments(rows: f64, entries: f64) -> f64 {
    rows.max(entries / f64::from(SEGMENT))
}
