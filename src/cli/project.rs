//! `idatlas project`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray::ArrayView2;
use serde::Serialize;

use super::CliError;
use super::aside::folder_exists;
use super::console::Console;
use super::npy;
use super::project_arguments::ProjectArguments;
use crate::engine::{ProjectionRequest, ProjectionResult, jobs};
use crate::export::export_projection;
use crate::numbers::{bytes, duration, exact, figures, percent, short};
use crate::projection::{self, Method, PhaseSeconds, ProjectionControl, ProjectionSettings, Trust};
use crate::run::Run;

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
    seconds: PhaseSeconds,
    explained_variance_ratio: Option<Vec<f64>>,
    kl_divergence: Option<f64>,
    perplexity: Option<f64>,
    iterations: Option<usize>,
    trust: Option<Trust>,
    out: PathBuf,
}

pub(super) fn run(arguments: &ProjectArguments, console: &Console) -> Result<(), CliError> {
    let started = Instant::now();
    let settings = arguments.settings()?;
    let format =
        arguments.out.as_deref().map_or(Ok(OutFormat::Table), |out| out_format(out, arguments.vectors.is_some()))?;
    arguments.out.as_deref().map_or(Ok(()), folder_exists)?;
    let mut report = match (&arguments.vectors, &arguments.run, &arguments.table) {
        (Some(vectors), _, _) => project_matrix(arguments, &settings, vectors, console)?,
        (None, Some(run), Some(table)) => project_table(arguments, &settings, run, table, format, console)?,
        // clap requires one or the other.
        (None, _, _) => return Err(CliError::Input("Name a run folder with --type, or --vectors".to_owned())),
    };
    report.seconds.total = started.elapsed().as_secs_f64();
    console.result(&report)
}

fn project_matrix(
    arguments: &ProjectArguments,
    settings: &ProjectionSettings,
    vectors: &Path,
    console: &Console,
) -> Result<ProjectReport, CliError> {
    let out = arguments.out.clone().unwrap_or_default();
    let matrix = npy::read(vectors)?;
    announce(settings, matrix.view(), console)?;
    let made =
        projection::project(matrix.view(), settings, &ProjectionControl::default(), &console.watch(), &mut |_| {})?;
    npy::write(&out, made.coordinates.view())?;
    Ok(ProjectReport {
        method: settings.method.name(),
        rows: made.coordinates.nrows(),
        dims: made.coordinates.ncols(),
        seconds: made.seconds,
        explained_variance_ratio: made.explained_variance_ratio,
        kl_divergence: made.kl_divergence,
        perplexity: made.perplexity,
        iterations: made.iterations,
        trust: made.trust,
        out,
    })
}

fn project_table(
    arguments: &ProjectArguments,
    settings: &ProjectionSettings,
    folder: &Path,
    table: &str,
    format: OutFormat,
    console: &Console,
) -> Result<ProjectReport, CliError> {
    let run = Run::read(folder)?;
    announce(settings, run.table(table)?.vectors, console)?;
    let request = ProjectionRequest { table: table.to_owned(), settings: settings.clone() };
    let result = jobs::project(&run, &request, &ProjectionControl::default(), &console.watch(), &mut |_| {})?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => {
            let projections = folder.join("projections");
            std::fs::create_dir_all(&projections).map_err(|source| CliError::writing(&projections, source))?;
            projections.join(format!("{table}-{}.parquet", settings.method.name()))
        }
    };
    match format {
        OutFormat::Npy => npy::write(&out, result.coordinates.view())?,
        OutFormat::Table => save_table(&run, &result, &out)?,
    }
    let is_pca = settings.method == Method::Pca;
    Ok(ProjectReport {
        method: settings.method.name(),
        rows: result.coordinates.nrows(),
        dims: result.coordinates.ncols(),
        seconds: result.phases,
        explained_variance_ratio: is_pca.then_some(result.explained_variance_ratio),
        kl_divergence: result.kl_divergence,
        perplexity: result.perplexity,
        iterations: result.iterations,
        trust: result.trust.map(|trust| trust.as_ref().clone()),
        out,
    })
}

/// Says before the start what a t-SNE will take, and what of the parameters the vectors do not allow.
fn announce(settings: &ProjectionSettings, vectors: ArrayView2<'_, f32>, console: &Console) -> Result<(), CliError> {
    let Method::Tsne(parameters) = &settings.method else { return Ok(()) };
    let (rows, width) = vectors.dim();
    let checked = parameters.check(rows)?;
    if let Some(asked) = checked.lowered_perplexity().filter(|_| rows > 0) {
        console.warn(format!(
            "{} vectors are too few for a perplexity of {asked}; it is lowered to {}",
            exact(rows as u64),
            figures(checked.values().perplexity, 3)
        ));
    }
    console.note(format!(
        "t-SNE of {} vectors of {width} dimensions takes about {} of memory",
        short(rows as u64),
        bytes(checked.memory_bytes(width))
    ));
    Ok(())
}

fn save_table(run: &Run, result: &ProjectionResult, out: &Path) -> Result<(), CliError> {
    let settings = &result.request.settings;
    let mut metadata = vec![("method", settings.method.name().to_owned()), ("type", result.request.table.clone())];
    if settings.method == Method::Pca {
        let explained: Vec<String> = result.explained_variance_ratio.iter().map(f64::to_string).collect();
        metadata.push(("explained_variance_ratio", format!("[{}]", explained.join(", "))));
    }
    if let Method::Tsne(parameters) = &settings.method {
        metadata.push(("parameters", json(parameters)));
        metadata.extend(result.perplexity.map(|perplexity| ("perplexity", perplexity.to_string())));
        metadata.extend(result.kl_divergence.map(|divergence| ("kl_divergence", divergence.to_string())));
    }
    if let Some(trust) = &result.trust {
        metadata.push(("trust", json(trust.as_ref())));
    }
    metadata.extend([
        ("run", run.metadata.name.clone()),
        ("data", run.metadata.data.hash.clone()),
        ("program_version", env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    let metadata: Vec<(String, String)> = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let trust = result.trust.as_ref().map(|trust| trust.by_point.as_slice());
    Ok(export_projection(run, &result.request.table, result.coordinates.view(), trust, &metadata, out)?)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("numbers and names are valid JSON")
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
        let (points, dims) = (short(self.rows as u64), self.dims);
        if let Some(shares) = &self.explained_variance_ratio {
            let shares: Vec<String> = shares.iter().copied().map(percent).collect();
            let took = duration(self.seconds.pca.unwrap_or(self.seconds.total));
            writeln!(
                f,
                "{points} points in {dims} dimensions by PCA in {took}; they explain {} of the variance",
                shares.join(" + ")
            )?;
        } else {
            writeln!(f, "{points} points in {dims} dimensions by t-SNE in {}", duration(self.seconds.total))?;
        }
        let phases = [
            ("neighbours", self.seconds.neighbors),
            ("affinities", self.seconds.affinities),
            ("iterations", self.seconds.optimize),
            ("trust", self.seconds.trust),
        ];
        let phases: Vec<String> = phases
            .into_iter()
            .filter_map(|(name, seconds)| seconds.map(|seconds| format!("{name} {}", duration(seconds))))
            .collect();
        if !phases.is_empty() {
            writeln!(f, "  {}", phases.join(", "))?;
        }
        if let Some(divergence) = self.kl_divergence {
            writeln!(f, "  KL divergence {}", figures(divergence, 4))?;
        }
        if let Some(trust) = &self.trust {
            writeln!(
                f,
                "  {} of the {} nearest neighbours are among the nearest in the map; trustworthiness {}, continuity {}",
                percent(trust.preserved),
                trust.k,
                figures(trust.trustworthiness, 3),
                figures(trust.continuity, 3)
            )?;
        }
        writeln!(f, "  {}", self.out.display())
    }
}
