//! `idatlas project`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::CliError;
use super::aside::folder_exists;
use super::console::Console;
use super::npy;
use crate::engine::{ProjectionRequest, jobs};
use crate::export::export_projection;
use crate::numbers::{duration, percent, short};
use crate::projection::Pca;
use crate::run::Run;

const EXAMPLES: &str = "\
Examples:
  idatlas project runs/first --type item --out items.csv
  idatlas project --vectors vectors.npy --dims 3 --out coordinates.npy";

/// Arguments of `project`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ProjectArguments {
    /// The run folder
    #[arg(required_unless_present = "vectors", conflicts_with = "vectors", requires = "table")]
    run: Option<PathBuf>,
    /// The ID type to project, or user
    #[arg(long = "type", value_name = "TYPE", id = "table", conflicts_with = "vectors")]
    table: Option<String>,
    /// Project the rows of this matrix of float32 or float64 instead
    #[arg(long, value_name = "FILE.npy", requires = "out")]
    vectors: Option<PathBuf>,
    /// The method
    #[arg(long, value_enum, default_value_t = Method::Pca)]
    method: Method,
    /// Coordinates of a point, 2 or 3
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    dims: u8,
    /// The file to write, .parquet, .csv or .npy [default: RUN/projections/TYPE-METHOD.parquet]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Principal components
    Pca,
    /// t-SNE (not in this version)
    Tsne,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutFormat {
    Table,
    Npy,
}

#[derive(Debug, Serialize)]
struct ProjectReport {
    method: &'static str,
    rows: usize,
    dims: usize,
    seconds: Seconds,
    explained_variance_ratio: Vec<f64>,
    kl_divergence: Option<f64>,
    trust: Option<()>,
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct Seconds {
    total: f64,
    pca: f64,
    neighbors: Option<f64>,
    affinities: Option<f64>,
    optimize: Option<f64>,
}

struct Projected {
    coordinates: Array2<f32>,
    explained_variance_ratio: Vec<f64>,
    seconds: f64,
}

pub(super) fn run(arguments: &ProjectArguments, console: &Console) -> Result<(), CliError> {
    let started = Instant::now();
    if arguments.method == Method::Tsne {
        return Err(CliError::Input("t-SNE is not in this version; use --method pca".to_owned()));
    }
    let format =
        arguments.out.as_deref().map_or(Ok(OutFormat::Table), |out| out_format(out, arguments.vectors.is_some()))?;
    arguments.out.as_deref().map_or(Ok(()), folder_exists)?;
    let (projected, out) = match (&arguments.vectors, &arguments.run, &arguments.table) {
        (Some(vectors), _, _) => project_matrix(arguments, vectors, console)?,
        (None, Some(run), Some(table)) => project_table(arguments, run, table, format, console)?,
        // clap requires one or the other.
        (None, _, _) => return Err(CliError::Input("Name a run folder with --type, or --vectors".to_owned())),
    };
    let (rows, dims) = projected.coordinates.dim();
    console.result(&ProjectReport {
        method: "pca",
        rows,
        dims,
        seconds: Seconds {
            total: started.elapsed().as_secs_f64(),
            pca: projected.seconds,
            neighbors: None,
            affinities: None,
            optimize: None,
        },
        explained_variance_ratio: projected.explained_variance_ratio,
        kl_divergence: None,
        trust: None,
        out,
    })
}

fn project_matrix(
    arguments: &ProjectArguments,
    vectors: &Path,
    console: &Console,
) -> Result<(Projected, PathBuf), CliError> {
    let out = arguments.out.clone().unwrap_or_default();
    let matrix = npy::read(vectors)?;
    let started = Instant::now();
    let pca = Pca::fit(matrix.view(), arguments.dims.into(), &console.watch())?;
    let seconds = started.elapsed().as_secs_f64();
    npy::write(&out, pca.coordinates.view())?;
    let Pca { coordinates, explained_variance_ratio, .. } = pca;
    Ok((Projected { coordinates, explained_variance_ratio, seconds }, out))
}

fn project_table(
    arguments: &ProjectArguments,
    folder: &Path,
    table: &str,
    format: OutFormat,
    console: &Console,
) -> Result<(Projected, PathBuf), CliError> {
    let run = Run::read(folder)?;
    let request = ProjectionRequest { table: table.to_owned(), dims: arguments.dims.into() };
    let result = jobs::project(&run, &request, &console.watch())?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => {
            let projections = folder.join("projections");
            std::fs::create_dir_all(&projections).map_err(|source| CliError::writing(&projections, source))?;
            projections.join(format!("{table}-pca.parquet"))
        }
    };
    let coordinates = result.coordinates.view();
    match format {
        OutFormat::Npy => npy::write(&out, coordinates)?,
        OutFormat::Table => save_table(&run, table, coordinates, &result.explained_variance_ratio, &out)?,
    }
    let projected = Projected {
        coordinates: result.coordinates.as_ref().clone(),
        explained_variance_ratio: result.explained_variance_ratio,
        seconds: result.seconds,
    };
    Ok((projected, out))
}

fn save_table(
    run: &Run,
    table: &str,
    coordinates: ArrayView2<'_, f32>,
    explained: &[f64],
    out: &Path,
) -> Result<(), CliError> {
    let explained: Vec<String> = explained.iter().map(f64::to_string).collect();
    let metadata = [
        ("method", "pca".to_owned()),
        ("type", table.to_owned()),
        ("explained_variance_ratio", format!("[{}]", explained.join(", "))),
        ("run", run.metadata.name.clone()),
        ("data", run.metadata.data.hash.clone()),
        ("program_version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
    Ok(export_projection(run, table, coordinates, &metadata, out)?)
}

/// What the ending of `out` asks for.
fn out_format(out: &Path, matrix_only: bool) -> Result<OutFormat, CliError> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "npy" => Ok(OutFormat::Npy),
        "parquet" | "csv" if !matrix_only => Ok(OutFormat::Table),
        _ => {
            let known = if matrix_only { ".npy" } else { ".parquet, .csv or .npy" };
            Err(CliError::Input(format!("The output file must end in {known}\nFile: {}", out.display())))
        }
    }
}

impl fmt::Display for ProjectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares: Vec<String> = self.explained_variance_ratio.iter().copied().map(percent).collect();
        writeln!(
            f,
            "{} points in {} dimensions by PCA in {}; they explain {} of the variance",
            short(self.rows as u64),
            self.dims,
            duration(self.seconds.pca),
            shares.join(" + ")
        )?;
        writeln!(f, "  {}", self.out.display())
    }
}
