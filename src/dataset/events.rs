//! The events, by user and time.

/// All kept events, sorted by user, then time; ties keep the file's order (training shuffles them anew).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// `[users + 1]` where each user's events start.
    pub user_offsets: Vec<usize>,
    /// `[events]` catalogue row of the item.
    pub item: Vec<u32>,
    /// `[events]` microseconds since 1970-01-01 UTC; the row number where there is no time column.
    pub time: Vec<i64>,
    /// `[events]` index into the session vocabulary, or an inferred session number; grows within a user only by chance.
    pub session: Vec<u32>,
    /// `[events]` weight, where the file has one.
    pub weight: Option<Vec<f32>>,
    /// Whether `time` is a real time.
    pub has_time: bool,
}

impl Events {
    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.item.len()
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.item.is_empty()
    }

    /// Number of users.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.user_offsets.len().saturating_sub(1)
    }

    /// The events of user `user`, as a range into the columns.
    #[must_use]
    pub fn of_user(&self, user: usize) -> std::ops::Range<usize> {
        self.user_offsets[user]..self.user_offsets[user + 1]
    }
}
