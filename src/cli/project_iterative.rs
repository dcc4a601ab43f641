//! Arguments of the methods of `idatlas project` that iterate.

use clap::{Args, ValueEnum};

use super::CliError;
use super::project_arguments::MethodName;
use crate::gpu::BackendKind;
use crate::neighbors::Metric;
use crate::projection::{
    Initialization, LearningRate, PlacementParameters, RepulsionMethod, TsneParameters, UmapInitialization,
    UmapParameters,
};

/// What t-SNE, UMAP or both have.
#[derive(Debug, Args)]
pub(super) struct IterativeArguments {
    /// What is near: euclidean distance, or direction alone (cosine) [default: euclidean; cosine for axes]
    #[arg(long, value_name = "METRIC", help_heading = "t-SNE, UMAP and axes")]
    metric: Option<Metric>,
    /// Where points start [default: pca]
    #[arg(long, value_enum, help_heading = "t-SNE and UMAP")]
    init: Option<InitName>,
    /// How far points move along the gradient; for t-SNE a number or auto: points / exaggeration [default: auto; 1 for
    /// UMAP]
    #[arg(long, value_name = "RATE", value_parser = learning_rate, help_heading = "t-SNE and UMAP")]
    learning_rate: Option<LearningRate>,
    /// Decides all that is random [default: 0]
    #[arg(long, value_name = "N", help_heading = "t-SNE and UMAP")]
    seed: Option<u64>,
    #[command(flatten)]
    tsne: TsneArguments,
    #[command(flatten)]
    umap: UmapArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "t-SNE")]
struct TsneArguments {
    /// Effective number of neighbours of a point [default: 30]
    #[arg(long, value_name = "P")]
    perplexity: Option<f64>,
    /// Iterations in all [default: 750]
    #[arg(long, value_name = "N")]
    iterations: Option<usize>,
    /// Factor on the attraction in early exaggeration [default: 12]
    #[arg(long, value_name = "X")]
    exaggeration: Option<f64>,
    /// Iterations of early exaggeration [default: 250]
    #[arg(long, value_name = "N")]
    exaggeration_iterations: Option<usize>,
    /// Share of the last step that is kept, 0 to below 1 [default: 0.8]
    #[arg(long, value_name = "M")]
    momentum: Option<f64>,
    /// How repulsion is summed [default: auto]
    #[arg(long, value_enum)]
    repulsion: Option<RepulsionName>,
    /// Opening angle of the tree, above 0 to 1; less is more exact [default: 0.5]
    #[arg(long, value_name = "ANGLE")]
    theta: Option<f64>,
    /// Distance of the grid's nodes, 0.1 to 1; less is more exact [default: 0.333]
    #[arg(long, value_name = "H")]
    grid_spacing: Option<f64>,
    /// Where iterations run: auto (a hardware GPU if there is one), gpu or cpu [default: auto]
    #[arg(long, value_name = "BACKEND")]
    backend: Option<BackendKind>,
    /// Part of the name of the GPU adapter that they run on; idatlas devices lists them
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "UMAP")]
struct UmapArguments {
    /// Nearest vectors that a point is tied to, itself counted; fewer show fine structure [default: 15]
    #[arg(long, value_name = "K")]
    neighbors: Option<usize>,
    /// Distance in the map up to which points are as good as together [default: 0.1]
    #[arg(long, value_name = "D")]
    min_dist: Option<f64>,
    /// Distance in the map over which belonging together fades [default: 1]
    #[arg(long, value_name = "D")]
    spread: Option<f64>,
    /// Epochs in all [default: 500 for up to 100,000 points, else 200]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Random points that push a point away each time a neighbour draws it [default: 5]
    #[arg(long, value_name = "N")]
    negative_sample_rate: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitName {
    /// Principal components, scaled
    Pca,
    /// Normally distributed
    Random,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RepulsionName {
    /// Exact for few points, else a grid in two dimensions and a tree in three
    Auto,
    /// Every pair
    Exact,
    /// Interpolation on a grid, by fast Fourier transforms; two dimensions only
    Grid,
    /// Barnes-Hut
    Tree,
}

fn learning_rate(text: &str) -> Result<LearningRate, String> {
    match text {
        "auto" => Ok(LearningRate::Auto),
        number => match number.parse() {
            Ok(rate) => Ok(LearningRate::Fixed(rate)),
            Err(error) => Err(format!("{error}; use auto or a number")),
        },
    }
}

const TSNE: &[MethodName] = &[MethodName::Tsne];
const UMAP: &[MethodName] = &[MethodName::Umap];
const BOTH: &[MethodName] = &[MethodName::Tsne, MethodName::Umap];
const NEARNESS: &[MethodName] = &[MethodName::Tsne, MethodName::Umap, MethodName::Axes];

impl IterativeArguments {
    pub(super) fn metric(&self) -> Option<Metric> {
        self.metric
    }

    /// Where a t-SNE's iterations are to run.
    pub(super) fn backend(&self) -> Result<BackendKind, CliError> {
        let backend = self.tsne.backend.unwrap_or_default();
        if let (BackendKind::Cpu, Some(adapter)) = (backend, &self.tsne.adapter) {
            let message = format!("--backend cpu uses no adapter, but {adapter:?} was named; leave one of the two out");
            return Err(CliError::Input(message));
        }
        Ok(backend)
    }

    /// On which adapter.
    pub(super) fn adapter(&self) -> Option<String> {
        self.tsne.adapter.clone()
    }

    /// What t-SNE is asked for; one that starts from a map has no early exaggeration of its own accord, which would undo
    /// the map.
    pub(super) fn tsne(&self, dims: usize, has_start: bool) -> TsneParameters {
        let (own, mut default) = (&self.tsne, TsneParameters::default());
        if has_start {
            default.exaggeration_iterations = 0;
        }
        let momentum = own.momentum.unwrap_or(default.momentum);
        TsneParameters {
            dims,
            perplexity: own.perplexity.unwrap_or(default.perplexity),
            metric: self.metric.unwrap_or(default.metric),
            iterations: own.iterations.unwrap_or(default.iterations),
            exaggeration_iterations: own.exaggeration_iterations.unwrap_or(default.exaggeration_iterations),
            exaggeration: own.exaggeration.unwrap_or(default.exaggeration),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            exaggeration_momentum: momentum,
            momentum,
            initialization: match self.init {
                Some(InitName::Random) => Initialization::Random,
                Some(InitName::Pca) | None => Initialization::Pca,
            },
            repulsion: match own.repulsion {
                Some(RepulsionName::Exact) => RepulsionMethod::Exact,
                Some(RepulsionName::Grid) => RepulsionMethod::Grid,
                Some(RepulsionName::Tree) => RepulsionMethod::Tree,
                Some(RepulsionName::Auto) | None => RepulsionMethod::Auto,
            },
            theta: own.theta.unwrap_or(default.theta),
            grid_spacing: own.grid_spacing.unwrap_or(default.grid_spacing),
            seed: self.seed.unwrap_or(default.seed),
        }
    }

    /// Those of these arguments that placing vectors in a map has too.
    pub(super) const PLACEMENT: [&'static str; 6] =
        ["--metric", "--learning-rate", "--perplexity", "--iterations", "--exaggeration", "--momentum"];

    /// How vectors are placed in a map.
    pub(super) fn placement(&self) -> PlacementParameters {
        let (own, default) = (&self.tsne, PlacementParameters::default());
        PlacementParameters {
            perplexity: own.perplexity.unwrap_or(default.perplexity),
            metric: self.metric.unwrap_or(default.metric),
            iterations: own.iterations.unwrap_or(default.iterations),
            exaggeration: own.exaggeration.unwrap_or(default.exaggeration),
            learning_rate: match self.learning_rate {
                Some(LearningRate::Fixed(rate)) => rate,
                Some(LearningRate::Auto) | None => default.learning_rate,
            },
            momentum: own.momentum.unwrap_or(default.momentum),
        }
    }

    /// What UMAP is asked for.
    pub(super) fn umap(&self, dims: usize) -> UmapParameters {
        let (own, default) = (&self.umap, UmapParameters::default());
        UmapParameters {
            dims,
            neighbors: own.neighbors.unwrap_or(default.neighbors),
            metric: self.metric.unwrap_or(default.metric),
            min_dist: own.min_dist.unwrap_or(default.min_dist),
            spread: own.spread.unwrap_or(default.spread),
            epochs: own.epochs,
            learning_rate: match self.learning_rate {
                Some(LearningRate::Fixed(rate)) => rate,
                Some(LearningRate::Auto) | None => default.learning_rate,
            },
            negative_sample_rate: own.negative_sample_rate.unwrap_or(default.negative_sample_rate),
            initialization: match self.init {
                Some(InitName::Random) => UmapInitialization::Random,
                Some(InitName::Pca) | None => UmapInitialization::Pca,
            },
            seed: self.seed.unwrap_or(default.seed),
        }
    }

    /// Each of these arguments that was given, with the methods it belongs to.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &'static [MethodName])> {
        let (tsne, umap) = (&self.tsne, &self.umap);
        let given = [
            ("--metric", NEARNESS, self.metric.is_some()),
            ("--init", BOTH, self.init.is_some()),
            ("--learning-rate", BOTH, self.learning_rate.is_some()),
            ("--seed", BOTH, self.seed.is_some()),
            ("--perplexity", TSNE, tsne.perplexity.is_some()),
            ("--iterations", TSNE, tsne.iterations.is_some()),
            ("--exaggeration", TSNE, tsne.exaggeration.is_some()),
            ("--exaggeration-iterations", TSNE, tsne.exaggeration_iterations.is_some()),
            ("--momentum", TSNE, tsne.momentum.is_some()),
            ("--repulsion", TSNE, tsne.repulsion.is_some()),
            ("--theta", TSNE, tsne.theta.is_some()),
            ("--grid-spacing", TSNE, tsne.grid_spacing.is_some()),
            ("--backend", TSNE, tsne.backend.is_some()),
            ("--adapter", TSNE, tsne.adapter.is_some()),
            ("--neighbors", UMAP, umap.neighbors.is_some()),
            ("--min-dist", UMAP, umap.min_dist.is_some()),
            ("--spread", UMAP, umap.spread.is_some()),
            ("--epochs", UMAP, umap.epochs.is_some()),
            ("--negative-sample-rate", UMAP, umap.negative_sample_rate.is_some()),
        ];
        given.into_iter().filter(|(_, _, given)| *given).map(|(name, methods, _)| (name, methods))
    }
}
