//! Composed vectors: an item's weighted vectors of all types, end to end, so that eq. 7 is one dot product.

use crate::dataset::ItemAttributes;

use super::groups::NONE;
use super::table::{Table, floats_mut, lanes_of};
use crate::simd::{Kernel, Lane, Simd, WIDTH};

// Items between the one whose rows are asked for and the one that is composed.
const AHEAD: usize = 3;

/// [`ItemAttributes`] by type, as the passes over one type read them.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// [K][items] the row of each type's table; [`NONE`] where absent.
    pub ids: Vec<Vec<u32>>,
    /// [K][items] `w_ik` of MODEL.md.
    pub weights: Vec<Vec<f32>>,
}

impl Columns {
    /// The columns of `attributes`.
    #[must_use]
    pub fn new(attributes: &ItemAttributes) -> Self {
        const { assert!(ItemAttributes::MISSING == NONE) };
        Self {
            ids: attributes.ids.columns().into_iter().map(|column| column.to_vec()).collect(),
            weights: attributes.weights.columns().into_iter().map(|column| column.to_vec()).collect(),
        }
    }
}

/// Where each type's slice lies in a composed vector.
#[derive(Debug, Clone)]
pub struct Layout {
    /// [K] dimensions.
    pub dims: Vec<usize>,
    /// [K] first float of each slice.
    pub offsets: Vec<usize>,
    /// [K] all bits set in the floats of a slice's last lane that belong to it.
    pub masks: Vec<Lane>,
    /// Lanes of a composed vector: whole registers.
    pub lanes: usize,
}

impl Layout {
    /// Slices of these widths, end to end, and what is missing to whole registers of `register_lanes` lanes.
    #[must_use]
    pub fn new(dims: Vec<usize>, register_lanes: usize) -> Self {
        let mut width = 0;
        let offsets = dims
            .iter()
            .map(|dim| {
                width += dim;
                width - dim
            })
            .collect();
        let masks = dims.iter().map(|&dim| last_lane_mask(dim)).collect();
        Self { dims, offsets, masks, lanes: lanes_of(width).next_multiple_of(register_lanes) }
    }
}

fn last_lane_mask(dims: usize) -> Lane {
    let used = dims - lanes_of(dims).saturating_sub(1) * WIDTH;
    Lane(std::array::from_fn(|i| f32::from_bits(if i < used { u32::MAX } else { 0 })))
}

/// Composes the vectors of some items.
pub struct ComposeTask<'a> {
    /// The items.
    pub items: &'a [u32],
    /// [K] one side's tables.
    pub tables: &'a [&'a Table],
    /// What the items carry.
    pub columns: &'a Columns,
    /// Where the slices go.
    pub layout: &'a Layout,
    /// [items x lanes] becomes their vectors.
    pub out: &'a mut [Lane],
}

impl Kernel for ComposeTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { items, tables, columns, layout, out } = self;
        let last = layout.dims.len() - 1;
        for (index, (&item, row)) in items.iter().zip(out.chunks_exact_mut(layout.lanes)).enumerate() {
            if let Some(&next) = items.get(index + AHEAD) {
                for (k, table) in tables.iter().enumerate() {
                    let id = columns.ids[k][next as usize];
                    if id != NONE {
                        s.prefetch(table.row(id as usize));
                    }
                }
            }
            let row = floats_mut(row);
            for (k, table) in tables.iter().enumerate() {
                let slice = &mut row[layout.offsets[k]..];
                let id = columns.ids[k][item as usize];
                if id == NONE {
                    slice[..layout.dims[k]].fill(0.0);
                    continue;
                }
                let weight = s.splat(columns.weights[k][item as usize]);
                // A last lane's padding spills into the next slice, which is written after it.
                let (whole, rest) = slice.as_chunks_mut::<WIDTH>();
                let from = table.row(id as usize);
                for (to, from) in whole.iter_mut().zip(from) {
                    s.store_array(to, s.mul(weight, s.load(from)));
                }
                if let Some(from) = from.get(whole.len()) {
                    for (to, from) in rest.iter_mut().zip(from.0) {
                        *to = columns.weights[k][item as usize] * from;
                    }
                }
            }
            row[layout.offsets[last] + layout.dims[last]..].fill(0.0);
        }
    }
}
