//! A batch with what its backend knows of it in advance.

use std::any::Any;
use std::fmt;

use super::Batch;

/// A batch, and what a backend has worked out of it that does not depend on the model.
#[derive(Default)]
pub struct PlannedBatch {
    batch: Batch,
    /// Made of `batch` as it is.
    plan: Option<Box<dyn Any + Send + Sync>>,
}

impl PlannedBatch {
    /// `batch`, of which nothing is known.
    #[must_use]
    pub fn new(batch: Batch) -> Self {
        Self { batch, plan: None }
    }

    /// The batch.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The batch alone.
    #[must_use]
    pub fn into_batch(self) -> Batch {
        self.batch
    }

    /// Has `fill` fill the batch and `plan` make a plan of it, each given what was there before: its memory serves again.
    pub fn make<P: Any + Default + Send + Sync>(
        &mut self,
        fill: impl FnOnce(&mut Batch),
        plan: impl FnOnce(&Batch, &mut P),
    ) {
        let mut own = self.plan.take().and_then(|before| before.downcast::<P>().ok()).unwrap_or_default();
        fill(&mut self.batch);
        plan(&self.batch, &mut own);
        self.plan = Some(own);
    }

    /// The plan, if a plan of this kind was made.
    #[must_use]
    pub fn plan<P: Any>(&self) -> Option<&P> {
        self.plan.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for PlannedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlannedBatch").field("batch", &self.batch).field("planned", &self.plan.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_made_of_the_batch_and_found_by_its_kind() {
        let mut planned = PlannedBatch::new(Batch::default());
        assert!(planned.plan::<Vec<u32>>().is_none());
        for centres in [vec![3, 1], vec![7]] {
            planned.make(
                |batch| batch.centres.clone_from(&centres),
                |batch, plan: &mut Vec<u32>| plan.extend_from_slice(&batch.centres),
            );
        }
        assert_eq!(planned.plan::<Vec<u32>>(), Some(&vec![3, 1, 7]), "the memory of the plan before serves again");
        assert!(planned.plan::<String>().is_none());
        planned.make(|batch| batch.centres.push(9), |batch, plan: &mut usize| *plan = batch.centre_count());
        assert_eq!((planned.plan(), planned.plan::<Vec<u32>>()), (Some(&2_usize), None));
    }
}
