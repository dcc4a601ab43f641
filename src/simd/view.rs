//! Lanes that others may change while they are read.
#![allow(unsafe_code, reason = "floats that others change meanwhile are reached by pointers")]

use std::marker::PhantomData;
use std::ops::Range;

use super::Lane;

/// Some lanes, to be read. Others may change them meanwhile: they are reached by a pointer, and no reference to any of
/// them is ever made.
#[derive(Debug, Clone, Copy)]
pub struct LaneView<'a> {
    first: *const Lane,
    count: usize,
    lanes: PhantomData<&'a [Lane]>,
}

impl LaneView<'_> {
    /// The `count` lanes from `first` on.
    ///
    /// # Safety
    /// As long as the view lives they must be readable, and whoever changes some of them must write whole floats.
    #[inline(always)]
    #[must_use]
    pub unsafe fn new(first: *const Lane, count: usize) -> Self {
        Self { first, count, lanes: PhantomData }
    }

    /// How many lanes.
    #[inline(always)]
    #[must_use]
    pub fn count(self) -> usize {
        self.count
    }

    /// Those lanes of them.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline(always)]
    #[must_use]
    pub fn part(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.count, "lanes {range:?} of {}", self.count);
        Self { first: self.first.wrapping_add(range.start), count: range.end - range.start, lanes: PhantomData }
    }

    /// Where the first one stands, which need not exist.
    #[inline(always)]
    #[must_use]
    pub fn as_ptr(self) -> *const Lane {
        self.first
    }

    /// Where lane number `index` stands.
    ///
    /// # Safety
    /// It must be one of them, or one behind the last.
    #[inline(always)]
    #[must_use]
    pub unsafe fn at(self, index: usize) -> *const Lane {
        debug_assert!(index <= self.count, "lane {index} of {}", self.count);
        // SAFETY: the caller's.
        unsafe { self.first.add(index) }
    }
}

impl<'a> From<&'a [Lane]> for LaneView<'a> {
    #[inline(always)]
    fn from(lanes: &'a [Lane]) -> Self {
        Self { first: lanes.as_ptr(), count: lanes.len(), lanes: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::WIDTH;

    #[test]
    fn a_part_is_where_its_lanes_are_and_none_goes_beyond_the_end() {
        let lanes: Vec<Lane> = (0..5).map(|lane| Lane([lane as f32; WIDTH])).collect();
        let view = LaneView::from(lanes.as_slice());
        let part = view.part(1..5).part(1..3);
        assert_eq!((part.count(), part.as_ptr()), (2, lanes[2..].as_ptr()));
        // SAFETY: one of two lanes.
        assert_eq!(unsafe { *part.at(1) }, lanes[3]);
        assert_eq!(view.part(5..5).count(), 0);
        for beyond in [4..6, 6..6, 2..usize::MAX] {
            assert!(std::panic::catch_unwind(|| view.part(beyond.clone())).is_err(), "{beyond:?} of five lanes");
        }
    }
}
