//! `idatlas embed`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::arguments::name_and_column;
use super::aside::folder_exists;
use super::console::Console;
use crate::dataset::{DataRequest, Severity, read_item_rows};
use crate::engine::jobs::{self, PlacedItem, PlacedItems, Placement, UnknownIds};
use crate::export::{ExportFormat, export_table};
use crate::numbers::short;
use crate::run::{Run, TableView};

const EXAMPLES: &str = "\
Examples:
  idatlas embed runs/first --items new-items.csv --out new-items.parquet
  idatlas embed runs/first --items new-items.csv --method transfer --centred --out new-items.npy

A new item gets the mean, over its attributes, of the centroid of the items that share the attribute (centroid), or \
the sum of its attributes' images in item space (transfer). Centroids lie where the trained items lie, so they are the \
default. Images lie around a point of their own; --centred moves them among the items, and is best compared after \
subtracting the mean of all item vectors from both sides. Trained items keep their trained vectors.
The format follows the ending: .csv, .tsv, .parquet, .npy or .safetensors (the last two with their IDs beside them).";

/// How many IDs of a list are shown to people.
const SHOWN: usize = 5;

/// Arguments of `embed`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EmbedArguments {
    /// The run folder
    run: PathBuf,
    /// The items and their attributes: CSV, TSV, Parquet, Arrow IPC or JSON lines, also gzip or zstd
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// Column of the item [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    item_col: Option<String>,
    /// Column that names an item for people [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    label_col: Option<String>,
    /// An ID type of the run and its column; repeat it for more [default: each column that ends in _id]
    #[arg(long, value_name = "NAME=COLUMN", value_parser = name_and_column)]
    id_type: Vec<(String, String)>,
    /// Leave out rows that cannot be read, with a warning, instead of refusing the file
    #[arg(long)]
    skip_bad_rows: bool,
    /// How a new item is placed: centroid or transfer
    #[arg(long, value_name = "METHOD", default_value = "centroid")]
    method: Placement,
    /// With --method transfer: move the vectors among those of the items
    #[arg(long)]
    centred: bool,
    /// The file to write: .csv, .tsv, .parquet, .npy or .safetensors
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct EmbedReport {
    files: Vec<PathBuf>,
    method: &'static str,
    centred: bool,
    items: usize,
    dims: usize,
    placed: usize,
    trained: Vec<Row>,
    without_vector: Vec<Row>,
    unknown_ids: Vec<Unknown>,
    absent_types: Vec<String>,
    ignored_types: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    line: u64,
}

#[derive(Debug, Serialize)]
struct Unknown {
    #[serde(rename = "type")]
    type_name: String,
    ids: usize,
    items: usize,
    first: String,
    first_line: u64,
}

pub(super) fn run(arguments: &EmbedArguments, console: &Console) -> Result<(), CliError> {
    let placement = match (arguments.method, arguments.centred) {
        (Placement::Transfer, true) => Placement::TransferCentred,
        (_, true) => {
            let message = "--centred moves images of attributes; use it with --method transfer, or leave it out";
            return Err(CliError::Input(message.to_owned()));
        }
        (method, false) => method,
    };
    let format = ExportFormat::of_path(&arguments.out)?;
    folder_exists(&arguments.out)?;
    let run = Run::read(&arguments.run)?;
    let request = DataRequest {
        items: Some(arguments.items.clone()),
        item_column: arguments.item_col.clone(),
        label_column: arguments.label_col.clone(),
        id_types: arguments.id_type.clone(),
        skip_bad_rows: arguments.skip_bad_rows,
        ..DataRequest::default()
    };
    let types: Vec<&str> = run.types.iter().skip(1).map(|own| own.name.as_str()).collect();
    let file = read_item_rows(&request, &types, &console.watch())?;
    for problem in file.problems.iter().filter(|problem| problem.severity != Severity::Note) {
        console.warn(super::inspect::described(problem));
    }
    let placed = jobs::place_items(&run, &file, placement);
    if placed.vocabulary.is_empty() {
        return Err(CliError::Input(nothing_placed(&types, &file.types, arguments)));
    }
    warn(&placed, file.unit, console);
    let table = TableView {
        name: &run.types[0].name,
        type_index: Some(0),
        vocabulary: &placed.vocabulary,
        counts: &placed.counts,
        labels: &placed.labels,
        vectors: placed.vectors.view(),
    };
    let files = export_table(table, format, &arguments.out)?;
    console.result(&EmbedReport::new(files, placement, placed))
}

/// Why no item has a vector.
fn nothing_placed(types: &[&str], found: &[(String, String)], arguments: &EmbedArguments) -> String {
    let file = arguments.items.display();
    if types.is_empty() {
        return format!(
            "The run was trained without attributes, and none of the items is among its own, so they cannot be \
             placed; train with an items file\nFile: {file}"
        );
    }
    let found = found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { "none".to_owned() } else { found };
    format!(
        "No item has an attribute ID that the run knows, so there is nothing to write. The run's types are {}; the \
         file's are {found}; name their columns with --id-type NAME=COLUMN\nFile: {file}",
        types.join(", ")
    )
}

fn warn(placed: &PlacedItems, unit: &str, console: &Console) {
    for UnknownIds { type_name, ids, items, first, place } in &placed.unknown {
        console.warn(format!(
            "{ids} {type_name} IDs on {items} new items are not in the run and are skipped, the first is {first:?} on \
             {unit} {place}"
        ));
    }
    if !placed.absent_types.is_empty() {
        let names = placed.absent_types.join(", ");
        console.warn(format!("The file has no column of the run's types {names}; name them with --id-type"));
    }
    if !placed.foreign_types.is_empty() {
        let names = placed.foreign_types.join(", ");
        console.warn(format!("The run has no type {names}; those columns are not read"));
    }
    if let Some(first) = placed.without_vector.first() {
        let (count, shown) = (placed.without_vector.len(), first_ids(&placed.without_vector));
        console.warn(format!(
            "{count} items have no attribute that the run knows and get no vector: {shown}, from {unit} {} on",
            first.place
        ));
    }
    if !placed.trained.is_empty() {
        let (count, shown) = (placed.trained.len(), first_ids(&placed.trained));
        console.warn(format!("{count} items were trained and keep their trained vectors: {shown}"));
    }
}

fn first_ids(items: &[PlacedItem]) -> String {
    let more = if items.len() > SHOWN { ", ..." } else { "" };
    let shown: Vec<&str> = items.iter().take(SHOWN).map(|item| item.id.as_str()).collect();
    format!("{}{more}", shown.join(", "))
}

impl EmbedReport {
    fn new(files: Vec<PathBuf>, placement: Placement, placed: PlacedItems) -> Self {
        let rows = |items: Vec<PlacedItem>| items.into_iter().map(|PlacedItem { id, place }| Row { id, line: place });
        let unknown = placed.unknown.into_iter().map(|unknown| Unknown {
            type_name: unknown.type_name,
            ids: unknown.ids,
            items: unknown.items,
            first: unknown.first,
            first_line: unknown.place,
        });
        Self {
            files,
            method: if placement == Placement::Centroid { "centroid" } else { "transfer" },
            centred: placement == Placement::TransferCentred,
            items: placed.vocabulary.len() + placed.without_vector.len(),
            dims: placed.vectors.ncols(),
            placed: placed.vocabulary.len() - placed.trained.len(),
            trained: rows(placed.trained).collect(),
            without_vector: rows(placed.without_vector).collect(),
            unknown_ids: unknown.collect(),
            absent_types: placed.absent_types,
            ignored_types: placed.foreign_types,
        }
    }
}

impl fmt::Display for EmbedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let centred = if self.centred { ", centred" } else { "" };
        writeln!(
            f,
            "{} items: {} placed by their attributes ({}{centred}), {} trained, {} without a vector",
            short(self.items as u64),
            short(self.placed as u64),
            self.method,
            short(self.trained.len() as u64),
            short(self.without_vector.len() as u64)
        )?;
        writeln!(f, "Vectors of {} dimensions in", self.dims)?;
        self.files.iter().try_for_each(|file| writeln!(f, "  {}", file.display()))
    }
}
