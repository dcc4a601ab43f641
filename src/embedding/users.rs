//! User vectors: the mean of the last items' vectors.

use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;

use crate::simd::vectorized;

/// A user's vector: the mean of the target vectors of the last `last` items of `history` (oldest first);
/// zeros if there is none (MODEL.md, "What is derived"; the paper's section 3.5).
///
/// Shapes: `items` `[D_1, m_1]` -> `[m_1]`. The sum is taken in f64, so the order of the items hardly matters.
///
/// # Panics
/// If `history` names a row that `items` lacks.
#[must_use]
pub fn user_vector(items: ArrayView2<'_, f32>, history: &[u32], last: usize) -> Array1<f32> {
    let (items, mut mean) = (items.as_standard_layout(), Array1::zeros(items.ncols()));
    if let (Some(items), Some(mean)) = (items.as_slice(), mean.as_slice_mut()) {
        vectorized(|| write_mean(items, history, last, &mut vec![0.0; mean.len()], mean));
    }
    mean
}

/// Writes the mean of the last `last` rows of `items` that `history` names into `mean`, by way of `sum`.
#[inline(always)]
fn write_mean(items: &[f32], history: &[u32], last: usize, sum: &mut [f64], mean: &mut [f32]) {
    let recent = &history[history.len().saturating_sub(last)..];
    sum.fill(0.0);
    for &item in recent {
        let row = &items[item as usize * sum.len()..][..sum.len()];
        for (total, &value) in sum.iter_mut().zip(row) {
            *total += f64::from(value);
        }
    }
    let count = recent.len().max(1) as f64;
    for (value, total) in mean.iter_mut().zip(sum) {
        *value = (*total / count) as f32;
    }
}

/// Users that a thread takes at a time.
const USERS: usize = 256;

/// The vectors of many users, `[users, m_1]`: user `u`'s history is `histories[offsets[u]..offsets[u + 1]]`.
///
/// # Panics
/// If `offsets` does not ascend within `histories`, or a history names a row that `items` lacks.
#[must_use]
pub fn user_vectors(items: ArrayView2<'_, f32>, offsets: &[usize], histories: &[u32], last: usize) -> Array2<f32> {
    let dims = items.ncols();
    let mut vectors = Array2::zeros((offsets.len().saturating_sub(1), dims));
    let items = items.as_standard_layout();
    if let (Some(items), Some(all), 1..) = (items.as_slice(), vectors.as_slice_mut(), dims) {
        all.par_chunks_mut(USERS * dims).enumerate().for_each(|(part, means)| {
            let ends = offsets[part * USERS..].windows(2);
            vectorized(|| {
                let mut sum = vec![0.0; dims];
                for (mean, ends) in means.chunks_exact_mut(dims).zip(ends) {
                    write_mean(items, &histories[ends[0]..ends[1]], last, &mut sum, mean);
                }
            });
        });
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        #[serde(rename = "E1")]
        items: Vec<Vec<f32>>,
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        seq_chronological: Vec<u32>,
        #[serde(rename = "T")]
        last: usize,
        mean: Vec<f64>,
    }

    #[test]
    fn user_vectors_are_the_golden_means() {
        let golden: Golden = serde_json::from_str(include_str!("../../tests/golden/user_mean.json")).unwrap();
        let items = Array2::from_shape_fn((golden.items.len(), golden.items[0].len()), |(i, d)| golden.items[i][d]);
        for case in &golden.cases {
            let vector = user_vector(items.view(), &case.seq_chronological, case.last);
            for (d, (&ours, &theirs)) in vector.iter().zip(&case.mean).enumerate() {
                let history = &case.seq_chronological;
                assert!((f64::from(ours) - theirs).abs() <= 1e-7, "{history:?} dimension {d}: {ours}, golden {theirs}");
            }
        }
        assert!(golden.cases.iter().any(|case| case.seq_chronological.is_empty()), "the empty history is a case");
    }

    #[test]
    fn many_users_get_what_each_gets_alone() {
        let items = Array2::from_shape_fn((5, 3), |(i, d)| (i * 3 + d) as f32);
        let vectors = user_vectors(items.view(), &[0, 2, 2, 5], &[0, 1, 4, 3, 2], 2);
        assert_eq!(vectors.row(0), user_vector(items.view(), &[0, 1], 2));
        assert_eq!(vectors.row(1).to_vec(), [0.0; 3], "no history, no direction");
        assert_eq!(vectors.row(2), user_vector(items.view(), &[3, 2], 2), "only the last two count");
    }
}
