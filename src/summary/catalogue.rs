//! The catalogue as the measure of any set of its items.

use ndarray::Array1;

use super::cohesion::{Cohesion, Directions, cohesion};
use super::hypergeometric::LogFactorials;
use super::numeric::{NumericColumn, NumericSummary};
use super::over_represented::{LEAST_ITEMS, OverRepresented, over_represented};
use super::shares::{TypeShares, items_of_ids, shares};
use crate::dataset::Baskets;
use crate::run::Run;

/// What is known of all trained items of a run: counted once, then any set is measured against it.
#[derive(Debug, Clone)]
pub struct CatalogueProfile {
    /// By attribute type: items of each ID.
    items_of_ids: Vec<Vec<u32>>,
    columns: Vec<NumericColumn>,
    directions: Directions,
    factorials: LogFactorials,
}

/// What a set of items has in common.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemSummary {
    /// The items, ascending, each once.
    pub items: Vec<u32>,
    /// Training events on them.
    pub events: u64,
    /// Users with a training event on one of them, and baskets that hold one; `None` for a run of an earlier program, which
    /// did not keep them.
    pub buyers: Option<Buyers>,
    /// Shares of each attribute type but the one asked to be left out.
    pub types: Vec<TypeShares>,
    /// IDs that are more frequent than in the catalogue, by rising p-value.
    pub over_represented: Vec<OverRepresented>,
    /// How many IDs were tested for that.
    pub tests: usize,
    /// Numeric columns.
    pub numeric: Vec<NumericSummary>,
    /// Closeness, typical and atypical items.
    pub cohesion: Cohesion,
    /// `[m_1]` mean of the items' directions.
    pub mean_direction: Array1<f32>,
}

/// Who took any of a set of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyers {
    /// Users.
    pub users: usize,
    /// Sessions; users again where the data name no sessions.
    pub baskets: usize,
}

impl CatalogueProfile {
    /// Counts the items of `run`.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let count = |k: usize| items_of_ids(&run.attributes, k, run.types[k].vocabulary.len());
        let items = run.attributes.item_count();
        Self {
            items_of_ids: (1..run.types.len()).map(count).collect(),
            columns: NumericColumn::of(run),
            directions: Directions::of(run.model.target[0].view(), 0..items as u32),
            factorials: LogFactorials::up_to(items),
        }
    }

    /// The items that bar `bin` of the histogram of column `name` counts, ascending; `None` if there is no such column.
    #[must_use]
    pub fn items_in_bin(&self, name: &str, bin: usize) -> Option<Vec<u32>> {
        self.columns.iter().find(|column| column.name() == name).map(|column| column.items_in_bin(bin))
    }

    /// The IDs that `items` of `run`, each once, carry more often than the catalogue does, by rising p-value; `left_out` as in
    /// [`Self::summarize`].
    #[must_use]
    pub fn over_represented(&self, run: &Run, items: &[u32], left_out: Option<usize>) -> Vec<OverRepresented> {
        let types = self.shares(run, items, left_out);
        over_represented(&types, items.len(), run.attributes.item_count(), self.tests(left_out), &self.factorials)
    }

    fn shares(&self, run: &Run, items: &[u32], left_out: Option<usize>) -> Vec<TypeShares> {
        let kept = (1..run.types.len()).filter(|&k| Some(k) != left_out);
        kept.map(|k| shares(&run.attributes, k, items, &self.items_of_ids[k - 1])).collect()
    }

    /// How many IDs are tested.
    fn tests(&self, left_out: Option<usize>) -> usize {
        let kept = (1..).zip(&self.items_of_ids).filter(|(k, _)| Some(*k) != left_out);
        kept.flat_map(|(_, items)| items).filter(|&&items| items >= LEAST_ITEMS).count()
    }

    /// Sums `items` of `run` up; `left_out` is a type that says nothing about them (that of the store whose items they
    /// are), and `listed` the number of typical and atypical items. Items that do not exist are left out.
    ///
    /// # Panics
    /// If the profile is that of another run with fewer IDs.
    #[must_use]
    pub fn summarize(&self, run: &Run, items: &[u32], left_out: Option<usize>, listed: usize) -> ItemSummary {
        let all = run.attributes.item_count();
        let mut items: Vec<u32> = items.iter().copied().filter(|&item| (item as usize) < all).collect();
        items.sort_unstable();
        items.dedup();
        let (types, tests) = (self.shares(run, &items, left_out), self.tests(left_out));
        let vectors = run.model.target[0].view();
        ItemSummary {
            events: items.iter().map(|&item| run.types[0].counts[item as usize]).sum(),
            buyers: run.baskets.as_deref().map(|baskets| buyers(baskets, &items, all)),
            over_represented: over_represented(&types, items.len(), all, tests, &self.factorials),
            tests,
            types,
            numeric: self.columns.iter().map(|column| column.summary(&items)).collect(),
            cohesion: cohesion(vectors, &items, &self.directions, listed),
            mean_direction: Directions::of(vectors, items.iter().copied()).mean(),
            items,
        }
    }
}

fn buyers(baskets: &Baskets, items: &[u32], all: usize) -> Buyers {
    let mut wanted = vec![false; all];
    items.iter().for_each(|&item| wanted[item as usize] = true);
    let mut found = Buyers { users: 0, baskets: 0 };
    let mut last = None;
    for (user, ends) in baskets.users.iter().zip(baskets.offsets.windows(2)) {
        if baskets.items[ends[0]..ends[1]].iter().any(|&item| wanted[item as usize]) {
            found.baskets += 1;
            found.users += usize::from(last.replace(*user) != Some(*user));
        }
    }
    found
}
