//! `idatlas render`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use ndarray::ArrayView2;
use serde::Serialize;

use super::CliError;
use super::aside::folder_exists;
use super::console::Console;
use super::project_onto::rows_of_map;
use super::render_epochs::{self, FrameReport};
use super::render_types::{self, TypeReport};
use crate::engine::ProjectionRequest;
use crate::engine::jobs::{self, PictureRequest, PlacedType};
use crate::numbers::{counted, duration};
use crate::picture::{ColourBy, Palettes, PictureFormat, SizeBy, write_picture};
use crate::projection::{Method, ProjectionControl, ProjectionSettings, TsneParameters, UmapParameters};
use crate::run::{MapFile, Run};

const EXAMPLES: &str = "\
Examples:
  idatlas render runs/first --type item --method tsne --color-by category --out items.png
  idatlas render runs/first --type item --method pca --history --out frames/items.png
  idatlas render runs/first --type item --method tsne --with brand,store --out items.svg
  idatlas render runs/first --type store --method pca --size 3200x2400 --theme dark --out stores.svg";

/// Arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RenderArguments {
    /// The run folder
    pub(super) run: PathBuf,
    /// The ID type to show, or user
    #[arg(long = "type", value_name = "TYPE", id = "table")]
    table: String,
    /// How the map is made: the one that the run folder keeps (`project` writes it), else a new one
    #[arg(long, value_enum, default_value_t = PictureMethod::Pca)]
    pub(super) method: PictureMethod,
    /// One picture for each epoch that the run keeps (train --keep-history): NAME-0001.png and so on beside --out
    #[arg(long, conflicts_with = "map")]
    history: bool,
    /// Show this map of `project` instead, a .parquet file
    #[arg(long, value_name = "FILE.parquet", conflicts_with = "method")]
    map: Option<PathBuf>,
    /// The file to write, .png or .svg
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// What the colours say: an ID type, count, a numeric column of the items, or none [default: the ID type that the
    /// palette tells apart best]
    #[arg(long, value_name = "ATTRIBUTE")]
    color_by: Option<String>,
    /// The palette: one of categories (Atlas, Okabe-Ito, Tol bright, Tol vibrant, Tol muted, Tol light), or one of
    /// amounts (Cividis, Viridis, Magma, Plasma; on both sides of zero Blue-red, Purple-green, Brown-teal)
    #[arg(long, value_name = "NAME", value_parser = palettes)]
    palette: Option<Palettes>,
    /// What the sizes say: count, a numeric column of the items, or equal
    #[arg(long, value_name = "COLUMN")]
    size_by: Option<String>,
    /// Width and height in pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x1200", value_parser = size)]
    size: [u32; 2],
    /// The ground
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    theme: Theme,
    /// Draw lines of equal density: around the densest 10, 30, 50, 70 and 90 % of the points
    #[arg(long)]
    contours: bool,
    /// Show IDs of these types among the items as well, each at the mean of its items
    #[arg(long, value_name = "TYPE,...", value_delimiter = ',', conflicts_with_all = ["history", "map"])]
    with: Vec<String>,
    /// Leave out the names beside the points
    #[arg(long)]
    no_labels: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PictureMethod {
    /// Principal components
    Pca,
    /// t-SNE
    Tsne,
    /// UMAP
    Umap,
}

impl PictureMethod {
    pub(super) fn settings(self) -> ProjectionSettings {
        let method = match self {
            Self::Pca => Method::Pca,
            Self::Tsne => Method::Tsne(TsneParameters::default()),
            Self::Umap => Method::Umap(UmapParameters::default()),
        };
        ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Pca => "PCA",
            Self::Tsne => "t-SNE",
            Self::Umap => "UMAP",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// White
    Light,
    /// Nearly black
    Dark,
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X']).and_then(|(wide, high)| Some([wide.parse().ok()?, high.parse().ok()?]));
    sides.ok_or_else(|| "write it as WIDTHxHEIGHT, for example 1600x1200".to_owned())
}

fn palettes(name: &str) -> Result<Palettes, String> {
    Palettes::default().with(name).ok_or_else(|| format!("use one of {}", Palettes::names().join(", ")))
}

#[derive(Debug, Serialize)]
struct RenderReport {
    #[serde(rename = "type")]
    table: String,
    method: Option<&'static str>,
    map: Option<PathBuf>,
    points: usize,
    color_by: String,
    size_by: String,
    width: u32,
    height: u32,
    seconds: f64,
    out: PathBuf,
    /// The other types among the items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<TypeReport>,
    /// The pictures of kept epochs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<FrameReport>,
}

/// Where points lie.
struct Points {
    rows: Vec<u32>,
    places: Vec<[f32; 2]>,
    /// How the map was made, in words.
    method: String,
    /// The file that it was read from.
    file: Option<PathBuf>,
    with: Arc<[PlacedType]>,
}

pub(super) fn run(arguments: &RenderArguments, console: &Console) -> Result<(), CliError> {
    let started = Instant::now();
    PictureFormat::of(&arguments.out)?;
    folder_exists(&arguments.out)?;
    let run = Run::read(&arguments.run)?;
    let colour_by = arguments.color_by.as_deref().map(|name| named_colour(&run, &arguments.table, name)).transpose()?;
    let size_by = arguments.size_by.as_deref().map(|name| named_size(&run, &arguments.table, name)).transpose()?;
    let size_by = size_by.unwrap_or_default();
    render_types::check(&run, &arguments.table, &arguments.with)?;
    let mut request = PictureRequest {
        table: arguments.table.clone(),
        method: arguments.method.title().to_owned(),
        colour_by,
        palettes: arguments.palette.clone().unwrap_or_default(),
        size_by,
        size: arguments.size,
        dark: arguments.theme == Theme::Dark,
        named: !arguments.no_labels,
        contoured: arguments.contours,
        with: Arc::default(),
    };
    let mut report = RenderReport {
        table: request.table.clone(),
        method: arguments.map.is_none().then(|| arguments.method.settings().method.name()),
        map: None,
        points: run.table(&arguments.table)?.vocabulary.len(),
        color_by: String::new(),
        size_by: request.size_by.name().to_owned(),
        width: arguments.size[0],
        height: arguments.size[1],
        seconds: 0.0,
        out: arguments.out.clone(),
        with: Vec::new(),
        frames: Vec::new(),
    };
    let by = if arguments.history {
        let (frames, by) = render_epochs::draw(&run, arguments, &request, console)?;
        report.frames = frames;
        by
    } else {
        let points = match &arguments.map {
            Some(file) => points_of_file(&run, &arguments.table, file)?,
            None => points_by_method(&run, arguments, console)?,
        };
        (request.method, request.with) = (points.method, points.with);
        report.with = request.with.iter().map(TypeReport::of).collect();
        let (picture, by) = jobs::picture(&run, &request, &points.rows, &points.places)?;
        write_picture(&picture, &arguments.out, &console.watch())?;
        (report.map, report.points) = (points.file, points.rows.len());
        by
    };
    by.name().clone_into(&mut report.color_by);
    report.seconds = started.elapsed().as_secs_f64();
    console.result(&report)
}

/// What `--color-by` names.
fn named_colour(run: &Run, table: &str, name: &str) -> Result<ColourBy, CliError> {
    run.table(table)?;
    let choices = ColourBy::choices(run, table, false, false);
    choices.iter().find(|by| by.name() == name).cloned().ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(ColourBy::name).collect();
        CliError::Input(format!(
            "Points of type {table:?} cannot be coloured by {name:?}; use one of {}",
            names.join(", ")
        ))
    })
}

/// What `--size-by` names.
fn named_size(run: &Run, table: &str, name: &str) -> Result<SizeBy, CliError> {
    run.table(table)?;
    let choices = SizeBy::choices(run, table);
    choices.iter().find(|by| by.name() == name).cloned().ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(SizeBy::name).collect();
        let names = names.join(", ");
        CliError::Input(format!("Points of type {table:?} cannot be sized by {name:?}; use one of {names}"))
    })
}

fn points_of_file(run: &Run, table: &str, file: &Path) -> Result<Points, CliError> {
    let map = MapFile::read(file)?;
    let rows = rows_of_map(run, table, &map, file)?;
    let mut points: Vec<(u32, [f32; 2])> = rows.into_iter().zip(places(map.coordinates.view())).collect();
    points.sort_by_key(|&(row, _)| row);
    let method = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let (rows, places) = points.into_iter().unzip();
    Ok(Points { rows, places, method, file: Some(file.to_owned()), with: Arc::default() })
}

fn points_by_method(run: &Run, arguments: &RenderArguments, console: &Console) -> Result<Points, CliError> {
    let settings = arguments.method.settings();
    let kept = run.read_projection(&arguments.run, &arguments.table, settings.method.name())?;
    let mut request = ProjectionRequest { table: arguments.table.clone(), settings };
    let coordinates = match kept {
        Some(kept) => {
            request.settings = jobs::kept_settings(&kept).unwrap_or(request.settings);
            kept.coordinates
        }
        None => {
            let made = jobs::project(run, &request, &ProjectionControl::default(), &console.watch(), &mut |_| {})?;
            made.coordinates.as_ref().clone()
        }
    };
    let places = places(coordinates.view());
    let (with, words) = render_types::place(run, &arguments.with, request, &places, console)?;
    let method = arguments.method.title();
    Ok(Points {
        rows: (0..coordinates.nrows() as u32).collect(),
        places,
        method: if words.is_empty() { method.to_owned() } else { format!("{method} with {words}") },
        file: None,
        with,
    })
}

/// The first two axes; a single one lies in the middle of the second.
fn places(coordinates: ArrayView2<'_, f32>) -> Vec<[f32; 2]> {
    let at = |row: usize, axis: usize| coordinates.get([row, axis]).copied().unwrap_or(0.0);
    (0..coordinates.nrows()).map(|row| [at(row, 0), at(row, 1)]).collect()
}

impl fmt::Display for RenderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, took) = (counted(self.points as u64, "point"), duration(self.seconds));
        writeln!(f, "{points} in {} x {} pixels, coloured by {}, in {took}", self.width, self.height, self.color_by)?;
        match self.frames.as_slice() {
            [] => writeln!(f, "  {}", self.out.display()),
            [first, .., last] => {
                writeln!(f, "  {} epochs: {} to {}", self.frames.len(), first.out.display(), last.out.display())
            }
            [only] => writeln!(f, "  {}", only.out.display()),
        }
    }
}
