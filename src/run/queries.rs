//! Held-out events to evaluation queries.

use super::Run;
use crate::training::{Query, Repeats};

impl Run {
    /// One query for each user with a history and a held-out trained item, in the users' order, and the number of
    /// held-out events whose item was not trained.
    #[must_use]
    pub fn queries(&self, repeats: Repeats) -> (Vec<Query>, u64) {
        let mut targets: Vec<Vec<(u32, bool)>> = vec![Vec::new(); self.users.vocabulary.len()];
        let mut untrained = 0;
        for event in self.holdout.iter().filter(|event| repeats.count(event.repeat)) {
            match (self.users.vocabulary.index(&event.user), self.types[0].vocabulary.index(&event.item)) {
                (Some(user), Some(item)) => {
                    let targets = &mut targets[user as usize];
                    if targets.iter().all(|&(known, _)| known != item) {
                        targets.push((item, event.repeat));
                    }
                }
                (_, None) => untrained += 1,
                (None, _) => {}
            }
        }
        let queries = targets
            .into_iter()
            .enumerate()
            .filter(|(_, targets)| !targets.is_empty())
            .map(|(user, targets)| {
                let (targets, repeats) = targets.into_iter().unzip();
                Query { user: user as u32, history: self.history(user).to_vec(), targets, repeats, own: Vec::new() }
            })
            .filter(|query| !query.history.is_empty())
            .collect();
        (queries, untrained)
    }

    /// The last training items of the user in row `user`, oldest first.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn history(&self, user: usize) -> &[u32] {
        &self.histories.items[self.histories.offsets[user]..self.histories.offsets[user + 1]]
    }
}
