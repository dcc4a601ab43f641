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
use super::project_onto::{self, Placed};
use super::project_rows::RowNames;
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
    /// Of t-SNE: where its iterations ran.
    backend: Option<&'static str>,
    adapter: Option<String>,
    neighbor_recall: Option<f64>,
    /// Points that were placed in a map that was there, with `--onto`.
    placed: Option<usize>,
    trust: Option<Trust>,
    out: PathBuf,
}

pub(super) fn run(arguments: &ProjectArguments, console: &Console) -> Result<(), CliError> {
    let started = Instant::now();
    arguments.check()?;
    let format =
        arguments.out.as_deref().map_or(Ok(OutFormat::Table), |out| out_format(out, arguments.vectors.is_some()))?;
    arguments.out.as_deref().map_or(Ok(()), folder_exists)?;
    let mut report = match (&arguments.vectors, &arguments.run, &arguments.table) {
        (Some(vectors), _, _) => project_matrix(arguments, vectors, console)?,
        (None, Some(run), Some(table)) => project_table(arguments, run, table, format, console)?,
        // clap requires one or the other.
        (None, _, _) => return Err(CliError::Input("Name a run folder with --type, or --vectors".to_owned())),
    };
    report.seconds.total = started.elapsed().as_secs_f64();
    console.result(&report)
}

fn project_matrix(arguments: &ProjectArguments, vectors: &Path, console: &Console) -> Result<ProjectReport, CliError> {
    let out = arguments.out.clone().unwrap_or_default();
    let matrix = npy::read(vectors)?;
    if let (Some(map), Some(fixed)) = (&arguments.onto, &arguments.onto_vectors) {
        let placed = project_onto::in_map_of_matrix(arguments, &matrix, fixed, map, console)?;
        npy::write(&out, placed.coordinates.view())?;
        return Ok(ProjectReport::of_placed(&placed, out));
    }
    let settings = arguments.settings(&RowNames::Numbers { rows: matrix.nrows() })?;
    announce(&settings, matrix.view(), console)?;
    let made =
        projection::project(matrix.view(), &settings, &ProjectionControl::default(), &console.watch(), &mut |_| {})?;
    npy::write(&out, made.coordinates.view())?;
    warn_of_recall(made.neighbor_recall, console);
    Ok(ProjectReport {
        method: settings.method.name(),
        rows: made.coordinates.nrows(),
        dims: made.coordinates.ncols(),
        seconds: made.seconds,
        explained_variance_ratio: made.explained_variance_ratio,
        kl_divergence: made.kl_divergence,
        perplexity: made.perplexity,
        iterations: made.iterations,
        backend: backend_name(&settings.method, made.adapter.as_deref()),
        adapter: made.adapter,
        neighbor_recall: made.neighbor_recall,
        placed: None,
        trust: made.trust,
        out,
    })
}

fn project_table(
    arguments: &ProjectArguments,
    folder: &Path,
    table: &str,
    format: OutFormat,
    console: &Console,
) -> Result<ProjectReport, CliError> {
    let run = Run::read(folder)?;
    let vectors = run.table(table)?.vectors;
    if let Some(map) = &arguments.onto {
        let placed = project_onto::in_map_of_table(arguments, &run, table, map, console)?;
        let out = match &arguments.out {
            Some(out) => out.clone(),
            None => default_file(&run, folder, table, "tsne")?,
        };
        match format {
            OutFormat::Npy => npy::write(&out, placed.coordinates.view())?,
            OutFormat::Table => {
                let mut metadata = vec![("method", "tsne".to_owned()), ("type", table.to_owned())];
                metadata.extend([("onto", map.display().to_string()), ("placed", placed.count.to_string())]);
                metadata.extend(jobs::map_origin(&run));
                export_projection(
                    &run,
                    table,
                    Some(&placed.rows),
                    placed.coordinates.view(),
                    None,
                    &owned(metadata),
                    &out,
                )?;
            }
        }
        return Ok(ProjectReport::of_placed(&placed, out));
    }
    let settings = arguments.settings(&RowNames::Ids { run: &run, table })?;
    announce(&settings, vectors, console)?;
    let request = ProjectionRequest { table: table.to_owned(), settings: settings.clone() };
    let result = jobs::project(&run, &request, &ProjectionControl::default(), &console.watch(), &mut |_| {})?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => default_file(&run, folder, table, settings.method.name())?,
    };
    match format {
        OutFormat::Npy => npy::write(&out, result.coordinates.view())?,
        OutFormat::Table => save_table(&run, &result, &out)?,
    }
    warn_of_recall(result.neighbor_recall, console);
    let has_shares = !result.explained_variance_ratio.is_empty();
    Ok(ProjectReport {
        method: settings.method.name(),
        rows: result.coordinates.nrows(),
        dims: result.coordinates.ncols(),
        seconds: result.phases,
        explained_variance_ratio: has_shares.then_some(result.explained_variance_ratio),
        kl_divergence: result.kl_divergence,
        perplexity: result.perplexity,
        iterations: result.iterations,
        backend: backend_name(&settings.method, result.adapter.as_deref()),
        adapter: result.adapter,
        neighbor_recall: result.neighbor_recall,
        placed: None,
        trust: result.trust.map(|trust| trust.as_ref().clone()),
        out,
    })
}

/// Where the iterations of a t-SNE ran; other methods have no choice.
fn backend_name(method: &Method, adapter: Option<&str>) -> Option<&'static str> {
    matches!(method, Method::Tsne(_)).then_some(if adapter.is_some() { "gpu" } else { "cpu" })
}

/// Where a run keeps its map of `table` by `method`; the folder for it is made.
fn default_file(run: &Run, folder: &Path, table: &str, method: &str) -> Result<PathBuf, CliError> {
    let file = run.projection_path(folder, table, method);
    if let Some(projections) = file.parent() {
        std::fs::create_dir_all(projections).map_err(|source| CliError::writing(projections, source))?;
    }
    Ok(file)
}

/// Says before the start what a t-SNE or UMAP will take, and what of the parameters the vectors do not allow.
fn announce(settings: &ProjectionSettings, vectors: ArrayView2<'_, f32>, console: &Console) -> Result<(), CliError> {
    let rows = settings.rows.as_ref().map_or(vectors.nrows(), |rows| rows.len());
    let width = vectors.ncols();
    let (name, lowered, memory) = match &settings.method {
        Method::Tsne(parameters) => {
            let checked = parameters.check(rows)?;
            let lowered = checked.lowered_perplexity().map(|asked| {
                let now = figures(checked.values().perplexity, 3);
                format!("a perplexity of {asked}; it is lowered to {now}")
            });
            ("t-SNE", lowered, checked.memory_bytes(width))
        }
        Method::Umap(parameters) => {
            let checked = parameters.check(rows)?;
            let now = checked.values().neighbors;
            let lowered =
                checked.lowered_neighbors().map(|asked| format!("{asked} neighbours; they are lowered to {now}"));
            ("UMAP", lowered, checked.memory_bytes(width))
        }
        Method::Pca | Method::Axes(_) => return Ok(()),
    };
    if let Some(lowered) = lowered.filter(|_| rows > 0) {
        console.warn(format!("{} vectors are too few for {lowered}", exact(rows as u64)));
    }
    console.note(format!(
        "{name} of {} vectors of {width} dimensions takes about {} of memory",
        short(rows as u64),
        bytes(memory)
    ));
    Ok(())
}

/// Says that neighbours were not compared all with all.
fn warn_of_recall(recall: Option<f64>, console: &Console) {
    if let Some(recall) = recall {
        console.warn(format!(
            "So many vectors are not compared all with all: {} of the true neighbours were found, as measured on a sample",
            percent(recall)
        ));
    }
}

fn save_table(run: &Run, result: &ProjectionResult, out: &Path) -> Result<(), CliError> {
    let (table, settings) = (&result.request.table, &result.request.settings);
    let trust = result.trust.as_ref().map(|trust| trust.by_point.as_slice());
    let metadata = jobs::map_metadata(run, result)?;
    Ok(export_projection(run, table, settings.rows.as_deref(), result.coordinates.view(), trust, &metadata, out)?)
}

fn owned(metadata: Vec<(&str, String)>) -> Vec<(String, String)> {
    metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
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

impl ProjectReport {
    fn of_placed(placed: &Placed, out: PathBuf) -> Self {
        Self {
            method: "tsne",
            rows: placed.coordinates.nrows(),
            dims: placed.coordinates.ncols(),
            seconds: placed.seconds,
            explained_variance_ratio: None,
            kl_divergence: None,
            perplexity: None,
            iterations: None,
            backend: None,
            adapter: None,
            neighbor_recall: None,
            placed: Some(placed.count),
            trust: None,
            out,
        }
    }
}

impl fmt::Display for ProjectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, dims) = (short(self.rows as u64), self.dims);
        let method = match self.method {
            "pca" => "PCA",
            "tsne" => "t-SNE",
            "umap" => "UMAP",
            _ => "axes of their own",
        };
        let adapter = self.adapter.as_ref().map(|adapter| format!(" on {adapter}")).unwrap_or_default();
        write!(f, "{points} points in {dims} dimensions by {method}{adapter} in ")?;
        match &self.explained_variance_ratio {
            Some(shares) => {
                let took = duration(self.seconds.pca.unwrap_or(self.seconds.total));
                let shares: Vec<String> = shares.iter().copied().map(percent).collect();
                writeln!(f, "{took}; they explain {} of the variance", shares.join(" + "))?;
            }
            None => writeln!(f, "{}", duration(self.seconds.total))?,
        }
        if let Some(placed) = self.placed {
            writeln!(f, "  {} of them placed in the map that was there", exact(placed as u64))?;
        }
        let phases = [
            ("neighbours", self.seconds.neighbors),
            (if self.method == "umap" { "memberships" } else { "affinities" }, self.seconds.affinities),
            (if self.method == "umap" { "epochs" } else { "iterations" }, self.seconds.optimize),
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
