//! Points whose density was asked for, and when it is to be asked for again.

use std::sync::Arc;

use crate::projection::{DensityOf, Places};

/// What was asked for last, and what that was worked out for.
#[derive(Debug, Clone, Default)]
pub struct AskedDensity {
    /// The places and the number of changes.
    seen: Option<(Arc<Places>, u64)>,
    asked: Option<DensityOf>,
}

impl AskedDensity {
    /// Whether places or changes are others than at the last call, so that other points may be wanted.
    pub fn has_to_look(&mut self, places: &Arc<Places>, changes: u64) -> bool {
        let is_seen = |(of, at): &(Arc<Places>, u64)| Arc::ptr_eq(of, places) && *at == changes;
        if self.seen.as_ref().is_some_and(is_seen) {
            return false;
        }
        self.seen = Some((Arc::clone(places), changes));
        true
    }

    /// Wants the density of `wanted` from now on: to be asked for, unless it was.
    pub fn want(&mut self, wanted: DensityOf) -> Option<DensityOf> {
        if self.is(&wanted) {
            return None;
        }
        self.asked = Some(wanted.clone());
        Some(wanted)
    }

    /// Whether it is `of` that was asked for last.
    pub fn is(&self, of: &DensityOf) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.is_same(of))
    }

    /// Whether points of the map `places` were asked for last.
    pub fn is_on(&self, places: &Arc<Places>) -> bool {
        self.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(&asked.places, places))
    }
}
