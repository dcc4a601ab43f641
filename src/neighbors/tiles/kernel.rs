//! Every row of one block against every row of another: 4 x 24 scores at a time, held in registers.

use super::kept::Kept;
use super::pack::{Block, PANELS, PanelNorms};
use super::space::HEAD;
use crate::simd::{ACROSS, Kernel, PANEL, PanelRow, STRIP, Simd, Tile, WIDTH, eight};

/// Tiles that are tried before giving up on dropping any in a pair of blocks.
const TRIED: u32 = 48;

/// Compares two blocks, or, without a right one, a block with itself.
pub(super) struct Pair<'a> {
    /// A block and the candidates of its rows.
    pub(super) left: (Block<'a>, &'a mut Kept),
    /// Another one.
    pub(super) right: Option<(Block<'a>, &'a mut Kept)>,
}

/// A panel as the kernel sees it.
#[derive(Clone, Copy)]
struct Panel<'a> {
    values: &'a [PanelRow],
    norms: &'a PanelNorms,
}

impl<'a> Panel<'a> {
    #[inline(always)]
    fn of(block: &Block<'a>, panel: usize) -> Self {
        let (values, norms) = (block.values, block.norms);
        Self { values: &values[panel * block.dims..(panel + 1) * block.dims], norms: &norms[panel] }
    }
}

impl Kernel for Pair<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, lanes: S) {
        let (left, left_kept) = self.left;
        let (right, mut right_kept) = match self.right {
            Some((block, kept)) => (block, Some(kept)),
            None => (left, None),
        };
        // What a score may gain in the dimensions after the check by rounding alone.
        let largest = left.largest_square + right.largest_square;
        let slack = (left.dims.saturating_sub(HEAD) + 4) as f32 * f32::EPSILON * largest;
        let head = HEAD.min(left.dims);
        let (mut checks, mut drops) = (0_u32, 0_u32);
        let panels = |block: &Block<'_>| block.rows.len().div_ceil(PANEL);
        for p in 0..panels(&left) {
            let a = Panel::of(&left, p);
            let first_q = if right_kept.is_some() { 0 } else { p };
            for q in first_q..panels(&right) {
                let b = Panel::of(&right, q);
                for first in (0..PANEL).step_by(STRIP) {
                    let mut scores: Tile<S::V> = std::array::from_fn(|r| {
                        let row = lanes.splat(-a.norms.offsets[first + r]);
                        let minus = lanes.splat(-1.0);
                        std::array::from_fn(|c| lanes.fma(minus, lanes.load_array(eight(&b.norms.offsets, c)), row))
                    });
                    scores = lanes.multiply(scores, &a.values[..head], first, &b.values[..head]);
                    let right_wants = match &right_kept {
                        Some(kept) => &kept.thresholds[q],
                        None => &left_kept.thresholds[q],
                    };
                    let left_wants: &[f32; PANEL] = &left_kept.thresholds[p];
                    let may_drop = checks < TRIED || drops * 16 > checks;
                    if head < left.dims && may_drop {
                        checks += 1;
                        let can_hold = (0..STRIP).any(|r| {
                            let tail = lanes.splat(a.norms.tails[first + r]);
                            let wanted = lanes.splat(left_wants[first + r]);
                            let slack = lanes.splat(slack);
                            lanes.any_at_least::<ACROSS>(std::array::from_fn(|c| {
                                let most = lanes.fma(tail, lanes.load_array(eight(&b.norms.tails, c)), scores[r][c]);
                                let least = lanes.min(wanted, lanes.load_array(eight(right_wants, c)));
                                (lanes.add(most, slack), least)
                            }))
                        });
                        if !can_hold {
                            drops += 1;
                            continue;
                        }
                    }
                    scores = lanes.multiply(scores, &a.values[head..], first, &b.values[head..]);
                    let mut hits = [0_u32; STRIP];
                    for r in 0..STRIP {
                        let wanted = lanes.splat(left_wants[first + r]);
                        for (c, &score) in scores[r].iter().enumerate() {
                            let least = lanes.min(wanted, lanes.load_array(eight(right_wants, c)));
                            hits[r] |= lanes.at_least(score, least) << (c * WIDTH);
                        }
                    }
                    if hits != [0; STRIP] {
                        let mut table = [[0.0; PANEL]; STRIP];
                        for (table, scores) in table.iter_mut().zip(scores) {
                            for (to, v) in table.as_chunks_mut().0.iter_mut().zip(scores) {
                                lanes.store_array(to, v);
                            }
                        }
                        let at = (p * PANEL + first, q * PANEL);
                        match &mut right_kept {
                            Some(kept) => take(&table, hits, at, (&left, left_kept), (&right, kept)),
                            None => take_within(&table, hits, at, &left, left_kept),
                        }
                    }
                }
            }
        }
    }
}

/// Offers what reached a threshold to the rows on both sides.
#[inline(never)]
fn take(
    table: &[[f32; PANEL]; STRIP],
    hits: [u32; STRIP],
    at: (usize, usize),
    (left, left_kept): (&Block<'_>, &mut Kept),
    (right, right_kept): (&Block<'_>, &mut Kept),
) {
    each_hit(table, hits, at, |i, j, score| {
        if i < left.rows.len() && j < right.rows.len() {
            left_kept.offer(i, score, right.rows[j]);
            right_kept.offer(j, score, left.rows[i]);
        }
    });
}

/// The same within one block, each pair of rows once.
#[inline(never)]
fn take_within(
    table: &[[f32; PANEL]; STRIP],
    hits: [u32; STRIP],
    at: (usize, usize),
    block: &Block<'_>,
    kept: &mut Kept,
) {
    each_hit(table, hits, at, |i, j, score| {
        if i < j && j < block.rows.len() {
            kept.offer(i, score, block.rows[j]);
            kept.offer(j, score, block.rows[i]);
        }
    });
}

/// Calls `found` with the row, the column and the score of each of `hits` in a tile that begins at row and column `at`.
#[inline(always)]
fn each_hit(
    table: &[[f32; PANEL]; STRIP],
    hits: [u32; STRIP],
    at: (usize, usize),
    mut found: impl FnMut(usize, usize, f32),
) {
    for (r, (scores, mut bits)) in table.iter().zip(hits).enumerate() {
        while bits != 0 {
            let c = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            found(at.0 + r, at.1 + c, scores[c]);
        }
    }
}

const _: () = assert!(PANEL.is_multiple_of(STRIP) && PANEL <= 32 && PANELS > 0);

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::pack::Packed;
    use super::super::space::Space;
    use super::*;
    use crate::neighbors::Metric;
    use crate::progress::Watch;
    use crate::simd::{self, Portable};

    #[test]
    fn portable_code_keeps_what_the_processors_own_instructions_keep() {
        // Irregular, so that no two rows are as far from a third but for rounding.
        let rows = Array2::from_shape_fn((60, 50), |(i, d)| ((i * 7919 + d * 104_729 + i * i * d) as f32).sin());
        let order: Vec<u32> = (0..60).collect();
        for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
            let space = Space::new(rows.view(), metric, &Watch::unattended()).unwrap();
            let packed = Packed::new(&space, &order, &[48, 12], &Watch::unattended()).unwrap();
            let kept = |is_portable: bool| {
                let (mut low, mut high) = (Kept::new(48, 6), Kept::new(12, 6));
                for pair in 0..3 {
                    let pair = match pair {
                        0 => Pair { left: (packed.block(0, &order), &mut low), right: None },
                        1 => Pair { left: (packed.block(1, &order), &mut high), right: None },
                        _ => Pair {
                            left: (packed.block(0, &order), &mut low),
                            right: Some((packed.block(1, &order), &mut high)),
                        },
                    };
                    if is_portable {
                        pair.run(Portable);
                    } else {
                        simd::run(pair);
                    }
                }
                (0..60).map(|slot| if slot < 48 { low.best(slot) } else { high.best(slot - 48) }).collect::<Vec<_>>()
            };
            for (row, (own, portable)) in kept(false).into_iter().zip(kept(true)).enumerate() {
                let sorted = |mut rows: Vec<u32>| {
                    rows.sort_unstable();
                    rows
                };
                assert!((own.1 - portable.1).abs() < 1e-4, "{metric:?}, row {row}: bound {} and {}", own.1, portable.1);
                assert_eq!(sorted(own.0), sorted(portable.0), "{metric:?}, row {row}");
            }
        }
    }
}
