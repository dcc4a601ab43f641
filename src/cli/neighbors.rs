//! `idatlas neighbors`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::console::Console;
use super::numbers;
use super::table::{Align, Table};
use crate::engine::{InspectionRequest, Subject, jobs};
use crate::neighbors::Metric;
use crate::run::Run;

const EXAMPLES: &str = "\
Examples:
  idatlas neighbors runs/first --type item --id 834117@31782
  idatlas neighbors runs/first --type brand --id 69 --to item -k 10";

/// Arguments of `neighbors`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct NeighborsArguments {
    /// The run folder
    run: PathBuf,
    /// The ID's type, or user
    #[arg(long = "type", value_name = "TYPE")]
    table: String,
    /// The ID
    #[arg(long, allow_hyphen_values = true)]
    id: String,
    /// List IDs of this type instead; they are compared in item space, through the transfer matrices
    #[arg(long, value_name = "TYPE")]
    to: Option<String>,
    /// How many
    #[arg(short, long = "count", value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
    /// How nearness is measured: cosine, dot or euclidean
    #[arg(long, default_value = "cosine")]
    metric: Metric,
}

#[derive(Debug, Serialize)]
struct NeighborsReport {
    #[serde(rename = "type")]
    table: String,
    id: String,
    label: Option<String>,
    to: String,
    metric: Metric,
    neighbors: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    rank: usize,
    id: String,
    label: Option<String>,
    score: f32,
    count: u64,
}

pub(super) fn run(arguments: &NeighborsArguments, console: &Console) -> Result<(), CliError> {
    let run = Run::read(&arguments.run)?;
    let row = run.row(&arguments.table, &arguments.id)?;
    let to = arguments.to.as_ref().unwrap_or(&arguments.table);
    let request = InspectionRequest {
        subject: Subject { table: arguments.table.clone(), row },
        neighbors_in: to.clone(),
        k: arguments.k as usize,
        metric: arguments.metric,
    };
    let found = jobs::inspect(&run, &request)?;
    let neighbors = found.neighbors.into_iter().enumerate();
    console.result(&NeighborsReport {
        table: arguments.table.clone(),
        id: found.id,
        label: found.label,
        to: to.clone(),
        metric: arguments.metric,
        neighbors: neighbors
            .map(|(i, row)| Row { rank: i + 1, id: row.id, label: row.label, score: row.score, count: row.count })
            .collect(),
    })
}

impl fmt::Display for NeighborsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.label.as_ref().map(|label| format!(", {label}")).unwrap_or_default();
        writeln!(f, "{} {}{label}", self.table, self.id)?;
        let score = match self.metric {
            Metric::Cosine => "cosine",
            Metric::Dot => "dot",
            Metric::Euclidean => "distance",
        };
        let mut table = Table::new([
            ("", Align::Right),
            (score, Align::Right),
            ("ID", Align::Left),
            ("events", Align::Right),
            ("name", Align::Left),
        ]);
        for row in &self.neighbors {
            table.row([
                row.rank.to_string(),
                format!("{:.4}", row.score),
                row.id.clone(),
                numbers::count(row.count),
                row.label.clone().unwrap_or_default(),
            ]);
        }
        write!(f, "{table}")
    }
}
