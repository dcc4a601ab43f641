//! A few rows against all rows of a table: 4 x 24 scores at a time, of which only those that are wanted leave the
//! registers. So a scan needs no room for scores, however long the table is.

use std::ops::Range;

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use crate::simd::{self, ACROSS, Kernel, PANEL, PanelRow, STRIP, Simd, WIDTH, eight};

/// Rows in panels of [`PANEL`], a panel's rows interleaved.
pub struct PackedRows {
    count: usize,
    dims: usize,
    /// [panels, dims]
    values: Vec<PanelRow>,
    /// `[panels]` what is added to each row's score; no number where there is no row.
    bias: Vec<[f32; PANEL]>,
}

impl PackedRows {
    /// Packs `rows` [count, dims], to whose scores their own of `bias` `[count]` are added.
    ///
    /// # Panics
    /// Unless there is one bias a row.
    #[must_use]
    pub fn with_bias(rows: ArrayView2<'_, f32>, bias: &[f32]) -> Self {
        assert_eq!(rows.nrows(), bias.len(), "one bias a row");
        let mut packed = Self::new(rows);
        packed.bias.as_flattened_mut()[..bias.len()].copy_from_slice(bias);
        packed
    }

    /// Packs `rows` [count, dims].
    #[must_use]
    pub fn new(rows: ArrayView2<'_, f32>) -> Self {
        Self::scaled(rows, |_| Some(1.0))
    }

    /// Packs `rows` [count, dims], each scaled to length 1, and zeros for one that has no direction or is no number.
    #[must_use]
    pub fn directions(rows: ArrayView2<'_, f32>) -> Self {
        Self::scaled(rows, |row| Some(1.0 / row.dot(&row).sqrt()).filter(|inverse| inverse.is_finite()))
    }

    /// Packs each row times its factor, or zeros where it has none.
    fn scaled(rows: ArrayView2<'_, f32>, factor: impl Fn(ArrayView1<'_, f32>) -> Option<f32> + Sync) -> Self {
        let (count, dims) = rows.dim();
        let panels = count.div_ceil(PANEL);
        let mut values = vec![PanelRow([0.0; PANEL]); panels * dims];
        let pack = |(panel, values): (usize, &mut [PanelRow])| {
            let rows = rows.slice_axis(Axis(0), (panel * PANEL..count.min((panel + 1) * PANEL)).into());
            for (lane, row) in rows.rows().into_iter().enumerate() {
                if let Some(factor) = factor(row) {
                    row.iter().zip(&mut *values).for_each(|(&value, packed)| packed.0[lane] = value * factor);
                }
            }
        };
        values.par_chunks_mut(dims.max(1)).enumerate().for_each(pack);
        let mut bias = vec![[f32::NAN; PANEL]; panels];
        bias.as_flattened_mut()[..count].fill(0.0);
        Self { count, dims, values, bias }
    }

    #[inline(always)]
    fn panel(&self, panel: usize) -> &[PanelRow] {
        &self.values[panel * self.dims..(panel + 1) * self.dims]
    }

    /// What a scan makes of row `row` and `query` `[dims]`, but for the order of the sum.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn score(&self, row: usize, query: ArrayView1<'_, f32>) -> f32 {
        let (panel, lane) = (row / PANEL, row % PANEL);
        let values = self.panel(panel).iter().map(|values| values.0[lane]);
        self.bias[panel][lane] + query.iter().zip(values).map(|(&query, value)| query * value).sum::<f32>()
    }

    /// All panels.
    #[must_use]
    pub fn panels(&self) -> Range<usize> {
        0..self.bias.len()
    }

    /// The panels, about `rows` rows at a time.
    pub fn stretches(&self, rows: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (panels, some) = (self.bias.len(), (rows / PANEL).max(1));
        (0..panels).step_by(some).map(move |first| first..panels.min(first + some))
    }
}

/// Who looks for rows.
pub trait Seeker {
    /// The score that a row must reach.
    fn threshold(&self) -> f32;
    /// Takes a row whose score reached the threshold, maybe that of a few rows before. Rows come in order.
    fn offer(&mut self, row: u32, score: f32);
}

/// Offers the rows of these panels of `table` to each of `seekers`, one for each of `queries`, where their product and
/// bias reach its threshold. A score that is no number is never offered.
///
/// # Panics
/// Unless both sides have the same width, and queries as many rows as there are seekers.
pub fn scan<K: Seeker>(queries: &PackedRows, table: &PackedRows, panels: Range<usize>, seekers: &mut [K]) {
    assert_eq!(queries.dims, table.dims, "rows of one width");
    assert_eq!(queries.count, seekers.len(), "a seeker for each query");
    simd::run(Scan { queries, table, panels, seekers });
}

struct Scan<'a, K> {
    queries: &'a PackedRows,
    table: &'a PackedRows,
    panels: Range<usize>,
    seekers: &'a mut [K],
}

impl<K: Seeker> Kernel for Scan<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { queries, table, panels, seekers } = self;
        // What is no number is reached by nothing: rows that only fill a strip of queries up want nothing.
        let mut wanted = vec![f32::NAN; seekers.len().next_multiple_of(STRIP)];
        for (wanted, seeker) in wanted.iter_mut().zip(&*seekers) {
            *wanted = seeker.threshold();
        }
        for panel in panels {
            let right = table.panel(panel);
            for (strip, wanted) in wanted.as_chunks_mut::<STRIP>().0.iter_mut().enumerate() {
                let first = strip * STRIP;
                let bias: [S::V; ACROSS] = std::array::from_fn(|c| s.load_array(eight(&table.bias[panel], c)));
                let scores = s.multiply([bias; STRIP], queries.panel(first / PANEL), first % PANEL, right);
                let least = wanted.map(|wanted| s.splat(wanted));
                let pairs: [_; STRIP * ACROSS] =
                    std::array::from_fn(|at| (scores[at / ACROSS][at % ACROSS], least[at / ACROSS]));
                if !s.any_at_least(pairs) {
                    continue;
                }
                for (r, &least) in least.iter().enumerate() {
                    for (c, &eight) in scores[r].iter().enumerate() {
                        let reached = s.at_least(eight, least);
                        if reached != 0 {
                            let mut scores = [0.0; WIDTH];
                            s.store_array(&mut scores, eight);
                            let row = (panel * PANEL + c * WIDTH) as u32;
                            wanted[r] = offer(&mut seekers[first + r], row, &scores, reached);
                        }
                    }
                }
            }
        }
    }
}

/// Offers the rows from `row` on whose bit is set; returns the threshold from then on.
#[inline(never)]
fn offer<K: Seeker>(seeker: &mut K, row: u32, scores: &[f32; WIDTH], mut reached: u32) -> f32 {
    while reached != 0 {
        let lane = reached.trailing_zeros();
        seeker.offer(row + lane, scores[lane as usize]);
        reached &= reached - 1;
    }
    seeker.threshold()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::noise;

    /// Takes what reaches a threshold that rises with every row taken.
    #[derive(Debug, Clone)]
    struct Rising {
        threshold: f32,
        taken: Vec<(u32, f32)>,
    }

    impl Seeker for Rising {
        fn threshold(&self) -> f32 {
            self.threshold
        }

        fn offer(&mut self, row: u32, score: f32) {
            if score >= self.threshold {
                self.threshold += 0.1;
                self.taken.push((row, score));
            }
        }
    }

    #[test]
    fn what_reaches_a_threshold_is_offered_in_order_whatever_the_shapes() {
        let mut next = noise::symmetric(3);
        for shape in [(1, 1, 1), (3, 23, 7), (5, 24, 100), (30, 131, 13), (4, 49, 0), (0, 5, 3), (6, 0, 3)] {
            let (queries, rows, dims) = shape;
            let left = Array2::from_shape_simple_fn((queries, dims), &mut next);
            let mut right = Array2::from_shape_simple_fn((rows, dims), &mut next);
            right.iter_mut().skip(7 * dims).take(dims.min(1)).for_each(|value| *value = f32::NAN);
            let bias: Vec<f32> = (0..rows).map(|row| (row % 5) as f32 * 0.1).collect();
            let table = PackedRows::with_bias(right.view(), &bias);
            let mut found = vec![Rising { threshold: -0.5, taken: Vec::new() }; queries];
            let mut expected = found.clone();
            for panels in table.stretches(50) {
                scan(&PackedRows::new(left.view()), &table, panels, &mut found);
            }
            for (query, expected) in left.rows().into_iter().zip(&mut expected) {
                for ((row, values), bias) in (0..).zip(right.rows()).zip(&bias) {
                    expected.offer(row, query.dot(&values) + bias);
                }
            }
            for (found, expected) in found.iter().zip(&expected) {
                let same = |((row, a), (other, b)): (&(u32, f32), &(u32, f32))| row == other && (a - b).abs() < 1e-5;
                assert_eq!(found.taken.len(), expected.taken.len(), "{shape:?}");
                assert!(found.taken.iter().zip(&expected.taken).all(same), "{shape:?}: {found:?}, {expected:?}");
            }
        }
    }
}
