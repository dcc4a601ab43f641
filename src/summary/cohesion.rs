//! How close the items of a set lie to each other, and which of them lie in its middle.

use ndarray::{Array1, ArrayView1, ArrayView2};

/// An item and its cosine to the mean direction of its set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Typicality {
    /// The item.
    pub item: u32,
    /// Its cosine to the mean of the set's directions.
    pub cosine: f32,
}

/// How close the items of a set lie to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohesion {
    /// Mean cosine of two different items of the set; `None` below two items.
    pub mean_cosine: Option<f64>,
    /// The same of two items of the catalogue.
    pub catalogue_mean_cosine: Option<f64>,
    /// The items nearest to the mean direction, nearest first.
    pub typical: Vec<Typicality>,
    /// Those farthest from it, farthest first.
    pub atypical: Vec<Typicality>,
}

/// Sum of the directions of rows, and how many have one.
#[derive(Debug, Clone)]
pub(super) struct Directions {
    sum: Array1<f64>,
    count: usize,
}

impl Directions {
    /// Of the rows `rows` of `vectors`; zero rows have no direction and are left out.
    pub(super) fn of(vectors: ArrayView2<'_, f32>, rows: impl Iterator<Item = u32>) -> Self {
        let mut all = Self { sum: Array1::zeros(vectors.ncols()), count: 0 };
        for row in rows {
            let row = vectors.row(row as usize);
            let length = length(row);
            if length > 0.0 {
                all.sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x) / length);
                all.count += 1;
            }
        }
        all
    }

    /// The mean cosine over all pairs of different rows: (|sum|^2 - n) / (n (n - 1)).
    pub(super) fn mean_cosine(&self) -> Option<f64> {
        let n = self.count as f64;
        (self.count > 1).then(|| ((self.sum.dot(&self.sum) - n) / (n * (n - 1.0))).clamp(-1.0, 1.0))
    }

    /// The mean direction; not of length 1.
    pub(super) fn mean(&self) -> Array1<f32> {
        self.sum.mapv(|x| (x / self.count.max(1) as f64) as f32)
    }
}

fn length(row: ArrayView1<'_, f32>) -> f64 {
    row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

/// The cohesion of `items` of `vectors`, with the `listed` most and least typical of them.
pub(super) fn cohesion(vectors: ArrayView2<'_, f32>, items: &[u32], catalogue: &Directions, listed: usize) -> Cohesion {
    let directions = Directions::of(vectors, items.iter().copied());
    let middle = directions.sum.dot(&directions.sum).sqrt();
    let cosine = |item: u32| {
        let row = vectors.row(item as usize);
        let dot: f64 = row.iter().zip(&directions.sum).map(|(&x, sum)| f64::from(x) * sum).sum();
        let lengths = length(row) * middle;
        Typicality { item, cosine: if lengths > 0.0 { (dot / lengths) as f32 } else { 0.0 } }
    };
    let mut ranked: Vec<Typicality> = items.iter().map(|&item| cosine(item)).collect();
    ranked.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.item.cmp(&b.item)));
    // An item stands in one of the lists, not in both.
    let listed = listed.min(ranked.len().div_ceil(2));
    let atypical = ranked.iter().rev().take(listed.min(ranked.len() - listed)).copied().collect();
    ranked.truncate(listed);
    Cohesion {
        mean_cosine: directions.mean_cosine(),
        catalogue_mean_cosine: catalogue.mean_cosine(),
        typical: ranked,
        atypical,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_mean_cosine_is_that_of_all_pairs() {
        let vectors = array![[3.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]];
        let all = Directions::of(vectors.view(), 0..4);
        let half = 0.5_f64.sqrt();
        let expected = (0.0 + half + half) / 3.0;
        let found = all.mean_cosine().expect("there are pairs");
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        assert_eq!(Directions::of(vectors.view(), 0..1).mean_cosine(), None);
    }

    #[test]
    fn the_odd_one_out_is_the_least_typical() {
        let vectors = array![[1.0, 0.0], [0.9, 0.1], [0.8, -0.1], [-0.2, 1.0]];
        let catalogue = Directions::of(vectors.view(), 0..4);
        let found = cohesion(vectors.view(), &[3, 0, 1, 2], &catalogue, 1);
        assert_eq!(found.atypical[0].item, 3);
        assert_eq!(found.typical.len(), 1);
        let difference = found.mean_cosine.zip(found.catalogue_mean_cosine).map(|(set, all)| (set - all).abs());
        assert!(difference < Some(1e-12), "the set is the catalogue: {found:?}");
        let one = cohesion(vectors.view(), &[2], &catalogue, 5);
        assert_eq!((one.typical.len(), one.atypical.len(), one.mean_cosine), (1, 0, None));
    }
}
