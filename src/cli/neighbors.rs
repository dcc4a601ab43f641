//! `idatlas neighbors`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::CliError;
use super::console::Console;
use super::table::{Align, Table};
use crate::engine::{InspectionRequest, Subject, jobs};
use crate::neighbors::{Metric, score_by_type};
use crate::numbers;
use crate::run::Run;

const EXAMPLES: &str = "\
Examples:
  idatlas neighbors runs/first --type item --id 834117@31782
  idatlas neighbors runs/first --type brand --id 69 --to item -k 10
  idatlas neighbors runs/first --type item --id 834117@31782 --explain";

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
    /// Split the score x(i, j) that training gives each pair of items into one part a type
    #[arg(long)]
    explain: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<Explanation>,
}

/// x(i, j) of the item asked for and its neighbour.
#[derive(Debug, Serialize)]
struct Explanation {
    score: f32,
    /// Each type's part; null where either item lacks the attribute.
    by_type: Map<String, Value>,
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
        filter: None,
    };
    if arguments.explain && (arguments.table != run.types[0].name || *to != arguments.table) {
        return Err(CliError::Input(format!(
            "--explain splits the score of two items; leave it out, or ask for --type {0} without --to",
            run.types[0].name
        )));
    }
    let found = jobs::inspect(&run, &request)?;
    let neighbors = found.neighbors.into_iter().enumerate().map(|(i, neighbor)| Row {
        rank: i + 1,
        explain: arguments.explain.then(|| Explanation::of(&run, row, neighbor.row)),
        id: neighbor.id,
        label: neighbor.label,
        score: neighbor.score,
        count: neighbor.count,
    });
    console.result(&NeighborsReport {
        table: arguments.table.clone(),
        id: found.id,
        label: found.label,
        to: to.clone(),
        metric: arguments.metric,
        neighbors: neighbors.collect(),
    })
}

impl Explanation {
    fn of(run: &Run, item: u32, neighbor: u32) -> Self {
        let parts = score_by_type(&run.model, &run.attributes, item, neighbor);
        let names = run.types.iter().map(|id_type| id_type.name.clone());
        Self { score: parts.iter().flatten().sum(), by_type: names.zip(parts.into_iter().map(Value::from)).collect() }
    }
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
        let mut headings: Vec<_> =
            [("", Align::Right), (score, Align::Right), ("ID", Align::Left), ("events", Align::Right)].into();
        let explained = self.neighbors.iter().find_map(|row| row.explain.as_ref());
        if let Some(explained) = explained {
            headings.push(("x(i,j)", Align::Right));
            headings.extend(explained.by_type.keys().map(|name| (name.as_str(), Align::Right)));
        }
        headings.push(("name", Align::Left));
        let mut table = Table::new(headings);
        for row in &self.neighbors {
            let mut cells =
                vec![row.rank.to_string(), format!("{:.4}", row.score), row.id.clone(), numbers::short(row.count)];
            if let Some(explain) = &row.explain {
                cells.push(format!("{:.4}", explain.score));
                let part = |part: &Value| part.as_f64().map_or_else(|| "-".to_owned(), |part| format!("{part:.4}"));
                cells.extend(explain.by_type.values().map(part));
            }
            cells.push(row.label.clone().unwrap_or_default());
            table.row(cells);
        }
        write!(f, "{table}")
    }
}
