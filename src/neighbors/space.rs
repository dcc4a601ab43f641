//! Item space, where vectors of different types can be compared.

use ndarray::{Array1, Array2, ArrayView1};

use crate::embedding::Model;

/// The vectors of type `type_index` in item space, `[D_k, m_1]`: `E_1` itself for items, `E_k M_k^T` for an attribute
/// (MODEL.md, "Across types").
///
/// # Panics
/// If there is no such type.
#[must_use]
pub fn item_space(model: &Model, type_index: usize) -> Array2<f32> {
    match type_index.checked_sub(1) {
        None => model.target[0].clone(),
        Some(attribute) => model.target[type_index].dot(&model.transfer[attribute].t()),
    }
}

/// The image in item space, `[m_1]`, of one vector of type `type_index`, `[D_k]`.
///
/// # Panics
/// If there is no such type or the vector has another width than its type.
#[must_use]
pub fn item_space_of(model: &Model, type_index: usize, vector: ArrayView1<'_, f32>) -> Array1<f32> {
    match type_index.checked_sub(1) {
        None => vector.to_owned(),
        Some(attribute) => model.transfer[attribute].dot(&vector),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn an_attribute_is_carried_into_item_space_by_its_transfer_matrix() {
        let model = Model {
            target: vec![array![[1.0, 2.0, 3.0]], array![[1.0, 0.0], [2.0, -1.0]]],
            context: vec![Array2::zeros((1, 3)), Array2::zeros((2, 2))],
            transfer: vec![array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]],
        };
        assert_eq!(item_space(&model, 0), model.target[0]);
        assert_eq!(item_space(&model, 1), array![[1.0, 2.0, 3.0], [-2.0, -1.0, 0.0]]);
        assert_eq!(item_space_of(&model, 0, model.target[0].row(0)), array![1.0, 2.0, 3.0]);
        assert_eq!(item_space_of(&model, 1, model.target[1].row(1)), array![-2.0, -1.0, 0.0]);
    }
}
