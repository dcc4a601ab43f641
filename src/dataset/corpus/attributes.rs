//! Which IDs an item carries, and how much each counts.

use ndarray::Array2;

/// The IDs of every trained item and their weights in the pair term.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemAttributes {
    /// `[D_1, K]`: the row of each type's table; column 0 is the item itself; [`Self::MISSING`] where absent.
    pub ids: Array2<u32>,
    /// `[D_1, K]`: `w_ik` of MODEL.md; 0 where the attribute is missing.
    pub weights: Array2<f32>,
}

impl ItemAttributes {
    /// Stands where an item lacks an attribute.
    pub const MISSING: u32 = u32::MAX;

    /// Number of items, `D_1`.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.ids.nrows()
    }

    /// Number of ID types, K.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.ids.ncols()
    }
}
