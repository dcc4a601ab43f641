//! A sparse matrix and its transpose, added.

use std::ops::Range;

use rayon::prelude::*;

use crate::progress::Watch;

/// One entry of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::projection) struct Edge {
    pub(in crate::projection) column: u32,
    pub(in crate::projection) value: f32,
}

/// The entries of a matrix by column: in row `c`, `column` is the row that an entry of column `c` came from.
pub(in crate::projection) struct Transposed {
    starts: Vec<usize>,
    edges: Vec<Edge>,
}

impl Transposed {
    /// Entries of one row, by rising column.
    pub(in crate::projection) fn row(&self, row: usize) -> &[Edge] {
        &self.edges[self.starts[row]..self.starts[row + 1]]
    }
}

/// Transposes `edges` [rows, k]. Threads own ranges of the result, so each row's order is that of the input.
pub(in crate::projection) fn transpose(edges: &[Edge], k: usize, rows: usize, watch: &Watch) -> Transposed {
    let mut starts = vec![0_usize; rows + 1];
    for edge in edges {
        starts[edge.column as usize + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut result = vec![Edge::default(); edges.len()];
    let mut parts = Vec::new();
    let mut rest = result.as_mut_slice();
    for range in even_ranges(&starts, rayon::current_num_threads()) {
        let (part, after) = rest.split_at_mut(starts[range.end] - starts[range.start]);
        rest = after;
        parts.push((range, part));
    }
    parts.into_par_iter().for_each(|(range, part)| {
        let base = starts[range.start];
        let mut next: Vec<usize> = starts[range.clone()].iter().map(|start| start - base).collect();
        for (row, edges) in edges.chunks(k.max(1)).enumerate() {
            if row % 1024 == 0 && watch.is_cancelled() {
                return;
            }
            for edge in edges {
                if range.contains(&(edge.column as usize)) {
                    let place = &mut next[edge.column as usize - range.start];
                    part[*place] = Edge { column: row as u32, value: edge.value };
                    *place += 1;
                }
            }
        }
    });
    Transposed { starts, edges: result }
}

/// At most `parts` ranges of rows that hold about as many entries each.
fn even_ranges(starts: &[usize], parts: usize) -> Vec<Range<usize>> {
    let rows = starts.len() - 1;
    let total = starts[rows];
    let mut ranges = Vec::new();
    let mut from = 0;
    for part in 1..=parts.max(1) {
        let to = if part >= parts { rows } else { starts.partition_point(|&start| start * parts < total * part) };
        let to = to.clamp(from, rows);
        if to > from {
            ranges.push(from..to);
            from = to;
        }
    }
    ranges
}

/// `sum` = the entries of two rows sorted by column, added where both have one.
pub(super) fn merge(a: &[Edge], b: &[Edge], sum: &mut Vec<Edge>) {
    sum.clear();
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let column = x.column.min(y.column);
        let (has_x, has_y) = (x.column == column, y.column == column);
        let value = if has_x { x.value } else { 0.0 } + if has_y { y.value } else { 0.0 };
        sum.push(Edge { column, value });
        i += usize::from(has_x);
        j += usize::from(has_y);
    }
    sum.extend_from_slice(&a[i..]);
    sum.extend_from_slice(&b[j..]);
}
