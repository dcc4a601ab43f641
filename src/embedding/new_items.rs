//! Vectors for items that training never saw, from their attributes.

use ndarray::Array1;

use super::Model;
use crate::dataset::ItemAttributes;

/// The vector of a new item, `v = sum_{k>=2} w_k M_k E_k[id_k]`, `[m_1]` (MODEL.md, "What is derived"; section 3.4).
///
/// `ids` `[K]` are rows of each type's table, [`ItemAttributes::MISSING`] where the item lacks the attribute or it was
/// not trained; `weights` `[K]` are those of the training catalogue. Entry 0 of both (the item itself) is not read.
/// `None` if no attribute is known: such an item has no vector.
///
/// # Panics
/// If `ids` or `weights` is shorter than the number of types, or an ID is not a row of its table.
#[must_use]
pub fn new_item_vector(model: &Model, ids: &[u32], weights: &[f32]) -> Option<Array1<f32>> {
    let mut sum = Array1::<f64>::zeros(model.target.first()?.ncols());
    let mut known = false;
    for k in 1..model.type_count() {
        if ids[k] == ItemAttributes::MISSING {
            continue;
        }
        known = true;
        let vector = model.target[k].row(ids[k] as usize).mapv(f64::from);
        let image = model.transfer[k - 1].mapv(f64::from).dot(&vector);
        sum.scaled_add(f64::from(weights[k]), &image);
    }
    known.then(|| sum.mapv(|value| value as f32))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        #[serde(rename = "E")]
        target: Vec<Vec<Vec<f32>>>,
        #[serde(rename = "M")]
        transfer: Vec<Vec<Vec<f32>>>,
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        attr_ids: Vec<i64>,
        attr_weights: Vec<f32>,
        vector: Vec<f64>,
        has_vector: bool,
    }

    fn table(rows: &[Vec<f32>]) -> Array2<f32> {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, d)| rows[i][d])
    }

    #[test]
    fn new_items_get_the_golden_vectors() {
        let golden: Golden = serde_json::from_str(include_str!("../../tests/golden/cold_start.json")).unwrap();
        let target: Vec<_> = golden.target.iter().map(|rows| table(rows)).collect();
        let transfer = golden.transfer.iter().map(|rows| table(rows)).collect();
        let model = Model { context: target.clone(), target, transfer };
        for case in &golden.cases {
            let ids: Vec<u32> =
                case.attr_ids.iter().map(|&id| u32::try_from(id).unwrap_or(ItemAttributes::MISSING)).collect();
            let vector = new_item_vector(&model, &ids, &case.attr_weights);
            assert_eq!(vector.is_some(), case.has_vector, "{ids:?}");
            for (d, (&ours, &theirs)) in vector.iter().flatten().zip(&case.vector).enumerate() {
                assert!((f64::from(ours) - theirs).abs() <= 1e-7, "{ids:?} dimension {d}: {ours}, golden {theirs}");
            }
        }
    }

    #[test]
    fn without_attribute_types_there_is_no_new_item_vector() {
        let items = Array2::ones((2, 3));
        let model = Model { target: vec![items.clone()], context: vec![items], transfer: Vec::new() };
        assert_eq!(new_item_vector(&model, &[0], &[1.0]), None);
    }
}
