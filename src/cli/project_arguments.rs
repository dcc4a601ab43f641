//! Arguments of `idatlas project`.

use std::path::PathBuf;
use std::sync::Arc;

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
    /// Start a t-SNE or UMAP from this earlier map, .parquet with IDs or .npy in the order of the rows; t-SNE then has no
    /// early exaggeration unless it is asked for
    #[arg(long, value_name = "MAP")]
    pub(super) start: Option<PathBuf>,
    /// Leave this earlier map of t-SNE as it is and place other vectors in it: those of --ids, or all that it does not
    /// show; with --vectors, those of the matrix
    #[arg(long, value_name = "MAP", conflicts_with_all = ["start", "trust"])]
    pub(super) onto: Option<PathBuf>,
    /// The vectors of the map of --onto, in the order of its rows
    #[arg(long, value_name = "FILE.npy", requires = "onto", requires = "vectors")]
    pub(super) onto_vectors: Option<PathBuf>,
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
    /// What `--onto` has no use for.
    fn check_onto(&self) -> Result<(), CliError> {
        if self.onto.is_none() {
            return Ok(());
        }
        if self.method != MethodName::Tsne {
            return Err(CliError::Input("--onto places vectors in a map of --method tsne; add that".to_owned()));
        }
        if self.vectors.is_some() && (self.onto_vectors.is_none() || self.ids.is_some()) {
            return Err(CliError::Input(
                "--onto with --vectors places all rows of the matrix; name the map's own vectors with --onto-vectors \
                 and leave --ids out"
                    .to_owned(),
            ));
        }
        let given = self.iterative.given().map(|(name, _)| name);
        match { given }.find(|name| !IterativeArguments::PLACEMENT.contains(name)) {
            Some(name) => Err(CliError::Input(format!("{name} makes no difference with --onto; leave it out"))),
            None => Ok(()),
        }
    }

    /// Refuses arguments of other methods than the one that is asked for.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let axes = self.axes.first_given().map(|name| (name, &[MethodName::Axes][..]));
        let stranger = self.iterative.given().chain(axes).find(|(_, methods)| !methods.contains(&self.method));
        let start = self.start.as_ref().filter(|_| !matches!(self.method, MethodName::Tsne | MethodName::Umap));
        let stranger = stranger.or(start.map(|_| ("--start", &[MethodName::Tsne, MethodName::Umap][..])));
        let Some((name, methods)) = stranger else { return self.check_onto() };
        let methods: Vec<String> = methods.iter().map(|method| format!("--method {}", method.typed())).collect();
        Err(CliError::Input(format!("{name} belongs to {}; add that or leave it out", methods.join(" or "))))
    }

    /// What is asked for of these rows, not yet checked against the vectors.
    pub(super) fn settings(&self, names: &RowNames<'_>) -> Result<ProjectionSettings, CliError> {
        let dims = usize::from(self.dims);
        let (method, trust_neighbors) = match self.method {
            MethodName::Pca => (Method::Pca, 0),
            MethodName::Tsne => (Method::Tsne(self.iterative.tsne(dims, self.start.is_some())), TRUST_NEIGHBORS),
            MethodName::Umap => (Method::Umap(self.iterative.umap(dims)), TRUST_NEIGHBORS),
            MethodName::Axes => (Method::Axes(self.axes.axes(self.iterative.metric(), names)?), 0),
        };
        let rows = self.ids.as_deref().map(|file| names.listed(file)).transpose()?;
        let start = self.start.as_deref().map(|file| names.start(file, rows.as_deref())).transpose()?;
        Ok(ProjectionSettings {
            method,
            dims,
            trust_neighbors: self.trust.unwrap_or(trust_neighbors),
            rows: rows.map(Into::into),
            start: start.map(Arc::new),
            backend: self.iterative.backend()?,
            adapter: self.iterative.adapter(),
        })
    }
}
