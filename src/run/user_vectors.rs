//! Vectors of users, worked out when somebody asks for them.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use ndarray::Array2;

use super::Histories;
use crate::embedding::{Model, user_vectors};

/// `[users, m_1]`: the mean of the target vectors of each user's last T items. Copies share them.
///
/// A training that a map follows leaves a model every second, and few of them are asked for their users.
#[derive(Clone)]
pub struct UserVectors(Arc<LazyLock<Array2<f32>, Work>>);

type Work = Box<dyn FnOnce() -> Array2<f32> + Send>;

impl UserVectors {
    /// Those that `model` gives the users of `histories` by their `last` items, from when they are first read.
    #[must_use]
    pub fn of(model: Arc<Model>, histories: Arc<Histories>, last: usize) -> Self {
        Self::from_work(Box::new(move || {
            user_vectors(model.target[0].view(), &histories.offsets, &histories.items, last)
        }))
    }

    fn from_work(work: Work) -> Self {
        Self(Arc::new(LazyLock::new(work)))
    }
}

impl From<Array2<f32>> for UserVectors {
    fn from(vectors: Array2<f32>) -> Self {
        let known = Self::from_work(Box::new(|| vectors));
        LazyLock::force(&known.0);
        known
    }
}

impl Deref for UserVectors {
    type Target = Array2<f32>;

    fn deref(&self) -> &Array2<f32> {
        &self.0
    }
}

impl fmt::Debug for UserVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for UserVectors {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn they_are_worked_out_once_from_the_model_that_they_were_asked_of() {
        let target = vec![array![[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]]];
        let model = Arc::new(Model { target, context: Vec::new(), transfer: Vec::new() });
        let histories = Arc::new(Histories { offsets: vec![0, 3, 4], items: vec![2, 0, 1, 1] });
        let vectors = UserVectors::of(Arc::clone(&model), histories, 2);
        let copy = vectors.clone();
        assert_eq!(Arc::strong_count(&model), 2, "nothing is worked out before it is read");
        assert_eq!(*vectors, array![[0.5, 1.0], [0.0, 2.0]]);
        assert_eq!(Arc::strong_count(&model), 1, "the model is let go");
        assert!(std::ptr::eq(&raw const *copy, &raw const *vectors), "copies share what was worked out");
    }
}
