//! What was taken together in training: one list of items a basket.

use super::Corpus;

/// What makes one basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasketUnit {
    /// A shopping session, where the data name their sessions.
    Session,
    /// A user's whole history, where they do not.
    History,
}

impl BasketUnit {
    /// Its name in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::History => "history",
        }
    }

    /// The unit of that name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Session, Self::History].into_iter().find(|unit| unit.word() == word)
    }
}

/// All training events on trained items, basket by basket: by user, a user's baskets by their first event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baskets {
    /// What makes one.
    pub unit: BasketUnit,
    /// `[baskets]` whose each is, ascending: the user's place among the users with a training item.
    pub users: Vec<u32>,
    /// `[baskets + 1]` where each starts in `items`.
    pub offsets: Vec<usize>,
    /// Trained item indices, in time order within a basket.
    pub items: Vec<u32>,
    /// `[baskets]` when each began, in microseconds since 1970-01-01 UTC; empty where that is not known.
    pub times: Vec<i64>,
}

impl Baskets {
    /// Number of baskets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// The items of basket `basket`, in time order.
    ///
    /// # Panics
    /// If there is no such basket.
    #[must_use]
    pub fn items_of(&self, basket: usize) -> &[u32] {
        &self.items[self.offsets[basket]..self.offsets[basket + 1]]
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// All training items of a user, basket by basket; none for a user that has no training item.
    #[must_use]
    pub fn items_of_user(&self, user: u32) -> &[u32] {
        let first = self.users.partition_point(|&other| other < user);
        let end = self.users.partition_point(|&other| other <= user);
        &self.items[self.offsets[first]..self.offsets[end]]
    }
}

impl Corpus {
    /// The training events as baskets.
    #[must_use]
    pub fn baskets(&self) -> Baskets {
        let unit = if self.dataset.sessions.is_empty() { BasketUnit::History } else { BasketUnit::Session };
        let mut all = Baskets { unit, users: Vec::new(), offsets: vec![0], items: Vec::new(), times: Vec::new() };
        let mut own: Vec<(usize, usize)> = Vec::new();
        let ranges = self.history_offsets.windows(2).map(|ends| ends[0]..ends[1]).filter(|range| !range.is_empty());
        for (user, range) in (0..).zip(ranges) {
            own.clear();
            match unit {
                BasketUnit::History => own.extend(range.clone().map(|event| (range.start, event))),
                BasketUnit::Session => own.extend(self.first_of_sessions(range)),
            }
            own.sort_unstable();
            for together in own.chunk_by(|a, b| a.0 == b.0) {
                all.items.extend(together.iter().map(|&(_, event)| self.history_items[event]));
                all.offsets.push(all.items.len());
                all.users.push(user);
                // Without times there are row numbers, which say nothing of when.
                if self.dataset.events.has_time {
                    all.times.push(self.history_times[together[0].1]);
                }
            }
        }
        all
    }

    /// Each event of a user's history after the first event of its session: (first, event).
    fn first_of_sessions(&self, range: std::ops::Range<usize>) -> Vec<(usize, usize)> {
        let mut by_session: Vec<(u32, usize)> = range.map(|event| (self.history_sessions[event], event)).collect();
        by_session.sort_unstable();
        let sessions = by_session.chunk_by(|a, b| a.0 == b.0);
        sessions.flat_map(|events| events.iter().map(|&(_, event)| (events[0].1, event))).collect()
    }
}
