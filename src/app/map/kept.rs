//! The maps that were made of the run on show, so that going back to one is instant.

use std::sync::Arc;

use crate::engine::{ProjectionRequest, ProjectionResult};
use crate::projection::Places;

/// Maps kept at most.
const MOST: usize = 48;
/// Points of all kept maps together; each takes about 30 bytes.
const MOST_POINTS: usize = 20_000_000;

/// A map that is done.
#[derive(Debug, Clone)]
pub struct KeptMap {
    /// The map.
    pub result: Arc<ProjectionResult>,
    /// Where the table's rows lie on it.
    pub places: Arc<Places>,
}

/// Maps of the run on show, the one shown last at the end.
#[derive(Debug, Clone, Default)]
pub struct KeptMaps(Vec<KeptMap>);

impl KeptMaps {
    /// Keeps `map` in the place of an earlier one for the same request. What was shown longest ago goes first.
    pub fn keep(&mut self, map: KeptMap) {
        self.0.retain(|kept| kept.result.request != map.result.request);
        self.0.push(map);
        while self.0.len() > MOST || (self.0.len() > 1 && self.points() > MOST_POINTS) {
            self.0.remove(0);
        }
    }

    /// The map of `request`, which counts as shown from now on.
    pub fn show(&mut self, request: &ProjectionRequest) -> Option<KeptMap> {
        let at = self.0.iter().position(|kept| kept.result.request == *request)?;
        let map = self.0.remove(at);
        self.0.push(map.clone());
        Some(map)
    }

    /// What was asked for the map of `table` that was shown last, of those that `fits` accepts.
    pub fn last(&self, table: &str, fits: impl Fn(&ProjectionRequest) -> bool) -> Option<&ProjectionRequest> {
        self.0.iter().rev().map(|kept| &kept.result.request).find(|request| request.table == table && fits(request))
    }

    /// Forgets all: another run is on show.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn points(&self) -> usize {
        self.0.iter().map(|kept| kept.places.positions().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::PhaseSeconds;

    fn map(table: &str, dims: usize) -> KeptMap {
        let result = ProjectionResult {
            request: ProjectionRequest::pca(table.to_owned(), dims),
            coordinates: Arc::default(),
            explained_variance_ratio: Vec::new(),
            kl_divergence: None,
            iterations: None,
            perplexity: None,
            adapter: None,
            neighbor_recall: None,
            trust: None,
            phases: PhaseSeconds::default(),
            seconds: 0.0,
            generation: 1,
        };
        KeptMap { result: Arc::new(result), places: Arc::default() }
    }

    #[test]
    fn the_map_of_a_table_that_was_shown_last_comes_back() {
        let mut maps = KeptMaps::default();
        for (table, dims) in [("item", 2), ("item", 3), ("brand", 2)] {
            maps.keep(map(table, dims));
        }
        let last = |maps: &KeptMaps| maps.last("item", |_| true).map(|request| request.settings.dims);
        assert_eq!(last(&maps), Some(3));
        assert!(maps.show(&ProjectionRequest::pca("item".to_owned(), 2)).is_some());
        assert_eq!(last(&maps), Some(2));
        assert!(maps.show(&ProjectionRequest::pca("store".to_owned(), 2)).is_none());
    }

    #[test]
    fn the_maps_shown_longest_ago_make_room() {
        let mut maps = KeptMaps::default();
        for number in 0..MOST + 5 {
            maps.keep(map(&format!("table {number}"), 2));
        }
        assert_eq!(maps.0.len(), MOST);
        assert!(maps.last("table 4", |_| true).is_none() && maps.last("table 5", |_| true).is_some());
    }
}
