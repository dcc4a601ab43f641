//! Tiles of a line: rows that stand one after the other, and columns whose windows end within them.
#![allow(unsafe_code, reason = "the innermost loops touch rows whose bounds are checked once")]

use super::{Lane, LaneView, STRIP, Simd, WIDTH};

/// The rows of a tile of a line: those of the events of its windows, and of negatives, each one after the other. Their
/// gradients have the same numbers in another table.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineRows {
    /// The first event's.
    pub first: usize,
    /// How many events there are: an even number, six or more. Columns 2 and 3 have no weights for the first two, nor
    /// columns 0 and 1 for the last two.
    pub events: usize,
    /// How many of them have gradients already: none, or all but the last four. What the gradients of the others held
    /// does not count.
    pub old: usize,
    /// The first negative's.
    pub first_negative: usize,
    /// How many negatives there are.
    pub negatives: usize,
    /// Whether they have gradients already.
    pub old_negatives: bool,
}

impl LineRows {
    /// How many weights they have: two for each of the first two events, two for each of the last two, four for each of
    /// the other events and then for each negative.
    #[inline(always)]
    #[must_use]
    pub fn weights(&self) -> usize {
        (self.events - 2 + self.negatives) * STRIP
    }

    /// One more than the last row.
    #[inline(always)]
    fn end(&self) -> usize {
        (self.first + self.events).max(self.first_negative + self.negatives)
    }
}

/// The dot products of the first two columns and the first two rows, then of the last two columns and the other two:
/// `r0 c0, r0 c1, r1 c0, r1 c1, r2 c2, r2 c3, r3 c2, r3 c3`.
///
/// # Panics
/// If a row does not lie within `table`, or columns differ in length.
#[inline(always)]
pub fn dots_of_corners<S: Simd>(
    s: S,
    columns: [LaneView<'_>; STRIP],
    table: LaneView<'_>,
    starts: &[usize; 4],
) -> S::V {
    let lanes = columns[0].count();
    let [a, b, c, d] = columns;
    let (b, c, d) = (b.part(0..lanes), c.part(0..lanes), d.part(0..lanes));
    let rows = starts.map(|start| table.part(start..start + lanes).as_ptr());
    let mut sums = [s.splat(0.0); WIDTH];
    for v in 0..lanes {
        // SAFETY: each has so many lanes.
        let columns = unsafe { [s.load_at(a.at(v)), s.load_at(b.at(v)), s.load_at(c.at(v)), s.load_at(d.at(v))] };
        for r in 0..4 {
            // SAFETY: as above.
            let row = unsafe { s.load_at(rows[r].add(v)) };
            for c in 0..2 {
                sums[2 * r + c] = s.fma(columns[r / 2 * 2 + c], row, sums[2 * r + c]);
            }
        }
    }
    s.sum_each(sums)
}

/// A [`gather`](super::gather) into fresh `sums` and a [`scatter`](super::scatter) of `columns` into `out` in one pass.
///
/// # Panics
/// Unless [`Simd::EXCHANGES`]; if a row does not lie within `table` and `out`, or has no weights.
#[inline(always)]
pub fn exchange<S: Simd>(
    s: S,
    sums: &mut [Lane],
    columns: [LaneView<'_>; STRIP],
    out: &mut [Lane],
    table: LaneView<'_>,
    rows: LineRows,
    weights: &[f32],
) {
    let lanes = columns[0].count();
    assert!(
        columns.iter().all(|column| column.count() == lanes) && sums.len() == STRIP * lanes,
        "columns of one length"
    );
    assert!(rows.events >= 6 && (rows.old == 0 || rows.old + 4 == rows.events), "the events of a line");
    assert!(rows.end() * lanes <= table.count().min(out.len()), "a row lies beyond its table");
    assert!(rows.weights() <= weights.len(), "a row has no weights");
    // SAFETY: checked above.
    unsafe { s.exchange(sums, columns, out, table, rows, weights) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::rows::tests::numbers;
    use crate::simd::{Instructions, Kernel};

    /// An [`exchange`] of a line's rows, where there is such a thing, and the corners' products.
    struct Exchange<'a> {
        columns: [LaneView<'a>; STRIP],
        table: LaneView<'a>,
        rows: LineRows,
        weights: &'a [f32],
        held: &'a [Lane],
    }

    impl Kernel for Exchange<'_> {
        type Output = (Vec<f32>, Option<(Vec<Lane>, Vec<Lane>)>);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let Self { columns, table, rows, weights, held } = self;
            let lanes = columns[0].count();
            let mut corners = [0.0; WIDTH];
            s.store_array(&mut corners, dots_of_corners(s, columns, table, &[3, 1, 2, 5].map(|row| row * lanes)));
            let exchanged = S::EXCHANGES.then(|| {
                let (mut sums, mut out) = (numbers(STRIP * lanes, 9), held.to_vec());
                exchange(s, &mut sums, columns, &mut out, table, rows, weights);
                (sums, out)
            });
            (corners.to_vec(), exchanged)
        }
    }

    /// Of the table and of the gradients.
    const ROWS: usize = 25;

    #[test]
    fn rows_of_a_line_are_exchanged_as_they_are_gathered_and_scattered() {
        let at = |lanes: &[Lane], row: usize, width: usize, i: usize| lanes[row * width + i / WIDTH].0[i % WIDTH];
        for (lanes, events, negatives, first) in (1..=14)
            .flat_map(|lanes| [(lanes, 6, 5, true), (lanes, 12, 8, false), (lanes, 12, 5, false), (lanes, 8, 8, true)])
        {
            let (table, held) = (numbers(ROWS * lanes, 1), numbers(ROWS * lanes, 4));
            let columns = numbers(STRIP * lanes, 2);
            let columns: [&[Lane]; STRIP] = std::array::from_fn(|c| &columns[c * lanes..][..lanes]);
            let rows = LineRows {
                first: 2,
                events,
                old: if first { 0 } else { events - 4 },
                first_negative: 17,
                negatives,
                old_negatives: !first,
            };
            let weights: Vec<f32> = (0..rows.weights()).map(|cell| (cell % 7) as f32 - 3.0).collect();
            // [rows x columns] the weights, and whether what the gradient holds counts.
            let mut cells: Vec<(usize, [f32; STRIP], bool)> = Vec::new();
            let of_inner = weights[2 * STRIP..].as_chunks().0;
            for event in 0..events {
                let corner = |first: usize, at: usize| {
                    std::array::from_fn(|c| if c / 2 * 2 == first { weights[at + c - first] } else { 0.0 })
                };
                let weights = match event {
                    0 | 1 => corner(0, 2 * event),
                    _ if event + 2 >= events => corner(2, STRIP + 2 * (event + 2 - events)),
                    _ => of_inner[event - 2],
                };
                cells.push((rows.first + event, weights, event < rows.old));
            }
            for negative in 0..rows.negatives {
                cells.push((rows.first_negative + negative, of_inner[events - 4 + negative], rows.old_negatives));
            }
            for instructions in Instructions::all() {
                let what = format!("{}, {lanes} lanes, {events} events, {negatives} negatives", instructions.name());
                let task = Exchange {
                    columns: columns.map(LaneView::from),
                    table: table.as_slice().into(),
                    rows,
                    weights: &weights,
                    held: &held,
                };
                let (corners, exchanged) = instructions.run(task);
                for (cell, corner) in corners.into_iter().enumerate() {
                    let (row, column) = ([3, 1, 2, 5][cell / 2], cell / 4 * 2 + cell % 2);
                    let dot: f32 =
                        (0..lanes * WIDTH).map(|i| at(&table, row, lanes, i) * at(columns[column], 0, lanes, i)).sum();
                    assert_eq!(corner, dot, "{what}: row {row}, column {column}");
                }
                let Some((sums, out)) = exchanged else { continue };
                for i in 0..lanes * WIDTH {
                    for c in 0..STRIP {
                        let sum: f32 = cells.iter().map(|(row, w, _)| w[c] * at(&table, *row, lanes, i)).sum();
                        assert_eq!(at(&sums, c, lanes, i), sum, "{what}: column {c}, {i}");
                    }
                    let mut expected: Vec<f32> = (0..ROWS).map(|row| at(&held, row, lanes, i)).collect();
                    for (row, weights, counts) in &cells {
                        let sum: f32 = (0..STRIP).map(|c| weights[c] * at(columns[c], 0, lanes, i)).sum();
                        expected[*row] = sum + if *counts { expected[*row] } else { 0.0 };
                    }
                    for (row, expected) in expected.into_iter().enumerate() {
                        assert_eq!(at(&out, row, lanes, i), expected, "{what}: gradient of row {row}, {i}");
                    }
                }
            }
        }
    }
}
