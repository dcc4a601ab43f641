//! Large tables and buffers on huge pages: rows are read at random, and small pages would cost a page walk each.
#![allow(unsafe_code, reason = "madvise is a call of the system's; it changes nothing that the program can see")]

use std::ops::Range;

use crate::simd::Lane;

/// Size and boundary of a huge page.
#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

/// `length` lanes of zeros, on huge pages where the system offers them.
#[must_use]
pub fn zeroed(length: usize) -> Vec<Lane> {
    let mut lanes = Vec::with_capacity(length);
    // Before the first touch: pages that are there already stay small.
    advise_huge(lanes.spare_capacity_mut().as_mut_ptr_range());
    lanes.resize(length, Lane::default());
    lanes
}

/// Asks for huge pages in `memory`, which nothing has touched yet.
#[cfg(target_os = "linux")]
pub fn advise_huge<T>(memory: Range<*mut T>) {
    let first = (memory.start as usize).next_multiple_of(HUGE_PAGE);
    let end = memory.end as usize / HUGE_PAGE * HUGE_PAGE;
    if first < end {
        // SAFETY: the advice leaves contents alone, whoever they belong to, and where the system refuses it, small pages do.
        unsafe { libc::madvise(first as *mut libc::c_void, end - first, libc::MADV_HUGEPAGE) };
    }
}

/// Asks for nothing here.
#[cfg(not(target_os = "linux"))]
pub fn advise_huge<T>(_: Range<*mut T>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_zero_whether_or_not_they_fill_huge_pages() {
        for length in [0, 1, 1000, 300_000] {
            let lanes = zeroed(length);
            assert!(lanes.len() == length && lanes.iter().all(|lane| *lane == Lane::default()), "{length} lanes");
        }
    }
}
