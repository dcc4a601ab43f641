//! Why two items are near: the parts of their score, one a type.

use crate::dataset::ItemAttributes;
use crate::embedding::Model;

/// The parts of x(i, j) of MODEL.md's eq. 7, one an ID type: `w_ik w_jk <E_k[id_k(i)], C_k[id_k(j)]>` for the item
/// `centre` = i and the item `context` = j, both rows of the item table. Their sum is x(i, j) exactly.
///
/// `None` where either item lacks the attribute, which then adds nothing.
///
/// # Panics
/// If there is no such item.
#[must_use]
pub fn score_by_type(model: &Model, attributes: &ItemAttributes, centre: u32, context: u32) -> Vec<Option<f32>> {
    let (i, j) = (centre as usize, context as usize);
    (0..model.type_count())
        .map(|k| {
            let (from, to) = (attributes.ids[[i, k]], attributes.ids[[j, k]]);
            if from == ItemAttributes::MISSING || to == ItemAttributes::MISSING {
                return None;
            }
            let product = model.target[k].row(from as usize).dot(&model.context[k].row(to as usize));
            Some(attributes.weights[[i, k]] * attributes.weights[[j, k]] * product)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_parts_are_weighted_products_and_missing_types_have_none() {
        let model = Model {
            target: vec![array![[1.0, 2.0], [0.5, 0.0]], array![[3.0]], array![[1.0]]],
            context: vec![array![[1.0, 1.0], [2.0, -1.0]], array![[-2.0]], array![[1.0]]],
            transfer: vec![array![[0.0], [0.0]], array![[0.0], [0.0]]],
        };
        let missing = ItemAttributes::MISSING;
        let attributes = ItemAttributes {
            ids: array![[0, 0, 0], [1, 0, missing]],
            weights: array![[1.0, 0.5, 1.0], [1.0, 0.25, 0.0]],
        };
        // Items: (1, 2) . (2, -1) = 0. The shared attribute: 0.5 * 0.25 * 3 * -2.
        assert_eq!(score_by_type(&model, &attributes, 0, 1), [Some(0.0), Some(-0.75), None]);
        // Targets and contexts differ, so the other direction is another score: (0.5, 0) . (1, 1) = 0.5.
        assert_eq!(score_by_type(&model, &attributes, 1, 0), [Some(0.5), Some(-0.75), None]);
    }
}
