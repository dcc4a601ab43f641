//! Gradients of one side's composed vectors of one unit, taken apart where threads race.

use super::groups::NONE;
use super::local_side::{LocalSide, SharedSide};
use super::optimizer::Pace;
use super::unit_rows::RowsOfUnit;
use crate::simd::{Lane, Simd, WIDTH};

/// How a unit's composed gradients are taken apart in one type.
#[derive(Clone, Copy)]
pub struct Apart<'a> {
    /// The type.
    pub k: usize,
    /// The unit's rows.
    pub rows: RowsOfUnit<'a>,
    /// [occurrences of the unit] the weight of each; empty if all are 1.
    pub weights: &'a [f32],
}

impl LocalSide {
    /// Moves the unit's rows of one type, each against the sum of the slices that belong to it.
    #[inline(always)]
    pub fn take_apart<S: Simd>(&mut self, s: S, apart: &Apart<'_>, to: SharedSide<'_>, pace: Pace) {
        let Self { gradients, summed, .. } = self;
        let &Apart { k, rows: RowsOfUnit { rows, numbers }, weights } = apart;
        let (table, stride) = (&to.tables[k], to.layout.lanes);
        let lanes = table.lanes();
        summed.clear();
        summed.resize(rows.len() * lanes, Lane::default());
        for (occurrence, &number) in numbers.iter().enumerate().filter(|&(_, &number)| number != NONE) {
            let slice = &gradients[occurrence * stride + to.layout.first[k]..][..lanes];
            let sum = &mut summed[number as usize * lanes..][..lanes];
            let weight = s.splat(weights.get(occurrence).copied().unwrap_or(1.0));
            for (sum, slice) in sum.iter_mut().zip(slice) {
                let moved = s.fma(weight, s.load(slice), s.load(sum));
                s.store(sum, moved);
            }
        }
        for (rows, sums) in rows.chunks(WIDTH).zip(summed.chunks(WIDTH * lanes)) {
            let mut each: [&[Lane]; WIDTH] = [&[]; WIDTH];
            each.iter_mut().zip(sums.chunks_exact(lanes)).for_each(|(to, sum)| *to = sum);
            table.move_some(s, rows, &each, pace);
        }
    }
}
