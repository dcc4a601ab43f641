//! Composed vectors: an item together with its attributes.

use ndarray::{Array2, s};

use super::Model;
use crate::dataset::ItemAttributes;

/// e(i) of every item, `[D_1, sum of m_k]`: the concatenation over k of `w_ik E_k[id_k(i)]`, zeros where an attribute
/// is missing (MODEL.md, "What is derived").
///
/// # Panics
/// If `attributes` has other types than `model`, or names a row that a table lacks.
#[must_use]
pub fn composed_target_vectors(model: &Model, attributes: &ItemAttributes) -> Array2<f32> {
    composed(&model.target, attributes)
}

/// c(j) of every item, `[D_1, sum of m_k]`: as [`composed_target_vectors`], from the context tables, so that
/// `<e(i), c(j)>` is x(i, j) of eq. 7.
///
/// # Panics
/// As [`composed_target_vectors`].
#[must_use]
pub fn composed_context_vectors(model: &Model, attributes: &ItemAttributes) -> Array2<f32> {
    composed(&model.context, attributes)
}

fn composed(tables: &[Array2<f32>], attributes: &ItemAttributes) -> Array2<f32> {
    assert_eq!(tables.len(), attributes.type_count(), "one table a type");
    let width = tables.iter().map(Array2::ncols).sum();
    let mut all = Array2::zeros((attributes.item_count(), width));
    let mut start = 0;
    for (k, table) in tables.iter().enumerate() {
        let mut part = all.slice_mut(s![.., start..start + table.ncols()]);
        let pairs = attributes.ids.column(k).into_iter().zip(attributes.weights.column(k));
        for (mut row, (&id, &weight)) in part.rows_mut().into_iter().zip(pairs) {
            if id != ItemAttributes::MISSING {
                row.scaled_add(weight, &table.row(id as usize));
            }
        }
        start += table.ncols();
    }
    all
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn composed_vectors_multiply_to_the_pair_logit() {
        let model = Model {
            target: vec![array![[1.0, 2.0], [3.0, -1.0]], array![[0.5], [2.0]]],
            context: vec![array![[0.5, 1.0], [1.0, 1.0]], array![[4.0], [-1.0]]],
            transfer: vec![array![[0.0], [0.0]]],
        };
        let attributes = ItemAttributes {
            ids: array![[0, 1], [1, ItemAttributes::MISSING]],
            weights: array![[1.0, 0.5], [1.0, 0.0]],
        };
        let target = composed_target_vectors(&model, &attributes);
        let context = composed_context_vectors(&model, &attributes);
        assert_eq!(target, array![[1.0, 2.0, 1.0], [3.0, -1.0, 0.0]]);
        // x(0, 0) = <[1, 2], [.5, 1]> + .5 * .5 * 2 * -1; the type that item 1 lacks adds nothing to x(0, 1).
        assert_eq!(target.row(0).dot(&context.row(0)), 2.5 - 0.5);
        assert_eq!(target.row(0).dot(&context.row(1)), 3.0);
    }
}
