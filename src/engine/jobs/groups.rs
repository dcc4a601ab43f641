//! Groups of users with what is typical of each.

use crate::dataset::ItemAttributes;
use crate::embedding::{GroupStarts, Groups, group_by_direction};
use crate::engine::EngineError;
use crate::neighbors::{self, Metric};
use crate::progress::Watch;
use crate::run::Run;

/// An ID that a group's users buy more often than all users do.
#[derive(Debug, Clone, PartialEq)]
pub struct Typical {
    /// Its row in its table.
    pub row: u32,
    /// The ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Users of the group that bought it.
    pub users: u64,
    /// Their share of the group.
    pub share: f64,
    /// That share by the share among all users.
    pub lift: f64,
}

/// An item that lies in the direction of a group's centroid.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Cosine to the centroid.
    pub cosine: f32,
}

/// One group of users.
#[derive(Debug, Clone, PartialEq)]
pub struct UserGroup {
    /// How many users.
    pub users: usize,
    /// Its most typical items, most typical first: a ranking for those of whom only the group is known.
    pub items: Vec<Typical>,
    /// The items nearest to its centroid by cosine.
    pub nearest: Vec<Near>,
    /// The most typical IDs of each attribute type: type name and IDs.
    pub attributes: Vec<(String, Vec<Typical>)>,
    /// What sets it apart from the other groups: type name and ID; `None` if nothing does. No other group has the same.
    pub named_by: Option<(String, Typical)>,
}

/// The users of a run by group.
#[derive(Debug, Clone, PartialEq)]
pub struct UserGroups {
    /// Groups by falling size.
    pub groups: Vec<UserGroup>,
    /// `[users]` the group of each user, from 0.
    pub group_of: Vec<u32>,
    /// Rounds of k-means.
    pub rounds: u64,
    /// Sum of the squared distances of the users' vectors, of length 1, to their group's centroid.
    pub inertia: f64,
    /// Mean cosine of the users to their group's centroid.
    pub mean_cosine: f64,
}

impl UserGroup {
    /// What group `number`, from 0, is called.
    #[must_use]
    pub fn name(&self, number: usize) -> String {
        let name = self.named_by.as_ref().map(|(id_type, id)| match &id.label {
            Some(label) => label.clone(),
            None => format!("{id_type} {}", id.id),
        });
        format!("Group {}{}", number + 1, name.map_or(String::new(), |name| format!(": {name}")))
    }
}

impl UserGroups {
    /// `[groups]` name and users of each.
    #[must_use]
    pub fn names(&self) -> Vec<(String, u64)> {
        self.groups.iter().enumerate().map(|(number, group)| (group.name(number), group.users as u64)).collect()
    }
}

/// Users as many as these must have an ID for it to name their group, and this share of the group.
const NAMING_USERS: u64 = 3;
const NAMING_SHARE: f64 = 0.15;

/// Users of average taste that are thought to be in every group, so that what few have does not name it.
const AVERAGE_USERS: f64 = 20.0;

/// Candidates for the name of a group that are looked at in each table.
const NAMES: usize = 32;

/// Cuts the users of `run` into `k` groups ([`group_by_direction`]) and describes each with `listed` IDs a table.
///
/// Typical is what many more of the group's users bought than of all others: IDs whose share in the group is above that
/// among all users, by falling log-likelihood ratio (Dunning 1993) of users with and without it, inside and outside of
/// the group. Unlike lift it does not put what three users bought by chance first, and unlike the share it does not put
/// what everybody buys first; unlike nearness to the centroid it speaks of purchases, which people can check. Purchases
/// are each user's last `user_history` items, those that made the user's vector; a user counts once an ID.
///
/// # Errors
/// [`EngineError::Group`] if there are fewer users than groups, [`EngineError::Cancelled`].
pub fn group_users(
    run: &Run,
    k: usize,
    starts: GroupStarts,
    listed: usize,
    watch: &Watch,
) -> Result<UserGroups, EngineError> {
    let found = group_by_direction(run.users.vectors.view(), k, starts, watch)?;
    let sizes = found.group_of.iter().fold(vec![0_u64; found.centroids.nrows()], |mut sizes, &group| {
        sizes[group as usize] += 1;
        sizes
    });
    let mut by_type: Vec<Vec<Found>> = Vec::with_capacity(run.types.len());
    for type_index in 0..run.types.len() {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        watch.report("Describing groups", type_index as u64, Some(run.types.len() as u64), "types");
        by_type.push(typical_of_groups(run, type_index, &found.group_of, &sizes, listed));
    }
    let mut names = names(run, &by_type, sizes.len());
    let items = run.type_table(0);
    let groups = sizes.iter().enumerate().map(|(group, &users)| {
        let centroid = found.centroids.row(group);
        let near = neighbors::nearest(items.vectors, centroid, listed, Metric::Cosine, None);
        UserGroup {
            users: users as usize,
            items: std::mem::take(&mut by_type[0][group].typical),
            nearest: near
                .into_iter()
                .map(|near| Near {
                    id: items.vocabulary.id(near.index).to_owned(),
                    label: items.label(near.index).map(str::to_owned),
                    cosine: near.score,
                })
                .collect(),
            attributes: (1..run.types.len())
                .map(|k| (run.types[k].name.clone(), std::mem::take(&mut by_type[k][group].typical)))
                .collect(),
            named_by: names[group].take(),
        }
    });
    let groups = groups.collect();
    let Groups { group_of, rounds, inertia, mean_cosine, .. } = found;
    Ok(UserGroups { groups, group_of, rounds, inertia, mean_cosine })
}

/// What is found of one group among the IDs of one type.
#[derive(Default)]
struct Found {
    typical: Vec<Typical>,
    /// (how far it sets the group apart, ID), best first.
    names: Vec<(f64, Typical)>,
}

/// [groups] the type and ID that names each: the best that no group before, with a better one, has.
fn names(run: &Run, by_type: &[Vec<Found>], groups: usize) -> Vec<Option<(String, Typical)>> {
    let mut candidates: Vec<(f64, usize, usize, &Typical)> = Vec::new();
    for (type_index, found) in by_type.iter().enumerate() {
        for (group, found) in found.iter().enumerate() {
            candidates.extend(found.names.iter().map(|(lift, id)| (*lift, group, type_index, id)));
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2, a.3.row).cmp(&(b.1, b.2, b.3.row))));
    let mut names = vec![None; groups];
    // Two IDs may have the same name for people.
    let mut taken = std::collections::BTreeSet::new();
    for (_, group, type_index, id) in candidates {
        if names[group].is_none() && taken.insert(id.label.as_ref().unwrap_or(&id.id)) {
            names[group] = Some((run.types[type_index].name.clone(), id.clone()));
        }
    }
    names
}

/// The `listed` most typical IDs of type `type_index` of each group, and those that may name it.
fn typical_of_groups(run: &Run, type_index: usize, group_of: &[u32], sizes: &[u64], listed: usize) -> Vec<Found> {
    let table = run.type_table(type_index);
    let ids = table.vocabulary.len();
    let column = run.attributes.ids.column(type_index);
    // Which users have an ID, group by group; a user counts once.
    let mut of_group = vec![vec![0_u32; ids]; sizes.len()];
    let mut all = vec![0_u64; ids];
    let mut last_user = vec![usize::MAX; ids];
    for (user, &group) in group_of.iter().enumerate() {
        for &item in run.history(user) {
            let id = column[item as usize];
            if id != ItemAttributes::MISSING && std::mem::replace(&mut last_user[id as usize], user) != user {
                of_group[group as usize][id as usize] += 1;
                all[id as usize] += 1;
            }
        }
    }
    let users = group_of.len() as u64;
    let typical = |(counts, &size): (&Vec<u32>, &u64)| {
        let mut scored: Vec<(f64, u32)> = (0..)
            .zip(counts)
            .filter_map(|(row, &inside)| {
                let (inside, all) = (u64::from(inside), all[row as usize]);
                // Bought by a larger share than among all users: inside / size > all / users.
                (inside * users > all * size).then(|| (log_likelihood_ratio(inside, size, all, users), row))
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let describe = |(_, row): (f64, u32)| {
            let inside = u64::from(counts[row as usize]);
            let share = inside as f64 / size as f64;
            Typical {
                row,
                id: table.vocabulary.id(row).to_owned(),
                label: table.label(row).map(str::to_owned),
                users: inside,
                share,
                lift: share / (all[row as usize] as f64 / users as f64),
            }
        };
        let mut named: Vec<(f64, u32)> = scored
            .iter()
            .map(|&(_, row)| (u64::from(counts[row as usize]), row))
            .filter(|&(inside, _)| inside >= NAMING_USERS && inside as f64 >= NAMING_SHARE * size as f64)
            .map(|(inside, row)| (distinction(inside, size, all[row as usize], users), row))
            .collect();
        named.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Found {
            names: named.into_iter().take(NAMES).map(|(lift, row)| (lift, describe((lift, row)))).collect(),
            typical: scored.into_iter().take(listed).map(describe).collect(),
        }
    };
    of_group.iter().zip(sizes).map(typical).collect()
}

/// The share of `inside` in `size` by the share of `all` in `users`, as if there were [`AVERAGE_USERS`] more in the group
/// who have the ID as often as all have.
fn smoothed_lift(inside: u64, size: u64, all: u64, users: u64) -> f64 {
    let overall = all as f64 / users as f64;
    (inside as f64 + AVERAGE_USERS * overall) / (size as f64 + AVERAGE_USERS) / overall
}

/// How far an ID sets a group apart: its share in the group times the logarithm of its smoothed lift.
fn distinction(inside: u64, size: u64, all: u64, users: u64) -> f64 {
    inside as f64 / size as f64 * smoothed_lift(inside, size, all, users).ln()
}

/// Dunning's G^2 = 2 sum O ln(O / E) over the four cells: `inside` of `size` users of the group have the ID, `all` of
/// `users` in all.
fn log_likelihood_ratio(inside: u64, size: u64, all: u64, users: u64) -> f64 {
    let cell = |observed: u64, row: u64, column: u64| {
        let expected = row as f64 * column as f64 / users as f64;
        if observed == 0 { 0.0 } else { observed as f64 * (observed as f64 / expected).ln() }
    };
    let (outside, without) = (users - size, users - all);
    2.0 * (cell(inside, size, all)
        + cell(size - inside, size, without)
        + cell(all - inside, outside, all)
        + cell(outside + inside - all, outside, without))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_a_table_worked_out_by_hand() {
        // 30 of 40 inside and 10 of 60 outside have it; scipy.stats.chi2_contingency(lambda_="log-likelihood",
        // correction=False) gives the same.
        let expected = 2.0
            * (30.0 * (30.0_f64 / 16.0).ln()
                + 10.0 * (10.0_f64 / 24.0).ln()
                + 10.0 * (10.0_f64 / 24.0).ln()
                + 50.0 * (50.0_f64 / 36.0).ln());
        let found = log_likelihood_ratio(30, 40, 40, 100);
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
        assert!(log_likelihood_ratio(4, 10, 40, 100).abs() < 1e-9, "the same share says nothing");
        assert!(log_likelihood_ratio(40, 40, 40, 100) > found, "what all inside and nobody else has says most");
    }

    #[test]
    fn what_sets_a_group_apart_is_not_what_everybody_has_nor_what_three_have_by_chance() {
        // A group of 100 among 1,000: (inside, all).
        let lift = |inside, all| smoothed_lift(inside, 100, all, 1_000);
        let (bananas, own, chance) = (lift(90, 600), lift(40, 60), lift(3, 3));
        assert!(own > bananas, "{own} {bananas}");
        let store = distinction(95, 100, 110, 1_000);
        assert!(store > distinction(40, 100, 41, 1_000), "a store that all go to, and an item that some buy there");
        assert!(store > distinction(90, 100, 600, 1_000), "what everybody buys");
        assert!((lift(30, 300) - 1.0).abs() < 1e-12, "the same share sets nothing apart");
        assert!(chance < 10.0 && chance > bananas, "{chance}: hence the least share");
    }
}
