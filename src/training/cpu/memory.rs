//! Large tables and buffers on huge pages: rows are read at random, and small pages would cost a page walk each.
#![allow(unsafe_code, reason = "madvise is a call of the system's; it changes nothing that the program can see")]

use std::ops::{Deref, DerefMut, Range};

use bytemuck::{Pod, Zeroable};

use crate::simd::Lane;

/// Size and boundary of a huge page.
#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

/// A cache line.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([Lane; LANES_A_LINE]);

const LANES_A_LINE: usize = 2;

/// Lanes, the first on the boundary of a cache line, so that no two that start at an even place straddle one.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    lines: Vec<Line>,
    length: usize,
}

impl Lanes {
    /// `length` lanes of zeros, on huge pages where the system offers them.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        let count = length.div_ceil(LANES_A_LINE);
        let mut lines = Vec::with_capacity(count);
        // Before the first touch: pages that are there already stay small.
        advise_huge(lines.spare_capacity_mut().as_mut_ptr_range());
        lines.resize(count, Line::default());
        Self { lines, length }
    }

    /// Makes them `length`, of which those that there were keep what they held; the others hold anything.
    pub fn resize(&mut self, length: usize) {
        let lines = length.div_ceil(LANES_A_LINE);
        // Lines beyond the end stay, so that they need not be cleared again.
        if lines > self.lines.len() {
            self.lines.resize(lines, Line::default());
        }
        self.length = length;
    }
}

impl Deref for Lanes {
    type Target = [Lane];

    fn deref(&self) -> &[Lane] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }
}

impl DerefMut for Lanes {
    fn deref_mut(&mut self) -> &mut [Lane] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
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
            let lanes = Lanes::zeros(length);
            assert!(lanes.len() == length && lanes.iter().all(|lane| *lane == Lane::default()), "{length} lanes");
            assert!(lanes.as_ptr().addr().is_multiple_of(64), "{length} lanes start within a cache line");
        }
    }
}
