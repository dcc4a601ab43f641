//! `idatlas groups`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::CliError;
use super::aside::{folder_exists, write_aside};
use super::console::Console;
use crate::embedding::GroupStarts;
use crate::engine::jobs::{self, Near, Typical, UserGroup, UserGroups};
use crate::numbers::short;
use crate::run::Run;

const EXAMPLES: &str = "\
Examples:
  idatlas groups runs/first -k 12
  idatlas groups runs/first -k 50 --out groups.csv --json

Users whose vectors point the same way make a group (k-means on vectors of length 1, the best of several starts). Its \
typical items are those that many more of its users bought than of all others, most telling first: a ranking for \
visitors of whom no more than their group is known, as in another shop.";

/// Arguments of `groups`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct GroupsArguments {
    /// The run folder
    run: PathBuf,
    /// How many groups
    #[arg(short, long = "groups", value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
    /// How often k-means is started; the groups with the smallest inertia are kept
    #[arg(long, value_name = "N", default_value_t = GroupStarts::default().starts, value_parser = clap::value_parser!(u32).range(1..=1000))]
    starts: u32,
    /// What the starts are drawn with
    #[arg(long, value_name = "N", default_value_t = GroupStarts::default().seed)]
    seed: u64,
    /// How many typical IDs to list for each group and type
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,
    /// Write which user is in which group: .csv, .tsv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct GroupsReport {
    users: usize,
    starts: u32,
    seed: u64,
    rounds: u64,
    inertia: f64,
    mean_cosine: f64,
    groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Group {
    group: usize,
    users: usize,
    items: Vec<TypicalRow>,
    nearest: Vec<Value>,
    attributes: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct TypicalRow {
    id: String,
    label: Option<String>,
    users: u64,
    share: f64,
    lift: f64,
}

pub(super) fn run(arguments: &GroupsArguments, console: &Console) -> Result<(), CliError> {
    if let Some(out) = &arguments.out {
        ending_of(out)?;
        folder_exists(out)?;
    }
    let run = Run::read(&arguments.run)?;
    let &GroupsArguments { k, starts, seed, top, .. } = arguments;
    let found = jobs::group_users(&run, k as usize, GroupStarts { starts, seed }, top as usize, &console.watch())?;
    if let Some(out) = &arguments.out {
        write_groups(&run, &found, out)?;
    }
    console.result(&GroupsReport {
        users: found.group_of.len(),
        starts,
        seed,
        rounds: found.rounds,
        inertia: found.inertia,
        mean_cosine: found.mean_cosine,
        groups: found.groups.into_iter().enumerate().map(|(number, group)| Group::new(number + 1, group)).collect(),
        file: arguments.out.clone(),
    })
}

/// How groups are written.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Delimited(u8),
    Parquet,
}

fn ending_of(out: &Path) -> Result<Ending, CliError> {
    match out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default().as_str() {
        "csv" => Ok(Ending::Delimited(b',')),
        "tsv" => Ok(Ending::Delimited(b'\t')),
        "parquet" => Ok(Ending::Parquet),
        other => Err(CliError::Input(format!(
            "The ending {other:?} names no format of groups; use .csv, .tsv or .parquet\nFile: {}",
            out.display()
        ))),
    }
}

/// One row a user: the ID and the group's number, from 1.
fn write_groups(run: &Run, found: &UserGroups, out: &Path) -> Result<(), CliError> {
    let rows = || run.users.vocabulary.iter().zip(found.group_of.iter().map(|&group| group + 1));
    let written = match ending_of(out)? {
        Ending::Delimited(delimiter) => write_aside(out, |file| {
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(file);
            writer.write_record(["user", "group"])?;
            for (id, group) in rows() {
                writer.write_record([id, &group.to_string()])?;
            }
            writer.flush()
        })?,
        Ending::Parquet => {
            let (ids, groups): (Vec<&str>, Vec<u32>) = rows().unzip();
            write_aside(out, |file| crate::run::write_user_groups(file, &ids, groups).map_err(io::Error::other))?
        }
    };
    written.rename(out)
}

impl Group {
    fn new(number: usize, group: UserGroup) -> Self {
        let rows = |typical: Vec<Typical>| typical.into_iter().map(TypicalRow::from).collect::<Vec<_>>();
        let near = |Near { id, label, cosine }: Near| json!({ "id": id, "label": label, "cosine": cosine });
        Self {
            group: number,
            users: group.users,
            items: rows(group.items),
            nearest: group.nearest.into_iter().map(near).collect(),
            attributes: group.attributes.into_iter().map(|(name, typical)| (name, json!(rows(typical)))).collect(),
        }
    }
}

impl From<Typical> for TypicalRow {
    fn from(typical: Typical) -> Self {
        let Typical { id, label, users, share, lift, .. } = typical;
        Self { id, label, users, share, lift }
    }
}

impl fmt::Display for GroupsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} users in {} groups, mean cosine to their centroid {:.3}",
            short(self.users as u64),
            self.groups.len(),
            self.mean_cosine
        )?;
        for group in &self.groups {
            writeln!(f, "\nGroup {}: {} users", group.group, short(group.users as u64))?;
            for TypicalRow { id, label, share, lift, .. } in &group.items {
                let name = label.as_ref().map(|label| format!("  {label}")).unwrap_or_default();
                writeln!(
                    f,
                    "  {:>5.1} % of them bought {id} ({lift:.1} times as many as of all){name}",
                    100.0 * share
                )?;
            }
            for (type_name, typical) in &group.attributes {
                let ids: Vec<&str> =
                    typical.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str()).collect();
                if !ids.is_empty() {
                    writeln!(f, "  {type_name}: {}", ids.join(", "))?;
                }
            }
        }
        match &self.file {
            Some(file) => writeln!(f, "\nGroup of each user in {}", file.display()),
            None => Ok(()),
        }
    }
}
