//! `idatlas summarize`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::CliError;
use super::console::Console;
use super::id_list::{filtered, listed};
use super::table::{Align, Table};
use crate::engine::jobs::{self, Summary, SummarySubject};
use crate::engine::{NeighborRow, Subject};
use crate::numbers::{percent, short};
use crate::run::Run;
use crate::summary::{CatalogueProfile, Distribution, IdShare, NumericSummary, Typicality};

const EXAMPLES: &str = "\
Examples:
  idatlas summarize runs/first --type store --id 31782
  idatlas summarize runs/first --ids selected.txt --json
  idatlas summarize runs/first --where 'label ~ milk and count >= 10'";

/// Arguments of `summarize`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SummarizeArguments {
    /// The run folder
    run: PathBuf,
    /// The type of the ID or IDs, or user [default: the items]
    #[arg(long = "type", value_name = "TYPE")]
    table: Option<String>,
    /// One ID
    #[arg(long, allow_hyphen_values = true, required_unless_present_any = ["ids", "filter"], conflicts_with_all = ["ids", "filter"])]
    id: Option<String>,
    /// A file that lists IDs, one a line
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// The IDs that this filter means, such as `brand = acme and count >= 10`
    #[arg(long = "where", id = "filter", value_name = "FILTER", conflicts_with = "ids")]
    filter: Option<String>,
    /// IDs a list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
    /// The largest corrected p-value of an ID that is listed as over-represented
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = significance)]
    significance: f64,
}

fn significance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(level) if (0.0..=1.0).contains(&level) => Ok(level),
        _ => Err("write a number from 0 to 1, for example 0.05".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct SummaryReport {
    #[serde(rename = "type")]
    table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<usize>,
    items: usize,
    catalogue_items: usize,
    events: u64,
    users: Option<usize>,
    sessions: Option<usize>,
    attributes: Vec<TypeReport>,
    tests: usize,
    over_represented: Vec<Found>,
    numeric: Vec<Value>,
    cohesion: Cohesion,
    nearest: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct TypeReport {
    #[serde(rename = "type")]
    name: String,
    distinct: usize,
    missing: u32,
    ids: Vec<Share>,
}

#[derive(Debug, Serialize)]
struct Share {
    id: String,
    label: Option<String>,
    items: u32,
    share: f64,
    catalogue_items: u32,
    catalogue_share: f64,
    lift: f64,
}

#[derive(Debug, Serialize)]
struct Found {
    #[serde(rename = "type")]
    name: String,
    #[serde(flatten)]
    share: Share,
    p_value: f64,
    p_adjusted: f64,
}

#[derive(Debug, Serialize)]
struct Cohesion {
    mean_cosine: Option<f64>,
    catalogue_mean_cosine: Option<f64>,
    typical: Vec<Near>,
    atypical: Vec<Near>,
}

#[derive(Debug, Serialize)]
struct Near {
    id: String,
    label: Option<String>,
    score: f32,
}

pub(super) fn run(arguments: &SummarizeArguments, console: &Console) -> Result<(), CliError> {
    let run = Run::read(&arguments.run)?;
    let table = arguments.table.clone().unwrap_or_else(|| run.types[0].name.clone());
    let subject = match (&arguments.id, &arguments.ids, &arguments.filter) {
        (Some(id), ..) => SummarySubject::Id(Subject { row: run.row(&table, id)?, table }),
        (None, Some(file), _) => SummarySubject::Rows { rows: listed(file, |id| Ok(run.row(&table, id)?))?, table },
        (None, None, Some(filter)) => SummarySubject::Rows { rows: filtered(&run, &table, filter)?, table },
        (None, None, None) => {
            return Err(CliError::Input(
                "Name an ID with --id, a list with --ids, or a filter with --where".to_owned(),
            ));
        }
    };
    if matches!(&subject, SummarySubject::Rows { rows, .. } if rows.is_empty()) {
        return Err(CliError::Input("The list of IDs is empty; write one ID a line".to_owned()));
    }
    let profile = CatalogueProfile::of(&run);
    let found = jobs::summarize(&run, &profile, &subject, arguments.top as usize, &console.watch())?;
    console.result(&SummaryReport::new(&run, &subject, found, arguments))
}

impl SummaryReport {
    fn new(run: &Run, subject: &SummarySubject, found: Summary, arguments: &SummarizeArguments) -> Self {
        let Summary { items: summary, nearest } = found;
        let top = arguments.top as usize;
        let (table, id, label, ids) = match subject {
            SummarySubject::Id(Subject { table, row }) => {
                let view = run.table(table).ok();
                let label = view.and_then(|view| view.label(*row)).map(str::to_owned);
                (table, view.map(|view| view.vocabulary.id(*row).to_owned()), label, None)
            }
            SummarySubject::Rows { table, rows } => (table, None, None, Some(rows.len())),
        };
        let attributes = summary.types.iter().map(|shares| TypeReport {
            name: run.types[shares.type_index].name.clone(),
            distinct: shares.ids.len(),
            missing: shares.missing,
            ids: shares.ids.iter().take(top).map(|share| Share::new(run, shares.type_index, share)).collect(),
        });
        let significant = summary.over_represented.iter().filter(|one| one.adjusted <= arguments.significance);
        let over_represented = significant.take(top).map(|one| Found {
            name: run.types[one.type_index].name.clone(),
            share: Share::new(run, one.type_index, &one.share),
            p_value: one.p_value,
            p_adjusted: one.adjusted,
        });
        let cohesion = Cohesion {
            mean_cosine: summary.cohesion.mean_cosine,
            catalogue_mean_cosine: summary.cohesion.catalogue_mean_cosine,
            typical: summary.cohesion.typical.iter().map(|item| Near::item(run, item)).collect(),
            atypical: summary.cohesion.atypical.iter().map(|item| Near::item(run, item)).collect(),
        };
        let rows = |rows: Vec<NeighborRow>| rows.into_iter().map(Near::from).collect::<Vec<_>>();
        Self {
            table: table.clone(),
            id,
            label,
            ids,
            items: summary.items.len(),
            catalogue_items: run.attributes.item_count(),
            events: summary.events,
            users: summary.buyers.map(|buyers| buyers.users),
            sessions: summary.buyers.map(|buyers| buyers.baskets),
            attributes: attributes.collect(),
            tests: summary.tests,
            over_represented: over_represented.collect(),
            numeric: summary.numeric.iter().map(numeric).collect(),
            cohesion,
            nearest: nearest.into_iter().map(|(name, found)| (name, json!(rows(found)))).collect(),
        }
    }
}

fn numeric(column: &NumericSummary) -> Value {
    let NumericSummary { column, edges, set, catalogue } = column;
    json!({ "column": column, "edges": edges, "items": distribution(set), "catalogue": distribution(catalogue) })
}

fn distribution(found: &Distribution) -> Value {
    let [min, lower, median, upper, max] = found.quantiles.map_or([None; 5], |quantiles| quantiles.map(Some));
    json!({
        "count": found.count, "missing": found.missing, "mean": found.mean,
        "min": min, "lower_quartile": lower, "median": median, "upper_quartile": upper, "max": max,
        "histogram": found.histogram,
    })
}

impl Share {
    fn new(run: &Run, type_index: usize, share: &IdShare) -> Self {
        let table = run.type_table(type_index);
        Self {
            id: table.vocabulary.id(share.row).to_owned(),
            label: table.label(share.row).map(str::to_owned),
            items: share.items,
            share: share.share,
            catalogue_items: share.catalogue_items,
            catalogue_share: share.catalogue_share,
            lift: share.lift(),
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            short(u64::from(self.items)),
            percent(self.share),
            percent(self.catalogue_share),
            format!("{:.1}", self.lift),
        ]
    }
}

impl Near {
    fn item(run: &Run, item: &Typicality) -> Self {
        let table = run.type_table(0);
        Self {
            id: table.vocabulary.id(item.item).to_owned(),
            label: table.label(item.item).map(str::to_owned),
            score: item.cosine,
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![format!("{:.3}", self.score), self.id.clone(), self.label.clone().unwrap_or_default()]
    }
}

impl From<NeighborRow> for Near {
    fn from(row: NeighborRow) -> Self {
        Self { id: row.id, label: row.label, score: row.score }
    }
}

impl fmt::Display for SummaryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.label.as_ref().map(|label| format!(", {label}")).unwrap_or_default();
        match (&self.id, self.ids) {
            (Some(id), _) => writeln!(f, "{} {id}{label}", self.table)?,
            (None, ids) => writeln!(f, "{} IDs of type {}", short(ids.unwrap_or(0) as u64), self.table)?,
        }
        write!(f, "{} of {} items", short(self.items as u64), short(self.catalogue_items as u64))?;
        write!(f, ", {} events", short(self.events))?;
        if let (Some(users), Some(sessions)) = (self.users, self.sessions) {
            write!(f, ", taken by {} users in {} sessions", short(users as u64), short(sessions as u64))?;
        }
        writeln!(f)?;
        let shares = [("", Align::Left), ("ID", Align::Left), ("items", Align::Right), ("share", Align::Right)];
        let against = [("of all", Align::Right), ("lift", Align::Right)];
        if !self.attributes.is_empty() {
            let mut table = Table::new(shares.into_iter().chain(against).chain([("name", Align::Left)]));
            for of_type in &self.attributes {
                for (place, share) in of_type.ids.iter().enumerate() {
                    let name = if place == 0 { of_type.name.clone() } else { String::new() };
                    let cells =
                        std::iter::once(name).chain(share.cells()).chain([share.label.clone().unwrap_or_default()]);
                    table.row(cells.collect::<Vec<_>>());
                }
            }
            write!(f, "\nMost frequent attribute IDs\n{table}")?;
        }
        writeln!(f, "\nOver-represented, of {} IDs tested", short(self.tests as u64))?;
        if self.over_represented.is_empty() {
            writeln!(f, "  none beyond what chance gives")?;
        } else {
            let p = [("p, corrected", Align::Right), ("name", Align::Left)];
            let mut table = Table::new(shares.into_iter().chain(against).chain(p));
            for Found { name, share, p_adjusted, .. } in &self.over_represented {
                let cells = std::iter::once(name.clone()).chain(share.cells());
                let rest = [format!("{p_adjusted:.1e}"), share.label.clone().unwrap_or_default()];
                table.row(cells.chain(rest).collect::<Vec<_>>());
            }
            write!(f, "{table}")?;
        }
        if !self.numeric.is_empty() {
            let quartiles = ["lower quartile", "median", "upper quartile", "median of all", "missing"];
            let headings = std::iter::once(("", Align::Left)).chain(quartiles.map(|name| (name, Align::Right)));
            let mut table = Table::new(headings);
            for column in &self.numeric {
                let number =
                    |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
                let own = ["lower_quartile", "median", "upper_quartile"].map(|key| number(&column["items"][key]));
                let name = column["column"].as_str().unwrap_or_default().to_owned();
                let rest = [number(&column["catalogue"]["median"]), column["items"]["missing"].to_string()];
                table.row(std::iter::once(name).chain(own).chain(rest).collect::<Vec<_>>());
            }
            write!(f, "\nNumbers\n{table}")?;
        }
        if let Some(mean) = self.cohesion.mean_cosine {
            let all = self.cohesion.catalogue_mean_cosine.map(|all| format!(", of all items {all:.3}"));
            writeln!(f, "\nMean cosine of two of the items {mean:.3}{}", all.unwrap_or_default())?;
        }
        for (heading, items) in [("Typical", &self.cohesion.typical), ("Atypical", &self.cohesion.atypical)] {
            // A set of one has no middle.
            if !items.is_empty() && self.items > 1 {
                let mut table = near_table();
                items.iter().for_each(|near| table.row(near.cells()));
                write!(f, "\n{heading}\n{table}")?;
            }
        }
        for (name, rows) in &self.nearest {
            let mut table = near_table();
            for row in rows.as_array().into_iter().flatten() {
                let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
                let score = row["score"].as_f64().unwrap_or_default();
                table.row(vec![format!("{score:.3}"), text("id"), text("label")]);
            }
            write!(f, "\nNearest: {name}\n{table}")?;
        }
        Ok(())
    }
}

fn near_table() -> Table {
    Table::new([("cosine", Align::Right), ("ID", Align::Left), ("name", Align::Left)])
}
