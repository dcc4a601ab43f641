//! The IDs of a table in groups whose vectors point the same way, named for a legend.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::groups::group_users;
use super::name_regions::{called, names};
use crate::embedding::{GroupStarts, group_by_direction};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{Run, USER_TABLE};
use crate::summary::{CatalogueProfile, OverRepresented};

/// Rows that all starts of k-means together go over: one start is enough where there are many.
const ROWS_OF_STARTS: usize = 80_000;

/// Typical IDs that users' groups are named from.
const TYPICAL: usize = 5;

/// The IDs of one table by group.
#[derive(Debug, Clone, PartialEq)]
pub struct RowGroups {
    /// The table.
    pub table: String,
    /// `[rows]` the group of each, from 0.
    pub group_of: Vec<u32>,
    /// Name and size of each group, by falling size.
    pub groups: Vec<(String, u64)>,
}

/// Cuts the IDs of `table` into `k` groups by k-means ([`group_by_direction`]). Users' groups are named by what their users
/// buy more often than others ([`group_users`]), those of other tables as the regions of a map are
/// ([`super::name_regions`]): by the attribute ID that is most over-represented among their items. `profile` is the run's,
/// counted when it is first needed.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, [`EngineError::Group`] if it has fewer rows than groups,
/// [`EngineError::Cancelled`].
pub fn group_rows(
    run: &Run,
    profile: &OnceLock<CatalogueProfile>,
    table: &str,
    k: usize,
    watch: &Watch,
) -> Result<RowGroups, EngineError> {
    let view = run.table(table)?;
    let starts =
        (ROWS_OF_STARTS / view.vocabulary.len().max(1)).clamp(1, GroupStarts::default().starts as usize) as u32;
    let starts = GroupStarts { starts, ..GroupStarts::default() };
    if table == USER_TABLE {
        let found = group_users(run, k, starts, TYPICAL, watch)?;
        return Ok(RowGroups { table: table.to_owned(), groups: found.names(), group_of: found.group_of });
    }
    let found = group_by_direction(view.vectors, k, starts, watch)?;
    let mut rows_of = vec![Vec::new(); found.centroids.nrows()];
    for (row, &group) in (0..).zip(&found.group_of) {
        rows_of[group as usize].push(row);
    }
    let profile = profile.get_or_init(|| CatalogueProfile::of(run));
    let (mut groups, mut said) = (Vec::new(), BTreeSet::new());
    for (number, rows) in (1..).zip(&rows_of) {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        // A name is given once, to the largest; a smaller one takes the next best.
        let naming = names(run, profile, &view, rows).find(|one| said.insert((one.type_index, one.share.row)));
        let name = naming.map(|one| format!(": {}", short(run, &one)));
        groups.push((format!("Group {number}{}", name.unwrap_or_default()), rows.len() as u64));
    }
    Ok(RowGroups { table: table.to_owned(), group_of: found.group_of, groups })
}

/// What a group is called after its number: an ID that is a word stands without its type, since a legend is narrow.
fn short(run: &Run, one: &OverRepresented) -> String {
    let own = run.type_table(one.type_index);
    let id = own.vocabulary.id(one.share.row);
    let is_word = own.label(one.share.row).is_none() && id.chars().any(char::is_alphabetic);
    if is_word { id.to_owned() } else { called(run, one) }
}
