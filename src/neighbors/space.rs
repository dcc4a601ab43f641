//! Item space, where vectors of different types can be compared.

use ndarray::Array2;

use crate::embedding::Model;

/// The vectors of type `type_index` in item space, [D_k, m_1]: E_1 itself for items, `E_k M_k^T` for an attribute
/// (MODEL.md, "Across types").
///
/// # Panics
/// If there is no such type.
#[must_use]
pub fn item_space(model: &Model, type_index: usize) -> Array2<f32> {
    todo!("{model:?} {type_index}")
}
