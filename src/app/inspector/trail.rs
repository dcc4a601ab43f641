//! The IDs that were pinned, to go back to and forth again.

use crate::engine::Subject;

/// Steps kept.
const MOST: usize = 200;

/// IDs before and after the pinned one.
#[derive(Debug, Default)]
pub struct Trail {
    back: Vec<Subject>,
    forth: Vec<Subject>,
}

impl Trail {
    /// `before` gave way to a newly pinned ID.
    pub fn leave(&mut self, before: Subject) {
        self.back.push(before);
        self.forth.clear();
        if self.back.len() > MOST {
            self.back.remove(0);
        }
    }

    /// Goes one step back from `here`.
    pub fn back(&mut self, here: Option<Subject>) -> Option<Subject> {
        let there = self.back.pop()?;
        self.forth.extend(here);
        Some(there)
    }

    /// Goes one step forth from `here`.
    pub fn forth(&mut self, here: Option<Subject>) -> Option<Subject> {
        let there = self.forth.pop()?;
        self.back.extend(here);
        Some(there)
    }

    /// Whether there is a step back, and one forth.
    pub fn ways(&self) -> (bool, bool) {
        (!self.back.is_empty(), !self.forth.is_empty())
    }

    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.back.clear();
        self.forth.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(row: u32) -> Subject {
        Subject { table: "item".to_owned(), row }
    }

    #[test]
    fn steps_go_back_and_forth_and_a_new_one_ends_what_lay_ahead() {
        let mut trail = Trail::default();
        trail.leave(subject(1));
        trail.leave(subject(2));
        assert_eq!(trail.back(Some(subject(3))), Some(subject(2)));
        assert_eq!(trail.back(Some(subject(2))), Some(subject(1)));
        assert_eq!((trail.back(Some(subject(1))), trail.ways()), (None, (false, true)));
        assert_eq!(trail.forth(Some(subject(1))), Some(subject(2)));
        trail.leave(subject(2));
        assert_eq!((trail.forth(Some(subject(9))), trail.ways()), (None, (true, false)));
    }
}
