//! How far two runs agree on which IDs are near to each other.

use std::collections::HashMap;

use ndarray::{Array2, Axis};

use crate::neighbors::{GraphError, Metric, NeighborGraph};
use crate::progress::Watch;
use crate::run::TableView;

/// An ID whose neighbours are others in the second run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangedId {
    /// Its row in the first run's table.
    pub row: u32,
    /// Its row in the second run's table.
    pub other_row: u32,
    /// Share of its k nearest that are the same, 0 to 1.
    pub overlap: f64,
    /// The nearest of its neighbours in the first run, by its row there, that the second does not list; `None` if all are
    /// kept.
    pub lost: Option<u32>,
    /// The nearest of its neighbours in the second run, by its row there, that the first does not list.
    pub gained: Option<u32>,
}

/// How far the neighbourhoods of a table's IDs agree in two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborhoodOverlap {
    /// IDs that both runs have; neighbours are looked for among them alone.
    pub shared: usize,
    /// IDs of the first run that the second lacks.
    pub only_first: usize,
    /// IDs of the second run that the first lacks.
    pub only_second: usize,
    /// Neighbours of each ID, by cosine.
    pub k: usize,
    /// Mean over the shared IDs of the share of their k nearest that are the same, 0 to 1 (overlap@k); `None` below two.
    pub mean_overlap: Option<f64>,
    /// What random neighbours would give: k / (shared - 1).
    pub by_chance: Option<f64>,
    /// The shared IDs, those that changed most first; ties by the first run's row.
    pub changed: Vec<ChangedId>,
}

/// Compares the `k` nearest neighbours, by cosine in the table's own space, of each ID that both tables have.
///
/// # Errors
/// [`GraphError`] for vectors that are not finite, and when `watch` is cancelled.
pub fn neighborhood_overlap(
    first: &TableView<'_>,
    second: &TableView<'_>,
    k: usize,
    watch: &Watch,
) -> Result<NeighborhoodOverlap, GraphError> {
    let rows_of_second: HashMap<&str, usize> = second.vocabulary.iter().zip(0..).collect();
    let pairs = first.vocabulary.iter().enumerate();
    let shared: Vec<(usize, usize)> =
        pairs.filter_map(|(row, id)| rows_of_second.get(id).map(|&other| (row, other))).collect();
    let graph = |table: &TableView<'_>, rows: Vec<usize>| {
        let vectors: Array2<f32> = table.vectors.select(Axis(0), &rows);
        NeighborGraph::exact(vectors.view(), k, Metric::Cosine, watch)
    };
    let of_first = graph(first, shared.iter().map(|pair| pair.0).collect())?;
    let of_second = graph(second, shared.iter().map(|pair| pair.1).collect())?;
    let k = of_first.k;
    let mut changed = Vec::new();
    let mut kept = 0;
    if k > 0 {
        for (place, &(row, other_row)) in shared.iter().enumerate() {
            let (before, after) = (of_first.neighbors(place), of_second.neighbors(place));
            // The nearest of those that left says most about what changed.
            let lost = before.iter().find(|near| !after.contains(near)).map(|&near| shared[near as usize].0 as u32);
            let gained = after.iter().find(|near| !before.contains(near)).map(|&near| shared[near as usize].1 as u32);
            let same = before.iter().filter(|near| after.contains(near)).count();
            kept += same;
            let overlap = same as f64 / k as f64;
            changed.push(ChangedId { row: row as u32, other_row: other_row as u32, overlap, lost, gained });
        }
    }
    changed.sort_by(|a, b| a.overlap.total_cmp(&b.overlap).then(a.row.cmp(&b.row)));
    Ok(NeighborhoodOverlap {
        shared: shared.len(),
        only_first: first.vocabulary.len() - shared.len(),
        only_second: second.vocabulary.len() - shared.len(),
        k,
        mean_overlap: (k > 0).then(|| kept as f64 / (k * shared.len()) as f64),
        by_chance: (k > 0).then(|| k as f64 / (shared.len() - 1) as f64),
        changed,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayView2, array};

    use super::*;
    use crate::dataset::Vocabulary;

    fn table<'a>(vocabulary: &'a Vocabulary, vectors: ArrayView2<'a, f32>) -> TableView<'a> {
        TableView { name: "item", type_index: Some(0), vocabulary, counts: &[], labels: &[], vectors }
    }

    #[test]
    fn ids_are_matched_by_name_and_only_shared_ones_are_neighbours() {
        let first: Vocabulary = ["a", "b", "c", "d"].into_iter().collect();
        let second: Vocabulary = ["x", "d", "c", "b", "a"].into_iter().collect();
        let directions = |degrees: &[f32]| {
            let rows = degrees.iter().flat_map(|angle| [angle.to_radians().cos(), angle.to_radians().sin()]);
            Array2::from_shape_vec((degrees.len(), 2), rows.collect()).unwrap()
        };
        // In the first run a and b are near, c and d too; in the second d has moved to a, and x beside every ID is new.
        let (vectors, others) = (directions(&[0.0, 10.0, 90.0, 101.0]), directions(&[2.0, -1.0, 90.0, 10.0, 0.0]));
        let found = neighborhood_overlap(
            &table(&first, vectors.view()),
            &table(&second, others.view()),
            1,
            &Watch::unattended(),
        )
        .unwrap();
        assert_eq!((found.shared, found.only_first, found.only_second), (4, 0, 1));
        // Nearest before: a-b, b-a, c-d, d-c. After: a-d, b-a, c-b, d-a.
        assert_eq!(found.mean_overlap, Some(0.25));
        assert_eq!(found.by_chance, Some(1.0 / 3.0));
        let overlaps: Vec<(u32, f64)> = found.changed.iter().map(|id| (id.row, id.overlap)).collect();
        assert_eq!(overlaps, [(0, 0.0), (2, 0.0), (3, 0.0), (1, 1.0)]);
        assert_eq!((found.changed[0].lost, found.changed[0].gained), (Some(1), Some(1)), "b went, d came");
        assert_eq!((found.changed[3].lost, found.changed[3].gained), (None, None));
    }

    #[test]
    fn tables_that_share_nothing_have_no_overlap_to_speak_of() {
        let (first, second): (Vocabulary, Vocabulary) = (["a"].into_iter().collect(), ["b"].into_iter().collect());
        let vectors = array![[1.0_f32, 0.0]];
        let (first, second) = (table(&first, vectors.view()), table(&second, vectors.view()));
        let found = neighborhood_overlap(&first, &second, 10, &Watch::unattended()).unwrap();
        assert_eq!((found.shared, found.mean_overlap, found.by_chance), (0, None, None));
        let same = neighborhood_overlap(&first, &first, 10, &Watch::unattended()).unwrap();
        assert_eq!((same.shared, same.k, same.mean_overlap), (1, 0, None));
    }
}
