//! Arguments of `idatlas project`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::project_axes::AxesArguments;
use super::project_iterative::IterativeArguments;
use super::project_rows::RowNames;
use crate::projection::{Method, ProjectionSettings};

const EXAMPLES: &str = "\
Examples:
  idatlas project runs/first --type item --out items.csv
  idatlas project runs/first --type item --method tsne --metric cosine
  idatlas project runs/first --type item --method umap --neighbors 30 --min-dist 0.05
  idatlas project runs/first --type brand --method axes --x 69 130 --y 12 55
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
    /// Project the rows of this matrix of float32 or float64 instead; its rows go by their number, from 0
    #[arg(long, value_name = "FILE.npy", requires = "out")]
    pub(super) vectors: Option<PathBuf>,
    /// Project only the IDs that this file lists, one a line, in its order, as if there were no others
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(super) ids: Option<PathBuf>,
    /// The method
    #[arg(long, value_enum, default_value_t = MethodName::Pca)]
    pub(super) method: MethodName,
    /// Coordinates of a point, 2 or 3
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    dims: u8,
    /// The file to write, .parquet, .csv or .npy [default: RUN/projections/TYPE-METHOD.parquet]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Compare the K nearest neighbours of each vector with those in the map; 0: do not [default: 10 for tsne and umap,
    /// 0 for pca and axes]
    #[arg(long, value_name = "K")]
    trust: Option<usize>,
    #[command(flatten)]
    pub(super) iterative: IterativeArguments,
    #[command(flatten)]
    axes: AxesArguments,
}

/// How vectors are brought to a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MethodName {
    /// Principal components
    Pca,
    /// t-SNE
    Tsne,
    /// UMAP
    Umap,
    /// Directions from some IDs to others
    Axes,
}

impl MethodName {
    /// As it is typed.
    pub(super) fn typed(self) -> &'static str {
        match self {
            Self::Pca => "pca",
            Self::Tsne => "tsne",
            Self::Umap => "umap",
            Self::Axes => "axes",
        }
    }
}

/// Neighbours that trust is measured with unless another number is asked for.
const TRUST_NEIGHBORS: usize = 10;

impl ProjectArguments {
    /// Refuses arguments of other methods than the one that is asked for.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let axes = self.axes.first_given().map(|name| (name, &[MethodName::Axes][..]));
        let stranger = self.iterative.given().chain(axes).find(|(_, methods)| !methods.contains(&self.method));
        let Some((name, methods)) = stranger else { return Ok(()) };
        let methods: Vec<String> = methods.iter().map(|method| format!("--method {}", method.typed())).collect();
        Err(CliError::Input(format!("{name} belongs to {}; add that or leave it out", methods.join(" and "))))
    }

    /// What is asked for of these rows, not yet checked against the vectors.
    pub(super) fn settings(&self, names: &RowNames<'_>) -> Result<ProjectionSettings, CliError> {
        let dims = usize::from(self.dims);
        let (method, trust_neighbors) = match self.method {
            MethodName::Pca => (Method::Pca, 0),
            MethodName::Tsne => (Method::Tsne(self.iterative.tsne(dims)), TRUST_NEIGHBORS),
            MethodName::Umap => (Method::Umap(self.iterative.umap(dims)), TRUST_NEIGHBORS),
            MethodName::Axes => (Method::Axes(self.axes.axes(self.iterative.metric(), names)?), 0),
        };
        let rows = self.ids.as_deref().map(|file| names.listed(file)).transpose()?;
        Ok(ProjectionSettings {
            method,
            dims,
            trust_neighbors: self.trust.unwrap_or(trust_neighbors),
            rows: rows.map(Into::into),
            start: None,
            backend: self.iterative.backend()?,
            adapter: self.iterative.adapter(),
        })
    }
}
