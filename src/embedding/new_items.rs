//! Vectors for items that training never saw, from their attributes.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

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

/// What to add to a [`new_item_vector`] to place it among the items, `[m_1]`: the mean of the items' vectors less the
/// mean of their images `sum_{k>=2} w_k M_k E_k[id_k]`, over the items of `attributes` that have an attribute.
///
/// Items and images each lie around a point of their own, far from each other. Less the mean of the items' vectors, a
/// vector moved so is what MODEL.md calls centred. `None` if no item has an attribute.
///
/// # Panics
/// If `attributes` is not of `model`.
#[must_use]
pub fn centring(model: &Model, attributes: &ItemAttributes) -> Option<Array1<f32>> {
    let described = |item: usize| attributes.ids.row(item).iter().skip(1).any(|&id| id != ItemAttributes::MISSING);
    let mut shift = Array1::<f64>::zeros(model.target.first()?.ncols());
    let mut items = 0_u32;
    for (item, vector) in model.target[0].rows().into_iter().enumerate().filter(|(item, _)| described(*item)) {
        debug_assert!(item < attributes.item_count());
        items += 1;
        add(&mut shift, 1.0, vector);
    }
    // The mean of images is the image of the mean: one product a type instead of one an item.
    for k in 1..model.type_count() {
        let mut sum = Array1::<f64>::zeros(model.target[k].ncols());
        for (&id, &weight) in attributes.ids.column(k).iter().zip(attributes.weights.column(k)) {
            if id != ItemAttributes::MISSING {
                add(&mut sum, f64::from(weight), model.target[k].row(id as usize));
            }
        }
        shift.scaled_add(-1.0, &model.transfer[k - 1].mapv(f64::from).dot(&sum));
    }
    (items > 0).then(|| shift.mapv(|value| (value / f64::from(items)) as f32))
}

/// The centroids of the items `[D_1, m]` that carry each of the `rows` IDs of type `k`, `[D_k, m]`, zeros where no item
/// counts; and `[D_k]` of how many items each is. Items for which `is_known` does not hold do not count.
///
/// # Panics
/// If `attributes` has other items than `items`, no type `k`, or names a row beyond `rows`.
pub fn attribute_centroids(
    items: ArrayView2<'_, f32>,
    attributes: &ItemAttributes,
    k: usize,
    rows: usize,
    is_known: impl Fn(usize) -> bool,
) -> (Array2<f32>, Vec<u32>) {
    let mut sums = Array2::<f64>::zeros((rows, items.ncols()));
    let mut counts = vec![0_u32; rows];
    for (item, &id) in attributes.ids.column(k).iter().enumerate() {
        if id != ItemAttributes::MISSING && is_known(item) {
            counts[id as usize] += 1;
            for (sum, &value) in sums.row_mut(id as usize).iter_mut().zip(items.row(item)) {
                *sum += f64::from(value);
            }
        }
    }
    for (mut sum, &count) in sums.axis_iter_mut(Axis(0)).zip(&counts) {
        sum /= f64::from(count.max(1));
    }
    (sums.mapv(|value| value as f32), counts)
}

/// The centroid of the items of each attribute ID, in the items' space: the other way to place a new item.
#[derive(Debug, Clone)]
pub struct AttributeCentroids {
    /// `[K - 1]` tables `[D_k, m_1]`, zeros where no item counts.
    means: Vec<Array2<f32>>,
    /// `[K - 1]` lists `[D_k]`: how many items each centroid is of.
    counts: Vec<Vec<u32>>,
}

impl AttributeCentroids {
    /// Those of the items `[D_1, m]` for which `is_known` holds, by `attributes`, whose types have `rows` `[K]` IDs.
    ///
    /// # Panics
    /// If `attributes` has other items than `items`, or names a row that `rows` does not hold.
    #[must_use]
    pub fn new(
        items: ArrayView2<'_, f32>,
        attributes: &ItemAttributes,
        rows: &[usize],
        is_known: impl Fn(usize) -> bool,
    ) -> Self {
        assert_eq!(items.nrows(), attributes.item_count(), "one row an item");
        let mut centroids = Self { means: Vec::new(), counts: Vec::new() };
        for (k, &ids) in rows.iter().enumerate().skip(1) {
            let (means, counts) = attribute_centroids(items, attributes, k, ids, &is_known);
            centroids.means.push(means);
            centroids.counts.push(counts);
        }
        centroids
    }

    /// The vector of an item with the attributes `ids` `[K]` (entry 0 is not read): the mean of its attributes'
    /// centroids, each type counting alike. `None` if no centroid is known.
    ///
    /// # Panics
    /// If `ids` is shorter than the number of types, or an ID is not a row of its table.
    #[must_use]
    pub fn vector(&self, ids: &[u32]) -> Option<Array1<f32>> {
        let known = self.means.iter().zip(&self.counts).zip(&ids[1..]);
        let known = known.filter(|((_, counts), id)| counts.get(**id as usize).is_some_and(|&count| count > 0));
        let mut sum: Option<Array1<f64>> = None;
        let mut types = 0_u32;
        for ((means, _), &id) in known {
            let mean = means.row(id as usize);
            add(sum.get_or_insert_with(|| Array1::zeros(mean.len())), 1.0, mean);
            types += 1;
        }
        sum.map(|sum| sum.mapv(|value| (value / f64::from(types)) as f32))
    }
}

fn add(sum: &mut Array1<f64>, factor: f64, vector: ArrayView1<'_, f32>) {
    for (total, &value) in sum.iter_mut().zip(vector) {
        *total += factor * f64::from(value);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_centroid_vector_is_the_mean_of_what_shares_each_attribute() {
        let items = array![[1.0, 0.0], [3.0, 0.0], [0.0, 8.0], [9.0, 9.0]];
        let missing = ItemAttributes::MISSING;
        let ids = array![[0, 0, 0], [1, 0, missing], [2, 1, 0], [3, 2, 1]];
        let attributes = ItemAttributes { weights: Array2::ones(ids.raw_dim()), ids };
        // The last item does not count, and with it brand 2 and store 1 have no item.
        let centroids = AttributeCentroids::new(items.view(), &attributes, &[4, 3, 2], |item| item < 3);
        assert_eq!(centroids.vector(&[9, 0, missing]), Some(array![2.0, 0.0]));
        assert_eq!(centroids.vector(&[9, 0, 0]), Some(array![1.25, 2.0]), "(2, 0) and (0.5, 4), halved");
        assert_eq!(centroids.vector(&[9, 0, 1]), Some(array![2.0, 0.0]), "a store without items says nothing");
        assert_eq!(centroids.vector(&[9, 2, 1]), None);
        assert_eq!(centroids.vector(&[0, missing, missing]), None);
    }

    #[test]
    fn centring_moves_the_mean_of_the_images_onto_the_mean_of_the_items() {
        let model = Model {
            target: vec![array![[1.0, 2.0], [3.0, -4.0], [100.0, 100.0]], array![[1.0, 0.0], [0.5, 2.0]]],
            context: Vec::new(),
            transfer: vec![array![[1.0, 0.5], [-2.0, 1.0]]],
        };
        let ids = array![[0, 0], [1, 1], [2, ItemAttributes::MISSING]];
        let attributes = ItemAttributes { weights: array![[1.0, 0.5], [1.0, 1.0], [1.0, 0.0]], ids };
        let shift = centring(&model, &attributes).unwrap();
        let image = |item| {
            let (ids, weights) = (attributes.ids.row(item).to_vec(), attributes.weights.row(item).to_vec());
            new_item_vector(&model, &ids, &weights).unwrap() + &shift
        };
        let mean = (image(0) + image(1)) / 2.0;
        assert!((mean - array![2.0, -1.0]).iter().all(|difference| difference.abs() < 1e-6), "{shift}");
    }

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
