//! How maps are made: the panel beside the map, with what is asked for, what it takes and what came of it.

mod form;
mod outcome;
mod panel;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::map::MapView;
use crate::engine::ProjectionRequest;
use crate::projection::{Initialization, LearningRate, Method, ProjectionSettings, TsneParameters};

pub use outcome::summary;
pub use panel::{choose_method, levers, phase, show};

/// Neighbours that trust is measured with.
const TRUST_NEIGHBORS: usize = 10;

/// Where the points of a t-SNE start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At their principal components.
    Pca,
    /// Anywhere.
    Random,
    /// Where they are on the map.
    Current,
}

impl Start {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pca, Self::Random, Self::Current];

    /// Its name in menus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "PCA",
            Self::Random => "random",
            Self::Current => "this map",
        }
    }
}

/// What the panel asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionPanel {
    /// Whether it is open.
    pub open: bool,
    /// Whether t-SNE is chosen; else PCA.
    pub unfolds: bool,
    /// What t-SNE is asked to do.
    pub tsne: TsneParameters,
    /// The learning rate, where it is not worked out.
    pub fixed_rate: f64,
    /// Where points start.
    pub start: Start,
    /// Whether only the selected IDs are mapped.
    pub only_selection: bool,
    /// Whether trust is measured.
    pub trusted: bool,
    /// What the map that is being made was asked to do last.
    pub running: Option<TsneParameters>,
}

impl Default for ProjectionPanel {
    fn default() -> Self {
        Self {
            open: false,
            unfolds: false,
            tsne: TsneParameters::default(),
            fixed_rate: 200.0,
            start: Start::Pca,
            only_selection: false,
            trusted: true,
            running: None,
        }
    }
}

impl ProjectionPanel {
    /// The parameters as they are typed.
    pub fn parameters(&self) -> TsneParameters {
        let initialization = if self.start == Start::Random { Initialization::Random } else { Initialization::Pca };
        TsneParameters { initialization, ..self.tsne.clone() }
    }

    /// Whether the learning rate is worked out.
    pub fn has_auto_rate(&self) -> bool {
        self.tsne.learning_rate == LearningRate::Auto
    }

    /// The rows that are to be mapped; `None`: all.
    pub fn rows(&self, selection: &BTreeSet<u32>) -> Option<Arc<[u32]>> {
        (self.only_selection && !selection.is_empty()).then(|| selection.iter().copied().collect())
    }

    /// The map that is asked for, of the table that `map` shows.
    pub fn request(&self, map: &MapView) -> ProjectionRequest {
        let rows = self.rows(&map.selection);
        let begins_here = self.unfolds && self.start == Start::Current;
        let start = if begins_here { map.start_for(rows.as_deref()).map(Arc::new) } else { None };
        let method = if self.unfolds { Method::Tsne(self.parameters()) } else { Method::Pca };
        let trust_neighbors = if self.trusted { TRUST_NEIGHBORS } else { 0 };
        let settings =
            ProjectionSettings { method, dims: 2, trust_neighbors, rows, start, ..ProjectionSettings::default() };
        ProjectionRequest { table: map.table.clone(), settings }
    }

    /// The map that goes on from where that of `request` is now, with `parameters` and no early exaggeration.
    pub fn going_on(map: &MapView, request: &ProjectionRequest, parameters: TsneParameters) -> ProjectionRequest {
        let rows = request.settings.rows.clone();
        let start = map.start_for(rows.as_deref()).map(Arc::new);
        let method = Method::Tsne(TsneParameters { exaggeration_iterations: 0, ..parameters });
        let settings = ProjectionSettings { method, start, ..request.settings.clone() };
        ProjectionRequest { table: request.table.clone(), settings }
    }
}

/// Whether a map that runs with `old` parameters must be begun anew to have the `new` ones.
pub fn begins_anew(old: &TsneParameters, new: &TsneParameters) -> bool {
    old.perplexity != new.perplexity || old.metric != new.metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_the_affinities_needs_a_new_beginning_and_nothing_else_does() {
        let old = TsneParameters::default();
        assert!(begins_anew(&old, &TsneParameters { perplexity: 50.0, ..old.clone() }));
        for new in [
            TsneParameters { iterations: 2_000, ..old.clone() },
            TsneParameters { exaggeration: 4.0, ..old.clone() },
            TsneParameters { learning_rate: LearningRate::Fixed(100.0), ..old.clone() },
        ] {
            assert!(!begins_anew(&old, &new), "{new:?}");
        }
    }

    #[test]
    fn the_selection_is_mapped_alone_only_where_that_is_asked_and_there_is_one() {
        let mut map = MapView::default();
        let mut panel = ProjectionPanel { unfolds: true, only_selection: true, ..ProjectionPanel::default() };
        assert_eq!(panel.request(&map).settings.rows, None);
        map.selection = BTreeSet::from([7, 2]);
        assert_eq!(panel.request(&map).settings.rows.as_deref(), Some([2, 7].as_slice()));
        panel.only_selection = false;
        assert_eq!(panel.request(&map).settings.rows, None);
    }
}
