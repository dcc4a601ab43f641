//! The hold-out of a corpus as queries, and the users that are measured while a model trains.

use crate::dataset::{Corpus, ItemAttributes};
use crate::training::random::{Purpose, Random};

use super::Query;

/// One query for each user with a history and a held-out trained item, in the users' order; the history is the user's
/// last `last` training items.
#[must_use]
pub fn held_out_queries(corpus: &Corpus, last: usize) -> Vec<Query> {
    AskedUser::all(corpus).map(|user| user.query(corpus, last)).collect()
}

/// A user that can be asked about.
pub(super) struct AskedUser {
    /// Its place among all users of the data.
    pub(super) user: usize,
    /// Its place among those with a training item.
    place: u32,
    /// (trained item, repeat, session) of its held-out events on trained items, in time order.
    pub(super) events: Vec<(u32, bool, u32)>,
}

impl AskedUser {
    /// All of them, in their order.
    pub(super) fn all(corpus: &Corpus) -> impl Iterator<Item = Self> + use<'_> {
        let mut trained = vec![ItemAttributes::MISSING; corpus.dataset.catalogue.item_count()];
        for (item, &row) in (0..).zip(&corpus.catalogue_rows) {
            trained[row as usize] = item;
        }
        let mut place = 0;
        let mut next_user = 0;
        let by_user = corpus.holdout.chunk_by(|a, b| a.user == b.user);
        by_user.filter_map(move |events| {
            let user = events[0].user as usize;
            // Users with a training item are numbered on the way.
            while next_user < user {
                place += u32::from(!corpus.history(next_user).is_empty());
                next_user += 1;
            }
            let of_event = |event: &crate::dataset::HeldOutEvent| {
                let item = trained[event.item as usize];
                (item != ItemAttributes::MISSING).then_some((item, event.repeat, event.session))
            };
            let events: Vec<_> = events.iter().filter_map(of_event).collect();
            (!events.is_empty() && !corpus.history(user).is_empty()).then_some(Self { user, place, events })
        })
    }

    /// At most `most` of them, drawn with `seed`, in their order.
    pub(super) fn sample(corpus: &Corpus, most: usize, seed: u64) -> Vec<Self> {
        let mut all: Vec<Self> = Self::all(corpus).collect();
        if all.len() > most {
            Random::new(seed, Purpose::Evaluation, 0, 1).shuffle(&mut all);
            all.truncate(most);
            all.sort_unstable_by_key(|user| user.user);
        }
        all
    }

    pub(super) fn query(&self, corpus: &Corpus, last: usize) -> Query {
        let history = corpus.history(self.user);
        let mut query = Query {
            user: self.place,
            history: history[history.len().saturating_sub(last)..].to_vec(),
            targets: Vec::new(),
            repeats: Vec::new(),
            own: Vec::new(),
        };
        for &(item, repeat, _) in &self.events {
            if !query.targets.contains(&item) {
                query.targets.push(item);
                query.repeats.push(repeat);
            }
        }
        query
    }
}
