//! Where each type's rows lie in the buffers: padded to whole `vec4`s, all types of a side in one buffer.

use bytemuck::{Pod, Zeroable};
use ndarray::Array2;

use crate::embedding::Model;

/// Lanes of a `vec4<f32>`: rows are padded to a multiple of it, with zeros that stay zero under every optimiser.
pub const LANES: usize = 4;

/// Shape and place of one type's rows. Offsets that end in `4` count `vec4`s.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
pub struct TypeShape {
    /// Dimensions of a row, `m_k`, without padding.
    pub width: u32,
    /// `vec4`s of a row, ceil(`m_k` / 4).
    pub width4: u32,
    /// Rows, `D_k` (transfer matrices: `m_1` padded to a multiple of 4; 0 for type 0).
    pub rows: u32,
    /// Number of the first row, counted over all types.
    pub row_start: u32,
    /// Where the rows start in the buffer of all types.
    pub table4: u32,
    /// Where this type's slice starts in a composed vector.
    pub composed4: u32,
}

/// Words of a [`TypeShape`] in a shader's view.
pub const TYPE_WORDS: u32 = (size_of::<TypeShape>() / size_of::<u32>()) as u32;

/// Shapes of a model's tables on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// `[K]` target and context tables, which have the same shapes.
    pub tables: Vec<TypeShape>,
    /// `[K]` transfer matrices; type 0 has none, so its rows are 0.
    pub transfer: Vec<TypeShape>,
    /// `[K]` IDs of each type, `D_k`.
    pub dictionary: Vec<usize>,
}

impl Layout {
    /// The layout of `model`.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let (dims, dictionary) = (model.dims(), model.rows());
        let item_rows = dims.first().map_or(0, |width| width.next_multiple_of(LANES));
        let transfer_rows = |k: usize| if k == 0 { 0 } else { item_rows };
        Self {
            tables: shapes(dims.iter().zip(&dictionary).map(|(&width, &rows)| (width, rows))),
            transfer: shapes(dims.iter().enumerate().map(|(k, &width)| (width, transfer_rows(k)))),
            dictionary,
        }
    }

    /// Number of types, K.
    #[must_use]
    pub fn type_count(&self) -> u32 {
        self.tables.len() as u32
    }

    /// `vec4`s of a composed vector.
    #[must_use]
    pub fn composed4(&self) -> u32 {
        self.tables.iter().map(|shape| shape.width4).sum()
    }

    /// `vec4`s of a vector in item space.
    #[must_use]
    pub fn item4(&self) -> u32 {
        self.tables.first().map_or(0, |shape| shape.width4)
    }

    /// `vec4`s of a composed vector without the item's own.
    #[must_use]
    pub fn sums4(&self) -> u32 {
        self.composed4() - self.item4()
    }

    /// `vec4`s of the widest type's row.
    #[must_use]
    pub fn widest4(&self) -> u32 {
        self.tables.iter().map(|shape| shape.width4).max().unwrap_or(0)
    }

    /// `vec4`s of the largest transfer matrix.
    #[must_use]
    pub fn largest_transfer4(&self) -> u32 {
        self.transfer.iter().map(|shape| shape.rows * shape.width4).max().unwrap_or(0)
    }
}

/// `vec4`s of all rows of `shapes`.
#[must_use]
pub fn total4(shapes: &[TypeShape]) -> u64 {
    shapes.iter().map(|shape| u64::from(shape.rows) * u64::from(shape.width4)).sum()
}

/// Rows of all types of `shapes`.
#[must_use]
pub fn total_rows(shapes: &[TypeShape]) -> u64 {
    shapes.iter().map(|shape| u64::from(shape.rows)).sum()
}

/// [2(K + 1)] the first row and the first `vec4` of each type when every row is listed, then both totals.
#[must_use]
pub fn dense_starts(shapes: &[TypeShape]) -> Vec<u32> {
    let mut starts: Vec<u32> = shapes.iter().flat_map(|shape| [shape.row_start, shape.table4]).collect();
    starts.extend([total_rows(shapes) as u32, total4(shapes) as u32]);
    starts
}

/// Copies tables into one padded buffer.
#[must_use]
pub fn pack(shapes: &[TypeShape], tables: &[&Array2<f32>]) -> Vec<f32> {
    let mut packed = vec![0.0; total4(shapes) as usize * LANES];
    for (shape, table) in shapes.iter().zip(tables) {
        let stride = shape.width4 as usize * LANES;
        let from = shape.table4 as usize * LANES;
        for (to, row) in packed[from..].chunks_exact_mut(stride.max(1)).zip(table.rows()) {
            for (to, &value) in to.iter_mut().zip(row) {
                *to = value;
            }
        }
    }
    packed
}

/// The rows of one type in a padded buffer, padding dropped. Shape [`rows`, `m_k`].
#[must_use]
pub fn unpack(shape: &TypeShape, rows: usize, packed: &[f32]) -> Array2<f32> {
    let stride = shape.width4 as usize * LANES;
    let from = shape.table4 as usize * LANES;
    Array2::from_shape_fn((rows, shape.width as usize), |(row, column)| {
        packed.get(from + row * stride + column).copied().unwrap_or(0.0)
    })
}

fn shapes(types: impl Iterator<Item = (usize, usize)>) -> Vec<TypeShape> {
    let (mut row_start, mut table4, mut composed4) = (0, 0, 0);
    types
        .map(|(width, rows)| {
            let width4 = width.div_ceil(LANES) as u32;
            let rows = rows as u32;
            let shape = TypeShape { width: width as u32, width4, rows, row_start, table4, composed4 };
            row_start += rows;
            table4 = table4.wrapping_add(rows.wrapping_mul(width4));
            composed4 += width4;
            shape
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let table =
            |rows, width, from: f32| Array2::from_shape_fn((rows, width), |(r, c)| from + (r * width + c) as f32);
        Model {
            target: vec![table(3, 5, 1.0), table(2, 4, 100.0)],
            context: vec![table(3, 5, 200.0), table(2, 4, 300.0)],
            transfer: vec![table(5, 4, 400.0)],
        }
    }

    #[test]
    fn packing_and_unpacking_gives_the_same_tables() {
        let model = model();
        let layout = Layout::of(&model);
        let packed = pack(&layout.tables, &model.target.iter().collect::<Vec<_>>());
        assert_eq!(packed.len(), (3 * 8 + 2 * 4));
        assert_eq!(packed[5..8], [0.0; 3], "padding must be zero");
        for (k, table) in model.target.iter().enumerate() {
            assert_eq!(&unpack(&layout.tables[k], table.nrows(), &packed), table);
        }
        let empty = Array2::zeros((0, 5));
        let packed = pack(&layout.transfer, &[&empty, &model.transfer[0]]);
        assert_eq!(unpack(&layout.transfer[1], 5, &packed), model.transfer[0]);
    }

    #[test]
    fn dense_starts_end_with_the_totals() {
        let layout = Layout::of(&model());
        assert_eq!(dense_starts(&layout.tables), [0, 0, 3, 6, 5, 8]);
        assert_eq!(dense_starts(&layout.transfer), [0, 0, 0, 0, 8, 8], "m_1 = 5 is padded to 8 rows");
    }
}
