//! Arguments of `idatlas project`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use crate::neighbors::Metric;
use crate::projection::{self, Initialization, LearningRate, ProjectionSettings, RepulsionMethod, TsneParameters};

const EXAMPLES: &str = "\
Examples:
  idatlas project runs/first --type item --out items.csv
  idatlas project runs/first --type item --method tsne --metric cosine
  idatlas project --vectors vectors.npy --method tsne --perplexity 50 --out map.npy --json";

/// Arguments of `project`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ProjectArguments {
    /// The run folder
    #[arg(required_unless_present = "vectors", conflicts_with = "vectors", requires = "table")]
    pub(super) run: Option<PathBuf>,
    /// The ID type to project, or user
    #[arg(long = "type", value_name = "TYPE", id = "table", conflicts_with = "vectors")]
    pub(super) table: Option<String>,
    /// Project the rows of this matrix of float32 or float64 instead
    #[arg(long, value_name = "FILE.npy", requires = "out")]
    pub(super) vectors: Option<PathBuf>,
    /// The method
    #[arg(long, value_enum, default_value_t = MethodName::Pca)]
    method: MethodName,
    /// Coordinates of a point, 2 or 3
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    dims: u8,
    /// The file to write, .parquet, .csv or .npy [default: RUN/projections/TYPE-METHOD.parquet]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Compare the K nearest neighbours of each vector with those in the map; 0: do not [default: 10 for tsne, 0 for
    /// pca]
    #[arg(long, value_name = "K")]
    trust: Option<usize>,
    #[command(flatten)]
    tsne: TsneArguments,
}

/// What only t-SNE has.
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
    /// How far points move along the gradient, or auto: points / exaggeration [default: auto]
    #[arg(long, value_name = "RATE", value_parser = learning_rate)]
    learning_rate: Option<LearningRate>,
    /// Share of the last step that is kept, 0 to below 1 [default: 0.8]
    #[arg(long, value_name = "M")]
    momentum: Option<f64>,
    /// What is near: euclidean distance, or direction alone (cosine) [default: euclidean]
    #[arg(long, value_name = "METRIC")]
    metric: Option<Metric>,
    /// Where points start [default: pca]
    #[arg(long, value_enum)]
    init: Option<InitName>,
    /// How repulsion is summed [default: auto]
    #[arg(long, value_enum)]
    repulsion: Option<RepulsionName>,
    /// Opening angle of the tree, above 0 to 1; less is more exact [default: 0.5]
    #[arg(long, value_name = "ANGLE")]
    theta: Option<f64>,
    /// Distance of the grid's nodes, 0.1 to 1; less is more exact [default: 0.333]
    #[arg(long, value_name = "H")]
    grid_spacing: Option<f64>,
    /// Decides all that is random [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodName {
    /// Principal components
    Pca,
    /// t-SNE
    Tsne,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitName {
    /// Principal components, scaled down
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

/// Neighbours that trust is measured with unless another number is asked for.
const TRUST_NEIGHBORS: usize = 10;

impl ProjectArguments {
    /// What is asked for, not yet checked against the vectors.
    pub(super) fn settings(&self) -> Result<ProjectionSettings, CliError> {
        let dims = usize::from(self.dims);
        let (method, trust_neighbors) = match self.method {
            MethodName::Tsne => (projection::Method::Tsne(self.tsne.parameters(dims)), TRUST_NEIGHBORS),
            MethodName::Pca => {
                if let Some(name) = self.tsne.first_given() {
                    return Err(CliError::Input(format!("{name} belongs to --method tsne; add that or leave it out")));
                }
                (projection::Method::Pca, 0)
            }
        };
        let trust_neighbors = self.trust.unwrap_or(trust_neighbors);
        Ok(ProjectionSettings { method, dims, trust_neighbors, ..ProjectionSettings::default() })
    }
}

impl TsneArguments {
    fn parameters(&self, dims: usize) -> TsneParameters {
        let default = TsneParameters::default();
        let momentum = self.momentum.unwrap_or(default.momentum);
        TsneParameters {
            dims,
            perplexity: self.perplexity.unwrap_or(default.perplexity),
            metric: self.metric.unwrap_or(default.metric),
            iterations: self.iterations.unwrap_or(default.iterations),
            exaggeration_iterations: self.exaggeration_iterations.unwrap_or(default.exaggeration_iterations),
            exaggeration: self.exaggeration.unwrap_or(default.exaggeration),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            exaggeration_momentum: momentum,
            momentum,
            initialization: match self.init {
                Some(InitName::Random) => Initialization::Random,
                Some(InitName::Pca) | None => Initialization::Pca,
            },
            repulsion: match self.repulsion {
                Some(RepulsionName::Exact) => RepulsionMethod::Exact,
                Some(RepulsionName::Grid) => RepulsionMethod::Grid,
                Some(RepulsionName::Tree) => RepulsionMethod::Tree,
                Some(RepulsionName::Auto) | None => RepulsionMethod::Auto,
            },
            theta: self.theta.unwrap_or(default.theta),
            grid_spacing: self.grid_spacing.unwrap_or(default.grid_spacing),
            seed: self.seed.unwrap_or(default.seed),
        }
    }

    /// The first of these arguments that was given.
    fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--perplexity", self.perplexity.is_some()),
            ("--iterations", self.iterations.is_some()),
            ("--exaggeration", self.exaggeration.is_some()),
            ("--exaggeration-iterations", self.exaggeration_iterations.is_some()),
            ("--learning-rate", self.learning_rate.is_some()),
            ("--momentum", self.momentum.is_some()),
            ("--metric", self.metric.is_some()),
            ("--init", self.init.is_some()),
            ("--repulsion", self.repulsion.is_some()),
            ("--theta", self.theta.is_some()),
            ("--grid-spacing", self.grid_spacing.is_some()),
            ("--seed", self.seed.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}
