//! Arguments as typed, shared by several verbs.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::CliError;
use super::compare::CompareArguments;
use super::console::Console;
use super::devices::DevicesArguments;
use super::embed::EmbedArguments;
use super::evaluate::EvaluateArguments;
use super::export::ExportArguments;
use super::groups::GroupsArguments;
use super::inspect::InspectArguments;
use super::neighbors::NeighborsArguments;
use super::packed::{PackArguments, UnpackArguments};
use super::project_arguments::ProjectArguments;
use super::render::RenderArguments;
use super::sample::SampleArguments;
use super::summarize::SummarizeArguments;
use super::sweep::SweepArguments;
use super::train_arguments::TrainArguments;
use super::users::UsersArguments;
use crate::dataset::{self, DataRequest, Dataset};
use crate::engine::jobs;

const EXAMPLES: &str = "\
Examples:
  idatlas                                    open the window
  idatlas train --sample --out runs/first    train on the bundled sample
  idatlas neighbors runs/first --type item --id 834117@31782

Exit codes: 0 done, 2 the input or the arguments are at fault, 130 interrupted, 1 anything else.";

/// Learns one vector for every ID of a retailer's logs and catalogue, and shows them as maps.
///
/// Without a verb the window opens. Results go to stdout, progress and warnings to stderr.
#[derive(Debug, Parser)]
#[command(name = "idatlas", version, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) global: GlobalArguments,
}

/// What every verb takes.
#[derive(Debug, Clone, Args)]
pub(super) struct GlobalArguments {
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Show no progress
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// CPU threads [default: all]
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Open the window with a run folder or with data files
    Open(OpenArguments),
    /// Write the bundled sample data as files
    Sample(SampleArguments),
    /// Say what is understood of data files, and every problem in them
    Inspect(InspectArguments),
    /// Train on events and items, and save the run
    Train(Box<TrainArguments>),
    /// Measure how well a run predicts the events held out
    Evaluate(EvaluateArguments),
    /// Project vectors to 2D or 3D coordinates
    Project(Box<ProjectArguments>),
    /// Draw a map as a picture, PNG or SVG
    Render(RenderArguments),
    /// List the IDs nearest to an ID
    Neighbors(NeighborsArguments),
    /// Sum up the items of an ID, or a list of IDs: shares, what is over-represented, numbers, nearest IDs
    Summarize(SummarizeArguments),
    /// Train many times with other hyperparameters, and rank the runs
    Sweep(Box<SweepArguments>),
    /// Say how runs differ: hyperparameters, metrics, neighbourhoods
    Compare(CompareArguments),
    /// Write vectors for other programs
    Export(ExportArguments),
    /// Write vectors for new items, from their attributes
    Embed(EmbedArguments),
    /// Write users' vectors from new events, without training
    Users(UsersArguments),
    /// Group users, and say what is typical of each group
    Groups(GroupsArguments),
    /// Pack a run into one zip file
    Pack(PackArguments),
    /// Unpack a run from a zip file
    Unpack(UnpackArguments),
    /// List the GPU adapters, and say what `--backend auto` takes
    Devices(DevicesArguments),
}

/// Arguments of `open`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  idatlas open runs/first\n  idatlas open events.csv items.csv")]
pub(super) struct OpenArguments {
    /// A run folder, a packed run (.zip), or data files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl OpenArguments {
    pub(super) fn existing_paths(&self) -> Result<Vec<PathBuf>, CliError> {
        match self.paths.iter().find(|path| !path.exists()) {
            Some(missing) => Err(CliError::Input(format!(
                "There is no such file or folder; check the path\nFile: {}",
                missing.display()
            ))),
            None => Ok(self.paths.clone()),
        }
    }
}

/// Which data, and which column is what.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub(super) struct DataArguments {
    /// Use the bundled sample
    #[arg(long, conflicts_with_all = ["events", "items"])]
    pub(super) sample: bool,
    /// Event files or globs, read as one table: CSV, TSV, Parquet, Arrow IPC or JSON lines, also gzip or zstd
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "sample")]
    events: Vec<PathBuf>,
    /// Items file; without it the item is the only ID type
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Column of the user [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    user_col: Option<String>,
    /// Column of the item, in both files [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    item_col: Option<String>,
    /// Column of the time [default: found by name; without one the file's order counts]
    #[arg(long, value_name = "COLUMN")]
    time_col: Option<String>,
    /// Column of the shopping session [default: found by name; without one sessions are inferred]
    #[arg(long, value_name = "COLUMN")]
    session_col: Option<String>,
    /// Column of the event's weight, which is read and checked, but not used [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    weight_col: Option<String>,
    /// Column of the items file that names an item for people
    #[arg(long, value_name = "COLUMN")]
    label_col: Option<String>,
    /// An ID type and its column of the items file; repeat it for more [default: each column that ends in _id]
    #[arg(long, value_name = "NAME=COLUMN", value_parser = name_and_column)]
    id_type: Vec<(String, String)>,
    /// Leave out rows that cannot be read, with a warning, instead of refusing the file
    #[arg(long)]
    skip_bad_rows: bool,
}

impl DataArguments {
    /// Loads the data; files with rows that cannot be read are refused.
    pub(super) fn load(&self, console: &Console) -> Result<Dataset, CliError> {
        Ok(dataset::load(&self.request()?, &console.watch())?)
    }

    /// Loads the data with all its problems, rows that cannot be read among them.
    pub(super) fn inspect(&self, console: &Console) -> Result<Dataset, CliError> {
        Ok(dataset::inspect(&self.request()?, &console.watch())?)
    }

    fn request(&self) -> Result<DataRequest, CliError> {
        let files = if self.sample {
            jobs::sample_request()?
        } else {
            DataRequest { events: self.events.clone(), items: self.items.clone(), ..DataRequest::default() }
        };
        Ok(DataRequest {
            user_column: self.user_col.clone(),
            item_column: self.item_col.clone(),
            time_column: self.time_col.clone(),
            session_column: self.session_col.clone(),
            weight_column: self.weight_col.clone(),
            label_column: self.label_col.clone(),
            id_types: self.id_type.clone(),
            skip_bad_rows: self.skip_bad_rows,
            ..files
        })
    }
}

pub(super) fn name_and_column(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => Ok((name.to_owned(), column.to_owned())),
        _ => Err("write it as NAME=COLUMN, for example store=shop_number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_verb_has_an_example() {
        for verb in Arguments::command().get_subcommands_mut() {
            let name = verb.get_name().to_owned();
            let help = verb.render_long_help().to_string();
            assert!(help.contains(&format!("idatlas {name}")), "{name}: {help}");
        }
    }
}
