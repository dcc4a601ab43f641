//! How maps are made: the panel beside the map, with what is asked for, what it takes and what came of it.

mod axes_form;
mod form;
mod outcome;
mod panel;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::map::MapView;
use crate::engine::ProjectionRequest;
use crate::projection::{
    Initialization, LearningRate, Method, ProjectionSettings, TsneParameters, UmapInitialization, UmapParameters,
};

pub use axes_form::AxesForm;
pub use outcome::summary;
pub use panel::{choose_method, levers, name_of, phase, show};

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

/// The methods that the panel offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chosen {
    /// Principal components.
    #[default]
    Pca,
    /// t-SNE.
    Tsne,
    /// UMAP.
    Umap,
    /// Axes of one's own.
    Axes,
}

impl Chosen {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 4] = [Self::Pca, Self::Tsne, Self::Umap, Self::Axes];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "PCA",
            Self::Tsne => "t-SNE",
            Self::Umap => "UMAP",
            Self::Axes => "Axes",
        }
    }

    /// The one that `method` is.
    pub fn of(method: &Method) -> Self {
        match method {
            Method::Pca => Self::Pca,
            Method::Tsne(_) => Self::Tsne,
            Method::Umap(_) => Self::Umap,
            Method::Axes(_) => Self::Axes,
        }
    }

    /// Whether it takes iterations.
    pub fn unfolds(self) -> bool {
        matches!(self, Self::Tsne | Self::Umap)
    }
}

/// The name of `method` for people.
pub fn method_name(method: &Method) -> &'static str {
    Chosen::of(method).name()
}

/// What the panel asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionPanel {
    /// Whether it is open.
    pub open: bool,
    /// By which method.
    pub chosen: Chosen,
    /// What t-SNE is asked to do.
    pub tsne: TsneParameters,
    /// What UMAP is asked to do.
    pub umap: UmapParameters,
    /// From where to where axes of one's own run.
    pub axes: AxesForm,
    /// The learning rate, where it is not worked out.
    pub fixed_rate: f64,
    /// Where points start.
    pub start: Start,
    /// Whether only the selected IDs are mapped.
    pub only_selection: bool,
    /// Whether trust is measured.
    pub trusted: bool,
    /// What the map that is being made was asked to do last.
    pub running: Option<Method>,
}

impl Default for ProjectionPanel {
    fn default() -> Self {
        Self {
            open: false,
            chosen: Chosen::Pca,
            tsne: TsneParameters::default(),
            umap: UmapParameters::default(),
            axes: AxesForm::default(),
            fixed_rate: 200.0,
            start: Start::Pca,
            only_selection: false,
            trusted: true,
            running: None,
        }
    }
}

impl ProjectionPanel {
    /// The method with its parameters as they are typed.
    pub fn method(&self) -> Method {
        let random = self.start == Start::Random;
        match self.chosen {
            Chosen::Pca => Method::Pca,
            Chosen::Axes => Method::Axes(self.axes.axes()),
            Chosen::Tsne => {
                let initialization = if random { Initialization::Random } else { Initialization::Pca };
                Method::Tsne(TsneParameters { initialization, ..self.tsne.clone() })
            }
            Chosen::Umap => {
                let initialization = if random { UmapInitialization::Random } else { UmapInitialization::Pca };
                Method::Umap(UmapParameters { initialization, ..self.umap.clone() })
            }
        }
    }

    /// The axes of the form as a method.
    pub fn axes_method(&self) -> Method {
        Method::Axes(self.axes.axes())
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
        let begins_here = self.chosen.unfolds() && self.start == Start::Current;
        let start = if begins_here { map.start_for(rows.as_deref(), map.dims).map(Arc::new) } else { None };
        let trust_neighbors = if self.trusted { TRUST_NEIGHBORS } else { 0 };
        let (method, base) = (self.method(), ProjectionSettings::default());
        let settings = ProjectionSettings { method, dims: map.dims, trust_neighbors, rows, start, ..base };
        ProjectionRequest { table: map.table.clone(), settings }
    }

    /// The map that goes on from where that of `request` is now by `method`, with no early exaggeration.
    pub fn going_on(map: &MapView, request: &ProjectionRequest, mut method: Method) -> ProjectionRequest {
        if let Method::Tsne(parameters) = &mut method {
            parameters.exaggeration_iterations = 0;
        }
        let rows = request.settings.rows.clone();
        let start = map.start_for(rows.as_deref(), request.settings.dims).map(Arc::new);
        let settings = ProjectionSettings { method, start, ..request.settings.clone() };
        ProjectionRequest { table: request.table.clone(), settings }
    }
}

/// Whether a map that runs by the `old` method and parameters must be begun anew to have the `new` ones.
pub fn begins_anew(old: &Method, new: &Method) -> bool {
    match (old, new) {
        (Method::Tsne(old), Method::Tsne(new)) => old.perplexity != new.perplexity || old.metric != new.metric,
        (Method::Umap(old), Method::Umap(new)) => old.neighbors != new.neighbors || old.metric != new.metric,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_the_affinities_needs_a_new_beginning_and_nothing_else_does() {
        let old = TsneParameters::default();
        let anew = |new: TsneParameters| begins_anew(&old.clone().into(), &new.into());
        assert!(anew(TsneParameters { perplexity: 50.0, ..old.clone() }));
        for new in [
            TsneParameters { iterations: 2_000, ..old.clone() },
            TsneParameters { exaggeration: 4.0, ..old.clone() },
            TsneParameters { learning_rate: LearningRate::Fixed(100.0), ..old.clone() },
        ] {
            assert!(!anew(new.clone()), "{new:?}");
        }
        let umap = UmapParameters::default();
        assert!(begins_anew(&old.clone().into(), &umap.clone().into()));
        assert!(!begins_anew(&umap.clone().into(), &UmapParameters { min_dist: 0.5, ..umap.clone() }.into()));
        assert!(begins_anew(&umap.clone().into(), &UmapParameters { neighbors: 5, ..umap }.into()));
    }

    #[test]
    fn the_selection_is_mapped_alone_only_where_that_is_asked_and_there_is_one() {
        let mut map = MapView::default();
        let mut panel = ProjectionPanel { chosen: Chosen::Tsne, only_selection: true, ..ProjectionPanel::default() };
        assert_eq!(panel.request(&map).settings.rows, None);
        map.selection = BTreeSet::from([7, 2]);
        assert_eq!(panel.request(&map).settings.rows.as_deref(), Some([2, 7].as_slice()));
        panel.only_selection = false;
        assert_eq!(panel.request(&map).settings.rows, None);
    }
}
