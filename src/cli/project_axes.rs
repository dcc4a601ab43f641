//! Arguments of `idatlas project --method axes`.
//!
//! An end of an axis is one ID, as the shell passes it, or a file of several. A separator inside one argument (`A..B`)
//! would forbid IDs that contain it, and telling files from IDs by looking would make a file's name change a map.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::project_rows::RowNames;
use crate::neighbors::Metric;
use crate::projection::{Axes, Direction};

/// What only axes have.
#[derive(Debug, Args)]
#[command(next_help_heading = "Axes")]
pub(super) struct AxesArguments {
    /// x runs from one ID to another
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_hyphen_values = true, conflicts_with = "x_lists")]
    x: Option<Vec<String>>,
    /// y likewise [default: the first principal component of what x leaves over]
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_hyphen_values = true, conflicts_with = "y_lists")]
    y: Option<Vec<String>>,
    /// z likewise, with --dims 3
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], allow_hyphen_values = true, conflicts_with = "z_lists")]
    z: Option<Vec<String>>,
    /// x runs from the mean of the IDs that one file lists, one a line, to that of another
    #[arg(long, num_args = 2, value_names = ["FILE", "FILE"])]
    x_lists: Option<Vec<PathBuf>>,
    /// y likewise
    #[arg(long, num_args = 2, value_names = ["FILE", "FILE"])]
    y_lists: Option<Vec<PathBuf>>,
    /// z likewise
    #[arg(long, num_args = 2, value_names = ["FILE", "FILE"])]
    z_lists: Option<Vec<PathBuf>>,
}

impl AxesArguments {
    /// The axes that are asked for.
    pub(super) fn axes(&self, metric: Option<Metric>, names: &RowNames<'_>) -> Result<Axes, CliError> {
        let x = direction(self.x.as_deref(), self.x_lists.as_deref(), names)?;
        let y = direction(self.y.as_deref(), self.y_lists.as_deref(), names)?;
        let z = direction(self.z.as_deref(), self.z_lists.as_deref(), names)?;
        let directions = match (x, y, z) {
            (Some(x), y, None) => [Some(x), y].into_iter().flatten().collect(),
            (Some(x), Some(y), Some(z)) => vec![x, y, z],
            (Some(_), None, Some(_)) => return Err(CliError::Input("--z needs --y; add it".to_owned())),
            (None, _, _) => {
                return Err(CliError::Input(
                    "--method axes needs --x FROM TO, two IDs, or --x-lists with two files of IDs".to_owned(),
                ));
            }
        };
        let metric = metric.unwrap_or(Metric::Cosine);
        if metric == Metric::Dot {
            return Err(CliError::Input("metric is dot; it must be euclidean or cosine".to_owned()));
        }
        Ok(Axes { directions, metric })
    }

    /// The first of these arguments that was given.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--x", self.x.is_some()),
            ("--y", self.y.is_some()),
            ("--z", self.z.is_some()),
            ("--x-lists", self.x_lists.is_some()),
            ("--y-lists", self.y_lists.is_some()),
            ("--z-lists", self.z_lists.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

fn direction(
    ids: Option<&[String]>,
    lists: Option<&[PathBuf]>,
    names: &RowNames<'_>,
) -> Result<Option<Direction>, CliError> {
    let (from, to) = match (ids, lists) {
        (Some([from, to]), _) => (vec![names.row(from)?], vec![names.row(to)?]),
        (_, Some([from, to])) => (names.listed(from)?, names.listed(to)?),
        // clap takes two values or none.
        _ => return Ok(None),
    };
    Ok(Some(Direction { from: from.into(), to: to.into() }))
}
