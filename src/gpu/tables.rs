//! Model and optimiser memory, between arrays on the host and padded buffers.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::embedding::Model;
use crate::objective::{BackendError, Optimizer};

use super::layout::{LANES, Layout, TypeShape, pack, total_rows, total4, unpack};
use super::program::{Slot, Slot::*};

/// One of the three sets of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSet {
    /// Its name in a saved state.
    pub name: &'static str,
    /// Its values.
    pub values: Slot,
    /// First moments or accumulators.
    pub first: Slot,
    /// Second moments.
    pub second: Slot,
}

/// Target tables, context tables, transfer matrices.
pub const TABLE_SETS: [TableSet; 3] = [
    TableSet { name: "target", values: Target, first: TargetFirst, second: TargetSecond },
    TableSet { name: "context", values: Context, first: ContextFirst, second: ContextSecond },
    TableSet { name: "transfer", values: Transfer, first: TransferFirst, second: TransferSecond },
];

impl TableSet {
    /// The shapes of its types in `layout`.
    #[must_use]
    pub fn shapes(self, layout: &Layout) -> &[TypeShape] {
        if self.values == Transfer { &layout.transfer } else { &layout.tables }
    }

    /// Rows of type `kind`, without padding.
    #[must_use]
    pub fn rows(self, layout: &Layout, kind: usize) -> usize {
        match (self.values == Transfer, kind) {
            (true, 0) => 0,
            (true, _) => layout.tables[0].width as usize,
            (false, _) => layout.dictionary[kind],
        }
    }

    /// Bytes of its values.
    #[must_use]
    pub fn bytes(self, layout: &Layout) -> u64 {
        total4(self.shapes(layout)) * LANES as u64 * 4
    }

    /// `model`'s tables of this set in one padded buffer.
    #[must_use]
    pub fn pack(self, layout: &Layout, model: &Model) -> Vec<f32> {
        let none = Array2::zeros((0, 0));
        let tables: Vec<&Array2<f32>> = match self.values {
            Target => model.target.iter().collect(),
            Context => model.context.iter().collect(),
            _ => std::iter::once(&none).chain(&model.transfer).collect(),
        };
        pack(self.shapes(layout), &tables)
    }
}

/// The model whose padded tables are given in the order of [`TABLE_SETS`].
#[must_use]
pub fn unpack_model(layout: &Layout, packed: &[Vec<f32>; 3]) -> Model {
    let [target, context, transfer] = [0, 1, 2].map(|set| {
        let table_set = TABLE_SETS[set];
        let shapes = table_set.shapes(layout);
        (0..shapes.len()).map(|k| unpack(&shapes[k], table_set.rows(layout, k), &packed[set])).collect::<Vec<_>>()
    });
    Model { target, context, transfer: transfer.into_iter().skip(1).collect() }
}

/// One buffer of the optimiser's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What it remembers: "`first_moment`", "`second_moment`", "`mean_square`".
    pub name: &'static str,
    /// Whose tables it belongs to.
    pub tables: TableSet,
    /// Where it lies.
    pub slot: Slot,
    /// Whether it keeps one number a row instead of one an element.
    pub by_row: bool,
}

impl Memory {
    /// All buffers that `optimizer` remembers.
    #[must_use]
    pub fn of(optimizer: Optimizer) -> Vec<Self> {
        let memory = |name, tables, slot, by_row| Self { name, tables, slot, by_row };
        TABLE_SETS
            .into_iter()
            .flat_map(|set| match optimizer {
                Optimizer::Adam | Optimizer::AdamLazy => {
                    vec![memory("first_moment", set, set.first, false), memory("second_moment", set, set.second, false)]
                }
                Optimizer::AdagradRow => vec![memory("mean_square", set, set.first, true)],
                Optimizer::Sgd => Vec::new(),
            })
            .collect()
    }

    /// Floats of the buffer.
    #[must_use]
    pub fn floats(self, layout: &Layout) -> usize {
        let shapes = self.tables.shapes(layout);
        if self.by_row { total_rows(shapes) as usize } else { total4(shapes) as usize * LANES }
    }

    /// The buffer's contents as named tensors, padding dropped.
    #[must_use]
    pub fn save(self, layout: &Layout, packed: &[f32]) -> Vec<(String, Vec<f32>)> {
        self.kinds(layout)
            .map(|(kind, shape, rows)| {
                let values = if self.by_row {
                    packed.iter().copied().skip(shape.row_start as usize).take(rows).collect()
                } else {
                    unpack(shape, rows, packed).into_iter().collect()
                };
                (self.tensor_name(kind), values)
            })
            .collect()
    }

    /// The buffer's contents from named tensors.
    ///
    /// # Errors
    /// [`BackendError::StateMismatch`] if one is missing or of another size.
    pub fn load(self, layout: &Layout, tensors: &BTreeMap<String, Vec<f32>>) -> Result<Vec<f32>, BackendError> {
        let mut packed = vec![0.0; self.floats(layout)];
        for (kind, shape, rows) in self.kinds(layout) {
            let name = self.tensor_name(kind);
            let width = if self.by_row { 1 } else { shape.width as usize };
            let mismatch = |message: String| BackendError::StateMismatch { message };
            let values = tensors.get(&name).ok_or_else(|| mismatch(format!("it has no {name}")))?;
            if values.len() != rows * width {
                return Err(mismatch(format!("{name} has {} numbers, not {}", values.len(), rows * width)));
            }
            let (start, stride) = if self.by_row {
                (shape.row_start as usize, 1)
            } else {
                (shape.table4 as usize * LANES, shape.width4 as usize * LANES)
            };
            for (row, from) in values.chunks_exact(width.max(1)).enumerate() {
                let at = start + row * stride;
                packed[at..at + width].copy_from_slice(from);
            }
        }
        Ok(packed)
    }

    fn tensor_name(self, kind: usize) -> String {
        format!("{}/{}/{kind}", self.name, self.tables.name)
    }

    fn kinds(self, layout: &Layout) -> impl Iterator<Item = (usize, &TypeShape, usize)> {
        let first = usize::from(self.tables.values == Transfer);
        let shapes = self.tables.shapes(layout);
        (first..shapes.len()).map(move |kind| (kind, &shapes[kind], self.tables.rows(layout, kind)))
    }
}

/// Whether `model` has the shapes of `layout`.
///
/// # Errors
/// [`BackendError::StateMismatch`] naming what differs.
pub fn check_shapes(layout: &Layout, model: &Model) -> Result<(), BackendError> {
    let given = Layout::of(model);
    let widths = |layout: &Layout| layout.tables.iter().map(|shape| shape.width).collect::<Vec<_>>();
    let mismatch = |message: String| Err(BackendError::StateMismatch { message });
    if given.dictionary != layout.dictionary {
        return mismatch(format!("its types have {:?} IDs, not {:?}", given.dictionary, layout.dictionary));
    }
    if widths(&given) != widths(layout) {
        return mismatch(format!("its types have {:?} dimensions, not {:?}", widths(&given), widths(layout)));
    }
    let context = model.context.iter().zip(&model.target).all(|(context, target)| context.dim() == target.dim());
    let item = layout.tables.first().map_or(0, |shape| shape.width as usize);
    let transfer =
        model.transfer.iter().zip(&layout.tables[1..]).all(|(m, shape)| m.dim() == (item, shape.width as usize));
    let counts = model.context.len() == model.target.len() && model.transfer.len() + 1 == model.target.len();
    if !(context && transfer && counts) {
        return mismatch("its context tables or transfer matrices have other shapes".to_owned());
    }
    Ok(())
}
